/**
 * The laws of the messages' codecs (SPEC §2).
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { DecodeError } from '../../wire/DecodeError.js'
import type { Codec } from '../../wire/messages/codecs.js'
import { type FieldSchema, type MessageName, SCHEMA } from '../../wire/messages/schema.js'
import { camelName } from '../camelName.js'
import type { FieldBytes } from './inputs/codec.js'
import { type AnyLaw, forbid, law } from './Law.js'
import { same, shown } from './shown.js'
import type { Steps } from './Steps.js'
import { varintAt, wireFields } from './wireFields.js'

/** @internal */
export const CODEC_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'CODEC-1',
    group: 'codec',
    sentence: 'What is encoded decodes to what it was.',
    rows: ['W10'],
    input: 'Message',
    breach: (steps, { name, message }) => {
      const { decode, encode } = codecOf(steps, name)
      return unlessDecoded(decode(encode(message)), message)
    },
  }),
  law({
    id: 'CODEC-2',
    group: 'codec',
    sentence: 'Any bytes decode to a message or to an error that says in which message, and where in the bytes.',
    rows: ['W1', 'W2', 'W6', 'W8', 'W9'],
    input: 'HostileMessage',
    breach: (steps, { name, bytes }) => {
      const decoded = codecOf(steps, name).decode(bytes)
      if (decoded._tag === 'Right') return undefined
      const { _tag, message, offset } = decoded.left
      const isPlaced = Number.isInteger(offset) && offset >= 0 && offset <= bytes.length
      return forbid(_tag !== 'DecodeError' || message !== name || !isPlaced, () => `${name} failed with ${shown(decoded.left)}`)
    },
  }),
  law({
    id: 'CODEC-3',
    group: 'codec',
    sentence: 'However a message is spelt, in what order, with defaults said and numbers longer than need be, it is the same.',
    rows: ['W1', 'W7', 'W10', 'W11'],
    input: 'RespeltMessage',
    breach: (steps, input) => unlessDecoded(codecOf(steps, input.name).decode(input.bytes), input.message),
  }),
  law({
    id: 'CODEC-4',
    group: 'codec',
    sentence: 'A decoded message keeps its fields when the bytes that it was decoded from are overwritten.',
    rows: ['W6'],
    input: 'Message',
    breach: (steps, { name, message }) => {
      const { decode, encode } = codecOf(steps, name)
      const bytes = Uint8Array.from(encode(message))
      const decoded = decode(bytes)
      bytes.fill(0xee)
      return unlessDecoded(decoded, message)
    },
  }),
  law({
    id: 'CODEC-5',
    group: 'codec',
    sentence: 'Whatever was decoded encodes to bytes that decode to it again.',
    rows: ['W3', 'W4', 'W10'],
    input: 'HostileMessage',
    breach: (steps, { name, bytes }) => {
      const { decode, encode } = codecOf(steps, name)
      const decoded = decode(bytes)
      return decoded._tag === 'Left' ? undefined : unlessDecoded(decode(encode(decoded.right)), decoded.right)
    },
  }),
  law({
    id: 'CODEC-6',
    group: 'codec',
    sentence: 'A field that the message has not is passed over, whatever its wire type and wherever it stands.',
    rows: ['W8', 'W13'],
    input: 'ExtendedMessage',
    breach: (steps, input) => unlessDecoded(codecOf(steps, input.name).decode(input.bytes), input.message),
  }),
  law({
    id: 'CODEC-7',
    group: 'codec',
    sentence: 'A uint64 is its varint, a uint32 the low half, an enum the low half with a sign, and a bool whether it is not 0.',
    rows: ['W3', 'W4'],
    input: 'VarintField',
    breach: (steps, input) => {
      if (isTooLong(input.bytes)) return undefined
      return unlessField(steps, input, NUMBERS[input.field.kind]?.(varintAt(input.bytes, 0).value))
    },
  }),
  law({
    id: 'CODEC-8',
    group: 'codec',
    sentence: 'A varint of up to ten bytes, the tenth less than 2, is read however small its number; any other is refused.',
    rows: ['W1'],
    input: 'VarintField',
    breach: (steps, input) => {
      const { _tag } = decodedField(steps, input)
      return forbid((_tag === 'Left') !== isTooLong(input.bytes), () => `the varint ${shown(input.bytes)} gave a ${_tag}`)
    },
  }),
  law({
    id: 'CODEC-9',
    group: 'codec',
    sentence: 'A text is read, byte order mark and all, where it is strictly UTF-8, and refused where it is not.',
    rows: ['W5'],
    input: 'TextField',
    breach: (steps, input) => {
      const text = strictText(input.bytes)
      if (text !== undefined) return unlessField(steps, input, text)
      return forbid(decodedField(steps, input)._tag === 'Right', () => `${shown(input.bytes)} passed for a text`)
    },
  }),
  law({
    id: 'CODEC-10',
    group: 'codec',
    sentence: 'Two encodings in a row are the second laid over the first: the last number or text wins, lists and maps grow.',
    rows: ['W7'],
    input: 'MessagePair',
    breach: (steps, { name, message, second }) => {
      const { decode, encode } = codecOf(steps, name)
      return unlessDecoded(decode(Uint8Array.of(...encode(message), ...encode(second))), laidOver(name, message, second))
    },
  }),
  law({
    id: 'CODEC-11',
    group: 'codec',
    sentence: 'Bytes that end in the middle of a field are no message; those that end between two fields are one.',
    rows: ['W6', 'W9'],
    input: 'CutMessage',
    breach: (steps, { name, bytes, end }) => {
      const isBetween = [0, ...wireFields(bytes).map((field) => field.end)].includes(end)
      const { _tag } = codecOf(steps, name).decode(bytes.slice(0, end))
      return forbid((_tag === 'Right') !== isBetween, () => `a ${name} cut at ${end} of ${shown(bytes)} gave a ${_tag}`)
    },
  }),
]

function codecOf({ Codecs }: Steps, name: MessageName): Codec<unknown> {
  return Codecs[name] as Codec<unknown>
}

type Decoded = Either<DecodeError, unknown>

function unlessDecoded(decoded: Decoded, expected: unknown): string | undefined {
  return forbid(decoded._tag === 'Left' || !same(decoded.right, expected), () => `${shown(expected)} became ${shown(decoded)}`)
}

function decodedField(steps: Steps, { name, field, bytes }: FieldBytes): Decoded {
  const length = field.wireType === 2 ? varintBytesOf(bytes.length) : []
  return codecOf(steps, name).decode(Uint8Array.of(...varintBytesOf(field.number * 8 + field.wireType), ...length, ...bytes))
}

function unlessField(steps: Steps, input: FieldBytes, expected: unknown): string | undefined {
  const decoded = decodedField(steps, input)
  const { name, kind } = input.field
  const actual = decoded._tag === 'Left' ? decoded.left : (decoded.right as Readonly<Record<string, unknown>>)[camelName(name)]
  return forbid(!same(actual, kind === 'strings' ? [expected] : expected), () =>
    `${input.name}.${name} of ${shown(input.bytes)} became ${shown(actual)}, not ${shown(expected)}`)
}

/** A varint has more than 64 bits where it has an eleventh byte, or a tenth with more than its lowest bit. */
function isTooLong(varint: Uint8Array): boolean {
  return varint.length > 10 || (varint.length === 10 && (varint[9] ?? 0) > 1)
}

/** What a varint says, by the kind of the field that it is for. */
const NUMBERS: Readonly<Partial<Record<FieldSchema['kind'], (value: bigint) => bigint | boolean | number>>> = {
  bool: (value) => value !== 0n,
  enum: (value) => Number(BigInt.asIntN(32, value)),
  uint32: (value) => Number(BigInt.asUintN(32, value)),
  uint64: (value) => value,
}

/** The language's own reading of percent-encoded UTF-8 is strict, keeps a byte order mark, and is nobody's decoder here. */
function strictText(bytes: Uint8Array): string | undefined {
  try {
    return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))
  } catch {
    return undefined
  }
}

function varintBytesOf(value: number): ReadonlyArray<number> {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varintBytesOf(value >>> 7)]
}

function laidOver(name: MessageName, first: unknown, second: unknown): unknown {
  if (name === 'HelloReply') return replyLaidOver(first as Reply, second as Reply)
  const [below, above] = [first as Readonly<Record<string, unknown>>, second as Readonly<Record<string, unknown>>]
  return Object.fromEntries(SCHEMA[name].map((field) => [field.name, field.kind] as const).map(([field, kind]) =>
    [camelName(field), fieldLaidOver(kind, below[camelName(field)], above[camelName(field)])]))
}

/** A default is not on the wire, so it lies over nothing. */
function fieldLaidOver(kind: FieldSchema['kind'], below: unknown, above: unknown): unknown {
  if (kind === 'strings') return [...below as ReadonlyArray<string>, ...above as ReadonlyArray<string>]
  if (kind === 'map') return new Map([...below as ReadonlyMap<string, string>, ...above as ReadonlyMap<string, string>])
  const isDefault = above instanceof Uint8Array ? above.length === 0 : [false, 0, 0n, ''].includes(above as string)
  return isDefault ? below : above
}

interface Reply {
  readonly result: Readonly<Record<string, unknown>> & { readonly _tag: string }
}

/** The same choice twice is one choice laid over the other; another choice takes its place. */
function replyLaidOver(first: Reply, second: Reply): Reply {
  const { _tag } = second.result
  if (_tag === 'Missing') return first
  if (_tag !== first.result._tag) return second
  const member = _tag.toLowerCase()
  return { result: { _tag, [member]: laidOver(_tag as MessageName, first.result[member], second.result[member]) } }
}
