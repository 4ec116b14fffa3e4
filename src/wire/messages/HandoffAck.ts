// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { type Cursor, cursor, finish, readBool, readBytes, readKey, readString, readUint64, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putBool, putBytes, putString, putUint64, sizeOfBool, sizeOfBytes, sizeOfString, sizeOfUint64 } from '../Encoding.js'

/**
 * A backend's answer to an offer.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffAck {
  /** The token of the offer, echoed. */
  readonly token: Uint8Array
  /** Whether the backend took the connection. */
  readonly accepted: boolean
  /** Why not, where it did not. */
  readonly errorDetail: string
  /** The correlation_id of the offer, echoed. */
  readonly correlationId: bigint
}

/**
 * A HandoffAck with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_HANDOFF_ACK: HandoffAck = Object.freeze({
  token: NO_BYTES,
  accepted: false,
  errorDetail: '',
  correlationId: 0n,
})

/**
 * A HandoffAck with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function handoffAck(fields: Partial<HandoffAck>): HandoffAck {
  return { ...EMPTY_HANDOFF_ACK, ...fields }
}

/**
 * Decodes a HandoffAck; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeHandoffAck(bytes: Uint8Array): Either<DecodeError, HandoffAck> {
  const c = cursor(bytes)
  return finish(c, 'HandoffAck', readHandoffAck(c, c.end, 0, EMPTY_HANDOFF_ACK))
}

/**
 * Encodes a HandoffAck canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeHandoffAck(message: HandoffAck): Uint8Array {
  const out = new Uint8Array(sizeOfHandoffAck(message))
  putHandoffAck(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`. */
export function readHandoffAck(c: Cursor, end: number, depth: number, base: HandoffAck): HandoffAck {
  let token = base.token
  let accepted = base.accepted
  let errorDetail = base.errorDetail
  let correlationId = base.correlationId
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x0a: token = readBytes(c); break
      case 0x10: accepted = readBool(c); break
      case 0x1a: errorDetail = readString(c); break
      case 0x20: correlationId = readUint64(c); break
      default: skipUnknown(c, start, key, 'HandoffAck', 0x1e, depth)
    }
  }
  return {
    token,
    accepted,
    errorDetail,
    correlationId,
  }
}

/** @internal */
export function sizeOfHandoffAck(message: HandoffAck): number {
  return sizeOfBytes(message.token)
    + sizeOfBool(message.accepted)
    + sizeOfString(message.errorDetail)
    + sizeOfUint64(message.correlationId)
}

/** @internal */
export function putHandoffAck(out: Uint8Array, at: number, message: HandoffAck): number {
  let end = at
  end = putBytes(out, end, 0x0a, message.token)
  end = putBool(out, end, 0x10, message.accepted)
  end = putString(out, end, 0x1a, message.errorDetail)
  end = putUint64(out, end, 0x20, message.correlationId)
  return end
}
