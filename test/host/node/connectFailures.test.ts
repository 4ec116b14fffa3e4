/**
 * What a client does about a broker's no, and about everything that is neither yes nor no.
 */
import { join } from 'node:path'
import { NO_RETRY_PLAN } from 'hello-negotiation'
import { connect, describeConnectError, type Incident } from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { framed, no, yes } from '../../client/support.js'
import { ASKED, backend, read, says, saysLast, scripted, scriptedOnTcp, streamOf, type Treatment } from './clientSupport.js'
import { handClock } from './clockSupport.js'
import { errorFrom, HASTY, reacting } from './connectSupport.js'
import { framedHello, tempFolder } from './support.js'

const text = (bytes: string): Uint8Array => Buffer.from(bytes, 'latin1')

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
