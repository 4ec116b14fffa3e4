/**
 * Varints of one to three bytes, read without a cursor: nearly every key, length and number is one.
 *
 * A varint and its size come in one number, because an engine hands that over in a register, and makes an
 * object of two.
 *
 * **Laws**
 *  1. Where `shortVarint` gives anything but `NOT_SHORT`, a cursor reads the same value there, and as many bytes.
 *  2. It gives `NOT_SHORT` where the varint takes more than three bytes, and where the bytes end first.
 */

/** @internal No varint is this one: each takes a byte at least. */
export const NOT_SHORT = 0

/** @internal The varint at `at`, before `end`, as its value and its size. */
export function shortVarint(bytes: Uint8Array, at: number, end: number): number {
  const first = at < end ? (bytes[at] as number) : MORE
  return first < MORE ? (first << SIZE_BITS) | 1 : longerVarint(bytes, at, end)
}

/** @internal */
export function valueOf(varint: number): number {
  return varint >>> SIZE_BITS
}

/** @internal */
export function sizeOf(varint: number): number {
  return varint & 3
}

const SIZE_BITS = 2
/** A byte of this or above says that more follow. */
const MORE = 0x80

function longerVarint(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return NOT_SHORT
  const first = (bytes[at] as number) & 0x7f
  const second = bytes[at + 1] as number
  if (second < MORE) return ((first | (second << 7)) << SIZE_BITS) | 2
  if (end - at < 3) return NOT_SHORT
  const third = bytes[at + 2] as number
  return third < MORE ? ((first | ((second & 0x7f) << 7) | (third << 14)) << SIZE_BITS) | 3 : NOT_SHORT
}
