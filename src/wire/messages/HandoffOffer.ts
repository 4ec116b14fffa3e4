// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { type Cursor, cursor, finish, readBytes, readKey, readString, readUint64, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putBytes, putString, putUint64, sizeOfBytes, sizeOfString, sizeOfUint64 } from '../Encoding.js'

/**
 * A broker's offer of an open connection to a backend.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffOffer {
  /** The platform's handle, where it travels as a number. */
  readonly handleValue: bigint
  /** The one-time token the client was given. */
  readonly token: Uint8Array
  /** The service the client asked for. */
  readonly serviceName: string
  /** The connection_id of the negotiation this belongs to. */
  readonly correlationId: bigint
}

/**
 * A HandoffOffer with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_HANDOFF_OFFER: HandoffOffer = Object.freeze({
  handleValue: 0n,
  token: NO_BYTES,
  serviceName: '',
  correlationId: 0n,
})

/**
 * A HandoffOffer with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function handoffOffer(fields: Partial<HandoffOffer>): HandoffOffer {
  return { ...EMPTY_HANDOFF_OFFER, ...fields }
}

/**
 * Decodes a HandoffOffer; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeHandoffOffer(bytes: Uint8Array): Either<DecodeError, HandoffOffer> {
  const c = cursor(bytes)
  return finish(c, 'HandoffOffer', readHandoffOffer(c, c.end, 0, EMPTY_HANDOFF_OFFER))
}

/**
 * Encodes a HandoffOffer canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeHandoffOffer(message: HandoffOffer): Uint8Array {
  const out = new Uint8Array(sizeOfHandoffOffer(message))
  putHandoffOffer(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`. */
export function readHandoffOffer(c: Cursor, end: number, depth: number, base: HandoffOffer): HandoffOffer {
  let handleValue = base.handleValue
  let token = base.token
  let serviceName = base.serviceName
  let correlationId = base.correlationId
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x08: handleValue = readUint64(c); break
      case 0x12: token = readBytes(c); break
      case 0x1a: serviceName = readString(c); break
      case 0x20: correlationId = readUint64(c); break
      default: skipUnknown(c, start, key, 'HandoffOffer', 0x1e, depth)
    }
  }
  return {
    handleValue,
    token,
    serviceName,
    correlationId,
  }
}

/** @internal */
export function sizeOfHandoffOffer(message: HandoffOffer): number {
  return sizeOfUint64(message.handleValue)
    + sizeOfBytes(message.token)
    + sizeOfString(message.serviceName)
    + sizeOfUint64(message.correlationId)
}

/** @internal */
export function putHandoffOffer(out: Uint8Array, at: number, message: HandoffOffer): number {
  let end = at
  end = putUint64(out, end, 0x08, message.handleValue)
  end = putBytes(out, end, 0x12, message.token)
  end = putString(out, end, 0x1a, message.serviceName)
  end = putUint64(out, end, 0x20, message.correlationId)
  return end
}
