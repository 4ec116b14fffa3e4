/**
 * Everything a broker remembers between two Hellos, as one immutable record.
 *
 * **State** who has used how much of the rate limit, the tokens issued, the handoffs to be
 * acknowledged, the next connection id, and the session authority where there is one.
 * It holds secrets: write it out with `Snapshot`, never to a log.
 */
import { type AckRegistry, ackRegistry } from '../step/AckRegistry.js'
import { type RateLimiter, rateLimiter } from '../step/RateLimiter.js'
import type { SessionAuthority } from '../step/SessionAuthority.js'
import { type TokenStore, tokenStore } from '../step/TokenStore.js'
import type { Policy } from './Policy.js'

/**
 * A broker's memory.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerState {
  readonly limiter: RateLimiter
  readonly tokens: TokenStore
  readonly acks: AckRegistry
  readonly nextConnectionId: bigint
  readonly sessions: SessionAuthority | undefined
}

/**
 * The first connection id (SPEC N5).
 *
 * @category constants
 * @since 0.1.0
 */
export const FIRST_CONNECTION_ID = 1n

/**
 * The memory of a broker that has just started with a policy.
 *
 * @category constructors
 * @since 0.1.0
 */
export function initialState(policy: Policy): BrokerState {
  return {
    limiter: rateLimiter(policy.rateLimit),
    tokens: tokenStore(policy.tokenStore),
    acks: ackRegistry(policy.ackDeadlineMs),
    nextConnectionId: FIRST_CONNECTION_ID,
    sessions: policy.sessions,
  }
}

/**
 * The memory under another policy: a limit that changes starts its record anew, one that stays keeps
 * it (SPEC R3, A6). Connection ids go on; the session authority is the new policy's.
 *
 * @category steps
 * @since 0.1.0
 */
export function reconfigure(state: BrokerState, policy: Policy): BrokerState {
  const fresh = initialState(policy)
  return {
    limiter: sameNumbers(state.limiter.limit, fresh.limiter.limit) ? state.limiter : fresh.limiter,
    tokens: sameNumbers(state.tokens.limits, fresh.tokens.limits) ? state.tokens : fresh.tokens,
    acks: state.acks.ackDeadlineMs === fresh.acks.ackDeadlineMs ? state.acks : fresh.acks,
    nextConnectionId: state.nextConnectionId,
    sessions: fresh.sessions,
  }
}

function sameNumbers<A extends object>(a: A, b: A): boolean {
  return (Object.keys(a) as Array<keyof A>).every((key) => a[key] === b[key])
}
