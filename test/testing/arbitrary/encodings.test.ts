/**
 * The other ways to spell a message: all of them decode to it, and each way is taken.
 */
import fc from 'fast-check'
import { arbitraryEncodingOf, arbitraryMessage, type MessageOf } from 'hello-negotiation/testing'
import { CODECS, type Codec, type FieldSchema, type MessageName, SCHEMA } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { type RawField, rawField, readVarint, spareBytes } from '../../../src/host/command/inspect/RawField.js'
import { drawn, expectReached, tally } from './support.js'

const NAMES = Object.keys(SCHEMA) as ReadonlyArray<MessageName>

interface Spelled {
  readonly message: unknown
  readonly bytes: Uint8Array
}

function arbitrarySpelled<N extends MessageName>(name: N): fc.Arbitrary<Spelled> {
  return arbitraryMessage(name).chain((message: MessageOf<N>) =>
    arbitraryEncodingOf(name, message).map((bytes) => ({ message, bytes })))
}

function schemaOf(name: MessageName, number: number | undefined): FieldSchema | undefined {
  return SCHEMA[name].find((field) => field.number === number)
}

/** The fields of well-formed bytes. */
function fieldsIn(name: MessageName, bytes: Uint8Array): ReadonlyArray<RawField> {
  const fields: Array<RawField> = []
  for (let at = 0; at < bytes.length;) {
    const field = rawField(bytes, at, (number) => schemaOf(name, number)?.kind === 'map')
    fields.push(field)
    at = field.end ?? bytes.length
  }
  return fields
}

/** What is out of the ordinary about one encoding, at its top level. */
function oddities(name: MessageName, bytes: Uint8Array): ReadonlyArray<string> {
  const fields = fieldsIn(name, bytes)
  const numbers = fields.map(({ key }) => key?.number ?? 0)
  const known = numbers.filter((number) => schemaOf(name, number) !== undefined)
  const kindsTwice = known.filter((number, i) => known.indexOf(number) < i).map((number) => schemaOf(name, number)?.kind)
  return [
    ...(known.some((number, i) => number < (known[i - 1] ?? 0)) ? ['out of order'] : []),
    ...(kindsTwice.some((kind) => kind !== 'strings' && kind !== 'map' && kind !== 'message') ? ['overridden'] : []),
    ...(kindsTwice.includes('message') ? ['in parts'] : []),
    ...(name === 'HelloReply' && new Set(known).size === 2 ? ['replaced'] : []),
    ...new Set(fields.flatMap((field) => odditiesOf(name, bytes, field))),
  ]
}

function odditiesOf(name: MessageName, bytes: Uint8Array, { start, key, valueStart, end }: RawField): ReadonlyArray<string> {
  const schema = schemaOf(name, key?.number)
  if (schema === undefined) {
    const isDeep = (end ?? 0) - start > 150
    return [`unknown ${['varint', '64 bits', 'run', isDeep ? 'nest' : 'group', '', '32 bits'][key?.wireType ?? 4]}`]
  }
  const varints = [readVarint(bytes, start), ...(key?.wireType === 0 || key?.wireType === 2 ? [readVarint(bytes, key.end)] : [])]
  const value = schema.wireType === 0 ? readVarint(bytes, valueStart)?.value : undefined
  return [
    ...(varints.some((varint) => varint !== undefined && spareBytes(varint) > 0) ? ['padded'] : []),
    ...(value === 0n || (schema.wireType === 2 && end === valueStart) ? ['default spelled out'] : []),
    ...(value !== undefined && value > 0xffff_ffffn && schema.kind === 'uint32' ? ['bits cut off'] : []),
    ...(value !== undefined && value > 1n && schema.kind === 'bool' ? ['a true other than 1'] : []),
    ...(schema.kind === 'map' && key?.wireType !== 2 ? ['entry under another wire type'] : []),
  ]
}

/** What can be odd about a message at all. */
function possibleOddities(name: MessageName): ReadonlyArray<string> {
  const kinds = SCHEMA[name].map(({ kind }) => kind)
  const unknown = ['varint', '64 bits', 'run', 'group', 'nest', '32 bits'].map((what) => `unknown ${what}`)
  if (name === 'HelloReply') return [...unknown, 'padded', 'out of order', 'in parts', 'replaced', 'default spelled out']
  return [
    ...unknown, 'padded', 'out of order', 'overridden', 'default spelled out',
    ...(kinds.includes('uint32') ? ['bits cut off'] : []),
    ...(kinds.includes('bool') ? ['a true other than 1'] : []),
    ...(kinds.includes('map') ? ['entry under another wire type'] : []),
  ]
}

describe.each(NAMES)('an encoding of %s', (name) => {
  const codec = CODECS[name] as Codec<unknown>

  it('decodes to the very message, whatever is odd about it (SPEC W1–W4, W7, W8, W11)', () => {
    fc.assert(fc.property(arbitrarySpelled(name), ({ message, bytes }) => {
      expect(codec.decode(bytes)).toEqual({ _tag: 'Right', right: message })
    }), { numRuns: 100 })
  })

  it('is odd in every way that it can be, and seldom as the library would write it', () => {
    const spelled = drawn(arbitrarySpelled(name), 500)
    expectReached(tally(spelled, ({ bytes }) => oddities(name, bytes)), possibleOddities(name), 3)
    const usual = spelled.filter(({ message, bytes }) => Buffer.from(codec.encode(message)).equals(bytes))
    expect(usual.length).toBeLessThan(spelled.length / 4)
  })
})
