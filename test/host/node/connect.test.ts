import { getEventListeners } from 'node:events'
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { DEFAULT_PLAN, NO_RETRY_PLAN, type PlanPolicy } from 'hello-negotiation'
import {
  connect, type ConnectError, type ConnectMove, type ConnectOptions, type ConnectPhase, type ConnectResult,
  describeConnectError, describeIncident, describeMove, type Incident,
} from 'hello-negotiation/host/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { endpointAddress } from '../../../src/host/node/dial.js'
import { framed, joined, no, yes } from '../../client/support.js'
import {
  adoptable, ASKED, backend, expectEcho, read, ready, says, saysLast, type Scripted, scripted, scriptedOnTcp, SILENT, streamOf, tidily,
  TOKEN, type Treatment,
} from './clientSupport.js'
import { framedHello, start, tempFolder } from './support.js'

const text = (bytes: string): Uint8Array => Buffer.from(bytes, 'latin1')

/** Connects where it is known to lead nowhere, and leaves nothing behind; the error, which has one line. */
async function errorFrom(
  servers: ReadonlyArray<Pick<Scripted, 'sockets'>>, options: Omit<ConnectOptions, 'hello'> & Partial<ConnectOptions>,
): Promise<ConnectError> {
  const result = await tidily(servers, (signal) => connect({ hello: ASKED, signal, timeoutMs: 20_000, ...options }))
  if (result._tag === 'Connected') throw new Error('connected')
  expect(describeConnectError(result)).toMatch(/^[^\n]+$/)
  return result
}

/** A clock that stands still until it is told to go on. */
function handClock(): { readonly read: () => number; readonly set: (nowMs: number) => void; readonly readings: () => number } {
  let nowMs = 0
  let readings = 0
  const read = (): number => {
    readings += 1
    return nowMs
  }
  return { read, set: (to) => void (nowMs = to), readings: () => readings }
}

/** Lets `ms` go by on a clock, and on the timers that were set since `vi.useFakeTimers`. */
function pass(clock: ReturnType<typeof handClock>, ms: number): void {
  clock.set(clock.read() + ms)
  vi.advanceTimersByTime(ms)
}

function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** A plan whose waits are a millisecond or two. */
const HASTY: PlanPolicy = { ...DEFAULT_PLAN, backOffMs: 1, backOffMaxMs: 2 }

function reacting(reactions: Partial<PlanPolicy['reactions']>): PlanPolicy {
  return { ...HASTY, reactions: { ...HASTY.reactions, ...reactions } }
}

describe('the way by the endpoint that the broker names', () => {
  it('leads through a real broker to the backend (SPEC G10)', async () => {
    const { path } = await backend('welcome')
    const { at } = await start({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.21', backendPipe: path }] })
    const connected = streamOf(await connect({ at, hello: ASKED }))
    expect(connected).toMatchObject({
      route: 'BrokerNegotiated', endpoint: path, attempts: 1,
      negotiated: { daemonVersion: '1.11.21', connectionId: 1n, negotiatedProtocol: 1 },
    })
    expect(await read(connected, 7)).toBe('welcome')
    await expectEcho(connected)
  })

  it('begins with the reference\'s Hello, but for the library\'s name (SPEC G1)', async () => {
    const broker = await scripted(saysLast(no({ code: 2 })))
    await connect({ at: broker.at, hello: ASKED })
    expect(broker.hellos).toMatchObject([{
      clientMinProtocol: 1, clientMaxProtocol: 1, clientCapabilities: 1n, requestId: 'hello', connectionId: 0n, peerPid: process.pid,
      clientVersion: '', clientKeepaliveSecs: 0n, clientLibName: 'hello-negotiation', authToken: new Uint8Array(0), ...ASKED,
    }])
    expect(broker.frames).toMatchObject([{ envelopeVersion: 1, kind: 0, payloadProtocol: 0, requestId: 1n }])
  })

  it('says of who asks what the caller says (SPEC G1, G2)', async () => {
    const broker = await scripted(saysLast(no({ code: 2 })))
    const hello = { ...ASKED, peerPid: 0, capabilities: 0n, requestId: 'client_v2-clud-42', clientVersion: '1.2.3' }
    await connect({ at: broker.at, hello })
    expect(broker.hellos).toMatchObject([{ peerPid: 0, clientCapabilities: 0n, requestId: 'client_v2-clud-42', clientVersion: '1.2.3' }])
  })

  it('hands over a paused stream without a listener of ours', async () => {
    const { path } = await backend('x')
    const broker = await scripted(says(yes({ backendPipe: path })))
    const { stream } = streamOf(await connect({ at: broker.at, hello: ASKED }))
    expect(stream.isPaused()).toBe(true)
    const plain = new Socket().pause()
    stream.removeAllListeners('error')
    for (const event of ['data', 'error', 'close', 'connect', 'drain', 'readable', 'end']) {
      expect([event, stream.listenerCount(event)]).toEqual([event, plain.listenerCount(event)])
    }
  })

  it('has closed the broker\'s connection before it ends at the backend', async () => {
    const there = await backend()
    const broker = await scripted(says(yes({ backendPipe: there.path })))
    await tidily([broker, there], async (signal) => {
      const { stream } = streamOf(await connect({ at: broker.at, hello: ASKED, signal }))
      stream.destroy()
    })
  })
})

describe('the way without a Hello', () => {
  const skipTo = (endpoint: string): ConnectOptions['cachedEndpoint'] => ({ endpoint, selfVersion: ASKED.wantedVersion })

  it('goes to the remembered endpoint and asks nobody (SPEC G4)', async () => {
    const { path } = await backend('welcome')
    const broker = await scripted(SILENT)
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, cachedEndpoint: skipTo(path) }))
    expect(connected).toMatchObject({ route: 'HelloSkip', endpoint: path, attempts: 0, negotiated: undefined })
    expect(await read(connected, 7)).toBe('welcome')
    expect(broker.sockets).toHaveLength(0)
  })

  it('falls back to the broker in silence where nobody answers (SPEC G4)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(yes({ backendPipe: path })))
    const moves: Array<ConnectMove> = []
    const cachedEndpoint = skipTo(join(await tempFolder(), 'gone.sock'))
    const onMove = (move: ConnectMove): void => void moves.push(move)
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, cachedEndpoint, onMove }))
    expect(connected).toMatchObject({ route: 'BrokerNegotiated', endpoint: path, attempts: 1 })
    expect(moves.map(({ _tag }) => _tag)).toEqual(['ConnectBackend'])
    await expectEcho(connected)
  })

  it.each([['another version', '1.11.21'], ['the same version in other letters', '01.11.20']])(
    'is not gone by %s (SPEC G4)', async (_what, selfVersion) => {
      const [cached, named] = [await backend(), await backend()]
      const broker = await scripted(says(yes({ backendPipe: named.path })))
      const cachedEndpoint = { endpoint: cached.path, selfVersion }
      expect(streamOf(await connect({ at: broker.at, hello: ASKED, cachedEndpoint }))).toMatchObject({ route: 'BrokerNegotiated' })
      expect(cached.sockets).toHaveLength(0)
    },
  )
})

describe('the way by the connection itself', () => {
  const YES = adoptable({ backendPipe: '/nobody/listens.sock' })

  it.each<readonly [what: string, treat: Treatment]>([
    ['all at once', says(joined(YES, ready(), text('first')))],
    ['one after the other', says(YES, ready(), text('first'))],
    ['late', (socket) => {
      socket.write(YES)
      setImmediate(() => socket.write(ready(), () => void socket.write('first')))
    }],
  ])('keeps the stream, and what came behind the ready frame, %s (SPEC G10)', async (_what, treat) => {
    const broker = await scripted((socket) => {
      treat(socket)
      socket.on('data', (chunk) => void socket.write(chunk))
    })
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, adopt: true }))
    expect(connected).toMatchObject({ route: 'HandlePassed', endpoint: '/nobody/listens.sock', attempts: 1, negotiated: { isAdoptable: true } })
    expect(connected.stream.isPaused()).toBe(true)
    expect(await read(connected, 5)).toBe('first')
    await expectEcho(connected)
    expect(broker.sockets).toHaveLength(1)
  })

  it('loses and adds nothing, wherever the bytes are cut (law 2, SPEC G10)', async () => {
    const payload = Uint8Array.from({ length: 300 }, (_, i) => i)
    const stream = joined(YES, ready(), payload)
    let edges: ReadonlyArray<number> = []
    const broker = await scripted(async (socket) => {
      for (const [i, edge] of edges.entries()) {
        await new Promise((resolve) => socket.write(stream.slice(edges[i - 1] ?? 0, edge), resolve))
        await turn()
      }
      socket.end()
    })
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 12 })
    await fc.assert(fc.asyncProperty(cuts, async (unsorted) => {
      edges = [...unsorted.toSorted((a, b) => a - b), stream.length]
      const result = await connect({ at: broker.at, hello: ASKED, adopt: true })
      if (result._tag !== 'Connected') throw new Error(result._tag)
      const chunks: Array<Uint8Array> = []
      for await (const chunk of result.stream) chunks.push(chunk as Uint8Array)
      expect(Uint8Array.from(Buffer.concat(chunks))).toEqual(payload)
    }))
  })

  it('keeps a whole megabyte that came too soon', async () => {
    const payload = new Uint8Array(0x10_0000).fill(0x61)
    const broker = await scripted((socket) => void socket.end(joined(YES, ready(), payload)))
    const { stream } = streamOf(await connect({ at: broker.at, hello: ASKED, adopt: true }))
    await turn()
    let length = 0
    for await (const chunk of stream) length += (chunk as Uint8Array).length
    expect(length).toBe(payload.length)
  })

  it('offers bit 0 with the opt-in, whatever else is offered (SPEC G10, N9)', async () => {
    const broker = await scripted(saysLast(no({ code: 2 })))
    await connect({ at: broker.at, hello: { ...ASKED, capabilities: 4n }, adopt: true })
    await connect({ at: broker.at, hello: { ...ASKED, capabilities: 4n }, plan: { ...DEFAULT_PLAN, adopts: true } })
    await connect({ at: broker.at, hello: { ...ASKED, capabilities: 4n }, plan: { ...DEFAULT_PLAN, adopts: true }, adopt: false })
    expect(broker.hellos.map(({ clientCapabilities }) => clientCapabilities)).toEqual([5n, 5n, 4n])
  })

  it('is not gone without the opt-in, though the broker would (SPEC G10)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(adoptable({ backendPipe: path }), ready()))
    expect(streamOf(await connect({ at: broker.at, hello: ASKED }))).toMatchObject({ route: 'BrokerNegotiated', endpoint: path })
  })

  it.each<readonly [what: string, why: string, treat: Treatment]>([
    ['garbage', 'UnsupportedFraming', (socket) => void socket.write('HTTP/1.1 400 Bad Request')],
    ['an end', 'UnexpectedEnd', (socket) => void socket.end()],
    ['an end in the middle', 'UnexpectedEnd', (socket) => void socket.end(ready().subarray(0, 20))],
    ['another token', 'ReadyTokenMismatch', says(ready({ token: TOKEN.map((byte) => byte ^ 1) }))],
    ['a refusal', 'HandoffRefused', says(ready({ accepted: false, errorDetail: 'full' }))],
    ['a response', 'UnexpectedFrameKind', says(ready({}, { kind: 1 }))],
    ['a claim of 16 MiB and a byte', 'BodyTooLarge', says(Uint8Array.of(1, 1, 0, 0, 1))],
  ])('is given up in silence after %s, for the endpoint (SPEC G10, X2)', async (_what, why, treat) => {
    const there = await backend()
    const broker = await scripted((socket) => {
      socket.write(adoptable({ backendPipe: there.path }), () => treat(socket))
    })
    const seen: Array<Incident> = []
    await tidily([broker, there], async (signal) => {
      const onMove = (_: ConnectMove, because: Incident): void => void seen.push(because)
      const connected = streamOf(await connect({ at: broker.at, hello: ASKED, adopt: true, signal, onMove }))
      expect(connected).toMatchObject({ route: 'BrokerNegotiated', endpoint: there.path, attempts: 1 })
      await expectEcho(connected)
      connected.stream.destroy()
    })
    expect(seen.at(-1)).toMatchObject({ _tag: 'Reconnect', why: { _tag: why } })
  })

  it('is given up in silence after a reset, for the endpoint (SPEC G10)', async () => {
    const { path } = await backend()
    const broker = await scriptedOnTcp((socket) => void socket.write(adoptable({ backendPipe: path }), () => socket.resetAndDestroy()))
    // Whether the yes gets through before the reset is the network's to say; where it does not, there was none.
    const plan = reacting({ BrokerUnreachable: 'Stop' })
    const result = await connect({ at: broker.at, hello: ASKED, adopt: true, plan })
    if (result._tag === 'Connected') expect(streamOf(result).route).toBe('BrokerNegotiated')
    else expect(result).toMatchObject({ _tag: 'GaveUp', last: { _tag: 'BrokerUnreachable' } })
  })

  it('is given up after 2 s of silence (SPEC G10)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(adoptable({ backendPipe: path })))
    const clock = handClock()
    fakeTimers()
    const seen: Array<Incident> = []
    const onMove = (_: ConnectMove, because: Incident): void => void seen.push(because)
    const connecting = connect({ at: broker.at, hello: ASKED, adopt: true, clock: clock.read, onMove })
    while (seen.length === 0) await turn()
    await turn()
    pass(clock, 1_999)
    await turn()
    expect(seen).toHaveLength(1)
    pass(clock, 1)
    const connected = streamOf(await connecting)
    expect(connected.route).toBe('BrokerNegotiated')
    expect(seen.at(-1)).toMatchObject({ why: { _tag: 'ReadyTimedOut', timeoutMs: 2_000 } })
  })

  it('may be the only one there is: then nothing is left after it (SPEC G6)', async () => {
    const broker = await scripted((socket) => void socket.end(adoptable({ backendPipe: '' })))
    expect(await errorFrom([broker], { at: broker.at, adopt: true })).toMatchObject({
      _tag: 'GaveUp', why: { _tag: 'EmptyBackendPipe' }, last: { _tag: 'Reconnect' }, attempts: 1,
    })
  })
})

describe('a refusal', () => {
  it('that says when to come back is obeyed, on a connection of its own (SPEC G15, R5)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 30n })), says(yes({ backendPipe: path })))
    const waits: Array<number> = []
    const connected = streamOf(await connect({
      at: broker.at, hello: ASKED, plan: HASTY, random: () => 1,
      onMove: (move) => {
        if (move._tag === 'RetryAfter') waits.push(move.ms)
      },
    }))
    expect(connected).toMatchObject({ route: 'BrokerNegotiated', attempts: 2 })
    expect(waits).toEqual([30.5])
    // Half of the first wait of a millisecond is jitter. Nobody comes back before the hint is over.
    const [first = Number.NaN, second = Number.NaN] = broker.cameMs
    expect(second - first).toBeGreaterThanOrEqual(30.5)
    expect(broker.sockets[0]?.destroyed).toBe(true)
  })

  it('is never followed by a Hello before the clock says so, however often timers wake (law 4 of a trip)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 1n })), says(yes({ backendPipe: path })))
    const clock = handClock()
    let readingsThen = Infinity
    const connecting = connect({
      at: broker.at, hello: ASKED, plan: HASTY, clock: clock.read, random: () => 0,
      onMove: () => {
        readingsThen = clock.readings()
      },
    })
    while (clock.readings() < readingsThen + 30) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(broker.sockets.map(({ destroyed }) => destroyed)).toEqual([true])
    clock.set(1)
    expect(streamOf(await connecting).attempts).toBe(2)
  })

  it('again and again is given up on after as many attempts as the plan has (SPEC G15)', async () => {
    const broker = await scripted(says(no({ code: 4, reason: 'Hello rate limit exceeded' })))
    const error = await errorFrom([broker], { at: broker.at, plan: { ...HASTY, attemptsMax: 7 } })
    expect(error).toMatchObject({
      _tag: 'GaveUp', why: { _tag: 'AttemptsExhausted', failed: 7 }, last: { _tag: 'Refused', code: 4 }, attempts: 7,
    })
    expect(broker.hellos).toHaveLength(7)
    expect(describeConnectError(error)).toContain('refused with code 4: "Hello rate limit exceeded"')
  })

  it.each([[1, 'VersionUnsupported'], [2, 'ServiceUnknown'], [8, 'VersionBlocked'], [6, 'Other'], [99, 'Other']])(
    'with code %i is final without alternatives (SPEC G8, G15)', async (code, kind) => {
      const broker = await scripted(says(no({ code, reason: 'because', retryAfterMs: 30_000n })))
      expect(await errorFrom([broker], { at: broker.at })).toMatchObject({
        _tag: 'GaveUp', last: { _tag: 'Refused', code, kind: { _tag: kind }, reason: 'because', retryAfterMs: 30_000n }, attempts: 1,
      })
    },
  )

  it.each([3, 4, 5, 9])('with code %i is followed by another attempt (SPEC G15, C6, C10)', async (code) => {
    const { path } = await backend()
    const broker = await scripted(says(no({ code })), says(yes({ backendPipe: path })))
    expect(streamOf(await connect({ at: broker.at, hello: ASKED, plan: HASTY })).attempts).toBe(2)
  })

  it('of a version leads to the others that would do, in their order (SPEC G15)', async () => {
    const { path } = await backend()
    const broker = await scripted(
      says(no({ code: 8, retryAfterMs: 30_000n })), says(no({ code: 1 })), says(yes({ backendPipe: path })))
    const plan = { ...HASTY, alternatives: ['1.11.19', '1.11.18'] }
    expect(streamOf(await connect({ at: broker.at, hello: ASKED, plan })).attempts).toBe(3)
    expect(broker.hellos.map(({ wantedVersion }) => wantedVersion)).toEqual(['1.11.20', '1.11.19', '1.11.18'])
  })

  it('is final under the reference\'s own plan (SPEC G9)', async () => {
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 1n })))
    expect(await errorFrom([broker], { at: broker.at, plan: NO_RETRY_PLAN })).toMatchObject({
      _tag: 'GaveUp', why: { _tag: 'AttemptsExhausted' }, attempts: 1,
    })
  })

  it('whose hint the plan has no patience for is final', async () => {
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 60_001n })))
    expect(await errorFrom([broker], { at: broker.at })).toMatchObject({
      _tag: 'GaveUp', why: { _tag: 'RetryTooFar', retryAfterMs: 60_001n, maxMs: 60_000 },
    })
  })

  it('whose hint outlasts the time for the whole is told at once, not when the time is over', async () => {
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 10_000n })))
    const clock = handClock()
    const error = await errorFrom([broker], { at: broker.at, timeoutMs: 10_000, clock: clock.read, random: () => 0 })
    expect(error).toMatchObject({ _tag: 'GaveUp', why: { _tag: 'WaitTooLong', waitMs: 10_000, leftMs: 10_000 } })
    expect(describeConnectError(error)).toMatch(/^the next attempt would be in 10000 ms, and only 10000 are left: refused with code 4/)
  })

  it('that comes as the time for the whole runs out leaves none, never less than none', async () => {
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 10n })))
    const clock = handClock()
    const random = (): number => {
      clock.set(10_500)
      return 0
    }
    expect(await errorFrom([broker], { at: broker.at, timeoutMs: 10_000, clock: clock.read, random })).toMatchObject({
      _tag: 'GaveUp', why: { _tag: 'WaitTooLong', leftMs: 0 },
    })
  })

  it('of a broker that could not read the frame is told with its reason (SPEC C3, C4)', async () => {
    const broker = await scripted(says(no({ code: 6, reason: 'malformed broker Frame' }, { requestId: 0n })))
    expect(await errorFrom([broker], { at: broker.at })).toMatchObject({
      _tag: 'GaveUp', last: { _tag: 'Refused', reason: 'malformed broker Frame' },
    })
  })
})

describe('what is no refusal', () => {
  it.each<readonly [what: string, treat: Treatment, tag: string]>([
    ['another protocol', saysLast(text('HTTP/1.1 400 Bad Request\r\n\r\n')), 'UnsupportedFraming'],
    ['nothing', saysLast(new Uint8Array(0)), 'UnexpectedEnd'],
    ['half a yes', saysLast(yes().subarray(0, 20)), 'UnexpectedEnd'],
    ['a claim of 16 MiB and a byte', says(Uint8Array.of(1, 1, 0, 0, 1)), 'BodyTooLarge'],
    ['no protobuf', says(Uint8Array.of(1, 1, 0, 0, 0, 0xff)), 'DecodeError'],
    ['a request', says(framedHello()), 'UnexpectedFrameKind'],
    ['neither yes nor no', says(framed({ envelopeVersion: 1, kind: 1, requestId: 1n })), 'MissingResult'],
    ['a yes to somebody else', says(yes({}, { requestId: 2n })), 'RequestIdMismatch'],
    ['a yes to nobody', says(yes({}, { requestId: 0n })), 'RequestIdMismatch'],
    ['a no to somebody else', says(no({}, { requestId: 2n })), 'RequestIdMismatch'],
    ['a protocol that was not offered', says(yes({ negotiatedProtocol: 2 })), 'ProtocolNotOffered'],
    ['a token of 15 bytes', says(yes({ handlePassedToken: new Uint8Array(15) })), 'InvalidTokenLength'],
    ['no endpoint', says(yes({ backendPipe: '' })), 'EmptyBackendPipe'],
  ])('leads to the direct path: %s (SPEC G5, G6, G15, DIV-G1)', async (_what, treat, tag) => {
    const broker = await scripted(treat)
    expect(await errorFrom([broker], { at: broker.at })).toMatchObject({
      _tag: 'DirectPath', because: { _tag: 'Broken', error: { _tag: tag } }, attempts: 1,
    })
  })

  it('is a broker that is not there (SPEC G7, G15)', async () => {
    const path = join(await tempFolder(), 'nobody.sock')
    expect(await errorFrom([], { at: { _tag: 'Socket', path } })).toMatchObject({
      _tag: 'DirectPath', because: { _tag: 'BrokerUnreachable', phase: 'Connecting', code: 'ENOENT' }, attempts: 1,
    })
  })

  it('is an address that is none', async () => {
    expect(await errorFrom([], { at: { _tag: 'Tcp', port: 65_536 } })).toMatchObject({ because: { code: 'ERR_SOCKET_BAD_PORT' } })
    expect(await errorFrom([], { at: { _tag: 'Socket', path: `/${'x'.repeat(200)}` } })).toMatchObject({ because: { code: 'PathTooLong' } })
  })

  it('is a broker that resets the connection (SPEC G7, G15)', async () => {
    const broker = await scriptedOnTcp((socket) => socket.resetAndDestroy())
    expect(await errorFrom([broker], { at: broker.at })).toMatchObject({
      _tag: 'DirectPath', because: { _tag: 'BrokerUnreachable', phase: 'AwaitingReply', code: 'ECONNRESET' },
    })
  })

  it('is a backend that is not where the broker says (SPEC G7, G15)', async () => {
    const endpoint = join(await tempFolder(), 'nobody\u001b.sock')
    const broker = await scripted(says(yes({ backendPipe: endpoint })))
    const error = await errorFrom([broker], { at: broker.at })
    expect(error).toMatchObject({ _tag: 'DirectPath', because: { _tag: 'BackendUnreachable', endpoint, code: 'ENOENT' }, attempts: 1 })
    expect(describeConnectError(error)).not.toContain('\u001b')
  })

  it('may be worth another attempt, where the plan says so: a backend that comes late', async () => {
    const path = join(await tempFolder(), 'late.sock')
    const broker = await scripted(says(yes({ backendPipe: path })), async (socket) => {
      await backend('welcome', path)
      socket.write(yes({ backendPipe: path }))
    })
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, plan: reacting({ BackendUnreachable: 'BackOff' }) }))
    expect(connected).toMatchObject({ route: 'BrokerNegotiated', attempts: 2 })
    expect(await read(connected, 7)).toBe('welcome')
  })

  it('may be silence that the plan has an answer to, where one Hello has not all the time', async () => {
    const { path } = await backend()
    const clock = handClock()
    const broker = await scripted(() => clock.set(50), says(yes({ backendPipe: path })))
    const seen: Array<Incident> = []
    const connected = streamOf(await connect({
      at: broker.at, hello: ASKED, plan: reacting({ TimedOut: 'BackOff' }), attemptTimeoutMs: 50, clock: clock.read,
      onMove: (_, because) => {
        seen.push(because)
        clock.set(60)
      },
    }))
    expect(connected.attempts).toBe(2)
    expect(seen[0]).toEqual({ _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 50 })
  })

  it('is a yes of the second dialect without an endpoint: there is nowhere to go (SPEC G14)', async () => {
    const broker = await scripted(says(yes({ backendPipe: '' })))
    expect(await errorFrom([broker], { at: broker.at, dialect: 'v2' })).toMatchObject({
      _tag: 'GaveUp', why: { _tag: 'EmptyBackendPipe' }, last: { _tag: 'Negotiated' },
    })
  })
})

/** A broker for each phase, that brings a client there; and the move after which it is there. */
const PHASES: ReadonlyArray<readonly [phase: ConnectPhase, treat: Treatment, move: ConnectMove['_tag'] | undefined]> = [
  ['Connecting', SILENT, undefined],
  ['AwaitingReply', SILENT, undefined],
  ['Waiting', says(no({ code: 4, retryAfterMs: 5_000n })), 'RetryAfter'],
  ['Adopting', says(adoptable()), 'Adopt'],
]

describe('an abort', () => {
  it('before anything else is heard before anything is dialled', async () => {
    const broker = await scripted(SILENT)
    const signal = AbortSignal.abort()
    expect(await errorFrom([broker], { at: broker.at, signal })).toEqual({ _tag: 'Aborted', phase: 'Connecting' })
    expect(broker.sockets).toHaveLength(0)
    const cachedEndpoint = { endpoint: broker.path, selfVersion: ASKED.wantedVersion }
    expect(await errorFrom([broker], { at: broker.at, signal, cachedEndpoint })).toEqual({ _tag: 'Aborted', phase: 'ConnectingBackend' })
    expect(broker.sockets).toHaveLength(0)
  })

  it.each(PHASES)('ends it in the phase %s, with nothing left behind (law 1)', async (phase, treat, move) => {
    const controller = new AbortController()
    const there = await backend()
    const broker = await scripted((socket) => {
      treat(socket)
      if (phase === 'AwaitingReply') controller.abort()
    })
    const connecting = errorFrom([broker, there], {
      at: broker.at, adopt: true, signal: controller.signal,
      onMove: ({ _tag }) => {
        if (_tag === move) setImmediate(() => controller.abort())
      },
    })
    if (phase === 'Connecting') controller.abort()
    expect(await connecting).toEqual({ _tag: 'Aborted', phase })
  })

  it('ends it on the way to the backend', async () => {
    const there = await backend()
    const broker = await scripted(says(yes({ backendPipe: there.path })))
    const [late, early] = [new AbortController(), new AbortController()]
    const aborting = (controller: AbortController, when: (abort: () => void) => void): Promise<ConnectError> =>
      errorFrom([broker, there], { at: broker.at, signal: controller.signal, onMove: () => when(() => controller.abort()) })
    // A tick comes once the socket is on its way, and before the loop can tell that it has arrived.
    expect(await aborting(late, process.nextTick)).toEqual({ _tag: 'Aborted', phase: 'ConnectingBackend' })
    expect(await aborting(early, (abort) => abort())).toEqual({ _tag: 'Aborted', phase: 'ConnectingBackend' })
  })

  it('comes too late once there is a stream, which is the caller\'s', async () => {
    const controller = new AbortController()
    const { path } = await backend()
    const broker = await scripted(says(yes({ backendPipe: path })))
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, signal: controller.signal }))
    controller.abort()
    await expectEcho(connected)
  })
})

describe('the time for the whole', () => {
  it.each<readonly [what: string, treat: Treatment]>([
    ['silence', SILENT],
    ['a claim of 16 MiB, and then silence', says(Uint8Array.of(1, 0, 0, 0, 1), new Uint8Array(1_000))],
    ['a trickle', (socket) => {
      let sent = 0
      const trickle = setInterval(() => void socket.write(yes().subarray(sent, (sent += 1))), 10)
      socket.on('close', () => clearInterval(trickle))
    }],
  ])('ends the wait for the reply: %s (SPEC G9)', async (_what, treat) => {
    const clock = handClock()
    const broker = await scripted((socket) => {
      treat(socket)
      clock.set(100)
    })
    expect(await errorFrom([broker], { at: broker.at, clock: clock.read, timeoutMs: 100 })).toEqual({
      _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 100,
    })
  })

  it('ends the wait for the broker\'s socket: too late is too late (SPEC G9)', async () => {
    const broker = await scripted(says(yes()))
    const clock = handClock()
    fakeTimers()
    // The time is over when the socket arrives, and no timer has said so.
    const { connect: original } = Socket.prototype
    vi.spyOn(Socket.prototype, 'connect').mockImplementationOnce(function dial(this: Socket, ...args) {
      clock.set(10_000)
      return Reflect.apply(original, this, args) as Socket
    })
    const result = await connect({ at: broker.at, hello: ASKED, clock: clock.read, timeoutMs: 10_000 })
    expect(result).toEqual({ _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 10_000 })
    expect(broker.hellos).toHaveLength(0)
  })

  it('may be over before anything is begun: then nothing is (SPEC G9)', async () => {
    const broker = await scripted(SILENT)
    const clock = handClock()
    const connecting = errorFrom([broker], { at: broker.at, clock: clock.read, timeoutMs: 10_000 })
    clock.set(10_000)
    expect(await connecting).toEqual({ _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 10_000 })
    expect(broker.sockets).toHaveLength(0)
  })

  it.each<readonly [phase: ConnectPhase, treat: Treatment, when: (then: () => void) => void]>([
    ['Adopting', says(adoptable()), (then) => setImmediate(then)],
    ['ConnectingBackend', says(yes()), (then) => then()],
    ['Waiting', says(no({ code: 4, retryAfterMs: 20n })), (then) => setImmediate(then)],
  ])('ends everything in the phase %s too (SPEC G9, G10)', async (phase, treat, when) => {
    const broker = await scripted(treat)
    const clock = handClock()
    const onMove = (): void => when(() => clock.set(200))
    expect(await errorFrom([broker], { at: broker.at, adopt: true, plan: HASTY, clock: clock.read, timeoutMs: 200, onMove })).toEqual({
      _tag: 'TimedOut', phase, timeoutMs: 200,
    })
  })

  it('is one for all attempts together', async () => {
    const clock = handClock()
    const broker = await scripted(says(no({ code: 4 })), says(no({ code: 4 })), () => clock.set(300))
    const onMove = (): void => clock.set(clock.read() + 100)
    expect(await errorFrom([broker], { at: broker.at, plan: HASTY, clock: clock.read, timeoutMs: 300, onMove })).toEqual({
      _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 300,
    })
    expect(broker.hellos).toHaveLength(3)
  })

  it.each<readonly [what: string, options: Partial<ConnectOptions>, timeoutMs: number]>([
    ['30 s if nobody says', {}, 30_000],
    ['3 s in the second dialect', { dialect: 'v2' }, 3_000],
    ['what the environment says', { env: { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: ' 500 ' } }, 500],
    ['30 s where the environment says nonsense', { env: { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: '0' } }, 30_000],
    ['what the caller says, whatever the environment does', { timeoutMs: 700, env: { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: '500' } }, 700],
    ['a millisecond at least', { timeoutMs: Number.NaN }, 1],
    ['a millisecond at least, from zero on', { timeoutMs: 0 }, 1],
  ])('is %s (SPEC G9)', async (_what, options, timeoutMs) => {
    const broker = await scripted(SILENT)
    const clock = handClock()
    fakeTimers()
    let result: ConnectResult | undefined
    void connect({ at: broker.at, hello: ASKED, clock: clock.read, ...options }).then((came) => void (result = came))
    while (broker.hellos.length === 0) await turn()
    pass(clock, timeoutMs - 1)
    await turn()
    expect(result).toBeUndefined()
    pass(clock, 1)
    await turn()
    expect(result).toEqual({ _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs })
  })

  it('may be without end', async () => {
    const { path } = await backend()
    const broker = await scripted(says(yes({ backendPipe: path })))
    expect(streamOf(await connect({ at: broker.at, hello: ASKED, timeoutMs: Infinity })).attempts).toBe(1)
  })
})

describe('the environment', () => {
  it('may switch the broker off, before anything else is looked at (SPEC G3, G11)', async () => {
    const broker = await scripted(SILENT)
    const options = { at: broker.at, env: { RUNNING_PROCESS_DISABLE: '1' }, hello: { ...ASKED, serviceName: 'BAD' } }
    const error = await errorFrom([broker], { ...options, cachedEndpoint: { endpoint: broker.path, selfVersion: ASKED.wantedVersion } })
    expect(error).toEqual({ _tag: 'DirectPath', because: { _tag: 'BrokerDisabled' }, attempts: 0 })
    expect(describeConnectError(error)).toBe('the broker is switched off: RUNNING_PROCESS_DISABLE is 1')
    expect(broker.sockets).toHaveLength(0)
  })

  it.each(['', '0', ' 1', 'yes'])('may not say %j (SPEC G3)', async (value) => {
    const broker = await scripted(SILENT)
    const error = await errorFrom([broker], { at: broker.at, env: { RUNNING_PROCESS_DISABLE: value } })
    expect(error).toEqual({ _tag: 'InvalidDisableValue', actual: value })
    expect(describeConnectError(error)).toBe(`RUNNING_PROCESS_DISABLE must be unset or 1, got ${JSON.stringify(value)}`)
    expect(broker.sockets).toHaveLength(0)
  })

  it('is not read where it is not given', async () => {
    process.env['RUNNING_PROCESS_DISABLE'] = '1'
    try {
      const broker = await scripted(says(no({ code: 2 })))
      expect(await errorFrom([broker], { at: broker.at })).toMatchObject({ _tag: 'GaveUp' })
    } finally {
      delete process.env['RUNNING_PROCESS_DISABLE']
    }
  })
})

describe('a request that is not sound', () => {
  it('is told with every fault at once, alternatives included, and goes nowhere (law 4)', async () => {
    const broker = await scripted(SILENT)
    const error = await errorFrom([broker], {
      at: broker.at,
      hello: { serviceName: 'BAD', wantedVersion: 'latest', peerPid: -1 },
      plan: { ...DEFAULT_PLAN, alternatives: ['1.0.0', 'newest'] },
    })
    expect(error).toMatchObject({
      _tag: 'InvalidRequest',
      faults: [
        { field: 'serviceName', actual: 'BAD' }, { field: 'wantedVersion', actual: 'latest' }, { field: 'peerPid', actual: -1 },
        { field: 'wantedVersion', actual: 'newest' },
      ],
    })
    expect(describeConnectError(error)).toMatch(/^the request is not sound: serviceName: found "BAD"; .*; wantedVersion: found "newest"; /)
    expect(broker.sockets).toHaveLength(0)
  })

  it('may be so for an alternative alone', async () => {
    const error = await errorFrom([], { at: { _tag: 'Socket', path: '/nobody' }, plan: { ...DEFAULT_PLAN, alternatives: ['newest'] } })
    expect(error).toMatchObject({ _tag: 'InvalidRequest', faults: [{ field: 'wantedVersion', actual: 'newest' }] })
  })
})

describe('a caller\'s function that throws', () => {
  it('is the caller\'s to catch, and leaves nothing behind (law 1)', async () => {
    const broker = await scripted(says(adoptable()))
    const thrown = new Error('a log that is full')
    const result = await tidily([broker], (signal) => connect({
      at: broker.at, hello: ASKED, adopt: true, signal,
      onMove: () => {
        throw thrown
      },
    }).catch((error: unknown) => error))
    expect(result).toBe(thrown)
  })
})

describe('many at once', () => {
  it('each come to a stream of their own, and to nobody else\'s (law 1)', async () => {
    const there = await backend()
    const { at, listener } = await start({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: there.path }] })
    // Without a token the broker has no deadline of its own.
    const hello = { ...ASKED, capabilities: 0n }
    await tidily([there], async (signal) => {
      const results = await Promise.all(Array.from({ length: 200 }, () => connect({ at, hello, signal })))
      const all = results.map(streamOf)
      expect(new Set(all.map(({ negotiated }) => negotiated?.connectionId)).size).toBe(200)
      await Promise.all(all.map((connected, i) => expectEcho(connected, `to ${i} and back`)))
      all.forEach(({ stream }) => stream.destroy())
      // The broker's own connections linger until it has seen their ends.
      while (listener.connections() > 0) await turn()
    })
  })

  it('each have their end by one signal', async () => {
    const broker = await scripted(SILENT)
    const controller = new AbortController()
    const results = await tidily([broker], async () => {
      const connecting = Array.from({ length: 100 }, () => connect({ at: broker.at, hello: ASKED, signal: controller.signal }))
      while (broker.hellos.length < 100) await turn()
      // Past ten, Node would warn of a leak.
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
      controller.abort()
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      return Promise.all(connecting)
    })
    expect(results).toEqual(results.map(() => ({ _tag: 'Aborted', phase: 'AwaitingReply' })))
  })
})

describe('where a backend is', () => {
  it('is a path, but on Windows the name of a pipe, with its prefix or without (SPEC M5)', () => {
    expect(endpointAddress('/run/x.sock', 'linux')).toMatchObject({ right: { _tag: 'Socket', path: '/run/x.sock' } })
    const pipe = { right: { _tag: 'Pipe', path: '\\\\.\\pipe\\zccache' } }
    expect(endpointAddress('zccache', 'win32')).toMatchObject(pipe)
    expect(endpointAddress('\\\\.\\pipe\\zccache', 'win32')).toMatchObject(pipe)
    expect(endpointAddress('//./pipe/zccache', 'win32')).toMatchObject({ left: { code: 'PrefixedPipeName' } })
    expect(endpointAddress('', 'win32')).toMatchObject({ left: { code: 'EmptyPipeName' } })
  })
})

describe('what happens', () => {
  it('is told move by move, each with what it is because of, on one line', async () => {
    const { path } = await backend()
    const broker = await scripted(
      says(no({ code: 4, reason: 'busy' })), says(no({ code: 8, reason: 'too old' })),
      (socket) => void socket.end(adoptable({ backendPipe: path })))
    const lines: Array<string> = []
    const plan = { ...HASTY, alternatives: ['1.11.21'] }
    streamOf(await connect({
      at: broker.at, hello: ASKED, plan, adopt: true, random: () => 0,
      onMove: (move, because) => void lines.push(`${describeIncident(because)}; ${describeMove(move)}`),
    }))
    expect(lines).toEqual([
      'refused with code 4: "busy"; trying again in 1 ms',
      'refused with code 8: "too old"; trying version 1.11.21',
      `negotiated, with a backend at ${JSON.stringify(path)}; waiting for the backend on the same connection`,
      'the connection was not taken over: unexpected EOF while reading frame (framing byte); '
        + `going to the backend at ${JSON.stringify(path)}`,
    ])
  })

  it.each<readonly [error: ConnectError, line: string]>([
    [{ _tag: 'Aborted', phase: 'Waiting' }, 'aborted, waiting to try again'],
    [{ _tag: 'TimedOut', phase: 'ConnectingBackend', timeoutMs: 5 }, 'timed out after 5 ms, connecting to the backend'],
    [
      { _tag: 'DirectPath', because: { _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 5 }, attempts: 1 },
      'to be done without the broker: no answer within 5 ms, connecting',
    ],
    [
      { _tag: 'DirectPath', because: { _tag: 'BrokerUnreachable', phase: 'AwaitingReply', code: 'EPIPE', message: 'broken pipe' }, attempts: 1 },
      'to be done without the broker: the connection was lost before the answer: broken pipe',
    ],
  ])('is told at the end, on one line', (error, line) => {
    expect(describeConnectError(error)).toBe(line)
  })

  it('is told of moves that end it', () => {
    expect(describeMove({ _tag: 'DirectPath' })).toBe('doing without the broker')
    expect(describeMove({ _tag: 'GiveUp', why: { _tag: 'EmptyBackendPipe' } }))
      .toBe('giving up: broker negotiated an empty backend endpoint')
  })
})
