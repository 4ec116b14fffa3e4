/**
 * What token laws take: the life of a token store, and tokens' bytes.
 */
import fc from 'fast-check'
import { type HandoffToken, tokenBytes } from '../../../data/HandoffToken.js'
import { MAX_INSTANT_MS } from '../../../data/Instant.js'
import type { Draws, TokenLimits } from '../../../step/TokenStore.js'
import { arbitraryDraws, arbitraryDuration, arbitraryToken, TOKEN_POOL } from '../../arbitrary/draws.js'
import type { Timeline } from '../live.js'
import type { LawArbitraries } from './LawArbitraries.js'
import { arbitraryLife } from './arbitraryLife.js'

/**
 * The kinds of input of token laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenInputs {
  readonly TokenLife: TokenLife
  readonly TokenPair: TokenPair
}

/**
 * A token store's limits, and what is done to it, when.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenLife {
  readonly limits: TokenLimits
  readonly events: Timeline<TokenEvent>
}

/**
 * One thing done to a token store.
 *
 * @category model
 * @since 0.1.0
 */
export type TokenEvent =
  | { readonly _tag: 'Consume'; readonly expected: HandoffToken; readonly presented: HandoffToken }
  | { readonly _tag: 'Expire' }
  | { readonly _tag: 'Issue'; readonly draws: Draws }
  | { readonly _tag: 'Revoke'; readonly token: HandoffToken }

/**
 * The bytes of two tokens, 16 each.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenPair {
  readonly first: Uint8Array
  readonly second: Uint8Array
}

/** @internal */
export const TOKEN_INPUTS: LawArbitraries<TokenInputs> = {
  TokenLife: () => arbitraryLife(fc.record({ limits: arbitraryLimits() }), ({ limits }) => limits.ttlMs, arbitraryEvent()),
  TokenPair: () => fc.record({ first: arbitraryToken().map(tokenBytes), second: arbitraryToken().map(tokenBytes) }),
}

/** @internal Limits so small that a short life meets them, and lives that are too long to be added to an instant. */
export function arbitraryLimits(): fc.Arbitrary<TokenLimits> {
  const ttlMs = fc.oneof({ arbitrary: arbitraryDuration(), weight: 12 }, { arbitrary: arbitraryTooLong(), weight: 1 })
  return fc.record({ maxPending: fc.nat({ max: 4 }), ttlMs, collisionAttempts: fc.nat({ max: 4 }) })
}

/** @internal A duration that is over at once, because no instant is so far off (SPEC T2, A1). */
export function arbitraryTooLong(): fc.Arbitrary<number> {
  return fc.constantFrom(MAX_INSTANT_MS, MAX_INSTANT_MS + 1, 2 ** 53, 2 ** 64, Number.MAX_VALUE, Infinity)
}

/** @internal A token: mostly one of two, so that what is done to one is often about what was done to it before. */
export function arbitraryHotToken(): fc.Arbitrary<HandoffToken> {
  return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...TOKEN_POOL.slice(0, 2)) }, { weight: 1, arbitrary: arbitraryToken() })
}

/** @internal Draws of which the first is mostly a hot token, and now and then any at all or none. */
export function arbitraryHotDraws(): fc.Arbitrary<Draws> {
  const hot = fc.array(arbitraryHotToken(), { minLength: 1, maxLength: 3 })
    .map((tokens) => ({ bytes: Uint8Array.from(tokens.flatMap((token) => [...tokenBytes(token)])), offset: 0 }))
  return fc.oneof({ weight: 3, arbitrary: hot }, { weight: 1, arbitrary: arbitraryDraws(5) })
}

/** @internal The tag of an event. */
export function tag<T extends string>(name: T): fc.Arbitrary<T> {
  return fc.constant(name)
}

function arbitraryEvent(): fc.Arbitrary<TokenEvent> {
  const token = arbitraryHotToken()
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ _tag: tag('Issue'), draws: arbitraryHotDraws() }) },
    { weight: 3, arbitrary: token.map((own) => ({ _tag: 'Consume' as const, expected: own, presented: own })) },
    { weight: 2, arbitrary: fc.record({ _tag: tag('Consume'), expected: token, presented: token }) },
    { weight: 1, arbitrary: fc.record({ _tag: tag('Revoke'), token }) },
    { weight: 1, arbitrary: fc.record({ _tag: tag('Expire') }) },
  )
}
