/**
 * Answers to a client that are wrong in one place, for fast-check.
 */
import fc from 'fast-check'
import type { ReplyExpectation } from '../../client/ClientHello.js'
import type { AnswerError } from '../../client/ClientOutcome.js'
import { HANDOFF_TOKEN_BYTES, tokenBytes } from '../../data/HandoffToken.js'
import { isU32 } from '../../data/U64.js'
import type { ExpectedEnvelope } from '../../step/Envelope.js'
import { FRAME_BODY_MAX_BYTES, PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../../wire/Limits.js'
import { FrameKind } from '../../wire/messages/enums.js'
import { encodeFrame, type Frame, frame } from '../../wire/messages/Frame.js'
import { encodeHelloReply } from '../../wire/messages/HelloReply.js'
import type { Negotiated } from '../../wire/messages/Negotiated.js'
import { arbitraryNearlyToken, arbitraryToken } from './draws.js'
import { arbitraryNearlyEnvelope, arbitraryNearlyFramed, framed, framedFrame } from './envelopes.js'
import { arbitraryMalformed } from './malformed.js'
import { arbitraryNegotiated } from './messages.js'
import type { Nearly } from './Nearly.js'

/**
 * A stream that answers this request but for one thing, and the error that a client of the v1 dialect finds in
 * it once it ends (SPEC G5, G6, DIV-G1).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyReply(expected: ReplyExpectation): fc.Arbitrary<Nearly<Uint8Array, AnswerError>> {
  return arbitrarySoundYes(expected).chain((yes) => {
    const sound = yesFrame(expected, yes)
    const spoilt = (off: string, fields: Partial<Negotiated>, error: AnswerError): Nearly<Uint8Array, AnswerError> =>
      ({ off, value: framedFrame(yesFrame(expected, { ...yes, ...fields })), error })
    return fc.oneof(
      arbitraryNearlyFramed(encodeFrame(sound), FRAME_BODY_MAX_BYTES),
      arbitraryMalformed('Frame').map(({ value, error }) => ({ off: 'Frame', value: framed(value), error })),
      arbitraryNearlyEnvelope(sound, REPLY_ENVELOPE).map(({ off, value, error }) => ({ off, value: framedFrame(value), error })),
      arbitraryMalformed('HelloReply').map(({ value: payload, error }) =>
        ({ off: 'HelloReply', value: framedFrame({ ...sound, payload }), error })),
      fc.constantFrom(new Uint8Array(0), Uint8Array.of(0x18, 0x01)).map((payload) =>
        ({ off: 'neither yes nor no', value: framedFrame({ ...sound, payload }), error: { _tag: 'MissingResult' } as const })),
      fc.constantFrom(1n, 1n << 32n, 1n << 63n).map((bit) => expected.frameRequestId ^ bit).map((actual) => ({
        off: 'request id',
        value: framedFrame({ ...sound, requestId: actual }),
        error: { _tag: 'RequestIdMismatch', actual, expected: expected.frameRequestId } as const,
      })),
      ...protocolsOutside(expected).map((actual) => fc.constant(spoilt('protocol', { negotiatedProtocol: actual }, {
        _tag: 'ProtocolNotOffered', actual, min: expected.minProtocol, max: expected.maxProtocol,
      }))),
      arbitraryNearlyToken().filter(({ value }) => value.length > 0).map(({ value }) =>
        spoilt('token', { handlePassedToken: value }, {
          _tag: 'InvalidTokenLength', actual: value.length, expected: HANDOFF_TOKEN_BYTES,
        })),
      fc.constant(spoilt('endpoint', { backendPipe: '', serverCapabilities: 0n }, { _tag: 'EmptyBackendPipe' })),
    )
  })
}

/** As the client reads one (SPEC G5). */
const REPLY_ENVELOPE: ExpectedEnvelope = { kind: FrameKind.FRAME_KIND_RESPONSE, payloadProtocol: PAYLOAD_PROTOCOL_CONTROL }

/** A yes that can be taken. */
function arbitrarySoundYes({ minProtocol, maxProtocol }: ReplyExpectation): fc.Arbitrary<Negotiated> {
  return fc.record({
    any: arbitraryNegotiated(),
    negotiatedProtocol: fc.constantFrom(minProtocol, maxProtocol),
    handlePassedToken: fc.oneof(fc.constant(new Uint8Array(0)), arbitraryToken().map(tokenBytes)),
  }).map(({ any, ...parts }) => ({ ...any, ...parts, backendPipe: '/run/zccache.sock' }))
}

function yesFrame({ frameRequestId }: ReplyExpectation, negotiated: Negotiated): Frame {
  return frame({
    envelopeVersion: PROTOCOL_VERSION,
    kind: REPLY_ENVELOPE.kind,
    payload: encodeHelloReply({ result: { _tag: 'Negotiated', negotiated } }),
    requestId: frameRequestId,
  })
}

function protocolsOutside({ minProtocol, maxProtocol }: ReplyExpectation): ReadonlyArray<number> {
  return [minProtocol - 1, maxProtocol + 1].filter(isU32)
}
