import * as fc from 'fast-check'
import {
  ClientConnection, type ClientEvent, clientHello, createBroker, describeAnswerError, parsePolicy, peerIdentity, tokenBytes,
  UNVERIFIED_PEER,
} from 'hello-negotiation'
import {
  arbitraryChunkSizes, arbitraryClientRequest, arbitraryExpectation, arbitraryNow, arbitraryPeer, arbitraryPolicy,
  arbitraryReplyBytes, cut, deepFreeze,
} from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { rightOf, STRANGE_TIMES } from '../support/negotiate.js'
import { countingRandom } from '../support/negotiateShell.js'
import { HELLO, joined, no, yes } from './support.js'

const OPENED = ClientConnection.clientConnection(HELLO, 0, 100)
const AWAITING = ClientConnection.connected(OPENED, 1)

function eventOf(connection: ClientConnection.ClientConnection): ClientEvent {
  return ClientConnection.next(connection).value
}

function pushed(...chunks: ReadonlyArray<Uint8Array>): ClientConnection.ClientConnection {
  return chunks.reduce(ClientConnection.push, AWAITING)
}

const BROKEN_STREAMS: ReadonlyArray<readonly [what: string, bytes: Uint8Array, error: object, offset: number]> = [
  ['another protocol', Uint8Array.of(0x48, 0x54), { _tag: 'UnsupportedFraming', actual: 0x48, expected: 1 }, 0],
  ['a body above 16 MiB', Uint8Array.of(1, 1, 0, 0, 1), { _tag: 'BodyTooLarge', actual: 0x100_0001, max: 0x100_0000 }, 1],
  ['nothing', new Uint8Array(0), { _tag: 'UnexpectedEnd', context: 'framing byte' }, 0],
  ['half a header', Uint8Array.of(1, 9), { _tag: 'UnexpectedEnd', context: 'body length header' }, 2],
  ['half a body', Uint8Array.of(1, 9, 0, 0, 0, 8, 1), { _tag: 'UnexpectedEnd', context: 'frame body' }, 7],
  ['a body that is no Frame', Uint8Array.of(1, 3, 0, 0, 0, 8, 1, 0xff), { _tag: 'DecodeError', message: 'Frame' }, 7],
]

describe('the one outcome of a Hello', () => {
  it('comes once the frame is whole, and is told again (law 2)', () => {
    const reply = yes()
    const nearly = pushed(reply.subarray(0, -1))
    expect(eventOf(nearly)).toEqual({ _tag: 'NeedData' })
    const { state, value } = ClientConnection.next(ClientConnection.push(nearly, reply.subarray(-1)))
    expect(value._tag).toBe('Negotiated')
    expect(ClientConnection.next(state)).toEqual({ state, value })
  })

  it.each(BROKEN_STREAMS)('is Broken for %s, at its byte, and with its reason (SPEC G5, F2, F5, G7)', (_what, bytes, error, offset) => {
    const { value } = ClientConnection.next(ClientConnection.pushEnd(pushed(bytes)))
    expect(value).toMatchObject({ _tag: 'Broken', error, offset })
    if (value._tag === 'Broken') expect(describeAnswerError(value.error)).toMatch(/^[^\n]+$/)
  })

  it('takes a body of exactly 16 MiB to be read on, refused on its header above that (SPEC G5)', () => {
    expect(eventOf(pushed(Uint8Array.of(1, 0, 0, 0, 1)))).toEqual({ _tag: 'NeedData' })
    expect(eventOf(pushed(Uint8Array.of(1, 1, 0, 0, 1)))).toMatchObject({ _tag: 'Broken' })
  })

  it('leaves what came behind a yes, and what comes later, to who takes the stream over (law 3, SPEC G10)', () => {
    const { state } = ClientConnection.next(pushed(yes(), Uint8Array.of(1, 2)))
    expect(ClientConnection.remainder(ClientConnection.push(state, Uint8Array.of(3)))).toEqual(Uint8Array.of(1, 2, 3))
    ClientConnection.remainder(state).fill(9)
    expect(ClientConnection.remainder(state)).toEqual(Uint8Array.of(1, 2))
  })

  it.each([['a no', no()], ['no answer', Uint8Array.of(9)], ['a yes to somebody else', yes({}, { requestId: 2n })]])(
    'keeps nothing behind %s, whatever else comes (law 3)', (_what, bytes) => {
      const { state, value } = ClientConnection.next(pushed(bytes, Uint8Array.of(1, 2, 3)))
      const later = ClientConnection.pushEnd(ClientConnection.push(state, yes()))
      expect(eventOf(later)).toEqual(value)
      expect(ClientConnection.remainder(later).length + later.framing.pending.buffer.length).toBe(0)
    },
  )

  it('has nothing behind it before it has come', () => {
    expect(ClientConnection.remainder(pushed(Uint8Array.of(1, 2)))).toEqual(new Uint8Array(0))
  })
})

describe('the deadline of the round trip (SPEC G9)', () => {
  it('is 30 seconds, and 3 in the second dialect', () => {
    expect(ClientConnection.nextDeadlineMs(ClientConnection.clientConnection(HELLO, 7.5))).toBe(30_007.5)
    expect(ClientConnection.CLIENT_V2_TIMEOUT_MS).toBe(3_000)
  })

  it.each([99.5, 100, 100.5, ...STRANGE_TIMES])('passes at %d ms only if that is not before it (law 4)', (nowMs) => {
    expect(eventOf(ClientConnection.expire(AWAITING, nowMs))._tag).toBe(nowMs >= 100 ? 'TimedOut' : 'NeedData')
  })

  it('says what was waited for', () => {
    const inVain = (connection: ClientConnection.ClientConnection): ClientEvent => eventOf(ClientConnection.expire(connection, 100))
    expect(inVain(OPENED)).toEqual({ _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 100 })
    expect(inVain(AWAITING)).toEqual({ _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 100 })
    // Bytes prove that somebody is there; no bytes prove nothing.
    expect(inVain(ClientConnection.push(OPENED, Uint8Array.of(1)))).toMatchObject({ phase: 'AwaitingReply' })
    expect(inVain(ClientConnection.push(OPENED, new Uint8Array(0)))).toMatchObject({ phase: 'Connecting' })
  })

  it('covers connecting: who is reached too late has timed out', () => {
    expect(eventOf(ClientConnection.connected(OPENED, 100))).toMatchObject({ _tag: 'TimedOut', phase: 'Connecting' })
    expect(eventOf(ClientConnection.connected(OPENED, 99.5))).toEqual({ _tag: 'NeedData' })
  })

  it('waits for nothing after an outcome, nor where one has come that nobody has read (law 4)', () => {
    const told = ClientConnection.next(pushed(yes())).state
    for (const connection of [told, pushed(yes()), ClientConnection.pushEnd(AWAITING), pushed(Uint8Array.of(9))]) {
      expect(ClientConnection.expire(connection, 1_000)).toBe(connection)
    }
    expect(ClientConnection.nextDeadlineMs(told)).toBeUndefined()
    expect(ClientConnection.connected(told, 1_000)).toBe(told)
  })

  it('is the outcome, once it has passed, whatever comes then (law 2)', () => {
    const late = ClientConnection.push(ClientConnection.expire(AWAITING, 100), yes())
    expect(eventOf(late)).toMatchObject({ _tag: 'TimedOut' })
    expect(ClientConnection.remainder(late).length).toBe(0)
  })
})

const exchanged = arbitraryExpectation().chain((expected) => fc.tuple(fc.constant(expected), arbitraryReplyBytes(expected)))
const dialects = fc.constantFrom<'v1' | 'v2'>('v1', 'v2')

describe('the laws of a client\'s connection', () => {
  it('is deaf to how its bytes are cut: same outcome, same remainder (law 1)', () => {
    fc.assert(fc.property(exchanged, dialects, arbitraryChunkSizes(), fc.boolean(), ([expected, bytes], dialect, sizes, ends) => {
      const opened = ClientConnection.clientConnection(expected, 0, 100, dialect)
      const end = (connection: ClientConnection.ClientConnection): ClientConnection.ClientConnection =>
        ends ? ClientConnection.pushEnd(connection) : connection
      const whole = ClientConnection.next(end(ClientConnection.push(opened, bytes)))
      const inParts = ClientConnection.next(end(cut(bytes, sizes).reduce(ClientConnection.push, opened)))
      // Asked after every chunk, too.
      const asked = ClientConnection.next(end(cut(bytes, sizes).reduce(
        (connection, chunk) => ClientConnection.next(ClientConnection.push(connection, chunk)).state, opened,
      )))
      for (const { state, value } of [inParts, asked]) {
        expect(value).toEqual(whole.value)
        expect(ClientConnection.remainder(state)).toEqual(ClientConnection.remainder(whole.state))
      }
    }), { numRuns: 500 })
  })

  it('gives any bytes that end one outcome, in one step, and tells it again whatever comes (law 2)', () => {
    fc.assert(fc.property(exchanged, dialects, fc.uint8Array(), arbitraryNow(), ([expected, bytes], dialect, more, nowMs) => {
      const opened = ClientConnection.clientConnection(expected, 0, 100, dialect)
      const { state, value } = ClientConnection.next(ClientConnection.pushEnd(ClientConnection.push(opened, bytes)))
      expect(['Negotiated', 'Refused', 'Broken']).toContain(value._tag)
      const later = ClientConnection.expire(ClientConnection.connected(ClientConnection.push(state, more), nowMs), nowMs)
      expect(eventOf(later)).toEqual(value)
      if (value._tag === 'Broken') {
        expect(describeAnswerError(value.error)).toMatch(/^[^\n]+$/)
        expect(value.offset).toBeGreaterThanOrEqual(0)
        expect(value.offset).toBeLessThanOrEqual(bytes.length)
      }
    }), { numRuns: 1_000 })
  })

  it('tells no yes but one that answers the request (law 5, DIV-G1)', () => {
    let yeses = 0
    fc.assert(fc.property(exchanged, dialects, ([expected, bytes], dialect) => {
      const { value } = ClientConnection.next(ClientConnection.push(ClientConnection.clientConnection(expected, 0, 100, dialect), bytes))
      if (value._tag !== 'Negotiated') return
      yeses += 1
      expect(value.negotiatedProtocol).toBeGreaterThanOrEqual(expected.minProtocol)
      expect(value.negotiatedProtocol).toBeLessThanOrEqual(expected.maxProtocol)
      if (value.token !== undefined) expect(tokenBytes(value.token).length).toBe(16)
      expect(value.isAdoptable).toBe(expected.offersHandlePassing && value.token !== undefined && value.serverCapabilities % 2n === 1n)
      if (dialect === 'v1') expect(value.backendPipe !== '' || value.isAdoptable).toBe(true)
    }), { numRuns: 1_000 })
    expect(yeses).toBeGreaterThan(0)
  })

  it('never writes into the connection or the chunk it is given, and keeps no hold of the chunk', () => {
    fc.assert(fc.property(exchanged, arbitraryNow(), ([expected, bytes], nowMs) => {
      const chunk = Uint8Array.from(bytes)
      const connection = deepFreeze(ClientConnection.push(ClientConnection.clientConnection(expected, 0, 100), chunk))
      const before = eventOf(connection)
      chunk.fill(0xee)
      ClientConnection.next(deepFreeze(ClientConnection.expire(connection, nowMs)))
      ClientConnection.connected(connection, nowMs)
      ClientConnection.push(connection, Uint8Array.of(1, 2, 3))
      expect(eventOf(connection)).toEqual(before)
    }))
  })
})

describe('a true broker\'s answer', () => {
  it('is judged to be what the broker said, for any policy, peer and Hello (DIV-G1, DIV-G2)', () => {
    const tags = new Set<string>()
    const serving = rightOf(parsePolicy({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }] }))
    const toYesAndNo = ['zccache', 'another'].map((serviceName) => ({ serviceName, wantedVersion: '1.11.20' }))
    fc.assert(fc.property(arbitraryPolicy(), arbitraryPeer(), fc.array(arbitraryClientRequest(), { minLength: 1, maxLength: 4 }), (policy, peer, requests) => {
      const broker = createBroker({ policy: { ...policy, peerPolicy: { _tag: 'AllowAny' } }, clock: () => 0, random: countingRandom().read })
      for (const fields of requests) {
        const hello = rightOf(clientHello(fields))
        const { bytes, outcome } = broker.exchange(hello.bytes, peer)
        const opened = ClientConnection.clientConnection(hello, 0)
        const heard = eventOf(ClientConnection.push(opened, bytes))
        tags.add(heard._tag)
        if (outcome._tag === 'Refused') {
          const { reason, code, details, retryAfterMs } = outcome.reply
          expect(heard).toMatchObject({ _tag: 'Refused', reason, code, details, retryAfterMs, versionRange: { min: 1, max: 1 }, sharesProtocol: true })
        } else if (heard._tag === 'Broken') {
          expect(heard.error).toEqual({ _tag: 'EmptyBackendPipe' })
          expect(outcome.reply.backendPipe).toBe('')
        } else {
          const { handlePassedToken, ...reply } = outcome.reply
          expect(heard).toMatchObject({ _tag: 'Negotiated', ...reply, isAdoptable: handlePassedToken.length > 0 })
          if (heard._tag === 'Negotiated' && heard.token !== undefined) expect(tokenBytes(heard.token)).toEqual(handlePassedToken)
        }
      }
    }), { numRuns: 300, examples: [[serving, UNVERIFIED_PEER, toYesAndNo]] })
    expect([...tags]).toEqual(expect.arrayContaining(['Negotiated', 'Refused']))
  })

  it('is read off a session, with the backend\'s first bytes behind it (SPEC G10)', () => {
    const policy = { services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }] }
    const answer = brokerOf(policy).exchange(HELLO.bytes, peerIdentity(7))
    const { state, value } = ClientConnection.next(pushed(joined(answer.bytes, Uint8Array.of(5))))
    expect(value).toMatchObject({ _tag: 'Negotiated', isAdoptable: true, connectionId: 1n })
    expect(ClientConnection.remainder(state)).toEqual(Uint8Array.of(5))
  })

  it('is a no with the broker\'s reason for a service it does not know (SPEC G8)', () => {
    const { bytes } = brokerOf({ services: [] }).exchange(HELLO.bytes, UNVERIFIED_PEER)
    expect(eventOf(pushed(bytes))).toMatchObject({ _tag: 'Refused', kind: { _tag: 'ServiceUnknown' }, code: 2, reason: 'service is not registered' })
  })
})

function brokerOf(policy: object): ReturnType<typeof createBroker> {
  return createBroker({ policy: rightOf(parsePolicy(policy)), clock: () => 0, random: countingRandom().read })
}
