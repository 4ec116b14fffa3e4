/**
 * From an event of a connection to the bytes that answer it: what every host does, as one step.
 *
 * **Laws**
 *  1. Any bytes at all get an answer from `exchange`, the one a connection would get that sent them
 *     and closed its side (SPEC C3, C4).
 */
import type { PeerIdentity } from '../data/PeerIdentity.js'
import { type Step, step } from '../data/Step.js'
import type { TraceContext } from '../step/TraceContext.js'
import type { BrokerState } from './BrokerState.js'
import * as Connection from './Connection.js'
import { type Ambient, negotiate, type Outcome, refusedOutcome } from './negotiate.js'
import type { Policy } from './Policy.js'
import { encodeReply } from './Reply.js'

/**
 * A whole framed reply, and the outcome that it tells.
 *
 * @category model
 * @since 0.1.0
 */
export interface Answer {
  readonly bytes: Uint8Array
  readonly outcome: Outcome
  /** The request's trace headers as they came, empty where there was no frame (SPEC C8). */
  readonly trace: TraceContext
}

const NO_TRACE: TraceContext = Object.freeze({ traceparent: '', tracestate: '' })

/**
 * Answers a Hello's frame, or the failure to send one (SPEC C3, C4).
 *
 * @category steps
 * @since 0.1.0
 */
export function answer(
  policy: Policy, state: BrokerState, event: Connection.Failed | Connection.HelloFrame, peer: PeerIdentity, ambient: Ambient,
): Step<BrokerState, Answer> {
  if (event._tag === 'Failed') {
    const outcome = refusedOutcome(event.error)
    return step(state, { bytes: encodeReply(outcome), outcome, trace: NO_TRACE })
  }
  const { frame } = event
  const { state: next, value: outcome } = negotiate(policy, state, { frame, peer }, ambient)
  return step(next, { bytes: encodeReply(outcome, frame), outcome, trace: { traceparent: frame.traceparent, tracestate: frame.tracestate } })
}

/**
 * Answers a whole framed request held in one piece; bytes after it are not looked at.
 *
 * @category steps
 * @since 0.1.0
 */
export function exchange(
  policy: Policy, state: BrokerState, bytes: Uint8Array, peer: PeerIdentity, ambient: Ambient,
): Step<BrokerState, Answer> {
  const opened = Connection.connection(ambient.nowMs, policy.helloTimeoutMs)
  const whole = Connection.pushEnd(Connection.push(opened, bytes))
  // Once its end is pushed, a connection that has told nothing yet has a frame or a failure to tell.
  const event = Connection.next(whole).value as Connection.Failed | Connection.HelloFrame
  return answer(policy, state, event, peer, ambient)
}
