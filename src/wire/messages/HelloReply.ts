// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../../data/absurd.js'
import { type Cursor, cursor, finish, leave, readKey, readLength, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putDelimiter, sizeOfDelimited } from '../Encoding.js'
import { EMPTY_NEGOTIATED, type Negotiated, putNegotiated, readNegotiated, sizeOfNegotiated } from './Negotiated.js'
import { EMPTY_REFUSED, type Refused, putRefused, readRefused, sizeOfRefused } from './Refused.js'

/**
 * The answer to a Hello: yes or no.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloReply {
  readonly result:
    | { readonly _tag: 'Negotiated'; readonly negotiated: Negotiated }
    | { readonly _tag: 'Refused'; readonly refused: Refused }
    | { readonly _tag: 'Missing' }
}

/**
 * A HelloReply that says neither.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_HELLO_REPLY: HelloReply = Object.freeze({ result: Object.freeze({ _tag: 'Missing' }) })

/**
 * Decodes a HelloReply; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeHelloReply(bytes: Uint8Array): Either<DecodeError, HelloReply> {
  const c = cursor(bytes)
  return finish(c, 'HelloReply', readHelloReply(c, c.end, 0, EMPTY_HELLO_REPLY))
}

/**
 * Encodes a HelloReply canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeHelloReply(message: HelloReply): Uint8Array {
  const out = new Uint8Array(sizeOfHelloReply(message))
  putHelloReply(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`: the same member again merges, another replaces (SPEC W7). */
export function readHelloReply(c: Cursor, end: number, depth: number, base: HelloReply): HelloReply {
  let result = base.result
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x0a: {
        const before = result._tag === 'Negotiated' ? result.negotiated : EMPTY_NEGOTIATED
        const memberEnd = readLength(c)
        result = { _tag: 'Negotiated', negotiated: readNegotiated(c, memberEnd, depth + 1, before) }
        leave(c, memberEnd)
        break
      }
      case 0x12: {
        const before = result._tag === 'Refused' ? result.refused : EMPTY_REFUSED
        const memberEnd = readLength(c)
        result = { _tag: 'Refused', refused: readRefused(c, memberEnd, depth + 1, before) }
        leave(c, memberEnd)
        break
      }
      default: skipUnknown(c, start, key, 'HelloReply', 0x06, depth)
    }
  }
  return { result }
}

/** @internal */
export function sizeOfHelloReply(message: HelloReply): number {
  const { result } = message
  switch (result._tag) {
    case 'Negotiated': return sizeOfDelimited(sizeOfNegotiated(result.negotiated))
    case 'Refused': return sizeOfDelimited(sizeOfRefused(result.refused))
    case 'Missing': return 0
    default: return absurd(result)
  }
}

/** @internal */
export function putHelloReply(out: Uint8Array, at: number, message: HelloReply): number {
  const { result } = message
  switch (result._tag) {
    case 'Negotiated': {
      const body = putDelimiter(out, at, 0x0a, sizeOfNegotiated(result.negotiated))
      return putNegotiated(out, body, result.negotiated)
    }
    case 'Refused': {
      const body = putDelimiter(out, at, 0x12, sizeOfRefused(result.refused))
      return putRefused(out, body, result.refused)
    }
    case 'Missing': return at
    default: return absurd(result)
  }
}
