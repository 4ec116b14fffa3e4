import * as fc from 'fast-check'
import {
  type AttemptEvent, type FellBack, HandoffAttempt, type ServiceName, type Step, tokenBytes,
} from 'hello-negotiation'
import { type AckRegistry, OfferReader } from 'hello-negotiation/step'
import {
  arbitraryAckBytes, arbitraryChunkSizes, arbitraryHandoffSubject, arbitraryNow, cut, deepFreeze,
} from 'hello-negotiation/testing'
import {
  ackFrame, encodeFrame, encodeFramed, type Frame, FRAME_BODY_MAX_BYTES, Framing, type HandoffAck, handoffAck, HEADER_BYTES,
  readyFrame,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { rightOf, SERVICE, STRANGE_TIMES, token } from '../support/negotiate.js'

const { acknowledged, begin, delivered, deliveryFailed, expire, next, nextDeadlineMs, push, pushEnd, remainder } = HandoffAttempt

type Attempt = HandoffAttempt.HandoffAttempt

const SUBJECT: HandoffAttempt.HandoffSubject = { token: token(0xa), connectionId: 7n, serviceName: SERVICE, handleValue: 0n }
const BEGUN = begin(SUBJECT, 0, 100)
const AWAITING = delivered(BEGUN)
const YES = handoffAck({ token: tokenBytes(SUBJECT.token), accepted: true, correlationId: 7n })
const TAKEN = { _tag: 'Right', right: { waitedMs: 12.5 } } as const
const NO_ECHO = 'HandoffAck token echo does not match the offered token'
const NOT_PENDING = { _tag: 'Left', left: { _tag: 'TokenNotPending' } } as const

function framed(frame: Frame): Uint8Array {
  return rightOf(encodeFramed(encodeFrame(frame)))
}

function answer(fields: Partial<HandoffAck> = {}): Uint8Array {
  return framed(ackFrame({ ...YES, ...fields }))
}

function fellBack(attempt: Attempt, nowMs = 0): FellBack {
  const { value } = next(attempt, nowMs)
  if (value._tag !== 'FellBack') throw new Error(value._tag)
  return value
}

/** The attempt after its ACK was observed, and after the registry has taken it. */
const OBSERVED = next(push(AWAITING, answer()), 50).state
const TRANSFERRED = acknowledged(OBSERVED, TAKEN)

describe('the offer', () => {
  it('is one whole frame that a backend reads back (SPEC X1, X3)', () => {
    fc.assert(fc.property(arbitraryHandoffSubject(), (subject) => {
      const { value } = Framing.next(Framing.push(Framing.framing(), begin(subject, 0).offer))
      if (value._tag !== 'FrameBody') throw new Error(value._tag)
      expect(rightOf(OfferReader.readOffer(value.body))).toEqual({
        handleValue: subject.handleValue, token: tokenBytes(subject.token), serviceName: subject.serviceName,
        correlationId: subject.connectionId,
      })
    }))
  })

  it('is not sent where a name smuggled past the types makes it too long: the broker keeps the stream (SPEC F7, X8)', () => {
    const attempt = begin({ ...SUBJECT, serviceName: 'a'.repeat(FRAME_BODY_MAX_BYTES) as ServiceName }, 0)
    expect(attempt.offer).toHaveLength(0)
    expect(fellBack(attempt)).toMatchObject({ owner: 'Broker', failure: { stage: 'Send', handleMayHaveArrived: false } })
    expect(fellBack(attempt).detail).toMatch(/^handoff delivery to backend failed: frame body too large: \d+ bytes exceeds cap 16777216$/)
  })
})

describe('a handoff that goes well', () => {
  it('waits until the socket is on its way, whatever has come back already (SPEC X9)', () => {
    const early = push(BEGUN, answer())
    expect(next(early, 0).value).toEqual({ _tag: 'NeedData' })
    expect(next(delivered(early), 0).value._tag).toBe('AckObserved')
  })

  it('observes the ACK, asks for the registry\'s answer, and transfers the stream (SPEC X1, X5, X8, A2)', () => {
    expect(next(AWAITING, 0).value).toEqual({ _tag: 'NeedData' })
    expect(next(OBSERVED, 60).value).toEqual({ _tag: 'AckObserved', token: SUBJECT.token })
    expect(next(TRANSFERRED, 60).value).toEqual({
      _tag: 'Transferred', owner: 'Backend', ready: framed(readyFrame(YES)), waitedMs: 12.5,
    })
  })

  it('relays what the backend said beside its yes (SPEC X1)', () => {
    const detailed = acknowledged(next(push(AWAITING, answer({ errorDetail: 'warm' })), 0).state, TAKEN)
    expect(next(detailed, 0).value).toMatchObject({ ready: framed(readyFrame({ ...YES, errorDetail: 'warm' })) })
  })

  it('leaves the bytes behind the ACK to whoever reads the backend next', () => {
    expect(remainder(next(push(AWAITING, Uint8Array.of(...answer(), 1, 2)), 0).state)).toEqual(Uint8Array.of(1, 2))
  })

  it('reads an ACK that was whole before the backend closed', () => {
    expect(next(pushEnd(push(AWAITING, answer())), 0).value._tag).toBe('AckObserved')
  })

  it('hands out a copy of the frame for the client each time', () => {
    const told = next(TRANSFERRED, 0).value
    if (told._tag === 'Transferred') told.ready.fill(0)
    expect(next(TRANSFERRED, 0).value).toMatchObject({ ready: framed(readyFrame(YES)) })
  })
})

describe('a handoff that falls back', () => {
  it.each([
    ['Send', false, 'Broker'], ['Send', true, 'Relinquished'], ['Duplicate', false, 'Broker'], ['Deliver', true, 'Relinquished'],
  ] as const)('after %s failed, with the handle perhaps arrived: %s, leaves the stream to: %s (SPEC X8)', (stage, may, owner) => {
    const attempt = deliveryFailed(BEGUN, 'EPIPE', may, stage)
    expect(fellBack(attempt)).toEqual({
      _tag: 'FellBack', token: SUBJECT.token, owner, detail: 'handoff delivery to backend failed: EPIPE',
      failure: { _tag: 'DeliveryFailed', stage, detail: 'EPIPE', handleMayHaveArrived: may },
    })
  })

  it('sends where no stage is named (SPEC X9)', () => {
    expect(fellBack(deliveryFailed(BEGUN, 'EPIPE', false)).failure).toMatchObject({ stage: 'Send' })
  })

  it('believes the backend\'s bytes more than a delivery that is said to have failed (SPEC X8)', () => {
    expect(fellBack(deliveryFailed(push(BEGUN, Uint8Array.of(1)), 'EPIPE', false)).owner).toBe('Relinquished')
  })

  it('takes no failed delivery back, and none after a delivery', () => {
    const failed = deliveryFailed(BEGUN, 'EPIPE', false)
    expect(delivered(failed)).toBe(failed)
    expect(deliveryFailed(AWAITING, 'EPIPE', false)).toBe(AWAITING)
  })

  it.each([
    ['a rejection', answer({ accepted: false, errorDetail: 'busy' }), 'Broker', 'backend refused the handoff: busy'],
    ['another token', answer({ token: new Uint8Array(16) }), 'Relinquished', NO_ECHO],
    ['a rejection with another token', answer({ token: new Uint8Array(16), accepted: false }), 'Relinquished', NO_ECHO],
    ['another framing', Uint8Array.of(2), 'Relinquished', 'unsupported framing version: got 2, expected 1'],
    ['a header above 16 MiB', Uint8Array.of(1, 1, 0, 0, 1), 'Relinquished', 'frame body too large: 16777217 bytes exceeds cap 16777216'],
    ['a body that is no Frame', Uint8Array.of(1, 1, 0, 0, 0, 0xff), 'Relinquished', 'Frame: byte 0: input ends in the middle of a field'],
  ] as const)('for %s, says who has the stream and why (SPEC X5, X6, X8)', (_what, bytes, owner, text) => {
    const { detail, owner: named } = fellBack(next(push(AWAITING, bytes), 0).state)
    expect([named, detail]).toEqual([owner, `backend handoff ACK was not observed: ${text}`])
  })

  it('for an end before the ACK is whole (SPEC F5, X8)', () => {
    for (const bytes of [new Uint8Array(0), answer().subarray(0, -1)]) {
      const { failure, owner } = fellBack(pushEnd(push(AWAITING, bytes)))
      expect([owner, failure]).toMatchObject(['Relinquished', { fault: { _tag: 'UnexpectedEnd' } }])
    }
  })

  it.each<AckRegistry.AckError>([
    { _tag: 'TokenNotPending' },
    { _tag: 'AckDeadlineExceeded', handoff: { serviceName: SERVICE, backendPid: 0, connectionId: 7n }, ackDeadlineMs: 5 },
  ])('where the registry does not take the ACK: %o (SPEC A2, A3, X8)', (error) => {
    expect(fellBack(acknowledged(OBSERVED, { _tag: 'Left', left: error }))).toMatchObject({
      owner: 'Relinquished', failure: { _tag: 'AckRefused', error },
    })
  })

  it('asks no registry about an ACK that it has not observed', () => {
    for (const attempt of [BEGUN, AWAITING, TRANSFERRED]) expect(acknowledged(attempt, NOT_PENDING)).toBe(attempt)
  })

  it('reads an ACK of 16 MiB, and relays it in a frame that is no longer (SPEC F3, X1)', () => {
    const overhead = answer({ errorDetail: 'x'.repeat(FRAME_BODY_MAX_BYTES - 100) }).length - HEADER_BYTES - (FRAME_BODY_MAX_BYTES - 100)
    const largest = answer({ errorDetail: 'x'.repeat(FRAME_BODY_MAX_BYTES - overhead) })
    expect(largest).toHaveLength(FRAME_BODY_MAX_BYTES + HEADER_BYTES)
    const { value } = next(acknowledged(next(push(AWAITING, largest), 0).state, TAKEN), 0)
    expect(value._tag === 'Transferred' && value.ready.length).toBe(largest.length)
  })
})

describe('the deadline for the ACK', () => {
  it('is 5 seconds by default, and 1 ms for zero (SPEC A1)', () => {
    expect(nextDeadlineMs(begin(SUBJECT, 2.5))).toBe(5_002.5)
    expect(nextDeadlineMs(begin(SUBJECT, 2.5, 0))).toBe(3.5)
  })

  it.each([99.5, 100, 100.5, ...STRANGE_TIMES])('ends the waiting at %d ms only if that is not before it', (nowMs) => {
    for (const attempt of [BEGUN, AWAITING]) {
      const { value } = next(expire(attempt, nowMs), 0)
      expect(value._tag).toBe(nowMs >= 100 && nowMs < Infinity ? 'FellBack' : 'NeedData')
    }
  })

  it('gives the stream up, because the backend may have it (SPEC X8)', () => {
    expect(fellBack(expire(AWAITING, 100))).toMatchObject({
      owner: 'Relinquished',
      failure: { _tag: 'AckNotObserved', fault: { _tag: 'NoAckInTime', ackDeadlineMs: 100 } },
      detail: 'backend handoff ACK was not observed: backend ACK deadline (100 ms) exceeded',
    })
    expect(fellBack(expire(BEGUN, 100)).owner).toBe('Relinquished')
  })

  it('takes an ACK observed at the deadline itself, and none after it (SPEC X5)', () => {
    expect(next(push(AWAITING, answer()), 100).value._tag).toBe('AckObserved')
    expect(fellBack(push(AWAITING, answer()), 100.5)).toMatchObject({
      owner: 'Relinquished', detail: 'backend handoff ACK was not observed: backend HandoffAck arrived after the ACK deadline',
    })
  })

  it('lets a rejection that comes late be a rejection (SPEC X5, X8)', () => {
    expect(fellBack(push(AWAITING, answer({ accepted: false })), 1_000).owner).toBe('Broker')
  })

  it('passes over an ACK that is whole and not yet read, which is late by then all the same (law 5, DIV-R2)', () => {
    const unread = push(AWAITING, answer())
    expect(next(expire(unread, 100), 100).value._tag).toBe('AckObserved')
    expect(fellBack(expire(unread, 101), 0).failure).toMatchObject({ fault: { _tag: 'AckTooLate', observedMs: 101 } })
  })

  it('is over once the ACK is judged', () => {
    for (const attempt of [OBSERVED, TRANSFERRED, deliveryFailed(BEGUN, '', true)]) {
      expect(nextDeadlineMs(attempt)).toBeUndefined()
      expect(expire(attempt, 1_000)).toBe(attempt)
    }
    expect(nextDeadlineMs(AWAITING)).toBe(100)
  })
})

/** Everything that may happen to an attempt. */
type Happening = (attempt: Attempt) => Attempt

function anyHappening(subject: HandoffAttempt.HandoffSubject): fc.Arbitrary<Happening> {
  const registry = fc.constantFrom(TAKEN, NOT_PENDING)
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(delivered) },
    { weight: 1, arbitrary: fc.boolean().map((may): Happening => (attempt) => deliveryFailed(attempt, 'EPIPE', may)) },
    { weight: 3, arbitrary: arbitraryAckBytes(subject).map((bytes): Happening => (attempt) => push(attempt, bytes)) },
    { weight: 1, arbitrary: fc.constant(pushEnd) },
    { weight: 4, arbitrary: arbitraryNow().map((nowMs): Happening => (attempt) => next(attempt, nowMs).state) },
    { weight: 2, arbitrary: arbitraryNow().map((nowMs): Happening => (attempt) => expire(attempt, nowMs)) },
    { weight: 3, arbitrary: registry.map((told): Happening => (attempt) => acknowledged(attempt, told)) },
  )
}

const isOutcome = ({ _tag }: AttemptEvent): boolean => _tag === 'FellBack' || _tag === 'Transferred'

describe('the laws of an attempt', () => {
  const subjectAndBytes = arbitraryHandoffSubject().chain((subject) => fc.tuple(fc.constant(subject), arbitraryAckBytes(subject)))

  it('is deaf to how the ACK is cut: same events, same remainder, asked after each chunk or once (law 1)', () => {
    fc.assert(fc.property(subjectAndBytes, arbitraryChunkSizes(), fc.boolean(), ([subject, bytes], sizes, ends) => {
      const awaiting = delivered(begin(subject, 0, 100))
      const whole = next(ends ? pushEnd(push(awaiting, bytes)) : push(awaiting, bytes), 5)
      const stored = cut(bytes, sizes).reduce(push, awaiting)
      expect(drained(next(ends ? pushEnd(stored) : stored, 5))).toEqual(drained(whole))
      const asked = cut(bytes, sizes).reduce((attempt, chunk) => next(push(attempt, chunk), 5).state, awaiting)
      expect(next(ends ? pushEnd(asked) : asked, 5).value).toEqual(whole.value)
    }), { numRuns: 300 })
  })

  it('ends in exactly one outcome whatever the bytes, once they have ended and the registry has spoken (law 2)', () => {
    fc.assert(fc.property(subjectAndBytes, fc.constantFrom(TAKEN, NOT_PENDING), ([subject, bytes], told) => {
      const judged = next(pushEnd(push(delivered(begin(subject, 0, 100)), bytes)), 5)
      expect(['AckObserved', 'FellBack']).toContain(judged.value._tag)
      const end = next(acknowledged(judged.state, told), 5)
      expect(isOutcome(end.value)).toBe(true)
      expect(end.value._tag === 'Transferred').toBe(judged.value._tag === 'AckObserved' && told === TAKEN)
    }), { numRuns: 300 })
  })

  it('is changed by nothing after its outcome, names one owner, and is lawful on every way there (laws 2, 3, 4)', () => {
    const story = arbitraryHandoffSubject().chain((subject) =>
      fc.tuple(fc.constant(subject), fc.array(anyHappening(subject), { maxLength: 12 })))
    const outcomes = new Set<string>()
    fc.assert(fc.property(story, ([subject, happenings]) => {
      let attempt = begin(subject, 0, 10)
      let outcome: AttemptEvent | undefined
      let wasObserved = false
      for (const happening of happenings) {
        attempt = happening(deepFreeze(attempt))
        const { value } = next(deepFreeze(attempt), attempt.latestMs)
        const { _tag } = attempt.phase
        if (outcome !== undefined) expect(value).toEqual(outcome)
        else if (_tag === 'FellBack' || _tag === 'Transferred') outcome = value
        if (_tag === 'Transferred') expect(wasObserved).toBe(true)
        if (value._tag === 'FellBack') expect(['Broker', 'Relinquished']).toContain(value.owner)
        wasObserved ||= _tag === 'Acknowledging'
        expect(nextDeadlineMs(attempt) === undefined).toBe(_tag !== 'AwaitingAck' && _tag !== 'Delivering')
      }
      outcomes.add(outcome === undefined ? 'none' : outcome._tag === 'FellBack' ? outcome.owner : outcome._tag)
    }), { numRuns: 1_000 })
    expect([...outcomes].sort()).toEqual(['Broker', 'Relinquished', 'Transferred', 'none'])
  })

  it('never keeps hold of a chunk, nor changes what an older version says', () => {
    fc.assert(fc.property(subjectAndBytes, ([subject, bytes]) => {
      const chunk = Uint8Array.from(bytes)
      const attempt = deepFreeze(push(delivered(begin(subject, 0, 100)), chunk))
      const before = drained(next(attempt, 5))
      chunk.fill(0xee)
      push(attempt, Uint8Array.of(1, 2, 3))
      expect(drained(next(attempt, 5))).toEqual(before)
    }))
  })

  it('hands back a phase that no type lets in, rather than throw', () => {
    const smuggled = { ...AWAITING, phase: { _tag: 'Smuggled' } as never }
    expect(next(smuggled, 0).value).toEqual({ _tag: 'Smuggled' })
  })
})

function drained({ state, value }: Step<Attempt, AttemptEvent>): unknown {
  return [value, remainder(state)]
}
