/**
 * From an event of a connection to the bytes that answer it: what every host does, as one step.
 *
 * **Laws**
 *  1. Any bytes at all get an answer from `exchange`, the one a connection would get that sent them
 *     and closed its side (SPEC C3, C4).
 *  2. A peer that the policy does not admit gets no byte, and changes nothing (SPEC C1).
 */
import { NO_BYTES } from '../data/Bytes.js'
import type { PeerIdentity } from '../data/PeerIdentity.js'
import { type Step, step } from '../data/Step.js'
import { admitPeer, type PeerNotOwner } from '../step/PeerPolicy.js'
import { locateFrame } from '../wire/FrameHeader.js'
import { HELLO_BODY_MAX_BYTES } from '../wire/Limits.js'
import { replyToView } from '../wire/ReplyFrame.js'
import { viewRequest } from '../wire/RequestView.js'
import type { BrokerState } from './BrokerState.js'
import type * as Connection from './Connection.js'
import { type Ambient, negotiate, negotiatePayload, type Outcome, refusedOutcome } from './negotiate.js'
import type { Policy } from './Policy.js'
import { allocatorFor, encodeReply, replyResult } from './Reply.js'

/**
 * A whole framed reply, and the outcome that it tells; no bytes for a peer that the policy does not admit.
 *
 * @category model
 * @since 0.1.0
 */
export interface Answer {
  readonly bytes: Uint8Array
  readonly outcome: Outcome
}

/**
 * Answers a Hello's frame, or the failure to send one (SPEC C3, C4).
 *
 * @category steps
 * @since 0.1.0
 */
export function answer(
  policy: Policy, state: BrokerState, event: Connection.Failed | Connection.HelloFrame, peer: PeerIdentity, ambient: Ambient,
): Step<BrokerState, Answer> {
  const admitted = admitPeer(policy.peerPolicy, peer)
  if (admitted._tag === 'Left') return silence(state, admitted.left)
  if (event._tag === 'Failed') return answerFailure(state, event.error, ambient)
  const { frame } = event
  const { state: next, value: outcome } = negotiate(policy, state, { frame, peer }, ambient)
  return step(next, { bytes: encodeReply(outcome, frame, allocatorFor(outcome, ambient)), outcome })
}

/**
 * Answers a whole framed request held in one piece; bytes after it are not looked at, none are kept
 * (SPEC C3, C4).
 *
 * @category steps
 * @since 0.1.0
 */
export function exchange(
  policy: Policy, state: BrokerState, bytes: Uint8Array, peer: PeerIdentity, ambient: Ambient,
): Step<BrokerState, Answer> {
  const admitted = admitPeer(policy.peerPolicy, peer)
  if (admitted._tag === 'Left') return silence(state, admitted.left)
  const span = locateFrame(bytes, HELLO_BODY_MAX_BYTES)
  if (span._tag === 'Left') return answerFailure(state, span.left, ambient)
  const view = viewRequest(bytes, span.right.start, span.right.end)
  if (view._tag === 'Left') return answerFailure(state, { _tag: 'MalformedFrame', cause: view.left }, ambient)
  const request = view.right
  const { payloadEnd: end, payloadBytes } = request
  const { state: next, value: outcome } = negotiatePayload(policy, state, request, bytes, end - payloadBytes, end, peer, ambient)
  return step(next, { bytes: replyToView(replyResult(outcome), request, allocatorFor(outcome, ambient)), outcome })
}

/** An answer of no bytes: a host that writes them and closes has kept silent. */
function silence(state: BrokerState, error: PeerNotOwner): Step<BrokerState, Answer> {
  return step(state, { bytes: NO_BYTES, outcome: refusedOutcome(error) })
}

function answerFailure(state: BrokerState, error: Connection.ConnectionError, ambient: Ambient): Step<BrokerState, Answer> {
  const outcome = refusedOutcome(error)
  return step(state, { bytes: encodeReply(outcome, undefined, allocatorFor(outcome, ambient)), outcome })
}
