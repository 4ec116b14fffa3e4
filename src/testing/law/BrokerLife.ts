/**
 * A broker's life as laws see it: a policy, and what happens under it, in order.
 */
import type { HandoffToken } from '../../data/HandoffToken.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Step } from '../../data/Step.js'
import { absurd } from '../../data/absurd.js'
import type { Answer } from '../../negotiate/answer.js'
import type { BrokerState } from '../../negotiate/BrokerState.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { Draws } from '../../step/TokenStore.js'
import type { Hello } from '../../wire/messages/Hello.js'
import type { Steps } from './Steps.js'

/**
 * A policy, and what happens under it.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerLife {
  readonly policy: Policy
  readonly events: ReadonlyArray<readonly [nowMs: number, event: BrokerHappening]>
}

/**
 * One thing that happens to a broker.
 *
 * @category model
 * @since 0.1.0
 */
export type BrokerHappening =
  | HelloCame
  | { readonly _tag: 'Abandon'; readonly token: HandoffToken }
  | { readonly _tag: 'Acknowledge'; readonly token: HandoffToken }
  | { readonly _tag: 'Consume'; readonly expected: HandoffToken; readonly presented: HandoffToken }
  | { readonly _tag: 'Expire' }

/**
 * A peer sends a frame, which mostly is a Hello: `hello` is what the frame was made of, where it holds one.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloCame {
  readonly _tag: 'Hello'
  readonly bytes: Uint8Array
  readonly hello: Hello | undefined
  readonly peer: PeerIdentity
  readonly draws: Draws
}

/** @internal What one event did: the state before it and after it, and what was learned. */
export interface Lived<E extends BrokerHappening = BrokerHappening> {
  readonly nowMs: number
  readonly event: E
  readonly before: BrokerState
  readonly after: BrokerState
  readonly value: unknown
}

/** @internal A Hello of a life, with its answer. */
export interface AnsweredHello extends Lived<HelloCame> {
  readonly value: Answer
}

/** @internal The life of a broker under the steps, event by event. */
export function lived(steps: Steps, { policy, events }: BrokerLife, from = steps.Exchange.initialState(policy)): ReadonlyArray<Lived> {
  let state = from
  return events.map(([nowMs, event]) => {
    const before = state
    const { state: after, value } = happen(steps, policy, before, nowMs, event)
    state = after
    return { nowMs, event, before, after, value }
  })
}

/** @internal The Hellos of a life, with their answers. */
export function hellosOf(steps: Steps, life: BrokerLife): ReadonlyArray<AnsweredHello> {
  return lived(steps, life).filter((one): one is AnsweredHello => one.event._tag === 'Hello')
}

/** @internal One event, under the steps. */
export function happen(
  { Deadlines, Exchange, Handoffs }: Steps, policy: Policy, state: BrokerState, nowMs: number, event: BrokerHappening,
): Step<BrokerState, unknown> {
  switch (event._tag) {
    case 'Abandon':
      return Handoffs.abandon(state, event.token)
    case 'Acknowledge':
      return Handoffs.acknowledge(state, event.token, nowMs)
    case 'Consume':
      return Handoffs.consume(state, event.expected, event.presented, nowMs)
    case 'Expire':
      return Deadlines.expire(state, nowMs)
    case 'Hello':
      return Exchange.exchange(policy, state, event.bytes, event.peer, { nowMs, draws: event.draws })
    default:
      return absurd(event)
  }
}
