/**
 * Lengths of text as the protocol counts them: in UTF-8 bytes, never in JavaScript's code units.
 *
 * 65 times `é` is 65 code units and 130 bytes; counting units would let it pass a cap of 128 (SPEC H4).
 */

/**
 * The number of bytes a text takes in UTF-8; a lone surrogate counts as U+FFFD, which replaces it.
 *
 * @example
 * import assert from 'node:assert'
 * import { utf8ByteLength } from 'hello-negotiation'
 *
 * assert.equal(utf8ByteLength('é'.repeat(65)), 130)
 *
 * @category queries
 * @since 0.1.0
 */
export function utf8ByteLength(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else {
      bytes += 2
      // A surrogate pair is two units and four bytes: two more than its units, counted once.
      if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) i += 1
    }
  }
  return bytes
}

/**
 * Whether a text takes more than `maxBytes` in UTF-8; looks at no more of it than it must.
 *
 * @category queries
 * @since 0.1.0
 */
export function exceedsUtf8Bytes(text: string, maxBytes: number): boolean {
  // No code unit takes less than one byte or more than three.
  if (text.length > maxBytes) return true
  return text.length * 3 > maxBytes && utf8ByteLength(text) > maxBytes
}

/** @internal Whether the bytes in `[start, end)` are UTF-8: nothing overlong, no surrogate, nothing above U+10FFFF (SPEC W5). */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  return areCharacters(bytes, afterAscii(bytes, start, end), end)
}

/** Behind the ASCII that begins at `start`, but for its last few bytes: most texts are nothing else, so it is looked at four at a time. */
function afterAscii(bytes: Uint8Array, start: number, end: number): number {
  const byte = (at: number): number => bytes[at] as number
  let at = start
  while (at + 4 <= end && (byte(at) | byte(at + 1) | byte(at + 2) | byte(at + 3)) < 0x80) at += 4
  return at
}

function areCharacters(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const size = (bytes[at] as number) < 0x80 ? 1 : characterBytes(bytes, at, end)
    if (size === 0) return false
    at += size
  }
  return true
}

/** The length of the character at `at`, which is not ASCII; 0 where there is none that ends before `end` (Unicode, table 3-7). */
function characterBytes(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number
  if (lead < 0xc2 || lead > 0xf4) return 0
  if (lead < 0xe0) return end - at >= 2 && isTail(bytes[at + 1] as number) ? 2 : 0
  const size = lead < 0xf0 ? 3 : 4
  if (end - at < size || !isSecond(lead, bytes[at + 1] as number) || !isTail(bytes[at + 2] as number)) return 0
  return size === 3 || isTail(bytes[at + 3] as number) ? size : 0
}

function isTail(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** The second byte of three or four tells what would be overlong, a surrogate, or too great. */
function isSecond(lead: number, byte: number): boolean {
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return byte >= least && byte <= most
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}
