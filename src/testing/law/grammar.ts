/**
 * Names, versions and lengths by the letter of SPEC §4, character by character and by nobody's parser.
 */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'

/** @internal 1 to 64 of `a-z`, `0-9` and `-` (SPEC H2). */
export function isName(text: string): boolean {
  return text.length >= 1 && text.length <= 64 && isOf(text, `${LETTERS}${DIGITS}-`)
}

/** @internal Three parts of digits, and perhaps a tail behind the first `-` (SPEC H3, H7). */
export function isVersionText(text: string): boolean {
  const dash = text.indexOf('-')
  const core = (dash < 0 ? text : text.slice(0, dash)).split('.')
  const isTailSound = dash < 0 || (text.length > dash + 1 && isOf(text.slice(dash + 1), `${LETTERS}${DIGITS}.`))
  return core.length === 3 && core.every((part) => part !== '' && isOf(part, DIGITS)) && isTailSound
}

/** @internal The numbers of a version, of any size (SPEC V1, DIV-V2). */
export function partsOf(version: string): ReadonlyArray<bigint> {
  return (version.split('-')[0] ?? '').split('.').map(BigInt)
}

/** @internal Whether a version's numbers are less than another's, the first that differs deciding. */
export function isBelow(version: string, other: string): boolean {
  const others = partsOf(other)
  const [first] = partsOf(version).map((part, i) => part - (others[i] ?? 0n)).filter((difference) => difference !== 0n)
  return first !== undefined && first < 0n
}

/** @internal How many bytes a text takes, by encoding it. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

function isOf(text: string, characters: string): boolean {
  return [...text].every((character) => characters.includes(character))
}
