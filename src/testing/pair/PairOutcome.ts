/**
 * How a client's life ends, in one of these ways and only once.
 */
import type { GiveUpReason } from '../../client/Plan.js'
import type { RequestFault } from '../../client/RequestFault.js'
import type { Route } from '../../client/Route.js'

/**
 * A backend has answered the client's question, by that route; the client does without the broker; it gives up; its
 * request was none; or it is gone.
 *
 * @category model
 * @since 0.1.0
 */
export type PairOutcome =
  | { readonly _tag: 'Connected'; readonly route: Route; readonly endpoint: string }
  | { readonly _tag: 'DirectPath' }
  | { readonly _tag: 'GaveUp'; readonly why: GiveUpReason }
  | { readonly _tag: 'RequestInvalid'; readonly faults: ReadonlyArray<RequestFault> }
  | { readonly _tag: 'Vanished' }

/**
 * The outcome in a word or two, to tell the ways apart.
 *
 * @category queries
 * @since 0.1.0
 */
export function outcomeName(outcome: PairOutcome | undefined): string {
  if (outcome === undefined) return 'None'
  if (outcome._tag === 'Connected') return `Connected ${outcome.route}`
  return outcome._tag === 'GaveUp' ? `GaveUp ${outcome.why._tag}` : outcome._tag
}
