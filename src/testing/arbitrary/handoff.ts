/**
 * Handoffs for fast-check: what a broker offers, and what comes back or on the way, sound or wrong in one place.
 */
import fc from 'fast-check'
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import { MAX_U64 } from '../../data/U64.js'
import type { HandoffSubject } from '../../negotiate/HandoffAttempt.js'
import { ackFrame, offerFrame } from '../../wire/HandoffFrame.js'
import type { Frame } from '../../wire/messages/Frame.js'
import { type HandoffAck, handoffAck } from '../../wire/messages/HandoffAck.js'
import { handoffOffer } from '../../wire/messages/HandoffOffer.js'
import { arbitraryMutation } from './bytes.js'
import { arbitraryToken } from './draws.js'
import { framedFrame } from './envelopes.js'
import { arbitraryServiceName } from './names.js'

/**
 * A stream to be handed off: its token mostly one of the pool, its ids at their edges.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHandoffSubject(): fc.Arbitrary<HandoffSubject> {
  const u64 = fc.constantFrom(0n, 1n, 7n, 1n << 53n, MAX_U64)
  return fc.record({
    token: arbitraryToken(), connectionId: u64, serviceName: arbitraryServiceName(), handleValue: u64,
  }, { noNullPrototype: true })
}

/**
 * The bytes of an answer to a handoff: often sound, a yes or a no; else with one field wrong, changed
 * somewhere, or noise; perhaps with more bytes behind.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryAckBytes({ token, connectionId }: HandoffSubject): fc.Arbitrary<Uint8Array> {
  const sound = handoffAck({ token: tokenBytes(token), accepted: true, correlationId: connectionId })
  const ack = (fields: Partial<HandoffAck>, envelope: Partial<Frame> = {}): Uint8Array =>
    framedFrame({ ...ackFrame({ ...sound, ...fields }), ...envelope })
  const yes = ack({})
  const wrong: ReadonlyArray<Uint8Array> = [
    ack({ correlationId: connectionId ^ 1n }, { requestId: connectionId }), ack({}, { requestId: connectionId ^ 1n }),
    ack({ token: new Uint8Array(16).fill(0x5a) }), ack({ token: new Uint8Array(0) }),
    ack({}, { kind: 2 }), ack({}, { envelopeVersion: 2 }), ack({}, { payloadEncoding: 1 }),
    ack({}, { payload: Uint8Array.of(0xff) }),
  ]
  const no = fc.constantFrom('', 'busy', 'line\nbreak').map((errorDetail) => ack({ accepted: false, errorDetail }))
  return withMoreBehind(fc.oneof(
    { arbitrary: fc.constant(yes), weight: 6 },
    { arbitrary: no, weight: 2 },
    { arbitrary: fc.constantFrom(...wrong), weight: 3 },
    { arbitrary: arbitraryMutation(fc.constant(yes)), weight: 2 },
    { arbitrary: fc.uint8Array({ maxLength: 20 }), weight: 1 },
  ))
}

/**
 * The bytes of an offer as a backend may get them: mostly with the subject's own token, else with another
 * one or none, under another request id, changed somewhere, or noise; perhaps with more bytes behind.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryOfferBytes(subject: HandoffSubject): fc.Arbitrary<Uint8Array> {
  const { connectionId, handleValue, serviceName } = subject
  const offer = (token: Uint8Array, envelope: Partial<Frame> = {}): Uint8Array => framedFrame({
    ...offerFrame(handoffOffer({ handleValue, serviceName, correlationId: connectionId, token })), ...envelope,
  })
  const own = offer(tokenBytes(subject.token))
  const otherToken = fc.oneof(arbitraryToken().map(tokenBytes), fc.uint8Array({ maxLength: 20 }))
  return withMoreBehind(fc.oneof(
    { arbitrary: fc.constant(own), weight: 6 },
    { arbitrary: otherToken.map((token) => offer(token)), weight: 2 },
    { arbitrary: fc.constant(offer(tokenBytes(subject.token), { requestId: connectionId ^ 1n })), weight: 1 },
    { arbitrary: arbitraryMutation(fc.constant(own)), weight: 2 },
    { arbitrary: fc.uint8Array({ maxLength: 20 }), weight: 1 },
  ))
}

/**
 * What may happen to one token at a backend: it is expected, or an offer that came with it presents a token.
 *
 * @category model
 * @since 0.1.0
 */
export type TokenHappening =
  | { readonly _tag: 'Expect'; readonly token: HandoffToken }
  | { readonly _tag: 'Expire' }
  | { readonly _tag: 'Offer'; readonly token: HandoffToken; readonly presented: Uint8Array }

/**
 * A happening at a backend: replays are frequent, because tokens come from a small pool.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryTokenHappening(): fc.Arbitrary<TokenHappening> {
  const own = arbitraryToken().map((token) => ({ _tag: 'Offer' as const, token, presented: tokenBytes(token) }))
  const presented = fc.oneof(arbitraryToken().map(tokenBytes), fc.constantFrom(new Uint8Array(0), new Uint8Array(15)))
  return fc.oneof(
    { arbitrary: arbitraryToken().map((token) => ({ _tag: 'Expect' as const, token })), weight: 4 },
    { arbitrary: own, weight: 4 },
    { arbitrary: fc.record({ _tag: fc.constant('Offer'), token: arbitraryToken(), presented }), weight: 2 },
    { arbitrary: fc.constant({ _tag: 'Expire' as const }), weight: 1 },
  )
}

function withMoreBehind(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const more = fc.oneof(
    { arbitrary: fc.constant(new Uint8Array(0)), weight: 3 }, { arbitrary: fc.uint8Array({ maxLength: 9 }), weight: 1 },
  )
  return fc.tuple(bytes, more).map(([first, behind]) => Uint8Array.of(...first, ...behind))
}
