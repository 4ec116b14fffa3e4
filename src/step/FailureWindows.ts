/**
 * How often something has failed lately, by key: so many times a fixed window, and no more is remembered.
 *
 * **State** the limits, the latest instant seen, and the windows in two generations: `young` takes what is
 * written, and has done so since `turnedMs`; `old` is what was young before.
 * Invariant: every window in `old` opened before `turnedMs`, so that one window length after it none of
 * them is open and `old` can be dropped whole. The keys held are those that failed within the last two
 * window lengths. Keys are the broker's own, one a configured backend, never a peer's words: that bounds
 * their number, and with it the cost of a failure, which copies `young`.
 *
 * **Laws**
 *  1. A window opens with the first failure, and is over where elapsed >= window (SPEC B2, Y2).
 *  2. Its count never exceeds `maxFailures`; failures beyond neither count nor extend it.
 *  3. Keys do not interact; `clear` forgets one of them.
 *  4. Forgetting is unobservable: answers equal those of a table that keeps every window (as DIV-R1).
 *  5. A clock that jumps back, or says NaN, is a clock that stands still (DIV-R2).
 *
 * **Not here** what a full window means: `HandoffPolicy` and `CrashRecovery` say.
 */
import { advance, clampLimit } from '../data/Instant.js'

/**
 * At most `maxFailures` counted in `windowMs` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface FailureLimit {
  readonly maxFailures: number
  readonly windowMs: number
}

/**
 * The limits and the windows, by key.
 *
 * @category model
 * @since 0.1.0
 */
export interface FailureWindows {
  readonly limit: FailureLimit
  readonly latestMs: number
  readonly turnedMs: number
  readonly young: ReadonlyMap<string, FailureWindow>
  readonly old: ReadonlyMap<string, FailureWindow>
}

/**
 * When a key's window opened, and how many failures it has counted since.
 *
 * @category model
 * @since 0.1.0
 */
export interface FailureWindow {
  readonly openedMs: number
  readonly count: number
}

const NONE: ReadonlyMap<string, FailureWindow> = new Map()

/**
 * A table without failures; zero limits become 1 failure and 1 ms (SPEC B2, Y2).
 *
 * @category constructors
 * @since 0.1.0
 */
export function failureWindows({ maxFailures, windowMs }: FailureLimit): FailureWindows {
  const limit = { maxFailures: clampLimit(Math.floor(maxFailures), 1), windowMs: clampLimit(windowMs, 1) }
  return { limit, latestMs: 0, turnedMs: 0, young: NONE, old: NONE }
}

/**
 * Counts a failure of `key`, as long as its window is not full (SPEC B2).
 *
 * @category steps
 * @since 0.1.0
 */
export function record(windows: FailureWindows, key: string, nowMs: number): FailureWindows {
  const aged = expire(windows, nowMs)
  const window = openWindow(aged, key) ?? { openedMs: aged.latestMs, count: 0 }
  if (window.count >= aged.limit.maxFailures) return aged
  const counted = { openedMs: window.openedMs, count: window.count + 1 }
  return { ...aged, young: new Map(aged.young).set(key, counted) }
}

/**
 * Forgets a key's failures; the very same table where there are none (SPEC B2, Y2).
 *
 * @category steps
 * @since 0.1.0
 */
export function clear(windows: FailureWindows, key: string): FailureWindows {
  const isKnown = windows.young.has(key) || windows.old.has(key)
  return isKnown ? { ...windows, young: without(windows.young, key), old: without(windows.old, key) } : windows
}

/**
 * Moves time on and drops what is over; changes no answer.
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(windows: FailureWindows, nowMs: number): FailureWindows {
  const now = { ...windows, latestMs: advance(windows.latestMs, nowMs) }
  const elapsedMs = now.latestMs - now.turnedMs
  if (elapsedMs < now.limit.windowMs) return now
  // Two window lengths on, what was young is over too: nothing is written without coming through here.
  const old = elapsedMs < 2 * now.limit.windowMs ? now.young : NONE
  return { ...now, turnedMs: now.latestMs, young: NONE, old }
}

/**
 * The key's window, if it is open at the latest instant seen.
 *
 * @category queries
 * @since 0.1.0
 */
export function openWindow(windows: FailureWindows, key: string): FailureWindow | undefined {
  const window = windows.young.get(key) ?? windows.old.get(key)
  return window !== undefined && restMs(windows, window) > 0 ? window : undefined
}

/**
 * How much of a window is left at the latest instant seen, in milliseconds.
 *
 * @category queries
 * @since 0.1.0
 */
export function restMs({ limit, latestMs }: FailureWindows, { openedMs }: FailureWindow): number {
  return Math.max(0, limit.windowMs - (latestMs - openedMs))
}

/**
 * The number of keys held, whether or not their windows are still open.
 *
 * @category queries
 * @since 0.1.0
 */
export function size({ young, old }: FailureWindows): number {
  return new Set([...young.keys(), ...old.keys()]).size
}

function without(map: ReadonlyMap<string, FailureWindow>, key: string): ReadonlyMap<string, FailureWindow> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}
