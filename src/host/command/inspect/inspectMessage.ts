/**
 * A message field by field, up to the field in which the decoder stopped.
 *
 * The decoder alone says whether a message is sound and where it stopped; what is here puts names to
 * the bytes before that place, and finds the field that the place is in.
 *
 * **Laws**
 *  1. A field is broken exactly where the decoder failed, it is the last, and the decoder's offset lies
 *     in it.
 *  2. A message within a message is read by its own decoder, so that one of which the end is missing is
 *     shown as far as it goes.
 */
import { CODECS } from '../../../wire/messages/codecs.js'
import type { FieldSchema, MessageName } from '../../../wire/messages/schema.js'
import { bytesText, type Explanation, explainKnown, explainUnknown, isSecret } from './explain.js'
import { findFields, type FoundFields, schemaOf } from './findFields.js'
import type { FieldReport, MessageReport, Span } from './Inspection.js'
import { knownFrame, type PayloadPlan, payloadPlan } from './payloadPlan.js'
import type { RawField } from './RawField.js'
import { hexBytes, plural } from './text.js'

/** The fields of a message that begins at `base` of the input. */
export function inspectMessage(message: MessageName, bytes: Uint8Array, base: number): MessageReport {
  const decoded = CODECS[message].decode(bytes)
  const error = decoded._tag === 'Left' ? decoded.left : undefined
  const found = findFields(message, bytes, error)
  const plan = message === 'Frame' ? payloadPlan(knownFrame(bytes, found.soundBytes)) : NO_PAYLOAD
  const reportOf = (raw: RawField): FieldReport => fieldReport({ message, bytes, base, found, plan }, raw)
  return {
    message,
    start: base,
    bytes: bytes.length,
    fields: found.first.map(reportOf),
    hiddenFields: found.hidden,
    lastFields: found.last.map(reportOf),
    error,
  }
}

const NO_PAYLOAD: PayloadPlan = Object.freeze({ _tag: 'Bytes' })

/** The message a field is in, and what was found there. */
interface Scene {
  readonly message: MessageName
  readonly bytes: Uint8Array
  readonly base: number
  readonly found: FoundFields
  readonly plan: PayloadPlan
}

/** A field, its place in its message, and its entry in the message's table, if it has one. */
interface Field {
  readonly raw: RawField
  /** Where it ends, or where the message does. */
  readonly end: number
  readonly isBroken: boolean
  readonly schema: FieldSchema | undefined
}

function fieldReport(scene: Scene, raw: RawField): FieldReport {
  const { message, bytes, base, found } = scene
  const schema = raw.key === undefined ? undefined : schemaOf(message, raw.key.number)
  const field: Field = { raw, end: raw.end ?? bytes.length, isBroken: raw === found.broken, schema }
  const { value, notes } = field.isBroken ? brokenText(scene, field) : soundText(scene, field)
  const nested = nestedOf(scene, field)
  return {
    start: base + raw.start,
    end: base + field.end,
    hex: hexOf(scene, field),
    name: schema?.name ?? (raw.key === undefined ? '(no field key)' : `(field ${raw.key.number})`),
    value: nested === undefined ? value : `${nested.message}, ${value}`,
    notes,
    isBroken: field.isBroken,
    nested,
    secret: secretOf(scene, field),
  }
}

/** Of what has a length, key and length are enough: the value is told in words, or is a secret. */
function hexOf({ bytes }: Scene, { raw, end, schema }: Field): string {
  const shownEnd = schema?.wireType === 2 || raw.key?.wireType === 2 ? raw.valueStart : end
  return hexBytes(bytes.subarray(raw.start, shownEnd), shownEnd < end)
}

function brokenText({ bytes }: Scene, { raw }: Field): Explanation {
  const isCut = raw.end === undefined && raw.key !== undefined && raw.valueStart > raw.key.end
  const here = plural(bytes.length - raw.valueStart, 'byte')
  return { value: isCut ? `cut off, ${here} of it here` : 'decoding stopped here', notes: [] }
}

function soundText(scene: Scene, field: Field): Explanation {
  const { bytes, message } = scene
  const { raw, end, schema } = field
  if (schema === undefined) return explainUnknown(bytes, raw, end, message)
  const { value, notes } = explainKnown(bytes, raw, end, schema)
  return {
    value: isPayload(scene, field) ? payloadText(bytes.subarray(raw.valueStart, end), scene.plan) : value,
    notes: [...notes, ...repeatNotes(scene, raw, schema)],
  }
}

function payloadText(payload: Uint8Array, plan: PayloadPlan): string {
  if (plan._tag === 'Bytes') return bytesText(payload)
  const isCovered = plan._tag === 'Covered' && payload.length > 0
  return `${plural(payload.length, 'byte')}${isCovered ? ', not shown: a token may be in it' : ''}`
}

/** SPEC W7. */
function repeatNotes({ base, found }: Scene, raw: RawField, { number, kind }: FieldSchema): ReadonlyArray<string> {
  if (kind === 'strings' || kind === 'map') return []
  if (kind === 'message') {
    const isFollowed = [...found.lastOf.values()].some((last) => last.start > raw.start)
    return isFollowed ? ['another result follows: it is merged if of the same kind, else it replaces this one'] : []
  }
  const last = found.lastOf.get(number)
  return last === undefined || last === raw ? [] : [`set again at byte ${base + last.start}: the last one counts`]
}

/** The message in a field: a member of a reply, or a Frame's payload. */
function nestedOf(scene: Scene, field: Field): MessageReport | undefined {
  const { bytes, base } = scene
  const { raw, end } = field
  const name = isPayload(scene, field) ? payloadMessage(scene, field) : memberMessage(field)
  const hasLength = raw.key?.wireType === 2 && raw.valueStart > raw.key.end
  return name !== undefined && hasLength
    ? inspectMessage(name, bytes.subarray(raw.valueStart, end), base + raw.valueStart)
    : undefined
}

/** Of several payloads the last counts; a broken one is shown as far as it goes (SPEC W7). */
function payloadMessage({ plan, found }: Scene, { raw, isBroken, schema }: Field): MessageName | undefined {
  const isLast = schema !== undefined && found.lastOf.get(schema.number) === raw
  return (isLast || isBroken) && plan._tag === 'Message' ? plan.name : undefined
}

function memberMessage({ schema }: Field): MessageName | undefined {
  // The table says `of` for enums too; a field that holds a message holds one that has a codec.
  return schema?.kind === 'message' ? (schema.of as MessageName) : undefined
}

/** What is broken hides all that follows it: where a length is wrong, the end of a token cannot be told. */
function secretOf(scene: Scene, field: Field): Span | undefined {
  const { bytes, base, plan } = scene
  const { raw, end, isBroken, schema } = field
  const isCovered = isPayload(scene, field) && plan._tag !== 'Bytes' && payloadMessage(scene, field) === undefined
  if (!isCovered && (schema === undefined || !isSecret(schema))) return undefined
  return { start: base + raw.valueStart, end: base + (isBroken ? bytes.length : end) }
}

function isPayload({ message }: Scene, { schema }: Field): boolean {
  return message === 'Frame' && schema?.name === 'payload'
}
