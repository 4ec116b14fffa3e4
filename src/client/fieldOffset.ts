/**
 * Where in a message that decodes a field is, so that a fault of its value can name a byte.
 *
 * **Laws**
 *  1. For a message that decodes, a place inside it or at its end; where the field is not there, the place
 *     where the message that lacks it begins. Where a field is there twice, the last one: it wins (SPEC W7).
 *
 * **Not here** bytes that do not decode: a `DecodeError` carries its own offset.
 */
import { cursor, readKey, readLength, skipUnknown } from '../wire/Cursor.js'

/** @internal Where a field's key begins, and where its contents do if it is length-delimited. */
export interface FieldPlace {
  readonly key: number
  readonly contents: number
}

/** @internal The place of the field that `path` leads to: field numbers, each of a message inside the one before. */
export function fieldPlace(bytes: Uint8Array, path: ReadonlyArray<number>): FieldPlace {
  let span: FieldSpan = { key: 0, contents: 0, end: bytes.length }
  for (const fieldNumber of path) span = spanOf(bytes, span.contents, span.end, fieldNumber)
  return span
}

interface FieldSpan extends FieldPlace {
  readonly end: number
}

function spanOf(bytes: Uint8Array, start: number, end: number, fieldNumber: number): FieldSpan {
  const c = cursor(bytes, start, end)
  let found: FieldSpan = { key: start, contents: start, end: start }
  while (c.position < end) {
    const key = c.position
    const tag = readKey(c)
    const value = c.position
    // Nothing is known here, so whatever has a wire type is passed over by it.
    skipUnknown(c, key, tag, 'Frame', 0, 0)
    if (tag >>> 3 === fieldNumber) found = { key, contents: contentsOf(bytes, value, c.position), end: c.position }
  }
  return found
}

/** What follows the length; a field of another wire type has no contents to look into, and never is on a path's way. */
function contentsOf(bytes: Uint8Array, value: number, end: number): number {
  const c = cursor(bytes, value, end)
  readLength(c)
  return c.position
}
