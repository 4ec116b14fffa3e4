/**
 * Randomness that is the same every time, threaded through as state: one seed, many independent streams.
 *
 * **State** 32 bits. Not for secrets.
 *
 * **Laws**
 *  1. The same seed and name give the same numbers; drawing from one stream changes no other.
 *  2. A step takes exactly one number of the stream, `bytes` one for every byte.
 */
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { type Step, step } from '../../data/Step.js'

/**
 * A stream of random numbers, and how far it has been read.
 *
 * @category model
 * @since 0.1.0
 */
export interface Prng {
  readonly state: number
}

/** The golden ratio as 32 bits: adding it over and over visits every state (Weyl's sequence). */
const WEYL = 0x9e37_79b9

/**
 * The stream of this name that belongs to a seed, of which the lower 32 bits count.
 *
 * @example
 * import assert from 'node:assert'
 * import { Prng } from 'hello-negotiation/testing'
 *
 * const dice = Prng.prng(7, 'dice')
 * assert.deepEqual(Prng.below(dice, 6), Prng.below(Prng.prng(7, 'dice'), 6))
 *
 * @category constructors
 * @since 0.1.0
 */
export function prng(seed: number, name = ''): Prng {
  // The name goes in character by character, mixed each time, so that neighbouring seeds have nothing in common.
  const named = [...name].reduce((state, character) => mixed(state + character.charCodeAt(0) + WEYL), mixed(seed))
  return { state: named }
}

/**
 * A number from 0 to 2^32 − 1.
 *
 * @category steps
 * @since 0.1.0
 */
export function u32({ state }: Prng): Step<Prng, number> {
  const next = (state + WEYL) | 0
  return step({ state: next }, mixed(next))
}

/**
 * A number from 0 to 1, without 1.
 *
 * @category steps
 * @since 0.1.0
 */
export function fraction(prng: Prng): Step<Prng, number> {
  const { state, value } = u32(prng)
  return step(state, value / 2 ** 32)
}

/**
 * A whole number from 0 to `bound`, without `bound`; 0 where that leaves none.
 *
 * @category steps
 * @since 0.1.0
 */
export function below(prng: Prng, bound: number): Step<Prng, number> {
  const { state, value } = fraction(prng)
  return step(state, Math.floor(value * Math.max(bound, 1)))
}

/**
 * One of several.
 *
 * @category steps
 * @since 0.1.0
 */
export function pick<A>(prng: Prng, choices: ReadonlyNonEmptyArray<A>): Step<Prng, A> {
  const { state, value } = below(prng, choices.length)
  return step(state, choices[value] as A)
}

/**
 * So many random bytes.
 *
 * @category steps
 * @since 0.1.0
 */
export function bytes(prng: Prng, count: number): Step<Prng, Uint8Array> {
  const drawn = new Uint8Array(count)
  let state = prng
  for (let i = 0; i < count; i += 1) {
    const next = u32(state)
    state = next.state
    drawn[i] = next.value
  }
  return step(state, drawn)
}

/** Every bit out depends on every bit in (splitmix32). */
function mixed(bits: number): number {
  let mixing = bits ^ (bits >>> 16)
  mixing = Math.imul(mixing, 0x21f0_aaad)
  mixing ^= mixing >>> 15
  mixing = Math.imul(mixing, 0x735a_2d97)
  return (mixing ^ (mixing >>> 15)) >>> 0
}
