/**
 * Where clients of one service wait for its backend, which is starting: a few, and not for long (SPEC Q1).
 *
 * **State** the queue, one timer for its next deadline, and the links that word is awaited of.
 *
 * **Laws**
 *  1. Whoever enters is called once: in, in the order of entering, when a link has come; or away, when
 *     the room is full or the time is up.
 *  2. Word of a link is asked for once, however many come and go while it keeps them waiting: a promise holds
 *     on to whoever asks it, so that one which is never kept would otherwise grow with every guest.
 */
import { untilMs } from '../../../data/Instant.js'
import type { Clock } from '../../../shell/Clock.js'
import * as PendingHandoffs from '../../../step/PendingHandoffs.js'
import { deadlineTimer } from '../../transport/DeadlineTimer.js'
import type { BackendLink } from './BackendLink.js'

/** @internal Someone who waits. */
export interface Guest {
  readonly admit: (link: BackendLink) => void
  readonly turnAway: (why: 'full' | 'late') => void
}

/** @internal A room; whoever enters brings the link that is to come. A link that never does is waited for in vain. */
export interface WaitingRoom {
  readonly enter: (guest: Guest, coming: PromiseLike<BackendLink>) => void
}

/** @internal An empty room. */
export function waitingRoom(limits: PendingHandoffs.PendingLimits | undefined, nowMs: Clock): WaitingRoom {
  const timer = deadlineTimer()
  const awaited = new WeakSet<PromiseLike<BackendLink>>()
  let queue = PendingHandoffs.pendingHandoffs<Guest>(limits)

  function arm(): void {
    const deadlineMs = PendingHandoffs.nextDeadlineMs(queue)
    if (deadlineMs === undefined) timer.clear()
    else timer.set(untilMs(deadlineMs, nowMs()), expire)
  }

  function turnAway(expired: ReadonlyArray<Guest>): void {
    for (const guest of expired) guest.turnAway('late')
  }

  function expire(): void {
    const { state, value: expired } = PendingHandoffs.expire(queue, nowMs())
    queue = state
    turnAway(expired)
    arm()
  }

  function admitAll(link: BackendLink): void {
    for (;;) {
      const { state, value: { expired, handoff: guest } } = PendingHandoffs.dequeue(queue, nowMs())
      queue = state
      turnAway(expired)
      if (guest === undefined) return arm()
      guest.admit(link)
    }
  }

  function listenFor(coming: PromiseLike<BackendLink>): void {
    if (awaited.has(coming)) return
    awaited.add(coming)
    coming.then((link) => {
      awaited.delete(coming)
      admitAll(link)
    }, () => void awaited.delete(coming))
  }

  return {
    enter: (guest, coming) => {
      const { state, value: { expired, result } } = PendingHandoffs.enqueue(queue, guest, nowMs())
      queue = state
      turnAway(expired)
      if (result._tag === 'Left') return guest.turnAway('full')
      arm()
      listenFor(coming)
    },
  }
}
