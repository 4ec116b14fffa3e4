/**
 * A broker's time, from a clock that may begin anywhere, jump back, or fail.
 *
 * **State** the latest reading.
 *
 * **Laws**
 *  1. It never runs backwards, and stands still while the clock gives no number or throws (DIV-R2).
 */
import { advance, MAX_INSTANT_MS } from '../data/Instant.js'
import type { BrokerState } from '../negotiate/BrokerState.js'
import type { Clock } from './Clock.js'

/** @internal A clock that goes on from `resumeMs`, or from the clock's own reading where that is left out. */
export function brokerClock(clock: Clock, resumeMs?: number): Clock {
  const firstMs = reading(clock)
  const startMs = Number.isFinite(firstMs) ? firstMs : 0
  // A clock that begins below 0 is moved up to it; any other is left as it is, so that readings can be compared.
  const offsetMs = resumeMs === undefined ? Math.max(0, -startMs) : resumeMs - startMs
  // In an array, a number with a fraction is written over in place; a variable would get a new box for each.
  const latestMs = Float64Array.of(resumeMs ?? 0)
  return () => (latestMs[0] = advance(latestMs[0] as number, reading(clock) + offsetMs))
}

/** @internal Where a restored state's time goes on: from its latest instant, and what has passed since. */
export function resumedMs({ limiter, tokens, acks }: BrokerState, elapsedMs = 0): number {
  const latestMs = Math.max(limiter.latestMs, tokens.latestMs, acks.latestMs)
  return elapsedMs > 0 && elapsedMs < Infinity ? Math.min(latestMs + elapsedMs, MAX_INSTANT_MS) : latestMs
}

/** NaN where the clock fails, or gives what is no number: time then stands still. */
function reading(clock: Clock): number {
  try {
    const readingMs = clock()
    return typeof readingMs === 'number' ? readingMs : Number.NaN
  } catch {
    return Number.NaN
  }
}
