/**
 * A token store that is plainly right: the pending tokens in a list, gone through from end to end.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { type HandoffToken, handoffToken, tokenKey } from '../../data/HandoffToken.js'
import { type Step, step } from '../../data/Step.js'
import type { ConsumeError, Draws, Issued, IssueError, TokenLimits } from '../../step/TokenStore.js'
import { atLeastOne, endOf, later } from './time.js'

/**
 * The limits, the latest instant seen, and the pending tokens in the order they were issued.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenStoreModel {
  readonly limits: TokenLimits
  readonly latestMs: number
  readonly pending: ReadonlyArray<{ readonly key: string; readonly expiryMs: number }>
}

/**
 * The model of a store without tokens (SPEC T1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function tokenStoreModel({ maxPending, ttlMs, collisionAttempts }: TokenLimits): TokenStoreModel {
  return {
    limits: {
      maxPending: atLeastOne(maxPending), ttlMs: atLeastOne(ttlMs), collisionAttempts: atLeastOne(collisionAttempts),
    },
    latestMs: 0,
    pending: [],
  }
}

/**
 * Issues a token from the first draw that is not pending already (SPEC T2, T3).
 *
 * @category steps
 * @since 0.1.0
 */
export function issue(
  model: TokenStoreModel, nowMs: number, draws: Draws,
): Step<TokenStoreModel, Either<IssueError, Issued>> {
  const live = expire(model, nowMs).state
  const { maxPending, ttlMs, collisionAttempts } = live.limits
  if (live.pending.length >= maxPending) {
    return step(live, E.left({ _tag: 'PendingLimitReached', max: maxPending, drawsUsed: 0 }))
  }
  const drawn = tokensOf(draws).slice(0, Math.ceil(collisionAttempts))
  const fresh = drawn.findIndex((token) => !isPending(live, token))
  const token = drawn[fresh]
  if (token !== undefined) {
    const pending = [...live.pending, { key: tokenKey(token), expiryMs: endOf(live.latestMs, ttlMs) }]
    return step({ ...live, pending }, E.right({ _tag: 'Issued', token, drawsUsed: fresh + 1 }))
  }
  const drawsUsed = drawn.length
  return drawsUsed < collisionAttempts
    ? step(live, E.left({ _tag: 'RandomSourceFailed', drawsUsed }))
    : step(live, E.left({ _tag: 'CollisionAttemptsExhausted', attempts: drawsUsed, drawsUsed }))
}

/**
 * Consumes `expected` if it is pending, not expired, and equal to `presented` (SPEC T4).
 *
 * @category steps
 * @since 0.1.0
 */
export function consume(
  model: TokenStoreModel, expected: HandoffToken, presented: HandoffToken, nowMs: number,
): Step<TokenStoreModel, Either<ConsumeError, void>> {
  const key = tokenKey(expected)
  const latestMs = later(model.latestMs, nowMs)
  const others = model.pending.filter((entry) => entry.key !== key && latestMs < entry.expiryMs)
  const own = model.pending.find((entry) => entry.key === key)
  const without = { ...model, latestMs, pending: others }
  if (own === undefined) return step(without, E.left({ _tag: 'TokenNotPending' }))
  if (latestMs >= own.expiryMs) {
    return step(without, E.left({ _tag: 'TokenExpired', expiredForMs: latestMs - own.expiryMs }))
  }
  if (tokenKey(presented) === key) return step(without, E.right(undefined))
  const pending = model.pending.filter((entry) => latestMs < entry.expiryMs)
  return step({ ...without, pending }, E.left({ _tag: 'TokenMismatch' }))
}

/**
 * Takes a token back; tells whether it was pending (SPEC T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function revoke(model: TokenStoreModel, token: HandoffToken): Step<TokenStoreModel, boolean> {
  const pending = model.pending.filter(({ key }) => key !== tokenKey(token))
  return step({ ...model, pending }, isPending(model, token))
}

/**
 * Removes every token with `now >= expiry`; tells how many (SPEC T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(model: TokenStoreModel, nowMs: number): Step<TokenStoreModel, number> {
  const latestMs = later(model.latestMs, nowMs)
  const pending = model.pending.filter(({ expiryMs }) => latestMs < expiryMs)
  return step({ ...model, latestMs, pending }, model.pending.length - pending.length)
}

/**
 * When the next token expires, or `undefined` where none is pending (DIV-A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs({ pending }: TokenStoreModel): number | undefined {
  return pending.length === 0 ? undefined : Math.min(...pending.map(({ expiryMs }) => expiryMs))
}

function isPending(model: TokenStoreModel, token: HandoffToken): boolean {
  return model.pending.some(({ key }) => key === tokenKey(token))
}

function tokensOf({ bytes, offset }: Draws): ReadonlyArray<HandoffToken> {
  const rest = bytes.slice(offset)
  return Array.from({ length: Math.floor(rest.length / 16) }, (_, i) => rest.slice(16 * i, 16 * i + 16))
    .map(handoffToken)
    .filter((token) => token !== undefined)
}
