/**
 * The life of a state under somebody's steps: what was done to it when, and what each step answered.
 *
 * **Laws**
 *  1. Nothing is asked of a state but through its steps, so a law that looks at a life holds for any of them.
 *  2. `atMs` never goes back: it is the latest instant read so far, by which a step has to go (SPEC DIV-R2).
 */
import { later } from '../model/time.js'

/**
 * What is done to a state, one thing after the other, each with the clock's reading.
 *
 * @category model
 * @since 0.1.0
 */
export type Timeline<E> = ReadonlyArray<readonly [nowMs: number, event: E]>

/** @internal One thing done: the states before and after, the clock's reading, and the latest instant read so far. */
export interface Moment<S> {
  readonly before: S
  readonly state: S
  readonly nowMs: number
  readonly atMs: number
}

/**
 * @internal A life from `start` on, moment by moment; `one` does one thing and says what came of it.
 *
 * A step that is not told the time cannot go by it: what `isTimed` denies moves no clock on.
 */
export function live<S, E, A extends { readonly state: S }>(
  start: S, timeline: Timeline<E>, one: (before: S, event: E, nowMs: number) => A, isTimed: (event: E) => boolean = () => true,
): ReadonlyArray<A & Moment<S>> {
  let before = start
  let atMs = 0
  return timeline.map(([nowMs, event]) => {
    atMs = isTimed(event) ? later(atMs, nowMs) : atMs
    const moment = { ...one(before, event, nowMs), before, nowMs, atMs }
    before = moment.state
    return moment
  })
}

/** @internal The same events under a clock that stands still where this one goes back or reads what is no instant. */
export function steady<E>(timeline: Timeline<E>): Timeline<E> {
  let atMs = 0
  return timeline.map(([nowMs, event]) => {
    atMs = later(atMs, nowMs)
    return [atMs, event]
  })
}
