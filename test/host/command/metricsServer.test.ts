/**
 * The server of metrics, over real HTTP: what it says to whom, and what those who dawdle can do to it.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { BOUNDS, type MetricsServer, serveMetrics } from '../../../src/host/command/metricsServer.js'
import { rightOf } from '../../support/negotiate.js'

const servers: Array<MetricsServer> = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function served(bounds: typeof BOUNDS = BOUNDS): Promise<MetricsServer> {
  const server = rightOf(await serveMetrics(0, () => 'up 1\n', bounds))
  servers.push(server)
  return server
}

const asked = ({ port }: MetricsServer): Promise<Response> => fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })

async function connected({ port }: MetricsServer, text: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  if (text !== '') socket.write(text)
  return socket.resume()
}

/** Closed in whatever way: a reset is one. */
const closed = (socket: Socket): Promise<unknown> => (socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve)))

describe('the server of metrics', () => {
  it('gives up those who say nothing and those who do not come to an end, and then has room again', async () => {
    const server = await served({ ...BOUNDS, requestTimeout: 50, headersTimeout: 50 })
    const dawdlers = await Promise.all(Array.from({ length: BOUNDS.maxConnections }, (_, i) =>
      connected(server, i % 2 === 0 ? '' : 'GET /metrics HTTP/1.1\r\nHo')))
    const late = await connected(server, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await closed(late)
    expect(late.bytesRead).toBe(0)
    await Promise.all(dawdlers.map(closed))
    expect(await (await asked(server)).text()).toBe('up 1\n')
  })

  it('goes on where a connection cannot be accepted: the broker is more than its metrics', async () => {
    const server = await served()
    let http: Server | undefined
    const see = (message: unknown): void => void ({ server: http } = message as { readonly server: Server })
    subscribe('http.server.request.start', see)
    await asked(server)
    unsubscribe('http.server.request.start', see)
    expect(http?.emit('error', Object.assign(new Error('accept ENFILE'), { code: 'ENFILE' }))).toBe(true)
    expect((await asked(server)).status).toBe(200)
  })

  it.each([
    ['127.0.0.1', 200], ['localhost', 200], ['127.0.0.1:1', 200], ['localhost:65535', 200],
    ['evil.example', 403], ['localhost.evil.example', 403], ['127.0.0.1.evil.example', 403], ['evil.example:127.0.0.1', 403], ['', 403],
    ['[::1]', 403], ['localhost:80@evil.example', 403],
  ])('answers one who asks for it as %o with %i', async (host, status) => {
    const socket = connect({ port: (await served()).port, host: '127.0.0.1' })
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    socket.write(`GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    await closed(socket)
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  it('takes headers of some length, and no more', async () => {
    const socket = await connected(await served(), `GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`)
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    await closed(socket)
    expect(text).toMatch(/^HTTP\/1.1 431 /)
  })
})
