/**
 * The laws of the protocol as values, and a way to try them on anybody's steps.
 */
export { checkLaw, checkLaws, describeLawReport, type LawOptions, type LawReport } from './checkLaw.js'
export { LAW_INPUTS } from './inputs.js'
export type { AnyLaw, Law, LawGroup } from './Law.js'
export type { BrokerHappening, BrokerLife, HelloCame } from './BrokerLife.js'
export type {
  AckStream, CutExchange, FailedDelivery, FailureLife, InterruptedLife, JoinedHandoff, LatencySamples, LawInput, LawInputs, Planning,
  QueueLife, ReadyStream, ReplyStream, SpoiltRequest, TokenEvent, TokenLife, TokensAtBackend,
} from './LawInputs.js'
export { lawOf, LAWS, lawsAbout } from './laws.js'
export { type ExchangeSteps, OUR_STEPS, type OwnSteps, type SnapshotSteps, type Steps, stepsWith } from './Steps.js'
