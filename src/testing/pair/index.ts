/**
 * A client, a broker and a backend joined in memory, on virtual time, driven to the end under faults.
 */
export { arbitraryPairScenario } from './arbitraryPair.js'
export * as BackendActor from './BackendActor.js'
export * as BrokerActor from './BrokerActor.js'
export * as ClientActor from './ClientActor.js'
export { execute } from './commands.js'
export type { DrawsOnOffer } from './drawsOnOffer.js'
export { forge } from './Forging.js'
export { faultName, type ForgedField, isHarmless, PAIR_FAULTS, type PairFault, type VanishingPoint } from './PairFault.js'
export {
  type EndLaw, endViolations, outcomeBoundMs, PAIR_LAWS, PAIR_STEPS_MAX, type PairLaws, type PairViolation, type StepLaw, type StreamOwner,
  stepViolations, streamOwner,
} from './PairLaws.js'
export type { ActorName, LinkId, MessageName, TokenOperation } from './PairNames.js'
export { outcomeName, type PairOutcome } from './PairOutcome.js'
export { type PairClient, type PairScenario, pairScenario, SMOOTH_PAIR } from './PairScenario.js'
export { CLIENT_PID, type Link, type PairDice, type PairWorld, pairWorld, planOf, type Posted } from './PairWorld.js'
export { type PairLife, runPair } from './runPair.js'
export { stepPair } from './stepPair.js'
export type { Acting, Command, Input } from './Talk.js'
export type { PairEvent, PairFact } from './Trace.js'
