/**
 * The laws of the protocol as values, and a way to try them on anybody's steps.
 */
export { checkLaw, checkLaws, describeLawReport, type LawOptions, type LawReport } from './checkLaw.js'
export type { BrokerHappening, BrokerLife, HelloCame } from './BrokerLife.js'
export { LAW_INPUTS } from './inputs.js'
export type { AckEvent, AckInputs, AckLife, HandoffEvent, HandoffLife } from './inputs/ack.js'
export type { BrokerInputs, CutExchange, InterruptedLife } from './inputs/brokerLife.js'
export type { ClientInputs, Planning, ReplyStream, SpoiltRequest } from './inputs/client.js'
export type { CodecInputs, FieldBytes, NamedBytes, NamedMessage } from './inputs/codec.js'
export type { ConnectionInputs, Opening, SoundOpening, WaitingPeer } from './inputs/connection.js'
export type { EnvelopeInputs, ReadEnvelope } from './inputs/envelope.js'
export type { ByteStream, FrameStream, FramingInputs, HeaderAtCap } from './inputs/framing.js'
export type {
  AckStream, CutStream, FailedDelivery, FailureLife, HandoffInputs, JoinedHandoff, LatencySamples, QueueLife, ReadyStream, TokensAtBackend,
} from './inputs/handoff.js'
export type { LimiterEvent, LimiterInputs, LimiterLife } from './inputs/limiter.js'
export type { PolicyInputs, Registrations, WantedVersion } from './inputs/policy.js'
export type { DoubtfulHello, HelloWithText, ShapeInputs } from './inputs/shape.js'
export type { TokenEvent, TokenInputs, TokenLife, TokenPair } from './inputs/token.js'
export type { AnyLaw, Law, LawGroup } from './Law.js'
export type { LawInput, LawInputs } from './LawInputs.js'
export { lawOf, LAWS, lawsAbout } from './laws.js'
export type { Timeline } from './live.js'
export { type ExchangeSteps, OUR_STEPS, type OwnSteps, type SnapshotSteps, type Steps, stepsWith } from './Steps.js'
