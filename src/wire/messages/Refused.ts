// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { type Cursor, cursor, finish, readEnum, readKey, readMapEntry, readString, readUint32, readUint64, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putEnum, putMap, putString, putUint32, putUint64, sizeOfEnum, sizeOfMap, sizeOfString, sizeOfUint32, sizeOfUint64 } from '../Encoding.js'

/**
 * The broker's no.
 *
 * @category model
 * @since 0.1.0
 */
export interface Refused {
  /** What was wrong, in words that never change. */
  readonly reason: string
  /** The lowest protocol version the broker speaks. */
  readonly daemonMinProtocol: number
  /** The highest protocol version the broker speaks. */
  readonly daemonMaxProtocol: number
  /** What was wrong, as a number. One of `ErrorCode`, or a number it does not list. */
  readonly code: number
  /** More about it; v1 brokers send none. */
  readonly details: ReadonlyMap<string, string>
  /** When to try again, in milliseconds from now; 0 for no advice. */
  readonly retryAfterMs: bigint
}

/**
 * A Refused with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_REFUSED: Refused = Object.freeze({
  reason: '',
  daemonMinProtocol: 0,
  daemonMaxProtocol: 0,
  code: 0,
  details: new Map(),
  retryAfterMs: 0n,
})

/**
 * A Refused with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function refused(fields: Partial<Refused>): Refused {
  return { ...EMPTY_REFUSED, details: new Map(), ...fields }
}

/**
 * Decodes a Refused; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeRefused(bytes: Uint8Array): Either<DecodeError, Refused> {
  const c = cursor(bytes)
  return finish(c, 'Refused', readRefused(c, c.end, 0, EMPTY_REFUSED))
}

/**
 * Encodes a Refused canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeRefused(message: Refused): Uint8Array {
  const out = new Uint8Array(sizeOfRefused(message))
  putRefused(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`: the default, or a value this very decode made, whose lists grow in place. */
export function readRefused(c: Cursor, end: number, depth: number, base: Refused): Refused {
  let reason = base.reason
  let daemonMinProtocol = base.daemonMinProtocol
  let daemonMaxProtocol = base.daemonMaxProtocol
  let code = base.code
  const details = base === EMPTY_REFUSED ? new Map<string, string>() : (base.details as Map<string, string>)
  let retryAfterMs = base.retryAfterMs
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x0a: reason = readString(c); break
      case 0x10: daemonMinProtocol = readUint32(c); break
      case 0x18: daemonMaxProtocol = readUint32(c); break
      case 0x20: code = readEnum(c); break
      case 0x28: case 0x29: case 0x2a: case 0x2b: case 0x2c: case 0x2d:
        readMapEntry(c, details, depth); break
      case 0x30: retryAfterMs = readUint64(c); break
      default: skipUnknown(c, start, key, 'Refused', 0x7e, depth)
    }
  }
  return {
    reason,
    daemonMinProtocol,
    daemonMaxProtocol,
    code,
    details,
    retryAfterMs,
  }
}

/** @internal */
export function sizeOfRefused(message: Refused): number {
  return sizeOfString(message.reason)
    + sizeOfUint32(message.daemonMinProtocol)
    + sizeOfUint32(message.daemonMaxProtocol)
    + sizeOfEnum(message.code)
    + sizeOfMap(message.details)
    + sizeOfUint64(message.retryAfterMs)
}

/** @internal */
export function putRefused(out: Uint8Array, at: number, message: Refused): number {
  let end = at
  end = putString(out, end, 0x0a, message.reason)
  end = putUint32(out, end, 0x10, message.daemonMinProtocol)
  end = putUint32(out, end, 0x18, message.daemonMaxProtocol)
  end = putEnum(out, end, 0x20, message.code)
  end = putMap(out, end, 0x2a, message.details)
  end = putUint64(out, end, 0x30, message.retryAfterMs)
  return end
}
