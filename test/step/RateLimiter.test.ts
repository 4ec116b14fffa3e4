import * as fc from 'fast-check'
import { type PeerIdentity, peerIdentity, type Step, UNVERIFIED_PEER } from 'hello-negotiation'
import { RateLimiter } from 'hello-negotiation/step'
import {
  arbitraryDuration, arbitraryPeer, arbitraryTimeline, deepFreeze, RateLimiterModel,
} from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import * as PersistentMap from '../../src/data/PersistentMap.js'
import { expectLockstep } from '../support/lockstep.js'
import { leftOf, PEER } from '../support/negotiate.js'

const { admit, expire, rateLimiter, restoreWindows, windows } = RateLimiter

const limits = fc.record({ maxPerWindow: fc.integer({ min: 0, max: 4 }), windowMs: arbitraryDuration() })

/** What can happen to a limiter: a peer's Hello, or, where there is none, a sweep. */
type Happening = PeerIdentity | undefined
const happening: fc.Arbitrary<Happening> = fc.option(arbitraryPeer(), { nil: undefined, freq: 6 })
const timeline = arbitraryTimeline(happening, { maxLength: 60 })

type Timed = readonly [nowMs: number, peer: Happening]

function run(limiter: RateLimiter.RateLimiter, [nowMs, peer]: Timed): Step<RateLimiter.RateLimiter, unknown> {
  return peer === undefined ? { state: expire(limiter, nowMs), value: undefined } : admit(limiter, peer, nowMs)
}

function runModel(
  model: RateLimiterModel.RateLimiterModel, [nowMs, peer]: Timed,
): Step<RateLimiterModel.RateLimiterModel, unknown> {
  return peer === undefined
    ? { state: RateLimiterModel.expire(model, nowMs), value: undefined }
    : RateLimiterModel.admit(model, peer, nowMs)
}

/** All the answers to a timeline, in order. */
function answers(start: RateLimiter.RateLimiter, happenings: ReadonlyArray<Timed>): ReadonlyArray<unknown> {
  let limiter = start
  return happenings.map((timed) => {
    const { state, value } = run(limiter, timed)
    limiter = state
    return value
  })
}

function play(start: RateLimiter.RateLimiter, happenings: ReadonlyArray<Timed>): RateLimiter.RateLimiter {
  return happenings.reduce((limiter, timed) => run(limiter, timed).state, start)
}

/** Whether each of these readings finds one peer admitted, one after the other. */
function admissions(limit: RateLimiter.RateLimit, nows: ReadonlyArray<number>, peer = PEER): ReadonlyArray<boolean> {
  return answers(rateLimiter(limit), nows.map((nowMs) => [nowMs, peer]))
    .map((answer) => (answer as { readonly _tag: string })._tag === 'Right')
}

describe('rateLimiter', () => {
  it('allows 256 Hellos a second by default (SPEC R3)', () => {
    expect(rateLimiter().limit).toEqual({ maxPerWindow: 256, windowMs: 1_000 })
    const nows = Array.from({ length: 258 }, () => 0)
    expect(admissions(RateLimiter.DEFAULT_RATE_LIMIT, nows).filter((isAdmitted) => isAdmitted)).toHaveLength(256)
  })

  it('makes 1 Hello and 1 ms of zero limits, and of what is no limit (SPEC R3)', () => {
    for (const none of [0, -0, -1, Number.NaN, -Infinity]) {
      expect(rateLimiter({ maxPerWindow: none, windowMs: none }).limit).toEqual({ maxPerWindow: 1, windowMs: 1 })
    }
  })
})

describe('admit', () => {
  it('never limits pid 0, and keeps nothing of it (SPEC R2)', () => {
    const fresh = rateLimiter({ maxPerWindow: 1, windowMs: 1_000 })
    expect(admissions(fresh.limit, [0, 0, 0, 0], UNVERIFIED_PEER)).toEqual([true, true, true, true])
    expect(admit(fresh, UNVERIFIED_PEER, 5).state).toBe(fresh)
  })

  it('knows a peer by its pid alone (SPEC R2)', () => {
    const first = admit(rateLimiter({ maxPerWindow: 1, windowMs: 10 }), peerIdentity(7, '1000'), 0)
    expect(admit(first.state, peerIdentity(7, '1001'), 0).value._tag).toBe('Left')
    expect(admit(first.state, peerIdentity(8, '1000'), 0).value._tag).toBe('Right')
  })

  it('opens a window with the first Hello, and a new one where elapsed >= window (SPEC R4)', () => {
    expect(admissions({ maxPerWindow: 1, windowMs: 10 }, [5, 14.5, 15, 24.999, 25]))
      .toEqual([true, false, true, false, true])
  })

  it('is a fixed window: what was admitted at its end does not count in the next (SPEC R4)', () => {
    expect(admissions({ maxPerWindow: 2, windowMs: 10 }, [0, 9.5, 9.5, 10, 10, 10]))
      .toEqual([true, true, false, true, true, false])
  })

  it('does not let refusals extend the window (SPEC R4)', () => {
    expect(admissions({ maxPerWindow: 1, windowMs: 10 }, [0, 2, 4, 6, 8, 9.5, 10]))
      .toEqual([true, false, false, false, false, false, true])
  })

  it('says when to try again: the rest of the window, floored to whole ms, 1 at least (SPEC R5)', () => {
    const limit = { maxPerWindow: 1, windowMs: 1_000 }
    const { state } = admit(rateLimiter(limit), PEER, 10)
    const retries = [10, 10.5, 260, 260.5, 1_008, 1_008.5, 1_009, 1_009.5]
      .map((nowMs) => leftOf(admit(state, PEER, nowMs).value).retryAfterMs)
    expect(retries).toEqual([1_000, 999, 750, 749, 2, 1, 1, 1])
  })

  it('keeps counting in a window whose generation is old, and ends it on time (SPEC R4, DIV-R1)', () => {
    const [first, second, third] = [peerIdentity(1), peerIdentity(2), peerIdentity(3)]
    const tags = answers(rateLimiter({ maxPerWindow: 2, windowMs: 10 }), [
      // At 10 ms the first window ages its generation, and with it the second peer's, which is still open.
      [0, first], [9.5, second], [10, third], [12, second], [12, second], [19, second],
      [19.5, second], [19.5, third], [19.5, third],
    ]).map((answer) => (answer as { readonly _tag: string })._tag)
    expect(tags).toEqual(['Right', 'Right', 'Right', 'Right', 'Left', 'Left', 'Right', 'Right', 'Left'])
  })

  it('carries pid and limits in the refusal', () => {
    const limit = { maxPerWindow: 1, windowMs: 1_000 }
    const { state } = admit(rateLimiter(limit), PEER, 0)
    expect(leftOf(admit(state, PEER, 0).value))
      .toEqual({ _tag: 'RateLimited', pid: PEER.pid, limit, retryAfterMs: 1_000 })
  })

  it('counts a reading before the window’s start as elapsed 0 (SPEC R6)', () => {
    const { state } = admit(rateLimiter({ maxPerWindow: 1, windowMs: 1_000 }), PEER, 500)
    expect(leftOf(admit(state, PEER, 3).value).retryAfterMs).toBe(1_000)
  })

  it('treats any number as a clock that stood still or went on, NaN and infinities included (DIV-R2)', () => {
    const { state } = admit(rateLimiter({ maxPerWindow: 1, windowMs: 1_000 }), PEER, 500)
    for (const nowMs of [Number.NaN, Infinity, -Infinity, -1, -0, -Number.MAX_VALUE, 499.5]) {
      expect(leftOf(admit(state, PEER, nowMs).value).retryAfterMs).toBe(1_000)
    }
    expect(admit(state, PEER, Number.MAX_VALUE).value._tag).toBe('Right')
  })

  it('answers like a limiter that keeps every window for ever, at any readings (SPEC R2–R6, DIV-R1, DIV-R2)', () => {
    fc.assert(fc.property(limits, timeline, (limit, happenings) => {
      expectLockstep(
        { start: rateLimiter(limit), run, observe: ({ limit: clamped, latestMs }) => ({ clamped, latestMs }) },
        {
          start: RateLimiterModel.rateLimiterModel(limit), run: runModel,
          observe: ({ limit: clamped, latestMs }) => ({ clamped, latestMs }),
        },
        happenings,
      )
    }), { numRuns: 500 })
  })

  it('admits a pid at most maxPerWindow times within one window of it (SPEC R4)', () => {
    fc.assert(fc.property(limits, timeline, (limit, happenings) => {
      let limiter = rateLimiter(limit)
      for (const timed of happenings) {
        limiter = run(limiter, timed).state
        for (const { count, openedMs } of windows(limiter).values()) {
          expect(count).toBeLessThanOrEqual(limiter.limit.maxPerWindow)
          expect(openedMs).toBeLessThanOrEqual(limiter.latestMs)
        }
      }
    }))
  })

  it('answers a peer the same whoever else comes, if only the clock goes on alike (SPEC R2)', () => {
    fc.assert(fc.property(limits, timeline, fc.constantFrom(1, 2, 3), (limit, happenings, pid) => {
      // The others' Hellos become sweeps: they leave no trace but the clock's reading.
      const alone = happenings
        .filter(([, peer]) => peer?.pid !== 0)
        .map(([nowMs, peer]): Timed => [nowMs, peer?.pid === pid ? peer : undefined])
      const own = (all: ReadonlyArray<Timed>) =>
        answers(rateLimiter(limit), all).filter((_, i) => all[i]?.[1]?.pid === pid)
      expect(own(alone)).toEqual(own(happenings))
    }))
  })

  it('changes no window by a refusal (SPEC R4)', () => {
    fc.assert(fc.property(limits, timeline, fc.nat({ max: 20 }), (limit, happenings, halves) => {
      const before = play(rateLimiter(limit), happenings)
      const { state, value } = admit(before, peerIdentity(1), before.latestMs + halves / 2)
      if (value._tag === 'Right') return
      expect([...windows(state)]).toEqual([...windows(expire(before, state.latestMs))])
    }))
  })
})

describe('expire', () => {
  it('forgets windows, so that at most those of the last two window lengths are held (DIV-R1)', () => {
    fc.assert(fc.property(limits, timeline, (limit, happenings) => {
      let limiter = rateLimiter(limit)
      for (const timed of happenings) {
        limiter = run(limiter, timed).state
        // Pid 0 does not even look at the clock.
        if (timed[1]?.pid === 0) continue
        for (const { openedMs } of windows(limiter).values()) {
          expect(limiter.latestMs - openedMs).toBeLessThan(2 * limiter.limit.windowMs)
        }
      }
    }), { numRuns: 300 })
  })

  it('holds the pids of two windows at most, however many come and go (DIV-R1)', () => {
    let limiter = rateLimiter({ maxPerWindow: 1, windowMs: 1_000 })
    // One new pid a millisecond, for twenty windows.
    for (let nowMs = 0; nowMs < 20_000; nowMs += 1) limiter = admit(limiter, peerIdentity(nowMs + 1), nowMs).state
    expect(windows(limiter).size).toBeLessThanOrEqual(2_000)
    expect(windows(limiter).size).toBeGreaterThanOrEqual(1_000)
  })

  it('keeps nothing once the last window is over (DIV-R1)', () => {
    const busy = play(rateLimiter({ maxPerWindow: 1, windowMs: 10 }), [1, 2, 3].map((pid) => [pid, peerIdentity(pid)]))
    expect(windows(expire(busy, 12.5)).size).toBe(3)
    expect(windows(expire(busy, 13)).size).toBe(0)
  })

  it('forgets the old windows once the last of them is over, with the young ones still open (DIV-R1)', () => {
    const hellos = [[0, 1], [9, 2], [10, 3], [15, 4]] as const
    const busy = play(rateLimiter({ maxPerWindow: 1, windowMs: 10 }), hellos.map(([nowMs, pid]) => [nowMs, peerIdentity(pid)]))
    expect([...windows(expire(busy, 18.5)).keys()].sort()).toEqual([1, 2, 3, 4])
    expect([...windows(expire(busy, 19)).keys()].sort()).toEqual([3, 4])
  })

  it('keeps each window between the first and the last of its generation, and the old before the young (DIV-R1)', () => {
    const openings = ({ windows }: RateLimiter.Generation) =>
      PersistentMap.reduce(windows, [] as ReadonlyArray<number>, (all, _pid, { openedMs }) => [...all, openedMs])
    fc.assert(fc.property(limits, timeline, (limit, happenings) => {
      let limiter = rateLimiter(limit)
      for (const timed of happenings) {
        limiter = run(limiter, timed).state
        const { young, old } = limiter
        for (const generation of [young, old]) {
          expect(openings(generation).every((ms) => ms >= generation.firstOpenedMs && ms <= generation.lastOpenedMs)).toBe(true)
        }
        expect(Math.max(...openings(old), -Infinity)).toBeLessThan(young.firstOpenedMs)
      }
    }))
  })

  it('changes no answer, whenever it is called (DIV-R1)', () => {
    fc.assert(fc.property(limits, timeline, (limit, happenings) => {
      const hellos = happenings.filter(([, peer]) => peer !== undefined && peer.pid !== 0)
      const swept = hellos.flatMap(([nowMs, peer]): ReadonlyArray<Timed> =>
        [[nowMs, undefined], [nowMs, peer], [nowMs, undefined]])
      const admitted = answers(rateLimiter(limit), swept).filter((answer) => answer !== undefined)
      expect(admitted).toEqual(answers(rateLimiter(limit), hellos))
    }))
  })
})

describe('windows and restoreWindows', () => {
  it('shows who has used how much, a window that opened anew in place of the one before', () => {
    const limiter = play(rateLimiter({ maxPerWindow: 5, windowMs: 10 }), [
      [0, peerIdentity(1)], [9.5, peerIdentity(2)], [10, peerIdentity(1)],
      [10.5, peerIdentity(1)], [10.5, peerIdentity(2)],
    ])
    expect(windows(limiter)).toEqual(new Map([[1, { openedMs: 10, count: 2 }], [2, { openedMs: 9.5, count: 2 }]]))
  })

  it('restores a limiter that answers every continuation the same', () => {
    fc.assert(fc.property(limits, timeline, timeline, (limit, before, after) => {
      const limiter = play(rateLimiter(limit), before)
      const oldestFirst = [...windows(limiter)].sort(([, a], [, b]) => a.openedMs - b.openedMs)
      const restored = restoreWindows(rateLimiter(limit), limiter.latestMs, oldestFirst)
      expect(windows(restored)).toEqual(windows(limiter))
      expect(answers(deepFreeze(restored), after)).toEqual(answers(limiter, after))
    }))
  })

  it('restores nothing to a fresh limiter', () => {
    expect(restoreWindows(rateLimiter(), 0, [])).toEqual(rateLimiter())
  })
})

describe('a pid that is no u32', () => {
  it.each([Number.NaN, Infinity, -Infinity, 0.5, 1.5, -1, 2 ** 32, 2 ** 53])('is answered all the same: %d', (pid) => {
    const peer = { pid, userId: '' }
    const twice = [1, 1.5].reduce((state, other) =>
      RateLimiter.admit(RateLimiter.admit(state, peer, 0).state, { pid: other, userId: '' }, 0).state, RateLimiter.rateLimiter())
    expect(RateLimiter.admit(twice, peer, 0).value._tag).toBe('Right')
  })
})
