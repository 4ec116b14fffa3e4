/**
 * What became of a Hello: a yes, a no, an answer that is none, or silence.
 *
 * A yes is held against what was asked (DIV-G1), so that whoever gets one need not look again; a no is
 * kept whole, its code as the number that came (DIV-G2).
 *
 * **Contract** the reference's error classes (SPEC G7) are these tags:
 *
 *   Framing                    BodyTooLarge, UnexpectedEnd, UnsupportedFraming
 *   DecodeFrame                DecodeError of a Frame
 *   UnexpectedResponseFrame    UnsupportedEnvelopeVersion, UnexpectedFrameKind, UnexpectedPayloadProtocol,
 *                              CompressedPayload, RequestIdMismatch
 *   DecodeHelloReply           DecodeError of a HelloReply
 *   MissingHelloReplyResult    MissingResult
 *   EmptyBackendPipe           EmptyBackendPipe
 *   Refused                    Refused
 *   BrokerConnect/TimedOut     TimedOut
 *
 * and its BrokerConnect and BackendConnect, which bytes cannot tell, are `Plan`'s BrokerUnreachable and
 * BackendUnreachable. The reference has no classes for ProtocolNotOffered and InvalidTokenLength.
 */
import { absurd } from '../data/absurd.js'
import type { HandoffToken } from '../data/HandoffToken.js'
import { describeFramingError, type FramingError } from '../wire/FramingError.js'
import { describeReplyError, type ReplyError } from './readReply.js'
import type { RefusalKind } from './RefusalKind.js'

/**
 * The one outcome of a Hello.
 *
 * @category model
 * @since 0.1.0
 */
export type ClientOutcome = BrokenReply | NegotiatedReply | RefusedReply | TimedOutReply

/**
 * The broker's yes, parsed and held against the request.
 *
 * @category model
 * @since 0.1.0
 */
export interface NegotiatedReply {
  readonly _tag: 'Negotiated'
  readonly negotiatedProtocol: number
  readonly daemonVersion: string
  /** The backend's endpoint; empty only in the second dialect, or where the connection itself may be taken over. */
  readonly backendPipe: string
  readonly warnings: ReadonlyArray<string>
  readonly serverCapabilities: bigint
  /** As the broker said it; a v1 broker never says 0, the second dialect does. */
  readonly keepaliveIntervalSecs: bigint
  readonly connectionId: bigint
  readonly token: HandoffToken | undefined
  /** Whether handle passing was offered, and agreed to with bit 0 and a token (SPEC G10). */
  readonly isAdoptable: boolean
}

/**
 * The broker's no, with everything it said (DIV-G2).
 *
 * @category model
 * @since 0.1.0
 */
export interface RefusedReply {
  readonly _tag: 'Refused'
  readonly kind: RefusalKind
  /** The code as it came. */
  readonly code: number
  readonly reason: string
  readonly details: ReadonlyMap<string, string>
  /** The protocol versions the broker speaks. */
  readonly versionRange: { readonly min: number; readonly max: number }
  /** Whether one of them is a version that the request offered. */
  readonly sharesProtocol: boolean
  /** When to try again, in milliseconds from then; 0 for no advice. */
  readonly retryAfterMs: bigint
}

/**
 * What came is no answer to this request; `offset` is the byte of the stream where that shows.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokenReply {
  readonly _tag: 'Broken'
  readonly error: AnswerError
  readonly offset: number
}

/**
 * No whole answer came in time (SPEC G9).
 *
 * @category model
 * @since 0.1.0
 */
export interface TimedOutReply {
  readonly _tag: 'TimedOut'
  readonly phase: 'AwaitingReply' | 'Connecting'
  readonly timeoutMs: number
}

/**
 * Why what came is no answer to a request (SPEC G5, G6, DIV-G1).
 *
 * @category model
 * @since 0.1.0
 */
export type AnswerError =
  | FramingError
  | ReplyError
  | { readonly _tag: 'EmptyBackendPipe' }
  | { readonly _tag: 'InvalidTokenLength'; readonly actual: number; readonly expected: number }
  | { readonly _tag: 'ProtocolNotOffered'; readonly actual: number; readonly min: number; readonly max: number }
  | { readonly _tag: 'RequestIdMismatch'; readonly actual: bigint; readonly expected: bigint }

/** @internal The reference's words for a yes that leads nowhere (SPEC G6). Frozen. */
export const EMPTY_BACKEND_PIPE_TEXT = 'broker negotiated an empty backend endpoint'

/**
 * The error on one line, in the reference's words where it has any (SPEC F6, G5, G6).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeAnswerError(error: AnswerError): string {
  switch (error._tag) {
    case 'BodyTooLarge':
    case 'UnexpectedEnd':
    case 'UnsupportedFraming':
      return describeFramingError(error)
    case 'CompressedPayload':
    case 'DecodeError':
    case 'MissingResult':
    case 'UnexpectedFrameKind':
    case 'UnexpectedPayloadProtocol':
    case 'UnsupportedEnvelopeVersion':
      return describeReplyError(error)
    case 'EmptyBackendPipe':
      return EMPTY_BACKEND_PIPE_TEXT
    case 'InvalidTokenLength':
      return `handoff token length was ${error.actual} bytes; expected ${error.expected}, or none at all`
    case 'ProtocolNotOffered':
      return `negotiated protocol ${error.actual} was not offered; the request said ${error.min} to ${error.max}`
    case 'RequestIdMismatch':
      return `request_id does not match the Hello request: found ${error.actual}, sent ${error.expected}`
    default:
      return absurd(error)
  }
}
