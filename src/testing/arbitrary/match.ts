/**
 * A policy and a request made for each other, for fast-check: the one lets the other through.
 *
 * Drawn apart from each other, most Hellos fail at the first checks, and the last ones are never reached.
 */
import fc from 'fast-check'
import { fromHex, NO_BYTES } from '../../data/Bytes.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { ServiceName } from '../../data/ServiceName.js'
import { compareVersions, type Version } from '../../data/Version.js'
import { type BrokerState, initialState } from '../../negotiate/BrokerState.js'
import type { Ambient } from '../../negotiate/negotiate.js'
import type { Policy } from '../../negotiate/Policy.js'
import { HELLO_ENVELOPE } from '../../step/Envelope.js'
import { PROTOCOL_VERSION } from '../../wire/Limits.js'
import type { Frame } from '../../wire/messages/Frame.js'
import { encodeHello } from '../../wire/messages/Hello.js'
import { arbitraryText, arbitraryU64 } from './bytes.js'
import { arbitraryDraws, arbitraryNow } from './draws.js'
import { framedFrame } from './envelopes.js'
import { arbitrarySoundHello, type SoundHello } from './hello.js'
import { VERSION_POOL } from './names.js'
import { arbitraryPeer } from './peer.js'
import { arbitraryPolicyInput, legalPolicy, type PolicyInput, type ServiceInput } from './policy.js'

/**
 * All that `exchange` takes.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerCall {
  readonly policy: Policy
  readonly state: BrokerState
  readonly bytes: Uint8Array
  readonly peer: PeerIdentity
  readonly ambient: Ambient
}

/**
 * A call that ends in a yes, and what its parts were made of.
 *
 * @category model
 * @since 0.1.0
 */
export interface Match extends BrokerCall {
  readonly policyInput: PolicyInput
  readonly hello: SoundHello
  readonly frame: Frame
}

/**
 * A policy, a broker that has just started with it, and a request that it negotiates: the service is there, the
 * version is on the list and not below the floor, the session token is right, the peer is admitted.
 *
 * @example
 * import assert from 'node:assert'
 * import fc from 'fast-check'
 * import { exchange } from 'hello-negotiation'
 * import { arbitraryMatch } from 'hello-negotiation/testing'
 *
 * fc.assert(fc.property(arbitraryMatch(), ({ policy, state, bytes, peer, ambient }) => {
 *   assert.equal(exchange(policy, state, bytes, peer, ambient).value.outcome._tag, 'Negotiated')
 * }))
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryMatch(): fc.Arbitrary<Match> {
  const ambient = fc.record({ nowMs: arbitraryNow(), draws: arbitraryDraws() }, { noNullPrototype: true })
  const envelope = arbitraryHelloEnvelope()
  const [floor, policyInput] = [arbitraryFloor(), arbitraryPolicyInput()]
  return arbitraryPeer().chain((peer) => fc.record({ hello: arbitrarySoundHello(peer), policyInput, floor, ambient, envelope })
    .map(({ hello, policyInput, floor, ambient, envelope }) => {
      const admitting = admittingPolicy(withService(policyInput, hello, floor), peer)
      return matchOf(admitting, peer, ambient, envelope, withToken(admitting, hello))
    }))
}

/** @internal A match of its parts, for a broker that has just started. */
export function matchOf(
  policyInput: PolicyInput, peer: PeerIdentity, ambient: Ambient, envelope: Omit<Frame, 'payload'>, hello: SoundHello,
): Match {
  const policy = legalPolicy(policyInput)
  const frame = { ...envelope, payload: encodeHello(hello) }
  return { policyInput, policy, state: initialState(policy), peer, ambient, hello, frame, bytes: framedFrame(frame) }
}

/** @internal The policy, with these services in place of its own. */
export function withServices(input: PolicyInput, change: (service: ServiceInput) => ReadonlyArray<ServiceInput>): PolicyInput {
  return { ...input, services: input.services.flatMap(change) }
}

/** The envelope of a Hello, with anything in the fields that nobody looks at (SPEC E6). */
function arbitraryHelloEnvelope(): fc.Arbitrary<Omit<Frame, 'payload'>> {
  return fc.record({
    envelopeVersion: fc.constant(PROTOCOL_VERSION),
    kind: fc.constant(HELLO_ENVELOPE.kind),
    payloadProtocol: fc.constant(HELLO_ENVELOPE.payloadProtocol),
    payloadEncoding: fc.constant(0),
    requestId: arbitraryU64(),
    deadlineUnixMs: arbitraryU64(),
    traceparent: arbitraryText(),
    tracestate: arbitraryText(),
  }, { noNullPrototype: true })
}

/** What a service says of versions: a floor if the one wanted is not below it, and a list with it, or neither. */
interface Floor {
  readonly minVersion: Version | ''
  readonly isListed: boolean
  readonly others: ReadonlyArray<Version>
}

function arbitraryFloor(): fc.Arbitrary<Floor> {
  return fc.record({
    minVersion: fc.constantFrom<Version | ''>('', ...VERSION_POOL),
    isListed: fc.boolean(),
    others: fc.subarray([...VERSION_POOL], { maxLength: 2 }),
  })
}

function withService(input: PolicyInput, { serviceName, wantedVersion }: SoundHello, floor: Floor): PolicyInput {
  const isAllowed = floor.minVersion === '' || compareVersions(wantedVersion, floor.minVersion) >= 0
  const service: ServiceInput = {
    daemonVersion: '1.11.20',
    backendPipe: '/run/zccache.sock',
    ...input.services.find((service) => service.serviceName === serviceName),
    serviceName,
    minVersion: isAllowed ? floor.minVersion : wantedVersion,
    versionAllowList: floor.isListed ? [...floor.others, wantedVersion] : [],
  }
  const others = withServices(input, (other) => (other.serviceName === serviceName ? [] : [other]))
  return withDaemon({ ...others, services: [...others.services, service] }, serviceName)
}

/** The policy, in which this service's daemon is known if sessions are. */
function withDaemon(input: PolicyInput, serviceName: ServiceName): PolicyInput {
  const { sessions } = input
  return sessions === undefined
    ? input
    : { ...input, sessions: { ...sessions, daemonHalves: { ...sessions.daemonHalves, [serviceName]: 'd0'.repeat(16) } } }
}

/** The policy, whose owner is this peer if it has one; a peer without a user id is nobody's owner (SPEC C1). */
function admittingPolicy(input: PolicyInput, { userId }: PeerIdentity): PolicyInput {
  const isOpen = input.peerPolicy === undefined || input.peerPolicy === 'allow-any' || userId === ''
  return { ...input, peerPolicy: isOpen ? 'allow-any' : { ownerOnly: userId } }
}

/** The Hello, with the session token that the policy asks for, if it asks for one. */
function withToken({ sessions }: PolicyInput, hello: SoundHello): SoundHello {
  if (sessions === undefined) return hello
  const halves = [sessions.brokerHalf, sessions.daemonHalves?.[hello.serviceName]]
  return { ...hello, authToken: fromHex(halves.join('')) ?? NO_BYTES }
}
