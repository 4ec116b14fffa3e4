/**
 * The codec beside protobufjs's own, reading the schema afresh: on valid messages the two must agree.
 * On invalid ones they do not, and that is why the codec exists; `Cursor.test.ts` has those.
 */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type FieldSchema, type MessageName, SCHEMA } from 'hello-negotiation/wire'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { MESSAGES, rightOf } from '../support.js'

const proto = readFileSync(new URL('../../../proto/broker_v1.proto', import.meta.url), 'utf8')
const { root } = protobuf.parse(proto)
const typeOf = (name: MessageName): protobuf.Type => root.lookupType(`running_process.broker.v1.${name}`)

type Fields = Readonly<Record<string, unknown>>

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

/** Our message as protobufjs has it: u64 in halves, maps as objects, a oneof as an optional field each. */
function toTheirs(name: MessageName, message: Fields): Fields {
  const members = SCHEMA[name].filter(({ kind }) => kind === 'message')
  const result = message['result'] as Fields | undefined
  return Object.fromEntries(result === undefined
    ? SCHEMA[name].map((field) => [camel(field.name), valueToTheirs(field, message[camel(field.name)])])
    : members.filter(({ of }) => of === result['_tag'])
      .map((field) => [camel(field.name), toTheirs(field.of as MessageName, result[camel(field.name)] as Fields)]))
}

function valueToTheirs({ kind }: FieldSchema, value: unknown): unknown {
  if (kind === 'map') return Object.fromEntries(value as ReadonlyMap<string, string>)
  if (kind !== 'uint64') return value
  return { low: Number((value as bigint) & 0xffff_ffffn), high: Number((value as bigint) >> 32n), unsigned: true }
}

function toOurs(name: MessageName, message: Fields): Fields {
  const member = SCHEMA[name].find((field) => field.kind === 'message' && Object.hasOwn(message, camel(field.name)))
  if (member !== undefined) {
    const inner = toOurs(member.of as MessageName, message[camel(member.name)] as Fields)
    return { result: { _tag: member.of, [camel(member.name)]: inner } }
  }
  if (name === 'HelloReply') return { result: { _tag: 'Missing' } }
  return Object.fromEntries(SCHEMA[name].map((field) => [camel(field.name), valueToOurs(field, message[camel(field.name)])]))
}

function valueToOurs({ kind }: FieldSchema, value: unknown): unknown {
  if (kind === 'map') return new Map(Object.entries(value as Record<string, string>))
  if (kind === 'uint64') return BigInt(String(value))
  return kind === 'bytes' ? Uint8Array.from(value as Uint8Array) : value
}

/** Where protobufjs writes maps otherwise: in its own order, and with empty keys and values spelled out. */
function hasOtherMap(value: unknown): boolean {
  if (value instanceof Map) return value.size > 1 || [...value].some(([key, text]) => key === '' || text === '')
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && Object.values(value).some(hasOtherMap)
}

describe.each(MESSAGES)('$name beside protobufjs', ({ name, any, codec }) => {
  const type = typeOf(name)

  it('is written as the same bytes, but for maps, which protobufjs does not write canonically (SPEC W10)', () => {
    const seen = { compared: 0, other: 0 }
    fc.assert(fc.property(any, (message) => {
      const theirs = Uint8Array.from(type.encode(type.create(toTheirs(name, message as Fields))).finish())
      expect(rightOf(codec.decode(theirs))).toEqual(message)
      seen[hasOtherMap(message) ? 'other' : 'compared'] += 1
      if (hasOtherMap(message)) return
      expect(codec.encode(message)).toEqual(theirs)
    }), { numRuns: 200 })
    expect(seen.compared / (seen.compared + seen.other)).toBeGreaterThan(0.1)
  })

  it('is read by it as what we wrote', () => {
    fc.assert(fc.property(any, (message) => {
      expect(toOurs(name, type.decode(codec.encode(message)) as unknown as Fields)).toEqual(message)
    }), { numRuns: 200 })
  })
})
