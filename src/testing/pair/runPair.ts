/**
 * A whole life, with its laws checked after every step and at the end.
 */
import { outcomeOf } from './ClientActor.js'
import { endViolations, PAIR_STEPS_MAX, type PairViolation, stepViolations } from './PairLaws.js'
import type { PairOutcome } from './PairOutcome.js'
import type { PairScenario } from './PairScenario.js'
import { type PairWorld, pairWorld } from './PairWorld.js'
import { stepPair } from './stepPair.js'

/**
 * A life that is over: the client's outcome, the last world with the trace in it, and every law that was broken.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairLife {
  readonly outcome: PairOutcome | undefined
  readonly world: PairWorld
  readonly violations: ReadonlyArray<PairViolation>
}

/**
 * Plays a scenario to its end, or until more has happened than can.
 *
 * @example
 * import assert from 'node:assert'
 * import { runPair, SMOOTH_PAIR } from 'hello-negotiation/testing'
 *
 * const { outcome, violations } = runPair({ ...SMOOTH_PAIR, faults: [{ _tag: 'BackendSilent' }] })
 * assert.deepEqual(outcome, { _tag: 'Connected', route: 'BrokerNegotiated', endpoint: '/run/zccache.sock' })
 * assert.deepEqual(violations, [])
 *
 * @category utils
 * @since 0.1.0
 */
export function runPair(scenario: PairScenario): PairLife {
  const violations: Array<PairViolation> = []
  let world = pairWorld(scenario)
  while (world.stepCount < PAIR_STEPS_MAX) {
    const next = stepPair(world)
    if (next === undefined) break
    violations.push(...stepViolations(world, next))
    world = next
  }
  return { outcome: outcomeOf(world.client), world, violations: [...violations, ...endViolations(world)] }
}
