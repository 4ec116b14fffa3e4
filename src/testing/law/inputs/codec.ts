/**
 * What codec laws take: messages, their bytes, and bytes that hold one field.
 */
import fc from 'fast-check'
import { type Codec, CODECS } from '../../../wire/messages/codecs.js'
import { type FieldSchema, type MessageName, SCHEMA } from '../../../wire/messages/schema.js'
import { arbitraryHostileBytes, arbitraryMutation, arbitraryText } from '../../arbitrary/bytes.js'
import {
  arbitraryFrame, arbitraryHandoffAck, arbitraryHandoffOffer, arbitraryHello, arbitraryHelloReply, arbitraryNegotiated,
  arbitraryRefused, arbitraryServiceDefinition,
} from '../../arbitrary/messages.js'
import type { LawArbitraries } from './LawArbitraries.js'
import { picking, respelt, withUnknownFields } from './respelling.js'

/**
 * The kinds of input of codec laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface CodecInputs {
  readonly Message: NamedMessage
  /** Two messages of one name. */
  readonly MessagePair: NamedMessage & { readonly second: unknown }
  /** Canonical bytes, and where to cut them. */
  readonly CutMessage: NamedBytes & { readonly end: number }
  /** Any bytes, most of them nearly a message. */
  readonly HostileMessage: NamedBytes
  /** A message, and bytes that mean it, though they are not the canonical ones. */
  readonly RespeltMessage: NamedMessage & NamedBytes
  /** A message, and its bytes with fields among them that it has not. */
  readonly ExtendedMessage: NamedMessage & NamedBytes
  /** A varint, legal or too long, and the field of a message that it is for. */
  readonly VarintField: FieldBytes
  /** The bytes of a text, or of what is none, and the field that they are for. */
  readonly TextField: FieldBytes
}

/**
 * A message of the wire by its name.
 *
 * @category model
 * @since 0.1.0
 */
export interface NamedMessage {
  readonly name: MessageName
  readonly message: unknown
}

/**
 * Bytes that are to be read as the message of a name.
 *
 * @category model
 * @since 0.1.0
 */
export interface NamedBytes {
  readonly name: MessageName
  readonly bytes: Uint8Array
}

/**
 * What stands behind a field's key.
 *
 * @category model
 * @since 0.1.0
 */
export interface FieldBytes extends NamedBytes {
  readonly field: FieldSchema
}

const ARBITRARIES: Readonly<Record<MessageName, () => fc.Arbitrary<unknown>>> = {
  Frame: arbitraryFrame,
  Hello: arbitraryHello,
  Negotiated: arbitraryNegotiated,
  Refused: arbitraryRefused,
  HelloReply: arbitraryHelloReply,
  HandoffOffer: arbitraryHandoffOffer,
  HandoffAck: arbitraryHandoffAck,
  ServiceDefinition: arbitraryServiceDefinition,
}

const NAMES = Object.keys(ARBITRARIES) as ReadonlyArray<MessageName>

/** @internal */
export const CODEC_INPUTS: LawArbitraries<CodecInputs> = {
  Message: () => ofAnyName((name, message) => message.map((message) => ({ name, message }))),
  MessagePair: () => ofAnyName((name, message) => fc.tuple(message, message).map(([message, second]) => ({ name, message, second }))),
  CutMessage: () => ofAnyName((name, message) => fc.tuple(message, fc.nat()).map(([message, where]) => {
    const bytes = encoded(name, message)
    return { name, bytes, end: where % (bytes.length + 1) }
  })),
  HostileMessage: () => ofAnyName((name, message) =>
    arbitraryHostileBytes(message.map((message) => encoded(name, message))).map((bytes) => ({ name, bytes }))),
  RespeltMessage: () => spelt(respelt),
  ExtendedMessage: () => spelt(withUnknownFields),
  VarintField: () => fc.tuple(fieldOf('bool', 'enum', 'uint32', 'uint64'), arbitraryVarint())
    .map(([field, bytes]) => ({ ...field, bytes })),
  TextField: () => fc.tuple(fieldOf('string', 'strings'), arbitraryTextBytes()).map(([field, bytes]) => ({ ...field, bytes })),
}

function ofAnyName<A>(of: (name: MessageName, message: fc.Arbitrary<unknown>) => fc.Arbitrary<A>): fc.Arbitrary<A> {
  return fc.oneof(...NAMES.map((name) => of(name, ARBITRARIES[name]())))
}

function encoded(name: MessageName, message: unknown): Uint8Array {
  return (CODECS[name] as Codec<unknown>).encode(message)
}

function spelt(spell: typeof respelt): fc.Arbitrary<NamedMessage & NamedBytes> {
  const choices = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 30 })
  return ofAnyName((name, message) => fc.tuple(message, choices).map(([message, numbers]) =>
    ({ name, message, bytes: Uint8Array.from(spell(name, encoded(name, message), picking(numbers))) })))
}

function fieldOf(...kinds: ReadonlyArray<FieldSchema['kind']>): fc.Arbitrary<Omit<FieldBytes, 'bytes'>> {
  const all = NAMES.flatMap((name) => SCHEMA[name].map((field) => ({ name, field })))
  return fc.constantFrom(...all.filter(({ field }) => kinds.includes(field.kind)))
}

/** Up to twelve bytes; those of ten often end in 0 or 1, as a u64 does, or in 2. */
function arbitraryVarint(): fc.Arbitrary<Uint8Array> {
  const high = fc.integer({ min: 0x80, max: 0xff })
  const last = fc.oneof(fc.constantFrom(0, 1, 2, 0x7f), fc.nat({ max: 0x7f }))
  const length = fc.oneof(fc.nat({ max: 11 }), fc.constantFrom(4, 8, 9))
  return length.chain((length) => fc.tuple(fc.array(high, { minLength: length, maxLength: length }), last))
    .map(([first, last]) => Uint8Array.of(...first, last))
}

/** UTF-8, UTF-8 with a change, and what comes close to it: over-long, surrogates, beyond the last, cut short (SPEC W5). */
function arbitraryTextBytes(): fc.Arbitrary<Uint8Array> {
  const text = arbitraryText().map((text) => new TextEncoder().encode(text))
  const near = fc.constantFrom(
    'c080', 'c1bf', 'e08080', 'e09fbf', 'f0808080', 'f08fbfbf', 'eda080', 'edbfbf', 'f4908080', 'f8888080', 'ff', '80',
    'c3', 'e282', 'f09f98', 'efbbbf', 'ed9fbf', 'ee8080', 'f48fbfbf',
  ).map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)))
  const joined = fc.tuple(text, near, text).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])))
  return fc.oneof(text, near, joined, arbitraryMutation(text))
}
