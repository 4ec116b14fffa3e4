/**
 * Bytes that were sound, spoilt by dice: cut, flipped, lengthened, spliced, nested, or not at all.
 *
 * It is for hundreds of thousands of inputs; `arbitraryHostileBytes` makes fewer, and shrinks them.
 */
import * as Prng from '../virtual/Prng.js'
import { type Step, step } from '../../data/Step.js'

/** Bytes that mean something where they stand: ends of varints, keys, lengths, groups, and what spells a name that a careless map trips over. */
const MEANINGFUL: ReadonlyArray<ReadonlyArray<number>> = [
  [0x00], [0x01], [0x7f], [0x80], [0xff], [0x80, 0x00], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], [0x80, 0x80, 0x80, 0x80, 0x10], [0x07], [0x0e], [0x0b], [0x0c], [0xfb, 0x01], [0xfc, 0x01],
  [0x2a, 0x0d, 0x0a, 0x09, ...latin1('__proto__'), 0x12, 0x00], [0xef, 0xbb, 0xbf], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80],
  [0xa2, 0x06, 0x01, 0x00], [0x01, 0x00, 0x00, 0x01, 0x00], [0x01, 0x01, 0x00, 0x01, 0x00],
]

const NESTING_MAX = 104

type Spoiler = (bytes: Uint8Array, at: number, dice: Prng.Prng) => Step<Prng.Prng, ReadonlyArray<number>>

const SPOILERS: ReadonlyArray<Spoiler> = [
  // Cut short.
  (bytes, at, dice) => step(dice, [...bytes.subarray(0, at)]),
  // A bit flipped.
  (bytes, at, dice) => {
    const { state, value: bit } = Prng.below(dice, 8)
    return step(state, [...bytes].map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)))
  },
  // A byte replaced.
  (bytes, at, dice) => {
    const { state, value: byte } = Prng.below(dice, 256)
    return step(state, [...bytes.subarray(0, at), byte, ...bytes.subarray(at + 1)])
  },
  // A varint longer than it need be.
  (bytes, at, dice) => step(dice, [...bytes.subarray(0, at), (bytes[at] ?? 0) | 0x80, 0x00, ...bytes.subarray(at + 1)]),
  // Something meaningful put in, or in the place of what is there.
  (bytes, at, dice) => {
    const { state, value } = Prng.below(dice, 2 * MEANINGFUL.length)
    const put = MEANINGFUL[value >> 1] ?? []
    return step(state, [...bytes.subarray(0, at), ...put, ...bytes.subarray(at + (value & 1) * put.length)])
  },
  // Some of it taken out, or said twice.
  (bytes, at, dice) => {
    const { state, value } = Prng.below(dice, 16)
    return step(state, [...bytes.subarray(0, at + (value & 1) * (value >> 1)), ...bytes.subarray(at + (1 - (value & 1)) * (value >> 1))])
  },
  // Groups within groups.
  (bytes, at, dice) => {
    const { state, value: depth } = Prng.below(dice, NESTING_MAX)
    const groups = [...new Array<number>(depth).fill(0x8b), ...new Array<number>(depth).fill(0x8c)].flatMap((key) => [key, 0x02])
    return step(state, [...bytes.subarray(0, at), ...groups, ...bytes.subarray(at)])
  },
  // Noise.
  (bytes, _, dice) => {
    const { state, value } = Prng.bytes(dice, Math.min(bytes.length, 24))
    return step(state, [...value])
  },
]

/**
 * The bytes, spoilt up to three times.
 *
 * @category steps
 * @since 0.1.0
 */
export function spoil(bytes: Uint8Array, dice: Prng.Prng): Step<Prng.Prng, Uint8Array> {
  const { state, value: times } = Prng.below(dice, 4)
  let [next, spoilt] = [state, bytes]
  for (let i = 0; i < times; i += 1) {
    const { state: placed, value: at } = Prng.below(next, spoilt.length + 1)
    const { state: chosen, value: spoiler } = Prng.pick(placed, SPOILERS as readonly [Spoiler, ...Array<Spoiler>])
    const { state: done, value } = spoiler(spoilt, at, chosen)
    next = done
    spoilt = Uint8Array.from(value)
  }
  return step(next, spoilt)
}

function latin1(text: string): ReadonlyArray<number> {
  return [...text].map((character) => character.charCodeAt(0))
}
