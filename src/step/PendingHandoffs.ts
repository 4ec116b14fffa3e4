/**
 * Handoffs that wait for their turn: first in, first out, bounded in number and in age.
 *
 * **State** the limits, the latest instant seen, and the entries by sequence number, from `head` up to
 * but without `next`.
 * Invariant: there is an entry for each number in between and no other, at most `maxPending` of them,
 * and deadlines never decrease along the sequence: the TTL is one and time does not run back.
 *
 * **Laws**
 *  1. What is enqueued comes out once: dequeued in order, or told as expired; nothing is dropped in
 *     silence, because a handoff holds somebody's connection.
 *  2. An entry is gone at the very instant of its deadline; both enqueue and dequeue expire first (SPEC Q1).
 *  3. A full queue takes nothing and loses nothing; the client reconnects (SPEC Q1).
 *  4. A step costs the entries it tells of, and the depth of a trie: not the number waiting, and no more
 *     where one and the same queue is stepped from again and again.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { advance, clampLimit, deadlineAfter } from '../data/Instant.js'
import * as PersistentMap from '../data/PersistentMap.js'
import { type Step, step } from '../data/Step.js'
import { reconnect, type Reconnect } from './HandoffPolicy.js'

/**
 * At most `maxPending` handoffs, each for at most `ttlMs` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface PendingLimits {
  readonly maxPending: number
  readonly ttlMs: number
}

/**
 * The limits and the handoffs waiting; `A` is the caller's and never looked at.
 *
 * @category model
 * @since 0.1.0
 */
export interface PendingHandoffs<A extends {}> {
  readonly limits: PendingLimits
  readonly latestMs: number
  readonly entries: PersistentMap.PersistentMap<number, PendingHandoff<A>>
  readonly head: number
  readonly next: number
}

/**
 * One handoff waiting; it is overdue at the very instant `deadlineMs`.
 *
 * @category model
 * @since 0.1.0
 */
export interface PendingHandoff<A extends {}> {
  readonly handoff: A
  readonly deadlineMs: number
}

/**
 * What expired to make room, oldest first, and whether the new one was taken.
 *
 * @category model
 * @since 0.1.0
 */
export interface Enqueued<A extends {}> {
  readonly expired: ReadonlyArray<A>
  readonly result: Either<PendingHandoffsFull, void>
}

/**
 * What expired before its turn, oldest first, and whose turn it is, if anybody's.
 *
 * @category model
 * @since 0.1.0
 */
export interface Dequeued<A extends {}> {
  readonly expired: ReadonlyArray<A>
  readonly handoff: A | undefined
}

/**
 * The queue has no room.
 *
 * @category model
 * @since 0.1.0
 */
export interface PendingHandoffsFull {
  readonly _tag: 'PendingHandoffsFull'
  readonly maxPending: number
}

/**
 * 64 handoffs, 100 ms each (SPEC Q1).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_PENDING_LIMITS: PendingLimits = Object.freeze({ maxPending: 64, ttlMs: 100 })

const TAKEN = E.right(undefined)

/**
 * A queue in which nobody waits; zero limits become 1 handoff and 1 ms (SPEC Q1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function pendingHandoffs<A extends {}>(
  { maxPending, ttlMs }: PendingLimits = DEFAULT_PENDING_LIMITS,
): PendingHandoffs<A> {
  return {
    limits: { maxPending: clampLimit(Math.floor(maxPending), 1), ttlMs: clampLimit(ttlMs, 1) },
    latestMs: 0,
    entries: PersistentMap.empty(PersistentMap.numberBits),
    head: 0,
    next: 0,
  }
}

/**
 * Expires, then puts a handoff last in the queue, if there is room (SPEC Q1).
 *
 * @example
 * import assert from 'node:assert'
 * import { PendingHandoffs } from 'hello-negotiation/step'
 *
 * const queue = PendingHandoffs.pendingHandoffs<string>({ maxPending: 1, ttlMs: 100 })
 * const waiting = PendingHandoffs.enqueue(queue, 'first', 0).state
 * const { value } = PendingHandoffs.enqueue(waiting, 'second', 99.5)
 * assert.deepEqual(value.result, { _tag: 'Left', left: { _tag: 'PendingHandoffsFull', maxPending: 1 } })
 *
 * const later = PendingHandoffs.enqueue(waiting, 'second', 100)
 * assert.deepEqual(later.value.expired, ['first'])
 * assert.equal(PendingHandoffs.dequeue(later.state, 150).value.handoff, 'second')
 *
 * @category steps
 * @since 0.1.0
 */
export function enqueue<A extends {}>(
  queue: PendingHandoffs<A>, handoff: A, nowMs: number,
): Step<PendingHandoffs<A>, Enqueued<A>> {
  const { state, value: expired } = expire(queue, nowMs)
  const { limits: { maxPending, ttlMs }, latestMs, entries, next } = state
  if (size(state) >= maxPending) {
    return step(state, { expired, result: E.left({ _tag: 'PendingHandoffsFull', maxPending }) })
  }
  const entry = { handoff, deadlineMs: deadlineAfter(latestMs, ttlMs) }
  return step({ ...state, entries: PersistentMap.set(entries, next, entry), next: next + 1 }, { expired, result: TAKEN })
}

/**
 * Expires, then takes the handoff that has waited longest (SPEC Q1).
 *
 * @category steps
 * @since 0.1.0
 */
export function dequeue<A extends {}>(queue: PendingHandoffs<A>, nowMs: number): Step<PendingHandoffs<A>, Dequeued<A>> {
  const { state, value: expired } = expire(queue, nowMs)
  const oldest = PersistentMap.get(state.entries, state.head)
  return oldest === undefined
    ? step(state, { expired, handoff: undefined })
    : step(withoutOldest(state), { expired, handoff: oldest.handoff })
}

/**
 * Takes out every handoff with `now >= deadline`; tells them oldest first (SPEC Q1).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire<A extends {}>(
  queue: PendingHandoffs<A>, nowMs: number,
): Step<PendingHandoffs<A>, ReadonlyArray<A>> {
  const expired: Array<A> = []
  let rest: PendingHandoffs<A> = { ...queue, latestMs: advance(queue.latestMs, nowMs) }
  for (;;) {
    const oldest = PersistentMap.get(rest.entries, rest.head)
    if (oldest === undefined || rest.latestMs < oldest.deadlineMs) return step(rest, expired)
    expired.push(oldest.handoff)
    rest = withoutOldest(rest)
  }
}

/**
 * When the next handoff is overdue, or `undefined` where none is waiting.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs<A extends {}>({ entries, head }: PendingHandoffs<A>): number | undefined {
  return PersistentMap.get(entries, head)?.deadlineMs
}

/**
 * The number of handoffs waiting, with those overdue and not yet taken out.
 *
 * @category queries
 * @since 0.1.0
 */
export function size<A extends {}>({ entries }: PendingHandoffs<A>): number {
  return PersistentMap.size(entries)
}

/**
 * What becomes of the handoff that found no room: its client reconnects (SPEC Q1).
 *
 * @category queries
 * @since 0.1.0
 */
export function reconnectWhenFull(): Reconnect {
  return reconnect('FdPressureDisabled')
}

/**
 * The error in the reference's words (SPEC Q1).
 *
 * @category queries
 * @since 0.1.0
 */
export function describePendingHandoffsFull({ maxPending }: PendingHandoffsFull): string {
  return `pending handoff queue full (${maxPending})`
}

function withoutOldest<A extends {}>(queue: PendingHandoffs<A>): PendingHandoffs<A> {
  return { ...queue, entries: PersistentMap.remove(queue.entries, queue.head), head: queue.head + 1 }
}
