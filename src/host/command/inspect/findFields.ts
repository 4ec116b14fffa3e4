/**
 * The fields of a message, and which of them are worth showing.
 *
 * **Laws**
 *  1. Fields are contiguous from the message's start; the broken one is the last.
 *  2. What is kept does not grow with the message: its first `SHOWN_MAX_FIELDS` fields, the last of each
 *     field it has, since that one usually counts, and the broken one.
 */
import type { DecodeError } from '../../../wire/DecodeError.js'
import { type FieldSchema, type MessageName, SCHEMA } from '../../../wire/messages/schema.js'
import { type RawField, rawField } from './RawField.js'

/** How many fields of a message are shown from its start. */
export const SHOWN_MAX_FIELDS = 64

/** What was found. */
export interface FoundFields {
  readonly first: ReadonlyArray<RawField>
  readonly hidden: number
  readonly last: ReadonlyArray<RawField>
  /** The last sound occurrence of each field that the message has, by its number. */
  readonly lastOf: ReadonlyMap<number, RawField>
  /** The field in which the decoder stopped. */
  readonly broken: RawField | undefined
  /** How many bytes are whole fields that the decoder accepts. */
  readonly soundBytes: number
}

/** Finds the fields up to the one in which the decoder stopped, as `error` tells. */
export function findFields(message: MessageName, bytes: Uint8Array, error: DecodeError | undefined): FoundFields {
  const isMap = (number: number): boolean => schemaOf(message, number)?.kind === 'map'
  const first: Array<RawField> = []
  const lastOf = new Map<number, RawField>()
  let count = 0
  let soundBytes = 0
  let broken: RawField | undefined
  while (soundBytes < bytes.length && broken === undefined) {
    const raw = rawField(bytes, soundBytes, isMap)
    count += 1
    if (count <= SHOWN_MAX_FIELDS) first.push(raw)
    if (raw.end === undefined || isStoppedIn(error, raw.end, bytes.length)) broken = raw
    else {
      soundBytes = raw.end
      if (raw.key !== undefined && schemaOf(message, raw.key.number) !== undefined) lastOf.set(raw.key.number, raw)
    }
  }
  const candidates = new Set(broken === undefined ? lastOf.values() : [...lastOf.values(), broken])
  const last = [...candidates].filter((raw) => !first.includes(raw)).sort((a, b) => a.start - b.start)
  return { first, hidden: count - first.length - last.length, last, lastOf, broken, soundBytes }
}

/** The message's field with this number. */
export function schemaOf(message: MessageName, number: number): FieldSchema | undefined {
  return SCHEMA[message].find((field) => field.number === number)
}

/**
 * Whether the decoder stopped in a field that ends at `end`, given that it came as far as its start.
 *
 * Two places are in a field though they are its very end: where a nested message should have ended and
 * did not, and the end of the input, where something was still to be read.
 */
function isStoppedIn(error: DecodeError | undefined, end: number, inputEnd: number): boolean {
  if (error === undefined) return false
  return error.fault._tag === 'MessageOverrun' || end === inputEnd ? error.offset <= end : error.offset < end
}
