/**
 * The backend's half of one handoff, as an automaton over bytes: an offer comes in, at most one ACK goes out
 * (SPEC X3, X4, T8).
 *
 * **State** the bytes of the offer, the sideband's token, the deadline, and the phase. What the backend
 * remembers of all its handoffs, `HandoffAcceptance`, is passed in and handed back.
 *
 *   Reading ──offer, its token accepted──▶ Accepted
 *      │
 *      └──token not accepted, no offer, deadline──▶ Declined
 *
 * **Laws**
 *  1. However the offer's bytes are cut, the events are the same.
 *  2. A receiver ends in exactly one outcome, says it again whenever it is asked, and asks the acceptance
 *     once.
 *  3. `Accepted` is told for a token at most once within its TTL, by whichever receiver.
 *  4. Whatever could be read as an offer gets an ACK; what could not has nobody to be echoed to, and gets
 *     none (SPEC X4).
 *
 * **Not here** the socket. On `Accepted` the caller writes `ack` to the broker and serves the stream; on
 * `Declined` it writes `ack`, if there is one, and closes its copy of the socket. A token that was declined
 * stays usable where the offer was at fault (SPEC T8); that nobody offers it once more after a decline is
 * the broker's to keep, by one attempt a token.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { copyBytes } from '../data/Bytes.js'
import type { HandoffToken } from '../data/HandoffToken.js'
import { deadlineAfter } from '../data/Instant.js'
import { type Step, step } from '../data/Step.js'
import * as HandoffAcceptance from '../step/HandoffAcceptance.js'
import { describeOfferError, type OfferError, readOffer } from '../step/OfferReader.js'
import { type AcceptError, describeConsumeError } from '../step/TokenStore.js'
import * as Framing from '../wire/Framing.js'
import { ackFrame } from '../wire/HandoffFrame.js'
import { encodeFrame } from '../wire/messages/Frame.js'
import type { HandoffOffer } from '../wire/messages/HandoffOffer.js'

/**
 * A receiver and how far it has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffReceiver {
  readonly sidebandToken: HandoffToken
  readonly framing: Framing.Framing
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly phase: Accepted | Declined | { readonly _tag: 'Reading' }
}

/**
 * A receiver, and what its backend remembers of all handoffs.
 *
 * @category model
 * @since 0.1.0
 */
export interface Receiving {
  readonly receiver: HandoffReceiver
  readonly acceptance: HandoffAcceptance.HandoffAcceptance
}

/**
 * One event of a receiver.
 *
 * @category model
 * @since 0.1.0
 */
export type ReceiverEvent = Accepted | Declined | Framing.NeedData

/**
 * The stream is this backend's; `ack` is a whole frame for the broker.
 *
 * @category model
 * @since 0.1.0
 */
export interface Accepted {
  readonly _tag: 'Accepted'
  readonly ack: Uint8Array
  readonly offer: AcceptedOffer
}

/**
 * What was offered, without the token, which is spent.
 *
 * @category model
 * @since 0.1.0
 */
export type AcceptedOffer = Omit<HandoffOffer, 'token'>

/**
 * The stream is not this backend's; `ack` is a whole frame for the broker, where there was an offer to answer.
 *
 * @category model
 * @since 0.1.0
 */
export interface Declined {
  readonly _tag: 'Declined'
  readonly ack: Uint8Array | undefined
  readonly error: DeclineError
}

/**
 * Why a backend declines: the token, the offer, the frame, or the time it took.
 *
 * @category model
 * @since 0.1.0
 */
export type DeclineError =
  | AcceptError
  | Framing.FramingError
  | OfferError
  | { readonly _tag: 'OfferDeadlineExceeded'; readonly timeoutMs: number }

const READING = Object.freeze({ _tag: 'Reading' } as const)

/**
 * Begins to receive: the socket is there with its sideband token, which is expected from now on, and good
 * for as long as the acceptance's TTL; the offer must be whole by then.
 *
 * A token that is not expected, because it was before or too many are, is no reason to stay silent: the
 * offer is read, and answered as its token deserves, so that the broker learns who has the stream.
 *
 * @category constructors
 * @since 0.1.0
 */
export function begin(
  acceptance: HandoffAcceptance.HandoffAcceptance, sidebandToken: HandoffToken, nowMs: number,
): Step<HandoffAcceptance.HandoffAcceptance, HandoffReceiver> {
  const { state } = HandoffAcceptance.expect(acceptance, sidebandToken, nowMs)
  const timeoutMs = state.open.limits.ttlMs
  const deadlineMs = deadlineAfter(state.latestMs, timeoutMs)
  return step(state, { sidebandToken, framing: Framing.framing(), timeoutMs, deadlineMs, phase: READING })
}

/**
 * Stores a copy of a chunk of the offer; nothing is stored once there is an outcome.
 *
 * @category steps
 * @since 0.1.0
 */
export function push(receiver: HandoffReceiver, chunk: Uint8Array): HandoffReceiver {
  return isReading(receiver) ? { ...receiver, framing: Framing.push(receiver.framing, chunk) } : receiver
}

/**
 * Notes that no more of the offer will come.
 *
 * @category steps
 * @since 0.1.0
 */
export function pushEnd(receiver: HandoffReceiver): HandoffReceiver {
  return isReading(receiver) ? { ...receiver, framing: Framing.pushEnd(receiver.framing) } : receiver
}

/**
 * Takes the next event, and the state of that moment (SPEC X3, X4, T8).
 *
 * @category steps
 * @since 0.1.0
 */
export function next(
  receiver: HandoffReceiver, acceptance: HandoffAcceptance.HandoffAcceptance, nowMs: number,
): Step<Receiving, ReceiverEvent> {
  const { phase } = receiver
  if (phase._tag !== 'Reading') return step({ receiver, acceptance }, retold(phase))
  const { state: framing, value: event } = Framing.next(receiver.framing)
  if (event._tag === 'NeedData') return step({ receiver, acceptance }, event)
  const read = { ...receiver, framing }
  if (event._tag === 'FramingFailed') return ended(read, acceptance, declined(event.error))
  const offer = readOffer(event.body)
  if (offer._tag === 'Left') return ended(read, acceptance, declined(offer.left))
  const { state, value } = HandoffAcceptance.accept(acceptance, receiver.sidebandToken, offer.right, nowMs)
  return ended(read, state, outcomeOf(offer.right, value))
}

/**
 * Declines for a receiver that still has no whole offer at its deadline; otherwise changes nothing.
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(receiver: HandoffReceiver, nowMs: number): HandoffReceiver {
  const isOverdue = isReading(receiver) && nowMs >= receiver.deadlineMs
    && Framing.next(receiver.framing).value._tag === 'NeedData'
  return isOverdue
    ? { ...receiver, phase: declined({ _tag: 'OfferDeadlineExceeded', timeoutMs: receiver.timeoutMs }) }
    : receiver
}

/**
 * When this receiver must be expired, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(receiver: HandoffReceiver): number | undefined {
  return isReading(receiver) ? receiver.deadlineMs : undefined
}

/**
 * A copy of the bytes after the offer, for whoever reads the broker's offers next.
 *
 * @category queries
 * @since 0.1.0
 */
export function remainder(receiver: HandoffReceiver): Uint8Array {
  return Framing.remainder(receiver.framing)
}

/**
 * Why a backend declines, on one line (SPEC T5, T8, X2, X3).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeDeclineError(error: DeclineError): string {
  switch (error._tag) {
    case 'BodyTooLarge':
    case 'UnexpectedEnd':
    case 'UnsupportedFraming':
      return Framing.describeFramingError(error)
    case 'CompressedPayload':
    case 'DecodeError':
    case 'OfferRequestIdMismatch':
    case 'UnexpectedFrameKind':
    case 'UnexpectedPayloadProtocol':
    case 'UnsupportedEnvelopeVersion':
      return describeOfferError(error)
    case 'OfferDeadlineExceeded':
      return `no whole offer came within ${error.timeoutMs} ms`
    case 'TokenExpired':
    case 'TokenMismatch':
    case 'TokenMissing':
    case 'TokenNotPending':
    case 'WrongTokenLength':
      return describeConsumeError(error)
    default:
      return absurd(error)
  }
}

/**
 * An ACK that no frame can hold, because the bytes to echo all but fill one, is not sent; a token that is
 * one never needs so much.
 */
function outcomeOf(offer: HandoffOffer, { ack, verdict }: HandoffAcceptance.HandoffAnswer): Accepted | Declined {
  const framed = Framing.encodeFramed(encodeFrame(ackFrame(ack)))
  const answered: Either<AcceptError | Framing.BodyTooLarge, Uint8Array> = E.chainW(() => framed)(verdict)
  if (answered._tag === 'Left') return declined(answered.left, framed._tag === 'Right' ? framed.right : undefined)
  const { correlationId, handleValue, serviceName } = offer
  return { _tag: 'Accepted', ack: answered.right, offer: { correlationId, handleValue, serviceName } }
}

function declined(error: DeclineError, ack?: Uint8Array): Declined {
  return { _tag: 'Declined', ack, error }
}

function ended(
  receiver: HandoffReceiver, acceptance: HandoffAcceptance.HandoffAcceptance, phase: Accepted | Declined,
): Step<Receiving, ReceiverEvent> {
  return step({ receiver: { ...receiver, phase }, acceptance }, retold(phase))
}

/** A copy, so that whoever was told the outcome cannot change what the next one is told. */
function retold<P extends Accepted | Declined>(phase: P): P {
  return phase.ack === undefined ? phase : { ...phase, ack: copyBytes(phase.ack) }
}

function isReading({ phase }: HandoffReceiver): boolean {
  return phase._tag === 'Reading'
}
