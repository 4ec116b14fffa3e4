/**
 * What the tests of the arbitraries share: how often each thing comes, counted over values that a fixed seed gives.
 */
import fc from 'fast-check'
import type { Nearly } from 'hello-negotiation/testing'
import { expect } from 'vitest'

/** The same for every run, so that a count can be promised. */
const SEED = 20_260

/** The values, as many as asked for, the same ones every time. */
export function drawn<A>(arbitrary: fc.Arbitrary<A>, numRuns: number): ReadonlyArray<A> {
  const values: Array<A> = []
  // A property's values are biased to their edges, which those of `fc.sample` are not.
  fc.assert(fc.property(arbitrary, (value) => void values.push(value)), { numRuns, seed: SEED })
  return values
}

/** How often each of these words was said of a value. */
export function tally<A>(values: ReadonlyArray<A>, wordsFor: (value: A) => ReadonlyArray<string>): Counts {
  const counts = new Map<string, number>()
  for (const word of values.flatMap(wordsFor)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** By what was counted. */
export type Counts = ReadonlyMap<string, number>

/** Expects each of these words, and no other, to have been said at least so often. */
export function expectReached(counts: Counts, words: ReadonlyArray<string>, least: number): void {
  expect([...counts.keys()].sort()).toEqual([...words].sort())
  expect([...counts].filter(([, count]) => count < least)).toEqual([])
}

/** Expects every value to give exactly the error that comes with it; tells how often each thing was off. */
export function expectNamedErrors<A, E>(
  nearly: fc.Arbitrary<Nearly<A, E>>, errorOf: (value: A) => unknown, numRuns: number,
): Counts {
  const values: Array<Nearly<A, E>> = []
  fc.assert(fc.property(nearly, (one) => {
    values.push(one)
    expect(errorOf(one.value), one.off).toEqual(one.error)
  }), { numRuns, seed: SEED })
  return tally(values, ({ off }) => [off])
}

/** The left of an either, or the whole of it where that is not what it is. */
export function leftOf(either: { readonly _tag: string; readonly left?: unknown }): unknown {
  return either._tag === 'Left' ? either.left : either
}
