/**
 * Whom a broker is tested as and by: its policy, who the tester is, and the Hellos that it ought to grant.
 *
 * **Laws**
 *  1. The library's own broker grants every one of `asks`, and knows no service called `nobody`.
 */
import { fromLatin1, NO_BYTES } from '../../data/Bytes.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { ServiceName } from '../../data/ServiceName.js'
import type { Version } from '../../data/Version.js'
import type { Policy } from '../../negotiate/Policy.js'
import { WANTED_VERSION_MAX_BYTES } from '../../step/HelloShape.js'
import type { Backend } from '../../step/ServiceTable.js'
import type { SessionAuthority } from '../../step/SessionAuthority.js'
import { checkVersion } from '../../step/VersionPolicy.js'
import { requestFrame } from '../../wire/FrameEnvelope.js'
import { putHeader } from '../../wire/FrameHeader.js'
import { HEADER_BYTES, PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../../wire/Limits.js'
import { encodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { encodeHello, type Hello, hello } from '../../wire/messages/Hello.js'

/**
 * What of a Hello depends on the policy.
 *
 * @category model
 * @since 0.1.0
 */
export interface Ask {
  readonly serviceName: string
  readonly wantedVersion: string
  readonly authToken: Uint8Array
}

/**
 * A broker under test.
 *
 * @category model
 * @since 0.1.0
 */
export interface Subject {
  readonly policy: Policy
  /** The tester's own pid and user, as far as it knows them. */
  readonly self: PeerIdentity
  /** One for each service that can be asked for at all. */
  readonly asks: ReadonlyArray<Ask>
  /** What is asked for where it does not matter what: a service that is granted, or where there is none, one that is not there. */
  readonly base: Ask
  /** A legal name that no service has. */
  readonly nobody: string
}

/**
 * The broker of a policy, tested by `self`.
 *
 * @category constructors
 * @since 0.1.0
 */
export function subject(policy: Policy, self: PeerIdentity): Subject {
  const asks = [...policy.services.values()].flatMap((backend) => grantedAsk(backend, policy.sessions))
  const nobody = freeName(policy)
  const base = asks[0] ?? { serviceName: nobody, wantedVersion: ANY_VERSION, authToken: NO_BYTES }
  return { policy, self, asks, base, nobody }
}

/** @internal What to ask of a backend for a version of it, with a sound session token where there can be one. */
export function askFor({ serviceName }: Backend, wantedVersion: string, sessions: SessionAuthority | undefined): Ask {
  return { serviceName, wantedVersion, authToken: sessionToken(serviceName, sessions) ?? NO_BYTES }
}

/** @internal Both halves, if the service's daemon is registered (SPEC K1). */
export function sessionToken(serviceName: ServiceName, sessions: SessionAuthority | undefined): Uint8Array | undefined {
  const daemonHalf = sessions?.daemonHalves.get(serviceName)
  return sessions === undefined || daemonHalf === undefined ? undefined : fromLatin1(sessions.brokerHalf + daemonHalf)
}

/** @internal A sound Hello for what is asked, but for the fields given. */
export function helloFor(ask: Ask, fields: Partial<Hello> = {}): Hello {
  return hello({ clientMinProtocol: PROTOCOL_VERSION, clientMaxProtocol: PROTOCOL_VERSION, ...ask, ...fields })
}

/** @internal A whole framed request with such a Hello, but for the parts of the envelope given. */
export function request(ask: Ask, fields: Partial<Hello> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  return requestOf(encodeHello(helloFor(ask, fields)), envelope)
}

/** @internal A whole framed request with any payload. */
export function requestOf(payload: Uint8Array, envelope: Partial<Frame> = {}): Uint8Array {
  return framedBody(encodeFrame({ ...requestFrame(PAYLOAD_PROTOCOL_CONTROL, payload), requestId: REQUEST_ID, ...envelope }))
}

/** @internal Any body behind the header that it calls for; unlike `encodeFramed`, of any length. */
export function framedBody(body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(HEADER_BYTES + body.length)
  whole.set(body, putHeader(whole, body.length))
  return whole
}

/** @internal Any body's header alone. */
export function headerOf(bodyBytes: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  putHeader(header, bodyBytes)
  return header
}

/** Not 0 and not 1, which a broker might say of its own accord. */
const REQUEST_ID = 0x5157n

const ANY_VERSION = '1.0.0' as Version

/** The first version that a backend's policy lets through, if a Hello can say one. */
function grantedAsk(backend: Backend, sessions: SessionAuthority | undefined): ReadonlyArray<Ask> {
  const { minVersion, allowList } = backend.versions
  const candidates = allowList.size > 0 ? [...allowList] : [minVersion ?? ANY_VERSION]
  const wanted = candidates.find((version) =>
    version.length <= WANTED_VERSION_MAX_BYTES && checkVersion(backend.versions, version)._tag === 'Right')
  const isReachable = sessions === undefined || sessions.daemonHalves.has(backend.serviceName)
  return wanted === undefined || !isReachable ? [] : [askFor(backend, wanted, sessions)]
}

function freeName({ services }: Policy): string {
  let number = 0
  while (services.has(nobodyName(number))) number += 1
  return nobodyName(number)
}

function nobodyName(number: number): string {
  return `conformance-nobody-${number}`
}
