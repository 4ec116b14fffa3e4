/**
 * Whether a backend that has crashed is started again: once a window, after a short pause.
 *
 * **State** the pause, and the crashes of late by backend key (`FailureWindows`, one counted a window).
 *
 * **Laws**
 *  1. The first crash in a window is answered with a retry, attempt 1; any further one with a refusal
 *     until the window is over, which a refusal never extends (SPEC Y2).
 *  2. A success forgets the crash (SPEC Y2).
 *
 * **Not here** starting anything: the caller waits and starts.
 */
import { clampLimit } from '../data/Instant.js'
import { type Step, step } from '../data/Step.js'
import * as FailureWindows from './FailureWindows.js'

/**
 * One retry in `windowMs` milliseconds, after a pause of `pauseMs`.
 *
 * @category model
 * @since 0.1.0
 */
export interface CrashLimits {
  readonly windowMs: number
  readonly pauseMs: number
}

/**
 * The pause and the crashes of late.
 *
 * @category model
 * @since 0.1.0
 */
export interface CrashRecovery {
  readonly pauseMs: number
  readonly crashes: FailureWindows.FailureWindows
}

/**
 * What to do about a crash: start the backend again after `afterMs`, or not before `retryAfterMs`.
 *
 * @category model
 * @since 0.1.0
 */
export type CrashDecision =
  | { readonly _tag: 'RefuseRestart'; readonly retryAfterMs: number }
  | { readonly _tag: 'Restart'; readonly afterMs: number; readonly attempt: 1 }

/**
 * 30 seconds and 250 ms (SPEC Y2).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_CRASH_LIMITS: CrashLimits = Object.freeze({ windowMs: 30_000, pauseMs: 250 })

/**
 * A recovery that has seen no crash; zero limits become 1 ms (SPEC Y2).
 *
 * @category constructors
 * @since 0.1.0
 */
export function crashRecovery({ windowMs, pauseMs }: CrashLimits = DEFAULT_CRASH_LIMITS): CrashRecovery {
  return { pauseMs: clampLimit(pauseMs, 1), crashes: FailureWindows.failureWindows({ maxFailures: 1, windowMs }) }
}

/**
 * Decides about a backend that has crashed at `nowMs` (SPEC Y2).
 *
 * @example
 * import assert from 'node:assert'
 * import { CrashRecovery } from 'hello-negotiation/step'
 *
 * const first = CrashRecovery.recordCrash(CrashRecovery.crashRecovery(), 'zccache', 1_000)
 * const second = CrashRecovery.recordCrash(first.state, 'zccache', 11_000)
 * assert.deepEqual(first.value, { _tag: 'Restart', afterMs: 250, attempt: 1 })
 * assert.deepEqual(second.value, { _tag: 'RefuseRestart', retryAfterMs: 20_000 })
 *
 * @category steps
 * @since 0.1.0
 */
export function recordCrash(
  recovery: CrashRecovery, backendKey: string, nowMs: number,
): Step<CrashRecovery, CrashDecision> {
  const { pauseMs } = recovery
  const crashes = FailureWindows.expire(recovery.crashes, nowMs)
  const window = FailureWindows.openWindow(crashes, backendKey)
  if (window !== undefined) {
    return step({ pauseMs, crashes }, { _tag: 'RefuseRestart', retryAfterMs: FailureWindows.restMs(crashes, window) })
  }
  const counted = FailureWindows.record(crashes, backendKey, nowMs)
  return step({ pauseMs, crashes: counted }, { _tag: 'Restart', afterMs: pauseMs, attempt: 1 })
}

/**
 * Forgets a backend's crash, now that it runs (SPEC Y2).
 *
 * @category steps
 * @since 0.1.0
 */
export function recordSuccess({ pauseMs, crashes }: CrashRecovery, backendKey: string): CrashRecovery {
  return { pauseMs, crashes: FailureWindows.clear(crashes, backendKey) }
}
