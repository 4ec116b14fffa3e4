/**
 * Bytes: owned `Uint8Array`s, and the few things the library does with them.
 *
 * **Laws**
 *  1. `copyBytes` shares no memory with its argument, whatever kind of view that is.
 *  2. `fromHex(toHex(bytes))` equals `bytes`; `fromLatin1(toLatin1(bytes))` equals `bytes`.
 *  3. `fromHex` answers for every text: bytes, or `undefined` for what is no hex.
 */

/**
 * No bytes; shared, because nothing can be written into it.
 *
 * @category constants
 * @since 0.1.0
 */
export const NO_BYTES: Uint8Array = new Uint8Array(0)

/**
 * A private copy of the bytes in `[start, end)`.
 *
 * A plain `Uint8Array` whatever it is a copy of: a `Buffer` would make a `Buffer`, whose `slice` is a view.
 *
 * @category constructors
 * @since 0.1.0
 */
export function copyBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array {
  return start >= end ? NO_BYTES : new Uint8Array(bytes.subarray(start, end))
}

/**
 * The bytes as lower-case hex digits, two a byte.
 *
 * @category encodings
 * @since 0.1.0
 */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte >>> 4).toString(16) + (byte & 15).toString(16)
  return text
}

/**
 * The bytes that hex digits spell, or `undefined` where the text is not pairs of hex digits.
 *
 * @example
 * import assert from 'node:assert'
 * import { fromHex } from 'hello-negotiation'
 *
 * assert.deepEqual(fromHex('01fF'), Uint8Array.of(1, 255))
 * assert.equal(fromHex('0g'), undefined)
 *
 * @category encodings
 * @since 0.1.0
 */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  )
}

/**
 * The 16 bytes from `start` as a string of 16 characters, one a byte: an immutable map key.
 *
 * @category encodings
 * @since 0.1.0
 */
export function latin1Of16(b: Uint8Array, start: number): string {
  const at = (i: number): number => b[start + i] as number
  // One call with sixteen arguments builds the string at once; a loop would build fifteen more.
  return String.fromCharCode(
    at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7),
    at(8), at(9), at(10), at(11), at(12), at(13), at(14), at(15),
  )
}

/**
 * The bytes of a string whose characters are each one byte.
 *
 * @category encodings
 * @since 0.1.0
 */
export function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i)
  return bytes
}

/**
 * Whether two strings of bytes are equal, by a path that depends on their lengths alone (DIV-T1).
 *
 * @category queries
 * @since 0.1.0
 */
export function equalSecrets(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
