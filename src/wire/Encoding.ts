/**
 * How values become bytes: first their size, then one pass that writes them (SPEC W10).
 *
 * **Laws**
 *  1. `putX(out, at, value) - at` is `sizeOfX(value)`.
 *  2. Every value of the declared type has an encoding, the one of its nearest legal value: a u32 is
 *     taken modulo 2^32, a u64 modulo 2^64, a lone surrogate becomes U+FFFD.
 *  3. A default is not written; fields go in ascending order, map entries in the order of their keys' bytes.
 */
import { utf8ByteLength } from '../data/Utf8.js'

/** @internal */
export function sizeOfVarint(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

/** @internal */
export function putVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value
  let end = at
  while (rest >= 0x80) {
    out[end] = (rest & 0x7f) | 0x80
    rest >>>= 7
    end += 1
  }
  out[end] = rest
  return end + 1
}

/** @internal The size of a uint32 field with a key of one byte. */
export function sizeOfUint32(value: number): number {
  const u32 = value >>> 0
  return u32 === 0 ? 0 : 1 + sizeOfVarint(u32)
}

/** @internal */
export function putUint32(out: Uint8Array, at: number, key: number, value: number): number {
  const u32 = value >>> 0
  if (u32 === 0) return at
  out[at] = key
  if (u32 >= 0x80) return putVarint(out, at + 1, u32)
  out[at + 1] = u32
  return at + 2
}

/** @internal The size of an enum field: a negative number is sign-extended to ten bytes. */
export function sizeOfEnum(value: number): number {
  const i32 = value | 0
  return i32 < 0 ? 11 : sizeOfUint32(i32)
}

/** @internal */
export function putEnum(out: Uint8Array, at: number, key: number, value: number): number {
  const i32 = value | 0
  return i32 < 0 ? putUint64(out, at, key, BigInt(i32)) : putUint32(out, at, key, i32)
}

/** @internal */
export function sizeOfBool(value: boolean): number {
  return value ? 2 : 0
}

/** @internal */
export function putBool(out: Uint8Array, at: number, key: number, value: boolean): number {
  return value ? putUint32(out, at, key, 1) : at
}

const halves = new Uint32Array(2)
const whole = new BigUint64Array(halves.buffer)
const LOW = 1 - (new Uint8Array(Uint32Array.of(1).buffer)[0] as number)

/** @internal */
export function sizeOfUint64(value: bigint): number {
  whole[0] = value
  const low = halves[LOW] as number
  const high = halves[1 - LOW] as number
  if (high === 0) return sizeOfUint32(low)
  // Four bytes hold 28 bits; the fifth takes the last 4 of the low half and the first 3 of the high.
  return high < 8 ? 6 : 6 + sizeOfVarint(high >>> 3)
}

/** @internal */
export function putUint64(out: Uint8Array, at: number, key: number, value: bigint): number {
  whole[0] = value
  const low = halves[LOW] as number
  const high = halves[1 - LOW] as number
  if (high === 0) return putUint32(out, at, key, low)
  out[at] = key
  for (let i = 0; i < 4; i += 1) out[at + 1 + i] = ((low >>> (7 * i)) & 0x7f) | 0x80
  const fifth = (low >>> 28) | ((high & 7) << 4)
  if (high < 8) {
    out[at + 5] = fifth
    return at + 6
  }
  out[at + 5] = fifth | 0x80
  return putVarint(out, at + 6, high >>> 3)
}

/** @internal The size of a length-delimited field with a key of one byte. */
export function sizeOfDelimited(length: number): number {
  return 1 + sizeOfVarint(length) + length
}

/** @internal The key and length of a length-delimited field, whose body the caller writes. */
export function putDelimiter(out: Uint8Array, at: number, key: number, length: number): number {
  out[at] = key
  if (length >= 0x80) return putVarint(out, at + 1, length)
  out[at + 1] = length
  return at + 2
}

/** @internal */
export function sizeOfBytes(value: Uint8Array): number {
  return value.length === 0 ? 0 : sizeOfDelimited(value.length)
}

/** @internal */
export function putBytes(out: Uint8Array, at: number, key: number, value: Uint8Array): number {
  if (value.length === 0) return at
  const body = putDelimiter(out, at, key, value.length)
  out.set(value, body)
  return body + value.length
}

/** @internal */
export function sizeOfString(value: string): number {
  return value === '' ? 0 : sizeOfDelimited(utf8ByteLength(value))
}

/** @internal */
export function putString(out: Uint8Array, at: number, key: number, value: string): number {
  return value === '' ? at : putText(out, at, key, value)
}

/** @internal */
export function sizeOfStrings(values: ReadonlyArray<string>): number {
  return values.reduce((size, value) => size + sizeOfDelimited(utf8ByteLength(value)), 0)
}

/** @internal */
export function putStrings(out: Uint8Array, at: number, key: number, values: ReadonlyArray<string>): number {
  return values.reduce((end, value) => putText(out, end, key, value), at)
}

/** @internal */
export function sizeOfMap(map: ReadonlyMap<string, string>): number {
  return entriesOf(map).reduce((size, entry) => size + sizeOfDelimited(sizeOfEntry(entry)), 0)
}

/** @internal */
export function putMap(out: Uint8Array, at: number, key: number, map: ReadonlyMap<string, string>): number {
  let end = at
  for (const entry of entriesOf(map)) {
    end = putDelimiter(out, end, key, sizeOfEntry(entry))
    end = putString(out, end, 0x0a, entry[0])
    end = putString(out, end, 0x12, entry[1])
  }
  return end
}

type MapEntry = readonly [key: string, value: string]

/** In order of their keys' bytes; keys that are the same once lone surrogates are replaced are one key. */
function entriesOf(map: ReadonlyMap<string, string>): ReadonlyArray<MapEntry> {
  if (map.size === 0) return []
  const wellFormed = new Map([...map].map(([key, value]) => [key.replace(/\p{Surrogate}/gu, '\ufffd'), value]))
  return [...wellFormed].sort(byKeyBytes)
}

function sizeOfEntry([key, value]: MapEntry): number {
  return sizeOfString(key) + sizeOfString(value)
}

/** UTF-8 orders texts by code point; JavaScript's `<` orders by code unit, which differs above U+FFFF. */
function byKeyBytes([a]: MapEntry, [b]: MapEntry): number {
  const aPoints = Array.from(a, codePoint)
  const bPoints = Array.from(b, codePoint)
  const differs = aPoints.findIndex((point, i) => point !== bPoints[i])
  if (differs < 0) return aPoints.length - bPoints.length
  return (aPoints[differs] as number) - (bPoints[differs] ?? -1)
}

function codePoint(character: string): number {
  return character.codePointAt(0) as number
}

const encoder = new TextEncoder()

/** Mostly a text is short ASCII, and is written as such; where it turns out not to be, it is written again. */
function putText(out: Uint8Array, at: number, key: number, value: string): number {
  const end = value.length < 0x80 ? putShortAscii(out, at, key, value) : NOT_ASCII
  if (end !== NOT_ASCII) return end
  const length = utf8ByteLength(value)
  const body = putDelimiter(out, at, key, length)
  encoder.encodeInto(value, out.subarray(body, body + length))
  return body + length
}

const NOT_ASCII = -1

function putShortAscii(out: Uint8Array, at: number, key: number, value: string): number {
  out[at] = key
  out[at + 1] = value.length
  for (let i = 0; i < value.length; i += 1) {
    const unit = value.charCodeAt(i)
    if (unit >= 0x80) return NOT_ASCII
    out[at + 2 + i] = unit
  }
  return at + 2 + value.length
}
