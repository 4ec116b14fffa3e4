// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { type Cursor, cursor, finish, readBytes, readKey, readString, readUint32, readUint64, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putBytes, putString, putStrings, putUint32, putUint64, sizeOfBytes, sizeOfString, sizeOfStrings, sizeOfUint32, sizeOfUint64 } from '../Encoding.js'

/**
 * The broker's yes: where the backend is and what was agreed.
 *
 * @category model
 * @since 0.1.0
 */
export interface Negotiated {
  /** The protocol version agreed on; always 1. */
  readonly negotiatedProtocol: number
  /** The backend's version. */
  readonly daemonVersion: string
  /** The endpoint to connect to. */
  readonly backendPipe: string
  /** Remarks for a person; v1 brokers send none. */
  readonly warnings: ReadonlyArray<string>
  /** What the backend can do; bit 0 is set where a handoff token was issued. */
  readonly serverCapabilities: bigint
  /** How often to send keepalives, in seconds. */
  readonly keepaliveIntervalSecs: bigint
  /** A one-time handoff token of 16 bytes, or nothing. */
  readonly handlePassedToken: Uint8Array
  /** The broker's number for this connection. */
  readonly connectionId: bigint
}

/**
 * A Negotiated with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_NEGOTIATED: Negotiated = Object.freeze({
  negotiatedProtocol: 0,
  daemonVersion: '',
  backendPipe: '',
  warnings: [],
  serverCapabilities: 0n,
  keepaliveIntervalSecs: 0n,
  handlePassedToken: NO_BYTES,
  connectionId: 0n,
})

/**
 * A Negotiated with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function negotiated(fields: Partial<Negotiated>): Negotiated {
  return { ...EMPTY_NEGOTIATED, warnings: [], ...fields }
}

/**
 * Decodes a Negotiated; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeNegotiated(bytes: Uint8Array): Either<DecodeError, Negotiated> {
  const c = cursor(bytes)
  return finish(c, 'Negotiated', readNegotiated(c, c.end, 0, EMPTY_NEGOTIATED))
}

/**
 * Encodes a Negotiated canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeNegotiated(message: Negotiated): Uint8Array {
  const out = new Uint8Array(sizeOfNegotiated(message))
  putNegotiated(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`: the default, or a value this very decode made, whose lists grow in place. */
export function readNegotiated(c: Cursor, end: number, depth: number, base: Negotiated): Negotiated {
  let negotiatedProtocol = base.negotiatedProtocol
  let daemonVersion = base.daemonVersion
  let backendPipe = base.backendPipe
  const warnings = base === EMPTY_NEGOTIATED ? [] : (base.warnings as Array<string>)
  let serverCapabilities = base.serverCapabilities
  let keepaliveIntervalSecs = base.keepaliveIntervalSecs
  let handlePassedToken = base.handlePassedToken
  let connectionId = base.connectionId
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x08: negotiatedProtocol = readUint32(c); break
      case 0x12: daemonVersion = readString(c); break
      case 0x1a: backendPipe = readString(c); break
      case 0x22: warnings.push(readString(c)); break
      case 0x28: serverCapabilities = readUint64(c); break
      case 0x30: keepaliveIntervalSecs = readUint64(c); break
      case 0x3a: handlePassedToken = readBytes(c); break
      case 0x40: connectionId = readUint64(c); break
      default: skipUnknown(c, start, key, 'Negotiated', 0x1fe, depth)
    }
  }
  return {
    negotiatedProtocol,
    daemonVersion,
    backendPipe,
    warnings,
    serverCapabilities,
    keepaliveIntervalSecs,
    handlePassedToken,
    connectionId,
  }
}

/** @internal */
export function sizeOfNegotiated(message: Negotiated): number {
  return sizeOfUint32(message.negotiatedProtocol)
    + sizeOfString(message.daemonVersion)
    + sizeOfString(message.backendPipe)
    + sizeOfStrings(message.warnings)
    + sizeOfUint64(message.serverCapabilities)
    + sizeOfUint64(message.keepaliveIntervalSecs)
    + sizeOfBytes(message.handlePassedToken)
    + sizeOfUint64(message.connectionId)
}

/** @internal */
export function putNegotiated(out: Uint8Array, at: number, message: Negotiated): number {
  let end = at
  end = putUint32(out, end, 0x08, message.negotiatedProtocol)
  end = putString(out, end, 0x12, message.daemonVersion)
  end = putString(out, end, 0x1a, message.backendPipe)
  end = putStrings(out, end, 0x22, message.warnings)
  end = putUint64(out, end, 0x28, message.serverCapabilities)
  end = putUint64(out, end, 0x30, message.keepaliveIntervalSecs)
  end = putBytes(out, end, 0x3a, message.handlePassedToken)
  end = putUint64(out, end, 0x40, message.connectionId)
  return end
}
