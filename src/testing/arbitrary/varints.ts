/**
 * Varints spelled by hand, so that they can be longer than an encoder would make them.
 */

/**
 * A varint of exactly `length` bytes, longer than need be where `value` is small; bits that do not
 * fit are dropped.
 *
 * @example
 * import assert from 'node:assert'
 * import { varintBytes } from 'hello-negotiation/testing'
 *
 * assert.deepEqual(varintBytes(1n, 3), [0x81, 0x80, 0x00])
 *
 * @category constructors
 * @since 0.1.0
 */
export function varintBytes(value: bigint, length: number): ReadonlyArray<number> {
  return Array.from({ length }, (_, i) => {
    const bits = Number((value >> BigInt(7 * i)) & 0x7fn)
    return i < length - 1 ? bits | 0x80 : bits
  })
}

/** @internal A varint `extra` bytes longer than it need be, but of at most `maxBytes`. */
export function varintOf(value: bigint, extra: number, maxBytes: number = VARINT_MAX_BYTES): ReadonlyArray<number> {
  const least = Math.max(1, Math.ceil(value.toString(2).length / 7))
  return varintBytes(value, Math.min(least + extra, maxBytes))
}

/** Of a legal one (SPEC W1). */
const VARINT_MAX_BYTES = 10
