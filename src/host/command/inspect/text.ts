/**
 * Text and bytes from a peer, made short and harmless for a terminal.
 *
 * **Laws**
 *  1. What comes out is printable, as data/Printable has it.
 *  2. `quoted` and `hexBytes` give text of a length that does not depend on how much they are given.
 */
import { printable } from '../../../data/Printable.js'
import { utf8ByteLength } from '../../../data/Utf8.js'

const QUOTED_MAX_CHARACTERS = 64
const HEX_MAX_BYTES = 5

/** The text in quotes, on one line; a long one is cut, and its length told. */
export function quoted(text: string): string {
  const cut = text.slice(0, QUOTED_MAX_CHARACTERS)
  const shown = printable(JSON.stringify(cut))
  return cut.length === text.length ? shown : `${shown}… (${plural(utf8ByteLength(text), 'byte')})`
}

/** The first few bytes in hex; `isCut` says that there are more, which are not in `bytes`. */
export function hexBytes(bytes: Uint8Array, isCut = false): string {
  const shown = Array.from(bytes.subarray(0, HEX_MAX_BYTES), hexByte)
  return (isCut || bytes.length > HEX_MAX_BYTES ? [...shown, '…'] : shown).join(' ')
}

/** One byte as two hex digits. */
export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** A count and its noun. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
