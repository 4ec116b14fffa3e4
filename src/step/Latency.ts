/**
 * Whether handing connections over is faster than reconnecting, judged by measured samples.
 *
 * **Laws**
 *  1. A percentile is a sample: the nearest rank, index ceil(n·p/100) − 1 of the sorted ones (SPEC Y1).
 *  2. Handoff wins only where it is strictly faster at both P50 and P99; equal is not faster (SPEC Y1).
 *  3. The first failing check is the one reported: no handoff samples, no fallback samples, a sample that
 *     is no duration (handoff's first), P50, P99 (SPEC Y1). The third is ours: the reference's durations
 *     cannot be negative, infinite or NaN, numbers can.
 *  4. Each side is sorted once, and the samples given are left as they were.
 *
 * **Not here** measuring: samples are milliseconds, read from one monotonic clock, warm-up left out.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'

/**
 * One side's samples, summed up; times in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface LatencySummary {
  readonly sampleCount: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Both sides, summed up.
 *
 * @category model
 * @since 0.1.0
 */
export interface LatencyComparison {
  readonly handoff: LatencySummary
  readonly fallback: LatencySummary
}

/**
 * What is saved at each percentile, in milliseconds, never less than nothing.
 *
 * @category model
 * @since 0.1.0
 */
export interface LatencySavings {
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Why the samples do not show handoff to be faster.
 *
 * @category model
 * @since 0.1.0
 */
export type LatencyError =
  | { readonly _tag: 'EmptyFallbackSamples' }
  | { readonly _tag: 'EmptyHandoffSamples' }
  | InvalidSample
  | { readonly _tag: 'P50NotFaster'; readonly handoffMs: number; readonly fallbackMs: number }
  | { readonly _tag: 'P99NotFaster'; readonly handoffMs: number; readonly fallbackMs: number }

/**
 * A sample is no duration: NaN, infinite or negative.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidSample {
  readonly _tag: 'InvalidSample'
  readonly side: 'fallback' | 'handoff'
  readonly index: number
  readonly actual: number
}

/**
 * The sample at a percentile above 0 and up to 100, or `undefined` where there is none to give: no
 * samples, or no such percentile. NaN counts as the slowest (SPEC Y1, M8).
 *
 * @category queries
 * @since 0.1.0
 */
export function nearestRank(samples: ArrayLike<number>, percent: number): number | undefined {
  return percent > 0 && percent <= 100 ? atRank(sorted(samples), percent) : undefined
}

/**
 * Compares the two ways; the comparison itself is the answer where handoff is faster (SPEC Y1).
 *
 * @example
 * import assert from 'node:assert'
 * import { Latency } from 'hello-negotiation/step'
 *
 * const compared = Latency.compareLatency([1, 1, 2.5], [3, 3, 3])
 * assert.equal(compared._tag, 'Right')
 * assert.deepEqual(compared._tag === 'Right' && Latency.savings(compared.right), { p50Ms: 2, p99Ms: 0.5 })
 *
 * assert.deepEqual(Latency.compareLatency([1, 1, 3], [3, 3, 3]), {
 *   _tag: 'Left', left: { _tag: 'P99NotFaster', handoffMs: 3, fallbackMs: 3 },
 * })
 *
 * @category steps
 * @since 0.1.0
 */
export function compareLatency(
  handoffMs: ArrayLike<number>, fallbackMs: ArrayLike<number>,
): Either<LatencyError, LatencyComparison> {
  if (handoffMs.length === 0) return E.left({ _tag: 'EmptyHandoffSamples' })
  if (fallbackMs.length === 0) return E.left({ _tag: 'EmptyFallbackSamples' })
  const invalid = invalidSample('handoff', handoffMs) ?? invalidSample('fallback', fallbackMs)
  return invalid === undefined ? judged(summarized(handoffMs), summarized(fallbackMs)) : E.left(invalid)
}

/**
 * What handoff saves over reconnecting; 0 where it saves nothing (SPEC Y1).
 *
 * @category queries
 * @since 0.1.0
 */
export function savings({ handoff, fallback }: LatencyComparison): LatencySavings {
  return {
    p50Ms: Math.max(0, fallback.p50Ms - handoff.p50Ms),
    p99Ms: Math.max(0, fallback.p99Ms - handoff.p99Ms),
  }
}

/**
 * Why handoff is not shown to be faster, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeLatencyError(error: LatencyError): string {
  switch (error._tag) {
    case 'EmptyFallbackSamples':
      return 'there are no fallback samples to compare with'
    case 'EmptyHandoffSamples':
      return 'there are no handoff samples to compare'
    case 'InvalidSample':
      return `${error.side} sample ${error.index} is no duration: ${error.actual} ms`
    case 'P50NotFaster':
      return `handoff is not faster at P50: ${error.handoffMs} ms against ${error.fallbackMs} ms`
    case 'P99NotFaster':
      return `handoff is not faster at P99: ${error.handoffMs} ms against ${error.fallbackMs} ms`
    default:
      return absurd(error)
  }
}

function judged(handoff: LatencySummary, fallback: LatencySummary): Either<LatencyError, LatencyComparison> {
  if (handoff.p50Ms >= fallback.p50Ms) {
    return E.left({ _tag: 'P50NotFaster', handoffMs: handoff.p50Ms, fallbackMs: fallback.p50Ms })
  }
  if (handoff.p99Ms >= fallback.p99Ms) {
    return E.left({ _tag: 'P99NotFaster', handoffMs: handoff.p99Ms, fallbackMs: fallback.p99Ms })
  }
  return E.right({ handoff, fallback })
}

function invalidSample(side: InvalidSample['side'], samples: ArrayLike<number>): InvalidSample | undefined {
  for (let index = 0; index < samples.length; index += 1) {
    const actual = samples[index] as number
    if (!(actual >= 0 && actual < Infinity)) return { _tag: 'InvalidSample', side, index, actual }
  }
  return undefined
}

/** For at least one sample, each of them a duration. */
function summarized(samples: ArrayLike<number>): LatencySummary {
  const inOrder = sorted(samples)
  return { sampleCount: inOrder.length, p50Ms: atRank(inOrder, 50) as number, p99Ms: atRank(inOrder, 99) as number }
}

/** A copy, because a typed array sorts in place, by number, and NaN last. */
function sorted(samples: ArrayLike<number>): Float64Array {
  return Float64Array.from(samples).sort()
}

function atRank(inOrder: Float64Array, percent: number): number | undefined {
  // A tiny percentage of a few samples may round to no rank at all; the fastest is the nearest then.
  return inOrder[Math.max(0, Math.ceil((inOrder.length * percent) / 100) - 1)]
}
