/**
 * What may go wrong in a pair's life, as data: each fault is one way in which the world, or one of the three, is
 * not as the others would like it.
 *
 * **Laws**
 *  1. A fault that is harmless (`isHarmless`) leaves broker and backend able to serve the client, so the client
 *     ends up connected (SPEC G10).
 *  2. A fault is never a lie that no protocol could survive: no byte is changed so that an ACK's yes becomes a valid
 *     no, because only a signature would tell, and nobody offers one token twice at once.
 */
import { tamperingName, type Tampering } from '../virtual/Tampering.js'
import type { ActorName, MessageName, TokenOperation } from './PairNames.js'

/**
 * One fault. It acts on every attempt until the world heals, or, where it is about clocks and limits, from the
 * beginning.
 *
 * @category model
 * @since 0.1.0
 */
export type PairFault =
  /** The ACK comes so many milliseconds after the registry's deadline. */
  | { readonly _tag: 'AckAtDeadline'; readonly offsetMs: number }
  /** The backend remembers as many tokens as it may, so it expects no more and answers that it does not know this one. */
  | { readonly _tag: 'AcceptanceFull' }
  /** The backend dies: when it gets the socket, or when it has accepted it and not yet said so. */
  | { readonly _tag: 'BackendCrashes'; readonly when: 'Accepted' | 'Offered' }
  /** Nobody is where the backend should be. */
  | { readonly _tag: 'BackendDead' }
  /** The backend gets the socket and nothing more, and says nothing. */
  | { readonly _tag: 'BackendSilent' }
  /** The backend greets its client before the broker's word can be there. */
  | { readonly _tag: 'BackendSpeaksFirst' }
  /** Nobody is where the broker should be. */
  | { readonly _tag: 'BrokerDead' }
  /** The broker says no more, and does not close, from this point on. */
  | { readonly _tag: 'BrokerSilent'; readonly phase: 'AfterReply' | 'AwaitingReply' | 'Connecting' | 'MidReply' }
  /** The client is gone at this point. */
  | { readonly _tag: 'ClientVanishes'; readonly at: VanishingPoint }
  /** Somebody's clock is set back once. */
  | { readonly _tag: 'ClockJumpsBack'; readonly who: ActorName }
  /** Somebody's clock stands still for a while. */
  | { readonly _tag: 'ClockStalls'; readonly who: ActorName }
  /** The socket cannot be sent, and the broker knows that it has not arrived. */
  | { readonly _tag: 'DeliveryFails' }
  /** The broker is told that the socket may have arrived; it has, or it has not. */
  | { readonly _tag: 'DeliveryUnclear'; readonly arrives: boolean }
  /** Every draw is a token that is pending already. */
  | { readonly _tag: 'DrawsCollide' }
  /** The first draw is. */
  | { readonly _tag: 'DrawsCollideOnce' }
  /** The random source gives nothing. */
  | { readonly _tag: 'DrawsRunOut' }
  /** One field of a message says something else. */
  | { readonly _tag: 'Forged'; readonly field: ForgedField }
  /** Once the backend has answered, the same socket, token and offer come once more. */
  | { readonly _tag: 'OfferReplayed' }
  /** The client's pid has used up its window. */
  | { readonly _tag: 'PeerLimited' }
  /** The broker serves somebody else's user only, so it closes without a byte. */
  | { readonly _tag: 'PeerRejected' }
  /** The broker refuses so often, with that code and hint, and speaks protocols that the client does not. */
  | {
      readonly _tag: 'Refusal'
      readonly code: number
      readonly retryAfterMs: bigint
      readonly times: number
      readonly sharesProtocol: boolean
    }
  /** The reply cannot be written, and the broker knows. */
  | { readonly _tag: 'ReplyUnwritable' }
  /** The service is not registered. */
  | { readonly _tag: 'ServiceUnknown' }
  /** The socket comes with another token beside it than the offer shows. */
  | { readonly _tag: 'SidebandMismatch' }
  /** A message is not delivered as it was written. */
  | { readonly _tag: 'Tampered'; readonly message: MessageName; readonly how: Tampering }
  /** Somebody uses the broker's methods on the token, so many milliseconds after the reply. */
  | { readonly _tag: 'TokenTouched'; readonly operation: TokenOperation; readonly afterMs: number }
  /** As many tokens are pending as may be. */
  | { readonly _tag: 'TokenStoreFull' }
  /** The version wanted is below the floor; others would do, where the client has any. */
  | { readonly _tag: 'VersionBlocked' }

/**
 * A message and a field of it, and, where that is not told by the name, what the field is made to say.
 *
 * @category model
 * @since 0.1.0
 */
export type ForgedField =
  | 'AckCorrelationId' | 'AckRequestId' | 'AckToken' | 'ReadyRefused' | 'ReadyToken' | 'ReplyKind' | 'ReplyNoEndpoint'
  | 'ReplyNoResult' | 'ReplyProtocol' | 'ReplyRequestId' | 'ReplyTokenLong' | 'ReplyTokenShort'

/**
 * Where a client may vanish.
 *
 * @category model
 * @since 0.1.0
 */
export type VanishingPoint = 'Adopting' | 'Asking' | 'AwaitingReply' | 'Connecting' | 'Dialling' | 'MidHello' | 'Waiting'

/** Later than any deadline of a pair. */
const TOO_LATE_MS = 700

const TAMPERINGS: ReadonlyArray<Tampering> = [
  { _tag: 'Duplicated' }, { _tag: 'Garbled' }, { _tag: 'Late', byMs: 10 }, { _tag: 'Late', byMs: TOO_LATE_MS },
  { _tag: 'Trickled', everyMs: 0.5 }, { _tag: 'Trickled', everyMs: 20 }, { _tag: 'Truncated' },
]
const LOST: Tampering = { _tag: 'Lost' }

/**
 * Every kind of fault, each at least once, and those with figures at their edges.
 *
 * @category constants
 * @since 0.1.0
 */
export const PAIR_FAULTS: ReadonlyArray<PairFault> = Object.freeze([
  ...[-1, -0.5, 0, 0.5, 1].map((offsetMs) => ({ _tag: 'AckAtDeadline', offsetMs }) as const),
  { _tag: 'AcceptanceFull' },
  ...(['Accepted', 'Offered'] as const).map((when) => ({ _tag: 'BackendCrashes', when }) as const),
  { _tag: 'BackendDead' },
  { _tag: 'BackendSilent' },
  { _tag: 'BackendSpeaksFirst' },
  { _tag: 'BrokerDead' },
  ...(['AfterReply', 'AwaitingReply', 'Connecting', 'MidReply'] as const)
    .map((phase) => ({ _tag: 'BrokerSilent', phase }) as const),
  ...(['Adopting', 'Asking', 'AwaitingReply', 'Connecting', 'Dialling', 'MidHello', 'Waiting'] as const)
    .map((at) => ({ _tag: 'ClientVanishes', at }) as const),
  ...(['Backend', 'Broker', 'Client'] as const)
    .flatMap((who) => [{ _tag: 'ClockJumpsBack', who } as const, { _tag: 'ClockStalls', who } as const]),
  { _tag: 'DeliveryFails' },
  { _tag: 'DeliveryUnclear', arrives: true },
  { _tag: 'DeliveryUnclear', arrives: false },
  { _tag: 'DrawsCollide' },
  { _tag: 'DrawsCollideOnce' },
  { _tag: 'DrawsRunOut' },
  ...([
    'AckCorrelationId', 'AckRequestId', 'AckToken', 'ReadyRefused', 'ReadyToken', 'ReplyKind', 'ReplyNoEndpoint',
    'ReplyNoResult', 'ReplyProtocol', 'ReplyRequestId', 'ReplyTokenLong', 'ReplyTokenShort',
  ] as const).map((field) => ({ _tag: 'Forged', field }) as const),
  { _tag: 'OfferReplayed' },
  { _tag: 'PeerLimited' },
  { _tag: 'PeerRejected' },
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99].map((code) => refusal(code, 0n, 1)),
  ...[1n, 250n, 60_000n, (1n << 64n) - 1n].map((hint) => refusal(4, hint, 2)),
  { ...refusal(1, 0n, Infinity), sharesProtocol: false },
  refusal(4, 10n, Infinity),
  refusal(8, 30_000n, Infinity),
  { _tag: 'ReplyUnwritable' },
  { _tag: 'ServiceUnknown' },
  { _tag: 'SidebandMismatch' },
  ...(['Hello', 'Reply', 'Offer', 'Ack', 'Ready'] as const).flatMap((message) =>
    (message === 'Hello' || message === 'Offer' ? TAMPERINGS : [...TAMPERINGS, LOST])
      .map((how) => ({ _tag: 'Tampered', message, how }) as const)),
  ...(['Abandon', 'Acknowledge', 'Consume', 'Sweep'] as const)
    .flatMap((operation) => [0, 3.5, 50].map((afterMs) => ({ _tag: 'TokenTouched', operation, afterMs }) as const)),
  { _tag: 'TokenStoreFull' },
  { _tag: 'VersionBlocked' },
])

/**
 * Whether broker and backend can still serve the client, with or without a handoff.
 *
 * @category queries
 * @since 0.1.0
 */
export function isHarmless(fault: PairFault): boolean {
  switch (fault._tag) {
    case 'BackendCrashes':
    case 'BackendDead':
    case 'BrokerDead':
    case 'ClientVanishes':
    case 'PeerLimited':
    case 'PeerRejected':
    case 'Refusal':
    case 'ReplyUnwritable':
    case 'ServiceUnknown':
    case 'VersionBlocked':
      return false
    case 'BrokerSilent':
      return fault.phase === 'AfterReply'
    case 'Forged':
      return !fault.field.startsWith('Reply')
    case 'Tampered':
      return isHarmlessTo(fault.message, fault.how)
    default:
      return true
  }
}

/**
 * What follows the ready frame is the backend's word. So a second one is taken for its first, and so is the tail of
 * one whose length was made to say less: what is missing then are the ids, which nobody looks at (SPEC G10).
 */
function isHarmlessTo(message: MessageName, how: Tampering): boolean {
  if (message === 'Ready') return how._tag !== 'Duplicated' && how._tag !== 'Garbled'
  return message === 'Ack' || message === 'Offer'
}

/**
 * A fault's name, by which faults are told apart in a trace.
 *
 * @category queries
 * @since 0.1.0
 */
export function faultName(fault: PairFault): string {
  switch (fault._tag) {
    case 'AckAtDeadline':
      return `AckAtDeadline ${fault.offsetMs}`
    case 'BackendCrashes':
      return `BackendCrashes ${fault.when}`
    case 'BrokerSilent':
      return `BrokerSilent ${fault.phase}`
    case 'ClientVanishes':
      return `ClientVanishes ${fault.at}`
    case 'ClockJumpsBack':
    case 'ClockStalls':
      return `${fault._tag} ${fault.who}`
    case 'DeliveryUnclear':
      return `DeliveryUnclear ${fault.arrives ? 'arrives' : 'does not arrive'}`
    case 'Forged':
      return `Forged ${fault.field}`
    case 'Refusal':
      return `Refusal ${fault.code}, again in ${fault.retryAfterMs}, ${fault.times} times`
    case 'Tampered':
      return `Tampered ${fault.message} ${tamperingName(fault.how)}`
    case 'TokenTouched':
      return `TokenTouched ${fault.operation} after ${fault.afterMs}`
    default:
      return fault._tag
  }
}

function refusal(code: number, retryAfterMs: bigint, times: number): Extract<PairFault, { readonly _tag: 'Refusal' }> {
  return { _tag: 'Refusal', code, retryAfterMs, times, sharesProtocol: true }
}
