import * as fc from 'fast-check'
import { Latency } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const { compareLatency, describeLatencyError, nearestRank, savings } = Latency

/** 1, 2, 3 … n. */
const upTo = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i + 1)

const duration = fc.oneof(fc.nat({ max: 20 }).map((halves) => halves / 2), fc.double({ min: 0, max: 1e9, noNaN: true }))
const durations = fc.array(duration, { minLength: 1, maxLength: 250 })

describe('nearestRank', () => {
  it('is the sample at index ceil(n·p/100) − 1 of the sorted ones (SPEC Y1)', () => {
    expect([1, 49, 50, 99, 100].map((percent) => nearestRank(upTo(100), percent))).toEqual([1, 49, 50, 99, 100])
    expect([50, 99].map((percent) => nearestRank(upTo(101), percent))).toEqual([51, 100])
    expect([50, 99].map((percent) => nearestRank(upTo(1), percent))).toEqual([1, 1])
    expect([50, 51].map((percent) => nearestRank(upTo(2), percent))).toEqual([1, 2])
    expect(nearestRank([10, 9, 100], 50)).toBe(10)
  })

  it('has at least p percent of the samples at or below it, and with one rank less it would not (SPEC Y1)', () => {
    fc.assert(fc.property(durations, fc.integer({ min: 1, max: 100 }), (samples, percent) => {
      const ranked = nearestRank(samples, percent) as number
      const below = samples.filter((sample) => sample < ranked).length
      const upToIt = samples.filter((sample) => sample <= ranked).length
      expect(samples).toContain(ranked)
      expect(upToIt * 100).toBeGreaterThanOrEqual(samples.length * percent)
      expect(below * 100).toBeLessThan(samples.length * percent)
    }))
  })

  it('gives nothing where there is nothing to give', () => {
    expect(nearestRank([], 50)).toBeUndefined()
    for (const percent of [0, -1, 100.5, Number.NaN, Infinity]) expect(nearestRank([1], percent)).toBeUndefined()
  })

  it('gives the fastest for the least percentage, and takes NaN for the slowest', () => {
    expect(nearestRank([3, Number.NaN, 2], Number.MIN_VALUE)).toBe(2)
    expect(nearestRank([3, Number.NaN, 2], 100)).toBeNaN()
  })
})

describe('compareLatency', () => {
  it('finds handoff faster where it is strictly so at both percentiles (SPEC Y1)', () => {
    expect(rightOf(compareLatency([2, 1, 1], [3, 4, 5, 6]))).toEqual({
      handoff: { sampleCount: 3, p50Ms: 1, p99Ms: 2 }, fallback: { sampleCount: 4, p50Ms: 4, p99Ms: 6 },
    })
  })

  it('does not take equal for faster (SPEC Y1)', () => {
    expect(leftOf(compareLatency([1, 2], [1, 3]))).toEqual({ _tag: 'P50NotFaster', handoffMs: 1, fallbackMs: 1 })
    expect(leftOf(compareLatency([1, 3], [2, 3]))).toEqual({ _tag: 'P99NotFaster', handoffMs: 3, fallbackMs: 3 })
  })

  it('reports the first failing check: no handoff, no fallback, no duration, P50, P99 (SPEC Y1)', () => {
    expect(leftOf(compareLatency([], []))._tag).toBe('EmptyHandoffSamples')
    expect(leftOf(compareLatency([], [Number.NaN]))._tag).toBe('EmptyHandoffSamples')
    expect(leftOf(compareLatency([Number.NaN], []))._tag).toBe('EmptyFallbackSamples')
    expect(leftOf(compareLatency([9, -1], [Number.NaN])))
      .toEqual({ _tag: 'InvalidSample', side: 'handoff', index: 1, actual: -1 })
    expect(leftOf(compareLatency([9], [1, Infinity])))
      .toEqual({ _tag: 'InvalidSample', side: 'fallback', index: 1, actual: Infinity })
    expect(leftOf(compareLatency([9], [1]))._tag).toBe('P50NotFaster')
    expect(leftOf(compareLatency([0, 9], [1, 1]))._tag).toBe('P99NotFaster')
  })

  it('answers for any numbers, and leaves the samples as they were', () => {
    const number = fc.oneof({ arbitrary: fc.double({ min: 0, max: 9 }), weight: 40 }, fc.double())
    const anything = fc.array(number, { maxLength: 30 })
    fc.assert(fc.property(anything, anything, (handoff, fallback) => {
      const [handoffBefore, fallbackBefore] = [[...handoff], [...fallback]]
      const compared = compareLatency(Object.freeze(handoff), Object.freeze(fallback))
      if (compared._tag === 'Left') expect(describeLatencyError(compared.left)).toMatch(/^[^\n]+$/)
      expect([handoff, fallback]).toEqual([handoffBefore, fallbackBefore])
    }))
  })

  it('never finds either side strictly faster than the other at once (SPEC Y1)', () => {
    fc.assert(fc.property(durations, durations, (a, b) => {
      const both = [compareLatency(a, b), compareLatency(b, a)].filter(({ _tag }) => _tag === 'Right')
      expect(both.length).toBeLessThanOrEqual(1)
    }))
  })

  it('takes a million samples a side', () => {
    // 7 919 is prime to a million, so each number below it comes once, far from in order.
    const shuffled = Float64Array.from({ length: 1_000_000 }, (_, i) => (i * 7_919) % 1_000_000)
    expect(rightOf(compareLatency(shuffled, shuffled.map((sample) => sample + 1))).fallback)
      .toEqual({ sampleCount: 1_000_000, p50Ms: 500_000, p99Ms: 990_000 })
  })
})

describe('savings', () => {
  it('are what is saved at each percentile, and 0 where nothing is (SPEC Y1)', () => {
    const [quick, slow] = [{ sampleCount: 1, p50Ms: 1, p99Ms: 2.5 }, { sampleCount: 1, p50Ms: 4, p99Ms: 4 }]
    expect(savings({ handoff: quick, fallback: slow })).toEqual({ p50Ms: 3, p99Ms: 1.5 })
    expect(savings({ handoff: slow, fallback: quick })).toEqual({ p50Ms: 0, p99Ms: 0 })
  })
})

describe('describeLatencyError', () => {
  const lines: ReadonlyArray<readonly [error: Latency.LatencyError, line: string]> = [
    [{ _tag: 'EmptyHandoffSamples' }, 'there are no handoff samples to compare'],
    [{ _tag: 'EmptyFallbackSamples' }, 'there are no fallback samples to compare with'],
    [{ _tag: 'InvalidSample', side: 'handoff', index: 3, actual: Number.NaN }, 'handoff sample 3 is no duration: NaN ms'],
    [{ _tag: 'P50NotFaster', handoffMs: 2, fallbackMs: 1.5 }, 'handoff is not faster at P50: 2 ms against 1.5 ms'],
    [{ _tag: 'P99NotFaster', handoffMs: 2, fallbackMs: 2 }, 'handoff is not faster at P99: 2 ms against 2 ms'],
  ]

  it.each(lines)('says %o on one line', (error, line) => expect(describeLatencyError(error)).toBe(line))

  it('hands back an error that no type lets in, rather than throw', () => {
    expect(describeLatencyError('smuggled' as never)).toBe('smuggled')
  })
})
