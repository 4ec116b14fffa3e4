/**
 * The steps that laws are about: the library's own modules, or anybody's functions with the same signatures.
 */
import * as TokenStore from '../../step/TokenStore.js'

/**
 * The steps under judgement, a module each.
 *
 * @category model
 * @since 0.1.0
 */
export interface Steps {
  readonly TokenStore: typeof TokenStore
}

/**
 * This library's own steps.
 *
 * @category constants
 * @since 0.1.0
 */
export const OUR_STEPS: Steps = Object.freeze({ TokenStore })

/**
 * Some functions of some modules in place of ours: all else is.
 *
 * @category model
 * @since 0.1.0
 */
export type OwnSteps = { readonly [M in keyof Steps]?: Partial<Steps[M]> }

/**
 * Our steps with somebody's own in place of some.
 *
 * @example
 * import assert from 'node:assert'
 * import { OUR_STEPS, stepsWith } from 'hello-negotiation/testing'
 *
 * const steps = stepsWith({ TokenStore: { pendingCount: () => 0 } })
 * assert.equal(steps.TokenStore.pendingCount(steps.TokenStore.tokenStore()), 0)
 * assert.equal(steps.TokenStore.issue, OUR_STEPS.TokenStore.issue)
 *
 * @category constructors
 * @since 0.1.0
 */
export function stepsWith(own: OwnSteps): Steps {
  const modules = Object.keys(OUR_STEPS) as ReadonlyArray<keyof Steps>
  return Object.fromEntries(modules.map((name) => [name, { ...OUR_STEPS[name], ...own[name] }])) as unknown as Steps
}
