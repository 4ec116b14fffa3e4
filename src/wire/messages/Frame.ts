// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { type Cursor, cursor, finish, readBytes, readEnum, readKey, readString, readUint32, readUint64, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putBytes, putEnum, putString, putUint32, putUint64, sizeOfBytes, sizeOfEnum, sizeOfString, sizeOfUint32, sizeOfUint64 } from '../Encoding.js'

/**
 * The envelope around every message on the wire.
 *
 * @category model
 * @since 0.1.0
 */
export interface Frame {
  /** The version of this envelope; always 1. */
  readonly envelopeVersion: number
  /** Request, response, event or cancellation. One of `FrameKind`, or a number it does not list. */
  readonly kind: number
  /** The protocol the payload speaks; 0 is the control plane, where the Hello lives. */
  readonly payloadProtocol: number
  /** The encoded message. */
  readonly payload: Uint8Array
  /** Chosen by whoever asks, echoed by whoever answers. */
  readonly requestId: bigint
  /** How the payload is compressed. One of `PayloadEncoding`, or a number it does not list. */
  readonly payloadEncoding: number
  /** When the asker stops waiting, in milliseconds since 1970; 0 for never. Advice only. */
  readonly deadlineUnixMs: bigint
  /** W3C trace context, first header; empty for none. */
  readonly traceparent: string
  /** W3C trace context, second header; empty for none. */
  readonly tracestate: string
}

/**
 * A Frame with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_FRAME: Frame = Object.freeze({
  envelopeVersion: 0,
  kind: 0,
  payloadProtocol: 0,
  payload: NO_BYTES,
  requestId: 0n,
  payloadEncoding: 0,
  deadlineUnixMs: 0n,
  traceparent: '',
  tracestate: '',
})

/**
 * A Frame with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function frame(fields: Partial<Frame>): Frame {
  return { ...EMPTY_FRAME, ...fields }
}

/**
 * Decodes a Frame; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeFrame(bytes: Uint8Array): Either<DecodeError, Frame> {
  const c = cursor(bytes)
  return finish(c, 'Frame', readFrame(c, c.end, 0, EMPTY_FRAME))
}

/**
 * Encodes a Frame canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeFrame(message: Frame): Uint8Array {
  const out = new Uint8Array(sizeOfFrame(message))
  putFrame(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`. */
export function readFrame(c: Cursor, end: number, depth: number, base: Frame): Frame {
  let envelopeVersion = base.envelopeVersion
  let kind = base.kind
  let payloadProtocol = base.payloadProtocol
  let payload = base.payload
  let requestId = base.requestId
  let payloadEncoding = base.payloadEncoding
  let deadlineUnixMs = base.deadlineUnixMs
  let traceparent = base.traceparent
  let tracestate = base.tracestate
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x08: envelopeVersion = readUint32(c); break
      case 0x10: kind = readEnum(c); break
      case 0x18: payloadProtocol = readUint32(c); break
      case 0x22: payload = readBytes(c); break
      case 0x28: requestId = readUint64(c); break
      case 0x30: payloadEncoding = readEnum(c); break
      case 0x38: deadlineUnixMs = readUint64(c); break
      case 0x42: traceparent = readString(c); break
      case 0x4a: tracestate = readString(c); break
      default: skipUnknown(c, start, key, 'Frame', 0x3fe, depth)
    }
  }
  return {
    envelopeVersion,
    kind,
    payloadProtocol,
    payload,
    requestId,
    payloadEncoding,
    deadlineUnixMs,
    traceparent,
    tracestate,
  }
}

/** @internal */
export function sizeOfFrame(message: Frame): number {
  return sizeOfUint32(message.envelopeVersion)
    + sizeOfEnum(message.kind)
    + sizeOfUint32(message.payloadProtocol)
    + sizeOfBytes(message.payload)
    + sizeOfUint64(message.requestId)
    + sizeOfEnum(message.payloadEncoding)
    + sizeOfUint64(message.deadlineUnixMs)
    + sizeOfString(message.traceparent)
    + sizeOfString(message.tracestate)
}

/** @internal */
export function putFrame(out: Uint8Array, at: number, message: Frame): number {
  let end = at
  end = putUint32(out, end, 0x08, message.envelopeVersion)
  end = putEnum(out, end, 0x10, message.kind)
  end = putUint32(out, end, 0x18, message.payloadProtocol)
  end = putBytes(out, end, 0x22, message.payload)
  end = putUint64(out, end, 0x28, message.requestId)
  end = putEnum(out, end, 0x30, message.payloadEncoding)
  end = putUint64(out, end, 0x38, message.deadlineUnixMs)
  end = putString(out, end, 0x42, message.traceparent)
  end = putString(out, end, 0x4a, message.tracestate)
  return end
}
