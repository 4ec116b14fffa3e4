import * as fc from 'fast-check'
import { type Declined, HandoffReceiver, type HandoffToken, type ReceiverEvent, type Step, tokenBytes } from 'hello-negotiation'
import { HandoffAcceptance, TokenStore } from 'hello-negotiation/step'
import {
  arbitraryChunkSizes, arbitraryHandoffSubject, arbitraryNow, arbitraryOfferBytes, cut, deepFreeze,
} from 'hello-negotiation/testing'
import {
  ackFrame, encodeFrame, encodeFramed, type Frame, FRAME_BODY_MAX_BYTES, type HandoffOffer, handoffAck, handoffOffer,
  HEADER_BYTES, offerFrame,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { rightOf, SERVICE, STRANGE_TIMES, token } from '../support/negotiate.js'

const { describeDeclineError, expire, next, nextDeadlineMs, push, pushEnd, remainder } = HandoffReceiver

const A = token(0xa)
const EMPTY = HandoffAcceptance.handoffAcceptance({ maxTokens: 3, ttlMs: 100 })
const { state: EXPECTING, value: RECEIVER } = HandoffReceiver.begin(EMPTY, A, 0)

function framed(frame: Frame): Uint8Array {
  return rightOf(encodeFramed(encodeFrame(frame)))
}

function offered(fields: Partial<HandoffOffer> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  return framed({
    ...offerFrame(handoffOffer({ handleValue: 3n, token: tokenBytes(A), serviceName: SERVICE, correlationId: 7n, ...fields })),
    ...envelope,
  })
}

function refusal(presented: Uint8Array, errorDetail: string): Uint8Array {
  return framed(ackFrame(handoffAck({ token: presented, errorDetail, correlationId: 7n })))
}

function declined(bytes: Uint8Array, nowMs = 0): Declined {
  const { value } = next(push(RECEIVER, bytes), EXPECTING, nowMs)
  if (value._tag !== 'Declined') throw new Error(value._tag)
  return value
}

describe('an offer that is accepted', () => {
  it('gets its ACK, and is told without its token (SPEC X4, T8)', () => {
    const { state, value } = next(push(RECEIVER, offered()), EXPECTING, 99.5)
    expect(value).toEqual({
      _tag: 'Accepted',
      ack: framed(ackFrame(handoffAck({ token: tokenBytes(A), accepted: true, correlationId: 7n }))),
      offer: { handleValue: 3n, serviceName: SERVICE, correlationId: 7n },
    })
    expect(TokenStore.pendingCount(state.acceptance.open)).toBe(0)
  })

  it('is told again as it was, with a copy of the ACK, and asks for the token only once (law 2)', () => {
    const first = next(push(RECEIVER, offered()), EXPECTING, 0)
    const expected = structuredClone(first.value)
    if (first.value._tag === 'Accepted') first.value.ack.fill(0)
    const again = next(first.state.receiver, first.state.acceptance, 0)
    expect(again.value).toEqual(expected)
    expect(again.state).toEqual(first.state)
  })

  it('is read while its sender has closed, and leaves the bytes behind it alone', () => {
    const { state, value } = next(pushEnd(push(RECEIVER, Uint8Array.of(...offered(), 1, 2))), EXPECTING, 0)
    expect(value._tag).toBe('Accepted')
    expect(remainder(state.receiver)).toEqual(Uint8Array.of(1, 2))
  })

  it('is accepted on one of two deliveries with the same token, and answered on both (law 3)', () => {
    const replay = HandoffReceiver.begin(EXPECTING, A, 1)
    const first = next(push(replay.value, offered()), replay.state, 2)
    const second = next(push(RECEIVER, offered()), first.state.acceptance, 2)
    expect(first.value._tag).toBe('Accepted')
    expect(second.value).toEqual({
      _tag: 'Declined', ack: refusal(tokenBytes(A), 'handoff token is not pending'), error: { _tag: 'TokenNotPending' },
    })
    expect(second.value._tag === 'Declined' && describeDeclineError(second.value.error)).toBe('handoff token is not pending')
  })
})

describe('an offer that is declined', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'handoff token is missing'],
    ['3 bytes', new Uint8Array(3), 'handoff token length was 3 bytes; expected 16'],
    ['another token', tokenBytes(token(0xb)), 'handoff token mismatch'],
  ])('gets an ACK that says why where %s was presented (SPEC T8, X4, law 4)', (_what, presented, text) => {
    const { ack, error } = declined(offered({ token: presented }))
    expect(ack).toEqual(refusal(presented, text))
    expect(describeDeclineError(error)).toBe(text)
  })

  it('gets one after its TTL, and where too many tokens were expected for its own to be (SPEC T5)', () => {
    expect(declined(offered(), 100).ack).toEqual(refusal(tokenBytes(A), 'handoff token expired'))
    expect(describeDeclineError(declined(offered(), 100).error)).toBe('handoff token expired')
    const full = [token(1), token(2)].reduce((state, one) => HandoffReceiver.begin(state, one, 0).state, EXPECTING)
    const { state, value } = HandoffReceiver.begin(full, token(3), 0)
    const presented = tokenBytes(token(3))
    expect(next(push(value, offered({ token: presented })), state, 0).value).toMatchObject({
      _tag: 'Declined', error: { _tag: 'TokenNotPending' }, ack: refusal(presented, 'handoff token is not pending'),
    })
  })

  it.each([
    ['another request id', offered({}, { requestId: 8n }), 'frame request_id does not match HandoffOffer correlation_id'],
    ['another kind', offered({}, { kind: 1 }), 'kind is not REQUEST'],
    ['another version', offered({}, { envelopeVersion: 0 }), 'envelope_version is not v1'],
    ['another protocol', offered({}, { payloadProtocol: 0 }), 'payload_protocol is not handoff'],
    ['compression', offered({}, { payloadEncoding: 1 }), 'payload is compressed'],
    ['no offer in it', offered({}, { payload: Uint8Array.of(0xff) }), 'HandoffOffer: byte 0: input ends in the middle of a field'],
    ['a wrong first byte', Uint8Array.of(0x16), 'unsupported framing version: got 22, expected 1'],
    ['a header above 16 MiB', Uint8Array.of(1, 1, 0, 0, 1), 'frame body too large: 16777217 bytes exceeds cap 16777216'],
  ])('gets no ACK where it could not be read: %s (SPEC X2, X3, law 4)', (_what, bytes, text) => {
    const { ack, error } = declined(bytes)
    expect(ack).toBeUndefined()
    expect(describeDeclineError(error)).toBe(text)
    expect(TokenStore.pendingCount(next(push(RECEIVER, bytes), EXPECTING, 0).state.acceptance.open)).toBe(1)
  })

  it('gets no ACK where it ended too soon (SPEC F5)', () => {
    const { value } = next(pushEnd(push(RECEIVER, offered().subarray(0, 20))), EXPECTING, 0)
    expect(value).toEqual({ _tag: 'Declined', ack: undefined, error: { _tag: 'UnexpectedEnd', context: 'frame body' } })
    expect(value._tag === 'Declined' && describeDeclineError(value.error)).toBe('unexpected EOF while reading frame (frame body)')
  })

  it('gets no ACK where its echo would not fit in a frame (SPEC F7, X4)', () => {
    const overhead = offered({ token: new Uint8Array(FRAME_BODY_MAX_BYTES - 100) }).length - HEADER_BYTES - (FRAME_BODY_MAX_BYTES - 100)
    const { ack, error } = declined(offered({ token: new Uint8Array(FRAME_BODY_MAX_BYTES - overhead) }))
    expect(ack).toBeUndefined()
    expect(error).toMatchObject({ _tag: 'WrongTokenLength', actualBytes: FRAME_BODY_MAX_BYTES - overhead })
  })

  it('is told again with a copy of the ACK (law 2)', () => {
    const { state, value } = next(push(RECEIVER, offered({ token: new Uint8Array(0) })), EXPECTING, 0)
    const expected = structuredClone(value)
    if (value._tag === 'Declined') value.ack?.fill(0)
    expect(next(state.receiver, state.acceptance, 0).value).toEqual(expected)
  })
})

describe('the deadline for the offer', () => {
  it('is the TTL of its token', () => {
    expect(nextDeadlineMs(RECEIVER)).toBe(100)
    expect(nextDeadlineMs(HandoffReceiver.begin(HandoffAcceptance.handoffAcceptance(), A, 5).value)).toBe(30_005)
  })

  it.each([99.5, 100, ...STRANGE_TIMES])('declines at %d ms only if that is not before it', (nowMs) => {
    const { value } = next(expire(push(RECEIVER, offered().subarray(0, 20)), nowMs), EXPECTING, 0)
    expect(value._tag).toBe(nowMs >= 100 ? 'Declined' : 'NeedData')
  })

  it('declines without an ACK, and says how long the offer had', () => {
    const { value } = next(expire(RECEIVER, 100), EXPECTING, 100)
    expect(value).toEqual({ _tag: 'Declined', ack: undefined, error: { _tag: 'OfferDeadlineExceeded', timeoutMs: 100 } })
    expect(value._tag === 'Declined' && describeDeclineError(value.error)).toBe('no whole offer came within 100 ms')
  })

  it('passes over an offer that is whole and not yet read, and a receiver that is done', () => {
    const done = next(push(RECEIVER, offered()), EXPECTING, 0).state.receiver
    for (const receiver of [push(RECEIVER, offered()), pushEnd(RECEIVER), done]) expect(expire(receiver, 1_000)).toBe(receiver)
    expect(nextDeadlineMs(done)).toBeUndefined()
  })
})

describe('the laws of a receiver', () => {
  const subjectAndBytes = arbitraryHandoffSubject().chain((subject) => fc.tuple(fc.constant(subject), arbitraryOfferBytes(subject)))

  it('is deaf to how the offer is cut: same event, same memory, same remainder (law 1)', () => {
    fc.assert(fc.property(subjectAndBytes, arbitraryChunkSizes(), fc.boolean(), ([{ token: sideband }, bytes], sizes, ends) => {
      const { state, value: receiver } = HandoffReceiver.begin(EMPTY, sideband, 0)
      const finish = (reading: HandoffReceiver.HandoffReceiver): unknown => {
        const { state: after, value } = next(ends ? pushEnd(reading) : reading, state, 5)
        return [value, remainder(after.receiver), after.acceptance]
      }
      expect(finish(cut(bytes, sizes).reduce(push, receiver))).toEqual(finish(push(receiver, bytes)))
    }), { numRuns: 300 })
  })

  it('ends in exactly one outcome for any bytes, and nothing changes it or spends another token (law 2)', () => {
    fc.assert(fc.property(subjectAndBytes, arbitraryNow(), fc.uint8Array({ maxLength: 5 }), ([subject, bytes], nowMs, more) => {
      const begun = HandoffReceiver.begin(EMPTY, subject.token, 0)
      const first = next(pushEnd(push(begun.value, bytes)), deepFreeze(begun.state), nowMs)
      expect(['Accepted', 'Declined']).toContain(first.value._tag)
      const { receiver, acceptance } = deepFreeze(first.state)
      for (const changed of [receiver, push(receiver, more), pushEnd(receiver), expire(receiver, nowMs)]) {
        const again = next(changed, acceptance, nowMs)
        expect(again.value).toEqual(first.value)
        expect(again.state).toEqual(first.state)
      }
    }), { numRuns: 300 })
  })

  it('accepts a token at most once among many deliveries, in whatever order they begin and are read (law 3)', () => {
    const deliveries = fc.array(fc.record({ byte: fc.nat({ max: 2 }), isReadLater: fc.boolean() }), { maxLength: 12 })
    let most = 0
    fc.assert(fc.property(deliveries, (all) => {
      let acceptance = EMPTY
      const accepted: Array<HandoffToken> = []
      const later: Array<() => void> = []
      for (const { byte, isReadLater } of all) {
        const begun = HandoffReceiver.begin(acceptance, token(byte), 1)
        acceptance = begun.state
        const read = (): void => {
          const { state, value }: Step<HandoffReceiver.Receiving, ReceiverEvent> =
            next(push(begun.value, offered({ token: tokenBytes(token(byte)) })), acceptance, 2)
          acceptance = state.acceptance
          if (value._tag === 'Accepted') accepted.push(token(byte))
        }
        if (isReadLater) later.unshift(read)
        else read()
      }
      for (const read of later) read()
      expect(new Set(accepted.map((one) => tokenBytes(one).join())).size).toBe(accepted.length)
      expect(new Set(all.map(({ byte }) => byte)).size).toBe(accepted.length)
      most = Math.max(most, accepted.length)
    }))
    expect(most).toBe(3)
  })

  it('hands back an error that no type lets in, rather than throw', () => {
    expect(describeDeclineError('smuggled' as never)).toBe('smuggled')
  })
})
