/**
 * A broker in a process: the pure steps, with a clock, a random source and one mutable cell threaded
 * through them.
 *
 * **State** one cell: the `BrokerState`, and the draws at hand. Every method runs one step on it,
 * synchronously, so steps never interleave.
 *
 * **Laws**
 *  1. No method throws: not for any bytes, not for a clock or a random source that fails, not for an
 *     `onEvent` that throws.
 *  2. What is due is swept before a Hello is answered and after every other method, so that it makes
 *     room but never changes what an ACK is told; `sweep` does so in quiet times (DIV-A2).
 *  3. Whatever is removed is told: no token and no handoff leaves in silence.
 *
 * **Not here** sockets and timers: a host reads, writes, and calls `sweep` when the deadline comes.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import * as E from 'fp-ts/lib/Either.js'
import type { HandoffToken } from '../data/HandoffToken.js'
import { untilMs } from '../data/Instant.js'
import type { PeerIdentity } from '../data/PeerIdentity.js'
import type { Step } from '../data/Step.js'
import { type Answer, answer, exchange } from '../negotiate/answer.js'
import { type BrokerState, initialState, reconfigure } from '../negotiate/BrokerState.js'
import * as Connection from '../negotiate/Connection.js'
import * as Deadlines from '../negotiate/Deadlines.js'
import * as Handoffs from '../negotiate/Handoffs.js'
import { type Ambient, drawsUsed } from '../negotiate/negotiate.js'
import type { Policy } from '../negotiate/Policy.js'
import { encodeSnapshot, type Snapshot } from '../negotiate/Snapshot.js'
import type { AckError, Acknowledged, Handoff } from '../step/AckRegistry.js'
import { admitPeer, type PeerNotOwner } from '../step/PeerPolicy.js'
import type { TraceContext } from '../step/TraceContext.js'
import { type ConsumeError, NO_DRAWS, pendingCount } from '../step/TokenStore.js'
import type { BrokerEvent } from './BrokerEvent.js'
import { brokerClock, resumedMs } from './brokerClock.js'
import type { Clock } from './Clock.js'
import { systemClockAtHand, systemRandom } from './Defaults.js'
import {
  abandonedEvents, acknowledgedEvents, answerEvents, consumedEvents, droppedEvents, type EventsOf, expiredEvents,
  rejectedEvents, traceAt, traceIn,
} from './eventsOf.js'
import { type RandomSource, spend, topUp } from './RandomSource.js'
import { replyPool } from './ReplyPool.js'
import { type Session, session } from './Session.js'

/**
 * What a broker is made of. Only the policy is required; the clock and the random source default to
 * the process's own.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerOptions {
  readonly policy: Policy
  readonly clock?: Clock
  readonly random?: RandomSource
  readonly onEvent?: (event: BrokerEvent) => void
  readonly restore?: Restore
}

/**
 * A state to go on from, and the time that passed since it was written out, in milliseconds (0 where
 * nobody knows: then tokens live that much longer, never shorter). Session halves are the policy's, and
 * pending handoffs go on only under the limits that they began with.
 *
 * @category model
 * @since 0.1.0
 */
export interface Restore {
  readonly state: BrokerState
  readonly elapsedMs?: number
}

/**
 * A broker in a process.
 *
 * @category model
 * @since 0.1.0
 */
export interface Broker {
  /** Opens a connection's loop for a peer, or says why the peer gets silence (SPEC C1). */
  readonly accept: (peer: PeerIdentity) => Either<PeerNotOwner, Session>
  /**
   * Answers one whole framed request; with no bytes where the policy does not admit the peer (SPEC C1).
   * The bytes may be a view of a larger array, as a small `Buffer` is: copy them before transferring
   * them to another thread.
   */
  readonly exchange: (bytes: Uint8Array, peer: PeerIdentity) => Answer
  /** Notes that an answer could not be written: its token, if any, is revoked (DIV-T2). */
  readonly unwritten: (answer: Answer) => void
  /** Takes a backend's ACK for a token (SPEC A2). */
  readonly acknowledge: (token: HandoffToken) => Either<AckError, Acknowledged>
  /** Consumes a token if the one presented equals it (SPEC T4). */
  readonly consume: (expected: HandoffToken, presented: HandoffToken) => Either<ConsumeError, void>
  /** Gives a handoff up and revokes its token (SPEC A4). */
  readonly abandon: (token: HandoffToken) => Handoff | undefined
  /** Removes what is due; harmless at any time. */
  readonly sweep: () => void
  /** Milliseconds until something is due, `undefined` where nothing is pending: arm a timer, then `sweep`. */
  readonly msUntilDeadline: () => number | undefined
  /** Goes on under another policy; see `reconfigure`. */
  readonly reconfigure: (policy: Policy) => void
  /** The state as JSON values; it holds secrets. */
  readonly snapshot: () => Snapshot
  /** The state itself, immutable; it holds secrets. */
  readonly state: () => BrokerState
  /** The broker's clock, in milliseconds. */
  readonly nowMs: () => number
}

/**
 * Starts a broker.
 *
 * @example
 * import assert from 'node:assert'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 *
 * const policy = parsePolicy({
 *   services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }],
 * })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const broker = createBroker({ policy: policy.right, onEvent: (event) => assert.equal(event._tag, 'Refused') })
 * const answer = broker.exchange(Uint8Array.of(0x16, 0x03, 0x01), UNVERIFIED_PEER) // a TLS client, by mistake
 * assert.equal(answer.outcome._tag, 'Refused')
 *
 * @category constructors
 * @since 0.1.0
 */
export function createBroker(options: BrokerOptions): Broker {
  const { random = systemRandom, restore } = options
  const nowMs = brokerClock(options.clock ?? systemClockAtHand(), restore && resumedMs(restore.state, restore.elapsedMs))
  const { onEvent } = options
  let policy = options.policy
  let state = restore?.state ?? initialState(policy)
  let draws = NO_DRAWS
  const allocate = replyPool()

  /** A listener's failure is its own: no answer depends on it. Where nobody listens, nothing is made to be told. */
  function tell<A>(eventsOf: EventsOf<A>, value: A, now: number): void {
    if (onEvent === undefined) return
    for (const event of eventsOf(value, now)) {
      try {
        onEvent(event)
      } catch {
        // There is nobody below the shell to tell.
      }
    }
  }

  /** Runs one step on the cell; what is due is swept afterwards, so it never changes this step's answer. */
  function run<A>(
    stepOf: (state: BrokerState, nowMs: number) => Step<BrokerState, A>, eventsOf: EventsOf<A>, now: number = nowMs(),
  ): A {
    const next = stepOf(state, now)
    state = next.state
    tell(eventsOf, next.value, now)
    sweepAt(now)
    return next.value
  }

  function sweepAt(now: number): void {
    const deadlineMs = Deadlines.nextDeadlineMs(state)
    if (deadlineMs === undefined || !(now >= deadlineMs)) return
    const expired = Deadlines.expire(state, now)
    state = expired.state
    tell(expiredEvents, expired.value, now)
  }

  /** What a Hello is answered with. What is due is swept first, so that it makes room. */
  function ambient(): Ambient {
    const now = nowMs()
    sweepAt(now)
    draws = topUp(draws, state.tokens.limits.collisionAttempts, random)
    return { nowMs: now, draws, allocate }
  }

  function answered<A>(
    { state: next, value }: Step<BrokerState, Answer>, peer: PeerIdentity,
    traceOf: (source: A) => TraceContext | undefined, source: A, now: number,
  ): Answer {
    state = next
    const used = drawsUsed(value.outcome)
    // Spent before anybody is told: a listener may ask for an answer of its own.
    if (used > 0) draws = spend(draws, used)
    if (onEvent !== undefined) tellAnswer(value, peer, traceOf, source, now)
    // Of an answer, only a token can be due: one that is to live too long, or not at all.
    if (used > 0) sweepAt(now)
    return value
  }

  function tellAnswer<A>(
    value: Answer, peer: PeerIdentity, traceOf: (source: A) => TraceContext | undefined, source: A, now: number,
  ): void {
    tell((answer) => answerEvents(answer, peer, () => traceOf(source), now), value, now)
  }

  /** What another policy's limits drop is told, whether it comes now or with a restored state. */
  const adopt = (next: Policy): void => {
    policy = next
    run((state) => reconfigure(state, next), droppedEvents)
  }

  const abandon = (token: HandoffToken): Handoff | undefined =>
    run((state) => Handoffs.abandon(state, token), abandonedEvents)

  if (restore !== undefined) adopt(policy)

  return {
    accept: (peer) => {
      const admitted = admitPeer(policy.peerPolicy, peer)
      if (admitted._tag === 'Left') {
        tell(rejectedEvents, admitted.left, nowMs())
        return admitted
      }
      const opened = Connection.connection(nowMs(), policy.helloTimeoutMs)
      return E.right(session(opened, nowMs, (event) => {
        const now = ambient()
        return answered(answer(policy, state, event, peer, now), peer, traceIn, event, now.nowMs)
      }))
    },
    exchange: (bytes, peer) => {
      const now = ambient()
      return answered(exchange(policy, state, bytes, peer, now), peer, traceAt, bytes, now.nowMs)
    },
    unwritten: ({ outcome }) => {
      if (outcome._tag === 'Negotiated' && outcome.handoff._tag === 'Granted') abandon(outcome.handoff.token)
    },
    acknowledge: (token) => run((state, now) => Handoffs.acknowledge(state, token, now), acknowledgedEvents),
    consume: (expected, presented) => {
      const pendingBefore = pendingCount(state.tokens)
      return run((state, now) => Handoffs.consume(state, expected, presented, now), (value, now) =>
        consumedEvents(value, pendingBefore - pendingCount(state.tokens), now))
    },
    abandon,
    sweep: () => sweepAt(nowMs()),
    msUntilDeadline: () => {
      const deadlineMs = Deadlines.nextDeadlineMs(state)
      return deadlineMs === undefined ? undefined : untilMs(deadlineMs, nowMs())
    },
    reconfigure: adopt,
    snapshot: () => encodeSnapshot(state),
    state: () => state,
    nowMs,
  }
}
