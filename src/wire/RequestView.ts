/**
 * A request's frame read in place: its payload and trace headers are offsets into the bytes that hold
 * them, for a caller that is done with it before those bytes can change.
 *
 * **Laws**
 *  1. `viewRequest` finds a frame where `decodeFrame` does, with the same numbers and the same runs of
 *     bytes, and the same fault at the same offset where there is none. The tests hold the two together.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { checkString, cursor, finish, passDelimited, readEnum, readKey, readUint32, readUint64, skipUnknown } from './Cursor.js'
import type { DecodeError } from './DecodeError.js'

/** @internal A run of the bytes, `[end - length, end)`. */
export interface Run {
  readonly end: number
  readonly length: number
}

/** @internal A frame's parts; runs are of `bytes`. */
export interface RequestView {
  readonly bytes: Uint8Array
  readonly envelopeVersion: number
  readonly kind: number
  readonly payloadProtocol: number
  readonly payloadEncoding: number
  readonly requestId: bigint
  readonly payload: Run
  readonly traceparent: Run
  readonly tracestate: Run
}

const NO_RUN: Run = Object.freeze({ end: 0, length: 0 })

/** @internal The frame in `[from, to)` of `bytes`. */
export function viewRequest(bytes: Uint8Array, from: number, to: number): Either<DecodeError, RequestView> {
  const c = cursor(bytes, from, to)
  let envelopeVersion = 0
  let kind = 0
  let payloadProtocol = 0
  let payloadEncoding = 0
  let requestId = 0n
  let payload = NO_RUN
  let traceparent = NO_RUN
  let tracestate = NO_RUN
  while (c.position < c.end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x08: envelopeVersion = readUint32(c); break
      case 0x10: kind = readEnum(c); break
      case 0x18: payloadProtocol = readUint32(c); break
      case 0x22: payload = { length: passDelimited(c), end: c.position }; break
      case 0x28: requestId = readUint64(c); break
      case 0x30: payloadEncoding = readEnum(c); break
      case 0x38: readUint64(c); break
      case 0x42: traceparent = { length: checkString(c), end: c.position }; break
      case 0x4a: tracestate = { length: checkString(c), end: c.position }; break
      default: skipUnknown(c, start, key, 'Frame', 0x3fe, 0)
    }
  }
  return finish(c, 'Frame', {
    bytes, envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId, payload, traceparent, tracestate,
  })
}
