import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Address, describeDialError, type DialError, sayHello } from 'hello-negotiation/host/node'
import { createBroker, UNVERIFIED_PEER } from 'hello-negotiation'
import { describe, expect, it, onTestFinished } from 'vitest'
import { framedHello, GOOD_HELLO, policyWith, start, tempFolder } from './support.js'

const REPLY = createBroker({ policy: policyWith() }).exchange(framedHello(), UNVERIFIED_PEER).bytes

/** A server on TCP that treats each client as it is told to; gives its address. */
async function server(treat: (socket: Socket) => void): Promise<Address> {
  const sockets = new Set<Socket>()
  const listening = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    treat(socket)
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy())
    listening.close()
  })
  return { _tag: 'Tcp', port: (listening.address() as { port: number }).port }
}

async function errorFrom(at: Address, timeoutMs = 10_000): Promise<DialError> {
  const answer = await sayHello({ at, hello: GOOD_HELLO, timeoutMs })
  if (answer._tag === 'Right') throw new Error('an answer came')
  expect(describeDialError(answer.left)).toMatch(/^[^\n]+$/)
  return answer.left
}

describe('a call', () => {
  it('reads a reply that comes byte by byte', async () => {
    const at = await server((socket) => {
      socket.setNoDelay(true)
      for (const byte of REPLY) socket.write(Uint8Array.of(byte))
    })
    expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
  })

  it('leaves no socket behind', async () => {
    const { promise, resolve } = withResolvers()
    const at = await server((socket) => {
      socket.on('close', resolve)
      socket.resume()
      socket.write(REPLY)
    })
    await sayHello({ at, hello: GOOD_HELLO })
    await promise
  })

  it('finds nobody', async () => {
    const path = join(await tempFolder(), 'nobody.sock')
    expect(await errorFrom({ _tag: 'Socket', path })).toMatchObject({ _tag: 'Unreachable', code: 'ENOENT' })
  })

  it('finds nobody at what is no address', async () => {
    expect(await errorFrom({ _tag: 'Tcp', port: 65_536 })).toMatchObject({ _tag: 'Unreachable', code: 'ERR_SOCKET_BAD_PORT' })
    expect(await errorFrom({ _tag: 'Socket', path: '' })).toMatchObject({ _tag: 'Unreachable', code: 'InvalidPath' })
    // The platform would cut this one short and dial another.
    const { at, path } = await start()
    expect(at).toEqual({ _tag: 'Socket', path })
    expect(await errorFrom({ _tag: 'Socket', path: `${path}\0tail` })).toMatchObject({ code: 'InvalidPath' })
    expect(await errorFrom({ _tag: 'Socket', path: `/${'x'.repeat(107)}` })).toMatchObject({ code: 'PathTooLong' })
  })

  it('gives up on who never answers', async () => {
    const at = await server((socket) => void socket.resume())
    expect(await errorFrom(at, 50)).toEqual({ _tag: 'TimedOut', timeoutMs: 50, phase: 'waiting for the reply' })
  })

  it('gives up on who trickles', async () => {
    const at = await server((socket) => {
      let sent = 0
      const trickle = setInterval(() => socket.write(REPLY.slice(sent, (sent += 1))), 10)
      socket.on('close', () => clearInterval(trickle))
      socket.resume()
    })
    expect(await errorFrom(at, 100)).toMatchObject({ _tag: 'TimedOut' })
  })

  it('tells a connection that was reset from one that was never made', async () => {
    const at = await server((socket) => void socket.once('data', () => socket.resetAndDestroy()))
    expect(await errorFrom(at)).toMatchObject({ _tag: 'ConnectionLost', code: 'ECONNRESET' })
  })

  it.each([
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'UnsupportedFraming'],
    ['nothing', Buffer.alloc(0), 'UnexpectedEnd'],
    ['half a reply', REPLY.slice(0, 20), 'UnexpectedEnd'],
    ['more than 16 MiB (SPEC G5)', Uint8Array.of(1, 1, 0, 0, 1), 'BodyTooLarge'],
    ['no protobuf', Uint8Array.of(1, 1, 0, 0, 0, 0xff), 'DecodeError'],
    ['a request (SPEC G5)', framedHello(), 'UnexpectedFrameKind'],
  ])('cannot read %s', async (_what, bytes, tag) => {
    const at = await server((socket) => {
      socket.resume()
      socket.end(bytes)
    })
    expect(await errorFrom(at)).toMatchObject({ _tag: 'Broken', error: { _tag: tag } })
  })

  it('does not send a Hello that nobody could read (SPEC F7)', async () => {
    const answer = await sayHello({
      at: { _tag: 'Socket', path: '/nobody/listens.sock' },
      hello: { ...GOOD_HELLO, authToken: new Uint8Array(0x100_0000) },
    })
    expect(answer).toMatchObject({ left: { _tag: 'RequestTooLarge', max: 0x100_0000 } })
    expect(answer._tag === 'Left' && describeDialError(answer.left)).toMatch(/^the request has 16777\d+ bytes; a frame holds at most 16777216$/)
  })
})

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
