/**
 * Text from a stranger, made harmless for a log or a terminal.
 *
 * **Laws**
 *  1. What comes out has no control, format, private or unassigned character, no lone surrogate, and no
 *     line or paragraph separator: nothing moves a cursor, colours a screen or turns reading around.
 *  2. Text without any of those comes out as it went in.
 */

/**
 * The text with everything escaped that is no visible character or plain space.
 *
 * @example
 * import assert from 'node:assert'
 * import { printable } from 'hello-negotiation'
 *
 * assert.equal(printable('zccache é'), 'zccache é')
 * assert.equal(printable('a\u001b[31mb\u202e'), 'a\\u001b[31mb\\u202e')
 *
 * @category encodings
 * @since 0.1.0
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(character: string): string {
  const point = character.codePointAt(0) as number
  return point > 0xffff ? `\\u{${point.toString(16)}}` : `\\u${point.toString(16).padStart(4, '0')}`
}
