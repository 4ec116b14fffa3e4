/**
 * Dice that are thrown in the order of the text, because a record is easier to read than its threading.
 */
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import * as Prng from './Prng.js'

/** @internal One of several, each time it is asked. It is the one thing here that remembers: keep it inside one function. */
export function chooser(first: Prng.Prng): <A>(choices: ReadonlyNonEmptyArray<A>) => A {
  let dice = first
  return <A>(choices: ReadonlyNonEmptyArray<A>): A => {
    const { state, value } = Prng.pick(dice, choices)
    dice = state
    return value
  }
}
