/**
 * An arbitrary for every kind of input that a law takes: the one place where laws meet fast-check.
 */
import fc from 'fast-check'
import { arbitraryDraws, arbitraryDuration, arbitraryTimeline, arbitraryToken } from '../arbitrary/draws.js'
import { BROKER_INPUTS } from './inputs/brokerLife.js'
import { CLIENT_INPUTS } from './inputs/client.js'
import { HANDOFF_INPUTS } from './inputs/handoff.js'
import type { LawInput, LawInputs, TokenEvent } from './LawInputs.js'

/**
 * Where the inputs of laws come from.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const LAW_INPUTS: { readonly [K in LawInput]: fc.Arbitrary<LawInputs[K]> } = Object.freeze({
  ...BROKER_INPUTS,
  ...CLIENT_INPUTS,
  ...HANDOFF_INPUTS,
  TokenLife: fc.record({
    limits: fc.record({ maxPending: fc.nat({ max: 4 }), ttlMs: arbitraryDuration(), collisionAttempts: fc.nat({ max: 4 }) }),
    events: arbitraryTimeline(tokenEvent(), { maxLength: 40 }),
  }),
})

function tokenEvent(): fc.Arbitrary<TokenEvent> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant('Issue' as const), draws: arbitraryDraws(5) }) },
    { weight: 3, arbitrary: arbitraryToken().map((own) => ({ _tag: 'Consume' as const, expected: own, presented: own })) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant('Consume' as const), expected: arbitraryToken(), presented: arbitraryToken() }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant('Revoke' as const), token: arbitraryToken() }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant('Expire' as const) }) },
  )
}
