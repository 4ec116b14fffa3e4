/**
 * A codec that is plainly right: a message's bytes are taken apart field by field, by the rules of SPEC §2 in
 * their order, and put together again the same way.
 *
 * It shares with the library's codec the table of field numbers, which is data and no code, and nothing else:
 * no cursor, no offsets, no error but one, that the bytes are none of this message.
 */
import { type CODECS, type Codec } from '../../wire/messages/codecs.js'
import type { HelloReply } from '../../wire/messages/HelloReply.js'
import type { Negotiated } from '../../wire/messages/Negotiated.js'
import type { Refused } from '../../wire/messages/Refused.js'
import { type FieldSchema, type MessageName, SCHEMA } from '../../wire/messages/schema.js'

/**
 * The message of a name.
 *
 * @category model
 * @since 0.1.0
 */
export type MessageOf<N extends MessageName> = (typeof CODECS)[N] extends Codec<infer A> ? A : never

/** What was read, and the bytes behind it. */
interface Read<A> {
  readonly value: A
  readonly rest: Uint8Array
}

/** What one field of the bytes holds: the number of a varint, or a run of bytes. */
type Held = bigint | Uint8Array

/** A field that the message has, and what it holds there; `field` is `undefined` for one that is skipped. */
interface Occurrence {
  readonly field: FieldSchema | undefined
  readonly held: Held
}

/** The two fields of a map's entry. */
const ENTRY: ReadonlyArray<FieldSchema> = [
  { number: 1, name: 'key', kind: 'string', wireType: 2 },
  { number: 2, name: 'value', kind: 'string', wireType: 2 },
]

/** The fields under the names that the library's messages have them by. */
const FIELDS = Object.fromEntries(Object.entries(SCHEMA).map(([message, fields]) =>
  [message, fields.map((field) => ({ ...field, name: camel(field.name) }))])) as unknown as typeof SCHEMA

const MAX_KEY = (1n << 32n) - 1n
const NOTHING = new Uint8Array(0)

/**
 * The message that bytes hold, or `undefined` where they hold none (SPEC W1–W9).
 *
 * @example
 * import assert from 'node:assert'
 * import { WireModel } from 'hello-negotiation/testing'
 *
 * assert.equal(WireModel.decode('Frame', Uint8Array.of(0x08, 0x01))?.envelopeVersion, 1)
 * assert.equal(WireModel.decode('Frame', Uint8Array.of(0x08)), undefined)
 *
 * @category encodings
 * @since 0.1.0
 */
export function decode<N extends MessageName>(name: N, bytes: Uint8Array): MessageOf<N> | undefined {
  return (name === 'HelloReply' ? reply(bytes) : message(FIELDS[name], bytes, 0)) as MessageOf<N> | undefined
}

/**
 * A message's canonical bytes: fields in ascending order, defaults left out (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encode<N extends MessageName>(name: N, value: MessageOf<N>): Uint8Array {
  if (name !== 'HelloReply') return Uint8Array.from(encoded(FIELDS[name], value as object))
  const { result } = value as HelloReply
  if (result._tag === 'Missing') return NOTHING
  const [number, member] = result._tag === 'Negotiated'
    ? [1, encoded(FIELDS.Negotiated, result.negotiated)]
    : [2, encoded(FIELDS.Refused, result.refused)]
  return Uint8Array.from([...varintOf(BigInt(number * 8 + 2)), ...delimited(member)])
}

/** A oneof: the same member again goes on where it was, another takes its place (SPEC W7). */
function reply(bytes: Uint8Array): HelloReply | undefined {
  const members = occurrences(FIELDS.HelloReply, bytes, 0)?.filter(({ field }) => field !== undefined)
  if (members === undefined) return undefined
  let last: { readonly of: 'Negotiated' | 'Refused'; readonly bytes: Uint8Array } | undefined
  for (const { field, held } of members) {
    const of = field?.of as 'Negotiated' | 'Refused'
    if (message(FIELDS[of], held as Uint8Array, 1) === undefined) return undefined
    // To merge two messages is to read one behind the other.
    last = { of, bytes: last?.of === of ? joined(last.bytes, held as Uint8Array) : held as Uint8Array }
  }
  if (last === undefined) return { result: { _tag: 'Missing' } }
  const member = message(FIELDS[last.of], last.bytes, 1)
  return last.of === 'Negotiated'
    ? { result: { _tag: 'Negotiated', negotiated: member as Negotiated } }
    : { result: { _tag: 'Refused', refused: member as Refused } }
}

function message(fields: ReadonlyArray<FieldSchema>, bytes: Uint8Array, depth: number): object | undefined {
  const all = occurrences(fields, bytes, depth)
  if (all === undefined) return undefined
  const values = fields.map((field) =>
    [field.name, valueOf(field, all.filter((one) => one.field === field).map(({ held }) => held), depth)] as const)
  return values.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(values)
}

/** What a field holds in the end, of all that it was said to hold; `undefined` where one of them is illegal. */
function valueOf({ kind }: FieldSchema, held: ReadonlyArray<Held>, depth: number): unknown {
  const last = held.at(-1)
  switch (kind) {
    case 'bool':
      return last !== undefined && last !== 0n
    case 'bytes':
      return Uint8Array.from(last as Uint8Array | undefined ?? NOTHING)
    case 'enum':
      return Number(BigInt.asIntN(32, last as bigint | undefined ?? 0n))
    case 'map':
      return mapOf(held.map((entry) => message(ENTRY, entry as Uint8Array, depth + 2) as MapEntry | undefined))
    case 'string':
      return allTexts(held)?.at(-1) ?? (held.length === 0 ? '' : undefined)
    case 'strings':
      return allTexts(held)
    case 'uint32':
      return Number(BigInt.asUintN(32, last as bigint | undefined ?? 0n))
    case 'uint64':
      return last ?? 0n
    default:
      return undefined
  }
}

interface MapEntry {
  readonly key: string
  readonly value: string
}

function mapOf(entries: ReadonlyArray<MapEntry | undefined>): ReadonlyMap<string, string> | undefined {
  const legal = entries.filter((entry) => entry !== undefined)
  return legal.length < entries.length ? undefined : new Map(legal.map(({ key, value }) => [key, value]))
}

function allTexts(held: ReadonlyArray<Held>): ReadonlyArray<string> | undefined {
  const texts = held.map((bytes) => textOf(bytes as Uint8Array))
  const legal = texts.filter((text) => text !== undefined)
  return legal.length < texts.length ? undefined : legal
}

/** Strictly UTF-8, a byte order mark kept (SPEC W5). */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** All fields of the bytes, one after the other, up to their very end (SPEC W6, W9). */
function occurrences(
  fields: ReadonlyArray<FieldSchema>, bytes: Uint8Array, depth: number,
): ReadonlyArray<Occurrence> | undefined {
  const found: Array<Occurrence> = []
  for (let rest = bytes; rest.length > 0;) {
    const one = occurrence(fields, rest, depth)
    if (one === undefined) return undefined
    found.push(one.value)
    rest = one.rest
  }
  return found
}

function occurrence(fields: ReadonlyArray<FieldSchema>, bytes: Uint8Array, depth: number): Read<Occurrence> | undefined {
  const key = keyAt(bytes)
  if (key === undefined) return undefined
  const { number, wireType } = key.value
  const field = fields.find((field) => field.number === number)
  if (field === undefined) {
    const rest = skipped(number, wireType, key.rest, depth)
    return rest && { value: { field, held: NOTHING }, rest }
  }
  // The reference reads a map's entry as length-delimited, whatever legal wire type its key has.
  const isLegal = field.kind === 'map' ? wireType < 6 : wireType === field.wireType
  const held = isLegal ? (field.wireType === 0 ? varint(key.rest) : run(key.rest)) : undefined
  return held && { value: { field, held: held.value }, rest: held.rest }
}

/** What is behind a field that the message does not have (SPEC W2, W8). */
function skipped(number: number, wireType: number, bytes: Uint8Array, depth: number): Uint8Array | undefined {
  if (number === 0 || depth >= 100) return undefined
  switch (wireType) {
    case 0:
      return varint(bytes)?.rest
    case 1:
      return bytes.length < 8 ? undefined : bytes.subarray(8)
    case 2:
      return run(bytes)?.rest
    case 3:
      return behindGroup(number, bytes, depth + 1)
    case 5:
      return bytes.length < 4 ? undefined : bytes.subarray(4)
    default:
      return undefined
  }
}

/** A group ends with its own number's end, and not with the bytes (SPEC W8). */
function behindGroup(group: number, bytes: Uint8Array, depth: number): Uint8Array | undefined {
  for (let rest: Uint8Array | undefined = bytes; rest !== undefined;) {
    const key = keyAt(rest)
    if (key === undefined) return undefined
    const { number, wireType } = key.value
    if (wireType === 4) return number === group ? key.rest : undefined
    rest = skipped(number, wireType, key.rest, depth)
  }
  return undefined
}

/** A field's number and wire type (SPEC W2). */
function keyAt(bytes: Uint8Array): Read<{ readonly number: number; readonly wireType: number }> | undefined {
  const key = varint(bytes)
  if (key === undefined || key.value > MAX_KEY) return undefined
  return { value: { number: Number(key.value >> 3n), wireType: Number(key.value & 7n) }, rest: key.rest }
}

/** Up to ten bytes, the tenth less than 2; longer than it need be is legal (SPEC W1). */
function varint(bytes: Uint8Array): Read<bigint> | undefined {
  const length = bytes.findIndex((byte) => byte < 0x80) + 1
  if (length === 0 || length > 10 || (length === 10 && (bytes[9] as number) >= 2)) return undefined
  const value = [...bytes.subarray(0, length)].reduceRight((high, byte) => (high << 7n) | BigInt(byte & 0x7f), 0n)
  return { value, rest: bytes.subarray(length) }
}

/** A length, and so many bytes (SPEC W6). */
function run(bytes: Uint8Array): Read<Uint8Array> | undefined {
  const length = varint(bytes)
  if (length === undefined || length.value > BigInt(length.rest.length)) return undefined
  const end = Number(length.value)
  return { value: length.rest.subarray(0, end), rest: length.rest.subarray(end) }
}

function encoded(fields: ReadonlyArray<FieldSchema>, value: object): ReadonlyArray<number> {
  const values = value as Readonly<Record<string, unknown>>
  const bytes: Array<number> = []
  for (const field of fields) {
    const key = varintOf(BigInt(field.number * 8 + field.wireType))
    for (const body of bodiesOf(field, values[field.name])) bytes.push(...key, ...body)
  }
  return bytes
}

/** What stands behind a field's key, as often as the key stands there. */
function bodiesOf({ kind }: FieldSchema, value: unknown): ReadonlyArray<ReadonlyArray<number>> {
  switch (kind) {
    case 'bool':
      return value === true ? [[1]] : []
    case 'bytes':
      return (value as Uint8Array).length === 0 ? [] : [delimited([...value as Uint8Array])]
    case 'enum':
    case 'uint32':
      // A negative enum's number is written as the 64 bits that it has as an int64.
      return value === 0 ? [] : [varintOf(BigInt.asUintN(64, BigInt(value as number)))]
    case 'map':
      return sortedEntries(value as ReadonlyMap<string, string>).map(([key, value]) => delimited(encoded(ENTRY, { key, value })))
    case 'string':
      return value === '' ? [] : [delimited(utf8(value as string))]
    case 'strings':
      return (value as ReadonlyArray<string>).map((text) => delimited(utf8(text)))
    case 'uint64':
      return value === 0n ? [] : [varintOf(value as bigint)]
    default:
      return []
  }
}

/** In the order of their keys' bytes: the wire leaves it open (SPEC W10), and one order is enough. */
function sortedEntries(map: ReadonlyMap<string, string>): ReadonlyArray<readonly [string, string]> {
  const hex = (text: string): string => utf8(text).map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [...map].sort(([a], [b]) => (hex(a) < hex(b) ? -1 : 1))
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return Uint8Array.from([...first, ...second])
}

function delimited(bytes: ReadonlyArray<number>): ReadonlyArray<number> {
  return [...varintOf(BigInt(bytes.length)), ...bytes]
}

function varintOf(value: bigint): ReadonlyArray<number> {
  const low = Number(value & 0x7fn)
  return value < 0x80n ? [low] : [low | 0x80, ...varintOf(value >> 7n)]
}

function utf8(text: string): ReadonlyArray<number> {
  return [...new TextEncoder().encode(text)]
}

function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}
