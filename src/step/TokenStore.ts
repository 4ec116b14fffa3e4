/**
 * One-time handoff tokens: issued from draws, good until their expiry, consumed at most once.
 *
 * **State** the limits, the latest instant seen, and the pending tokens in the order of their expiry.
 * Invariant: at most `maxPending` are pending.
 *
 * **Laws**
 *  1. A token is consumed at most once, and never at or after its expiry (SPEC T4, T6).
 *  2. A mismatch consumes neither token (SPEC T4).
 *  3. At most `maxPending` tokens are pending (SPEC T2).
 *  4. At most `collisionAttempts` draws are looked at, none where the store is full (SPEC T1, T2).
 *  5. No clock reading brings an expired token back (DIV-R2).
 *
 * **Not here** randomness: the caller brings draws already made, and is told how many were used.
 * A store holds its tokens' bytes: do not print it.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { latin1Of16 } from '../data/Bytes.js'
import * as DeadlineMap from '../data/DeadlineMap.js'
import { HANDOFF_TOKEN_BYTES, handoffToken, type HandoffToken, sameToken, tokenFromKey, tokenKey } from '../data/HandoffToken.js'
import { advance, clampLimit, deadlineAfter } from '../data/Instant.js'
import { type Step, step } from '../data/Step.js'

/**
 * At most `maxPending` tokens, each good for `ttlMs` milliseconds and drawn in at most
 * `collisionAttempts` tries.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenLimits {
  readonly maxPending: number
  readonly ttlMs: number
  readonly collisionAttempts: number
}

/**
 * The limits and the pending tokens.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenStore {
  readonly limits: TokenLimits
  readonly latestMs: number
  readonly pending: DeadlineMap.DeadlineMap<null>
}

/**
 * Random bytes already made: 16 a draw, from `offset` on. Fewer than 16 left is no draw.
 *
 * @category model
 * @since 0.1.0
 */
export interface Draws {
  readonly bytes: Uint8Array
  readonly offset: number
}

/**
 * A token, and how many draws it took.
 *
 * @category model
 * @since 0.1.0
 */
export interface Issued {
  readonly _tag: 'Issued'
  readonly token: HandoffToken
  readonly drawsUsed: number
}

/**
 * Why no token was issued (SPEC T3); `drawsUsed` draws are spent all the same.
 *
 * @category model
 * @since 0.1.0
 */
export type IssueError =
  | { readonly _tag: 'CollisionAttemptsExhausted'; readonly attempts: number; readonly drawsUsed: number }
  | { readonly _tag: 'PendingLimitReached'; readonly max: number; readonly drawsUsed: 0 }
  | { readonly _tag: 'RandomSourceFailed'; readonly drawsUsed: number }

/**
 * Why a token was not consumed (SPEC T5).
 *
 * @category model
 * @since 0.1.0
 */
export type ConsumeError =
  | { readonly _tag: 'TokenExpired'; readonly expiredForMs: number }
  | { readonly _tag: 'TokenMismatch' }
  | { readonly _tag: 'TokenNotPending' }

/**
 * Why a backend does not accept the token that it was presented with (SPEC T8).
 *
 * @category model
 * @since 0.1.0
 */
export type AcceptError =
  | ConsumeError
  | { readonly _tag: 'TokenMissing' }
  | { readonly _tag: 'WrongTokenLength'; readonly actualBytes: number; readonly expectedBytes: number }

/**
 * 1 024 tokens, 30 seconds, 16 tries (SPEC T1).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_TOKEN_LIMITS: TokenLimits = Object.freeze({
  maxPending: 1_024, ttlMs: 30_000, collisionAttempts: 16,
})

/**
 * No draws at all: what a random source that has failed offers.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NO_DRAWS: Draws = Object.freeze({ bytes: new Uint8Array(0), offset: 0 })

/**
 * Draws from random bytes, 16 a draw.
 *
 * @category constructors
 * @since 0.1.0
 */
export function draws(bytes: Uint8Array, offset = 0): Draws {
  return { bytes, offset }
}

/**
 * A store without tokens; zero limits become one token, 1 ms, one try (SPEC T1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function tokenStore(limits: TokenLimits = DEFAULT_TOKEN_LIMITS): TokenStore {
  return {
    limits: {
      maxPending: clampLimit(Math.floor(limits.maxPending), 1),
      ttlMs: clampLimit(limits.ttlMs, 1),
      collisionAttempts: clampLimit(Math.floor(limits.collisionAttempts), 1),
    },
    latestMs: 0,
    pending: DeadlineMap.empty(),
  }
}

/**
 * Issues a token from the first draw that is not pending already (SPEC T2, T3).
 *
 * @example
 * import assert from 'node:assert'
 * import { TokenStore } from 'hello-negotiation/step'
 *
 * const { state, value } = TokenStore.issue(TokenStore.tokenStore(), 0, TokenStore.draws(new Uint8Array(16).fill(7)))
 * if (value._tag === 'Left') throw new Error('a draw was on offer')
 * const { token } = value.right
 * const once = TokenStore.consume(state, token, token, 29_999)
 * const twice = TokenStore.consume(once.state, token, token, 29_999)
 * assert.equal(once.value._tag, 'Right')
 * assert.deepEqual(twice.value, { _tag: 'Left', left: { _tag: 'TokenNotPending' } })
 *
 * @category steps
 * @since 0.1.0
 */
export function issue(store: TokenStore, nowMs: number, draws: Draws): Step<TokenStore, Either<IssueError, Issued>> {
  const live = expire(store, nowMs).state
  const { maxPending, collisionAttempts, ttlMs } = live.limits
  if (pendingCount(live) >= maxPending) {
    return step(live, E.left({ _tag: 'PendingLimitReached', max: maxPending, drawsUsed: 0 }))
  }
  for (let used = 0; used < collisionAttempts; used += 1) {
    const key = drawKey(draws, used)
    if (key === undefined) return step(live, E.left({ _tag: 'RandomSourceFailed', drawsUsed: used }))
    if (DeadlineMap.get(live.pending, key) !== undefined) continue
    const pending = DeadlineMap.put(live.pending, key, null, deadlineAfter(live.latestMs, ttlMs))
    const issued: Issued = { _tag: 'Issued', token: tokenFromKey(key), drawsUsed: used + 1 }
    return step(tokensWith(live, live.latestMs, pending), E.right(issued))
  }
  return step(live, E.left({
    _tag: 'CollisionAttemptsExhausted', attempts: collisionAttempts, drawsUsed: collisionAttempts,
  }))
}

/**
 * Consumes `expected` if it is pending, not expired, and equal to `presented` (SPEC T4).
 *
 * Other tokens that have expired are removed on the way; `expected` itself is kept for the moment,
 * so that "expired" can be told from "not pending".
 *
 * @category steps
 * @since 0.1.0
 */
export function consume(
  store: TokenStore, expected: HandoffToken, presented: HandoffToken, nowMs: number,
): Step<TokenStore, Either<ConsumeError, void>> {
  const key = tokenKey(expected)
  const latestMs = advance(store.latestMs, nowMs)
  const live = tokensWith(store, latestMs, DeadlineMap.expire(store.pending, latestMs, key).state)
  const entry = DeadlineMap.get(live.pending, key)
  if (entry === undefined) return step(live, E.left({ _tag: 'TokenNotPending' }))
  if (latestMs >= entry.deadlineMs) {
    return step(without(live, key), E.left({ _tag: 'TokenExpired', expiredForMs: latestMs - entry.deadlineMs }))
  }
  if (!sameToken(expected, presented)) return step(live, E.left({ _tag: 'TokenMismatch' }))
  return step(without(live, key), E.right(undefined))
}

/**
 * Consumes `expected` if the bytes presented are a token and equal it: what a backend does with an offer
 * (SPEC T8). Bytes that are no token, or another one, leave the token usable.
 *
 * @category steps
 * @since 0.1.0
 */
export function accept(
  store: TokenStore, expected: HandoffToken, presented: Uint8Array, nowMs: number,
): Step<TokenStore, Either<AcceptError, void>> {
  if (presented.length === 0) return step(store, E.left({ _tag: 'TokenMissing' }))
  const token = handoffToken(presented)
  return token === undefined
    ? step(store, E.left({ _tag: 'WrongTokenLength', actualBytes: presented.length, expectedBytes: HANDOFF_TOKEN_BYTES }))
    : consume(store, expected, token, nowMs)
}

/**
 * Takes a token back; tells whether it was pending, expired or not (SPEC T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function revoke(store: TokenStore, token: HandoffToken): Step<TokenStore, boolean> {
  const revoked = without(store, tokenKey(token))
  return step(revoked, revoked !== store)
}

/**
 * Takes many tokens back at once; those that are not pending do not matter (SPEC T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function revokeAll(store: TokenStore, tokens: ReadonlyArray<HandoffToken>): TokenStore {
  return withPending(store, DeadlineMap.removeAll(store.pending, tokens.map(tokenKey)))
}

/**
 * Removes every token with `now >= expiry`; tells how many (SPEC T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(store: TokenStore, nowMs: number): Step<TokenStore, number> {
  const latestMs = advance(store.latestMs, nowMs)
  const { state, value } = DeadlineMap.expire(store.pending, latestMs)
  return step(tokensWith(store, latestMs, state), value.length)
}

/**
 * When the next token expires, or `undefined` where none is pending (DIV-A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(store: TokenStore): number | undefined {
  return DeadlineMap.oldest(store.pending)?.deadlineMs
}

/**
 * The number of tokens pending, with those expired and not yet removed.
 *
 * @category queries
 * @since 0.1.0
 */
export function pendingCount(store: TokenStore): number {
  return DeadlineMap.size(store.pending)
}

/**
 * Why a token was not consumed or accepted, in the reference's words (SPEC T5, T8).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeConsumeError(error: AcceptError): string {
  switch (error._tag) {
    case 'TokenExpired':
      return 'handoff token expired'
    case 'TokenMismatch':
      return 'handoff token mismatch'
    case 'TokenMissing':
      return 'handoff token is missing'
    case 'TokenNotPending':
      return 'handoff token is not pending'
    case 'WrongTokenLength':
      return `handoff token length was ${error.actualBytes} bytes; expected ${error.expectedBytes}`
    default:
      return absurd(error)
  }
}

/**
 * Why no token was issued, in the reference's words (SPEC T3).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeIssueError(error: IssueError): string {
  switch (error._tag) {
    case 'CollisionAttemptsExhausted':
      return `handoff token allocation exhausted after ${error.attempts} collision attempts`
    case 'PendingLimitReached':
      return `handoff token pending limit reached (${error.max})`
    case 'RandomSourceFailed':
      return `handoff token random generation failed: no draw left after ${error.drawsUsed}`
    default:
      return absurd(error)
  }
}

/** Reading outside the bytes would give zeros, a token that anybody could guess; so the place is checked. */
function drawKey({ bytes, offset }: Draws, index: number): string | undefined {
  const start = offset + index * HANDOFF_TOKEN_BYTES
  const isInside = Number.isInteger(start) && start >= 0 && start + HANDOFF_TOKEN_BYTES <= bytes.length
  return isInside ? latin1Of16(bytes, start) : undefined
}

/** Field by field: spreading a record with an instant in it costs as much as the rest of a step. */
function tokensWith({ limits }: TokenStore, latestMs: number, pending: TokenStore['pending']): TokenStore {
  return { limits, latestMs, pending }
}

function without(store: TokenStore, key: string): TokenStore {
  return withPending(store, DeadlineMap.remove(store.pending, key))
}

function withPending(store: TokenStore, pending: TokenStore['pending']): TokenStore {
  return pending === store.pending ? store : tokensWith(store, store.latestMs, pending)
}
