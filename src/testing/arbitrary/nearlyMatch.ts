/**
 * Calls of a broker that end in a no for exactly one reason, for fast-check: a match, and one thing off.
 */
import fc from 'fast-check'
import { fromHex, NO_BYTES } from '../../data/Bytes.js'
import { peerIdentity } from '../../data/PeerIdentity.js'
import { compareVersions, isVersion } from '../../data/Version.js'
import { exchange } from '../../negotiate/answer.js'
import type { BrokerState } from '../../negotiate/BrokerState.js'
import type { NegotiationError } from '../../negotiate/Refusal.js'
import { HELLO_ENVELOPE } from '../../step/Envelope.js'
import { HELLO_BODY_MAX_BYTES } from '../../wire/Limits.js'
import { encodeFrame } from '../../wire/messages/Frame.js'
import { arbitraryNearlyEnvelope, arbitraryNearlyFramed, framed, framedFrame } from './envelopes.js'
import { arbitraryHelloSlip, type SoundHello } from './hello.js'
import { arbitraryMalformed } from './malformed.js'
import { arbitraryMatch, type BrokerCall, type Match, matchOf, withServices } from './match.js'
import type { Nearly } from './Nearly.js'
import type { PolicyInput, ServiceInput } from './policy.js'

/**
 * A call that ends in a no for one reason, whichever of all there are but a deadline: framing, frame, envelope,
 * Hello, shape, rate, service, version, session, peer (SPEC E, H, R, L, V, K, C1, C4).
 *
 * @example
 * import assert from 'node:assert'
 * import fc from 'fast-check'
 * import { exchange } from 'hello-negotiation'
 * import { arbitraryNearlyMatch } from 'hello-negotiation/testing'
 *
 * fc.assert(fc.property(arbitraryNearlyMatch(), ({ value: { policy, state, bytes, peer, ambient }, error }) => {
 *   const { outcome } = exchange(policy, state, bytes, peer, ambient).value
 *   assert.deepEqual(outcome._tag === 'Refused' && outcome.error, error)
 * }))
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyMatch(): fc.Arbitrary<Nearly<BrokerCall, NegotiationError>> {
  // What is off is drawn first, so that only that one way is worked out.
  return fc.tuple(arbitraryMatch(), fc.constantFrom(...WAYS)).chain(([match, way]) => way(match))
}

type Refused = Nearly<BrokerCall, NegotiationError>

/** As often as they are listed. */
const WAYS: ReadonlyArray<(match: Match) => fc.Arbitrary<Refused>> = [
  unframed, unframed, noFrame, otherEnvelope, otherEnvelope, noHello, shapeless, shapeless, shapeless, shapeless, limited,
  unknownService, belowFloor, unlisted, malformedToken, staleBroker, unknownDaemon, staleDaemon, stranger,
]

/** The call of a match, but for its bytes. */
function withBytes({ policy, state, peer, ambient }: Match, bytes: Uint8Array): BrokerCall {
  return { policy, state, bytes, peer, ambient }
}

/** The call of a match under another policy, or with another Hello, or both. */
function changed({ peer, ambient, frame, hello }: Match, policyInput: PolicyInput, fields: Partial<SoundHello> = {}): BrokerCall {
  const match = matchOf(policyInput, peer, ambient, frame, { ...hello, ...fields })
  return withBytes(match, match.bytes)
}

function unframed(match: Match): fc.Arbitrary<Refused> {
  return arbitraryNearlyFramed(encodeFrame(match.frame), HELLO_BODY_MAX_BYTES)
    .map(({ off, value, error }) => ({ off: `framing: ${off}`, value: withBytes(match, value), error }))
}

function noFrame(match: Match): fc.Arbitrary<Refused> {
  return arbitraryMalformed('Frame').map(({ value, error: cause }) =>
    ({ off: 'Frame', value: withBytes(match, framed(value)), error: { _tag: 'MalformedFrame', cause } }))
}

function otherEnvelope(match: Match): fc.Arbitrary<Refused> {
  return arbitraryNearlyEnvelope(match.frame, HELLO_ENVELOPE)
    .map(({ off, value, error }) => ({ off: `envelope: ${off}`, value: withBytes(match, framedFrame(value)), error }))
}

function noHello(match: Match): fc.Arbitrary<Refused> {
  return arbitraryMalformed('Hello').map(({ value: payload, error: cause }) => ({
    off: 'Hello', value: withBytes(match, framedFrame({ ...match.frame, payload })), error: { _tag: 'MalformedHello', cause },
  }))
}

function shapeless(match: Match): fc.Arbitrary<Refused> {
  return arbitraryHelloSlip(match.peer).map(({ off, value, error }) => ({
    off: `shape: ${off}`,
    // What is off may be the name or the version, which then is none.
    value: changed(match, match.policyInput, value as Partial<SoundHello>),
    error: error(match.hello),
  }))
}

/** A peer that has used up its window, a moment ago or long enough for it to be nearly over (SPEC R5). */
function limited({ policyInput, peer, ambient, frame, hello }: Match): fc.Arbitrary<Refused> {
  const windows = fc.constantFrom<readonly [windowMs: number, elapsedMs: number]>(
    [1, 0], [1, 0.5], [10, 9.5], [1_000.5, 0], [30_000, 29_999],
  )
  const rest = [fc.integer({ min: 1, max: 3 }), fc.nat({ max: 100 })] as const
  return fc.tuple(windows, ...rest).map(([[windowMs, elapsedMs], maxPerWindow, nowMs]) => {
    const limit = { maxPerWindow, windowMs }
    // Only a peer of known pid is limited (SPEC R2).
    const verified = peerIdentity(peer.pid === 0 ? 33 : peer.pid, peer.userId)
    const usual = { ...policyInput, rateLimit: limit }
    const match = matchOf(usual, verified, { ...ambient, nowMs }, frame, { ...hello, peerPid: 0 })
    const later = { ...ambient, nowMs: nowMs + elapsedMs }
    return {
      off: 'rate',
      value: { ...withBytes(match, match.bytes), state: after(match, maxPerWindow), ambient: later },
      error: { _tag: 'RateLimited', pid: verified.pid, limit, retryAfterMs: Math.max(1, Math.floor(windowMs - elapsedMs)) },
    }
  })
}

/** The broker once it has had this call so many times. */
function after({ policy, state, bytes, peer, ambient }: BrokerCall, times: number): BrokerState {
  return Array.from({ length: times }).reduce<BrokerState>((state) => exchange(policy, state, bytes, peer, ambient).state, state)
}

function unknownService(match: Match): fc.Arbitrary<Refused> {
  const { serviceName: actual } = match.hello
  return fc.constant({
    off: 'service',
    value: changed(match, withServices(match.policyInput, (service) => (service.serviceName === actual ? [] : [service]))),
    error: { _tag: 'UnknownService', actual },
  })
}

/** The policy of a match, in which its service says something else of versions. */
function restricted({ policyInput, hello }: Match, fields: Partial<ServiceInput>): PolicyInput {
  return withServices(policyInput, (service) => [service.serviceName === hello.serviceName ? { ...service, ...fields } : service])
}

/** A floor just above the version wanted, by its last part or by its first (SPEC V1). */
function belowFloor(match: Match): fc.Arbitrary<Refused> {
  const { wantedVersion: actual } = match.hello
  const core = actual.replace(/-.*/, '')
  const floors = [`${core}1`, core.replace(/\d+$/, (patch) => String(BigInt(patch) + 1n)), `9${core}`]
    .filter(isVersion).filter((floor) => compareVersions(actual, floor) < 0)
  return fc.constantFrom(...floors).map((minVersion) => ({
    off: 'floor',
    value: changed(match, restricted(match, { minVersion })),
    error: { _tag: 'BelowMinVersion', actual, minVersion },
  }))
}

/** A list with the same number spelled otherwise, or with another tail, and not the text itself (SPEC V3). */
function unlisted(match: Match): fc.Arbitrary<Refused> {
  const { wantedVersion: actual } = match.hello
  const others = [`0${actual}`, `${actual.replace(/-.*/, '')}-other`].filter(isVersion).filter((other) => other !== actual)
  return fc.subarray(others, { minLength: 1 }).map((versionAllowList) => ({
    off: 'list',
    value: changed(match, restricted(match, { versionAllowList })),
    error: { _tag: 'OutsideAllowList', actual, allowList: new Set(versionAllowList) },
  }))
}

const [BROKER_HALF, DAEMON_HALF] = ['00'.repeat(16), '01'.repeat(16)]

/** A half that differs from both in the first byte, in the last, or in all. */
const OTHER_HALVES = [`80${'00'.repeat(15)}`, `${'00'.repeat(15)}02`, 'ff'.repeat(16)]

/** The match with this session token, as hex, where the policy asks for one and knows these daemons. */
function withToken(match: Match, token: string, daemonHalves: Readonly<Record<string, string>>): BrokerCall {
  const sessions = { brokerHalf: BROKER_HALF, daemonHalves }
  return changed(match, { ...match.policyInput, sessions }, { authToken: fromHex(token) ?? NO_BYTES })
}

function daemonOf({ hello }: Match): Readonly<Record<string, string>> {
  return { [hello.serviceName]: DAEMON_HALF }
}

function malformedToken(match: Match): fc.Arbitrary<Refused> {
  return fc.constantFrom(0, 16, 31, 33, 64).map((actualBytes) => ({
    off: 'session token: length',
    value: withToken(match, (BROKER_HALF + DAEMON_HALF).repeat(2).slice(0, 2 * actualBytes), daemonOf(match)),
    error: { _tag: 'MalformedSessionToken', actualBytes, expectedBytes: 32 },
  }))
}

function staleBroker(match: Match): fc.Arbitrary<Refused> {
  return fc.constantFrom(...OTHER_HALVES).map((half) => ({
    off: 'session token: broker half',
    value: withToken(match, half + DAEMON_HALF, daemonOf(match)),
    error: { _tag: 'BrokerRestarted' },
  }))
}

function unknownDaemon(match: Match): fc.Arbitrary<Refused> {
  const { serviceName } = match.hello
  return fc.constant({
    off: 'session token: daemon',
    value: withToken(match, BROKER_HALF + DAEMON_HALF, {}),
    error: { _tag: 'DaemonNotRegistered', serviceName },
  })
}

function staleDaemon(match: Match): fc.Arbitrary<Refused> {
  const { serviceName } = match.hello
  return fc.constantFrom(...OTHER_HALVES).map((half) => ({
    off: 'session token: daemon half',
    value: withToken(match, BROKER_HALF + half, daemonOf(match)),
    error: { _tag: 'DaemonRestarted', serviceName },
  }))
}

/** A policy with another owner, or with one that nobody is (SPEC C1). */
function stranger(match: Match): fc.Arbitrary<Refused> {
  const { peer, policyInput } = match
  const owners = ['', '0', '1000', `${peer.userId} `].filter((owner) => owner === '' || owner !== peer.userId)
  return fc.constantFrom(...owners).map((owner) => ({
    off: 'owner',
    value: changed(match, { ...policyInput, peerPolicy: { ownerOnly: owner } }),
    error: { _tag: 'PeerNotOwner', peer, owner },
  }))
}
