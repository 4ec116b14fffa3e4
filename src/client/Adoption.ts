/**
 * Taking over the connection to the broker as the connection to the backend: the wait for the backend's
 * ready frame on the same stream, as an automaton over bytes (SPEC G10).
 *
 * **State** the framing as the connection left it, the token that the frame must show, the endpoint for
 * everything else, the deadline, and the phase.
 *
 *   Waiting ──ready frame with the token, accepted──▶ Adopted: the client keeps the stream
 *      └──anything else, early end, deadline────────▶ Reconnect: the client closes it
 *
 * **Laws**
 *  1. However the bytes are cut, the event is the same, and so is what is left behind a ready frame.
 *  2. Nothing is adopted without the caller's word, an offer, bit 0 of the server's capabilities, and a token.
 *  3. Nothing is adopted without that very token, compared by the same path whatever its bytes (DIV-T1).
 *  4. The event is told again whenever asked for. After `Reconnect` nothing is kept, and nobody may use the
 *     stream: its other end may be the broker's or the backend's, and only they know whose.
 *  5. `expire` before the deadline, or once there is nothing to wait for, changes nothing.
 *
 * **Not here** telling anybody about a failed adoption: it is silent, and `Plan` goes to the endpoint.
 * **Contract** order: framing, frame, envelope (X2), payload, token, accepted. Request and correlation ids
 * are not looked at.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { handoffToken, type HandoffToken, sameToken } from '../data/HandoffToken.js'
import { advance, deadlineAfter } from '../data/Instant.js'
import { type Step, step } from '../data/Step.js'
import {
  describeHandoffFrameError, type HandoffFrameError, READY_ENVELOPE, readHandoffFrame,
} from '../step/HandoffEnvelope.js'
import * as Framing from '../wire/Framing.js'
import { describeFramingError, type FramingError } from '../wire/FramingError.js'
import { decodeHandoffAck } from '../wire/messages/HandoffAck.js'
import * as ClientConnection from './ClientConnection.js'
import type { NegotiatedReply } from './ClientOutcome.js'
import { NOTHING_KEPT } from './nothingKept.js'
import { quoted } from './quoted.js'

/**
 * An adoption, and how far it has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface Adoption {
  readonly framing: Framing.Framing
  readonly endpoint: string
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly phase: AdoptionPhase
}

/**
 * Where an adoption stands.
 *
 * @category model
 * @since 0.1.0
 */
export type AdoptionPhase =
  | Reconnect
  | { readonly _tag: 'Adopted'; readonly connectionId: bigint }
  | { readonly _tag: 'Waiting'; readonly token: HandoffToken; readonly connectionId: bigint }

/**
 * One event of an adoption.
 *
 * @category model
 * @since 0.1.0
 */
export type AdoptionEvent = Adopted | Framing.NeedData | Reconnect

/**
 * The stream is the backend's now. `remainder` is what of it has come so far: the backend's first bytes, to
 * be read before anything else; take it once and push no more.
 *
 * @category model
 * @since 0.1.0
 */
export interface Adopted {
  readonly _tag: 'Adopted'
  readonly route: 'HandlePassed'
  readonly endpoint: string
  readonly connectionId: bigint
  readonly remainder: Uint8Array
  readonly stream: 'ClientKeeps'
}

/**
 * The stream is nobody's to use: close it, and go to the endpoint that the broker named.
 *
 * @category model
 * @since 0.1.0
 */
export interface Reconnect {
  readonly _tag: 'Reconnect'
  readonly route: 'BrokerNegotiated'
  readonly endpoint: string
  readonly why: ReconnectReason
  readonly stream: 'ClientCloses'
}

/**
 * Why there is no adoption (SPEC G10, X2).
 *
 * @category model
 * @since 0.1.0
 */
export type ReconnectReason =
  | AdoptionDeclined
  | FramingError
  | HandoffFrameError
  | { readonly _tag: 'HandoffRefused'; readonly detail: string }
  | { readonly _tag: 'ReadyTimedOut'; readonly timeoutMs: number }
  | { readonly _tag: 'ReadyTokenMismatch' }

/**
 * Why an adoption is not even tried: there was no yes; the caller does not want it; it was not offered and
 * agreed to.
 *
 * @category model
 * @since 0.1.0
 */
export type AdoptionDeclined =
  | { readonly _tag: 'NotAgreed' }
  | { readonly _tag: 'NotNegotiated' }
  | { readonly _tag: 'NotOptedIn' }

/**
 * How long a backend has for its ready frame: 2 seconds (SPEC G10).
 *
 * @category constants
 * @since 0.1.0
 */
export const ADOPTION_TIMEOUT_MS = 2_000

/**
 * The token of a yes whose connection may be taken over, or why it may not (SPEC G10).
 *
 * @category queries
 * @since 0.1.0
 */
export function adoptionGate(reply: NegotiatedReply, isOptedIn: boolean): Either<AdoptionDeclined, HandoffToken> {
  if (!isOptedIn) return E.left({ _tag: 'NotOptedIn' })
  return reply.isAdoptable && reply.token !== undefined ? E.right(reply.token) : E.left({ _tag: 'NotAgreed' })
}

/**
 * An adoption of this connection, begun at `nowMs` with the bytes that came behind the yes; where the gate
 * is closed, one that says `Reconnect` at once (SPEC G10).
 *
 * @example
 * import assert from 'node:assert'
 * import { Adoption, ClientConnection, clientHello, describeRequestFault } from 'hello-negotiation'
 *
 * const hello = clientHello({ serviceName: 'zccache', wantedVersion: '1.11.20' })
 * if (hello._tag === 'Left') throw new Error(hello.left.map(describeRequestFault).join('; '))
 * const unanswered = ClientConnection.clientConnection(hello.right, 0)
 * const { value } = Adoption.next(Adoption.adoption(unanswered, true, 0))
 * assert.deepEqual(value._tag === 'Reconnect' && value.why, { _tag: 'NotNegotiated' })
 *
 * @category constructors
 * @since 0.1.0
 */
export function adoption(
  connection: ClientConnection.ClientConnection, isOptedIn: boolean, nowMs: number, timeoutMs: number = ADOPTION_TIMEOUT_MS,
): Adoption {
  const { state, value: reply } = ClientConnection.next(connection)
  const endpoint = reply._tag === 'Negotiated' ? reply.backendPipe : ''
  const begun = { framing: state.framing, endpoint, timeoutMs, deadlineMs: deadlineAfter(advance(0, nowMs), timeoutMs) }
  if (reply._tag !== 'Negotiated') return closed(begun, { _tag: 'NotNegotiated' })
  const gate = adoptionGate(reply, isOptedIn)
  return gate._tag === 'Left'
    ? closed(begun, gate.left)
    : { ...begun, phase: { _tag: 'Waiting', token: gate.right, connectionId: reply.connectionId } }
}

/**
 * Stores a copy of `chunk`; after `Adopted` it goes to the remainder, after `Reconnect` nowhere.
 *
 * @category steps
 * @since 0.1.0
 */
export function push(adoption: Adoption, chunk: Uint8Array): Adoption {
  return { ...adoption, framing: Framing.push(adoption.framing, chunk) }
}

/**
 * Notes that the other side has closed.
 *
 * @category steps
 * @since 0.1.0
 */
export function pushEnd(adoption: Adoption): Adoption {
  return { ...adoption, framing: Framing.pushEnd(adoption.framing) }
}

/**
 * Takes the next event, and the state of that moment (SPEC G10).
 *
 * @category steps
 * @since 0.1.0
 */
export function next(adoption: Adoption): Step<Adoption, AdoptionEvent> {
  const { phase } = adoption
  switch (phase._tag) {
    case 'Adopted':
      return step(adoption, adopted(adoption, phase.connectionId))
    case 'Reconnect':
      return step(adoption, phase)
    case 'Waiting':
      return awaited(adoption, phase)
    default:
      return absurd(phase)
  }
}

/**
 * Gives up an adoption that is still waiting at its deadline; otherwise changes nothing (SPEC G10).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(adoption: Adoption, nowMs: number): Adoption {
  const { deadlineMs, timeoutMs } = adoption
  const isOverdue = nowMs >= deadlineMs && next(adoption).value._tag === 'NeedData'
  return isOverdue ? closed(adoption, { _tag: 'ReadyTimedOut', timeoutMs }) : adoption
}

/**
 * When this adoption must be expired, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(adoption: Adoption): number | undefined {
  return adoption.phase._tag === 'Waiting' ? adoption.deadlineMs : undefined
}

/**
 * The reason on one line (SPEC X2).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeReconnectReason(reason: ReconnectReason): string {
  switch (reason._tag) {
    case 'BodyTooLarge':
    case 'UnexpectedEnd':
    case 'UnsupportedFraming':
      return describeFramingError(reason)
    case 'CompressedPayload':
    case 'DecodeError':
    case 'UnexpectedFrameKind':
    case 'UnexpectedPayloadProtocol':
    case 'UnsupportedEnvelopeVersion':
      return describeHandoffFrameError(reason)
    case 'HandoffRefused':
      return `backend refused the handoff: ${reason.detail === '' ? 'no detail provided' : quoted(reason.detail)}`
    case 'NotAgreed':
      return 'the connection was not offered and agreed to be handed over'
    case 'NotNegotiated':
      return 'the broker has not said yes'
    case 'NotOptedIn':
      return 'adopting connections is switched off'
    case 'ReadyTimedOut':
      return `no ready frame came within ${reason.timeoutMs} ms`
    case 'ReadyTokenMismatch':
      return 'the ready frame does not show the token that was agreed on'
    default:
      return absurd(reason)
  }
}

function awaited(
  adoption: Adoption, { token, connectionId }: Extract<AdoptionPhase, { readonly _tag: 'Waiting' }>,
): Step<Adoption, AdoptionEvent> {
  const { state: framing, value: event } = Framing.next(adoption.framing)
  if (event._tag === 'NeedData') return step(adoption, event)
  const failure = event._tag === 'FramingFailed' ? event.error : readyFailure(event.body, token)
  return next(
    failure === undefined
      ? { ...adoption, framing, phase: { _tag: 'Adopted', connectionId } }
      : closed(adoption, failure),
  )
}

/** What keeps a frame's body from being the ready frame that is waited for, if anything (SPEC G10). */
function readyFailure(body: Uint8Array, token: HandoffToken): ReconnectReason | undefined {
  const frame = readHandoffFrame(body, READY_ENVELOPE)
  if (frame._tag === 'Left') return frame.left
  const ack = decodeHandoffAck(frame.right.payload)
  if (ack._tag === 'Left') return ack.left
  const shown = handoffToken(ack.right.token)
  if (shown === undefined || !sameToken(shown, token)) return { _tag: 'ReadyTokenMismatch' }
  return ack.right.accepted ? undefined : { _tag: 'HandoffRefused', detail: ack.right.errorDetail }
}

function adopted({ endpoint, framing }: Adoption, connectionId: bigint): Adopted {
  return {
    _tag: 'Adopted',
    route: 'HandlePassed',
    endpoint,
    connectionId,
    remainder: Framing.remainder(framing),
    stream: 'ClientKeeps',
  }
}

/** An adoption that has come to nothing; it keeps no bytes. */
function closed(begun: Omit<Adoption, 'phase'>, why: ReconnectReason): Adoption {
  const phase: Reconnect = {
    _tag: 'Reconnect', route: 'BrokerNegotiated', endpoint: begun.endpoint, why, stream: 'ClientCloses',
  }
  return { ...begun, framing: NOTHING_KEPT, phase }
}
