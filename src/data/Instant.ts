/**
 * Instants and durations: numbers of milliseconds, halves and finer allowed, the unit in every name.
 *
 * An instant is a reading of some monotonic clock, at least 0; only differences matter. A state
 * record keeps the latest instant it has seen, and each of its steps runs at `advance(latest, now)`.
 *
 * **Laws**
 *  1. `advance(latest, now) >= latest` for every number, NaN and the infinities included: time never
 *     runs backwards, so nothing that expired is ever alive again (SPEC R6, DIV-R2).
 *  2. A reading that is no instant (NaN, an infinity) changes nothing.
 *  3. `deadlineAfter(now, duration) >= now`, and for one duration it never decreases as `now` grows.
 */

/**
 * The greatest instant, and the shortest duration that is too long to be added to one, in
 * milliseconds: 2^52, so that every sum of the two is a whole number that a double holds.
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX_INSTANT_MS: number = 2 ** 52

/**
 * The instant at which a step runs: the later of the latest instant seen and a fresh reading.
 *
 * @example
 * import assert from 'node:assert'
 * import { advance } from 'hello-negotiation'
 *
 * assert.equal(advance(100, 250.5), 250.5)
 * assert.equal(advance(100, 40), 100) // a clock that jumps back is harmless
 * assert.equal(advance(100, Number.NaN), 100)
 *
 * @category steps
 * @since 0.1.0
 */
export function advance(latestMs: number, nowMs: number): number {
  return nowMs > latestMs && nowMs < Infinity ? Math.min(nowMs, MAX_INSTANT_MS) : latestMs
}

/**
 * The instant `durationMs` after `nowMs`, at the latest the last one; where the duration is too long
 * to be added, `nowMs` itself, so that what has that deadline is due at once (SPEC T2, A1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function deadlineAfter(nowMs: number, durationMs: number): number {
  return durationMs < MAX_INSTANT_MS ? Math.min(nowMs + durationMs, MAX_INSTANT_MS) : nowMs
}

/**
 * A limit to work with: `least` in place of zero and of anything that is no limit at all, 2^52 in
 * place of anything greater (SPEC R3, T1, A1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function clampLimit(value: number, least: number): number {
  return value > 0 ? Math.min(value, MAX_INSTANT_MS) : least
}

/**
 * The earlier of two deadlines, where `undefined` stands for "none".
 *
 * @category utils
 * @since 0.1.0
 */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a
}

/**
 * How long until a deadline, in milliseconds and never negative; without end where `nowMs` is no
 * instant, because then time stands still.
 *
 * @category queries
 * @since 0.1.0
 */
export function untilMs(deadlineMs: number, nowMs: number): number {
  return Number.isFinite(nowMs) ? Math.max(0, deadlineMs - nowMs) : Infinity
}
