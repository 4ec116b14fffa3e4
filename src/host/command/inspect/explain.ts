/**
 * The value of a sound field in words, and what is odd about how it was written.
 *
 * **Laws**
 *  1. A byte of a token is never in the words: `isSecret` fields show their length alone.
 *  2. The words are bounded, whatever the value.
 *
 * **Not here** payloads and nested messages: `inspectMessage`.
 */
import { absurd } from '../../../data/absurd.js'
import { wireTypeName } from '../../../wire/DecodeError.js'
import type { FieldSchema, MessageName } from '../../../wire/messages/schema.js'
import { capabilitiesText, enumText, isReserved, protocolText } from './names.js'
import { type RawField, rawField, readVarint, spareBytes, type Varint } from './RawField.js'
import { hexBytes, plural, quoted } from './text.js'

/** A value in words, and what else is to be said. */
export interface Explanation {
  readonly value: string
  readonly notes: ReadonlyArray<string>
}

/** Whether a field's bytes let whoever holds them act as somebody else. */
export function isSecret(field: FieldSchema): boolean {
  return field.kind === 'bytes' && field.name.endsWith('token')
}

/** A sound field that the message has. */
export function explainKnown(bytes: Uint8Array, raw: RawField, end: number, field: FieldSchema): Explanation {
  const notes = [...spareNotes(bytes, raw), ...defaultNotes(bytes, raw, end, field), ...numberNotes(bytes, raw, field)]
  return { value: valueText(bytes.subarray(raw.valueStart, end), field), notes }
}

/** A sound field that the message does not have: every reader skips it (SPEC W8). */
export function explainUnknown(bytes: Uint8Array, raw: RawField, end: number, message: MessageName): Explanation {
  const { number = 0, wireType = 0 } = raw.key ?? {}
  const notes = isReserved(message, number) ? ['a number that is reserved for later versions'] : []
  const varint = wireType === 0 ? readVarint(bytes, raw.valueStart) : undefined
  const what = varint === undefined
    ? `${wireTypeName(wireType)}, ${plural(end - raw.valueStart, 'byte')}`
    : `varint ${varint.value}`
  return { value: `unknown, skipped: ${what}`, notes }
}

function valueText(value: Uint8Array, field: FieldSchema): string {
  switch (field.kind) {
    case 'bool':
      return String(number(value) !== 0n)
    case 'bytes':
      return isSecret(field) ? `${plural(value.length, 'byte')}, not shown` : bytesText(value)
    case 'enum':
      return enumText(field.of ?? '', Number(BigInt.asIntN(32, number(value))))
    case 'map':
      return entryText(value)
    case 'message':
      return plural(value.length, 'byte')
    case 'string':
    case 'strings':
      return quoted(text(value))
    case 'uint32':
      return uint32Text(Number(BigInt.asUintN(32, number(value))), field)
    case 'uint64':
      return uint64Text(number(value), field)
    default:
      return absurd(field.kind)
  }
}

function uint32Text(value: number, { name }: FieldSchema): string {
  return name === 'payload_protocol' ? protocolText(value) : String(value)
}

function uint64Text(value: bigint, { name }: FieldSchema): string {
  if (name.endsWith('_capabilities')) return capabilitiesText(value)
  if (name.endsWith('_unix_ms')) return `${value}${dateText(value)}`
  if (name.endsWith('_secs')) return `${value} s`
  return name.endsWith('_ms') ? `${value} ms` : String(value)
}

/** The last millisecond that a Date can hold. */
const DATE_MAX_MS = 8_640_000_000_000_000n

function dateText(value: bigint): string {
  return value === 0n || value > DATE_MAX_MS ? '' : ` (${new Date(Number(value)).toISOString()})`
}

/** Bytes that are no secret: how many, and the first few. */
export function bytesText(value: Uint8Array): string {
  return value.length === 0 ? '0 bytes' : `${plural(value.length, 'byte')}: ${hexBytes(value)}`
}

/** An entry's key and value; an absent one is empty, and of two the last counts, as for the decoder. */
function entryText(entry: Uint8Array): string {
  const parts = new Map<number, string>()
  for (let at: number | undefined = 0; at !== undefined && at < entry.length;) {
    const { key, valueStart, end }: RawField = rawField(entry, at)
    if (key !== undefined && key.number <= 2) parts.set(key.number, text(entry.subarray(valueStart, end)))
    at = end
  }
  return `${quoted(parts.get(1) ?? '')} is ${quoted(parts.get(2) ?? '')}`
}

function spareNotes(bytes: Uint8Array, raw: RawField): ReadonlyArray<string> {
  const second = raw.key?.wireType === 0 ? readVarint(bytes, raw.valueStart) : lengthOf(bytes, raw)
  const written = [readVarint(bytes, raw.start), second]
  const spare = written.reduce((sum, varint) => sum + (varint === undefined ? 0 : spareBytes(varint)), 0)
  return spare === 0 ? [] : [`written ${plural(spare, 'byte')} longer than it need be, which every reader accepts`]
}

function lengthOf(bytes: Uint8Array, { key, valueStart }: RawField): Varint | undefined {
  return key === undefined || key.end === valueStart ? undefined : readVarint(bytes, key.end)
}

/** A list, a map and a message have no default to leave out: each occurrence counts. */
function defaultNotes(bytes: Uint8Array, raw: RawField, end: number, { kind }: FieldSchema): ReadonlyArray<string> {
  if (kind === 'strings' || kind === 'map' || kind === 'message') return []
  const value = bytes.subarray(raw.valueStart, end)
  const isDefault = raw.key?.wireType === 0 ? number(value) === 0n : value.length === 0
  return isDefault ? ['the default, written out: the same as leaving it out'] : []
}

function numberNotes(bytes: Uint8Array, raw: RawField, { kind, wireType }: FieldSchema): ReadonlyArray<string> {
  if (kind === 'map' && raw.key?.wireType !== wireType) return ['its wire type is wrong, and no reader looks at it']
  if (wireType !== 0) return []
  const value = number(bytes.subarray(raw.valueStart))
  if (kind === 'bool') return value > 1n ? [`written as ${value}: any number but 0 is true`] : []
  const isCut = kind === 'uint32'
    ? value > 0xffff_ffffn
    : kind === 'enum' && value !== BigInt.asUintN(64, BigInt.asIntN(32, value))
  return isCut ? [`written as ${value}, of which the low 32 bits count`] : []
}

function number(value: Uint8Array): bigint {
  return readVarint(value, 0)?.value ?? 0n
}

// Not fatal: what reaches it has passed the decoder, and this is no place to fail.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function text(value: Uint8Array): string {
  return decoder.decode(value)
}
