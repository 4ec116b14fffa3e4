import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Address, describeDialError, type DialError, type DialOptions, sayHello } from 'hello-negotiation/host/node'
import { createBroker, DEFAULT_PLAN, UNVERIFIED_PEER } from 'hello-negotiation'
import { describe, expect, it, onTestFinished } from 'vitest'
import { no, yes } from '../../client/support.js'
import { says, scripted, SILENT, tidily, TOKEN } from './clientSupport.js'
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

async function errorFrom(at: Address, options: Partial<DialOptions> = {}): Promise<DialError> {
  const answer = await sayHello({ at, hello: GOOD_HELLO, timeoutMs: 10_000, ...options })
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
    let nowMs = 0
    const at = await server((socket) => void socket.once('data', () => (nowMs = 50)))
    expect(await errorFrom(at, { timeoutMs: 50, clock: () => nowMs })).toEqual({ _tag: 'TimedOut', timeoutMs: 50, phase: 'AwaitingReply' })
  })

  it('gives up on who trickles', async () => {
    const at = await server((socket) => {
      let sent = 0
      const trickle = setInterval(() => socket.write(REPLY.slice(sent, (sent += 1))), 10)
      socket.on('close', () => clearInterval(trickle))
      socket.resume()
    })
    expect(await errorFrom(at, { timeoutMs: 100 })).toMatchObject({ _tag: 'TimedOut' })
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

  it.each<readonly [what: string, bytes: Uint8Array, tag: string]>([
    ['a yes to somebody else', yes({}, { requestId: 2n }), 'RequestIdMismatch'],
    ['a no to somebody else', no({}, { requestId: 2n }), 'RequestIdMismatch'],
    ['a yes in another protocol', yes({ negotiatedProtocol: 2 }), 'ProtocolNotOffered'],
    ['a yes with half a token', yes({ handlePassedToken: new Uint8Array(8) }), 'InvalidTokenLength'],
    ['a yes that leads nowhere', yes({ backendPipe: '' }), 'EmptyBackendPipe'],
  ])('holds the answer against the request: %s (law 2, DIV-G1)', async (_what, bytes, tag) => {
    const { at } = await scripted(says(bytes))
    expect(await errorFrom(at)).toMatchObject({ _tag: 'Broken', error: { _tag: tag } })
  })

  it('holds it against what was really asked, sound or not (law 2, DIV-G1)', async () => {
    const { at, hellos } = await scripted(says(yes({ negotiatedProtocol: 2, serverCapabilities: 1n, handlePassedToken: TOKEN })))
    const asking = { ...GOOD_HELLO, serviceName: 'NOT-LEGAL', clientMinProtocol: 2, clientMaxProtocol: 3 }
    expect(await sayHello({ at, hello: asking })).toMatchObject({ right: { negotiatedProtocol: 2, isAdoptable: false } })
    expect(await sayHello({ at, hello: { ...asking, clientCapabilities: 1n } })).toMatchObject({ right: { isAdoptable: true } })
    expect(hellos).toMatchObject([{ serviceName: 'NOT-LEGAL', clientMinProtocol: 2 }, { clientCapabilities: 1n }])
  })

  it('takes an empty endpoint from the second dialect, which has 3 s (SPEC G14, G9)', async () => {
    const { at } = await scripted(says(yes({ backendPipe: '' })), SILENT)
    expect(await sayHello({ at, hello: GOOD_HELLO, dialect: 'v2' })).toMatchObject({ right: { backendPipe: '' } })
    let nowMs = 0
    const asking = sayHello({ at, hello: GOOD_HELLO, dialect: 'v2', clock: () => nowMs })
    nowMs = 3_000
    expect(await asking).toEqual({ _tag: 'Left', left: { _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 3_000 } })
  })

  it('keeps a no whole, its code known or not (law 2, DIV-G2)', async () => {
    const { at } = await scripted(says(no({ code: 77, reason: 'why not', retryAfterMs: 5n, details: new Map([['a', 'b']]) })))
    expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({
      right: { _tag: 'Refused', code: 77, kind: { _tag: 'Other' }, reason: 'why not', retryAfterMs: 5n, details: new Map([['a', 'b']]) },
    })
  })

  it('is one Hello, whatever the hint, without a plan (SPEC G9)', async () => {
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 1n })))
    const answer = await tidily([broker], (signal) => sayHello({ at: broker.at, hello: GOOD_HELLO, signal }))
    expect(answer).toMatchObject({ right: { _tag: 'Refused', code: 4 } })
    expect(broker.hellos).toHaveLength(1)
  })

  it('is as many as a plan says, and tells the last answer (SPEC G15)', async () => {
    const broker = await scripted(says(no({ code: 4 })), says(no({ code: 8 })), says(yes()))
    const plan = { ...DEFAULT_PLAN, backOffMs: 1, backOffMaxMs: 1, alternatives: ['1.11.19'] }
    const moves: Array<string> = []
    const answer = await tidily([broker], (signal) =>
      sayHello({ at: broker.at, hello: GOOD_HELLO, plan, signal, onMove: ({ _tag }) => void moves.push(_tag) }))
    expect(answer).toMatchObject({ right: { _tag: 'Negotiated' } })
    expect(broker.hellos.map(({ wantedVersion }) => wantedVersion)).toEqual(['1.11.20', '1.11.20', '1.11.19'])
    expect(moves).toEqual(['RetryAfter', 'TryVersion', 'ConnectBackend'])
  })

  it('does not wait for longer than it has: the last answer is told at once', async () => {
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 9_000n })))
    const answer = await sayHello({ at: broker.at, hello: GOOD_HELLO, plan: DEFAULT_PLAN, timeoutMs: 9_000, clock: () => 0 })
    expect(answer).toMatchObject({ right: { _tag: 'Refused', code: 4 } })
  })

  it('ends when its signal does', async () => {
    const controller = new AbortController()
    const broker = await scripted(() => controller.abort())
    const answer = await tidily([broker], () => sayHello({ at: broker.at, hello: GOOD_HELLO, signal: controller.signal }))
    expect(answer).toEqual({ _tag: 'Left', left: { _tag: 'Aborted', phase: 'AwaitingReply' } })
    expect(answer._tag === 'Left' && describeDialError(answer.left)).toBe('aborted, waiting for the reply')
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
