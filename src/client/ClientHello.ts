/**
 * A client's Hello, checked before it is sent, with what is needed to judge the reply to it.
 *
 * **State** the framed bytes, and what a reply is held against: the request id it has to echo, the protocol
 * versions asked for, and whether handle passing was offered.
 *
 * **Laws**
 *  1. Every fault of a request is told at once.
 *  2. What is built is no longer than a broker reads, decodes to the request, and passes its shape checks.
 *
 * **Not here** sending what a broker would refuse, to see it refused: `encodeHelloRequest` checks nothing.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { CAP_HANDLE_PASSING, hasCapability } from '../data/Capabilities.js'
import { HELLO_BODY_MAX_BYTES, PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../wire/Limits.js'
import { framed } from '../wire/FrameHeader.js'
import { encodeFrame, frame } from '../wire/messages/Frame.js'
import { encodeHello, type Hello } from '../wire/messages/Hello.js'
import { CLIENT_REQUEST_DEFAULTS, type ClientRequest, type ClientRequestFields } from './ClientRequest.js'
import { faultsOf, type RequestFault } from './RequestFault.js'

/**
 * A Hello to be sent as it is.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientHello extends ReplyExpectation {
  /** The whole frame. */
  readonly bytes: Uint8Array
}

/**
 * What a reply is held against.
 *
 * @category model
 * @since 0.1.0
 */
export interface ReplyExpectation {
  readonly frameRequestId: bigint
  readonly minProtocol: number
  readonly maxProtocol: number
  readonly offersHandlePassing: boolean
}

/**
 * Checks a request and builds its Hello, or tells every fault of it (SPEC G1, H1–H5, F3).
 *
 * @example
 * import assert from 'node:assert'
 * import { clientHello, describeRequestFault } from 'hello-negotiation'
 *
 * const sound = clientHello({ serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(sound._tag === 'Right' && sound.right.bytes[0], 0x01)
 *
 * const broken = clientHello({ serviceName: 'ZCCache', wantedVersion: 'latest', peerPid: -1 })
 * assert.deepEqual(broken._tag === 'Left' && broken.left.map(describeRequestFault), [
 *   'serviceName: found "ZCCache"; expected 1 to 64 of a-z, 0-9 and -',
 *   'wantedVersion: found "latest"; expected a version such as 1.11.20 or 1.11.20-rc.1, of at most 64 bytes',
 *   'peerPid: found -1; expected a whole number from 0 to 4294967295',
 * ])
 *
 * @category constructors
 * @since 0.1.0
 */
export function clientHello(fields: ClientRequestFields): Either<ReadonlyArray<RequestFault>, ClientHello> {
  const request: ClientRequest = { ...CLIENT_REQUEST_DEFAULTS, ...fields }
  const body = bodyOf(request)
  const faults = [...faultsOf(request), ...sizeFaults(body)]
  return faults.length > 0 ? E.left(faults) : E.right({
    bytes: framed(body),
    frameRequestId: request.frameRequestId,
    minProtocol: request.minProtocol,
    maxProtocol: request.maxProtocol,
    offersHandlePassing: hasCapability(request.capabilities, CAP_HANDLE_PASSING),
  })
}

/** Every request has an encoding, a faulty one that of its nearest legal neighbour, so its size is known too. */
function bodyOf(request: ClientRequest): Uint8Array {
  const { frameRequestId, deadlineUnixMs, traceparent, tracestate } = request
  return encodeFrame(frame({
    envelopeVersion: PROTOCOL_VERSION,
    payloadProtocol: PAYLOAD_PROTOCOL_CONTROL,
    payload: encodeHello(helloOf(request)),
    requestId: frameRequestId,
    deadlineUnixMs,
    traceparent,
    tracestate,
  }))
}

function helloOf(request: ClientRequest): Hello {
  return {
    clientMinProtocol: request.minProtocol,
    clientMaxProtocol: request.maxProtocol,
    serviceName: request.serviceName,
    wantedVersion: request.wantedVersion,
    clientVersion: request.clientVersion,
    clientCapabilities: request.capabilities,
    authToken: request.authToken,
    requestId: request.requestId,
    connectionId: request.connectionId,
    peerPid: request.peerPid,
    clientLibName: request.clientLibName,
    clientLibVersion: request.clientLibVersion,
    peerAttestationNonce: request.peerAttestationNonce,
    capabilityToken: request.capabilityToken,
    clientKeepaliveSecs: request.keepaliveSecs,
  }
}

/** A broker reads no more than this of a stranger (SPEC F3), though a frame could hold more (SPEC F7). */
function sizeFaults({ length }: Uint8Array): ReadonlyArray<RequestFault> {
  return length > HELLO_BODY_MAX_BYTES
    ? [{ _tag: 'RequestTooLarge', field: 'request', actual: length, expected: HELLO_BODY_MAX_BYTES }]
    : []
}
