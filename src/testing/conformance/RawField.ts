/**
 * Protobuf fields byte by byte, right and wrong: keys of any width and wire type, lengths that lie, groups that do
 * not match.
 */
import { varintBytes } from '../arbitrary/varints.js'

/** @internal Bytes of a message, or of a part of one. */
export type Raw = ReadonlyArray<number>

/** @internal The wire types of SPEC W2, those among them that there are not. */
export const WireType = { VARINT: 0, I64: 1, LEN: 2, GROUP: 3, END_GROUP: 4, I32: 5, SIX: 6, SEVEN: 7 } as const

/** @internal A varint, as short as can be or of `length` bytes. */
export function varint(value: bigint | number, length?: number): Raw {
  const bits = BigInt(value)
  return varintBytes(bits, length ?? Math.max(1, Math.ceil(bits.toString(2).length / 7)))
}

/** @internal A key, as short as can be or of `length` bytes. */
export function key(field: bigint | number, wireType: number, length?: number): Raw {
  return varint((BigInt(field) << 3n) | BigInt(wireType), length)
}

/** @internal A field that holds a number. */
export function number(field: number, value: bigint | number, length?: number): Raw {
  return [...key(field, WireType.VARINT), ...varint(value, length)]
}

/** @internal A field that holds bytes, and says that it holds `length` of them. */
export function delimited(field: number, bytes: Iterable<number>, length?: bigint | number): Raw {
  const body = [...bytes]
  return [...key(field, WireType.LEN), ...varint(length ?? body.length), ...body]
}

/** @internal A field that holds a text. */
export function text(field: number, value: string): Raw {
  return delimited(field, new TextEncoder().encode(value))
}

/** @internal Groups of one number, one in the other. */
export function groups(field: number, depth: number): Raw {
  return [
    ...Array.from({ length: depth }, () => key(field, WireType.GROUP)).flat(),
    ...Array.from({ length: depth }, () => key(field, WireType.END_GROUP)).flat(),
  ]
}
