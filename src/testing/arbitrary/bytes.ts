/**
 * Bytes for fast-check: hostile ones, the ways to cut them, and the numbers and texts they spell.
 *
 * Random bytes alone hardly ever get past the first key of a message, so most of what is made here
 * looks like protobuf and is wrong in one place.
 */
import fc from 'fast-check'
import { MAX_U32, MAX_U64 } from '../../data/U64.js'
import { varintOf } from './varints.js'

/**
 * A u32, often one next to where its encoding grows.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryU32(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(...U32_EDGES), fc.nat({ max: 300 }), fc.integer({ min: 0, max: MAX_U32 }))
}

const U32_EDGES = [
  0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000, 0xfff_ffff, 0x1000_0000, 0x7fff_ffff, 0x8000_0000, MAX_U32,
]

/**
 * A u64, often one next to where its encoding grows or where its halves meet.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryU64(): fc.Arbitrary<bigint> {
  return fc.oneof(fc.constantFrom(...U64_EDGES), arbitraryU32().map(BigInt), fc.bigInt({ min: 0n, max: MAX_U64 }))
}

const U64_EDGES = [7n, 14n, 21n, 28n, 31n, 32n, 35n, 42n, 49n, 53n, 56n, 63n, 64n]
  .flatMap((bits) => [(1n << bits) - 1n, 1n << bits, 1n << (bits - 1n) | 1n])
  .filter((value) => value <= MAX_U64)

/**
 * A number that is no u32: one beyond each end, a fraction, an infinity, or none at all.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNoU32(): fc.Arbitrary<number> {
  return fc.constantFrom(-1, MAX_U32 + 1, 0.5, 2 ** 53, -(2 ** 31), Infinity, -Infinity, Number.NaN)
}

/**
 * A bigint that is no u64: one beyond each end, or further out.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNoU64(): fc.Arbitrary<bigint> {
  return fc.constantFrom(-1n, MAX_U64 + 1n, -(1n << 63n), 1n << 65n)
}

/**
 * Well-formed text: any at all, what a careless look-up in an object would find, and runs of one character whose UTF-8
 * length is next to a cap or to where a length grows; some of it begins with a byte order mark.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryText(): fc.Arbitrary<string> {
  const character = fc.constantFrom('a', 'é', '€', '\ufeff', '😀')
  const run = fc.tuple(character, fc.constantFrom(1, 63, 64, 65, 127, 128, 129), fc.nat({ max: 3 }))
    .map(([character, bytes, ascii]) => character.repeat(Math.ceil(bytes / utf8Bytes(character))) + 'z'.repeat(ascii))
  const any = arbitraryTextFrom(arbitraryCharacter())
  const ascii = arbitraryTextFrom(fc.integer({ min: 0x20, max: 0x7e }).map((point) => String.fromCodePoint(point)))
  return fc.oneof(any, ascii, run, any.map((text) => `\ufeff${text}`), fc.constantFrom(...AWKWARD_TEXTS))
}

const AWKWARD_TEXTS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', '\0', '\n', '-0']

/**
 * @internal Texts of these characters. fast-check's own `string` looks up awkward texts in every set of characters it
 * is given, which takes a quarter of a second where these are all of Unicode, and an arbitrary is made anew for every
 * value that others depend on.
 */
export function arbitraryTextFrom(character: fc.Arbitrary<string>, constraints: fc.ArrayConstraints = {}): fc.Arbitrary<string> {
  return fc.array(character, constraints).map((characters) => characters.join(''))
}

/** Any code point but a surrogate, those of each length in UTF-8 equally often. */
function arbitraryCharacter(): fc.Arbitrary<string> {
  const ranges = [[0, 0x7f], [0x80, 0x7ff], [0x800, 0xd7ff], [0xe000, 0xffff], [0x1_0000, 0x10_ffff]] as const
  return fc.oneof(...ranges.map(([min, max]) => fc.integer({ min, max }))).map((point) => String.fromCodePoint(point))
}

/**
 * Well-formed text of exactly this many UTF-8 bytes, of characters of one to four bytes each: where
 * they are long, JavaScript's own count of it is far lower.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryTextOfBytes(byteCount: number): fc.Arbitrary<string> {
  return fc.constantFrom('a', 'é', '€', '😀').map((character) => {
    const times = Math.floor(byteCount / utf8Bytes(character))
    return character.repeat(times) + 'z'.repeat(byteCount - times * utf8Bytes(character))
  })
}

/**
 * Well-formed text of at most this many UTF-8 bytes: often exactly as many, or one fewer.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryTextUpTo(maxBytes: number): fc.Arbitrary<string> {
  const short = fc.nat({ max: Math.min(maxBytes, 8) })
  return fc.oneof(short, fc.constant(maxBytes), fc.constant(Math.max(0, maxBytes - 1))).chain(arbitraryTextOfBytes)
}

/** Naive on purpose: what is tested against it counts without encoding. */
function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

/**
 * Text with a lone surrogate in it, which UTF-8 cannot spell.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryLoneSurrogates(): fc.Arbitrary<string> {
  const lone = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit))
  // A well-formed text neither begins with a low surrogate nor ends with a high one, so it completes none.
  return fc.tuple(arbitraryText(), lone, arbitraryText()).map((parts) => parts.join(''))
}

/**
 * Bytes that a decoder must answer for and had better not trust: at random, like protobuf, and
 * encodings of `valid` messages that were changed.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHostileBytes(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { arbitrary: fc.uint8Array({ maxLength: 64 }), weight: 1 },
    { arbitrary: arbitraryProtobufBytes(), weight: 4 },
    { arbitrary: arbitraryMutation(valid), weight: 4 },
  )
}

/**
 * Bytes that look like a message: keys of every wire type and width, varints longer than need be,
 * lengths that lie, groups nested up to and beyond the limit; some end too soon.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryProtobufBytes(): fc.Arbitrary<Uint8Array> {
  const message = fc.array(arbitraryField(), { maxLength: 6 }).map((fields) => Uint8Array.from(fields.flat()))
  return fc.oneof({ arbitrary: message, weight: 3 }, { arbitrary: arbitraryMutation(message), weight: 1 })
}

/**
 * Valid bytes with one change: cut short, one byte overwritten, bytes put in, taken out, or said twice.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryMutation(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const inserted = fc.uint8Array({ maxLength: 3 })
  return fc.tuple(valid, fc.nat(), fc.nat({ max: 4 }), inserted, fc.boolean()).map(([bytes, where, removed, inserted, isTwice]) => {
    const at = where % (bytes.length + 1)
    const changed = [...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + removed)]
    return Uint8Array.from(isTwice ? [...bytes, ...changed] : changed)
  })
}

/** One field: a key, perhaps longer than need be, and what its wire type calls for, or not quite. */
function arbitraryField(): fc.Arbitrary<ReadonlyArray<number>> {
  const key = (wireType: number): fc.Arbitrary<ReadonlyArray<number>> =>
    fc.tuple(arbitraryFieldNumber(), fc.oneof(fc.constant(0), fc.nat({ max: 10 })))
      .map(([field, extra]) => hostileVarint((BigInt(field) << 3n) | BigInt(wireType), extra))
  const varint = fc.tuple(arbitraryU64(), fc.nat({ max: 10 })).map(([value, extra]) => hostileVarint(value, extra))
  const bytes = (length: number): fc.Arbitrary<ReadonlyArray<number>> =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => [...bytes])
  const delimited = fc.tuple(arbitraryInner(), fc.constantFrom(0, 0, 0, 0, 1, -1, 200), fc.nat({ max: 9 }))
    .map(([inner, lie, extra]) => [...hostileVarint(BigInt(Math.max(0, inner.length + lie)), extra), ...inner])
  const field = (wireType: number, body: fc.Arbitrary<ReadonlyArray<number>>): fc.Arbitrary<ReadonlyArray<number>> =>
    fc.tuple(key(wireType), body).map((parts) => parts.flat())
  return fc.oneof(
    { arbitrary: field(0, varint), weight: 4 },
    { arbitrary: field(1, bytes(8)), weight: 1 },
    { arbitrary: field(2, delimited), weight: 6 },
    { arbitrary: field(5, bytes(4)), weight: 1 },
    { arbitrary: arbitraryGroup(), weight: 1 },
    { arbitrary: fc.constantFrom(3, 4, 6, 7).chain(key), weight: 1 },
  )
}

/** Up to twelve bytes, two more than a varint may have. */
function hostileVarint(value: bigint, extra: number): ReadonlyArray<number> {
  return varintOf(value, extra, 12)
}

function arbitraryFieldNumber(): fc.Arbitrary<number> {
  return fc.oneof({ arbitrary: fc.nat({ max: 20 }), weight: 9 }, { arbitrary: fc.integer({ min: 0, max: 2 ** 30 }), weight: 1 })
}

/** What a length-delimited field may hold: text, map entries, small messages, noise. */
function arbitraryInner(): fc.Arbitrary<ReadonlyArray<number>> {
  const text = arbitraryTextFrom(arbitraryCharacter(), { maxLength: 6 }).map((text) => [...new TextEncoder().encode(text)])
  const entry = fc.tuple(text, text).map(([key, value]) => [0x0a, key.length, ...key, 0x12, value.length, ...value])
  const numbers = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 0x7f })), { maxLength: 3 })
    .map((fields) => fields.flatMap(([field, value]) => [field << 3, value]))
  return fc.oneof(text, entry, numbers, fc.uint8Array({ maxLength: 6 }).map((bytes) => [...bytes]))
}

function arbitraryGroup(): fc.Arbitrary<ReadonlyArray<number>> {
  const depth = fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: 97, max: 105 }))
  return fc.tuple(fc.integer({ min: 1, max: 15 }), depth, fc.boolean()).map(([field, depth, isOpen]) => [
    ...Array<number>(depth).fill((field << 3) | 3),
    ...Array<number>(isOpen ? Math.max(0, depth - 1) : depth).fill((field << 3) | 4),
  ])
}

/**
 * Sizes for `cut`: one byte at a time, whole, and mixtures with empty chunks among them.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryChunkSizes(): fc.Arbitrary<ReadonlyArray<number>> {
  return fc.oneof(fc.constant([1]), fc.constant([]), fc.constant([0, 1]), fc.array(fc.nat({ max: 12 }), { maxLength: 8 }))
}

/**
 * Cuts bytes into chunks of the given sizes, over and over; into one chunk where no size is above 0.
 *
 * The chunks are views of `bytes`, as sockets hand them out.
 *
 * @example
 * import assert from 'node:assert'
 * import { cut } from 'hello-negotiation/testing'
 *
 * assert.deepEqual(cut(Uint8Array.of(1, 2, 3), [0, 2]).map((chunk) => [...chunk]), [[], [1, 2], [], [3]])
 *
 * @category utils
 * @since 0.1.0
 */
export function cut(bytes: Uint8Array, sizes: ReadonlyArray<number>): ReadonlyArray<Uint8Array> {
  if (!sizes.some((size) => size > 0)) return [bytes]
  const chunks: Array<Uint8Array> = []
  let at = 0
  while (at < bytes.length) {
    const size = sizes[chunks.length % sizes.length] ?? 0
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}
