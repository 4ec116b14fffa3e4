/**
 * Frames in a stream of bytes: 0x01, four little-endian bytes of length, a body (SPEC F1–F8).
 *
 * **State** the bytes pushed and not yet taken, the cap on a body, and whether the stream has ended.
 * Invariant: a framing that has failed keeps the header that made it fail, and says the same thing again.
 *
 * **Laws**
 *  1. However the bytes are cut into chunks, `next` gives the same frames, errors and remainder.
 *  2. The first byte is compared before anything else, and the cap on the header alone: a body that
 *     is too large is refused before one byte of it is waited for (SPEC F2).
 *  3. Nothing is taken until a frame is whole; `next` after `NeedData` without a push is `NeedData` again.
 *  4. The cost of n bytes is linear in n, whatever the chunks.
 *
 * **Not here** reading and writing: the caller pushes what it has read and writes what it is handed.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as ByteQueue from '../data/ByteQueue.js'
import { type Step, step } from '../data/Step.js'
import { framed, readHeader } from './FrameHeader.js'
import type { BodyTooLarge, FramingError, UnsupportedFraming } from './FramingError.js'
import { FRAME_BODY_MAX_BYTES, HEADER_BYTES } from './Limits.js'

export {
  type BodyTooLarge, describeFramingError, type FramingError, type UnexpectedEnd, type UnsupportedFraming,
} from './FramingError.js'

/**
 * What is left of a stream, and the rules for reading on.
 *
 * @category model
 * @since 0.1.0
 */
export interface Framing {
  readonly pending: ByteQueue.ByteQueue
  readonly bodyMaxBytes: number
  readonly ended: boolean
}

/**
 * One event of a stream.
 *
 * @category model
 * @since 0.1.0
 */
export type FramingEvent = FrameBody | FramingFailed | NeedData

/**
 * A whole frame; `body` is an owned copy of its body.
 *
 * @category model
 * @since 0.1.0
 */
export interface FrameBody {
  readonly _tag: 'FrameBody'
  readonly body: Uint8Array
}

/**
 * The stream cannot be read on.
 *
 * @category model
 * @since 0.1.0
 */
export interface FramingFailed {
  readonly _tag: 'FramingFailed'
  readonly error: FramingError
}

/**
 * The frame is not whole yet: push more, or push the end.
 *
 * @category model
 * @since 0.1.0
 */
export interface NeedData {
  readonly _tag: 'NeedData'
}

/**
 * The event of a frame that is not whole yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NEED_DATA: NeedData = Object.freeze({ _tag: 'NeedData' })

/**
 * A stream of which nothing has come yet; bodies may have up to `bodyMaxBytes` bytes (SPEC F3).
 *
 * @category constructors
 * @since 0.1.0
 */
export function framing(bodyMaxBytes: number = FRAME_BODY_MAX_BYTES): Framing {
  return { pending: ByteQueue.EMPTY_QUEUE, bodyMaxBytes, ended: false }
}

/**
 * Stores a copy of `chunk`; what comes after the end, or after a failure, is not stored.
 *
 * @example
 * import assert from 'node:assert'
 * import { Framing } from 'hello-negotiation/wire'
 *
 * const half = Framing.push(Framing.framing(), Uint8Array.of(0x01, 0x02, 0x00))
 * assert.equal(Framing.next(half).value._tag, 'NeedData')
 *
 * const whole = Framing.push(half, Uint8Array.of(0x00, 0x00, 0x08, 0x01, 0xff))
 * const { state, value } = Framing.next(whole)
 * assert.deepEqual(value, { _tag: 'FrameBody', body: Uint8Array.of(0x08, 0x01) })
 * assert.deepEqual(Framing.remainder(state), Uint8Array.of(0xff))
 *
 * @category steps
 * @since 0.1.0
 */
export function push(framing: Framing, chunk: Uint8Array): Framing {
  return framing.ended ? framing : { ...framing, pending: ByteQueue.push(framing.pending, chunk) }
}

/**
 * Notes that no more bytes will come.
 *
 * @category steps
 * @since 0.1.0
 */
export function pushEnd(framing: Framing): Framing {
  return framing.ended ? framing : { ...framing, ended: true }
}

/**
 * Takes the next frame, if it is whole (SPEC F2, F5, F8).
 *
 * @category steps
 * @since 0.1.0
 */
export function next(framing: Framing): Step<Framing, FramingEvent> {
  const { pending, bodyMaxBytes } = framing
  const header = readHeader(pending.buffer, pending.start, pending.end, bodyMaxBytes)
  if (header._tag === 'Incomplete') {
    return framing.ended ? failed(framing, { _tag: 'UnexpectedEnd', context: header.context }) : step(framing, NEED_DATA)
  }
  if (header._tag !== 'Whole') return failed(withOffence(framing, header), header)
  const { state, value } = ByteQueue.take(ByteQueue.drop(pending, HEADER_BYTES), header.bodyBytes)
  return step({ ...framing, pending: state }, { _tag: 'FrameBody', body: value })
}

/**
 * A copy of the bytes pushed and not taken.
 *
 * @category queries
 * @since 0.1.0
 */
export function remainder(framing: Framing): Uint8Array {
  return ByteQueue.take(framing.pending, ByteQueue.size(framing.pending)).value
}

/**
 * A whole frame around `body`, or the refusal to write one that no reader would accept (SPEC F7).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeFramed(body: Uint8Array): Either<BodyTooLarge, Uint8Array> {
  return body.length > FRAME_BODY_MAX_BYTES
    ? E.left({ _tag: 'BodyTooLarge', actual: body.length, max: FRAME_BODY_MAX_BYTES })
    : E.right(framed(body))
}

/**
 * What made a stream fail is kept, so that it fails again when asked. What came behind it is not, nor
 * what will come: a stream that cannot be read on must cost no memory, whatever the peer goes on sending.
 */
function withOffence(framing: Framing, error: BodyTooLarge | UnsupportedFraming): Framing {
  const offence = ByteQueue.take(framing.pending, error._tag === 'BodyTooLarge' ? HEADER_BYTES : 1).value
  return { ...framing, pending: ByteQueue.push(ByteQueue.EMPTY_QUEUE, offence), ended: true }
}

function failed(framing: Framing, error: FramingError): Step<Framing, FramingEvent> {
  return step(framing, { _tag: 'FramingFailed', error })
}
