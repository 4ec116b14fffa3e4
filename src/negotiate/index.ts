/**
 * The negotiation floor: the steps composed into one broker's behaviour.
 */
export * from './answer.js'
export { type BrokerState, FIRST_CONNECTION_ID, initialState, reconfigure } from './BrokerState.js'
export * as Connection from './Connection.js'
export type {
  ConnectionError, ConnectionEvent, Failed, Finished, HelloDeadlineExceeded, HelloFrame, MalformedFrame,
} from './Connection.js'
export * as Deadlines from './Deadlines.js'
export { describeFault, type Fault } from './Fault.js'
export * as HandoffAttempt from './HandoffAttempt.js'
export type { AckObserved, AttemptEvent, FellBack, HandoffTicket, NotAttemptable, Transferred } from './HandoffAttempt.js'
export * as HandoffReceiver from './HandoffReceiver.js'
export type { Accepted, AcceptedOffer, Declined, DeclineError, ReceiverEvent } from './HandoffReceiver.js'
export * as Handoffs from './Handoffs.js'
export {
  type Ambient, drawsUsed, type HandoffGrant, type HelloRequest, negotiate, type NegotiatedOutcome, type Outcome,
  refusedOutcome, type RefusedOutcome,
} from './negotiate.js'
export {
  BACKEND_TEXT_MAX_BYTES, COLLISION_ATTEMPTS_MAX, type Count, type DurationMs, parsePolicy, type Policy, type TimeoutMs,
} from './Policy.js'
export * from './Refusal.js'
export { encodeReply, helloReply } from './Reply.js'
export * from './Snapshot.js'
export { type Draws, draws, NO_DRAWS } from '../step/TokenStore.js'
