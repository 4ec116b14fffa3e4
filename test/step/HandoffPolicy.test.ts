import * as fc from 'fast-check'
import { HandoffPolicy } from 'hello-negotiation/step'
import { arbitraryTimeline, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const {
  DEFAULT_FAILURE_LIMIT, decide, FALLBACK_REASONS, failureCount, handoffPolicy, recordFailure, recordSuccess,
} = HandoffPolicy

const WILLING: HandoffPolicy.HandoffFacts = {
  backendKey: 'zccache', isClientCapable: true, isServiceWilling: true, isUnderFdPressure: false, isBackendAdopted: false,
}

/** A policy in which the backend has failed at each of these instants. */
function failedAt(limit: typeof DEFAULT_FAILURE_LIMIT, ...nows: ReadonlyArray<number>): HandoffPolicy.HandoffPolicy {
  return nows.reduce(
    (policy, nowMs) => recordFailure(policy, 'zccache', 'BackendAckTimeout', nowMs).state, handoffPolicy(limit))
}

function decisionAt(
  policy: HandoffPolicy.HandoffPolicy, nowMs: number, backendKey = 'zccache',
): HandoffPolicy.HandoffDecision {
  return decide(policy, { ...WILLING, backendKey }, nowMs).value
}

/** What is wrong with an attempt, in the order of SPEC B1, with the reason for each. */
const OBSTACLES: ReadonlyArray<readonly [HandoffPolicy.FallbackReason, Partial<HandoffPolicy.HandoffFacts>]> = [
  ['ClientUnsupported', { isClientCapable: false }],
  ['ServicePolicyDisabled', { isServiceWilling: false }],
  ['FdPressureDisabled', { isUnderFdPressure: true }],
  ['AdoptedBackend', { isBackendAdopted: true }],
  ['FailedAttemptRateLimited', {}],
]

describe('decide', () => {
  it('attempts a handoff where nothing speaks against it (SPEC B1)', () => {
    expect(decisionAt(handoffPolicy(), 0)).toEqual({ _tag: 'Attempt' })
  })

  it('reports the first obstacle: client, service, fd pressure, adopted backend, failure rate (SPEC B1)', () => {
    const [fresh, exhausted] = [handoffPolicy(), failedAt({ maxFailures: 1, windowMs: 100 }, 0)]
    // Every set of the five obstacles, the last of which is the state's and not the facts'.
    for (let set = 0; set < 32; set += 1) {
      const present = OBSTACLES.filter((_, i) => (set & (1 << i)) !== 0)
      const facts = present.reduce<HandoffPolicy.HandoffFacts>((all, [, obstacle]) => ({ ...all, ...obstacle }), WILLING)
      const { value } = decide(set & 16 ? exhausted : fresh, facts, 0)
      expect(value._tag === 'Reconnect' ? value.reason : undefined).toBe(present[0]?.[0])
    }
  })

  it('leaves the state alone where the facts decide', () => {
    const policy = handoffPolicy()
    for (const [, facts] of OBSTACLES.slice(0, 4)) expect(decide(policy, { ...WILLING, ...facts }, 99).state).toBe(policy)
  })

  it('allows 8 failures in 30 s by default, then says how long to wait (SPEC B1, B2)', () => {
    expect(DEFAULT_FAILURE_LIMIT).toEqual({ maxFailures: 8, windowMs: 30_000 })
    const seven = failedAt(handoffPolicy().limit, ...Array.from({ length: 7 }, (_, i) => 1_000 + i))
    expect(decisionAt(seven, 2_000)).toEqual({ _tag: 'Attempt' })
    const eight = recordFailure(seven, 'zccache', 'PermissionDenied', 2_000).state
    expect(decisionAt(eight, 2_000.5))
      .toEqual({ _tag: 'Reconnect', reason: 'FailedAttemptRateLimited', retryAfterMs: 28_999.5 })
  })

  it('attempts again where elapsed >= window, not before (SPEC B2)', () => {
    const policy = failedAt({ maxFailures: 2, windowMs: 100 }, 10, 60)
    expect(decisionAt(policy, 109.5)).toMatchObject({ retryAfterMs: 0.5 })
    expect(decisionAt(policy, 110)).toEqual({ _tag: 'Attempt' })
  })

  it('takes an earlier reading for no time passed (SPEC B2)', () => {
    const policy = failedAt({ maxFailures: 1, windowMs: 100 }, 1_000)
    for (const nowMs of [999, 0, -1, Number.NaN, -Infinity]) {
      expect(decisionAt(policy, nowMs)).toMatchObject({ retryAfterMs: 100 })
    }
  })

  it('keeps backends apart (SPEC B2)', () => {
    const policy = failedAt({ maxFailures: 1, windowMs: 100 }, 0)
    expect(decisionAt(policy, 0)._tag).toBe('Reconnect')
    expect(decisionAt(policy, 0, 'clud')._tag).toBe('Attempt')
    expect(decisionAt(policy, 0, 'constructor')._tag).toBe('Attempt')
  })

  it('clamps zero limits to 1 failure and 1 ms (SPEC B2)', () => {
    const policy = failedAt({ maxFailures: 0, windowMs: 0 }, 5)
    expect(decisionAt(policy, 5)).toMatchObject({ retryAfterMs: 1 })
    expect(decisionAt(policy, 6)).toEqual({ _tag: 'Attempt' })
  })
})

describe('recordFailure and recordSuccess', () => {
  it('reconnects the client, whatever has failed (SPEC B2)', () => {
    for (const failure of ['BackendAckTimeout', 'IntegrityMismatch', 'PermissionDenied'] as const) {
      expect(recordFailure(handoffPolicy(), 'zccache', failure, 0).value).toEqual({ _tag: 'Reconnect', reason: failure })
    }
  })

  it('counts up to the limit and stays there, without making the window longer (SPEC B2)', () => {
    const policy = failedAt({ maxFailures: 2, windowMs: 100 }, 0, 10, 20, 90)
    expect(failureCount(policy, 'zccache', 99)).toBe(2)
    expect(failureCount(policy, 'zccache', 100)).toBe(0)
    expect(failureCount(policy, 'clud', 0)).toBe(0)
  })

  it('forgets a backend\'s failures after a success, and nobody else\'s (SPEC B2)', () => {
    const both = recordFailure(failedAt({ maxFailures: 1, windowMs: 100 }, 0), 'clud', 'IntegrityMismatch', 0).state
    const policy = recordSuccess(both, 'zccache')
    expect(decisionAt(policy, 0)).toEqual({ _tag: 'Attempt' })
    expect(decisionAt(policy, 0, 'clud')._tag).toBe('Reconnect')
  })
})

describe('the reasons', () => {
  it('are eight, no two the same (SPEC B2)', () => {
    expect(new Set(FALLBACK_REASONS).size).toBe(8)
    expect(FALLBACK_REASONS).toEqual(expect.arrayContaining(OBSTACLES.map(([reason]) => reason)))
  })

  it('never come as anything but an attempt or a reconnect, and a hint only with the rate (SPEC B2)', () => {
    const happening = fc.record({
      facts: fc.record({
        backendKey: fc.constantFrom('zccache', 'clud'),
        isClientCapable: fc.constantFrom(true, true, true, false),
        isServiceWilling: fc.constantFrom(true, true, true, false),
        isUnderFdPressure: fc.constantFrom(false, false, false, true),
        isBackendAdopted: fc.constantFrom(false, false, false, true),
      }),
      outcome: fc.constantFrom('fails', 'fails', 'fails', 'succeeds'),
    })
    const limit = fc.record({ maxFailures: fc.nat({ max: 3 }), windowMs: fc.constantFrom(0, 1, 10) })
    fc.assert(fc.property(limit, arbitraryTimeline(happening), (limits, timeline) => {
      let policy = handoffPolicy(limits)
      for (const [nowMs, { facts, outcome }] of timeline) {
        const { state, value } = decide(deepFreeze(policy), facts, nowMs)
        policy = state
        if (value._tag === 'Attempt') {
          expect(failureCount(state, facts.backendKey, nowMs)).toBeLessThan(policy.limit.maxFailures)
          policy = outcome === 'fails'
            ? recordFailure(state, facts.backendKey, 'PermissionDenied', nowMs).state
            : recordSuccess(state, facts.backendKey)
        } else if (value.reason === 'FailedAttemptRateLimited') {
          expect(value.retryAfterMs).toBeGreaterThan(0)
          expect(value.retryAfterMs).toBeLessThanOrEqual(policy.limit.windowMs)
        } else {
          expect(value).toEqual({ _tag: 'Reconnect', reason: value.reason })
        }
      }
    }))
  })
})
