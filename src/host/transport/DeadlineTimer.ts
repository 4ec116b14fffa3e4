/**
 * One timer that is set again and again, for durations that need not fit a timer.
 *
 * **State** at most one pending timeout.
 *
 * **Laws**
 *  1. Any number is a duration: what is not above 0 counts as 1 ms, and what is longer than a timer can
 *     be (an infinity too) as the longest there is, about 25 days. So whoever is called looks again.
 */

/** A timer, pending or not. */
export interface DeadlineTimer {
  /** Calls `then` once, in `durationMs`, instead of whatever was pending. */
  readonly set: (durationMs: number, then: () => void) => void
  readonly clear: () => void
}

/** The longest timer; a longer one would fire at once. */
const TIMER_MAX_MS = 0x7fff_ffff

/** A timer of which nothing is pending; one in the background does not keep the process alive. */
export function deadlineTimer(keepsAlive: 'background' | 'keeps alive' = 'keeps alive'): DeadlineTimer {
  let pending: ReturnType<typeof setTimeout> | undefined
  const clear = (): void => clearTimeout(pending)
  return {
    set: (durationMs, then) => {
      clear()
      pending = setTimeout(then, timerMs(durationMs))
      // Where timers are numbers, as in a browser, none keeps anything alive.
      if (keepsAlive === 'background' && typeof pending === 'object') pending.unref()
    },
    clear,
  }
}

/** @internal The duration as a timer takes it, rounded up: a deadline looked at too early must be waited for again. */
export function timerMs(durationMs: number): number {
  return durationMs > 0 ? Math.min(Math.ceil(durationMs), TIMER_MAX_MS) : 1
}
