/**
 * Short ASCII texts that keep coming back, such as service names and versions, made into strings once.
 *
 * **State** a table of the last text seen at each place. Which text stands there changes how long a
 * call takes, never what it gives; and it holds at most 1 024 texts of 32 characters.
 *
 * **Laws**
 *  1. `internAscii` gives the text of the bytes, or `undefined` where they are too many or not ASCII.
 */

/** Beyond this, making a string costs no more than finding it. */
const INTERNED_MAX_BYTES = 32
const PLACES = 1_024

const table: Array<string> = new Array<string>(PLACES).fill('')

/** @internal The text of at most 32 ASCII bytes. */
export function internAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > INTERNED_MAX_BYTES) return undefined
  let hash = end - start
  let seen = 0
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i] as number
    seen |= byte
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  if (seen >= 0x80) return undefined
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1)
  const known = table[place] as string
  if (isText(known, bytes, start, end)) return known
  const text = String.fromCharCode(...bytes.subarray(start, end))
  table[place] = text
  return text
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
