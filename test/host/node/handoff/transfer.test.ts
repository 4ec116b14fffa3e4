/**
 * A connection that goes from the broker's process to the backend's, on real sockets.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { once } from 'node:events'
import * as fc from 'fast-check'
import { arbitraryChunkSizes, cut } from 'hello-negotiation/testing'
import { describeNotice, type ListenOptions, sayHello } from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { told, until } from '../support.js'
import { ask, client, hasSaid, readText, startBackend, startHandingOver } from './support.js'

/** The connections that this process has open, listeners and channels included, where the platform tells. */
function sockets(): ReadonlyArray<string> {
  return process.platform !== 'linux' ? [] : readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith('socket:') ? [target] : []
    } catch {
      return [] // Closed between the listing and the look.
    }
  })
}

describe.each([['a socket', {}], ['TCP', { at: { _tag: 'Tcp', port: 0 } }]] as ReadonlyArray<[string, Partial<ListenOptions>]>)(
  'a handoff, on %s', (_name, options) => {
    it('gives the client\'s connection to the backend, which answers on it (SPEC X1, X8, G10)', async () => {
      const backend = await startBackend('good')
      const { at, broker, events, notices, listener } = await startHandingOver({ linkOf: () => backend.link }, {}, options)
      const served = await client(at)
      expect(served.event).toMatchObject({ _tag: 'Adopted', route: 'HandlePassed', connectionId: 1n })
      expect(await ask(served, 'ping', 'adopted ping')).toBe('adopted ping')
      const notice = await told(notices, 'HandoffTransferred')
      expect(notice).toMatchObject({ serviceName: 'zccache', connectionId: 1n, readyFailure: undefined })
      expect(describeNotice(notice)).toMatch(/^handoff of zccache connection 1, [^\n]+: transferred, stream: Backend, [^\n]+ ms\)$/)
      expect(events.map(({ _tag }) => _tag)).toEqual(['Negotiated', 'HandoffIssued', 'HandoffAcknowledged'])
      expect(broker.acknowledge(served.token)).toEqual({ _tag: 'Left', left: { _tag: 'TokenNotPending' } })
      await until(() => expect(listener.connections()).toBe(0))
      expect(backend.link.inFlight()).toBe(0)
    })

    it('leaves the connection with the backend alone: when that dies, the client sees the end (SPEC X8)', async () => {
      const backend = await startBackend('good')
      const { at } = await startHandingOver({ linkOf: () => backend.link }, {}, options)
      const { stream } = await client(at)
      backend.child.kill('SIGKILL')
      expect(await readText(stream, Infinity)).toBe('')
    })
  })

describe('a handoff', () => {
  it('closes the broker\'s copy of every connection (SPEC X10)', async () => {
    const backend = await startBackend('good')
    const { at } = await startHandingOver({ linkOf: () => backend.link })
    const before = sockets().length
    for (let i = 0; i < 20; i += 1) {
      const { stream } = await client(at)
      stream.destroy()
    }
    await until(() => expect(sockets().length).toBeLessThanOrEqual(before))
  })

  it('lets the listener close though the backend still serves', async () => {
    const backend = await startBackend('good')
    const { at, listener } = await startHandingOver({ linkOf: () => backend.link })
    const served = await client(at)
    await listener.close(3_600_000)
    expect(await ask(served, 'still', 'adopted still')).toBe('adopted still')
  })

  it('tells the client that it is ready before anything the backend says, though that speaks first (SPEC X1, G10)', async () => {
    const backend = await startBackend('greeting')
    const { at } = await startHandingOver({ linkOf: () => backend.link })
    for (let i = 0; i < 50; i += 1) {
      const { event, stream, early } = await client(at)
      expect(event._tag).toBe('Adopted')
      expect(await readText(stream, 8, early)).toBe('welcome ')
      stream.destroy()
    }
  })

  it.each(['advanced', 'json'] as const)('loses no byte that came too early, however it was cut, over a channel of %s', async (serialization) => {
    const backend = await startBackend('echoing', { serialization })
    const { at } = await startHandingOver({ linkOf: () => backend.link })
    const behind = fc.uint8Array({ maxLength: 40 })
    const between = fc.uint8Array({ maxLength: 40 })
    await fc.assert(fc.asyncProperty(behind, between, arbitraryChunkSizes(), async (behindHello, afterReply, sizes) => {
      const onNegotiated = (socket: { write: (chunk: Uint8Array) => unknown }): void => {
        for (const chunk of cut(afterReply, sizes)) socket.write(chunk)
      }
      const { event, stream, early } = await client(at, { behindHello, onNegotiated })
      expect(event._tag).toBe('Adopted')
      stream.write('.')
      const sent = Buffer.concat([behindHello, afterReply, Buffer.from('.')]).toString('latin1')
      expect(await readText(stream, sent.length, early)).toBe(sent)
      stream.destroy()
    }))
  })

  it('makes many at once, each to the end (SPEC X7)', async () => {
    const backend = await startBackend('good')
    const { at, notices } = await startHandingOver({ linkOf: () => backend.link })
    const served = await Promise.all(Array.from({ length: 40 }, () => client(at)))
    expect(served.map(({ event }) => event._tag)).toEqual(Array(40).fill('Adopted'))
    const answers = await Promise.all(served.map((one, i) => ask(one, `number ${i}`, `adopted number ${i}`)))
    expect(answers).toEqual(served.map((_, i) => `adopted number ${i}`))
    await until(() => expect(notices.filter(({ _tag }) => _tag === 'HandoffTransferred')).toHaveLength(40))
    expect(new Set(notices.map((notice) => 'connectionId' in notice && notice.connectionId)).size).toBe(40)
  })

  it('does not disturb a client that wants no handoff', async () => {
    const backend = await startBackend('good')
    const { at, notices, broker } = await startHandingOver({ linkOf: () => backend.link })
    const answer = await sayHello({ at, hello: { serviceName: 'zccache', wantedVersion: '1.11.20' } })
    expect(answer).toMatchObject({ right: { _tag: 'Negotiated' } })
    expect(notices).toEqual([])
    expect(broker.msUntilDeadline()).toBeUndefined()
  })

  it('goes through to a backend whose client has meanwhile closed its side, who then reads the end', async () => {
    const backend = await startBackend('good')
    const { at } = await startHandingOver({ linkOf: () => backend.link })
    const { event } = await client(at, { onNegotiated: (socket) => void socket.end('last words') })
    expect(event._tag).toBe('Adopted')
    await hasSaid(backend, 'stream closed')
  })

  it('of a client that vanishes at any moment leaves nothing behind in either process', async () => {
    const backend = await startBackend('good')
    const { at, listener, broker } = await startHandingOver({ linkOf: () => backend.link })
    for (let i = 0; i < 20; i += 1) {
      const gone = client(at, { onNegotiated: (socket) => void socket.destroy() })
      gone.catch(() => undefined)
      await until(() => expect(broker.state().nextConnectionId).toBe(BigInt(i + 2)))
    }
    await until(() => expect(listener.connections()).toBe(0))
    await until(() => expect(backend.said.filter((words) => words === 'stream closed').length
      + backend.said.filter((words) => words.startsWith('dropped')).length).toBe(20))
    expect(backend.link.inFlight()).toBe(0)
    expect(broker.msUntilDeadline()).toBeUndefined()
  })

  it('keeps no process alive once nothing is under way', async () => {
    const backend = await startBackend('good')
    const { at } = await startHandingOver({ linkOf: () => backend.link })
    const { stream } = await client(at)
    stream.destroy()
    await until(() => expect(backend.link.inFlight()).toBe(0))
    // Nobody but the test itself still listens to the channel.
    expect(backend.child.listenerCount('message')).toBe(1)
    expect(backend.child.listenerCount('disconnect')).toBe(0)
    backend.child.disconnect()
    expect(backend.link.isAlive()).toBe(false)
    // A backend that receives lives as long as its channel, and no longer.
    await once(backend.child, 'exit')
  })
})
