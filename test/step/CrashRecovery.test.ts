import * as fc from 'fast-check'
import { CrashRecovery } from 'hello-negotiation/step'
import { arbitraryTimeline, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const { crashRecovery, recordCrash, recordSuccess } = CrashRecovery

/** What is decided about one backend's crashes at these instants, one after the other. */
function decisions(
  limits: CrashRecovery.CrashLimits, ...nows: ReadonlyArray<number>
): ReadonlyArray<CrashRecovery.CrashDecision> {
  let recovery = crashRecovery(limits)
  return nows.map((nowMs) => {
    const { state, value } = recordCrash(recovery, 'zccache', nowMs)
    recovery = state
    return value
  })
}

const restart = (afterMs: number): CrashRecovery.CrashDecision => ({ _tag: 'Restart', afterMs, attempt: 1 })
const refusal = (retryAfterMs: number): CrashRecovery.CrashDecision => ({ _tag: 'RefuseRestart', retryAfterMs })

describe('recordCrash', () => {
  it('starts a backend again 250 ms after its first crash in 30 s, attempt 1 (SPEC Y2)', () => {
    expect(recordCrash(crashRecovery(), 'zccache', 5).value).toEqual({ _tag: 'Restart', afterMs: 250, attempt: 1 })
  })

  it('refuses further crashes for the rest of the window, which they do not extend (SPEC Y2)', () => {
    const limits = { windowMs: 30_000, pauseMs: 250 }
    expect(decisions(limits, 1_000, 1_000, 11_000.5, 30_999.5, 31_000, 31_001))
      .toEqual([restart(250), refusal(30_000), refusal(19_999.5), refusal(0.5), restart(250), refusal(29_999)])
  })

  it('clamps zero limits to 1 ms (SPEC Y2)', () => {
    expect(decisions({ windowMs: 0, pauseMs: 0 }, 5, 5, 6)).toEqual([restart(1), refusal(1), restart(1)])
  })

  it('takes a reading that jumps back for no time passed (DIV-R2)', () => {
    expect(decisions({ windowMs: 100, pauseMs: 1 }, 50, 0, Number.NaN)).toEqual([restart(1), refusal(100), refusal(100)])
  })

  it('keeps backends apart', () => {
    const { state } = recordCrash(crashRecovery(), 'zccache', 0)
    expect(recordCrash(state, 'clud', 0).value).toEqual(restart(250))
  })

  it('restarts a backend at most once a window, unless it succeeds (SPEC Y2)', () => {
    fc.assert(fc.property(
      fc.constantFrom(0, 1, 10), arbitraryTimeline(fc.constantFrom('crash', 'crash', 'crash', 'success')),
      (windowMs, timeline) => {
        let [recovery, restartedMs] = [crashRecovery({ windowMs, pauseMs: 250 }), -Infinity]
        for (const [nowMs, what] of timeline) {
          if (what === 'success') {
            recovery = recordSuccess(deepFreeze(recovery), 'zccache')
            restartedMs = -Infinity
            continue
          }
          const { state, value } = recordCrash(deepFreeze(recovery), 'zccache', nowMs)
          const elapsedMs = state.crashes.latestMs - restartedMs
          expect(value).toEqual(elapsedMs >= (windowMs || 1) ? restart(250) : refusal((windowMs || 1) - elapsedMs))
          if (value._tag === 'Restart') restartedMs = state.crashes.latestMs
          recovery = state
        }
      },
    ))
  })
})

describe('recordSuccess', () => {
  it('forgets the crash (SPEC Y2)', () => {
    const crashed = recordCrash(crashRecovery(), 'zccache', 0).state
    expect(recordCrash(recordSuccess(crashed, 'zccache'), 'zccache', 1).value).toEqual(restart(250))
    expect(recordCrash(recordSuccess(crashed, 'clud'), 'zccache', 1).value).toEqual(refusal(29_999))
  })
})
