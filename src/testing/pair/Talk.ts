/**
 * What the actors of a simulated world and the world itself say to each other: inputs go to an actor, commands
 * come from it. Actors know neither each other nor time, and the world knows none of their decisions.
 *
 * An actor is a record, a total step from an input and its clock's reading to commands, and a next deadline.
 */
import type { HandoffToken } from '../../data/HandoffToken.js'
import { type Step, step } from '../../data/Step.js'
import type { LinkId, MessageName, TokenOperation } from './PairNames.js'
import type { PairFact } from './Trace.js'

/**
 * What an actor is told: what became of what it asked for, what came from others, that its deadline may have come.
 *
 * @category model
 * @since 0.1.0
 */
export type Input =
  | { readonly _tag: 'Asked'; readonly operation: TokenOperation }
  | { readonly _tag: 'Bytes'; readonly link: LinkId; readonly bytes: Uint8Array }
  | { readonly _tag: 'Delivered'; readonly link: LinkId }
  | { readonly _tag: 'DeliveryFailed'; readonly link: LinkId; readonly mayHaveArrived: boolean }
  | { readonly _tag: 'Ended'; readonly link: LinkId }
  | { readonly _tag: 'OpenFailed'; readonly link: LinkId }
  | { readonly _tag: 'Opened'; readonly link: LinkId }
  | { readonly _tag: 'SocketCame'; readonly link: LinkId; readonly stream: LinkId; readonly token: HandoffToken }
  | { readonly _tag: 'Unwritten'; readonly link: LinkId; readonly message: MessageName }
  | { readonly _tag: 'Woken' }
  | { readonly _tag: 'Written'; readonly link: LinkId; readonly message: MessageName }

/**
 * What an actor asks for. `Deliver` sends a copy of the stream's server end, with the token beside it, over a new
 * channel to the backend, and the offer after it; `Serve` says that the stream that came over `copy` is served from
 * now on. `Close` closes the actor's own end, or the copy named.
 *
 * @category model
 * @since 0.1.0
 */
export type Command =
  | { readonly _tag: 'Close'; readonly link: LinkId; readonly copy?: LinkId }
  | {
      readonly _tag: 'Deliver'
      readonly link: LinkId
      readonly channel: LinkId
      readonly token: HandoffToken
      readonly offer: Uint8Array
    }
  | { readonly _tag: 'Open'; readonly link: LinkId; readonly endpoint: string }
  | { readonly _tag: 'Serve'; readonly link: LinkId; readonly copy: LinkId }
  | { readonly _tag: 'Tell'; readonly fact: PairFact }
  | { readonly _tag: 'Write'; readonly link: LinkId; readonly message: MessageName; readonly bytes: Uint8Array }

/**
 * An actor's next state, and what it asks for.
 *
 * @category model
 * @since 0.1.0
 */
export type Acting<S> = Step<S, ReadonlyArray<Command>>

/** @internal The endpoint of the broker, which no backend has. */
export const BROKER_ENDPOINT = '/run/broker.sock'

/** @internal An actor that asks for nothing. */
export function still<S>(state: S): Acting<S> {
  return step(state, [])
}

/** @internal The same actor's next step, with what was asked for before in front. */
export function after<S>(commands: ReadonlyArray<Command>, next: Acting<S>): Acting<S> {
  return step(next.state, [...commands, ...next.value])
}

/** @internal */
export function tell(fact: PairFact): Command {
  return { _tag: 'Tell', fact }
}

/** @internal */
export function close(link: LinkId): Command {
  return { _tag: 'Close', link }
}
