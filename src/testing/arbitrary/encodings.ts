/**
 * All the ways to spell one message: other bytes than the library would write, the same message to whoever
 * reads them.
 *
 * **Laws**
 *  1. `decode` of any encoding of a message is that message (SPEC W1–W4, W7, W8, W11).
 */
import fc from 'fast-check'
import { type Codec, CODECS } from '../../wire/messages/codecs.js'
import { type FieldSchema, type MessageName, SCHEMA } from '../../wire/messages/schema.js'
import { camelName } from '../camelName.js'
import { arbitraryText, arbitraryU64 } from './bytes.js'
import { arbitraryDelimited, arbitraryFieldOf, arbitraryUnknownField, arbitraryVarint, utf8, type Wire } from './fields.js'
import { arbitraryMessage, type MessageOf } from './messages.js'

/**
 * An encoding of a message: fields in any order, defaults spelled out, varints longer than need be and
 * with bits that are cut off, values overridden by later ones, fields that nobody knows in between, a nested
 * message in parts that merge, map entries in their stranger forms.
 *
 * @example
 * import assert from 'node:assert'
 * import fc from 'fast-check'
 * import { arbitraryEncodingOf } from 'hello-negotiation/testing'
 * import { decodeHandoffOffer, handoffOffer } from 'hello-negotiation/wire'
 *
 * const offer = handoffOffer({ serviceName: 'zccache', correlationId: 7n })
 * fc.assert(fc.property(arbitraryEncodingOf('HandoffOffer', offer), (bytes) => {
 *   assert.deepEqual(decodeHandoffOffer(bytes), { _tag: 'Right', right: offer })
 * }))
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryEncodingOf<N extends MessageName>(name: N, message: MessageOf<N>): fc.Arbitrary<Uint8Array> {
  return arbitraryPieces(name, message as Fields, 0).map((pieces) => Uint8Array.from(pieces.flat()))
}

type Fields = Readonly<Record<string, unknown>>

/** Fields that keep their order among each other, because a later one has a say over an earlier. */
type Run = ReadonlyArray<Wire>

/** A message's fields as they come. */
function arbitraryPieces(name: MessageName, message: Fields, depth: number): fc.Arbitrary<Run> {
  const schema = SCHEMA[name]
  const members = schema.filter(({ kind }) => kind === 'message')
  const runs = members.length > 0
    ? [arbitraryOneof(members, message['result'] as Fields, depth)]
    : schema.map((field) => arbitraryRun(field, message[camelName(field.name)], depth))
  return arbitraryInterleaving(runs, schema.map(({ number }) => number), depth)
}

/** Runs of fields mixed at random, with unknown ones among them; shrinks to one run after the other, and no more. */
function arbitraryInterleaving(
  runs: ReadonlyArray<fc.Arbitrary<Run>>, known: ReadonlyArray<number>, depth: number,
): fc.Arbitrary<Run> {
  const unknown = seldom(arbitraryUnknownField(known, depth), 3)
  const picks = fc.oneof(fc.constant([]), fc.array(fc.nat({ max: 0xff }), { maxLength: 32, size: 'max' }))
  return fc.tuple(fc.tuple(...runs), unknown, picks)
    .map(([runs, unknown, picks]) => interleaved([...runs, ...unknown.map((field) => [field])], picks))
}

/** Takes the next field of the run that each pick names, and the rest in order once the picks are used up. */
function interleaved(runs: ReadonlyArray<Run>, picks: ReadonlyArray<number>): Run {
  const left = runs.map((run) => [...run])
  const mixed: Array<Wire> = []
  for (const pick of picks) {
    const next = left[pick % left.length]?.shift()
    if (next !== undefined) mixed.push(next)
  }
  return [...mixed, ...left.flat()]
}

function arbitraryRun(field: FieldSchema, value: unknown, depth: number): fc.Arbitrary<Run> {
  switch (field.kind) {
    case 'map':
      return inOrder([...value as ReadonlyMap<string, string>].map((entry) => arbitraryEntryRun(field, entry, depth)))
    case 'strings':
      return fc.tuple(...(value as ReadonlyArray<string>).map((text) => arbitraryScalar(field, text)))
    default:
      return arbitraryScalarRun(field, value)
  }
}

/** Other values first, because the last one wins (SPEC W7); where there are none, a default may go without saying. */
function arbitraryScalarRun(field: FieldSchema, value: unknown): fc.Arbitrary<Run> {
  const overridden = seldom(arbitraryOther(field).chain((other) => arbitraryScalar(field, other)), 2)
  return fc.tuple(overridden, arbitraryScalar(field, value), fc.boolean()).map(([before, last, isSaid]) =>
    before.length > 0 || isSaid || !isDefault(value) ? [...before, last] : [])
}

function arbitraryScalar(field: FieldSchema, value: unknown): fc.Arbitrary<Wire> {
  return arbitraryFieldOf(field.number, field.wireType, arbitraryValue(field, value))
}

function arbitraryValue({ kind }: FieldSchema, value: unknown): fc.Arbitrary<Wire> {
  switch (kind) {
    case 'bool':
      // Any varint but 0 is true (SPEC W4).
      return value === true ? arbitraryU64().map((any) => any || 1n).chain(arbitraryVarint) : arbitraryVarint(0n)
    case 'bytes':
      return arbitraryDelimited([...value as Uint8Array])
    case 'enum':
    case 'uint32':
      // Of 64 bits the upper 32 are cut off (SPEC W3); a negative number of an enum is usually all ones there.
      return fc.constantFrom(0n, 0n, 1n, 0x7fff_ffffn, 0xffff_ffffn)
        .chain((high) => arbitraryVarint((high << 32n) | BigInt((value as number) >>> 0)))
    case 'uint64':
      return arbitraryVarint(value as bigint)
    default:
      return arbitraryDelimited(utf8(value as string))
  }
}

/** A value to be overridden. */
function arbitraryOther({ kind }: FieldSchema): fc.Arbitrary<unknown> {
  switch (kind) {
    case 'bool':
      return fc.boolean()
    case 'bytes':
      return fc.uint8Array({ maxLength: 4 })
    case 'enum':
    case 'uint32':
      return fc.nat({ max: 3 })
    case 'uint64':
      return arbitraryU64()
    default:
      return arbitraryText()
  }
}

function isDefault(value: unknown): boolean {
  return value instanceof Uint8Array ? value.length === 0 : [0, 0n, false, ''].some((none) => none === value)
}

/** An entry, perhaps after another one with the same key; of either key and value the last one wins (SPEC W7). */
function arbitraryEntryRun(field: FieldSchema, [key, value]: readonly [string, string], depth: number): fc.Arbitrary<Run> {
  const overridden = seldom(arbitraryText().chain((other) => arbitraryEntry(field, key, other, depth)), 1)
  return fc.tuple(overridden, arbitraryEntry(field, key, value, depth)).map(([before, last]) => [...before, last])
}

/** The reference reads an entry whatever wire type its field's key has, and counts it for two levels (SPEC W2, W8). */
function arbitraryEntry({ number }: FieldSchema, key: string, value: string, depth: number): fc.Arbitrary<Wire> {
  const parts = ENTRY_FIELDS.map((part, i) => arbitraryScalarRun(part, i === 0 ? key : value))
  const wireType = fc.oneof({ arbitrary: fc.constant(2), weight: 9 }, { arbitrary: fc.nat({ max: 5 }), weight: 1 })
  return fc.tuple(wireType, arbitraryInterleaving(parts, [1, 2], depth + 2))
    .chain(([wireType, pieces]) => arbitraryFieldOf(number, wireType, arbitraryDelimited(pieces.flat())))
}

/** @internal What a map's entry consists of. */
export const ENTRY_FIELDS: ReadonlyArray<FieldSchema> = Object.freeze([
  { number: 1, name: 'key', kind: 'string', wireType: 2 },
  { number: 2, name: 'value', kind: 'string', wireType: 2 },
])

/** The member that is meant in up to three parts, which merge, and before it perhaps the other, which it replaces (SPEC W7). */
function arbitraryOneof(members: ReadonlyArray<FieldSchema>, result: Fields, depth: number): fc.Arbitrary<Run> {
  const meant = members.find(({ of }) => of === result['_tag'])
  if (meant === undefined) return fc.constant([])
  const others = members.filter((member) => member !== meant).map(({ number, of }) =>
    seldom(arbitraryFieldOf(number, 2, arbitraryMessageWire(of as MessageName).chain(arbitraryDelimited)), 1))
  const parts = arbitraryPieces(meant.of as MessageName, result[camelName(meant.name)] as Fields, depth + 1)
    .chain((pieces) => fc.array(fc.nat({ max: pieces.length }), { maxLength: 2 }).chain((cuts) =>
      fc.tuple(...partsOf(pieces, cuts).map((part) => arbitraryFieldOf(meant.number, 2, arbitraryDelimited(part.flat()))))))
  return inOrder([...others, parts])
}

/** @internal A message, as the library writes it. */
export function arbitraryMessageWire(name: MessageName): fc.Arbitrary<Wire> {
  const { encode } = CODECS[name] as Codec<unknown>
  return arbitraryMessage(name).map((message) => [...encode(message)])
}

function partsOf(pieces: Run, cuts: ReadonlyArray<number>): ReadonlyArray<Run> {
  const ends = [...cuts, pieces.length].sort((a, b) => a - b)
  return ends.map((end, i) => pieces.slice(ends[i - 1] ?? 0, end))
}

function inOrder(runs: ReadonlyArray<fc.Arbitrary<Run>>): fc.Arbitrary<Run> {
  return fc.tuple(...runs).map((runs) => runs.flat())
}

/** Mostly none. */
function seldom<A>(arbitrary: fc.Arbitrary<A>, maxLength: number): fc.Arbitrary<ReadonlyArray<A>> {
  return fc.oneof(
    { arbitrary: fc.constant([]), weight: 3 }, { arbitrary: fc.array(arbitrary, { minLength: 1, maxLength }), weight: 1 },
  )
}
