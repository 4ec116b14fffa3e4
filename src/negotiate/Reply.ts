/**
 * An outcome as the bytes that answer a request (SPEC C3).
 *
 * **Laws**
 *  1. The answer is one whole frame: a response on the control plane, not compressed, no deadline,
 *     with the request's id and trace headers as they came, or 0 and empty where no frame was decoded.
 */
import { EMPTY_FRAME, type Frame } from '../wire/messages/Frame.js'
import type { HelloReply } from '../wire/messages/HelloReply.js'
import { type Allocate, type ReplyResult, replyToFrame } from '../wire/ReplyFrame.js'
import type { Ambient, Outcome } from './negotiate.js'

/**
 * The reply that tells an outcome.
 *
 * @category encodings
 * @since 0.1.0
 */
export function helloReply(outcome: Outcome): HelloReply {
  return { result: replyResult(outcome) }
}

/**
 * The framed answer to `request`, or to bytes that were no frame at all (SPEC C3).
 *
 * It always fits in a frame: a request's headers came in 64 KiB, and a policy's texts are bounded.
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeReply(
  outcome: Outcome, request: Frame = EMPTY_FRAME, allocate: Allocate = anArrayEach,
): Uint8Array {
  return replyToFrame(replyResult(outcome), request, allocate)
}

/** @internal The yes or no of an outcome. */
export function replyResult(outcome: Outcome): ReplyResult {
  return outcome._tag === 'Negotiated'
    ? { _tag: 'Negotiated', negotiated: outcome.reply }
    : { _tag: 'Refused', refused: outcome.reply }
}

/**
 * @internal Where an outcome's bytes come from: as the caller says, but never from there with a token in
 * them, because whoever is handed one reply may come by the array that it is a part of.
 */
export function allocatorFor(outcome: Outcome, { allocate }: Ambient): Allocate {
  const hasToken = outcome._tag === 'Negotiated' && outcome.handoff._tag === 'Granted'
  return hasToken || allocate === undefined ? anArrayEach : allocate
}

function anArrayEach(byteCount: number): Uint8Array {
  return new Uint8Array(byteCount)
}
