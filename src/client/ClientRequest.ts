/**
 * What a client asks for and who it is, before any of it is checked: plain fields, each with its default.
 *
 * **Contract** the defaults are the reference client's (SPEC G1), with two exceptions: the library names
 * itself, and the pid is the caller's to state, because nothing here can ask for it.
 * **Not here** the limits: `RequestFault`. The bytes: `ClientHello`.
 */
import { NO_BYTES } from '../data/Bytes.js'
import { CAP_HANDLE_PASSING } from '../data/Capabilities.js'
import { PROTOCOL_VERSION } from '../wire/Limits.js'
import { HELLO_FRAME_REQUEST_ID } from './HelloRequest.js'

/**
 * A whole request. The names are those of the Hello, without the `client` that goes without saying.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientRequest {
  /** The service wanted: 1 to 64 of a-z, 0-9 and '-'. */
  readonly serviceName: string
  /** The version of it wanted, at most 64 bytes. */
  readonly wantedVersion: string
  /** The program's own version, at most 128 bytes. */
  readonly clientVersion: string
  /** The library it uses, at most 64 bytes. */
  readonly clientLibName: string
  /** That library's version, at most 64 bytes. */
  readonly clientLibVersion: string
  /** The program's pid; 0 claims none. */
  readonly peerPid: number
  /** What the program can do: bit 0 offers to take over a connection. */
  readonly capabilities: bigint
  /** How often it would like to send keepalives, in seconds; 0 leaves it to the broker. */
  readonly keepaliveSecs: bigint
  /** The lowest protocol version it speaks. */
  readonly minProtocol: number
  /** The highest protocol version it speaks. */
  readonly maxProtocol: number
  /** Its own name for this request, for logs. */
  readonly requestId: string
  /** Ignored by a v1 broker; echoed by the second dialect (SPEC G14). */
  readonly connectionId: bigint
  /** A session token, where the broker asks for one. */
  readonly authToken: Uint8Array
  /** Reserved for attestation. */
  readonly peerAttestationNonce: Uint8Array
  /** Reserved for capability grants. */
  readonly capabilityToken: Uint8Array
  /** The number that the reply has to echo. */
  readonly frameRequestId: bigint
  /** When it stops waiting, in milliseconds since 1970; 0 for never. Advice that no v1 broker takes. */
  readonly deadlineUnixMs: bigint
  /** W3C trace context, first header; empty for none. */
  readonly traceparent: string
  /** W3C trace context, second header; empty for none. */
  readonly tracestate: string
}

/**
 * What a request needs, and whatever else of it is not the default.
 *
 * @category model
 * @since 0.1.0
 */
export type ClientRequestFields = Partial<ClientRequest> & Pick<ClientRequest, 'serviceName' | 'wantedVersion'>

/**
 * What a request says that says no more than it must (SPEC G1).
 *
 * @category constants
 * @since 0.1.0
 */
export const CLIENT_REQUEST_DEFAULTS: Omit<ClientRequest, 'serviceName' | 'wantedVersion'> = Object.freeze({
  clientVersion: '',
  clientLibName: 'hello-negotiation',
  clientLibVersion: '',
  peerPid: 0,
  capabilities: CAP_HANDLE_PASSING,
  keepaliveSecs: 0n,
  minProtocol: PROTOCOL_VERSION,
  maxProtocol: PROTOCOL_VERSION,
  requestId: 'hello',
  connectionId: 0n,
  authToken: NO_BYTES,
  peerAttestationNonce: NO_BYTES,
  capabilityToken: NO_BYTES,
  frameRequestId: HELLO_FRAME_REQUEST_ID,
  deadlineUnixMs: 0n,
  traceparent: '',
  tracestate: '',
})

/**
 * The fields in which the reference's second client differs (SPEC G2), for the program of this name, pid
 * and version: it offers no capability and says more of who it is.
 *
 * @example
 * import assert from 'node:assert'
 * import { clientV2Identity } from 'hello-negotiation'
 *
 * const request = { ...clientV2Identity('clud', 42, '1.2.3'), serviceName: 'zccache', wantedVersion: '1.11.20' }
 * assert.equal(request.requestId, 'client_v2-clud-42')
 *
 * @category constructors
 * @since 0.1.0
 */
export function clientV2Identity(
  program: string, pid: number, version: string,
): Pick<ClientRequest, 'capabilities' | 'clientLibName' | 'clientVersion' | 'peerPid' | 'requestId'> {
  return {
    capabilities: 0n,
    clientLibName: 'running-process broker::client_v2',
    clientVersion: version,
    peerPid: pid,
    requestId: `client_v2-${program}-${pid}`,
  }
}
