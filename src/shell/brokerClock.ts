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
  const startMs = reading(clock) ?? 0
  // A clock that begins below 0 is moved up to it; any other is left as it is, so that readings can be compared.
  const offsetMs = resumeMs === undefined ? Math.max(0, -startMs) : resumeMs - startMs
  let latestMs = resumeMs ?? 0
  return () => (latestMs = advance(latestMs, (reading(clock) ?? Number.NaN) + offsetMs))
}

/** @internal Where a restored state's time goes on: from its latest instant, and what has passed since. */
export function resumedMs({ limiter, tokens, acks }: BrokerState, elapsedMs = 0): number {
  const latestMs = Math.max(limiter.latestMs, tokens.latestMs, acks.latestMs)
  return elapsedMs > 0 && elapsedMs < Infinity ? Math.min(latestMs + elapsedMs, MAX_INSTANT_MS) : latestMs
}

function reading(clock: Clock): number | undefined {
  try {
    const readingMs = clock()
    return Number.isFinite(readingMs) ? readingMs : undefined
  } catch {
    return undefined
  }
}
