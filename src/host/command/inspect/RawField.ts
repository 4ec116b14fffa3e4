/**
 * Where the fields of a protobuf message begin and end, and nothing about what they mean.
 *
 * **Laws**
 *  1. Any bytes, any offset: a field is told, and one without an `end` where none can be found.
 *  2. Where the decoder accepts a field, the end found here is the decoder's.
 *
 * **Not here** judging a field: UTF-8, wire types, nesting and group numbers are the decoder's business,
 * and its verdict says which field is broken (`inspectMessage`).
 */

/** A varint: its value, exact, and where it ends. */
export interface Varint {
  readonly value: bigint
  readonly start: number
  readonly end: number
}

/** One field; offsets count from the start of the bytes it was found in. */
export interface RawField {
  readonly start: number
  /** Its number and wire type, unless there is no sound key. */
  readonly key: { readonly number: number; readonly wireType: number; readonly end: number } | undefined
  /** Where its value begins: after the key, and after the length where there is one. */
  readonly valueStart: number
  /** Where its value ends; unknown where the key, the length or the value runs out. */
  readonly end: number | undefined
}

/** The field at `start`; `isDelimited` says of which field numbers a length is read, whatever the key says. */
export function rawField(bytes: Uint8Array, start: number, isDelimited: (number: number) => boolean = never): RawField {
  const key = readVarint(bytes, start)
  if (key === undefined || key.value > 0xffff_ffffn) return { start, key: undefined, valueStart: start, end: undefined }
  const number = Number(key.value >> 3n)
  const wireType = Number(key.value & 7n)
  const shape = isDelimited(number) && wireType < 6 ? 2 : wireType
  const { valueStart, end } = valueOf(bytes, key.end, shape)
  return { start, key: { number, wireType, end: key.end }, valueStart, end }
}

/** The varint at `start`, if there is a whole one (SPEC W1). */
export function readVarint(bytes: Uint8Array, start: number): Varint | undefined {
  let value = 0n
  for (let i = 0; i < 10; i += 1) {
    const byte = bytes[start + i]
    if (byte === undefined || (i === 9 && byte >= 2)) return undefined
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) return { value, start, end: start + i + 1 }
  }
  return undefined
}

/** How many bytes of a varint could have been left out. */
export function spareBytes({ value, start, end }: Varint): number {
  const needed = Math.max(1, Math.ceil(value.toString(2).length / 7))
  return end - start - needed
}

interface Extent {
  readonly valueStart: number
  readonly end: number | undefined
}

function valueOf(bytes: Uint8Array, at: number, wireType: number): Extent {
  switch (wireType) {
    case 0:
      return { valueStart: at, end: readVarint(bytes, at)?.end }
    case 1:
      return { valueStart: at, end: within(bytes, at + 8) }
    case 2:
      return delimited(bytes, at)
    case 3:
      return { valueStart: at, end: groupEnd(bytes, at) }
    case 5:
      return { valueStart: at, end: within(bytes, at + 4) }
    default:
      return { valueStart: at, end: undefined }
  }
}

function delimited(bytes: Uint8Array, at: number): Extent {
  const length = readVarint(bytes, at)
  if (length === undefined) return { valueStart: at, end: undefined }
  // A length beyond 2^53 loses its last bits as a number, and is beyond every input all the same.
  return { valueStart: length.end, end: within(bytes, length.end + Number(length.value)) }
}

/** Groups are counted, not recursed into: they may nest as deep as the input is long. */
function groupEnd(bytes: Uint8Array, start: number): number | undefined {
  let at: number | undefined = start
  for (let open = 1; open > 0;) {
    const key: Varint | undefined = readVarint(bytes, at)
    if (key === undefined) return undefined
    const wireType = Number(key.value & 7n)
    if (wireType === 3) open += 1
    if (wireType === 4) open -= 1
    at = wireType === 3 || wireType === 4 ? key.end : valueOf(bytes, key.end, wireType).end
    if (at === undefined) return undefined
  }
  return at
}

function within(bytes: Uint8Array, end: number): number | undefined {
  return end <= bytes.length ? end : undefined
}

function never(): boolean {
  return false
}
