/**
 * The kinds of input that laws take, by name. Each is plain data, and small enough to be read when a law fails.
 *
 * **Not here** arbitraries: `inputs` has one for each name.
 */
import type { HandoffToken } from '../../data/HandoffToken.js'
import type { Draws, TokenLimits } from '../../step/TokenStore.js'

/**
 * What a law may ask for.
 *
 * @category model
 * @since 0.1.0
 */
export interface LawInputs {
  readonly TokenLife: TokenLife
}

/**
 * The name of a kind of input.
 *
 * @category model
 * @since 0.1.0
 */
export type LawInput = keyof LawInputs

/**
 * A token store's limits, and what is done to it, when.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenLife {
  readonly limits: TokenLimits
  readonly events: ReadonlyArray<readonly [nowMs: number, event: TokenEvent]>
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
