import fc from 'fast-check'
import { advance, clampLimit, deadlineAfter, earlier, MAX_INSTANT_MS, untilMs } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'

/** Every double there is, the odd ones often. */
const odd = [Number.NaN, Infinity, -Infinity, -0, 0, -1, 0.5, MAX_INSTANT_MS, MAX_INSTANT_MS + 1]
const anyNumber = fc.oneof(fc.double(), fc.constantFrom(...odd))
const halves = fc.nat().map((n) => n / 2)
const instant = fc.oneof(halves, fc.double({ min: 0, max: MAX_INSTANT_MS, noNaN: true }), fc.constantFrom(0, MAX_INSTANT_MS))
const longest = fc.constantFrom(MAX_INSTANT_MS - 1, MAX_INSTANT_MS, Infinity)
const duration = fc.oneof(halves, fc.double({ min: 0, noNaN: true }), longest)

describe('advance', () => {
  it('never runs backwards, whatever the clock reads (law 1, SPEC R6, DIV-R2)', () => {
    fc.assert(fc.property(instant, anyNumber, (latestMs, nowMs) => {
      const at = advance(latestMs, nowMs)
      expect(at).toBeGreaterThanOrEqual(latestMs)
      expect(at).toBeLessThanOrEqual(MAX_INSTANT_MS)
    }), { numRuns: 500 })
  })

  it('takes a reading that is later, and no other (law 2, DIV-R2)', () => {
    fc.assert(fc.property(instant, instant, (latestMs, nowMs) => {
      expect(advance(latestMs, nowMs)).toBe(Math.max(latestMs, nowMs))
    }))
    expect([Number.NaN, Infinity, -Infinity, -5].map((nowMs) => advance(100, nowMs))).toEqual([100, 100, 100, 100])
    expect(advance(100, MAX_INSTANT_MS + 2)).toBe(MAX_INSTANT_MS)
    expect(advance(0, -0)).toBe(0)
  })
})

describe('deadlineAfter', () => {
  it('is never before now, and never decreases as now grows (law 3)', () => {
    fc.assert(fc.property(instant, instant, duration, (a, b, durationMs) => {
      const [first, second] = [Math.min(a, b), Math.max(a, b)]
      expect(deadlineAfter(first, durationMs)).toBeGreaterThanOrEqual(first)
      expect(deadlineAfter(second, durationMs)).toBeGreaterThanOrEqual(deadlineAfter(first, durationMs))
    }), { numRuns: 500 })
  })

  it('is now itself where the duration is too long to be added (SPEC T2, A1)', () => {
    expect(deadlineAfter(7, MAX_INSTANT_MS)).toBe(7)
    expect(deadlineAfter(7, Infinity)).toBe(7)
    expect(deadlineAfter(7, Number.NaN)).toBe(7)
    expect(deadlineAfter(0.5, 30_000)).toBe(30_000.5)
  })

  it('is the last instant at the latest, so that every deadline is reached', () => {
    expect(deadlineAfter(MAX_INSTANT_MS - 1, 30_000)).toBe(MAX_INSTANT_MS)
  })
})

describe('clampLimit', () => {
  it('gives the least for zero and for what is no limit (SPEC R3, T1, A1)', () => {
    expect([0, -0, -1, -Infinity, Number.NaN].map((value) => clampLimit(value, 1))).toEqual([1, 1, 1, 1, 1])
    expect([0.5, 1, 1_024, Infinity].map((value) => clampLimit(value, 1))).toEqual([0.5, 1, 1_024, MAX_INSTANT_MS])
  })

  it('always gives a number above zero that an instant can hold', () => {
    fc.assert(fc.property(anyNumber, (value) => {
      const limit = clampLimit(value, 1)
      expect(limit).toBeGreaterThan(0)
      expect(limit).toBeLessThanOrEqual(MAX_INSTANT_MS)
    }))
  })
})

describe('earlier', () => {
  it('is the least of the deadlines there are', () => {
    const deadline = fc.option(instant, { nil: undefined })
    fc.assert(fc.property(deadline, deadline, (a, b) => {
      const present = [a, b].filter((deadlineMs) => deadlineMs !== undefined)
      expect(earlier(a, b)).toBe(present.length === 0 ? undefined : Math.min(...present))
    }))
  })
})

describe('untilMs', () => {
  it('counts down to the deadline and stops at zero', () => {
    expect([0, 9.5, 10, 11].map((nowMs) => untilMs(10, nowMs))).toEqual([10, 0.5, 0, 0])
  })

  it('is without end where the reading is no instant (DIV-R2)', () => {
    expect([Number.NaN, Infinity, -Infinity].map((nowMs) => untilMs(10, nowMs))).toEqual([Infinity, Infinity, Infinity])
  })
})
