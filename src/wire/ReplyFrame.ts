/**
 * A whole framed reply in one pass: sized, allocated once, and written from front to back.
 *
 * **Laws**
 *  1. `replyToFrame(reply, request)` equals the framed `responseTo(request, encodeHelloReply(reply))` on
 *     the control plane, byte for byte; the tests hold that plain version beside it.
 *  2. `replyToView` of a view gives what `replyToFrame` gives of the frame it views.
 *
 * The plain version makes and copies four arrays. An array of more than 64 bytes costs more to make
 * than everything else in here costs to do, so the caller says where it comes from.
 */
import { putDelimiter, putString, putUint32, putUint64, sizeOfDelimited, sizeOfString, sizeOfUint64 } from './Encoding.js'
import { putHeader } from './FrameHeader.js'
import { HEADER_BYTES, PROTOCOL_VERSION } from './Limits.js'
import { FrameKind } from './messages/enums.js'
import type { Frame } from './messages/Frame.js'
import { type HelloReply, putHelloReply, sizeOfHelloReply } from './messages/HelloReply.js'
import type { RequestView, Run } from './RequestView.js'

/**
 * Gives `byteCount` bytes to be written over, shared with nobody; what is in them does not matter.
 *
 * @category model
 * @since 0.1.0
 */
export type Allocate = (byteCount: number) => Uint8Array

const KEY = { version: 0x08, kind: 0x10, payload: 0x22, requestId: 0x28, traceparent: 0x42, tracestate: 0x4a } as const

/** Version and kind: two keys and two values of one byte each. */
const PREFIX_BYTES = 4

/** @internal The framed reply to a decoded request. */
export function replyToFrame(reply: HelloReply, request: Frame, allocate: Allocate): Uint8Array {
  const { requestId, traceparent, tracestate } = request
  const traceBytes = sizeOfString(traceparent) + sizeOfString(tracestate)
  const out = replyBeforeTrace(reply, requestId, traceBytes, allocate)
  putString(out, putString(out, out.length - traceBytes, KEY.traceparent, traceparent), KEY.tracestate, tracestate)
  return out
}

/** @internal The framed reply to a request that is only viewed. */
export function replyToView(reply: HelloReply, request: RequestView, allocate: Allocate): Uint8Array {
  const { bytes, requestId, traceparent, tracestate } = request
  const traceBytes = sizeOfRun(traceparent) + sizeOfRun(tracestate)
  const out = replyBeforeTrace(reply, requestId, traceBytes, allocate)
  putRun(out, putRun(out, out.length - traceBytes, KEY.traceparent, bytes, traceparent), KEY.tracestate, bytes, tracestate)
  return out
}

/** The reply with all but the trace headers written, which are a frame's last fields. */
function replyBeforeTrace(reply: HelloReply, requestId: bigint, traceBytes: number, allocate: Allocate): Uint8Array {
  const replyBytes = sizeOfHelloReply(reply)
  // A reply says yes or no, so the payload is never empty and always written.
  const bodyBytes = PREFIX_BYTES + sizeOfDelimited(replyBytes) + sizeOfUint64(requestId) + traceBytes
  const out = allocate(HEADER_BYTES + bodyBytes)
  let end = putHeader(out, bodyBytes)
  end = putUint32(out, end, KEY.version, PROTOCOL_VERSION)
  end = putUint32(out, end, KEY.kind, FrameKind.FRAME_KIND_RESPONSE)
  end = putHelloReply(out, putDelimiter(out, end, KEY.payload, replyBytes), reply)
  putUint64(out, end, KEY.requestId, requestId)
  return out
}

function sizeOfRun({ length }: Run): number {
  return length === 0 ? 0 : sizeOfDelimited(length)
}

function putRun(out: Uint8Array, at: number, key: number, bytes: Uint8Array, { end, length }: Run): number {
  if (length === 0) return at
  const body = putDelimiter(out, at, key, length)
  out.set(bytes.subarray(end - length, end), body)
  return body + length
}
