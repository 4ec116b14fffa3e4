/**
 * A clock that is wrong in a known way: it begins anywhere, stalls, jumps back, and jumps ahead.
 *
 * **Laws**
 *  1. But for jumps ahead it never runs faster than time, so whatever is waited for by it has been waited for in truth.
 *  2. It is behind by `lagMs` at most, whenever it is read.
 */

/**
 * What goes wrong with a clock, in true milliseconds: from `atMs` on it stands still for a while, or it is set
 * once, back or ahead.
 *
 * @category model
 * @since 0.1.0
 */
export type Skew =
  | { readonly _tag: 'JumpsAhead'; readonly atMs: number; readonly byMs: number }
  | { readonly _tag: 'JumpsBack'; readonly atMs: number; readonly byMs: number }
  | { readonly _tag: 'Stalls'; readonly atMs: number; readonly forMs: number }

/**
 * A clock that read `epochMs` when time began, and what goes wrong with it.
 *
 * @category model
 * @since 0.1.0
 */
export interface SkewedClock {
  readonly epochMs: number
  readonly skews: ReadonlyArray<Skew>
}

/**
 * What the clock says at a true instant.
 *
 * @category queries
 * @since 0.1.0
 */
export function readingMs({ epochMs, skews }: SkewedClock, trueMs: number): number {
  return epochMs + trueMs - skews.reduce((sumMs, skew) => sumMs + lostMs(skew, trueMs), 0)
}

/**
 * How far the clock is behind in the end.
 *
 * @category queries
 * @since 0.1.0
 */
export function lagMs({ skews }: SkewedClock): number {
  return skews.reduce((sumMs, skew) => sumMs + lostMs(skew, Infinity), 0)
}

/**
 * When a timer set now by this clock fires: it runs in true time, so a clock that goes wrong meanwhile makes it
 * fire early, and whoever set it has to set it again.
 *
 * @category queries
 * @since 0.1.0
 */
export function timerMs(clock: SkewedClock, trueMs: number, deadlineMs: number): number {
  return trueMs + Math.max(0, deadlineMs - readingMs(clock, trueMs))
}

function lostMs(skew: Skew, trueMs: number): number {
  if (trueMs < skew.atMs) return 0
  if (skew._tag === 'Stalls') return Math.min(trueMs - skew.atMs, skew.forMs)
  return skew._tag === 'JumpsBack' ? skew.byMs : -skew.byMs
}
