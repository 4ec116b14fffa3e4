/**
 * Whether a frame's envelope is what its reader expects: version, kind, payload protocol, encoding.
 *
 * **Laws**
 *  1. The first failing check, in exactly that order, is the one reported (SPEC E1–E4).
 *  2. Request id, deadline and trace headers are never looked at (SPEC E6).
 *
 * **Not here** decoding the payload: `HelloShape` for a Hello.
 * **Contract** the order and the texts are frozen.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { FrameKind, PayloadEncoding } from '../wire/messages/enums.js'
import type { Frame } from '../wire/messages/Frame.js'
import { PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../wire/Limits.js'

/**
 * What a reader expects of an envelope, beside version 1 and no compression.
 *
 * @category model
 * @since 0.1.0
 */
export interface ExpectedEnvelope {
  readonly kind: number
  readonly payloadProtocol: number
}

/**
 * The part of a frame that is checked.
 *
 * @category model
 * @since 0.1.0
 */
export type EnvelopeFields = Pick<Frame, 'envelopeVersion' | 'kind' | 'payloadProtocol' | 'payloadEncoding'>

/**
 * Why an envelope is not what was expected; each carries the number found.
 *
 * @category model
 * @since 0.1.0
 */
export type EnvelopeError =
  | { readonly _tag: 'UnsupportedEnvelopeVersion'; readonly actual: number; readonly expected: number }
  | { readonly _tag: 'UnexpectedFrameKind'; readonly actual: number; readonly expected: number }
  | { readonly _tag: 'UnexpectedPayloadProtocol'; readonly actual: number; readonly expected: number }
  | { readonly _tag: 'CompressedPayload'; readonly actual: number }

/**
 * The envelope of a Hello: a request on the control plane (SPEC E2, E3).
 *
 * @category constants
 * @since 0.1.0
 */
export const HELLO_ENVELOPE: ExpectedEnvelope = Object.freeze({
  kind: FrameKind.FRAME_KIND_REQUEST,
  payloadProtocol: PAYLOAD_PROTOCOL_CONTROL,
})

/**
 * Checks an envelope; the frame itself is the answer where it is as expected (SPEC E1–E4).
 *
 * @example
 * import assert from 'node:assert'
 * import { Envelope } from 'hello-negotiation/step'
 * import { frame } from 'hello-negotiation/wire'
 *
 * assert.deepEqual(Envelope.checkEnvelope(frame({ envelopeVersion: 2, kind: 3 }), Envelope.HELLO_ENVELOPE), {
 *   _tag: 'Left', left: { _tag: 'UnsupportedEnvelopeVersion', actual: 2, expected: 1 },
 * })
 *
 * @category steps
 * @since 0.1.0
 */
export function checkEnvelope<F extends EnvelopeFields>(frame: F, expected: ExpectedEnvelope): Either<EnvelopeError, F> {
  const { envelopeVersion, kind, payloadProtocol, payloadEncoding } = frame
  if (envelopeVersion !== PROTOCOL_VERSION) {
    return E.left({ _tag: 'UnsupportedEnvelopeVersion', actual: envelopeVersion, expected: PROTOCOL_VERSION })
  }
  if (kind !== expected.kind) {
    return E.left({ _tag: 'UnexpectedFrameKind', actual: kind, expected: expected.kind })
  }
  if (payloadProtocol !== expected.payloadProtocol) {
    return E.left({ _tag: 'UnexpectedPayloadProtocol', actual: payloadProtocol, expected: expected.payloadProtocol })
  }
  if (payloadEncoding !== PayloadEncoding.PAYLOAD_ENCODING_NONE) {
    return E.left({ _tag: 'CompressedPayload', actual: payloadEncoding })
  }
  return E.right(frame)
}
