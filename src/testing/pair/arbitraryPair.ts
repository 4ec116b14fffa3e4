/**
 * Lives for fast-check: a seed's scenario with up to three faults, which shrinks to fewer of them.
 */
import fc from 'fast-check'
import { PAIR_FAULTS } from './PairFault.js'
import { type PairScenario, pairScenario } from './PairScenario.js'

/**
 * A scenario with any faults together.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryPairScenario(): fc.Arbitrary<PairScenario> {
  const faults = fc.array(fc.constantFrom(...PAIR_FAULTS), { maxLength: 3 })
  return fc.tuple(fc.nat(), faults).map(([seed, faults]) => ({ ...pairScenario(seed), faults }))
}
