/**
 * What must be remembered of a broker's past to judge its next step: who was admitted when, and what became of
 * each handoff. It is kept from what the broker says and shows, not from how it works.
 *
 * **State** windows by pid, handoffs by connection id, how many of them left in which way. A broker that lost its
 * memory, or took an older one, begins a new ledger.
 */
import * as DeadlineMap from '../../data/DeadlineMap.js'
import type { BrokerState } from '../../negotiate/BrokerState.js'
import type { NegotiationError } from '../../negotiate/Refusal.js'
import type { BrokerEvent } from '../../shell/BrokerEvent.js'
import * as RateLimiter from '../../step/RateLimiter.js'
import type { Seen } from './Twin.js'

/**
 * A broker's past.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerLedger {
  readonly windows: Map<number, RateLimiter.Window>
  /** How often each handoff left; those without a number are pending. */
  readonly handoffs: Map<bigint, number>
  readonly ways: Record<Way, number>
  issuedCount: number
}

/**
 * How a handoff leaves: acknowledged, too late, abandoned; or another one comes under its token, which was drawn again.
 *
 * @category model
 * @since 0.1.0
 */
export type Way = 'Abandoned' | 'Acknowledged' | 'Expired' | 'Replaced'

/** The refusals that come before the limiter, and are free (SPEC R1), and the limiter's own. */
const UNPAID: ReadonlyArray<NegotiationError['_tag']> = [
  'BodyTooLarge', 'ClientLibTooLong', 'ClientVersionTooLong', 'CompressedPayload', 'HelloDeadlineExceeded', 'InvalidServiceName',
  'InvalidWantedVersion', 'MalformedFrame', 'MalformedHello', 'PeerNotOwner', 'PeerPidMismatch', 'ProtocolRangeExcludesV1', 'RateLimited',
  'UnexpectedEnd', 'UnexpectedFrameKind', 'UnexpectedPayloadProtocol', 'UnsupportedEnvelopeVersion', 'UnsupportedFraming',
]

/**
 * The ledger of a broker that goes on from this memory.
 *
 * @category constructors
 * @since 0.1.0
 */
export function brokerLedger({ acks, limiter }: BrokerState): BrokerLedger {
  const pending = DeadlineMap.toArray(acks.pending).map(({ value: { handoff } }) => [handoff.connectionId, 0] as const)
  return {
    windows: new Map(RateLimiter.windows(limiter)),
    handoffs: new Map(pending),
    ways: { Abandoned: 0, Acknowledged: 0, Expired: 0, Replaced: 0 },
    issuedCount: pending.length,
  }
}

/**
 * Takes a step down.
 *
 * @category steps
 * @since 0.1.0
 */
export function note(ledger: BrokerLedger, seen: Seen): void {
  const { after, before, events } = seen
  if (after.limiter.limit !== before.limiter.limit && JSON.stringify(after.limiter.limit) !== JSON.stringify(before.limiter.limit)) {
    ledger.windows.clear()
  }
  const admitted = admittedPid(seen)
  if (admitted !== undefined) count(ledger, admitted, seen)
  for (const event of events) noteEvent(ledger, event)
  for (const connectionId of replacedIn(seen)) leave(ledger, connectionId, 'Replaced')
}

/**
 * The pid that a step has admitted, if the limiter looks at it (SPEC R1, R2).
 *
 * @category queries
 * @since 0.1.0
 */
export function admittedPid({ answer, peer }: Seen): number | undefined {
  if (answer === undefined || peer === undefined || peer.pid === 0) return undefined
  const { outcome } = answer
  return outcome._tag === 'Negotiated' || !UNPAID.includes(outcome.error._tag) ? peer.pid : undefined
}

/**
 * The handoffs that events say have left, and how.
 *
 * @category queries
 * @since 0.1.0
 */
export function leftIn(events: ReadonlyArray<BrokerEvent>): ReadonlyArray<readonly [connectionId: bigint, way: Way]> {
  return events.flatMap((event): ReadonlyArray<readonly [bigint, Way]> => {
    switch (event._tag) {
      case 'AckRefused':
        return event.error._tag === 'AckDeadlineExceeded' ? [[event.error.handoff.connectionId, 'Expired']] : []
      case 'HandoffAbandoned':
        return [[event.handoff.connectionId, 'Abandoned']]
      case 'HandoffAcknowledged':
        return [[event.handoff.connectionId, 'Acknowledged']]
      case 'HandoffExpired':
        return [[event.handoff.connectionId, 'Expired']]
      default:
        return []
    }
  })
}

/** A window opens with the first Hello that is admitted after the last one is over (SPEC R4). */
function count({ windows }: BrokerLedger, pid: number, { after, nowMs }: Seen): void {
  const window = windows.get(pid)
  const isOver = window === undefined || nowMs - window.openedMs >= after.limiter.limit.windowMs
  windows.set(pid, isOver ? { openedMs: nowMs, count: 1 } : { openedMs: window.openedMs, count: window.count + 1 })
}

function noteEvent(ledger: BrokerLedger, event: BrokerEvent): void {
  if (event._tag === 'HandoffIssued') {
    ledger.handoffs.set(event.handoff.connectionId, 0)
    ledger.issuedCount += 1
  }
  for (const [connectionId, way] of leftIn([event])) leave(ledger, connectionId, way)
}

function leave({ handoffs, ways }: BrokerLedger, connectionId: bigint, way: Way): void {
  handoffs.set(connectionId, (handoffs.get(connectionId) ?? 1) + 1)
  ways[way] += 1
}

/** The handoffs whose token was given to somebody else in this step: the registry has it once, and nobody is told (SPEC A1). */
function replacedIn({ after, before, events }: Seen): ReadonlyArray<bigint> {
  if (!events.some(({ _tag }) => _tag === 'HandoffIssued')) return []
  const gone = leftIn(events).map(([connectionId]) => connectionId)
  return DeadlineMap.toArray(before.acks.pending).flatMap(({ key, value: { handoff: { connectionId } } }) => {
    const now = DeadlineMap.get(after.acks.pending, key)
    return now !== undefined && now.value.handoff.connectionId !== connectionId && !gone.includes(connectionId) ? [connectionId] : []
  })
}
