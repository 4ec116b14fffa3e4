/**
 * What may go wrong among many peers, as data: what a visit does or suffers, and what happens to all at once.
 *
 * **Laws**
 *  1. Every fault has a name in `SIMULATION_FAULTS`, and by that name it is weighed, counted and reached.
 */
import type { ForgedField } from '../pair/PairFault.js'
import { tamperingName, type Tampering } from '../virtual/Tampering.js'

/**
 * The messages of a visit, in their order.
 *
 * @category model
 * @since 0.1.0
 */
export type VisitMessage = 'Ack' | 'Hello' | 'Offer' | 'Ready' | 'Reply'

/**
 * A fault of one visit: of the peer that makes it, of the messages in it, or of those who serve it.
 *
 * @category model
 * @since 0.1.0
 */
export type VisitFault =
  /** The ACK comes so many milliseconds after the registry's deadline. */
  | { readonly _tag: 'AckAtDeadline'; readonly offsetMs: number }
  /** The backend says nothing to the offer. */
  | { readonly _tag: 'BackendSilent' }
  /** What is said on this connection is heard on another. */
  | { readonly _tag: 'Crossed'; readonly message: VisitMessage }
  /** The socket cannot be handed to the backend, or may have been. */
  | { readonly _tag: 'DeliveryFails'; readonly mayHaveArrived: boolean }
  /** The peer closes its side before it has said all. */
  | { readonly _tag: 'EndsEarly' }
  /** A hostile broker or backend says something else in one field. */
  | { readonly _tag: 'Forged'; readonly field: ForgedField }
  /** The peer claims a pid that is not its own. */
  | { readonly _tag: 'LiesAboutPid' }
  /** The Hello, its envelope or its framing is wrong in one way. */
  | { readonly _tag: 'Malformed'; readonly how: Malformation }
  /** The peer connects, and says nothing. */
  | { readonly _tag: 'Mute' }
  /** The peer sends anything but a Hello. */
  | { readonly _tag: 'Noise' }
  /** Once the backend has answered, the same offer comes again. */
  | { readonly _tag: 'OfferReplayed' }
  /** The reply cannot be written, and the host knows. */
  | { readonly _tag: 'ReplyUnwritable' }
  /** The peer says more than its Hello. */
  | { readonly _tag: 'SaysMore' }
  /** The socket comes to the backend with another token than the offer's. */
  | { readonly _tag: 'SidebandMismatch' }
  /** A message is not delivered as it was written. */
  | { readonly _tag: 'Tampered'; readonly message: VisitMessage; readonly how: Tampering }
  /** Somebody uses the broker's methods on the token, so many milliseconds after the reply, or after a deadline of the token's. */
  | { readonly _tag: 'TokenTouched'; readonly operation: TokenTouch; readonly since: 'AckDeadline' | 'Expiry' | 'Reply'; readonly afterMs: number }
  /** The peer is gone at this point. */
  | { readonly _tag: 'Vanishes'; readonly at: 'Adopting' | 'AwaitingReply' | 'Connecting' | 'MidHello' }
  /** The peer wants what it cannot have. */
  | { readonly _tag: 'WantsWrongly'; readonly what: WrongWant }

/**
 * In what a Hello's bytes are wrong.
 *
 * @category model
 * @since 0.1.0
 */
export type Malformation =
  | 'ClientLibTooLong' | 'ClientVersionTooLong' | 'CompressedPayload' | 'EnvelopeVersion' | 'FrameKind' | 'FramingByte' | 'NoFrame'
  | 'NoHello' | 'PayloadProtocol' | 'ProtocolRange' | 'ServiceName' | 'TooLarge' | 'WantedVersion'

/**
 * What is done with a token: `Mistake` presents another one than is expected, `Replay` presents it twice, `Sweep` is
 * about whatever is due.
 *
 * @category model
 * @since 0.1.0
 */
export type TokenTouch = 'Abandon' | 'Acknowledge' | 'Consume' | 'Mistake' | 'Replay' | 'Sweep'

/**
 * What a sound Hello asks for in vain.
 *
 * @category model
 * @since 0.1.0
 */
export type WrongWant =
  | 'AnotherBrokersToken' | 'AnotherDaemonsToken' | 'NoDaemonsToken' | 'NoToken' | 'UnknownService' | 'VersionBelowFloor' | 'VersionOffList'

/**
 * A fault that happens to everybody: to the broker, its clock, its random source, its host, or a backend.
 *
 * @category model
 * @since 0.1.0
 */
export type CommonFault =
  | { readonly _tag: 'BackendForgets'; readonly service: number }
  /** The broker's process ends, and the next one goes on from a snapshot, or not. */
  | { readonly _tag: 'BrokerRestarts'; readonly from: 'Garbled' | 'Nothing' | 'Old' | 'Snapshot' | 'SnapshotUnaware'; readonly downMs: number }
  | { readonly _tag: 'ClockFails'; readonly forMs: number; readonly how: 'NaN' | 'Throws' }
  | { readonly _tag: 'ClockJumpsAhead'; readonly byMs: number }
  | { readonly _tag: 'ClockJumpsBack'; readonly byMs: number }
  | { readonly _tag: 'ClockStalls'; readonly forMs: number }
  | { readonly _tag: 'DrawsCollide'; readonly forMs: number }
  | { readonly _tag: 'DrawsFail'; readonly forMs: number }
  | { readonly _tag: 'DrawsShort'; readonly forMs: number }
  /** One pid says so many Hellos at once, each on a connection of its own. */
  | { readonly _tag: 'Floods'; readonly pid: number; readonly count: number; readonly wantsTokens: boolean }
  /** One pid opens so many connections, and says nothing. */
  | { readonly _tag: 'Hoards'; readonly pid: number; readonly count: number }
  /** The host does nothing for a while, and then everything at once. */
  | { readonly _tag: 'HostStalls'; readonly forMs: number }
  | { readonly _tag: 'ListenerBreaks'; readonly forMs: number }
  | { readonly _tag: 'PolicyChanges'; readonly to: number }
  /** Somebody shows the broker a token that nobody was given. */
  | { readonly _tag: 'TokenGuessed' }

/**
 * The name of a kind of fault.
 *
 * @category model
 * @since 0.1.0
 */
export type SimulationFaultName =
  | 'AckAtDeadline' | 'BackendForgets' | 'BackendSilent' | 'BrokerRestartsFromNothing' | 'BrokerRestartsFromOldSnapshot'
  | 'BrokerRestartsFromSnapshot' | 'ClockFails' | 'ClockJumpsAhead' | 'ClockJumpsBack' | 'ClockStalls' | 'Crossed'
  | 'DeliveryFails' | 'DrawsCollide' | 'DrawsFail' | 'DrawsShort' | 'Duplicated' | 'EndsEarly' | 'Floods' | 'Forged'
  | 'Garbled' | 'Hoards' | 'HostStalls' | 'Late' | 'LiesAboutPid' | 'ListenerBreaks' | 'Lost' | 'Malformed' | 'Mute' | 'Noise'
  | 'OfferReplayed' | 'PidReused' | 'PolicyChanges' | 'ReplyUnwritable' | 'SaysMore' | 'SidebandMismatch' | 'SnapshotGarbled'
  | 'Stranger' | 'TokenGuessed' | 'TokenTouched' | 'Trickled' | 'Truncated' | 'Unverified' | 'Vanishes' | 'WantsWrongly'

/**
 * Every kind of fault among many peers, by name, and what it is.
 *
 * @category constants
 * @since 0.1.0
 */
export const SIMULATION_FAULTS: Readonly<Record<SimulationFaultName, string>> = Object.freeze({
  AckAtDeadline: 'an ACK comes at the deadline, or a little before or after it',
  BackendForgets: 'a backend crashes, and comes back with no memory',
  BackendSilent: 'a backend says nothing',
  BrokerRestartsFromNothing: 'the broker restarts with its state lost',
  BrokerRestartsFromOldSnapshot: 'the broker restarts from a snapshot of long ago',
  BrokerRestartsFromSnapshot: 'the broker restarts from a snapshot, and knows how long it was away, or does not',
  ClockFails: 'the clock gives no number, or throws',
  ClockJumpsAhead: 'the clock jumps ahead, past deadlines or next to them',
  ClockJumpsBack: 'the clock is set back',
  ClockStalls: 'the clock stands still',
  Crossed: 'a message goes to somebody else',
  DeliveryFails: 'a socket does not reach its backend, or may not have',
  DrawsCollide: 'draws are of tokens that are pending already',
  DrawsFail: 'the random source throws',
  DrawsShort: 'the random source gives too little',
  Duplicated: 'a message comes twice',
  EndsEarly: 'a peer closes its side too soon',
  Floods: 'a peer says many Hellos at once',
  Forged: 'a hostile broker or backend lies in one field',
  Garbled: 'a bit of a message is flipped',
  Hoards: 'a peer opens many connections, and is mute on all',
  HostStalls: 'the host is busy elsewhere, and then late with everything',
  Late: 'a message is late',
  LiesAboutPid: 'a peer claims the pid of another',
  ListenerBreaks: 'whoever listens to events throws',
  Lost: 'a message is lost',
  Malformed: 'a Hello is wrong in its framing, envelope, encoding or shape',
  Mute: 'a peer says nothing',
  Noise: 'a peer sends what is no Hello at all',
  OfferReplayed: 'an offer comes again after its answer',
  PidReused: 'another process has the pid of one that was here before',
  PolicyChanges: 'the broker goes on under another policy',
  ReplyUnwritable: 'a reply cannot be written',
  SaysMore: 'a peer says more than one Hello',
  SidebandMismatch: 'a socket comes with another token than its offer',
  SnapshotGarbled: 'a snapshot is damaged',
  Stranger: 'a peer is another user',
  TokenGuessed: 'somebody shows a token that nobody was given',
  TokenTouched: 'somebody uses a token behind everybody\'s back',
  Trickled: 'a message comes byte by byte',
  Truncated: 'a message is cut short, and the stream with it',
  Unverified: 'nobody can say who a peer is',
  Vanishes: 'a peer is gone',
  WantsWrongly: 'a peer wants a service, a version or a session that it cannot have',
})

/**
 * The name that a fault is weighed and counted by.
 *
 * @category queries
 * @since 0.1.0
 */
export function simulationFaultName(fault: CommonFault | VisitFault): SimulationFaultName {
  switch (fault._tag) {
    case 'BrokerRestarts':
      return RESTARTS[fault.from]
    case 'Tampered':
      return fault.how._tag
    default:
      return fault._tag
  }
}

const RESTARTS = {
  Garbled: 'SnapshotGarbled', Nothing: 'BrokerRestartsFromNothing', Old: 'BrokerRestartsFromOldSnapshot', Snapshot: 'BrokerRestartsFromSnapshot',
  SnapshotUnaware: 'BrokerRestartsFromSnapshot',
} as const

/**
 * A fault with all its figures, on one line.
 *
 * @category encodings
 * @since 0.1.0
 */
export function describeSimulationFault(fault: CommonFault | VisitFault): string {
  const { _tag, ...figures } = fault
  const told = Object.entries(figures).map(([name, value]) =>
    `${name} ${typeof value === 'object' ? tamperingName(value as Tampering) : String(value)}`)
  return [_tag, ...told].join(', ')
}

