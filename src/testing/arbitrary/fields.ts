/**
 * Encoded fields as lists of bytes, put together by hand: what the library's own encoder would not write
 * is what the decoder has to be tested with.
 */
import fc from 'fast-check'
import { NESTING_MAX } from '../../wire/Limits.js'
import { arbitraryText, arbitraryU64 } from './bytes.js'
import { varintOf } from './varints.js'

/** @internal */
export type Wire = ReadonlyArray<number>

/** @internal A varint, now and then longer than it need be (SPEC W1). */
export function arbitraryVarint(value: bigint): fc.Arbitrary<Wire> {
  const extra = fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, { arbitrary: fc.nat({ max: 9 }), weight: 1 })
  return extra.map((extra) => varintOf(value, extra))
}

/** @internal A field's key. */
export function arbitraryKey(fieldNumber: number, wireType: number): fc.Arbitrary<Wire> {
  return arbitraryVarint((BigInt(fieldNumber) << 3n) | BigInt(wireType))
}

/** @internal A length and what it is the length of. */
export function arbitraryDelimited(body: Wire): fc.Arbitrary<Wire> {
  return arbitraryVarint(BigInt(body.length)).map((length) => [...length, ...body])
}

/** @internal A field whose value is spelled already. */
export function arbitraryFieldOf(fieldNumber: number, wireType: number, value: fc.Arbitrary<Wire>): fc.Arbitrary<Wire> {
  return fc.tuple(arbitraryKey(fieldNumber, wireType), value).map((parts) => parts.flat())
}

/** @internal */
export function utf8(text: string): Wire {
  return [...new TextEncoder().encode(text)]
}

/**
 * @internal A field that a message without these field numbers does not have: of any wire type that can be
 * skipped, groups nested as deep as they may be (SPEC W8, W13). `depth` is how deep the message itself is.
 */
export function arbitraryUnknownField(known: ReadonlyArray<number>, depth: number): fc.Arbitrary<Wire> {
  return arbitraryUnknownNumber(known).chain((number) => fc.oneof(
    { arbitrary: arbitraryFieldOf(number, 0, arbitraryU64().chain(arbitraryVarint)), weight: 3 },
    { arbitrary: arbitraryFieldOf(number, 1, arbitraryBytes(8)), weight: 1 },
    { arbitrary: arbitraryFieldOf(number, 2, arbitraryText().map(utf8).chain(arbitraryDelimited)), weight: 3 },
    { arbitrary: arbitraryFieldOf(number, 5, arbitraryBytes(4)), weight: 1 },
    { arbitrary: arbitraryGroup(number), weight: 1 },
    { arbitrary: fc.constant(nestedGroups(number, NESTING_MAX - depth, [])), weight: 1 },
  ))
}

/** 29 bits, what a key of 32 leaves (SPEC W2). */
const FIELD_NUMBER_MAX = 2 ** 29 - 1

/** @internal Numbers that a message does not have: reserved ones, those next to its own, the greatest. */
export function arbitraryUnknownNumber(known: ReadonlyArray<number>): fc.Arbitrary<number> {
  const candidates = [4, 9, 10, 15, 16, 20, 31, 32, 0x800, FIELD_NUMBER_MAX]
  return fc.constantFrom(...candidates.filter((number) => !known.includes(number)))
}

/** @internal Groups in groups, all of one number, with `inner` in the innermost. */
export function nestedGroups(number: number, depth: number, inner: Wire): Wire {
  const key = (wireType: bigint): Wire => varintOf((BigInt(number) << 3n) | wireType, 0)
  const keys = (wireType: bigint): ReadonlyArray<Wire> => Array<Wire>(depth).fill(key(wireType))
  return [...keys(3n), inner, ...keys(4n)].flat()
}

/** In a group every number is unknown, the message's own too. */
function arbitraryGroup(number: number): fc.Arbitrary<Wire> {
  const inner = fc.integer({ min: 1, max: 20 })
    .chain((number) => arbitraryFieldOf(number, 0, arbitraryU64().chain(arbitraryVarint)))
  return fc.array(inner, { maxLength: 2 }).map((fields) => nestedGroups(number, 1, fields.flat()))
}

function arbitraryBytes(length: number): fc.Arbitrary<Wire> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => [...bytes])
}
