/**
 * Time that goes by when a test says so.
 */
import { onTestFinished, vi } from 'vitest'

/** A clock that stands still until it is told to go on. */
export interface HandClock {
  readonly read: () => number
  readonly set: (nowMs: number) => void
  /** How often it has been read. */
  readonly readings: () => number
}

export function handClock(): HandClock {
  let nowMs = 0
  let readings = 0
  const read = (): number => {
    readings += 1
    return nowMs
  }
  return { read, set: (to) => void (nowMs = to), readings: () => readings }
}

/** Timers that wait for `pass`, until the test has finished. */
export function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** Lets `ms` go by on a clock, and on the timers that were set since `fakeTimers`. */
export function pass(clock: HandClock, ms: number): void {
  clock.set(clock.read() + ms)
  vi.advanceTimersByTime(ms)
}
