/**
 * Seeded bugs, one or more a law: our steps with one of them spoilt in a small way that somebody could write by
 * mistake. For each the law that it names must fail.
 */
import { OUR_STEPS, type OwnSteps } from 'hello-negotiation/testing'

/** A bug, the law that it breaks, and what somebody would say of it in a review. */
export interface Mutant {
  readonly law: string
  readonly bug: string
  readonly steps: OwnSteps
}

const { TokenStore } = OUR_STEPS

export const MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'TOKEN-1',
    bug: 'consume forgets to remove the token',
    steps: {
      TokenStore: {
        consume: (store, expected, presented, nowMs) => {
          const { value, state } = TokenStore.consume(store, expected, presented, nowMs)
          return { value, state: value._tag === 'Right' ? store : state }
        },
      },
    },
  },
  {
    law: 'TOKEN-2',
    bug: 'the limit is one too high',
    steps: {
      TokenStore: {
        issue: (store, nowMs, draws) => {
          const { limits } = store
          const roomy = { ...store, limits: { ...limits, maxPending: limits.maxPending + 1 } }
          const { value, state } = TokenStore.issue(roomy, nowMs, draws)
          return { value, state: { ...state, limits } }
        },
      },
    },
  },
]
