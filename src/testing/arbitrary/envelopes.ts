/**
 * Frames and streams that are wrong outside of what they carry: in the envelope, or in the five bytes before it.
 */
import fc from 'fast-check'
import type { EnvelopeError, ExpectedEnvelope } from '../../step/Envelope.js'
import type { FramingError, UnexpectedEnd } from '../../wire/FramingError.js'
import { encodeFramed } from '../../wire/Framing.js'
import { FRAMING_VERSION, HEADER_BYTES, PROTOCOL_VERSION } from '../../wire/Limits.js'
import { encodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { arbitraryU32 } from './bytes.js'
import type { Nearly } from './Nearly.js'

/**
 * A frame whose envelope is as expected but for one number (SPEC E1–E4, X2).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyEnvelope(
  sound: Frame, expected: ExpectedEnvelope,
): fc.Arbitrary<Nearly<Frame, EnvelopeError>> {
  const other = (usual: number, ...others: ReadonlyArray<number>): fc.Arbitrary<number> =>
    fc.oneof(fc.constantFrom(...others), arbitraryU32()).filter((number) => number !== usual)
  // The numbers of an enum are signed.
  const otherEnum = (usual: number): fc.Arbitrary<number> =>
    other(usual, 1, 2, 3, 4, -1, -(2 ** 31)).map((number) => number | 0).filter((number) => number !== usual)
  return fc.oneof(
    other(PROTOCOL_VERSION, 0, 2).map((actual): Nearly<Frame, EnvelopeError> => ({
      off: 'envelope version',
      value: { ...sound, envelopeVersion: actual },
      error: { _tag: 'UnsupportedEnvelopeVersion', actual, expected: PROTOCOL_VERSION },
    })),
    otherEnum(expected.kind).map((actual): Nearly<Frame, EnvelopeError> => ({
      off: 'kind',
      value: { ...sound, kind: actual },
      error: { _tag: 'UnexpectedFrameKind', actual, expected: expected.kind },
    })),
    other(expected.payloadProtocol, 0, 1, 0xad01, 0xd0ff).map((actual): Nearly<Frame, EnvelopeError> => ({
      off: 'payload protocol',
      value: { ...sound, payloadProtocol: actual },
      error: { _tag: 'UnexpectedPayloadProtocol', actual, expected: expected.payloadProtocol },
    })),
    otherEnum(0).map((actual): Nearly<Frame, EnvelopeError> => ({
      off: 'payload encoding',
      value: { ...sound, payloadEncoding: actual },
      error: { _tag: 'CompressedPayload', actual },
    })),
  )
}

/**
 * The bytes of a stream that ends without a frame, though this body was meant to be one: its first byte is
 * another, its length is above the cap, or the end came too soon (SPEC F2, F3, F5).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyFramed(
  body: Uint8Array, bodyMaxBytes: number,
): fc.Arbitrary<Nearly<Uint8Array, FramingError>> {
  const whole = framed(body)
  const endAt = (off: string, context: EndContext, min: number, max: number): fc.Arbitrary<NearlyFramed> =>
    fc.integer({ min, max }).map((end) => ({ off, value: whole.subarray(0, end), error: { _tag: 'UnexpectedEnd', context } }))
  return fc.oneof(
    fc.constantFrom(0x00, 0x02, 0x16, 0x47, 0x81, 0xff).map((actual): NearlyFramed => ({
      off: 'first byte',
      value: Uint8Array.of(actual, ...whole.subarray(1)),
      error: { _tag: 'UnsupportedFraming', actual, expected: FRAMING_VERSION },
    })),
    fc.constantFrom(bodyMaxBytes + 1, 0x7fff_ffff, 0xffff_ffff).map((actual): NearlyFramed => ({
      off: 'length above the cap',
      value: Uint8Array.of(FRAMING_VERSION, actual, actual >>> 8, actual >>> 16, actual >>> 24, ...body),
      error: { _tag: 'BodyTooLarge', actual, max: bodyMaxBytes },
    })),
    endAt('end before the first byte', 'framing byte', 0, 0),
    endAt('end in the header', 'body length header', 1, HEADER_BYTES - 1),
    ...(body.length === 0 ? [] : [endAt('end in the body', 'frame body', HEADER_BYTES, whole.length - 1)]),
  )
}

type NearlyFramed = Nearly<Uint8Array, FramingError>
type EndContext = UnexpectedEnd['context']

/** @internal The bytes of a body's frame; for bodies that are known to be short. */
export function framed(body: Uint8Array): Uint8Array {
  const whole = encodeFramed(body)
  if (whole._tag === 'Left') throw new Error('a body made for a test is short')
  return whole.right
}

/** @internal */
export function framedFrame(frame: Frame): Uint8Array {
  return framed(encodeFrame(frame))
}
