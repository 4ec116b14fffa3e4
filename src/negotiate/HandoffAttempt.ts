/**
 * The broker's half of one handoff, as an automaton: a socket and an offer go out, the ACK's bytes come in,
 * and the stream ends up with exactly one side (SPEC X1, X5–X9).
 *
 * **State** what was offered, the framed offer, the latest instant seen, the bytes of the backend's answer,
 * and the phase.
 *
 *   Delivering ──delivered──▶ AwaitingAck ──sound ACK──▶ Acknowledging ──registry agrees──▶ Transferred
 *       │                         │                           │
 *       └──not delivered,         └──deadline, end, any       └──registry refuses──▶ FellBack
 *          deadline ▶ FellBack       fault ▶ FellBack
 *
 * **Laws**
 *  1. However the ACK's bytes are cut, the events are the same.
 *  2. An attempt ends in exactly one outcome, `Transferred` or `FellBack`, says it again whenever it is
 *     asked, and is changed by nothing any more.
 *  3. `Transferred` is told only after a valid ACK that the registry has taken too; it never turns into a
 *     failure, not even where the client cannot be told (SPEC X8).
 *  4. An attempt that falls back names one owner, by the table of `HandoffOwnership` (SPEC X8).
 *  5. `expire` before the deadline, or once there is nothing to wait for, changes no event.
 *
 * **Not here** moving bytes and sockets. The caller sends `attempt.offer` with the socket and says how that
 * went; pushes what the backend answers; on `AckObserved` asks the broker's registry and passes its answer
 * to `acknowledged`; on `Transferred` writes `ready` to the client and lets go of the stream; on `FellBack`
 * abandons the token (SPEC X9, A4) and keeps the stream or closes it, as `owner` says.
 * An attempt holds its token's bytes in the offer: do not print it.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { copyBytes, NO_BYTES } from '../data/Bytes.js'
import * as ByteQueue from '../data/ByteQueue.js'
import { type HandoffToken, tokenBytes } from '../data/HandoffToken.js'
import { advance, clampLimit, deadlineAfter } from '../data/Instant.js'
import type { ServiceName } from '../data/ServiceName.js'
import { type Step, step } from '../data/Step.js'
import { judgeAck, type Offered } from '../step/AckReader.js'
import { type AckError, type Acknowledged, DEFAULT_ACK_DEADLINE_MS } from '../step/AckRegistry.js'
import {
  type DeliveryStage, describeHandoffFailure, type HandoffFailure, type HandoffOwner, ownerAfter,
} from '../step/HandoffOwnership.js'
import * as Framing from '../wire/Framing.js'
import { offerFrame, readyFrame } from '../wire/HandoffFrame.js'
import { encodeFrame } from '../wire/messages/Frame.js'
import type { HandoffAck } from '../wire/messages/HandoffAck.js'
import type { HandoffTicket } from './HandoffTicket.js'

export { attemptable, type HandoffTicket, type NotAttemptable } from './HandoffTicket.js'

/**
 * A ticket, the service whose backend is offered the stream, and the platform's handle where that travels
 * as a number (0 where the socket travels beside the offer).
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffSubject extends HandoffTicket {
  readonly serviceName: ServiceName
  readonly handleValue: bigint
}

/**
 * An attempt and how far it has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffAttempt {
  readonly offered: Offered
  /** The framed offer, to be sent with the socket. */
  readonly offer: Uint8Array
  readonly ackDeadlineMs: number
  readonly latestMs: number
  readonly framing: Framing.Framing
  readonly phase: AttemptPhase
}

/**
 * Where an attempt stands.
 *
 * @category model
 * @since 0.1.0
 */
export type AttemptPhase =
  | FellBack
  | Transferred
  | { readonly _tag: 'Acknowledging'; readonly ready: Uint8Array }
  | { readonly _tag: 'AwaitingAck' }
  | { readonly _tag: 'Delivering' }

/**
 * One event of an attempt.
 *
 * @category model
 * @since 0.1.0
 */
export type AttemptEvent = AckObserved | FellBack | Framing.NeedData | Transferred

/**
 * A valid ACK came in time: ask the registry about `token`, and tell its answer to `acknowledged`.
 *
 * @category model
 * @since 0.1.0
 */
export interface AckObserved {
  readonly _tag: 'AckObserved'
  readonly token: HandoffToken
}

/**
 * The backend has the stream: write `ready`, a whole frame, to the client, and let go (SPEC X1, X8). The
 * backend took `waitedMs` milliseconds, by the registry's clock.
 *
 * @category model
 * @since 0.1.0
 */
export interface Transferred {
  readonly _tag: 'Transferred'
  readonly owner: 'Backend'
  readonly ready: Uint8Array
  readonly waitedMs: number
}

/**
 * There is no handoff: why, and who has the stream now (SPEC X8); `detail` is for a log, never for the
 * client (SPEC X6, X9).
 *
 * @category model
 * @since 0.1.0
 */
export interface FellBack {
  readonly _tag: 'FellBack'
  readonly token: HandoffToken
  readonly failure: HandoffFailure
  readonly owner: HandoffOwner
  readonly detail: string
}

const AWAITING_ACK: AttemptPhase = Object.freeze({ _tag: 'AwaitingAck' })
const DELIVERING: AttemptPhase = Object.freeze({ _tag: 'Delivering' })

/**
 * An attempt begun at `nowMs`, whose backend has `ackDeadlineMs` milliseconds to answer; zero becomes 1 ms
 * (SPEC A1). The offer is there to be sent.
 *
 * @example
 * import assert from 'node:assert'
 * import { HandoffAttempt, HandoffReceiver, isServiceName } from 'hello-negotiation'
 * import { HandoffAcceptance } from 'hello-negotiation/step'
 * import { negotiated } from 'hello-negotiation/wire'
 *
 * const serviceName = 'zccache'
 * const yes = negotiated({ serverCapabilities: 1n, handlePassedToken: new Uint8Array(16).fill(7), connectionId: 1n })
 * const ticket = HandoffAttempt.attemptable(yes)
 * if (ticket._tag === 'Left' || !isServiceName(serviceName)) throw new Error('this yes is a ticket')
 *
 * // The broker sends the offer; the token goes with it, beside the socket.
 * const begun = HandoffAttempt.begin({ ...ticket.right, serviceName, handleValue: 0n }, 0)
 * const awaiting = HandoffAttempt.delivered(begun)
 *
 * // The backend accepts, once.
 * const expecting = HandoffReceiver.begin(HandoffAcceptance.handoffAcceptance(), ticket.right.token, 1)
 * const received = HandoffReceiver.next(HandoffReceiver.push(expecting.value, begun.offer), expecting.state, 2).value
 * if (received._tag !== 'Accepted') throw new Error('the token was expected')
 *
 * // The broker observes the ACK; its registry takes it; the stream is the backend's.
 * const observed = HandoffAttempt.next(HandoffAttempt.push(awaiting, received.ack), 3)
 * assert.equal(observed.value._tag, 'AckObserved')
 * const done = HandoffAttempt.acknowledged(observed.state, { _tag: 'Right', right: { waitedMs: 3 } })
 * assert.equal(HandoffAttempt.next(done, 3).value._tag, 'Transferred')
 *
 * @category constructors
 * @since 0.1.0
 */
export function begin(
  subject: HandoffSubject, nowMs: number, ackDeadlineMs: number = DEFAULT_ACK_DEADLINE_MS,
): HandoffAttempt {
  const { connectionId: correlationId, handleValue, serviceName, token } = subject
  const framed = Framing.encodeFramed(encodeFrame(offerFrame({
    handleValue, token: tokenBytes(token), serviceName, correlationId,
  })))
  const latestMs = advance(0, nowMs)
  const allowedMs = clampLimit(ackDeadlineMs, 1)
  const attempt: HandoffAttempt = {
    offered: { token, correlationId, deadlineMs: deadlineAfter(latestMs, allowedMs) },
    offer: framed._tag === 'Right' ? framed.right : NO_BYTES,
    ackDeadlineMs: allowedMs,
    latestMs,
    framing: Framing.framing(),
    phase: DELIVERING,
  }
  // A service name that was parsed is far too short for this; one smuggled past the types is not sent.
  return framed._tag === 'Right' ? attempt : deliveryFailed(attempt, Framing.describeFramingError(framed.left), false)
}

/**
 * Notes that the socket and the offer are on their way: from here on the backend may have the stream.
 *
 * @category steps
 * @since 0.1.0
 */
export function delivered(attempt: HandoffAttempt): HandoffAttempt {
  return attempt.phase._tag === 'Delivering' ? { ...attempt, phase: AWAITING_ACK } : attempt
}

/**
 * Notes that they could not be sent, and whether the socket may have arrived all the same (SPEC X8); it has
 * for sure where the backend has begun to answer.
 *
 * @category steps
 * @since 0.1.0
 */
export function deliveryFailed(
  attempt: HandoffAttempt, detail: string, handleMayHaveArrived: boolean, stage: DeliveryStage = 'Send',
): HandoffAttempt {
  if (attempt.phase._tag !== 'Delivering') return attempt
  const hasAnswered = ByteQueue.size(attempt.framing.pending) > 0
  return fellBack(attempt, {
    _tag: 'DeliveryFailed', stage, detail, handleMayHaveArrived: handleMayHaveArrived || hasAnswered,
  })
}

/**
 * Stores a copy of a chunk of the backend's answer; nothing is stored once the ACK has been judged.
 *
 * @category steps
 * @since 0.1.0
 */
export function push(attempt: HandoffAttempt, chunk: Uint8Array): HandoffAttempt {
  return isOpen(attempt) ? { ...attempt, framing: Framing.push(attempt.framing, chunk) } : attempt
}

/**
 * Notes that the backend will answer no more.
 *
 * @category steps
 * @since 0.1.0
 */
export function pushEnd(attempt: HandoffAttempt): HandoffAttempt {
  return isOpen(attempt) ? { ...attempt, framing: Framing.pushEnd(attempt.framing) } : attempt
}

/**
 * Takes the next event, and the state of that moment (SPEC X5); `nowMs` is when the ACK was observed.
 *
 * @category steps
 * @since 0.1.0
 */
export function next(attempt: HandoffAttempt, nowMs: number): Step<HandoffAttempt, AttemptEvent> {
  const { phase, offered } = attempt
  switch (phase._tag) {
    case 'Acknowledging':
      return step(attempt, { _tag: 'AckObserved', token: offered.token })
    case 'AwaitingAck':
      return observe(at(attempt, nowMs))
    case 'Delivering':
      return step(attempt, Framing.NEED_DATA)
    case 'FellBack':
      return step(attempt, phase)
    case 'Transferred':
      // A copy, so that whoever was told the outcome cannot change what the next one is told.
      return step(attempt, { ...phase, ready: copyBytes(phase.ready) })
    default:
      return step(attempt, absurd(phase))
  }
}

/**
 * Takes the registry's answer to the ACK that was observed: the handoff is done, or the registry had given
 * it up (SPEC A2, A3).
 *
 * @category steps
 * @since 0.1.0
 */
export function acknowledged(
  attempt: HandoffAttempt, answer: Either<AckError, Pick<Acknowledged, 'waitedMs'>>,
): HandoffAttempt {
  const { phase } = attempt
  if (phase._tag !== 'Acknowledging') return attempt
  if (answer._tag === 'Left') return fellBack(attempt, { _tag: 'AckRefused', error: answer.left })
  const { waitedMs } = answer.right
  return { ...attempt, phase: { _tag: 'Transferred', owner: 'Backend', ready: phase.ready, waitedMs } }
}

/**
 * Gives up an attempt that is still waiting at its deadline; otherwise changes no event (SPEC A5).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(attempt: HandoffAttempt, nowMs: number): HandoffAttempt {
  if (!isOpen(attempt)) return attempt
  const seen = at(attempt, nowMs)
  const isOverdue = seen.latestMs >= seen.offered.deadlineMs && next(seen, seen.latestMs).value._tag === 'NeedData'
  return isOverdue ? notObserved(seen, { _tag: 'NoAckInTime', ackDeadlineMs: seen.ackDeadlineMs }) : seen
}

/**
 * When this attempt must be expired, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(attempt: HandoffAttempt): number | undefined {
  return isOpen(attempt) ? attempt.offered.deadlineMs : undefined
}

/**
 * A copy of the bytes after the ACK, for whoever reads the backend's answers next.
 *
 * @category queries
 * @since 0.1.0
 */
export function remainder(attempt: HandoffAttempt): Uint8Array {
  return Framing.remainder(attempt.framing)
}

/** The first whole frame decides: it is the ACK, or there is none. */
function observe(attempt: HandoffAttempt): Step<HandoffAttempt, AttemptEvent> {
  const { state: framing, value: event } = Framing.next(attempt.framing)
  if (event._tag === 'NeedData') return step(attempt, event)
  const read = { ...attempt, framing }
  if (event._tag === 'FramingFailed') return told(notObserved(read, event.error))
  const ready = E.chainW(framedReady)(judgeAck(attempt.offered, event.body, attempt.latestMs))
  return told(ready._tag === 'Left'
    ? notObserved(read, ready.left)
    : { ...read, phase: { _tag: 'Acknowledging', ready: ready.right } })
}

function framedReady(ack: HandoffAck): Either<Framing.BodyTooLarge, Uint8Array> {
  return Framing.encodeFramed(encodeFrame(readyFrame(ack)))
}

function told(attempt: HandoffAttempt): Step<HandoffAttempt, AttemptEvent> {
  return next(attempt, attempt.latestMs)
}

function notObserved(
  attempt: HandoffAttempt, fault: Extract<HandoffFailure, { _tag: 'AckNotObserved' }>['fault'],
): HandoffAttempt {
  return fellBack(attempt, { _tag: 'AckNotObserved', fault })
}

function fellBack(attempt: HandoffAttempt, failure: HandoffFailure): HandoffAttempt {
  const phase: FellBack = {
    _tag: 'FellBack',
    token: attempt.offered.token,
    failure,
    owner: ownerAfter(failure),
    detail: describeHandoffFailure(failure),
  }
  return { ...attempt, phase }
}

/** Still waiting for something that a deadline ends. */
function isOpen({ phase }: HandoffAttempt): boolean {
  return phase._tag === 'AwaitingAck' || phase._tag === 'Delivering'
}

function at(attempt: HandoffAttempt, nowMs: number): HandoffAttempt {
  return { ...attempt, latestMs: advance(attempt.latestMs, nowMs) }
}
