/**
 * Bytes that are a message but for one fault, with the error that a decoder must give: which fault, in
 * which message, at which offset.
 *
 * **Laws**
 *  1. What is before the fault decodes by itself, and so does what is behind it.
 *  2. `decode` of the whole gives exactly the error named (SPEC W1–W9).
 */
import fc from 'fast-check'
import type { DecodeError, DecodeFault } from '../../wire/DecodeError.js'
import { NESTING_MAX } from '../../wire/Limits.js'
import { type Codec, CODECS } from '../../wire/messages/codecs.js'
import { type FieldSchema, type MessageName, SCHEMA } from '../../wire/messages/schema.js'
import { arbitraryHostileBytes, arbitraryText } from './bytes.js'
import { arbitraryEncodingOf, arbitraryMessageWire, ENTRY_FIELDS } from './encodings.js'
import {
  arbitraryDelimited, arbitraryFieldOf, arbitraryKey, arbitraryUnknownNumber, arbitraryVarint, nestedGroups, utf8, type Wire,
} from './fields.js'
import { arbitraryMessage } from './messages.js'
import type { Nearly } from './Nearly.js'
import { varintBytes, varintOf } from './varints.js'

/**
 * The encoding of a message with one fault in it, in the message itself or in one nested in it.
 *
 * @example
 * import assert from 'node:assert'
 * import fc from 'fast-check'
 * import { arbitraryMalformed } from 'hello-negotiation/testing'
 * import { decodeHello } from 'hello-negotiation/wire'
 *
 * fc.assert(fc.property(arbitraryMalformed('Hello'), ({ value, error }) => {
 *   assert.deepEqual(decodeHello(value), { _tag: 'Left', left: error })
 * }))
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryMalformed(name: MessageName): fc.Arbitrary<Nearly<Uint8Array, DecodeError>> {
  const known = MALFORMED.get(name)
  if (known !== undefined) return known
  const made = malformed(name)
  MALFORMED.set(name, made)
  return made
}

/** An arbitrary never changes, and these are of many parts, while others ask for them value by value. */
const MALFORMED = new Map<MessageName, fc.Arbitrary<Nearly<Uint8Array, DecodeError>>>()

function malformed(name: MessageName): fc.Arbitrary<Nearly<Uint8Array, DecodeError>> {
  const before = fc.oneof(fc.constant<Wire>([]), arbitrarySound(name))
  return fc.tuple(before, arbitraryFlaw(hostOf(name, 0)), arbitraryMessageWire(name))
    .map(([before, { off, bytes, told, isLast }, more]) => {
      const behind = isLast ? [] : more
      const { at, fault } = told(before.length, behind.length)
      return {
        off,
        value: Uint8Array.from([...before, ...bytes, ...behind]),
        error: { _tag: 'DecodeError', message: name, offset: at, fault },
      }
    })
}

/**
 * Bytes that whoever reads this message must answer for: noise, what looks like protobuf, and encodings of
 * valid messages, usual and unusual, that were changed.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHostileMessage(name: MessageName): fc.Arbitrary<Uint8Array> {
  const { encode } = CODECS[name] as Codec<unknown>
  const usual = arbitraryMessage(name).map(encode)
  return arbitraryHostileBytes(fc.oneof(usual, arbitrarySound(name).map((wire) => Uint8Array.from(wire))))
}

function arbitrarySound(name: MessageName): fc.Arbitrary<Wire> {
  return arbitraryMessage(name).chain((message) => arbitraryEncodingOf(name, message)).map((bytes) => [...bytes])
}

/** What a flaw is in: a message or a map's entry, its fields, and how deep it is. */
interface Host {
  readonly of: MessageName | 'map entry'
  readonly fields: ReadonlyArray<FieldSchema>
  readonly depth: number
}

/** A faulty piece of a message. */
interface Flaw {
  readonly off: string
  readonly bytes: Wire
  /** What a decoder says where the piece begins at `start`, and `behind` bytes of input follow it. */
  readonly told: (start: number, behind: number) => { readonly at: number; readonly fault: DecodeFault }
  /** Whether it is only a fault at the end of the input. */
  readonly isLast: boolean
}

function arbitraryFlaw(host: Host): fc.Arbitrary<Flaw> {
  const flaws = [
    arbitraryDeepNesting(host), arbitraryHugeLength(host), arbitraryKeyTooLarge(), arbitraryLongVarint(host),
    arbitraryNumberZero(), arbitraryOverlongLength(host), arbitraryStrayEnd(host), arbitraryTruncated(host),
    arbitraryUnknownWireType(host), arbitraryWrongWireType(host),
  ]
  const texts = host.fields.filter(({ kind }) => kind === 'string' || kind === 'strings')
  const nested = host.fields.filter(({ kind }) => kind === 'map' || kind === 'message')
  // Of what has many kinds of its own, more is drawn.
  return fc.oneof(
    ...flaws.map((arbitrary) => ({ arbitrary, weight: 1 })),
    ...(texts.length > 0 ? [{ arbitrary: fc.constantFrom(...texts).chain(arbitraryInvalidText), weight: 3 }] : []),
    ...nested.flatMap((field) => [
      { arbitrary: arbitraryOverrun(field), weight: 1 }, { arbitrary: arbitraryNestedFlaw(host, field), weight: 8 },
    ]),
  )
}

/** A flaw that a decoder finds `at` bytes after the flaw's start. */
function flawAt(off: string, at: number, fault: DecodeFault, bytes: Wire): Flaw {
  return { off, bytes, told: (start) => ({ at: start + at, fault }), isLast: false }
}

function arbitraryNumberZero(): fc.Arbitrary<Flaw> {
  return fc.nat({ max: 7 }).chain((wireType) => arbitraryKey(0, wireType))
    .map((key) => flawAt('field number 0', 0, { _tag: 'FieldNumberZero' }, key))
}

function arbitraryKeyTooLarge(): fc.Arbitrary<Flaw> {
  return fc.constantFrom(1n << 32n, (1n << 32n) + 8n, 1n << 63n, (1n << 64n) - 1n)
    .map((key) => flawAt('key above 32 bits', 0, { _tag: 'KeyTooLarge' }, varintOf(key, 0)))
}

function arbitraryUnknownWireType({ fields }: Host): fc.Arbitrary<Flaw> {
  return fc.tuple(arbitraryUnknownNumber(numbersOf(fields)), fc.constantFrom(6, 7)).chain(([number, actual]) =>
    arbitraryKey(number, actual).map((key) => flawAt('wire type 6 or 7', 0, { _tag: 'InvalidWireType', actual }, key)))
}

/** A map's entry is read whatever wire type its key has, so only those that no field can have are wrong (SPEC W2). */
function arbitraryWrongWireType({ of, fields }: Host): fc.Arbitrary<Flaw> {
  return fc.constantFrom(...fields).chain(({ number: fieldNumber, kind, wireType }) => {
    const wrong = [0, 1, 2, 3, 4, 5, 6, 7].filter((other) => (kind === 'map' ? other > 5 : other !== wireType))
    return fc.constantFrom(...wrong).chain((actual) => arbitraryKey(fieldNumber, actual)
      .map((key) => flawAt('known field, wrong wire type', 0, { _tag: 'WrongWireType', of, fieldNumber, actual }, [...key, 0])))
  })
}

/** As varints too long come: eleven bytes, or ten of which the last says too much (SPEC W1). */
const LONG_VARINTS: ReadonlyArray<Wire> = [varintBytes(0n, 11), [...Array<number>(9).fill(0xff), 0x02]]

function arbitraryLongVarint({ fields }: Host): fc.Arbitrary<Flaw> {
  const places = fc.oneof(fc.constant<Wire>([]), arbitraryVarintKey(fields))
  return fc.tuple(places, fc.constantFrom(...LONG_VARINTS)).map(([key, varint]) => {
    const off = key.length === 0 ? 'key of 11 bytes' : 'varint of 11 bytes'
    return flawAt(off, key.length, { _tag: 'VarintTooLong' }, [...key, ...varint])
  })
}

/** The key of a field, known or not, after which comes a varint or a length. */
function arbitraryVarintKey(fields: ReadonlyArray<FieldSchema>): fc.Arbitrary<Wire> {
  const unknown = fc.tuple(arbitraryUnknownNumber(numbersOf(fields)), fc.constantFrom(0, 2))
  const known = fc.constantFrom(...fields).map(({ number, wireType }): [number, number] => [number, wireType])
  return fc.oneof(unknown, known).chain(([number, wireType]) => arbitraryKey(number, wireType))
}

/** The key of a field, known or not, after which comes a length. */
function arbitraryDelimitedKey({ fields }: Host): fc.Arbitrary<Wire> {
  const known = fields.filter(({ wireType }) => wireType === 2).map(({ number }) => fc.constant(number))
  return fc.oneof(arbitraryUnknownNumber(numbersOf(fields)), ...known).chain((number) => arbitraryKey(number, 2))
}

function arbitraryHugeLength(host: Host): fc.Arbitrary<Flaw> {
  const lengths = fc.constantFrom(1n << 24n, (1n << 31n) - 1n, 1n << 31n, (1n << 32n) + 1n, 1n << 63n, (1n << 64n) - 1n)
  return fc.tuple(arbitraryDelimitedKey(host), lengths).chain(([key, length]) => arbitraryVarint(length).map((varint): Flaw => ({
    off: 'length far beyond the input',
    bytes: [...key, ...varint],
    told: (start, behind) => ({
      at: start + key.length, fault: { _tag: 'LengthExceedsInput', actual: Number(length), available: behind },
    }),
    isLast: false,
  })))
}

function arbitraryOverlongLength(host: Host): fc.Arbitrary<Flaw> {
  return fc.tuple(arbitraryDelimitedKey(host), arbitraryText().map(utf8)).chain(([key, text]) => {
    const fault: DecodeFault = { _tag: 'LengthExceedsInput', actual: text.length + 1, available: text.length }
    return arbitraryVarint(BigInt(text.length + 1)).map((length): Flaw =>
      ({ ...flawAt('length one beyond the input', key.length, fault, [...key, ...length, ...text]), isLast: true }))
  })
}

/** The input ends in a key, a varint, a length, a field of 8 or 4 bytes, or a group. */
function arbitraryTruncated({ fields }: Host): fc.Arbitrary<Flaw> {
  const key = (wireType: number): fc.Arbitrary<Wire> =>
    arbitraryUnknownNumber(numbersOf(fields)).chain((number) => arbitraryKey(number, wireType))
  const cutOff = (off: string, key: fc.Arbitrary<Wire>, maxLength: number, byte: number): fc.Arbitrary<Flaw> =>
    fc.tuple(key, fc.nat({ max: maxLength })).map(([key, length]) =>
      ({ ...flawAt(off, key.length, { _tag: 'Truncated' }, [...key, ...Array<number>(length).fill(byte)]), isLast: true }))
  return fc.oneof(
    fc.integer({ min: 1, max: 9 }).map((length): Flaw =>
      ({ ...flawAt('key cut off', 0, { _tag: 'Truncated' }, Array<number>(length).fill(0x80)), isLast: true })),
    cutOff('varint cut off', arbitraryVarintKey(fields), 9, 0xff),
    cutOff('8 bytes cut off', key(1), 7, 0),
    cutOff('4 bytes cut off', key(5), 3, 0),
    cutOff('group without end', key(3), 0, 0),
  )
}

function arbitraryStrayEnd({ fields }: Host): fc.Arbitrary<Flaw> {
  const stray = arbitraryUnknownNumber(numbersOf(fields)).chain((actual) => arbitraryKey(actual, 4).map((key) =>
    flawAt('group end without a group', 0, { _tag: 'UnmatchedEndGroup', actual, expected: undefined }, key)))
  const wrong = fc.tuple(arbitraryUnknownNumber(numbersOf(fields)), fc.integer({ min: 1, max: 3 })).chain(([expected, actual]) =>
    fc.tuple(arbitraryKey(expected, 3), arbitraryKey(actual, 4)).map(([open, close]) =>
      flawAt('end of another group', open.length, { _tag: 'UnmatchedEndGroup', actual, expected }, [...open, ...close])))
  return fc.oneof(stray, wrong)
}

/** One level more than is read; what is at that level does not matter. */
function arbitraryDeepNesting({ fields, depth }: Host): fc.Arbitrary<Flaw> {
  return arbitraryUnknownNumber(numbersOf(fields)).map((number) => {
    const levels = NESTING_MAX - depth
    const open = varintOf((BigInt(number) << 3n) | 3n, 0)
    const fault: DecodeFault = { _tag: 'NestingTooDeep', max: NESTING_MAX }
    return flawAt('one group too deep', levels * open.length, fault, nestedGroups(number, levels + 1, []))
  })
}

/** By what is wrong with each (SPEC W5). */
const INVALID_TEXTS: Readonly<Record<string, Wire>> = {
  'overlong UTF-8': [0xc0, 0xaf],
  'a surrogate in UTF-8': [0xed, 0xa0, 0x80],
  'UTF-8 above 10FFFF': [0xf4, 0x90, 0x80, 0x80],
  'UTF-8 cut short': [0xe2, 0x82],
  'no UTF-8 at all': [0xff],
}

function arbitraryInvalidText({ number }: FieldSchema): fc.Arbitrary<Flaw> {
  const padding = fc.constantFrom(0, 1, 31, 32, 80).map((length) => Array<number>(length).fill(0x61))
  return fc.tuple(fc.constantFrom(...Object.entries(INVALID_TEXTS)), padding, padding, arbitraryKey(number, 2))
    .chain(([[off, invalid], before, behind, key]) => {
      const text = [...before, ...invalid, ...behind]
      return arbitraryDelimited(text).map((field) =>
        flawAt(off, key.length + field.length - text.length, { _tag: 'InvalidUtf8' }, [...key, ...field]))
    })
}

/** The nested message's length ends inside its only field (SPEC W6). */
function arbitraryOverrun({ number }: FieldSchema): fc.Arbitrary<Flaw> {
  const inner = arbitraryFieldOf(20, 2, arbitraryText().map(utf8).chain(arbitraryDelimited))
  return fc.tuple(arbitraryKey(number, 2), inner, fc.nat()).chain(([key, field, cut]) => {
    const said = 1 + cut % (field.length - 1)
    return arbitraryVarint(BigInt(said)).map((length): Flaw => {
      const inside = key.length + length.length
      return {
        off: 'nested message longer than its length',
        bytes: [...key, ...length, ...field],
        told: (start) => {
          const [expected, actual] = [start + inside + said, start + inside + field.length]
          return { at: expected, fault: { _tag: 'MessageOverrun', actual, expected } }
        },
        isLast: false,
      }
    })
  })
}

/** A flaw in a nested message or in a map's entry, behind something sound. */
function arbitraryNestedFlaw({ depth }: Host, { number, kind, of }: FieldSchema): fc.Arbitrary<Flaw> {
  const [host, sound]: [Host, fc.Arbitrary<Wire>] = kind === 'map'
    ? [{ of: 'map entry', fields: ENTRY_FIELDS, depth: depth + 2 }, fc.constantFrom<Wire>([], [0x0a, 0x01, 0x6b])]
    : [hostOf(of as MessageName, depth + 1), arbitraryMessageWire(of as MessageName)]
  return fc.tuple(arbitraryKey(number, 2), sound, arbitraryFlaw(host), sound)
    .chain(([key, before, flaw, more]) => {
      const behind = flaw.isLast ? [] : more
      const body = [...before, ...flaw.bytes, ...behind]
      return arbitraryVarint(BigInt(body.length)).map((length): Flaw => ({
        off: `nested: ${flaw.off.replace(/^nested: /, '')}`,
        bytes: [...key, ...length, ...body],
        told: (start, rest) => flaw.told(start + key.length + length.length + before.length, behind.length + rest),
        isLast: flaw.isLast,
      }))
    })
}

function hostOf(name: MessageName, depth: number): Host {
  return { of: name, fields: SCHEMA[name], depth }
}

function numbersOf(fields: ReadonlyArray<FieldSchema>): ReadonlyArray<number> {
  return fields.map(({ number }) => number)
}
