/**
 * What limiter laws take: the life of a limiter, in which few peers say Hello often.
 */
import fc from 'fast-check'
import type { RateLimit } from '../../../step/RateLimiter.js'
import { arbitraryDuration } from '../../arbitrary/draws.js'
import { arbitraryPid } from '../../arbitrary/peer.js'
import type { Timeline } from '../live.js'
import type { LawArbitraries } from './LawArbitraries.js'
import { arbitraryLife } from './arbitraryLife.js'

/**
 * The kinds of input of limiter laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface LimiterInputs {
  readonly LimiterLife: LimiterLife
}

/**
 * A limiter's limit, and what is done to it, when.
 *
 * @category model
 * @since 0.1.0
 */
export interface LimiterLife {
  readonly limit: RateLimit
  readonly events: Timeline<LimiterEvent>
}

/**
 * One thing done to a limiter.
 *
 * @category model
 * @since 0.1.0
 */
export type LimiterEvent =
  | { readonly _tag: 'Admit'; readonly pid: number }
  | { readonly _tag: 'Expire' }

/** @internal */
export const LIMITER_INPUTS: LawArbitraries<LimiterInputs> = {
  LimiterLife: () => arbitraryLife(
    fc.record({ limit: fc.record({ maxPerWindow: fc.nat({ max: 3 }), windowMs: arbitraryDuration() }) }),
    ({ limit }) => limit.windowMs,
    fc.oneof(
      { weight: 6, arbitrary: arbitraryHotPid().map((pid) => ({ _tag: 'Admit' as const, pid })) },
      { weight: 1, arbitrary: fc.constant({ _tag: 'Expire' as const }) },
    ),
  ),
}

/** A pid: mostly one of two, so that a life is long enough to use their windows up. */
function arbitraryHotPid(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(1, 2), arbitraryPid())
}
