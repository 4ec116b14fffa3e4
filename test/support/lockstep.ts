/**
 * A state record and its naive model, walked through the same operations side by side.
 */
import type { Step } from 'hello-negotiation'
import { deepFreeze } from 'hello-negotiation/testing'
import { expect } from 'vitest'

/** One side: where it starts, what an operation does to it, and what can be seen of it between two. */
export interface Side<S, O> {
  readonly start: S
  readonly run: (state: S, operation: O) => Step<S, unknown>
  readonly observe: (state: S) => unknown
}

/**
 * Expects both sides to say the same of every operation and to look the same after it. Every state
 * is frozen before a step sees it, and every step is taken twice, so that one that writes into its
 * arguments or keeps something to itself is caught.
 */
export function expectLockstep<S, M, O>(real: Side<S, O>, model: Side<M, O>, operations: ReadonlyArray<O>): void {
  let [state, modelState] = [deepFreeze(real.start), model.start]
  for (const operation of deepFreeze(operations)) {
    const stepped = real.run(state, operation)
    const expected = model.run(modelState, operation)
    expect(real.run(state, operation)).toEqual(stepped)
    expect(stepped.value).toEqual(expected.value)
    expect(real.observe(stepped.state)).toEqual(model.observe(expected.state))
    state = deepFreeze(stepped.state)
    modelState = expected.state
  }
}
