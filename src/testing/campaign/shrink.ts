/**
 * Making what fails smaller, for as long as it fails: every step tries what is simpler by one thing, and goes on
 * from the first that still fails.
 *
 * **Laws**
 *  1. What comes out fails as what went in did, and nothing that `simpler` knows of it does, unless the tries ran out.
 */

/**
 * The simplest that still fails.
 *
 * @example
 * import assert from 'node:assert'
 * import { shorter, shrink } from 'hello-negotiation/testing'
 *
 * const numbers = Array.from({ length: 50 }, (_, i) => i)
 * assert.deepEqual(shrink(numbers, shorter, (some) => some.includes(7) && some.includes(31)), [7, 31])
 *
 * @category utils
 * @since 0.1.0
 */
export function shrink<A>(failing: A, simpler: (failing: A) => Iterable<A>, stillFails: (candidate: A) => boolean, triesMax = 400): A {
  let [smallest, tries] = [failing, 0]
  for (;;) {
    let next: A | undefined
    for (const candidate of simpler(smallest)) {
      tries += 1
      if (tries > triesMax) return smallest
      if (!stillFails(candidate)) continue
      next = candidate
      break
    }
    if (next === undefined) return smallest
    smallest = next
  }
}

/**
 * A list without some of its elements: halves first, then quarters, then one at a time.
 *
 * @category utils
 * @since 0.1.0
 */
export function* shorter<A>(list: ReadonlyArray<A>): Generator<Array<A>> {
  for (let length = list.length >> 1; length > 1; length >>= 1) {
    for (let from = 0; from < list.length; from += length) yield [...list.slice(0, from), ...list.slice(from + length)]
  }
  for (let at = list.length - 1; at >= 0; at -= 1) yield [...list.slice(0, at), ...list.slice(at + 1)]
}
