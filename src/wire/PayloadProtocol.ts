/**
 * The registry of payload protocols: which numbers are taken, and which a consumer may take.
 *
 * **Laws**
 *  1. Every u16 is in exactly one range; nothing else is in any (SPEC M6).
 *  2. A number passes `checkConsumerProtocol` exactly where it is in the registered or the private range
 *     and none of this protocol's own (SPEC M6).
 *
 * **Contract** the numbers and the ranges are frozen; numbers are only ever added.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { isU32 } from '../data/U64.js'
import { PAYLOAD_PROTOCOL_CONTROL, PAYLOAD_PROTOCOL_HANDOFF } from './Limits.js'

/**
 * Admin verbs (SPEC M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_ADMIN = 0xad01

/**
 * Asking a backend who it is (SPEC M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_PROBE = 0xb232

/**
 * Sessions relayed through a broker (SPEC M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_SESSION = 0x5350

/**
 * The consumer zccache (SPEC M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_ZCCACHE = 0x7a63

/**
 * The consumer clud (SPEC M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_CLUD = 0x7c4c

/**
 * The consumer fbuild (SPEC M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_FBUILD = 0x7eb1

/**
 * The greatest number of a payload protocol, although its field on the wire is wider (SPEC M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_MAX = 0xffff

/**
 * A part of the numbers: this protocol's own, consumers' by registration, kept back, anybody's.
 *
 * @category model
 * @since 0.1.0
 */
export type PayloadProtocolRange = 'FirstParty' | 'Private' | 'Registered' | 'Reserved'

/**
 * A number that is taken.
 *
 * @category model
 * @since 0.1.0
 */
export interface RegisteredProtocol {
  readonly id: number
  readonly name: string
  readonly owner: 'Consumer' | 'FirstParty'
}

/**
 * Why a number is not for a consumer to use.
 *
 * @category model
 * @since 0.1.0
 */
export type ConsumerProtocolError =
  | { readonly _tag: 'FirstPartyProtocol'; readonly actual: number; readonly name: string }
  | { readonly _tag: 'PayloadProtocolNotU16'; readonly actual: number; readonly max: number }
  | { readonly _tag: 'RangeNotForConsumers'; readonly actual: number; readonly range: 'FirstParty' | 'Reserved' }

/**
 * The numbers that are taken (SPEC M6). Three of this protocol's own are older than the ranges and lie
 * in the reserved one, so its own are told by this table, not by their range.
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOLS: ReadonlyArray<RegisteredProtocol> = Object.freeze([
  { id: PAYLOAD_PROTOCOL_CONTROL, name: 'control', owner: 'FirstParty' },
  { id: PAYLOAD_PROTOCOL_SESSION, name: 'session', owner: 'FirstParty' },
  { id: PAYLOAD_PROTOCOL_ZCCACHE, name: 'zccache', owner: 'Consumer' },
  { id: PAYLOAD_PROTOCOL_CLUD, name: 'clud', owner: 'Consumer' },
  { id: PAYLOAD_PROTOCOL_FBUILD, name: 'fbuild', owner: 'Consumer' },
  { id: PAYLOAD_PROTOCOL_ADMIN, name: 'admin', owner: 'FirstParty' },
  { id: PAYLOAD_PROTOCOL_PROBE, name: 'probe', owner: 'FirstParty' },
  { id: PAYLOAD_PROTOCOL_HANDOFF, name: 'handoff', owner: 'FirstParty' },
])

/** Each range with its last number, in order. */
const RANGES: ReadonlyArray<readonly [last: number, range: PayloadProtocolRange]> = [
  [0x6fff, 'FirstParty'], [0x7eff, 'Registered'], [0xefff, 'Reserved'], [PAYLOAD_PROTOCOL_MAX, 'Private'],
]

/**
 * The range a number is in, or `undefined` where it is no u16 (SPEC M6).
 *
 * @category queries
 * @since 0.1.0
 */
export function rangeOf(id: number): PayloadProtocolRange | undefined {
  // No range reaches beyond the last u16, so that whole numbers and no others are left to tell apart.
  return isU32(id) ? RANGES.find(([last]) => id <= last)?.[1] : undefined
}

/**
 * Who has taken a number, or `undefined` where nobody has (SPEC M6).
 *
 * @category queries
 * @since 0.1.0
 */
export function registeredProtocol(id: number): RegisteredProtocol | undefined {
  return PAYLOAD_PROTOCOLS.find((protocol) => protocol.id === id)
}

/**
 * Checks the number of a consumer's own protocol; the number itself is the answer (SPEC M6).
 *
 * @example
 * import assert from 'node:assert'
 * import { checkConsumerProtocol } from 'hello-negotiation/wire'
 *
 * assert.deepEqual(checkConsumerProtocol(0x7a63), { _tag: 'Right', right: 0x7a63 })
 * assert.deepEqual(checkConsumerProtocol(0xd0ff), {
 *   _tag: 'Left', left: { _tag: 'FirstPartyProtocol', actual: 0xd0ff, name: 'handoff' },
 * })
 *
 * @category steps
 * @since 0.1.0
 */
export function checkConsumerProtocol(id: number): Either<ConsumerProtocolError, number> {
  const range = rangeOf(id)
  if (range === undefined) return E.left({ _tag: 'PayloadProtocolNotU16', actual: id, max: PAYLOAD_PROTOCOL_MAX })
  const taken = registeredProtocol(id)
  if (taken?.owner === 'FirstParty') return E.left({ _tag: 'FirstPartyProtocol', actual: id, name: taken.name })
  return range === 'Private' || range === 'Registered'
    ? E.right(id)
    : E.left({ _tag: 'RangeNotForConsumers', actual: id, range })
}
