/**
 * Everything a broker remembers between two Hellos, as one immutable record.
 *
 * **State** who has used how much of the rate limit, the tokens issued, the handoffs to be
 * acknowledged, the next connection id, and the session authority where there is one.
 * It holds secrets: write it out with `Snapshot`, never to a log.
 */
import { type Step, step } from '../data/Step.js'
import { type AckRegistry, ackRegistry, type Handoff, pendingHandoffs } from '../step/AckRegistry.js'
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
 * it (SPEC R3, A6). Connection ids go on; the session halves are the new policy's.
 *
 * Tokens and handoffs start anew together, because a handoff whose token is gone can only fail. Those
 * that are dropped are told, oldest first.
 *
 * @category steps
 * @since 0.1.0
 */
export function reconfigure(state: BrokerState, policy: Policy): Step<BrokerState, ReadonlyArray<Handoff>> {
  const fresh = initialState(policy)
  const limiter = sameNumbers(state.limiter.limit, fresh.limiter.limit) ? state.limiter : fresh.limiter
  const { nextConnectionId, tokens, acks } = state
  const next = { ...fresh, limiter, nextConnectionId }
  return keepsHandoffs(state, fresh) ? step({ ...next, tokens, acks }, []) : step(next, pendingHandoffs(acks))
}

/** @internal The memory with other tokens and handoffs; field by field, as in `TokenStore`. */
export function withHandoffs(
  { limiter, nextConnectionId, sessions }: BrokerState, tokens: TokenStore, acks: AckRegistry,
): BrokerState {
  return { limiter, tokens, acks, nextConnectionId, sessions }
}

/** @internal The memory with the limiter's next state. */
export function withLimiter({ tokens, acks, nextConnectionId, sessions }: BrokerState, limiter: RateLimiter): BrokerState {
  return { limiter, tokens, acks, nextConnectionId, sessions }
}

function keepsHandoffs(a: BrokerState, b: BrokerState): boolean {
  return sameNumbers(a.tokens.limits, b.tokens.limits) && a.acks.ackDeadlineMs === b.acks.ackDeadlineMs
}

function sameNumbers<A extends object>(a: A, b: A): boolean {
  return (Object.keys(a) as Array<keyof A>).every((key) => a[key] === b[key])
}
