/**
 * A strict reader over bytes: every rule of the reference's decoder, and no exceptions.
 *
 * **State** a position in bytes it never changes, the two halves of the last varint read as signed
 * numbers (an engine keeps those in place; one unsigned half above 2^31 would make every cursor from
 * then on slower, for good), and the first failure. Invariant: `start <= position <= end`; once failed, the position is at the end, so
 * every loop over a message stops and every further read fails again without being recorded.
 *
 * **Laws**
 *  1. For all bytes, a read moves the position forward by what it read, or fails (SPEC W1, W2, W5–W9).
 *  2. The first failure, with the offset where it happened, is the one that is kept.
 *  3. What a read returns shares no memory with the bytes.
 *
 * **Not here** which fields a message has: `messages/`, generated from proto/broker_v1.proto.
 * A cursor is mutable and never leaves the floor: each decode makes its own.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import protobuf from 'protobufjs/minimal.js'
import { copyBytes } from '../data/Bytes.js'
import { isUtf8 } from '../data/Utf8.js'
import { type DecodeError, type DecodeFault, NESTING_TOO_DEEP } from './DecodeError.js'
import { internAscii } from './Interned.js'
import { NESTING_MAX } from './Limits.js'
import type { MessageName } from './messages/schema.js'

/** @internal */
export interface Cursor {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  position: number
  low: number
  high: number
  failure: { readonly offset: number; readonly fault: DecodeFault } | undefined
}

/** @internal The wire type of what has its length before it. */
export const DELIMITED = 2

/** @internal A cursor over the bytes in `[start, end)`. */
export function cursor(bytes: Uint8Array, start = 0, end: number = bytes.length): Cursor {
  return { bytes, start, end, position: start, low: 0, high: 0, failure: undefined }
}

/** @internal What was decoded, unless the cursor failed on the way. */
export function finish<A>(c: Cursor, message: MessageName, value: A): Either<DecodeError, A> {
  return c.failure === undefined ? E.right(value) : E.left({ _tag: 'DecodeError', message, ...c.failure })
}

/** @internal The next field key, as an unsigned number (SPEC W2). */
export function readKey(c: Cursor): number {
  const start = c.position
  if (isShort(c)) return takeShort(c)
  readLongVarint(c)
  if (c.high === 0) return c.low >>> 0
  fail(c, start, { _tag: 'KeyTooLarge' })
  return 0
}

/** @internal A varint's low 32 bits, unsigned (SPEC W3). */
export function readUint32(c: Cursor): number {
  if (isShort(c)) return takeShort(c)
  readLongVarint(c)
  return c.low >>> 0
}

/** @internal A varint's low 32 bits, signed: an open enum's number (SPEC W3, W4). */
export function readEnum(c: Cursor): number {
  if (isShort(c)) return takeShort(c)
  readLongVarint(c)
  return c.low
}

/** @internal Whether a varint is anything but zero (SPEC W4). */
export function readBool(c: Cursor): boolean {
  if (isShort(c)) return takeShort(c) !== 0
  readLongVarint(c)
  return (c.low | c.high) !== 0
}

// Two views of the same eight bytes turn halves into a bigint without arithmetic. LOW is where the
// machine's byte order puts the low half.
const halves = new Uint32Array(2)
const whole = new BigUint64Array(halves.buffer)
const LOW = 1 - (new Uint8Array(Uint32Array.of(1).buffer)[0] as number)

/** What a varint of one byte can say; finding a bigint costs less than making one. */
const SHORT_U64: ReadonlyArray<bigint> = Array.from({ length: 0x80 }, (_, i) => BigInt(i))

/** @internal A number below 2^32 as a u64. */
export function u64OfU32(value: number): bigint {
  return value < 0x80 ? (SHORT_U64[value] as bigint) : BigInt(value)
}

/** @internal A whole varint, exact (SPEC W1). */
export function readUint64(c: Cursor): bigint {
  if (isShort(c)) return SHORT_U64[takeShort(c)] as bigint
  readLongVarint(c)
  halves[LOW] = c.low
  halves[1 - LOW] = c.high
  return whole[0] as bigint
}

/** @internal Strictly valid UTF-8, a byte order mark kept (SPEC W5). */
export function readString(c: Cursor): string {
  const end = readLength(c)
  const start = c.position
  c.position = end
  const text = textAt(c.bytes, start, end)
  if (text === undefined) fail(c, start, { _tag: 'InvalidUtf8' })
  return text ?? ''
}

/** @internal The text of bytes, `undefined` where they are not UTF-8. */
export function textAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  return internAscii(bytes, start, end) ?? (isUtf8(bytes, start, end) ? checkedText(bytes, start, end) : undefined)
}

/** @internal The text of bytes that are known to be one. */
export function checkedText(bytes: Uint8Array, start: number, end: number): string {
  return protobuf.util.utf8.readStrict(bytes, start, end)
}

/** @internal The length in bytes of a text that is checked, as `readString` does, but not made. */
export function checkString(c: Cursor): number {
  const end = readLength(c)
  const start = c.position
  c.position = end
  if (!isUtf8(c.bytes, start, end)) fail(c, start, { _tag: 'InvalidUtf8' })
  return end - start
}

/** @internal Passes over a run of bytes; gives its length. */
export function passDelimited(c: Cursor): number {
  const end = readLength(c)
  const length = end - c.position
  c.position = end
  return length
}

/** @internal A copy of a run of bytes. */
export function readBytes(c: Cursor): Uint8Array {
  const end = readLength(c)
  const start = c.position
  c.position = end
  return copyBytes(c.bytes, start, end)
}

/** @internal A length, and with it the offset where what follows must end (SPEC W6). */
export function readLength(c: Cursor): number {
  const start = c.position
  const length = isShort(c) ? takeShort(c) : readLongLength(c)
  const available = c.end - c.position
  if (length <= available) return c.position + length
  fail(c, start, { _tag: 'LengthExceedsInput', actual: length, available })
  return c.position
}

/** @internal Checks that a nested message stopped where its length said (SPEC W6). */
export function leave(c: Cursor, end: number): void {
  if (c.position !== end) fail(c, end, { _tag: 'MessageOverrun', actual: c.position - c.start, expected: end - c.start })
}

/**
 * @internal Adds one entry of a map<string, string>.
 *
 * The key's wire type is deliberately not looked at: the reference reads an entry as
 * length-delimited whatever its key says, and being stricter would refuse what it accepts.
 */
export function readMapEntry(c: Cursor, into: Map<string, string>, depth: number): void {
  const end = readLength(c)
  let key = ''
  let value = ''
  while (c.position < end) {
    const start = c.position
    const fieldKey = readKey(c)
    if (fieldKey === 0x0a) key = readString(c)
    else if (fieldKey === 0x12) value = readString(c)
    // An entry counts for two levels of nesting in the reference: the map and the pair.
    else skipUnknown(c, start, fieldKey, 'map entry', 0b110, depth + 2)
  }
  leave(c, end)
  into.set(key, value)
}

/**
 * @internal Skips a field that the message does not have, and fails where it has it with another
 * wire type. `known` has the bit of each field number that the message has (SPEC W2, W8, W13).
 */
export function skipUnknown(
  c: Cursor, start: number, key: number, of: MessageName | 'map entry', known: number, depth: number,
): void {
  const fieldNumber = key >>> 3
  if (fieldNumber < 32 && ((known >>> fieldNumber) & 1) === 1) {
    fail(c, start, { _tag: 'WrongWireType', of, fieldNumber, actual: key & 7 })
  } else skipField(c, start, key, depth)
}

function skipField(c: Cursor, start: number, key: number, depth: number): void {
  if (key >>> 3 === 0) return fail(c, start, { _tag: 'FieldNumberZero' })
  if (depth >= NESTING_MAX) return fail(c, start, NESTING_TOO_DEEP)
  switch (key & 7) {
    case 0:
      return readLongVarint(c)
    case 1:
      return skipBytes(c, 8)
    case 2:
      return void passDelimited(c)
    case 3:
      return skipGroup(c, key >>> 3, depth)
    case 4:
      return fail(c, start, { _tag: 'UnmatchedEndGroup', actual: key >>> 3, expected: undefined })
    case 5:
      return skipBytes(c, 4)
    default:
      return fail(c, start, { _tag: 'InvalidWireType', actual: key & 7 })
  }
}

function skipGroup(c: Cursor, group: number, depth: number): void {
  while (c.failure === undefined) {
    const start = c.position
    const key = readKey(c)
    if ((key & 7) !== 4) skipField(c, start, key, depth + 1)
    else if (key >>> 3 === group) return
    else fail(c, start, { _tag: 'UnmatchedEndGroup', actual: key >>> 3, expected: group })
  }
}

function skipBytes(c: Cursor, count: number): void {
  if (count > c.end - c.position) fail(c, c.position, { _tag: 'Truncated' })
  else c.position += count
}

function readLongLength(c: Cursor): number {
  readLongVarint(c)
  return (c.high >>> 0) * 0x1_0000_0000 + (c.low >>> 0)
}

/** Whether a varint of one byte comes next, as most are. */
function isShort(c: Cursor): boolean {
  return c.position < c.end && (c.bytes[c.position] as number) < 0x80
}

function takeShort(c: Cursor): number {
  c.position += 1
  return c.bytes[c.position - 1] as number
}

/** Up to ten bytes, the tenth less than 2; longer than it need be is legal (SPEC W1). */
function readLongVarint(c: Cursor): void {
  const start = c.position
  let low = 0
  let high = 0
  for (let i = 0; i < 10; i += 1) {
    if (start + i >= c.end) return fail(c, start, { _tag: 'Truncated' })
    const byte = c.bytes[start + i] as number
    if (i === 9 && byte >= 2) break
    const bits = byte & 0x7f
    if (i < 5) low |= bits << (7 * i)
    // The fifth byte straddles the halves; the shift of its low part has dropped what overflows.
    if (i === 4) high = bits >>> 4
    else if (i > 4) high |= bits << (7 * i - 32)
    if (byte < 0x80) {
      c.position = start + i + 1
      c.low = low
      c.high = high
      return
    }
  }
  fail(c, start, { _tag: 'VarintTooLong' })
}

function fail(c: Cursor, offset: number, fault: DecodeFault): void {
  c.failure ??= { offset: offset - c.start, fault }
  c.position = c.end
  c.low = 0
  c.high = 0
}
