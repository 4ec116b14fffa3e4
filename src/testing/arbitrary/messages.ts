/**
 * Messages for fast-check: one arbitrary a message of the wire, every field at its edges.
 *
 * All of them are valid, so encoding and decoding one gives it back. Texts are well-formed: one with
 * a lone surrogate has an encoding, but not its own.
 */
import fc from 'fast-check'
import type { Frame } from '../../wire/messages/Frame.js'
import type { HandoffAck } from '../../wire/messages/HandoffAck.js'
import type { HandoffOffer } from '../../wire/messages/HandoffOffer.js'
import type { Hello } from '../../wire/messages/Hello.js'
import { EMPTY_HELLO_REPLY, type HelloReply } from '../../wire/messages/HelloReply.js'
import type { Negotiated } from '../../wire/messages/Negotiated.js'
import type { Refused } from '../../wire/messages/Refused.js'
import type { ServiceDefinition } from '../../wire/messages/ServiceDefinition.js'
import type { Codec, CODECS } from '../../wire/messages/codecs.js'
import type { MessageName } from '../../wire/messages/schema.js'
import { arbitraryText, arbitraryU32, arbitraryU64 } from './bytes.js'

/**
 * The message of this name.
 *
 * @category model
 * @since 0.1.0
 */
export type MessageOf<N extends MessageName> = (typeof CODECS)[N] extends Codec<infer A> ? A : never

/**
 * The message of this name: one of the arbitraries below, for code that goes by name.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryMessage<N extends MessageName>(name: N): fc.Arbitrary<MessageOf<N>> {
  return ARBITRARIES[name]()
}

const ARBITRARIES: { readonly [N in MessageName]: () => fc.Arbitrary<MessageOf<N>> } = {
  Frame: arbitraryFrame,
  Hello: arbitraryHello,
  Negotiated: arbitraryNegotiated,
  Refused: arbitraryRefused,
  HelloReply: arbitraryHelloReply,
  HandoffOffer: arbitraryHandoffOffer,
  HandoffAck: arbitraryHandoffAck,
  ServiceDefinition: arbitraryServiceDefinition,
}

/**
 * A frame.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryFrame(): fc.Arbitrary<Frame> {
  return fc.record({
    envelopeVersion: arbitraryU32(),
    kind: arbitraryEnum(),
    payloadProtocol: arbitraryU32(),
    payload: arbitraryField(),
    requestId: arbitraryU64(),
    payloadEncoding: arbitraryEnum(),
    deadlineUnixMs: arbitraryU64(),
    traceparent: arbitraryText(),
    tracestate: arbitraryText(),
  }, PLAIN)
}

/**
 * A Hello, legal on the wire and nothing more: most of these a broker refuses.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHello(): fc.Arbitrary<Hello> {
  return fc.record({
    clientMinProtocol: arbitraryU32(),
    clientMaxProtocol: arbitraryU32(),
    serviceName: arbitraryText(),
    wantedVersion: arbitraryText(),
    clientVersion: arbitraryText(),
    clientCapabilities: arbitraryU64(),
    authToken: arbitraryField(),
    requestId: arbitraryText(),
    connectionId: arbitraryU64(),
    peerPid: arbitraryU32(),
    clientLibName: arbitraryText(),
    clientLibVersion: arbitraryText(),
    peerAttestationNonce: arbitraryField(),
    capabilityToken: arbitraryField(),
    clientKeepaliveSecs: arbitraryU64(),
  }, PLAIN)
}

/**
 * A broker's yes.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNegotiated(): fc.Arbitrary<Negotiated> {
  return fc.record({
    negotiatedProtocol: arbitraryU32(),
    daemonVersion: arbitraryText(),
    backendPipe: arbitraryText(),
    warnings: fc.array(arbitraryText(), { maxLength: 4 }),
    serverCapabilities: arbitraryU64(),
    keepaliveIntervalSecs: arbitraryU64(),
    handlePassedToken: arbitraryField(),
    connectionId: arbitraryU64(),
  }, PLAIN)
}

/**
 * A broker's no.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryRefused(): fc.Arbitrary<Refused> {
  return fc.record({
    reason: arbitraryText(),
    daemonMinProtocol: arbitraryU32(),
    daemonMaxProtocol: arbitraryU32(),
    code: arbitraryEnum(),
    details: arbitraryMap(),
    retryAfterMs: arbitraryU64(),
  }, PLAIN)
}

/**
 * An answer to a Hello: yes, no, or neither.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHelloReply(): fc.Arbitrary<HelloReply> {
  return fc.oneof(
    { arbitrary: arbitraryNegotiated().map((negotiated): HelloReply => ({ result: { _tag: 'Negotiated', negotiated } })), weight: 4 },
    { arbitrary: arbitraryRefused().map((refused): HelloReply => ({ result: { _tag: 'Refused', refused } })), weight: 4 },
    { arbitrary: fc.constant(EMPTY_HELLO_REPLY), weight: 1 },
  )
}

/**
 * A broker's offer of a connection.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHandoffOffer(): fc.Arbitrary<HandoffOffer> {
  return fc.record({
    handleValue: arbitraryU64(), token: arbitraryField(), serviceName: arbitraryText(), correlationId: arbitraryU64(),
  }, PLAIN)
}

/**
 * A backend's answer to an offer.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHandoffAck(): fc.Arbitrary<HandoffAck> {
  return fc.record({
    token: arbitraryField(), accepted: fc.boolean(), errorDetail: arbitraryText(), correlationId: arbitraryU64(),
  }, PLAIN)
}

/**
 * A service's description on disk.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryServiceDefinition(): fc.Arbitrary<ServiceDefinition> {
  return fc.record({
    serviceName: arbitraryText(),
    binaryPath: arbitraryText(),
    isolation: arbitraryEnum(),
    explicitInstance: arbitraryText(),
    perVersionBinaryDir: arbitraryText(),
    minVersion: arbitraryText(),
    versionAllowList: fc.array(arbitraryText(), { maxLength: 4 }),
    labels: arbitraryMap(),
  }, PLAIN)
}

// Decoded messages are plain objects, so what they are compared with is too.
const PLAIN = { noNullPrototype: true } as const

/** An open enum's number: a listed one, the next few, and any other 32 bits, negative ones too. */
function arbitraryEnum(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat({ max: 12 }), fc.constantFrom(-1, -(2 ** 31), 2 ** 31 - 1), fc.integer())
}

/** The contents of a bytes field: a token's length often, and those where the length itself grows. */
function arbitraryField(): fc.Arbitrary<Uint8Array> {
  const length = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength, maxLength })
  return fc.oneof(length(16, 16), length(0, 40), length(126, 130))
}

/** Keys among them that a plain object would trip over. */
function arbitraryMap(): fc.Arbitrary<ReadonlyMap<string, string>> {
  const key = fc.oneof(fc.constantFrom('', '__proto__', 'constructor', '1', '\ufffd', '𐀀'), arbitraryText())
  return fc.array(fc.tuple(key, arbitraryText()), { maxLength: 4 }).map((entries) => new Map(entries))
}
