/**
 * A world of one client, one broker and one backend: true time, the links between them, and what is on its way.
 *
 * **State** the three actors, each with its clock; the links, each with the copies of its server end that are open;
 * the agenda of what is on its way; dice for what the world decides; the trace.
 *
 * **Laws**
 *  1. A world is immutable, and stepping it is a function: any world may be stepped again.
 *
 * **Not here** what the world does with a command: `commands`. Time: `stepPair`.
 */
import { HANDOFF_TOKEN_BYTES, handoffToken } from '../../data/HandoffToken.js'
import { peerIdentity, type PeerIdentity } from '../../data/PeerIdentity.js'
import { DEFAULT_PLAN, DEFAULT_REACTIONS, type PlanPolicy } from '../../client/PlanPolicy.js'
import { parsePolicy, type Policy } from '../../negotiate/Policy.js'
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import { requestFrame } from '../../wire/FrameEnvelope.js'
import { encodeHello, hello } from '../../wire/messages/Hello.js'
import { PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../../wire/Limits.js'
import { type Agenda, EMPTY_AGENDA } from '../virtual/Agenda.js'
import * as Prng from '../virtual/Prng.js'
import { readingMs, type Skew, type SkewedClock } from '../virtual/SkewedClock.js'
import { type BackendActor, backendActor } from './BackendActor.js'
import { afterEarlierHello, type BrokerActor, brokerActor } from './BrokerActor.js'
import { type ClientActor, clientActor, type ClientSettings } from './ClientActor.js'
import { EARLIER_TOKEN_BYTES } from './drawsOnOffer.js'
import { faultName, type PairFault } from './PairFault.js'
import type { ActorName, LinkId } from './PairNames.js'
import type { PairScenario } from './PairScenario.js'
import type { Input } from './Talk.js'
import type { PairEvent, PairFact } from './Trace.js'

/**
 * A world at one instant.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairWorld {
  readonly scenario: PairScenario
  readonly nowMs: number
  readonly stepCount: number
  readonly clocks: Readonly<Record<ActorName, SkewedClock>>
  readonly client: ClientActor
  readonly broker: BrokerActor
  readonly backend: BackendActor
  readonly isBackendAlive: boolean
  readonly links: ReadonlyMap<LinkId, Link>
  readonly agenda: Agenda<Posted>
  readonly dice: PairDice
  readonly trace: ReadonlyArray<PairEvent>
}

/**
 * A connection: `Stream` from client to broker, `Dial` from client to backend, `Channel` from broker to backend.
 * `copies` are the open descriptors of its server end: the broker's by the name `Broker`, the backend's by the
 * channel that it came by, or `Backend` where it was dialled. Where none is left, the initiator is told the end.
 *
 * @category model
 * @since 0.1.0
 */
export interface Link {
  readonly kind: 'Channel' | 'Dial' | 'Stream'
  readonly initiator: ActorName
  readonly isInitiatorOpen: boolean
  readonly copies: ReadonlyArray<string>
  /** Nothing reaches the initiator any more, not even the end. */
  readonly isMuted: boolean
  /** Nothing reaches the server any more. */
  readonly isDeaf: boolean
  readonly hasServerSeenEnd: boolean
  /** When what was last written arrives; nothing overtakes it. */
  readonly toInitiatorMs: number
  readonly toServerMs: number
}

/**
 * An input on its way: to an actor, or to whoever reads the server's end when it arrives.
 *
 * @category model
 * @since 0.1.0
 */
export interface Posted {
  readonly to: ActorName | 'Server'
  readonly input: Input
}

/**
 * The world's dice, one stream each, so that more throws of one change nothing of another.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairDice {
  readonly cuts: Prng.Prng
  readonly harm: Prng.Prng
  readonly latency: Prng.Prng
}

/** @internal Where the backend is. */
export const BACKEND_ENDPOINT = '/run/zccache.sock'

const SERVICE = 'zccache'
const VERSION = '1.11.20'

/** Who the client is to the broker. */
const CLIENT_PEER: PeerIdentity = peerIdentity(4_242, '1000')
const STRANGER: PeerIdentity = peerIdentity(4_343, '1000')

const BROKER_HELLO_TIMEOUT_MS = 200
const RATE_WINDOW_MS = 500

/** @internal The client's timeouts, in milliseconds. */
export const CLIENT_TIMEOUTS: Pick<ClientSettings, `${'adoption' | 'answer' | 'dial' | 'hello'}TimeoutMs`> = Object.freeze({
  helloTimeoutMs: 300, adoptionTimeoutMs: 120, dialTimeoutMs: 100, answerTimeoutMs: 200,
})

const EPOCHS_MS: Readonly<Record<ActorName, number>> = { Backend: 70_000, Broker: 1_000_000, Client: 0 }
const SKEW_AT_MS = 6
const SKEW_MS = 150

/**
 * The world of a scenario, before anything has happened.
 *
 * @category constructors
 * @since 0.1.0
 */
export function pairWorld(scenario: PairScenario): PairWorld {
  const { faults, seed } = scenario
  const clocks = { Backend: clockOf('Backend', faults), Broker: clockOf('Broker', faults), Client: clockOf('Client', faults) }
  const world: PairWorld = {
    scenario,
    nowMs: 0,
    stepCount: 0,
    clocks,
    client: clientActor(clientSettings(scenario), Prng.prng(seed, 'jitter'), readingMs(clocks.Client, 0)),
    broker: brokerOf(scenario, readingMs(clocks.Broker, 0)),
    backend: backendOf(faults, readingMs(clocks.Backend, 0)),
    isBackendAlive: !faults.some(({ _tag }) => _tag === 'BackendDead'),
    links: new Map(),
    agenda: EMPTY_AGENDA,
    dice: { cuts: Prng.prng(seed, 'cuts'), harm: Prng.prng(seed, 'harm'), latency: Prng.prng(seed, 'latency') },
    trace: [],
  }
  return faults.filter(isFromTheBeginning).reduce(struck, world)
}

/**
 * The client's pid, by which the broker limits it.
 *
 * @category constants
 * @since 0.1.0
 */
export const CLIENT_PID: number = CLIENT_PEER.pid

/**
 * A client's plan in this scenario.
 *
 * @category queries
 * @since 0.1.0
 */
export function planOf({ client }: PairScenario): PlanPolicy {
  const { adopts, attemptsMax, hasAlternatives, isPersistent } = client
  const stubborn = { BackendUnreachable: 'BackOff', Broken: 'BackOff', BrokerUnreachable: 'BackOff', TimedOut: 'BackOff' } as const
  return {
    ...DEFAULT_PLAN,
    adopts,
    attemptsMax,
    alternatives: hasAlternatives ? ['1.12.0', '2.0.0'] : [],
    backOffMs: 10,
    backOffMaxMs: 80,
    retryAfterMaxMs: 600,
    reactions: isPersistent ? { ...DEFAULT_REACTIONS, ...stubborn } : DEFAULT_REACTIONS,
  }
}

/** @internal The world with one more event at this instant. */
export function told(world: PairWorld, who: PairEvent['who'], fact: PairFact): PairWorld {
  return { ...world, trace: [...world.trace, { atMs: world.nowMs, who, fact }] }
}

/** @internal The world with word that a fault has taken effect. */
export function struck(world: PairWorld, fault: PairFault): PairWorld {
  return told(world, 'World', { _tag: 'Struck', fault: faultName(fault) })
}

/** @internal The world with a link changed, where there is such a link. */
export function withLink(world: PairWorld, id: LinkId, fields: Partial<Link>): PairWorld {
  const link = world.links.get(id)
  return link === undefined ? world : { ...world, links: new Map([...world.links, [id, { ...link, ...fields }]]) }
}

/** @internal A fault of this kind that acts now: the world has not healed of it. */
export function faultNow<T extends PairFault['_tag']>(
  { client, scenario }: PairWorld, tag: T, holds: (fault: Extract<PairFault, { readonly _tag: T }>) => boolean = () => true,
): Extract<PairFault, { readonly _tag: T }> | undefined {
  if (client.helloCount > scenario.healsAfter) return undefined
  return scenario.faults.find((fault): fault is Extract<PairFault, { readonly _tag: T }> =>
    fault._tag === tag && holds(fault as Extract<PairFault, { readonly _tag: T }>))
}

/** A fault that is a state of things rather than something that happens. */
function isFromTheBeginning({ _tag }: PairFault): boolean {
  return [
    'AcceptanceFull', 'ClockJumpsBack', 'ClockStalls', 'DrawsCollide', 'DrawsCollideOnce', 'DrawsRunOut', 'PeerLimited',
    'PeerRejected', 'ServiceUnknown', 'TokenStoreFull', 'VersionBlocked',
  ].includes(_tag)
}

function clockOf(who: ActorName, faults: ReadonlyArray<PairFault>): SkewedClock {
  const skews = faults.flatMap((fault): ReadonlyArray<Skew> => {
    if (fault._tag === 'ClockJumpsBack' && fault.who === who) return [{ _tag: 'JumpsBack', atMs: SKEW_AT_MS, byMs: SKEW_MS }]
    return fault._tag === 'ClockStalls' && fault.who === who ? [{ _tag: 'Stalls', atMs: SKEW_AT_MS, forMs: SKEW_MS }] : []
  })
  return { epochMs: EPOCHS_MS[who], skews }
}

function clientSettings(scenario: PairScenario): ClientSettings {
  const { offersHandoff, remembers } = scenario.client
  const capabilities = offersHandoff ? CAP_HANDLE_PASSING : 0n
  return {
    ...CLIENT_TIMEOUTS,
    request: { serviceName: SERVICE, wantedVersion: VERSION, capabilities, peerPid: CLIENT_PEER.pid },
    plan: planOf(scenario),
    remembers: { Nothing: undefined, Right: BACKEND_ENDPOINT, Stale: '/run/stale.sock' }[remembers],
  }
}

function brokerOf(scenario: PairScenario, nowMs: number): BrokerActor {
  const { faults, keepsStream, seed } = scenario
  const has = (tag: PairFault['_tag']): boolean => faults.some(({ _tag }) => _tag === tag)
  const broker = brokerActor({
    policy: policyOf(scenario),
    peer: CLIENT_PEER,
    draws: has('DrawsRunOut') ? 'None' : has('DrawsCollide') ? 'Colliding' : has('DrawsCollideOnce') ? 'CollidingOnce' : 'Fresh',
    refusals: faults.flatMap(refusalsOf),
    keepsStream,
  }, Prng.prng(seed, 'draws'))
  const stranger = hello({
    clientMinProtocol: PROTOCOL_VERSION, clientMaxProtocol: PROTOCOL_VERSION, serviceName: SERVICE, wantedVersion: '1.12.0',
    clientCapabilities: CAP_HANDLE_PASSING,
  })
  const frame = requestFrame(PAYLOAD_PROTOCOL_CONTROL, encodeHello(stranger))
  const isCrowded = has('DrawsCollide') || has('DrawsCollideOnce') || has('TokenStoreFull')
  const crowded = isCrowded ? afterEarlierHello(broker, frame, STRANGER, nowMs) : broker
  return has('PeerLimited') ? afterEarlierHello(crowded, frame, CLIENT_PEER, nowMs) : crowded
}

/** More than any client asks for stand for "always". */
function refusalsOf(fault: PairFault): BrokerActor['settings']['refusals'] {
  if (fault._tag !== 'Refusal') return []
  const { code, retryAfterMs, sharesProtocol, times } = fault
  const version = sharesProtocol ? PROTOCOL_VERSION : 7
  const refusal = { code, retryAfterMs, reason: 'not now', daemonMinProtocol: version, daemonMaxProtocol: version }
  return Array.from({ length: Math.min(times, 16) }, () => ({ fault: faultName(fault), refusal }))
}

function policyOf({ faults, ackDeadlineMs, tokenTtlMs }: PairScenario): Policy {
  const has = (tag: PairFault['_tag']): boolean => faults.some(({ _tag }) => _tag === tag)
  const parsed = parsePolicy({
    services: has('ServiceUnknown') ? [] : [{
      serviceName: SERVICE, daemonVersion: VERSION, backendPipe: BACKEND_ENDPOINT, minVersion: has('VersionBlocked') ? '1.12.0' : '',
    }],
    peerPolicy: has('PeerRejected') ? { ownerOnly: '0' } : 'allow-any',
    helloTimeoutMs: BROKER_HELLO_TIMEOUT_MS,
    rateLimit: { maxPerWindow: has('PeerLimited') ? 1 : 256, windowMs: RATE_WINDOW_MS },
    tokenStore: { maxPending: has('TokenStoreFull') ? 1 : 8, ttlMs: tokenTtlMs, collisionAttempts: 4 },
    ackDeadlineMs,
  })
  if (parsed._tag === 'Left') throw new Error('the policy of a pair is sound')
  return parsed.right
}

function backendOf(faults: ReadonlyArray<PairFault>, nowMs: number): BackendActor {
  const isFull = faults.some(({ _tag }) => _tag === 'AcceptanceFull')
  const speaksFirst = faults.some(({ _tag }) => _tag === 'BackendSpeaksFirst')
  const fresh = HandoffAcceptance.handoffAcceptance({ maxTokens: isFull ? 1 : 8, ttlMs: 60 })
  const earlier = handoffToken(EARLIER_TOKEN_BYTES.subarray(0, HANDOFF_TOKEN_BYTES))
  return backendActor(isFull && earlier !== undefined ? HandoffAcceptance.expect(fresh, earlier, nowMs).state : fresh, speaksFirst)
}
