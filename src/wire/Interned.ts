/**
 * Short ASCII texts that keep coming back, such as service names and versions, made into strings once.
 *
 * **State** a table of the last text seen at each place. Which text stands there changes how long a
 * call takes, never what it gives; and it holds at most 1 024 texts of 64 characters.
 *
 * **Laws**
 *  1. `internAscii` gives the text of the bytes, or `undefined` where they are too many or not ASCII.
 */

/** As long as a service name or a version may be. */
const INTERNED_MAX_BYTES = 64
const PLACE_BITS = 10
const PLACES = 2 ** PLACE_BITS

const table: Array<string> = new Array<string>(PLACES).fill('')
/** The bytes of each text, four to a word, compared in place of its characters. */
const WORDS = INTERNED_MAX_BYTES / 4
const words = new Int32Array(PLACES * WORDS)
/** Those of the text asked for. */
const asked = new Int32Array(WORDS)

/** @internal The text of at most 64 ASCII bytes. */
export function internAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > INTERNED_MAX_BYTES) return undefined
  let count = 0
  let seen = 0
  let hash = end - start
  for (let at = start; at < end; at += 4) {
    const word = at + 4 <= end ? wordAt(bytes, at) : lastWord(bytes, at, end)
    seen |= word
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    asked[count] = word
    count += 1
  }
  if ((seen & 0x80808080) !== 0) return undefined
  const place = hash >>> (32 - PLACE_BITS)
  const known = table[place] as string
  if (known.length === end - start && isAsked(place * WORDS, count)) return known
  const text = internalized(String.fromCharCode(...bytes.subarray(start, end)))
  table[place] = text
  words.set(asked.subarray(0, count), place * WORDS)
  return text
}

function wordAt(bytes: Uint8Array, at: number): number {
  const byte = (i: number): number => bytes[at + i] as number
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)
}

function lastWord(bytes: Uint8Array, at: number, end: number): number {
  let word = 0
  for (let i = at; i < end; i += 1) word = (word << 8) | (bytes[i] as number)
  return word
}

function isAsked(at: number, count: number): boolean {
  for (let i = 0; i < count; i += 1) if (words[at + i] !== asked[i]) return false
  return true
}

/** The same text as the engine keeps it for names of fields and literals: once, so that comparing two is comparing places. */
function internalized(text: string): string {
  return Object.keys({ [text]: undefined })[0] as string
}
