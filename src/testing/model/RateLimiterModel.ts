/**
 * A rate limiter that is plainly right and forgets nothing: every window ever opened, in a list.
 *
 * It answers as `RateLimiter` must, at a cost that grows with every window; compare the two step by
 * step (DIV-R1).
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import { type Step, step } from '../../data/Step.js'
import type { RateLimit, RateLimited } from '../../step/RateLimiter.js'
import { atLeastOne, later } from './time.js'

/**
 * The limits, the latest instant seen, and all windows in the order they were opened.
 *
 * @category model
 * @since 0.1.0
 */
export interface RateLimiterModel {
  readonly limit: RateLimit
  readonly latestMs: number
  readonly windows: ReadonlyArray<{ readonly pid: number; readonly openedMs: number; readonly count: number }>
}

/**
 * The model of a limiter that has seen nobody (SPEC R3).
 *
 * @category constructors
 * @since 0.1.0
 */
export function rateLimiterModel({ maxPerWindow, windowMs }: RateLimit): RateLimiterModel {
  const limit = { maxPerWindow: atLeastOne(maxPerWindow), windowMs: atLeastOne(windowMs) }
  return { limit, latestMs: 0, windows: [] }
}

/**
 * Admits a Hello and counts it, or says when to try again (SPEC R2–R6).
 *
 * @category steps
 * @since 0.1.0
 */
export function admit(
  model: RateLimiterModel, { pid }: PeerIdentity, nowMs: number,
): Step<RateLimiterModel, Either<RateLimited, void>> {
  if (pid === 0) return step(model, E.right(undefined))
  const { limit } = model
  const latestMs = later(model.latestMs, nowMs)
  const last = model.windows.findLast((window) => window.pid === pid)
  if (last === undefined || latestMs - last.openedMs >= limit.windowMs) {
    const windows = [...model.windows, { pid, openedMs: latestMs, count: 1 }]
    return step({ limit, latestMs, windows }, E.right(undefined))
  }
  if (last.count >= limit.maxPerWindow) {
    const retryAfterMs = Math.max(1, Math.floor(limit.windowMs - (latestMs - last.openedMs)))
    return step({ ...model, latestMs }, E.left({ _tag: 'RateLimited', pid, limit, retryAfterMs }))
  }
  const windows = model.windows.map((window) => (window === last ? { ...last, count: last.count + 1 } : window))
  return step({ limit, latestMs, windows }, E.right(undefined))
}

/**
 * Lets time go on; nothing is forgotten.
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(model: RateLimiterModel, nowMs: number): RateLimiterModel {
  return { ...model, latestMs: later(model.latestMs, nowMs) }
}
