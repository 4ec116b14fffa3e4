/**
 * A message's canonical bytes spelt in another way that means the same, and with fields among them that mean nothing.
 *
 * Whatever there is to choose, `pick` chooses, a small number each time it is asked; so a list of numbers makes an
 * encoding, and a shorter list of smaller ones a plainer one.
 */
import { type FieldSchema, type MessageName, SCHEMA } from '../../../wire/messages/schema.js'
import { varintBytes } from '../../arbitrary/varints.js'
import { type WireField, wireFields } from '../wireFields.js'

/** @internal */
export type Pick = () => number

type Bytes = ReadonlyArray<number>

const LEAST: Pick = () => 0

/** @internal Picks the given numbers one after the other, over and over. */
export function picking(numbers: ReadonlyArray<number>): Pick {
  let at = 0
  return () => numbers[at++ % numbers.length] ?? 0
}

/** @internal Keys, lengths and numbers longer than need be, fields in another order, defaults said and then overruled. */
export function respelt(message: MessageName, canonical: Uint8Array, pick: Pick): Bytes {
  const defaults = SCHEMA[message].filter(({ kind }) => SAYABLE.includes(kind) && pick() % 3 === 1)
    .flatMap(({ number, wireType }) => [...keyOf(number, wireType, pick), ...varintOf(0n, pick)])
  const ranks = new Map(SCHEMA[message].map(({ number }) => [number, pick()]))
  // Fields of one number keep their order, because sorting is stable.
  const inSomeOrder = [...wireFields(canonical)].sort((a, b) => (ranks.get(a.number) ?? 0) - (ranks.get(b.number) ?? 0))
  return [...defaults, ...inSomeOrder.flatMap((field) => respeltField(message, field, pick))]
}

/** @internal Fields that the message has not, put between those that it has, in messages within it too. */
export function withUnknownFields(message: MessageName, canonical: Uint8Array, pick: Pick): Bytes {
  const known = wireFields(canonical).flatMap(({ number, value }) => {
    const inner = innerMessage(message, number)
    const unknown = Array.from({ length: pick() % 3 }, () => unknownField(message, pick)).flat()
    if (typeof value === 'bigint') return [...unknown, ...keyOf(number, 0), ...varintOf(value)]
    const run = inner === undefined ? [...value] : withUnknownFields(inner, value, pick)
    return [...unknown, ...keyOf(number, 2), ...runOf(run)]
  })
  return [...known, ...unknownField(message, pick)]
}

/** What can be said to be its default. A list or map would get a member, and a oneof its choice. */
const SAYABLE: ReadonlyArray<FieldSchema['kind']> = ['bool', 'bytes', 'enum', 'string', 'uint32', 'uint64']

/** Numbers just behind those in use, reserved ones among them, those whose key grows, and the greatest (SPEC W2, W13). */
const UNUSED: ReadonlyArray<number> = [9, 10, 15, 16, 20, 21, 31, 32, 33, 2_047, 2_048, 2 ** 29 - 1]

function respeltField(message: MessageName, { number, value }: WireField, pick: Pick): Bytes {
  if (typeof value === 'bigint') return [...keyOf(number, 0, pick), ...varintOf(value, pick)]
  const inner = innerMessage(message, number)
  const run = inner === undefined ? [...value] : respelt(inner, value, pick)
  return [...keyOf(number, 2, pick), ...runOf(run, pick)]
}

function innerMessage(message: MessageName, number: number): MessageName | undefined {
  const field = SCHEMA[message].find((field) => field.number === number)
  return field?.kind === 'message' ? field.of as MessageName : undefined
}

function unknownField(message: MessageName, pick: Pick): Bytes {
  const numbers = UNUSED.filter((unused) => SCHEMA[message].every(({ number }) => number !== unused))
  return anyField(numbers[pick() % numbers.length] as number, pick)
}

/** A field of any wire type; a group may hold another one, under a number that the message uses too (SPEC W8). */
function anyField(number: number, pick: Pick, depth = 0): Bytes {
  const wireType = [0, 1, 2, 5, 3][pick() % (depth < 4 ? 5 : 4)] as number
  const key = keyOf(number, wireType, pick)
  switch (wireType) {
    case 0:
      return [...key, ...varintOf(BigInt(pick()) << BigInt(6 * pick()), pick)]
    case 2:
      return [...key, ...runOf(Array.from({ length: pick() }, pick), pick)]
    case 3:
      return [...key, ...anyField(1 + pick(), pick, depth + 1), ...keyOf(number, 4, pick)]
    default:
      return [...key, ...Array.from({ length: wireType === 1 ? 8 : 4 }, pick)]
  }
}

function runOf(bytes: Bytes, pick: Pick = LEAST): Bytes {
  return [...varintOf(BigInt(bytes.length), pick), ...bytes]
}

function keyOf(number: number, wireType: number, pick: Pick = LEAST): Bytes {
  return varintOf((BigInt(number) << 3n) | BigInt(wireType), pick)
}

/** A varint longer than it need be by as many bytes as are picked, and 10 at most (SPEC W1). */
function varintOf(value: bigint, pick: Pick = LEAST): Bytes {
  const least = Math.max(1, Math.ceil(value.toString(2).length / 7))
  return varintBytes(value, Math.min(10, least + pick()))
}
