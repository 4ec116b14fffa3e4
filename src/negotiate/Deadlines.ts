/**
 * The broker's deadlines as one: when something is due next, and everything that is due by now.
 *
 * **Laws**
 *  1. While time has not come to `nextDeadlineMs`, `expire` finds nothing due: a spurious call is harmless.
 *  2. After `expire(state, now)`, `nextDeadlineMs` is later than `now`, or there is none.
 *  3. Nothing observable depends on whether windows of the rate limiter were forgotten here (DIV-R1).
 */
import { earlier } from '../data/Instant.js'
import { type Step, step } from '../data/Step.js'
import * as AckRegistry from '../step/AckRegistry.js'
import * as RateLimiter from '../step/RateLimiter.js'
import * as TokenStore from '../step/TokenStore.js'
import type { BrokerState } from './BrokerState.js'
import { expireAcks, expireTokens } from './Handoffs.js'

/**
 * What was due: handoffs nobody acknowledged, in order, and how many more tokens had expired.
 *
 * @category model
 * @since 0.1.0
 */
export interface Expired {
  readonly overdueAcks: ReadonlyArray<AckRegistry.OverdueAck>
  readonly expiredTokens: number
}

/**
 * When the next token or handoff is due, or `undefined` where none is pending (DIV-A2).
 *
 * Arm a timer for it, and call `expire` when it fires.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(state: BrokerState): number | undefined {
  return earlier(TokenStore.nextDeadlineMs(state.tokens), AckRegistry.nextDeadlineMs(state.acks))
}

/**
 * Removes everything that is due (SPEC T6, A5, DIV-A1, DIV-R1).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(state: BrokerState, nowMs: number): Step<BrokerState, Expired> {
  const acks = expireAcks(state, nowMs)
  const tokens = expireTokens(acks.state, nowMs)
  const limiter = RateLimiter.expire(tokens.state.limiter, nowMs)
  return step({ ...tokens.state, limiter }, { overdueAcks: acks.value, expiredTokens: tokens.value })
}
