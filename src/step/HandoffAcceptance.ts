/**
 * A backend's memory of the tokens it was told to expect, and its answer to each offer (SPEC T8, X4).
 *
 * **State** the latest instant seen; `seen`: every token expected within the last TTL; `open`: those of
 * them that no offer has used up.
 * Invariant: what is open has been seen, and a token in both has one deadline.
 *
 * **Laws**
 *  1. A token is accepted at most once within a TTL of its being expected, in whatever order
 *     expectations, offers and their replays come.
 *  2. At most `maxTokens` tokens are remembered, used ones too; beyond that nothing new is expected,
 *     because to forget a used token early would be to accept it twice.
 *  3. An offer whose token is missing, malformed or another one leaves the expected token open (SPEC T8).
 *  4. Every answer echoes the bytes presented and the correlation id (SPEC X4).
 *
 * **Not here** where tokens come from: the sixteen sideband bytes that travel with the socket say which one
 * the broker expects this backend to accept; the offer's frame says which one is presented.
 * A record of these holds the tokens' bytes: do not print it.
 * **Contract** order and texts are frozen (SPEC T8, T5).
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { copyBytes } from '../data/Bytes.js'
import { type HandoffToken, tokenBytes } from '../data/HandoffToken.js'
import { advance } from '../data/Instant.js'
import { type Step, step } from '../data/Step.js'
import { type HandoffAck, handoffAck } from '../wire/messages/HandoffAck.js'
import type { HandoffOffer } from '../wire/messages/HandoffOffer.js'
import * as TokenStore from './TokenStore.js'

/**
 * At most `maxTokens` tokens remembered, each for `ttlMs` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface AcceptanceLimits {
  readonly maxTokens: number
  readonly ttlMs: number
}

/**
 * The tokens expected, and those of them still to be used.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffAcceptance {
  readonly latestMs: number
  readonly seen: TokenStore.TokenStore
  readonly open: TokenStore.TokenStore
}

/**
 * Why a token is not expected: it was before, within its TTL, or too many are remembered.
 *
 * @category model
 * @since 0.1.0
 */
export type ExpectError =
  | { readonly _tag: 'ExpectLimitReached'; readonly max: number }
  | { readonly _tag: 'TokenSeenBefore' }

/**
 * The ACK that answers an offer, and whether it was accepted or why not.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffAnswer {
  readonly ack: HandoffAck
  readonly verdict: Either<TokenStore.AcceptError, void>
}

/**
 * 1 024 tokens, 30 seconds: the broker's own limits, so a backend keeps up with its broker (SPEC T1).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_ACCEPTANCE_LIMITS: AcceptanceLimits = Object.freeze({
  maxTokens: TokenStore.DEFAULT_TOKEN_LIMITS.maxPending, ttlMs: TokenStore.DEFAULT_TOKEN_LIMITS.ttlMs,
})

/**
 * A backend that expects nothing yet; zero limits become one token and 1 ms (SPEC T1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function handoffAcceptance(limits: AcceptanceLimits = DEFAULT_ACCEPTANCE_LIMITS): HandoffAcceptance {
  const none = TokenStore.tokenStore({ maxPending: limits.maxTokens, ttlMs: limits.ttlMs, collisionAttempts: 1 })
  return { latestMs: 0, seen: none, open: none }
}

/**
 * Makes a token acceptable once, until its TTL ends; the sideband has brought it.
 *
 * @example
 * import assert from 'node:assert'
 * import { handoffToken } from 'hello-negotiation'
 * import { HandoffAcceptance } from 'hello-negotiation/step'
 * import { handoffOffer } from 'hello-negotiation/wire'
 *
 * const bytes = new Uint8Array(16).fill(7)
 * const token = handoffToken(bytes)
 * if (token === undefined) throw new Error('sixteen bytes are a token')
 * const expecting = HandoffAcceptance.expect(HandoffAcceptance.handoffAcceptance(), token, 0).state
 * const offer = handoffOffer({ token: bytes, correlationId: 7n })
 * const once = HandoffAcceptance.accept(expecting, token, offer, 10)
 * const twice = HandoffAcceptance.accept(once.state, token, offer, 10)
 * assert.equal(once.value.ack.accepted, true)
 * assert.equal(twice.value.ack.errorDetail, 'handoff token is not pending')
 *
 * @category steps
 * @since 0.1.0
 */
export function expect(
  acceptance: HandoffAcceptance, sidebandToken: HandoffToken, nowMs: number,
): Step<HandoffAcceptance, Either<ExpectError, void>> {
  const latestMs = advance(acceptance.latestMs, nowMs)
  const { state: seen, value } = hold(acceptance.seen, sidebandToken, latestMs)
  return value._tag === 'Left'
    ? step({ latestMs, seen, open: acceptance.open }, E.left(expectError(value.left)))
    : step({ latestMs, seen, open: hold(acceptance.open, sidebandToken, latestMs).state }, E.right(undefined))
}

/**
 * Answers an offer that came with a sideband token (SPEC X4, T8, T5).
 *
 * @category steps
 * @since 0.1.0
 */
export function accept(
  acceptance: HandoffAcceptance, sidebandToken: HandoffToken, offer: HandoffOffer, nowMs: number,
): Step<HandoffAcceptance, HandoffAnswer> {
  const latestMs = advance(acceptance.latestMs, nowMs)
  const { state: open, value: verdict } = TokenStore.accept(acceptance.open, sidebandToken, offer.token, latestMs)
  const ack = handoffAck({
    token: copyBytes(offer.token),
    accepted: verdict._tag === 'Right',
    errorDetail: verdict._tag === 'Right' ? '' : TokenStore.describeConsumeError(verdict.left),
    correlationId: offer.correlationId,
  })
  return step({ latestMs, seen: acceptance.seen, open }, { ack, verdict })
}

/**
 * Forgets every token whose TTL has ended; tells how many of them no offer had used.
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(acceptance: HandoffAcceptance, nowMs: number): Step<HandoffAcceptance, number> {
  const latestMs = advance(acceptance.latestMs, nowMs)
  const { state: open, value: unused } = TokenStore.expire(acceptance.open, latestMs)
  return step({ latestMs, seen: TokenStore.expire(acceptance.seen, latestMs).state, open }, unused)
}

/**
 * When the next token's TTL ends, or `undefined` where none is remembered.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs({ seen }: HandoffAcceptance): number | undefined {
  return TokenStore.nextDeadlineMs(seen)
}

/**
 * The number of tokens remembered, used ones too.
 *
 * @category queries
 * @since 0.1.0
 */
export function rememberedCount({ seen }: HandoffAcceptance): number {
  return TokenStore.pendingCount(seen)
}

/** A store issues from draws; the one draw on offer is the token itself, so it issues that or nothing. */
function hold(
  store: TokenStore.TokenStore, token: HandoffToken, nowMs: number,
): Step<TokenStore.TokenStore, Either<TokenStore.IssueError, TokenStore.Issued>> {
  return TokenStore.issue(store, nowMs, TokenStore.draws(tokenBytes(token)))
}

/** There is a draw, so what keeps it from being issued is the limit, or that it is there already. */
function expectError(error: TokenStore.IssueError): ExpectError {
  return error._tag === 'PendingLimitReached'
    ? { _tag: 'ExpectLimitReached', max: error.max }
    : { _tag: 'TokenSeenBefore' }
}
