/**
 * The frozen order of the checks: of any two that fail at once, the earlier one is told (SPEC E, H, R1, L1, V3, K2).
 */
import {
  type BrokerState, fromLatin1, initialState, negotiate, type Outcome, peerIdentity, type Policy,
} from 'hello-negotiation'
import { encodeHello, type Frame, type Hello, requestFrame } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { BACKEND, drawsOf, helloWith, policyOf, SERVICE, sessionHalf } from '../support/negotiate.js'

const [BROKER_HALF, DAEMON_HALF] = ['broker-half-0001', 'daemon-half-0001']
const PEER = peerIdentity(4242)

/** Everything that a check looks at. */
interface Scene {
  readonly envelope: Partial<Frame>
  readonly hello: Partial<Hello>
  readonly payload: Uint8Array | undefined
  readonly token: { readonly broker: string; readonly daemon: string; readonly more: string }
  readonly service: { readonly minVersion?: string; readonly versionAllowList?: ReadonlyArray<string> }
  readonly isRegistered: boolean
  readonly isLimited: boolean
  readonly isDaemonKnown: boolean
}

const SOUND: Scene = {
  envelope: {},
  hello: { peerPid: 4242 },
  payload: undefined,
  token: { broker: BROKER_HALF, daemon: DAEMON_HALF, more: '' },
  service: {},
  isRegistered: true,
  isLimited: false,
  isDaemonKnown: true,
}

/** One way to fail each check, in the order of the checks. Two of them never set the same part of a scene. */
const BREAKS: ReadonlyArray<readonly [tag: string, code: number, breaks: (scene: Scene) => Scene]> = [
  ['UnsupportedEnvelopeVersion', 1, (scene) => ({ ...scene, envelope: { ...scene.envelope, envelopeVersion: 2 } })],
  ['UnexpectedFrameKind', 6, (scene) => ({ ...scene, envelope: { ...scene.envelope, kind: 9 } })],
  ['UnexpectedPayloadProtocol', 6, (scene) => ({ ...scene, envelope: { ...scene.envelope, payloadProtocol: 0xad01 } })],
  ['CompressedPayload', 6, (scene) => ({ ...scene, envelope: { ...scene.envelope, payloadEncoding: 1 } })],
  ['MalformedHello', 6, (scene) => ({ ...scene, payload: Uint8Array.of(0xff) })],
  ['ProtocolRangeExcludesV1', 1, (scene) => ({ ...scene, hello: { ...scene.hello, clientMaxProtocol: 0 } })],
  ['InvalidServiceName', 6, (scene) => ({ ...scene, hello: { ...scene.hello, serviceName: 'ZCCache' } })],
  ['InvalidWantedVersion', 6, (scene) => ({ ...scene, hello: { ...scene.hello, wantedVersion: '1.2' } })],
  ['ClientVersionTooLong', 6, (scene) => ({ ...scene, hello: { ...scene.hello, clientVersion: 'é'.repeat(65) } })],
  ['ClientLibTooLong', 6, (scene) => ({ ...scene, hello: { ...scene.hello, clientLibVersion: 'é'.repeat(33) } })],
  ['PeerPidMismatch', 6, (scene) => ({ ...scene, hello: { ...scene.hello, peerPid: 1 } })],
  ['RateLimited', 4, (scene) => ({ ...scene, isLimited: true })],
  ['UnknownService', 2, (scene) => ({ ...scene, isRegistered: false })],
  ['BelowMinVersion', 8, (scene) => ({ ...scene, service: { ...scene.service, minVersion: '2.0.0' } })],
  ['OutsideAllowList', 8, (scene) => ({ ...scene, service: { ...scene.service, versionAllowList: ['9.9.9'] } })],
  ['MalformedSessionToken', 6, (scene) => ({ ...scene, token: { ...scene.token, more: '!' } })],
  ['BrokerRestarted', 6, (scene) => ({ ...scene, token: { ...scene.token, broker: 'another-half-001' } })],
  ['DaemonNotRegistered', 6, (scene) => ({ ...scene, isDaemonKnown: false })],
  ['DaemonRestarted', 6, (scene) => ({ ...scene, token: { ...scene.token, daemon: 'another-half-002' } })],
]

const PAIRS = BREAKS.flatMap(([tag, , breaks], i) =>
  BREAKS.slice(i + 1).map(([laterTag, , laterBreaks]) => [tag, laterTag, breaks, laterBreaks] as const),
)

const FIRST_THAT_COUNTS = BREAKS.findIndex(([tag]) => tag === 'RateLimited') + 1

describe('the order of the checks', () => {
  it('negotiates the scene that the breaks start from', () => {
    expect(negotiated(SOUND).outcome._tag).toBe('Negotiated')
  })

  it.each(BREAKS)('refuses for %s with code %i', (tag, code, breaks) => {
    const { outcome } = negotiated(breaks(SOUND))
    expect([tagOf(outcome), outcome._tag === 'Refused' && outcome.reply.code]).toEqual([tag, code])
  })

  it.each(PAIRS)('tells %s rather than %s', (tag, _laterTag, breaks, laterBreaks) => {
    expect(tagOf(negotiated(breaks(laterBreaks(SOUND))).outcome)).toBe(tag)
    expect(tagOf(negotiated(laterBreaks(breaks(SOUND))).outcome)).toBe(tag)
  })

  it.each(BREAKS.slice(0, FIRST_THAT_COUNTS - 1))('counts nothing for %s: the state is the very same (SPEC R1)', (_tag, _code, breaks) => {
    const { before, after } = negotiated(breaks(SOUND))
    expect(after).toBe(before)
  })

  it.each(BREAKS.slice(FIRST_THAT_COUNTS))('counts a Hello refused for %s, and moves nothing else (SPEC R1)', (_tag, _code, breaks) => {
    const { before, after } = negotiated(breaks(SOUND))
    expect(after.limiter).not.toEqual(before.limiter)
    expect({ ...after, limiter: before.limiter }).toEqual(before)
  })

  it('counts nothing for a Hello over the limit (SPEC R4)', () => {
    const { before, after } = negotiated({ ...SOUND, isLimited: true })
    expect(after).toEqual(before)
  })
})

interface Negotiation {
  readonly before: BrokerState
  readonly after: BrokerState
  readonly outcome: Outcome
}

function negotiated(scene: Scene): Negotiation {
  const policy = policyFor(scene)
  const before = scene.isLimited ? run(policy, stateFor(scene, policy), SOUND).state : stateFor(scene, policy)
  const { state: after, value: outcome } = run(policy, before, scene)
  return { before, after, outcome }
}

function run(policy: Policy, state: BrokerState, { envelope, hello, payload, token }: Scene): ReturnType<typeof negotiate> {
  const authToken = fromLatin1(token.broker + token.daemon + token.more)
  const encoded = payload ?? encodeHello(helloWith({ ...hello, authToken }))
  const frame = { ...requestFrame(0, encoded), ...envelope }
  return negotiate(policy, state, { frame, peer: PEER }, { nowMs: 0, draws: drawsOf(1) })
}

function policyFor({ isRegistered, service }: Scene): Policy {
  return policyOf({ services: isRegistered ? [{ ...BACKEND, ...service }] : [], rateLimit: { maxPerWindow: 1 } })
}

function stateFor({ isDaemonKnown }: Scene, policy: Policy): BrokerState {
  const daemonHalves = new Map(isDaemonKnown ? [[SERVICE, sessionHalf(DAEMON_HALF)]] : [])
  return { ...initialState(policy), sessions: { brokerHalf: sessionHalf(BROKER_HALF), daemonHalves } }
}

function tagOf(outcome: Outcome): string {
  return outcome._tag === 'Refused' ? outcome.error._tag : 'Negotiated'
}
