/**
 * Seeded bugs of handoff tokens.
 */
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { TokenStore } = OUR_STEPS

export const TOKEN_MUTANTS: ReadonlyArray<Mutant> = [
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
