/**
 * The bounds of everything that one call does: a deadline, and a signal that ends it early. One wait after the other.
 *
 * **State** of a trip, none that changes but its clock; of a wait, its phase and its one timer.
 *
 * **Laws**
 *  1. Every wait ends in exactly one value: its own, or `Aborted`, or `TimedOut`. What comes later is not heard.
 *  2. A wait that has ended has no timer and no listener at the signal, and its `release` has been called, once.
 *  3. A trip that is over already begins no further wait.
 *  4. Timers only wake: whether something is due, the clock says.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { clampLimit, deadlineAfter, earlier, MAX_INSTANT_MS, untilMs } from '../../data/Instant.js'
import { brokerClock } from '../../shell/brokerClock.js'
import type { Clock } from '../../shell/Clock.js'
import type { Aborted, ConnectPhase, TimedOut } from './ConnectResult.js'
import { onAbort } from './connectSignal.js'
import { deadlineTimer } from '../transport/DeadlineTimer.js'

/** One call's time, and the signal of who made it. */
export interface Trip {
  readonly nowMs: Clock
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly signal: AbortSignal | undefined
}

/** What ends a trip from outside. */
export type Stopped = Aborted | TimedOut

/** What a wait has begun, and what it needs beside its value. */
export interface Wait {
  /** Its own next deadline, if it has any within the trip's. */
  readonly nextDeadlineMs?: () => number | undefined
  /** Called at its deadline, and at times before. */
  readonly expire?: (nowMs: number) => void
  /** Called at its end, whichever it is: takes listeners away. */
  readonly release?: () => void
}

/** Begins a wait, which ends with `settle`; `enter` says that it has come to its next phase. */
export type Begin<A> = (settle: (value: A) => void, enter: (phase: ConnectPhase) => void) => Wait

/** A trip that begins now. */
export function beginTrip(timeoutMs: number, clock: Clock, signal: AbortSignal | undefined): Trip {
  const nowMs = brokerClock(clock)
  const boundedMs = timeLimitMs(timeoutMs)
  return { nowMs, timeoutMs: boundedMs, deadlineMs: deadlineAfter(nowMs(), boundedMs), signal }
}

/** A time that somebody may take: at least a millisecond, and never too long to be added to an instant. */
export function timeLimitMs(timeoutMs: number): number {
  return Math.min(clampLimit(timeoutMs, 1), MAX_INSTANT_MS - 1)
}

/** What has ended the trip by now, if anything has. */
export function stoppedBy({ signal, nowMs, deadlineMs, timeoutMs }: Trip, phase: ConnectPhase): Stopped | undefined {
  if (signal?.aborted === true) return { _tag: 'Aborted', phase }
  return nowMs() >= deadlineMs ? { _tag: 'TimedOut', phase, timeoutMs } : undefined
}

/** Waits for one thing, within the trip. */
export function during<A>(trip: Trip, firstPhase: ConnectPhase, begin: Begin<A>): Promise<Either<Stopped, A>> {
  const stopped = stoppedBy(trip, firstPhase)
  if (stopped !== undefined) return Promise.resolve(E.left(stopped))
  return new Promise((resolve) => {
    const timer = deadlineTimer()
    let phase = firstPhase
    let isOver = false

    function end(value: Either<Stopped, A>): void {
      if (isOver) return
      isOver = true
      resolve(value)
      timer.clear()
      // A wait may be over before it has been begun in full; then what is below sees to it.
      deafen?.()
      wait?.release?.()
    }

    function look(): void {
      const stopped = stoppedBy(trip, phase)
      if (stopped !== undefined) end(E.left(stopped))
      else wait?.expire?.(trip.nowMs())
      const leftMs = untilMs(earlier(trip.deadlineMs, wait?.nextDeadlineMs?.()) as number, trip.nowMs())
      // Reading the clock, which is the caller's, may have ended the wait.
      if (!isOver) timer.set(leftMs, look)
    }

    let deafen: (() => void) | undefined
    let wait: Wait | undefined
    wait = begin((value) => end(E.right(value)), (next) => void (phase = next))
    if (isOver) return wait.release?.()
    if (trip.signal !== undefined) deafen = onAbort(trip.signal, look)
    // The signal may have come since the wait was begun.
    look()
  })
}
