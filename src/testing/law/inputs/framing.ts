/**
 * What framing laws take: streams of bytes, sound and not, how they are cut, and headers next to a cap.
 */
import fc from 'fast-check'
import { FRAME_BODY_MAX_BYTES, HELLO_BODY_MAX_BYTES } from '../../../wire/Limits.js'
import { arbitraryChunkSizes, arbitraryMutation } from '../../arbitrary/bytes.js'
import { framed, headerOf } from '../framed.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of framing laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface FramingInputs {
  readonly ByteStream: ByteStream
  readonly FrameStream: FrameStream
  readonly HeaderAtCap: HeaderAtCap
}

/**
 * Any bytes, the sizes of the chunks that they come in (as `cut` takes them), whether they end, and the cap on a body.
 *
 * @category model
 * @since 0.1.0
 */
export interface ByteStream {
  readonly bytes: Uint8Array
  readonly sizes: ReadonlyArray<number>
  readonly isEnded: boolean
  readonly bodyMaxBytes: number
}

/**
 * The bodies of whole frames, a last one of which only so many bytes have come, and the sizes of the chunks.
 *
 * @category model
 * @since 0.1.0
 */
export interface FrameStream {
  readonly bodies: ReadonlyArray<Uint8Array>
  readonly last: { readonly body: Uint8Array; readonly bytesCome: number }
  readonly sizes: ReadonlyArray<number>
}

/**
 * The length that a header announces, and the most that a body may have.
 *
 * @category model
 * @since 0.1.0
 */
export interface HeaderAtCap {
  readonly bodyBytes: number
  readonly bodyMaxBytes: number
}

const body = fc.uint8Array({ maxLength: 24 })
const bodies = fc.array(body, { maxLength: 4 })
const cap = fc.constantFrom(20, 24, HELLO_BODY_MAX_BYTES, FRAME_BODY_MAX_BYTES)

/** @internal */
export const FRAMING_INPUTS: LawArbitraries<FramingInputs> = {
  ByteStream: () => fc.record({ bytes: arbitraryStream(), sizes: arbitraryChunkSizes(), isEnded: fc.boolean(), bodyMaxBytes: cap }),
  FrameStream: () => fc.record({ bodies, last: arbitraryPart(), sizes: arbitraryChunkSizes() }),
  HeaderAtCap: () => cap.chain((bodyMaxBytes) => fc.record({
    bodyBytes: fc.oneof(
      fc.constantFrom(0, 1, bodyMaxBytes - 1, bodyMaxBytes, bodyMaxBytes + 1, 0x8000_0000, 0xffff_ffff),
      fc.integer({ min: 0, max: 0xffff_ffff }),
    ),
    bodyMaxBytes: fc.constant(bodyMaxBytes),
  })),
}

/** Whole frames, and behind them one that is cut short, that says too much, or that is none at all. */
function arbitraryStream(): fc.Arbitrary<Uint8Array> {
  const whole = bodies.map((bodies) => join(...bodies.map(framed)))
  const behind = fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.uint8Array({ maxLength: 12 }),
    body.chain((body) => fc.nat({ max: body.length + 4 }).map((end) => framed(body).subarray(0, end))),
    fc.constantFrom(headerOf(21), headerOf(0xffff_ffff), Uint8Array.of(0), Uint8Array.of(2, 1)),
  )
  const stream = fc.tuple(whole, behind).map((parts) => join(...parts))
  return fc.oneof({ arbitrary: stream, weight: 4 }, { arbitrary: arbitraryMutation(stream), weight: 1 })
}

function arbitraryPart(): fc.Arbitrary<FrameStream['last']> {
  return body.chain((body) => fc.nat({ max: body.length + 4 }).map((bytesCome) => ({ body, bytesCome })))
}

function join(...parts: ReadonlyArray<Uint8Array>): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
