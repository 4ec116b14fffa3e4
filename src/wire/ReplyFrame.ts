/**
 * A whole framed reply in one pass: sized, allocated once, and written from front to back.
 *
 * **Laws**
 *  1. `replyToFrame(reply, request)` equals the framed `responseTo(request, encodeHelloReply(reply))` on
 *     the control plane, byte for byte; the tests hold that plain version beside it.
 *  2. `replyToView` of a view gives what `replyToFrame` gives of the frame it views.
 *
 * The plain version makes and copies four arrays. An array of more than 64 bytes costs more to make
 * than everything else in here costs to do, so the caller says where it comes from. What a backend's
 * replies have in common is not encoded again (`ReplyHead`), and short runs are copied byte by byte: a view
 * of them, which `set` would need, costs more than the bytes.
 */
import {
  putBytes, putDelimiter, putString, putUint64, sizeOfBytes, sizeOfDelimited, sizeOfString, sizeOfUint64,
} from './Encoding.js'
import { putHeader } from './FrameHeader.js'
import { HEADER_BYTES, PROTOCOL_VERSION } from './Limits.js'
import { FrameKind } from './messages/enums.js'
import type { Frame } from './messages/Frame.js'
import type { HelloReply } from './messages/HelloReply.js'
import type { Negotiated } from './messages/Negotiated.js'
import type { Refused } from './messages/Refused.js'
import { negotiatedHead, refusedHead } from './ReplyHead.js'
import type { RequestView } from './RequestView.js'

/**
 * Gives `byteCount` bytes to be written over, shared with nobody; what is in them does not matter.
 *
 * @category model
 * @since 0.1.0
 */
export type Allocate = (byteCount: number) => Uint8Array

/** @internal A reply that says yes or no. */
export type ReplyResult = Exclude<HelloReply['result'], { readonly _tag: 'Missing' }>

const FRAME_KEY = { version: 0x08, kind: 0x10, payload: 0x22, requestId: 0x28, traceparent: 0x42, tracestate: 0x4a } as const
const REPLY_KEY = { negotiated: 0x0a, refused: 0x12 } as const
const NEGOTIATED_KEY = { capabilities: 0x28, keepalive: 0x30, token: 0x3a, connectionId: 0x40 } as const
const REFUSED_KEY = { retryAfter: 0x30 } as const

/** Version and kind, the same in every reply: two keys and two values of one byte each. */
const PREFIX = [FRAME_KEY.version, PROTOCOL_VERSION, FRAME_KEY.kind, FrameKind.FRAME_KIND_RESPONSE] as const

/** @internal The framed reply to a decoded request. */
export function replyToFrame(reply: ReplyResult, request: Frame, allocate: Allocate): Uint8Array {
  const { requestId, traceparent, tracestate } = request
  const traceBytes = sizeOfString(traceparent) + sizeOfString(tracestate)
  const out = replyBeforeTrace(reply, requestId, traceBytes, allocate)
  putString(out, putString(out, out.length - traceBytes, FRAME_KEY.traceparent, traceparent), FRAME_KEY.tracestate, tracestate)
  return out
}

/** @internal The framed reply to a request that is only viewed. */
export function replyToView(reply: ReplyResult, request: RequestView, allocate: Allocate): Uint8Array {
  const { bytes, requestId, traceparentEnd, traceparentBytes, tracestateEnd, tracestateBytes } = request
  const traceBytes = sizeOfRun(traceparentBytes) + sizeOfRun(tracestateBytes)
  const out = replyBeforeTrace(reply, requestId, traceBytes, allocate)
  const at = out.length - traceBytes
  if (hasTraceAtTheEnd(request, traceBytes)) putCopy(out, at, bytes, tracestateEnd, traceBytes)
  else {
    const end = putRun(out, at, FRAME_KEY.traceparent, bytes, traceparentEnd, traceparentBytes)
    putRun(out, end, FRAME_KEY.tracestate, bytes, tracestateEnd, tracestateBytes)
  }
  return out
}

/**
 * Whether both headers stand in the request as the reply will have them, one behind the other: then they
 * take no more room than they need, and what begins there is the key of the first.
 */
function hasTraceAtTheEnd({ bytes, traceparentEnd, tracestateEnd, tracestateBytes }: RequestView, traceBytes: number): boolean {
  return tracestateEnd - sizeOfRun(tracestateBytes) === traceparentEnd
    && bytes[tracestateEnd - traceBytes] === FRAME_KEY.traceparent
}

/** The reply with all but the trace headers written, which are a frame's last fields. */
function replyBeforeTrace(reply: ReplyResult, requestId: bigint, traceBytes: number, allocate: Allocate): Uint8Array {
  return reply._tag === 'Negotiated'
    ? negotiatedBeforeTrace(reply.negotiated, requestId, traceBytes, allocate)
    : refusedBeforeTrace(reply.refused, requestId, traceBytes, allocate)
}

function negotiatedBeforeTrace(message: Negotiated, requestId: bigint, traceBytes: number, allocate: Allocate): Uint8Array {
  const { serverCapabilities, keepaliveIntervalSecs, handlePassedToken, connectionId } = message
  const head = negotiatedHead(message)
  const messageBytes = head.length + sizeOfUint64(serverCapabilities) + sizeOfUint64(keepaliveIntervalSecs)
    + sizeOfBytes(handlePassedToken) + sizeOfUint64(connectionId)
  const out = frameAround(messageBytes, requestId, traceBytes, allocate)
  let end = putHead(out, REPLY_KEY.negotiated, messageBytes, head)
  end = putUint64(out, end, NEGOTIATED_KEY.capabilities, serverCapabilities)
  end = putUint64(out, end, NEGOTIATED_KEY.keepalive, keepaliveIntervalSecs)
  end = putBytes(out, end, NEGOTIATED_KEY.token, handlePassedToken)
  end = putUint64(out, end, NEGOTIATED_KEY.connectionId, connectionId)
  putUint64(out, end, FRAME_KEY.requestId, requestId)
  return out
}

function refusedBeforeTrace(message: Refused, requestId: bigint, traceBytes: number, allocate: Allocate): Uint8Array {
  const head = refusedHead(message)
  const messageBytes = head.length + sizeOfUint64(message.retryAfterMs)
  const out = frameAround(messageBytes, requestId, traceBytes, allocate)
  const end = putUint64(out, putHead(out, REPLY_KEY.refused, messageBytes, head), REFUSED_KEY.retryAfter, message.retryAfterMs)
  putUint64(out, end, FRAME_KEY.requestId, requestId)
  return out
}

/** Room for the whole reply, with the header written. A reply says yes or no, so the payload is never empty. */
function frameAround(messageBytes: number, requestId: bigint, traceBytes: number, allocate: Allocate): Uint8Array {
  const payloadBytes = sizeOfDelimited(messageBytes)
  const bodyBytes = PREFIX.length + sizeOfDelimited(payloadBytes) + sizeOfUint64(requestId) + traceBytes
  const out = allocate(HEADER_BYTES + bodyBytes)
  putHeader(out, bodyBytes)
  return out
}

/** Everything from the frame's first field to the end of the head. */
function putHead(out: Uint8Array, replyKey: number, messageBytes: number, head: Uint8Array): number {
  out[HEADER_BYTES] = PREFIX[0]
  out[HEADER_BYTES + 1] = PREFIX[1]
  out[HEADER_BYTES + 2] = PREFIX[2]
  out[HEADER_BYTES + 3] = PREFIX[3]
  let end = putDelimiter(out, HEADER_BYTES + PREFIX.length, FRAME_KEY.payload, sizeOfDelimited(messageBytes))
  end = putDelimiter(out, end, replyKey, messageBytes)
  out.set(head, end)
  return end + head.length
}

function sizeOfRun(length: number): number {
  return length === 0 ? 0 : sizeOfDelimited(length)
}

function putRun(out: Uint8Array, at: number, key: number, bytes: Uint8Array, end: number, length: number): number {
  return length === 0 ? at : putCopy(out, putDelimiter(out, at, key, length), bytes, end, length)
}

function putCopy(out: Uint8Array, at: number, bytes: Uint8Array, end: number, length: number): number {
  // A Buffer's own `subarray` makes a Buffer, which costs half as much again.
  out.set(new Uint8Array(bytes.buffer, bytes.byteOffset + end - length, length), at)
  return at + length
}
