/**
 * Whether the body of a frame answers a request, and what it says.
 *
 * **Laws**
 *  1. Any bytes give a yes, a no, or the first failing check, in the order: frame, envelope version, kind,
 *     payload protocol, encoding, request id, reply, its result; then of a yes protocol, token, endpoint
 *     (SPEC G5, G6, DIV-G1).
 *  2. A yes has a protocol that was offered, and no token or one of 16 bytes.
 *  3. A yes echoes the request id. A no may have the id 0 in its place: a broker that could not read the
 *     frame has none to echo, and its reason is what whoever looks for the fault needs (SPEC C3, C4).
 *
 * **Not here** time and framing: `ClientConnection`.
 */
import { CAP_HANDLE_PASSING, hasCapability } from '../data/Capabilities.js'
import { HANDOFF_TOKEN_BYTES, handoffToken } from '../data/HandoffToken.js'
import { HEADER_BYTES } from '../wire/Limits.js'
import type { Negotiated } from '../wire/messages/Negotiated.js'
import type { Refused } from '../wire/messages/Refused.js'
import type { ReplyExpectation } from './ClientHello.js'
import type { AnswerError, BrokenReply, NegotiatedReply, RefusedReply } from './ClientOutcome.js'
import { fieldPlace } from './fieldOffset.js'
import { readReplyFrame, readResult } from './readReply.js'
import { refusalKind } from './RefusalKind.js'

/**
 * Whom the client expects to answer: a v1 broker, or the standalone broker of the second dialect, to whom
 * an empty endpoint is normal (SPEC G14).
 *
 * @category model
 * @since 0.1.0
 */
export type Dialect = 'v1' | 'v2'

/** What a broker echoes of a frame that it could not read. */
const NO_REQUEST_ID = 0n

/** @internal What a frame's body is to who expects a reply. */
export function judgeReply(
  body: Uint8Array, expected: ReplyExpectation, dialect: Dialect,
): BrokenReply | NegotiatedReply | RefusedReply {
  const frame = readReplyFrame(body)
  if (frame._tag === 'Left') return broken(body, frame.left)
  const { requestId } = frame.right
  const result = readResult(frame.right)
  const isNo = result._tag === 'Right' && result.right._tag === 'Refused'
  if (requestId !== expected.frameRequestId && !(isNo && requestId === NO_REQUEST_ID)) {
    return broken(body, { _tag: 'RequestIdMismatch', actual: requestId, expected: expected.frameRequestId })
  }
  if (result._tag === 'Left') return broken(body, result.left)
  if (result.right._tag === 'Refused') return refusedReply(result.right.refused, expected)
  const reply = negotiatedReply(result.right.negotiated, expected)
  const error = yesError(result.right.negotiated, reply, expected, dialect)
  return error === undefined ? reply : broken(body, error)
}

function yesError(
  { handlePassedToken }: Negotiated, reply: NegotiatedReply, expected: ReplyExpectation, dialect: Dialect,
): AnswerError | undefined {
  const { negotiatedProtocol, backendPipe } = reply
  if (!isWithin(negotiatedProtocol, expected)) {
    return { _tag: 'ProtocolNotOffered', actual: negotiatedProtocol, min: expected.minProtocol, max: expected.maxProtocol }
  }
  if (reply.token === undefined && handlePassedToken.length > 0) {
    return { _tag: 'InvalidTokenLength', actual: handlePassedToken.length, expected: HANDOFF_TOKEN_BYTES }
  }
  // As in the reference, who may yet be handed the connection itself needs no endpoint until that has failed.
  return backendPipe === '' && dialect === 'v1' && !reply.isAdoptable ? { _tag: 'EmptyBackendPipe' } : undefined
}

function negotiatedReply(reply: Negotiated, { offersHandlePassing }: ReplyExpectation): NegotiatedReply {
  const token = handoffToken(reply.handlePassedToken)
  const isAgreed = hasCapability(reply.serverCapabilities, CAP_HANDLE_PASSING) && token !== undefined
  return {
    _tag: 'Negotiated',
    negotiatedProtocol: reply.negotiatedProtocol,
    daemonVersion: reply.daemonVersion,
    backendPipe: reply.backendPipe,
    warnings: reply.warnings,
    serverCapabilities: reply.serverCapabilities,
    keepaliveIntervalSecs: reply.keepaliveIntervalSecs,
    connectionId: reply.connectionId,
    token,
    isAdoptable: offersHandlePassing && isAgreed,
  }
}

function refusedReply(reply: Refused, { minProtocol, maxProtocol }: ReplyExpectation): RefusedReply {
  const { code, reason, details, retryAfterMs, daemonMinProtocol: min, daemonMaxProtocol: max } = reply
  return {
    _tag: 'Refused',
    kind: refusalKind(code),
    code,
    reason,
    details,
    versionRange: { min, max },
    sharesProtocol: Math.max(min, minProtocol) <= Math.min(max, maxProtocol),
    retryAfterMs,
  }
}

function isWithin(protocol: number, { minProtocol, maxProtocol }: ReplyExpectation): boolean {
  return protocol >= minProtocol && protocol <= maxProtocol
}

function broken(body: Uint8Array, error: AnswerError): BrokenReply {
  return { _tag: 'Broken', error, offset: HEADER_BYTES + offsetIn(body, error) }
}

// The way to each field that is judged, by field numbers: of the Frame, of the HelloReply, of the Negotiated.
const PATHS: Readonly<Partial<Record<AnswerError['_tag'], ReadonlyArray<number>>>> = {
  UnsupportedEnvelopeVersion: [1],
  UnexpectedFrameKind: [2],
  UnexpectedPayloadProtocol: [3],
  RequestIdMismatch: [5],
  CompressedPayload: [6],
  ProtocolNotOffered: [4, 1, 1],
  EmptyBackendPipe: [4, 1, 3],
  InvalidTokenLength: [4, 1, 7],
}

function offsetIn(body: Uint8Array, error: AnswerError): number {
  if (error._tag === 'DecodeError') {
    return error.message === 'Frame' ? error.offset : fieldPlace(body, [4]).contents + error.offset
  }
  const path = PATHS[error._tag]
  return path === undefined ? fieldPlace(body, [4]).contents : fieldPlace(body, path).key
}
