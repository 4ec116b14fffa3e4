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

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}
