/**
 * Scenarios that are simpler than another by one thing.
 */
import { shorter } from '../campaign/shrink.js'
import { type Act, type SimulationScenario } from './SimulationScenario.js'

/**
 * The scenario with fewer acts; with a visit that has fewer faults; with messages that come whole.
 *
 * @category utils
 * @since 0.1.0
 */
export function* simplerScenarios(scenario: SimulationScenario): Generator<SimulationScenario> {
  for (const acts of shorter(scenario.acts)) yield { ...scenario, acts }
  for (const [at, act] of scenario.acts.entries()) {
    for (const simpler of simplerActs(act)) yield { ...scenario, acts: scenario.acts.with(at, simpler) }
  }
  const { sizes, pace } = scenario.cutting
  if (sizes !== 'Whole' || pace !== 'Burst') yield { ...scenario, cutting: { sizes: 'Whole', pace: 'Burst' } }
}

function* simplerActs(act: Act): Generator<Act> {
  const { nearDeadlineMs, what } = act
  if (nearDeadlineMs !== undefined) yield { ...act, nearDeadlineMs: undefined }
  if (what._tag !== 'Visit') return
  for (const faults of shorter(what.faults)) yield { ...act, what: { ...what, faults } }
  if (what.handsOver) yield { ...act, what: { ...what, handsOver: false } }
  if (what.adopts) yield { ...act, what: { ...what, adopts: false } }
}
