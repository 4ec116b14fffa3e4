/**
 * Hex as people paste it: in groups, over several lines, with `0x`, colons or commas, in either case.
 *
 * **Laws**
 *  1. Any text gives bytes or a tagged error that names the first wrong character and its offset.
 *  2. `parseHex` of any grouping of `toHex(bytes)`, whole bytes to a group, gives `bytes` back.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { quoted } from './text.js'

/** Why a text is no hex; `offset` counts JavaScript characters from its start. */
export type HexError =
  | { readonly _tag: 'HalfByte'; readonly offset: number; readonly character: string }
  | { readonly _tag: 'NotHexDigit'; readonly offset: number; readonly character: string }

/**
 * The bytes that a text spells.
 *
 * A byte's two digits stand together: where a separator comes between them, a digit was lost or
 * doubled in pasting, and everything after it would be read shifted.
 */
export function parseHex(text: string): Either<HexError, Uint8Array> {
  const bytes = new Uint8Array(text.length >>> 1)
  let count = 0
  let at = 0
  while (at < text.length) {
    if (isSeparator(text, at)) {
      at += 1
      continue
    }
    if (isPrefix(text, at)) at += 2
    const high = digit(text, at)
    const low = digit(text, at + 1)
    if (high === undefined || low === undefined) return E.left(errorAt(text, at))
    bytes[count] = high * 16 + low
    count += 1
    at += 2
  }
  return E.right(bytes.slice(0, count))
}

/** The error on one line. */
export function describeHexError(error: HexError): string {
  const where = `${quoted(error.character)} at offset ${error.offset}`
  return error._tag === 'HalfByte' ? `${where} is half a byte: hex digits go in pairs` : `${where} is not a hex digit`
}

function errorAt(text: string, at: number): HexError {
  if (digit(text, at) === undefined) return { _tag: 'NotHexDigit', offset: at, character: characterAt(text, at) }
  return at + 1 === text.length || isSeparator(text, at + 1)
    ? { _tag: 'HalfByte', offset: at, character: characterAt(text, at) }
    : { _tag: 'NotHexDigit', offset: at + 1, character: characterAt(text, at + 1) }
}

function isSeparator(text: string, at: number): boolean {
  return /[\s:,]/.test(text.charAt(at))
}

/** `0x` before a digit; the digits of a byte never look like it, as x is none. */
function isPrefix(text: string, at: number): boolean {
  return text.charAt(at) === '0' && text.charAt(at + 1).toLowerCase() === 'x' && digit(text, at + 2) !== undefined
}

function digit(text: string, at: number): number | undefined {
  const value = DIGITS.indexOf(text.charAt(at).toLowerCase())
  return at < text.length && value >= 0 ? value : undefined
}

const DIGITS = '0123456789abcdef'

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0)
}
