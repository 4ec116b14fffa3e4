/**
 * What a broker reads of a backend's ACK: the body of one frame, held against what was offered (SPEC X5).
 *
 * **Laws**
 *  1. Any bytes give the ACK or a tagged fault; the first failing check is reported: Frame, envelope,
 *     frame's request id, payload, correlation id, token echo, accepted, deadline.
 *  2. The token echo is compared by a path that does not depend on its bytes (DIV-T1).
 *  3. An ACK observed at the very deadline is in time here (SPEC X5); the registry, asked next, says it is
 *     not (SPEC A2).
 *
 * **Not here** who has the stream after a fault: `HandoffOwnership`.
 * **Contract** order and texts are frozen.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { handoffToken, type HandoffToken, sameToken } from '../data/HandoffToken.js'
import { printable } from '../data/Printable.js'
import { decodeHandoffAck, type HandoffAck } from '../wire/messages/HandoffAck.js'
import { ACK_ENVELOPE, describeHandoffFrameError, type HandoffFrameError, readHandoffFrame } from './HandoffEnvelope.js'

/**
 * What was offered, and the instant after which an ACK is too late, in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface Offered {
  readonly token: HandoffToken
  readonly correlationId: bigint
  readonly deadlineMs: number
}

/**
 * Why a frame's body is not the ACK that was waited for; ids that differ are told, tokens never.
 *
 * @category model
 * @since 0.1.0
 */
export type AckFault =
  | HandoffFrameError
  | { readonly _tag: 'AckCorrelationMismatch'; readonly actual: bigint; readonly expected: bigint }
  | { readonly _tag: 'AckRequestIdMismatch'; readonly actual: bigint; readonly expected: bigint }
  | { readonly _tag: 'AckTokenMismatch' }
  | { readonly _tag: 'AckTooLate'; readonly observedMs: number; readonly deadlineMs: number }
  | { readonly _tag: 'BackendRefused'; readonly detail: string }

/**
 * Reads an ACK that came at `observedMs` from the body of a frame (SPEC X5).
 *
 * @example
 * import assert from 'node:assert'
 * import { handoffToken } from 'hello-negotiation'
 * import { AckReader } from 'hello-negotiation/step'
 * import { ackFrame, encodeFrame, handoffAck } from 'hello-negotiation/wire'
 *
 * const bytes = new Uint8Array(16).fill(7)
 * const token = handoffToken(bytes)
 * if (token === undefined) throw new Error('sixteen bytes are a token')
 * const offered = { token, correlationId: 7n, deadlineMs: 5_000 }
 * const ack = handoffAck({ token: bytes, accepted: true, correlationId: 7n })
 * const body = encodeFrame(ackFrame(ack))
 * assert.deepEqual(AckReader.judgeAck(offered, body, 5_000), { _tag: 'Right', right: ack })
 * const late = AckReader.judgeAck(offered, body, 5_000.5)
 * assert.equal(late._tag === 'Left' && late.left._tag, 'AckTooLate')
 *
 * @category encodings
 * @since 0.1.0
 */
export function judgeAck(offered: Offered, body: Uint8Array, observedMs: number): Either<AckFault, HandoffAck> {
  const frame = readHandoffFrame(body, ACK_ENVELOPE)
  if (frame._tag === 'Left') return frame
  const { requestId, payload } = frame.right
  if (requestId !== offered.correlationId) {
    return E.left({ _tag: 'AckRequestIdMismatch', actual: requestId, expected: offered.correlationId })
  }
  const ack = decodeHandoffAck(payload)
  return ack._tag === 'Left' ? ack : judgeMessage(offered, ack.right, observedMs)
}

/**
 * The fault in the reference's words (SPEC X2, X6); what the backend wrote is made harmless for a log.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeAckFault(fault: AckFault): string {
  switch (fault._tag) {
    case 'AckCorrelationMismatch':
      return `HandoffAck correlation id ${fault.actual} does not match offer correlation id ${fault.expected}`
    case 'AckRequestIdMismatch':
      return `HandoffAck frame request_id ${fault.actual} does not match correlation id ${fault.expected}`
    case 'AckTokenMismatch':
      return 'HandoffAck token echo does not match the offered token'
    case 'AckTooLate':
      return 'backend HandoffAck arrived after the ACK deadline'
    case 'BackendRefused':
      return `backend refused the handoff: ${fault.detail === '' ? 'no detail provided' : printable(fault.detail)}`
    case 'CompressedPayload':
    case 'DecodeError':
    case 'UnexpectedFrameKind':
    case 'UnexpectedPayloadProtocol':
    case 'UnsupportedEnvelopeVersion':
      return describeHandoffFrameError(fault)
    default:
      return absurd(fault)
  }
}

/** What is left to check once the message is there. */
function judgeMessage(offered: Offered, ack: HandoffAck, observedMs: number): Either<AckFault, HandoffAck> {
  const { token, correlationId, deadlineMs } = offered
  if (ack.correlationId !== correlationId) {
    return E.left({ _tag: 'AckCorrelationMismatch', actual: ack.correlationId, expected: correlationId })
  }
  const echo = handoffToken(ack.token)
  if (echo === undefined || !sameToken(echo, token)) return E.left({ _tag: 'AckTokenMismatch' })
  if (!ack.accepted) return E.left({ _tag: 'BackendRefused', detail: ack.errorDetail })
  return observedMs > deadlineMs ? E.left({ _tag: 'AckTooLate', observedMs, deadlineMs }) : E.right(ack)
}
