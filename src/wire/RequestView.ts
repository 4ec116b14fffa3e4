/**
 * A request's frame read in place: its payload and trace headers are offsets into the bytes that hold
 * them, for a caller that is done with it before those bytes can change.
 *
 * **Laws**
 *  1. `viewRequest` finds a frame where `decodeFrame` does, with the same numbers and the same runs of
 *     bytes, and the same fault at the same offset where there is none. The tests hold the two together.
 *
 * A frame as encoders write it needs none of a cursor's care, and is read in half the time without one. Whatever else it
 * may be, and what is wrong with it, is the cursor's to say.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { isUtf8 } from '../data/Utf8.js'
import {
  checkedText, checkString, cursor, DELIMITED, finish, passDelimited, readEnum, readKey, readUint32, readUint64, skipUnknown,
  u64OfU32,
} from './Cursor.js'
import type { DecodeError } from './DecodeError.js'
import type { Frame } from './messages/Frame.js'
import { NOT_SHORT, shortVarint, sizeOf, valueOf } from './ShortVarint.js'

/** @internal A frame's parts; a run of `bytes` is told by where it ends and how many there are. */
export interface RequestView {
  readonly bytes: Uint8Array
  readonly envelopeVersion: number
  readonly kind: number
  readonly payloadProtocol: number
  readonly payloadEncoding: number
  readonly requestId: bigint
  readonly payloadEnd: number
  readonly payloadBytes: number
  readonly traceparentEnd: number
  readonly traceparentBytes: number
  readonly tracestateEnd: number
  readonly tracestateBytes: number
}

/** @internal The frame in `[from, to)` of `bytes`. */
export function viewRequest(bytes: Uint8Array, from: number, to: number): Either<DecodeError, RequestView> {
  const view = usualView(bytes, from, to)
  return view === undefined ? carefulView(bytes, from, to) : E.right(view)
}

/** @internal A frame as encoders write it, or `undefined` where anything is unusual, be it wrong or only rare. */
export function usualView(bytes: Uint8Array, from: number, to: number): RequestView | undefined {
  let envelopeVersion = 0
  let kind = 0
  let payloadProtocol = 0
  let payloadEncoding = 0
  let requestId = 0n
  let payloadEnd = 0
  let payloadBytes = 0
  let traceparentEnd = 0
  let traceparentBytes = 0
  let tracestateEnd = 0
  let tracestateBytes = 0
  let areTexts = true
  let at = from
  while (at < to) {
    const key = bytes[at] as number
    const varint = shortVarint(bytes, at + 1, to)
    if (varint === NOT_SHORT) {
      // An id, and a deadline since 1970, may take more.
      const c = cursor(bytes, at + 1, to)
      const long = readUint64(c)
      if (c.failure !== undefined || (key !== 0x28 && key !== 0x38)) return undefined
      if (key === 0x28) requestId = long
      at = c.position
      continue
    }
    const value = valueOf(varint)
    at += 1 + sizeOf(varint)
    if ((key & 7) === DELIMITED) at += value
    if (at > to) return undefined
    switch (key) {
      case 0x08: envelopeVersion = value; break
      case 0x10: kind = value; break
      case 0x18: payloadProtocol = value; break
      case 0x22: payloadBytes = value; payloadEnd = at; break
      case 0x28: requestId = u64OfU32(value); break
      case 0x30: payloadEncoding = value; break
      case 0x38: break
      case 0x42: traceparentBytes = value; traceparentEnd = at; areTexts &&= isUtf8(bytes, at - value, at); break
      case 0x4a: tracestateBytes = value; tracestateEnd = at; areTexts &&= isUtf8(bytes, at - value, at); break
      default: return undefined
    }
  }
  return areTexts ? {
    bytes, envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId,
    payloadEnd, payloadBytes, traceparentEnd, traceparentBytes, tracestateEnd, tracestateBytes,
  } : undefined
}

/** Any frame at all, or what is wrong with it. */
function carefulView(bytes: Uint8Array, from: number, to: number): Either<DecodeError, RequestView> {
  const c = cursor(bytes, from, to)
  let envelopeVersion = 0
  let kind = 0
  let payloadProtocol = 0
  let payloadEncoding = 0
  let requestId = 0n
  let payloadEnd = 0
  let payloadBytes = 0
  let traceparentEnd = 0
  let traceparentBytes = 0
  let tracestateEnd = 0
  let tracestateBytes = 0
  while (c.position < c.end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x08: envelopeVersion = readUint32(c); break
      case 0x10: kind = readEnum(c); break
      case 0x18: payloadProtocol = readUint32(c); break
      case 0x22: payloadBytes = passDelimited(c); payloadEnd = c.position; break
      case 0x28: requestId = readUint64(c); break
      case 0x30: payloadEncoding = readEnum(c); break
      case 0x38: readUint64(c); break
      case 0x42: traceparentBytes = checkString(c); traceparentEnd = c.position; break
      case 0x4a: tracestateBytes = checkString(c); tracestateEnd = c.position; break
      default: skipUnknown(c, start, key, 'Frame', 0x3fe, 0)
    }
  }
  return finish(c, 'Frame', {
    bytes, envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId,
    payloadEnd, payloadBytes, traceparentEnd, traceparentBytes, tracestateEnd, tracestateBytes,
  })
}

/** @internal The trace headers of a view as texts. */
export function traceTexts(view: RequestView): Pick<Frame, 'traceparent' | 'tracestate'> {
  const { bytes, traceparentEnd, traceparentBytes, tracestateEnd, tracestateBytes } = view
  return {
    traceparent: checkedText(bytes, traceparentEnd - traceparentBytes, traceparentEnd),
    tracestate: checkedText(bytes, tracestateEnd - tracestateBytes, tracestateEnd),
  }
}
