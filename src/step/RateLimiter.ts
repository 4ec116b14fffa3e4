/**
 * How many Hellos a peer may have answered: so many a fixed window, counted by its verified pid.
 *
 * **State** the limits, the latest instant seen, and the open windows in two generations: `young`
 * takes new windows for one window's length, then becomes `old`, and what was old is forgotten.
 * Invariant: every window in `old` opened before the first of `young`, so when `young` is one window
 * old, none in `old` can still refuse anyone. Forgetting costs nothing, and at most the windows
 * opened within the last two window lengths are held (DIV-R1).
 *
 * **Laws**
 *  1. In one window a pid is admitted at most `maxPerWindow` times (SPEC R4).
 *  2. Pids do not interact; pid 0 is always admitted (SPEC R2).
 *  3. A refusal changes no window: it neither counts nor extends (SPEC R4).
 *  4. Forgetting is unobservable: answers equal those of a limiter that keeps every window (DIV-R1).
 *  5. A clock that jumps back counts as one that stood still (SPEC R6, DIV-R2).
 *
 * **Not here** when it is asked: after the shape, before the look-up (SPEC R1), see `negotiate`.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { advance, clampLimit } from '../data/Instant.js'
import type { PeerIdentity } from '../data/PeerIdentity.js'
import * as PersistentMap from '../data/PersistentMap.js'
import { type Step, step } from '../data/Step.js'

/**
 * At most `maxPerWindow` Hellos of one pid in `windowMs` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface RateLimit {
  readonly maxPerWindow: number
  readonly windowMs: number
}

/**
 * The limits and who has used how much of them.
 *
 * @category model
 * @since 0.1.0
 */
export interface RateLimiter {
  readonly limit: RateLimit
  readonly latestMs: number
  readonly young: Generation
  readonly old: Generation
}

/**
 * The windows opened between two instants, by pid.
 *
 * @category model
 * @since 0.1.0
 */
export interface Generation {
  readonly firstOpenedMs: number
  readonly lastOpenedMs: number
  readonly windows: PersistentMap.PersistentMap<number, Window>
}

/**
 * A pid's window: when it opened, and how many Hellos it has admitted since.
 *
 * @category model
 * @since 0.1.0
 */
export interface Window {
  readonly openedMs: number
  readonly count: number
}

/**
 * The peer has used up its window; it may try again after `retryAfterMs` whole milliseconds (SPEC R5).
 *
 * @category model
 * @since 0.1.0
 */
export interface RateLimited {
  readonly _tag: 'RateLimited'
  readonly pid: number
  readonly limit: RateLimit
  readonly retryAfterMs: number
}

/**
 * 256 Hellos a second (SPEC R3).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_RATE_LIMIT: RateLimit = Object.freeze({ maxPerWindow: 256, windowMs: 1_000 })

// Infinite bounds make the empty generation one whose time never comes, and which is always over.
const NO_WINDOWS: Generation = Object.freeze({
  firstOpenedMs: Infinity, lastOpenedMs: -Infinity, windows: PersistentMap.empty<number, Window>(PersistentMap.numberBits),
})

const ADMITTED = E.right(undefined)

/**
 * A limiter that has seen nobody; zero limits become 1 Hello and 1 ms (SPEC R3).
 *
 * @category constructors
 * @since 0.1.0
 */
export function rateLimiter(limit: RateLimit = DEFAULT_RATE_LIMIT): RateLimiter {
  const { maxPerWindow, windowMs } = limit
  const clamped = { maxPerWindow: clampLimit(Math.floor(maxPerWindow), 1), windowMs: clampLimit(windowMs, 1) }
  return { limit: clamped, latestMs: 0, young: NO_WINDOWS, old: NO_WINDOWS }
}

/**
 * Admits a peer's Hello and counts it, or says when to try again (SPEC R2–R6).
 *
 * @example
 * import assert from 'node:assert'
 * import { peerIdentity } from 'hello-negotiation'
 * import { RateLimiter } from 'hello-negotiation/step'
 *
 * const peer = peerIdentity(4242)
 * const fresh = RateLimiter.rateLimiter({ maxPerWindow: 1, windowMs: 1_000 })
 * const first = RateLimiter.admit(fresh, peer, 10)
 * const second = RateLimiter.admit(first.state, peer, 260.5)
 * assert.equal(first.value._tag, 'Right')
 * assert.equal(second.value._tag === 'Left' && second.value.left.retryAfterMs, 749)
 *
 * @category steps
 * @since 0.1.0
 */
export function admit(
  limiter: RateLimiter, peer: PeerIdentity, nowMs: number,
): Step<RateLimiter, Either<RateLimited, void>> {
  // A pid from elsewhere than `peerIdentity` may be no u32, and the map's keys must be.
  const pid = peer.pid >>> 0
  if (pid === 0) return step(limiter, ADMITTED)
  const { limit, latestMs, young, old } = expire(limiter, nowMs)
  const inYoung = PersistentMap.get(young.windows, pid)
  // A window that is over but not yet forgotten is shadowed by the one that opens now.
  const window = inYoung ?? PersistentMap.get(old.windows, pid)
  if (window === undefined || isOver(limit, latestMs, window.openedMs)) {
    return step({ limit, latestMs, young: withWindow(young, pid, { openedMs: latestMs, count: 1 }), old }, ADMITTED)
  }
  if (window.count >= limit.maxPerWindow) {
    const error: RateLimited = { _tag: 'RateLimited', pid, limit, retryAfterMs: retryAfterMs(limit, latestMs, window) }
    return step({ limit, latestMs, young, old }, E.left(error))
  }
  const counted = { openedMs: window.openedMs, count: window.count + 1 }
  return inYoung === undefined
    ? step({ limit, latestMs, young, old: recounted(old, pid, counted) }, ADMITTED)
    : step({ limit, latestMs, young: recounted(young, pid, counted), old }, ADMITTED)
}

/**
 * Forgets windows that can no longer refuse anyone; changes no answer (DIV-R1).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(limiter: RateLimiter, nowMs: number): RateLimiter {
  const { limit, young, old } = limiter
  const latestMs = advance(limiter.latestMs, nowMs)
  return isOver(limit, latestMs, young.firstOpenedMs)
    ? { limit, latestMs, young: NO_WINDOWS, old: stillOpen(limit, latestMs, young) }
    : { limit, latestMs, young, old: stillOpen(limit, latestMs, old) }
}

/**
 * The windows held, whether or not they can still refuse anyone, by pid.
 *
 * @category queries
 * @since 0.1.0
 */
export function windows(limiter: RateLimiter): ReadonlyMap<number, Window> {
  const collect = (all: Map<number, Window>, pid: number, window: Window) => all.set(pid, window)
  const old = PersistentMap.reduce(limiter.old.windows, new Map<number, Window>(), collect)
  return PersistentMap.reduce(limiter.young.windows, old, collect)
}

/**
 * The limiter with these windows, oldest first, as of `latestMs`; the way back from `windows`.
 *
 * @category constructors
 * @since 0.1.0
 */
export function restoreWindows(
  limiter: RateLimiter, latestMs: number, opened: ReadonlyArray<readonly [pid: number, window: Window]>,
): RateLimiter {
  const young = opened.reduce((generation, [pid, window]) => withWindow(generation, pid, window), NO_WINDOWS)
  return { ...limiter, latestMs, young }
}

function recounted({ firstOpenedMs, lastOpenedMs, windows }: Generation, pid: number, window: Window): Generation {
  return { firstOpenedMs, lastOpenedMs, windows: PersistentMap.set(windows, pid, window) }
}

function withWindow(generation: Generation, pid: number, window: Window): Generation {
  return {
    firstOpenedMs: Math.min(generation.firstOpenedMs, window.openedMs),
    lastOpenedMs: window.openedMs,
    windows: PersistentMap.set(generation.windows, pid, window),
  }
}

function stillOpen(limit: RateLimit, latestMs: number, generation: Generation): Generation {
  return isOver(limit, latestMs, generation.lastOpenedMs) ? NO_WINDOWS : generation
}

function isOver({ windowMs }: RateLimit, latestMs: number, openedMs: number): boolean {
  return latestMs - openedMs >= windowMs
}

function retryAfterMs({ windowMs }: RateLimit, latestMs: number, window: Window): number {
  return Math.max(1, Math.floor(windowMs - (latestMs - window.openedMs)))
}
