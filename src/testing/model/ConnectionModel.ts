/**
 * A connection that is plainly right: everything that has come so far in one piece, looked at afresh each time.
 */
import type { Frame } from '../../wire/messages/Frame.js'
import type { RefusalName } from './RefusalModel.js'
import * as WireModel from './WireModel.js'

/**
 * What bytes amount to: a frame, a refusal, or too little to tell.
 *
 * @category model
 * @since 0.1.0
 */
export type Heard =
  | { readonly _tag: 'Frame'; readonly frame: Frame }
  | { readonly _tag: 'NeedData' }
  | { readonly _tag: 'Refusal'; readonly name: RefusalName }

/**
 * A connection: who it is with, what has come, and until when a whole frame must have.
 *
 * @category model
 * @since 0.1.0
 */
export interface ConnectionModel {
  readonly bytes: ReadonlyArray<number>
  readonly hasEnded: boolean
  readonly isOverdue: boolean
  readonly deadlineMs: number
}

/**
 * The opening that all bytes so far amount to (SPEC F1–F5, C3, C4, C7).
 *
 * @category queries
 * @since 0.1.0
 */
export function heard({ bytes, hasEnded, isOverdue }: Omit<ConnectionModel, 'deadlineMs'>): Heard {
  const incomplete: Heard = hasEnded ? refusal('UnexpectedEnd')
    : isOverdue ? refusal('HelloDeadlineExceeded')
    : { _tag: 'NeedData' }
  const [version, first, second, third, fourth] = bytes
  if (version === undefined) return incomplete
  if (version !== 0x01) return refusal('UnsupportedFraming')
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) return incomplete
  const length = first + 0x100 * second + 0x1_0000 * third + 0x100_0000 * fourth
  if (length > 65_536) return refusal('BodyTooLarge')
  if (bytes.length < 5 + length) return incomplete
  const frame = WireModel.decode('Frame', Uint8Array.from(bytes.slice(5, 5 + length)))
  return frame === undefined ? refusal('MalformedFrame') : { _tag: 'Frame', frame }
}

/**
 * A body with the header in front (SPEC F1).
 *
 * @category encodings
 * @since 0.1.0
 */
export function framed(body: Uint8Array): Uint8Array {
  const length = [body.length, body.length >> 8, body.length >> 16, body.length >> 24].map((bits) => bits & 0xff)
  return Uint8Array.from([0x01, ...length, ...body])
}

function refusal(name: RefusalName): Heard {
  return { _tag: 'Refusal', name }
}
