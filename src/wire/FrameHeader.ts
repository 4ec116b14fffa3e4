/**
 * The five bytes before a frame's body: 0x01, then the body's length, little-endian (SPEC F1).
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { BodyTooLarge, FramingError, UnexpectedEnd, UnsupportedFraming } from './FramingError.js'
import { FRAMING_VERSION, HEADER_BYTES } from './Limits.js'

/** @internal What the bytes at the front of a stream are. */
export type Header =
  | BodyTooLarge
  | UnsupportedFraming
  | { readonly _tag: 'Incomplete'; readonly context: UnexpectedEnd['context'] }
  | { readonly _tag: 'Whole'; readonly bodyBytes: number }

/** @internal Offsets into the bytes that hold a frame. */
export interface BodySpan {
  readonly start: number
  readonly end: number
}

/** @internal The first byte, then the length, then the cap, and only then whether the body is there (SPEC F2). */
export function readHeader(bytes: Uint8Array, start: number, end: number, bodyMaxBytes: number): Header {
  if (start === end) return { _tag: 'Incomplete', context: 'framing byte' }
  const version = bytes[start] as number
  if (version !== FRAMING_VERSION) return { _tag: 'UnsupportedFraming', actual: version, expected: FRAMING_VERSION }
  if (end - start < HEADER_BYTES) return { _tag: 'Incomplete', context: 'body length header' }
  const bodyBytes = uint32At(bytes, start + 1)
  if (bodyBytes > bodyMaxBytes) return { _tag: 'BodyTooLarge', actual: bodyBytes, max: bodyMaxBytes }
  return end - start < HEADER_BYTES + bodyBytes ? { _tag: 'Incomplete', context: 'frame body' } : { _tag: 'Whole', bodyBytes }
}

/** @internal Where the body of the frame at the front of `bytes` is, if they hold it whole; nothing is copied. */
export function locateFrame(bytes: Uint8Array, bodyMaxBytes: number): Either<FramingError, BodySpan> {
  const header = readHeader(bytes, 0, bytes.length, bodyMaxBytes)
  if (header._tag === 'Whole') return E.right({ start: HEADER_BYTES, end: HEADER_BYTES + header.bodyBytes })
  return E.left(header._tag === 'Incomplete' ? { _tag: 'UnexpectedEnd', context: header.context } : header)
}

/** @internal Writes a header at the front of `out`; gives the offset of the body. */
export function putHeader(out: Uint8Array, bodyBytes: number): number {
  out[0] = FRAMING_VERSION
  out[1] = bodyBytes
  out[2] = bodyBytes >>> 8
  out[3] = bodyBytes >>> 16
  out[4] = bodyBytes >>> 24
  return HEADER_BYTES
}

/** @internal A header and, behind it, a copy of a body that is known to be short enough. */
export function framed(body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(HEADER_BYTES + body.length)
  whole.set(body, putHeader(whole, body.length))
  return whole
}

function uint32At(bytes: Uint8Array, start: number): number {
  const at = (i: number): number => bytes[start + i] as number
  return (at(0) | (at(1) << 8) | (at(2) << 16) | (at(3) << 24)) >>> 0
}
