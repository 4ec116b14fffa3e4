/**
 * What a campaign of simulated lives must have reached to be worth its name: every refusal, every event, every way
 * in which something is withheld or ends, every fault.
 */
import type { NegotiationError } from '../../negotiate/Refusal.js'
import type { BrokerEvent } from '../../shell/BrokerEvent.js'
import type { AckError } from '../../step/AckRegistry.js'
import type { ConsumeError, IssueError } from '../../step/TokenStore.js'
import { PAIR_FAULTS, type PairFault } from '../pair/PairFault.js'
import { REFUSAL_ROWS } from '../model/RefusalModel.js'
import { SIMULATION_FAULTS } from './SimulationFault.js'
import type { Fate } from './SimulationWorld.js'

/** Every member of a union, by name: one that is forgotten, or is none, does not compile. */
type All<T extends string> = Readonly<Record<T, true>>

const EVENTS: All<BrokerEvent['_tag']> = {
  AckRefused: true, HandoffAbandoned: true, HandoffAcknowledged: true, HandoffExpired: true, HandoffIssued: true, HandoffWithheld: true,
  Negotiated: true, PeerRejected: true, Refused: true, TokenConsumed: true, TokenRefused: true, TokensExpired: true,
}
const WITHHELD: All<IssueError['_tag']> = { CollisionAttemptsExhausted: true, PendingLimitReached: true, RandomSourceFailed: true }
const ACKS_REFUSED: All<AckError['_tag']> = { AckDeadlineExceeded: true, TokenNotPending: true }
const TOKENS_REFUSED: All<ConsumeError['_tag']> = { TokenExpired: true, TokenMismatch: true, TokenNotPending: true }
const FATES: All<Fate> = { Answered: true, Died: true, Evicted: true, Rejected: true, Unreachable: true }
const PAIR_FAULT_KINDS = new Set<PairFault['_tag']>(PAIR_FAULTS.map(({ _tag }) => _tag))

/** A client's ends, and what became of the offers: those that come of more than one bit in a lucky place. */
const OUTCOMES = [
  'Adopted', 'Broken EmptyBackendPipe', 'Broken InvalidTokenLength', 'Broken MissingResult', 'Broken ProtocolNotOffered',
  'Broken RequestIdMismatch', 'Broken UnexpectedEnd', 'Broken UnexpectedFrameKind', 'Negotiated', 'Reconnect HandoffRefused',
  'Reconnect ReadyTimedOut', 'Reconnect ReadyTokenMismatch', 'Reconnect UnexpectedEnd', 'Refused Other', 'Refused RateLimited',
  'Refused ServiceUnknown', 'Refused VersionBlocked', 'Refused VersionUnsupported', 'TimedOut AwaitingReply', 'Vanished',
]
const HANDOFFS = [
  'AckCorrelationMismatch', 'AckDeadlineExceeded', 'AckRequestIdMismatch', 'AckTokenMismatch', 'BackendRefused', 'DeliveryFailed',
  'NoAckInTime', 'TokenNotPending', 'Transferred', 'UnexpectedEnd',
]
const OFFERS = ['Accepted', 'Declined OfferDeadlineExceeded', 'Declined TokenMismatch', 'Declined TokenNotPending', 'Declined UnexpectedEnd']

/**
 * The refusals that go over the wire; that of a stranger is silence, and an event of its own.
 */
const REFUSALS = (Object.keys(REFUSAL_ROWS) as ReadonlyArray<NegotiationError['_tag']>).filter((name) => name !== 'PeerNotOwner')

/**
 * What simulated lives must reach, by the names under which they count it.
 *
 * @category constants
 * @since 0.1.0
 */
export const SIMULATION_REACHES: ReadonlyArray<string> = Object.freeze([
  ...named('Refused', REFUSALS), 'PeerRejected PeerNotOwner',
  ...named('event', Object.keys(EVENTS)),
  ...named('HandoffWithheld', Object.keys(WITHHELD)),
  ...named('AckRefused', Object.keys(ACKS_REFUSED)),
  ...named('TokenRefused', Object.keys(TOKENS_REFUSED)),
  ...named('fate', Object.keys(FATES)),
  ...named('broker', ['Lose', 'Restore', 'Resume']),
  ...named('handoff', HANDOFFS),
  ...named('backend', OFFERS),
  ...named('outcome', OUTCOMES),
  ...named('fault', Object.keys(SIMULATION_FAULTS)),
])

/**
 * What the lives of pairs must reach.
 *
 * @category constants
 * @since 0.1.0
 */
export const PAIR_REACHES: ReadonlyArray<string> = Object.freeze([
  ...named('pair fault', [...PAIR_FAULT_KINDS]),
  ...named('pair outcome', [
    'Connected BrokerNegotiated', 'Connected HandlePassed', 'Connected HelloSkip', 'DirectPath', 'GaveUp AttemptsExhausted', 'GaveUp Final',
    'GaveUp NoVersionLeft', 'GaveUp RetryTooFar', 'Vanished',
  ]),
])

/**
 * Every kind of fault that is played, and in which world: a client with its broker and backend, or many peers.
 *
 * @category constants
 * @since 0.1.0
 */
export const FAULT_KINDS: ReadonlyArray<readonly [world: 'Pair' | 'Simulation', name: string]> = Object.freeze([
  ...[...PAIR_FAULT_KINDS].map((name) => ['Pair', name] as const),
  ...Object.keys(SIMULATION_FAULTS).map((name) => ['Simulation', name] as const),
])

/**
 * What was to be reached and was not.
 *
 * @category queries
 * @since 0.1.0
 */
export function unreached(expected: ReadonlyArray<string>, reached: ReadonlyMap<string, number>): ReadonlyArray<string> {
  return expected.filter((name) => !reached.has(name))
}

function named(kind: string, names: ReadonlyArray<string>): ReadonlyArray<string> {
  return names.map((name) => `${kind} ${name}`)
}
