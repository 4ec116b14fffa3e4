/**
 * What happened in a life, as plain data in order.
 *
 * **Laws**
 *  1. It shows no byte of a message: bytes and tokens are told by a mark, which differs where they do.
 */
import type { ActorName, LinkId } from './PairNames.js'
import type { PairOutcome } from './PairOutcome.js'

/**
 * One event: when in true milliseconds, whose, and what.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairEvent {
  readonly atMs: number
  readonly who: ActorName | 'World'
  readonly fact: PairFact
}

/**
 * What can be told of a life. `Came` is an input that reached its actor, `Struck` a fault that took effect.
 *
 * @category model
 * @since 0.1.0
 */
export type PairFact =
  | { readonly _tag: 'Accepted'; readonly link: LinkId; readonly channel: LinkId; readonly token: string }
  | { readonly _tag: 'Answered'; readonly link: LinkId; readonly as: string; readonly grant: string }
  | { readonly _tag: 'Attempted'; readonly link: LinkId; readonly version: string }
  | { readonly _tag: 'Came'; readonly input: string; readonly link: LinkId; readonly size: number; readonly mark: string }
  | { readonly _tag: 'Declined'; readonly link: LinkId; readonly channel: LinkId; readonly error: string }
  | { readonly _tag: 'Ended'; readonly outcome: PairOutcome }
  | { readonly _tag: 'HandoffEnded'; readonly link: LinkId; readonly as: string; readonly owner: string }
  | { readonly _tag: 'Happened'; readonly what: string; readonly hintMs: number }
  | { readonly _tag: 'Issued'; readonly link: LinkId; readonly token: string }
  | { readonly _tag: 'Moved'; readonly move: string; readonly waitMs: number }
  | { readonly _tag: 'Struck'; readonly fault: string }
  | { readonly _tag: 'TokenLeft'; readonly how: 'Abandoned' | 'Acknowledged' | 'Consumed' | 'Overdue'; readonly token: string }
