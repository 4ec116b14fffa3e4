/**
 * Requests and responses on a backend's connection, told apart by request ids.
 *
 * **State** the id of the next request, from 1 to 2^64 − 1.
 *
 * **Laws**
 *  1. Ids count up from 1; after 2^64 − 1 comes 1, because 0 says that a frame never decoded (SPEC G13, C3).
 *  2. The first failing check of a response is the one reported: id, payload protocol, kind. Envelope
 *     version and encoding are never looked at (SPEC G13).
 *  3. The connection may be handed on only where nothing of it has been read ahead (SPEC G13).
 *
 * **Not here** reading, writing and waiting: one request is answered by the next whole frame (`Framing`), and a
 * client that is not answered as it should be closes the connection.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import * as ByteQueue from '../data/ByteQueue.js'
import { type Step, step } from '../data/Step.js'
import { nextU64 } from '../data/U64.js'
import { type DecodeError, describeDecodeError } from '../wire/DecodeError.js'
import { requestFrame } from '../wire/FrameEnvelope.js'
import type { Framing } from '../wire/Framing.js'
import { FrameKind } from '../wire/messages/enums.js'
import { decodeFrame, type Frame } from '../wire/messages/Frame.js'

/**
 * The id of the next request.
 *
 * @category model
 * @since 0.1.0
 */
export interface FrameClient {
  readonly nextRequestId: bigint
}

/**
 * What a response must echo: of the frame that was sent.
 *
 * @category model
 * @since 0.1.0
 */
export type PendingRequest = Pick<Frame, 'payloadProtocol' | 'requestId'>

/**
 * Why a frame's body is not the response to a request; each carries what was found.
 *
 * @category model
 * @since 0.1.0
 */
export type ResponseError =
  | DecodeError
  | { readonly _tag: 'NotAResponse'; readonly actual: number; readonly expected: number }
  | { readonly _tag: 'ResponseIdMismatch'; readonly actual: bigint; readonly expected: bigint }
  | { readonly _tag: 'ResponseProtocolMismatch'; readonly actual: number; readonly expected: number }

/**
 * Bytes of the connection have been read that whoever takes it over would miss.
 *
 * @category model
 * @since 0.1.0
 */
export interface BytesBuffered {
  readonly _tag: 'BytesBuffered'
  readonly actualBytes: number
}

const FIRST_REQUEST_ID = 1n

const MAY_HAND_BACK = E.right(undefined)

/**
 * A client that has asked nothing yet (SPEC G13).
 *
 * @category constructors
 * @since 0.1.0
 */
export const FRESH_FRAME_CLIENT: FrameClient = Object.freeze({ nextRequestId: FIRST_REQUEST_ID })

/**
 * The frame of a request, to be sent (SPEC G13, F9).
 *
 * @example
 * import assert from 'node:assert'
 * import { FrameClient } from 'hello-negotiation'
 * import { encodeFrame, responseTo } from 'hello-negotiation/wire'
 *
 * const { state, value: ping } = FrameClient.request(FrameClient.FRESH_FRAME_CLIENT, 0x7a63, Uint8Array.of(1))
 * const pong = responseTo(ping, Uint8Array.of(2))
 * assert.deepEqual(FrameClient.judgeResponse(ping, encodeFrame(pong)), { _tag: 'Right', right: pong })
 *
 * const { value: next } = FrameClient.request(state, 0x7a63, Uint8Array.of(1))
 * assert.deepEqual(FrameClient.judgeResponse(next, encodeFrame(pong)), {
 *   _tag: 'Left', left: { _tag: 'ResponseIdMismatch', actual: 1n, expected: 2n },
 * })
 *
 * @category steps
 * @since 0.1.0
 */
export function request(client: FrameClient, payloadProtocol: number, payload: Uint8Array): Step<FrameClient, Frame> {
  const { nextRequestId: requestId } = client
  const following = nextU64(requestId)
  return step(
    { nextRequestId: following === 0n ? FIRST_REQUEST_ID : following },
    { ...requestFrame(payloadProtocol, payload), requestId },
  )
}

/**
 * Reads the response to a request from the body of the next frame (SPEC G13).
 *
 * @category steps
 * @since 0.1.0
 */
export function judgeResponse(pending: PendingRequest, body: Uint8Array): Either<ResponseError, Frame> {
  const decoded = decodeFrame(body)
  if (decoded._tag === 'Left') return decoded
  const { requestId, payloadProtocol, kind } = decoded.right
  if (requestId !== pending.requestId) {
    return E.left({ _tag: 'ResponseIdMismatch', actual: requestId, expected: pending.requestId })
  }
  if (payloadProtocol !== pending.payloadProtocol) {
    return E.left({ _tag: 'ResponseProtocolMismatch', actual: payloadProtocol, expected: pending.payloadProtocol })
  }
  return kind === FrameKind.FRAME_KIND_RESPONSE
    ? decoded
    : E.left({ _tag: 'NotAResponse', actual: kind, expected: FrameKind.FRAME_KIND_RESPONSE })
}

/**
 * Whether the connection may go to somebody else: not while bytes of it are buffered (SPEC G13).
 *
 * @category queries
 * @since 0.1.0
 */
export function mayHandBack({ pending }: Framing): Either<BytesBuffered, void> {
  const actualBytes = ByteQueue.size(pending)
  return actualBytes > 0 ? E.left({ _tag: 'BytesBuffered', actualBytes }) : MAY_HAND_BACK
}

/**
 * Why a frame's body is not the response to a request, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeResponseError(error: ResponseError): string {
  switch (error._tag) {
    case 'DecodeError':
      return describeDecodeError(error)
    case 'NotAResponse':
      return `the frame is no response: kind ${error.actual}`
    case 'ResponseIdMismatch':
      return `the response answers request ${error.actual}, not ${error.expected}`
    case 'ResponseProtocolMismatch':
      return `the response speaks payload protocol ${hex(error.actual)}, not ${hex(error.expected)}`
    default:
      return absurd(error)
  }
}

function hex(protocol: number): string {
  return `0x${protocol.toString(16).padStart(4, '0')}`
}
