/**
 * A broker among many peers, in memory and on virtual time, held against its model and its laws after every step.
 */
export { type Breach, type BrokerAuditor, brokerAuditor } from './BrokerAuditor.js'
export { BROKER_LAWS, type BrokerLaw } from './BrokerLaws.js'
export { type BrokerLedger, brokerLedger, type Way } from './BrokerLedger.js'
export { CANARIES } from './canaries.js'
export { FAULT_KINDS, PAIR_REACHES, SIMULATION_REACHES, unreached } from './reaches.js'
export { runSimulation, SIMULATION_STEPS_MAX, type SimulationLife } from './runSimulation.js'
export {
  type CommonFault, describeSimulationFault, type Malformation, SIMULATION_FAULTS, type SimulationFaultName, simulationFaultName,
  type TokenTouch, type VisitFault, type VisitMessage, type WrongWant,
} from './SimulationFault.js'
export { simplerScenarios } from './simplerScenarios.js'
export { type PolicyFigures, simulationPolicy } from './SimulationPolicy.js'
export { type Act, describeAct, type PeerKind, type SimulationScenario, simulationScenario, type Visit } from './SimulationScenario.js'
export type { SimulationViolation } from './SimulationWorld.js'
export { type BrokerMaker, type Saved, type Seen, type StepName, type Twin, twin, type TwinOptions, type TwinSession } from './Twin.js'
