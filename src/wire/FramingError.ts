/**
 * Why a stream of frames cannot be read on.
 */
import { absurd } from '../data/absurd.js'

/**
 * Why a stream cannot be read on (SPEC F5, F6).
 *
 * @category model
 * @since 0.1.0
 */
export type FramingError = BodyTooLarge | UnexpectedEnd | UnsupportedFraming

/**
 * A header announces more than the cap.
 *
 * @category model
 * @since 0.1.0
 */
export interface BodyTooLarge {
  readonly _tag: 'BodyTooLarge'
  readonly actual: number
  readonly max: number
}

/**
 * The stream ended inside a frame.
 *
 * @category model
 * @since 0.1.0
 */
export interface UnexpectedEnd {
  readonly _tag: 'UnexpectedEnd'
  readonly context: 'framing byte' | 'body length header' | 'frame body'
}

/**
 * The first byte is not the framing version.
 *
 * @category model
 * @since 0.1.0
 */
export interface UnsupportedFraming {
  readonly _tag: 'UnsupportedFraming'
  readonly actual: number
  readonly expected: number
}

/**
 * The error in the reference's words (SPEC F6).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeFramingError(error: FramingError): string {
  switch (error._tag) {
    case 'BodyTooLarge':
      return `frame body too large: ${error.actual} bytes exceeds cap ${error.max}`
    case 'UnexpectedEnd':
      return `unexpected EOF while reading frame (${error.context})`
    case 'UnsupportedFraming':
      return `unsupported framing version: got ${error.actual}, expected ${error.expected}`
    default:
      return absurd(error)
  }
}
