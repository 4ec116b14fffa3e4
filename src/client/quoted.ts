/**
 * A text in quotes, on one line and harmless for a terminal; of a long one only the beginning.
 */
import { printable } from '../data/Printable.js'

const SHOWN_MAX_CHARACTERS = 60

/** @internal */
export function quoted(text: string): string {
  const shown = printable(JSON.stringify(text.slice(0, SHOWN_MAX_CHARACTERS)))
  return text.length > SHOWN_MAX_CHARACTERS ? `${shown}… (${text.length} characters)` : shown
}
