/**
 * What happens to a token after the reply, where token store and ACK registry must move together.
 *
 * **Laws**
 *  1. Whatever takes a handoff out of the registry revokes its token: ACK, expiry, abandoning (SPEC A2, A4, A5).
 *  2. A token is consumed at most once, in whatever order ACK, expiry, consume and abandon come.
 *  3. Consuming leaves the ACK pending: the backend still owes it.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { HandoffToken } from '../data/HandoffToken.js'
import { type Step, step } from '../data/Step.js'
import * as AckRegistry from '../step/AckRegistry.js'
import * as TokenStore from '../step/TokenStore.js'
import { type BrokerState, withHandoffs } from './BrokerState.js'

/**
 * Takes a backend's ACK for a token (SPEC A2, A3).
 *
 * @category steps
 * @since 0.1.0
 */
export function acknowledge(
  state: BrokerState, token: HandoffToken, nowMs: number,
): Step<BrokerState, Either<AckRegistry.AckError, AckRegistry.Acknowledged>> {
  const { state: acks, value } = AckRegistry.acknowledge(state.acks, token, nowMs)
  const wasPending = value._tag === 'Right' || value.left._tag === 'AckDeadlineExceeded'
  return step(withHandoffs(state, wasPending ? revoked(state, token) : state.tokens, acks), value)
}

/**
 * Consumes the token that was issued, if the one presented equals it (SPEC T4).
 *
 * @category steps
 * @since 0.1.0
 */
export function consume(
  state: BrokerState, expected: HandoffToken, presented: HandoffToken, nowMs: number,
): Step<BrokerState, Either<TokenStore.ConsumeError, void>> {
  const { state: tokens, value } = TokenStore.consume(state.tokens, expected, presented, nowMs)
  return step(withHandoffs(state, tokens, state.acks), value)
}

/**
 * Gives a handoff up and takes its token back; tells what it was, if it was pending (SPEC A4, DIV-T2).
 *
 * @category steps
 * @since 0.1.0
 */
export function abandon(state: BrokerState, token: HandoffToken): Step<BrokerState, AckRegistry.Handoff | undefined> {
  const { state: acks, value } = AckRegistry.abandon(state.acks, token)
  return step(withHandoffs(state, revoked(state, token), acks), value)
}

/**
 * Removes overdue handoffs and takes their tokens back; tells them in order (SPEC A5, DIV-A1).
 *
 * @category steps
 * @since 0.1.0
 */
export function expireAcks(
  state: BrokerState, nowMs: number,
): Step<BrokerState, ReadonlyArray<AckRegistry.OverdueAck>> {
  const { state: acks, value } = AckRegistry.expire(state.acks, nowMs)
  const tokens = TokenStore.revokeAll(state.tokens, value.map(({ token }) => token))
  return step(withHandoffs(state, tokens, acks), value)
}

/**
 * Removes expired tokens; tells how many (SPEC T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function expireTokens(state: BrokerState, nowMs: number): Step<BrokerState, number> {
  const { state: tokens, value } = TokenStore.expire(state.tokens, nowMs)
  return step(withHandoffs(state, tokens, state.acks), value)
}

function revoked({ tokens }: BrokerState, token: HandoffToken): TokenStore.TokenStore {
  return TokenStore.revoke(tokens, token).state
}
