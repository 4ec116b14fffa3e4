/**
 * A broker's handoffs on Node: which connections are offered to which backend, over which link, and what
 * becomes of those that are not.
 *
 * **State** the policy's cell, with the failures of late, and a waiting room for each service whose backend
 * is starting.
 *
 * **Laws**
 *  1. A connection with a token is handed over, or it ends as every other connection does, its token
 *     abandoned: the client then goes to the backend's own endpoint, and has seen no error (SPEC B2, X9).
 *  2. What a caller's function throws counts as no answer.
 *
 * **Not here** deciding (`HandoffPolicy`), and the one attempt (`handOver`).
 */
import type { PeerIdentity } from '../../../data/PeerIdentity.js'
import type { ServiceName } from '../../../data/ServiceName.js'
import type { Answer } from '../../../negotiate/answer.js'
import { attemptable, type HandoffTicket } from '../../../negotiate/HandoffTicket.js'
import type { Broker } from '../../../shell/Broker.js'
import { DEFAULT_ACK_DEADLINE_MS } from '../../../step/AckRegistry.js'
import type { FailureLimit } from '../../../step/FailureWindows.js'
import * as HandoffPolicy from '../../../step/HandoffPolicy.js'
import * as HandoffTransport from '../../../step/HandoffTransport.js'
import { type PendingLimits, reconnectWhenFull } from '../../../step/PendingHandoffs.js'
import type { BackendLink } from './BackendLink.js'
import type { HandoffEnd, HandoffNotice } from './HandoffNotice.js'
import type { Held, Taker } from './Held.js'
import { type ErrandEnd, handOver } from './handOver.js'
import { type WaitingRoom, waitingRoom } from './waitingRoom.js'

/**
 * How a broker hands connections over.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffHost {
  /**
   * The link to a service's backend: `undefined` where its connections are not handed over, a promise where
   * the backend is starting, for which a few clients wait a moment (SPEC Q1).
   */
  readonly linkOf: (serviceName: ServiceName) => BackendLink | PromiseLike<BackendLink> | undefined
  /** Whether a service's backend was running before this broker was, so that it has no link; not so if not given. */
  readonly isAdopted?: (serviceName: ServiceName) => boolean
  /** Whether descriptors are scarce; not so if not given. */
  readonly isUnderFdPressure?: () => boolean
  /** How long a backend has for its ACK, in milliseconds; 5 000 if not given, and never longer than the policy's. */
  readonly ackDeadlineMs?: number
  /** How often a backend may fail before it is left alone for a while; 8 times in 30 s if not given (SPEC B2). */
  readonly failureLimit?: FailureLimit
  /** How many clients of a service wait for its backend, and how long; 64 and 100 ms if not given (SPEC Q1). */
  readonly pendingLimits?: PendingLimits
}

/** @internal Who takes a connection over once it has its reply, if anybody does. */
export type Desk = (answer: Answer, peer: PeerIdentity) => Taker | undefined

/** @internal What a desk works with. */
export interface DeskOptions {
  readonly host: HandoffHost
  readonly broker: Broker
  readonly readyTimeoutMs: number
  readonly tell: (notice: HandoffNotice) => void
}

/** One connection on its way to a backend. */
interface Case {
  readonly held: Held
  readonly peer: PeerIdentity
  readonly serviceName: ServiceName
  readonly ticket: HandoffTicket
  readonly startedMs: number
}

/** A link, or one that is to come. */
type Link = BackendLink | PromiseLike<BackendLink>

/** Stops whatever is being done about a connection. */
type Cancel = () => void

/** @internal The desk of one listener. */
export function handoffDesk({ host, broker, readyTimeoutMs, tell }: DeskOptions): Desk {
  const rooms = new Map<ServiceName, WaitingRoom>()
  let policy = HandoffPolicy.handoffPolicy(host.failureLimit)

  function told({ peer, serviceName, ticket: { connectionId }, startedMs }: Case, end: HandoffEnd): void {
    tell({ peer, serviceName, connectionId, elapsedMs: broker.nowMs() - startedMs, ...end })
  }

  /** Asked about every connection; and once more about one that has waited, whose link may be full by then. */
  function take(work: Case, link: Link | undefined): Cancel | undefined {
    const decision = decide(work.serviceName, link)
    if (decision._tag === 'Reconnect') return skip(work, decision)
    // A service without a link is not willing, and so was decided about.
    if (link === undefined) return skip(work, HandoffPolicy.reconnect('ServicePolicyDisabled'))
    return isComing(link) ? wait(work, link) : attempt(work, link)
  }

  function decide(serviceName: ServiceName, link: Link | undefined): HandoffPolicy.HandoffDecision {
    const isCrowded = link !== undefined && !isComing(link) && !link.hasRoom()
    const { state, value } = HandoffPolicy.decide(policy, {
      backendKey: serviceName,
      isClientCapable: true,
      isServiceWilling: link !== undefined,
      isUnderFdPressure: isCrowded || guarded(() => host.isUnderFdPressure?.() === true, false),
      isBackendAdopted: guarded(() => host.isAdopted?.(serviceName) === true, false),
    }, broker.nowMs())
    policy = state
    return value
  }

  function skip(work: Case, reconnect: HandoffPolicy.Reconnect): undefined {
    broker.abandon(work.ticket.token)
    work.held.part()
    const retryAfterMs = reconnect.reason === 'FailedAttemptRateLimited' ? reconnect.retryAfterMs : undefined
    told(work, { _tag: 'HandoffSkipped', reason: reconnect.reason, retryAfterMs })
  }

  function attempt(work: Case, link: BackendLink): Cancel {
    const { held, serviceName, ticket } = work
    const subject = { ...ticket, serviceName, handleValue: 0n }
    const ackDeadlineMs = host.ackDeadlineMs ?? DEFAULT_ACK_DEADLINE_MS
    return handOver({ broker, held, link, subject, ackDeadlineMs, readyTimeoutMs }, (end) => told(work, recorded(serviceName, end)))
  }

  /** The failures of late are the policy's to remember; a connection closed on this side is nobody's failure. */
  function recorded(serviceName: ServiceName, end: ErrandEnd): HandoffEnd {
    if (end._tag === 'Transferred') {
      policy = HandoffPolicy.recordSuccess(policy, serviceName)
      return { ...end, _tag: 'HandoffTransferred' }
    }
    const { failure, ...fellBack } = end
    const counted = failure && HandoffTransport.attemptFailureOf(failure)
    if (counted !== undefined) policy = HandoffPolicy.recordFailure(policy, serviceName, counted, broker.nowMs()).state
    return { ...fellBack, _tag: 'HandoffFellBack', reason: failure && HandoffTransport.fallbackReasonOf(failure) }
  }

  function wait(work: Case, coming: PromiseLike<BackendLink>): Cancel {
    let cancel: Cancel | undefined = () => skip(work, HandoffPolicy.reconnect('BackendAckTimeout'))
    let isGone = false
    roomOf(work.serviceName).enter({
      admit: (link) => {
        if (!isGone) cancel = take(work, link)
      },
      turnAway: (why) => {
        if (!isGone) cancel = skip(work, why === 'full' ? reconnectWhenFull() : HandoffPolicy.reconnect('BackendAckTimeout'))
      },
    }, coming)
    return () => {
      isGone = true
      cancel?.()
    }
  }

  function roomOf(serviceName: ServiceName): WaitingRoom {
    const room = rooms.get(serviceName) ?? waitingRoom(host.pendingLimits, broker.nowMs)
    rooms.set(serviceName, room)
    return room
  }

  return ({ outcome }, peer) => {
    const ticket = outcome._tag === 'Negotiated' ? attemptable(outcome.reply) : undefined
    if (outcome._tag !== 'Negotiated' || ticket?._tag !== 'Right') return undefined
    const { serviceName } = outcome
    return (held) => take(
      { held, peer, serviceName, ticket: ticket.right, startedMs: broker.nowMs() }, guarded(() => host.linkOf(serviceName), undefined),
    )
  }
}

function isComing(link: Link): link is PromiseLike<BackendLink> {
  return 'then' in link
}

function guarded<A>(ask: () => A, otherwise: A): A {
  try {
    return ask()
  } catch {
    return otherwise
  }
}
