/**
 * Lives of a broker, for fast-check. Pools are tiny so that things collide: three pids, a few services and versions,
 * four tokens, instants around every deadline.
 */
import fc from 'fast-check'
import { peerIdentity } from '../../../data/PeerIdentity.js'
import { parsePolicy, type Policy } from '../../../negotiate/Policy.js'
import { encodeFramed } from '../../../wire/Framing.js'
import { encodeFrame, type Frame, frame } from '../../../wire/messages/Frame.js'
import { encodeHello, type Hello, hello } from '../../../wire/messages/Hello.js'
import { arbitraryDraws, arbitraryToken } from '../../arbitrary/draws.js'
import { arbitraryChunkSizes, cut } from '../../arbitrary/bytes.js'
import { type BrokerHappening, type BrokerLife, type HelloCame, lived } from '../BrokerLife.js'
import { OUR_STEPS } from '../Steps.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of deadline, snapshot and exchange laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerInputs {
  readonly BrokerLife: BrokerLife
  readonly CutExchange: CutExchange
  /** What somebody says is a snapshot. */
  readonly HostileSnapshot: unknown
  readonly InterruptedLife: InterruptedLife
}

/**
 * What a peer sends on one connection, and how it is cut.
 *
 * @category model
 * @since 0.1.0
 */
export interface CutExchange {
  readonly policy: Policy
  readonly came: HelloCame
  readonly chunks: ReadonlyArray<Uint8Array>
}

/**
 * A life in which the broker is written out and restored before the event at `cutAt`.
 *
 * @category model
 * @since 0.1.0
 */
export interface InterruptedLife extends BrokerLife {
  readonly cutAt: number
}

/** @internal */
export const BROKER_INPUTS: LawArbitraries<BrokerInputs> = {
  BrokerLife: () => brokerLife(),
  CutExchange: () => fc.record({ policy: smallPolicy(), came: helloCame(), sizes: arbitraryChunkSizes() })
    .map(({ policy, came, sizes }) => ({ policy, came, chunks: cut(came.bytes, sizes) })),
  HostileSnapshot: () => fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 4, arbitrary: fc.tuple(brokerLife(), fc.nat(), fc.jsonValue({ maxDepth: 1 })).map(([life, at, value]) => spoilt(snapshotOf(life), at, value)) },
  ),
  InterruptedLife: () => fc.tuple(brokerLife(), fc.nat({ max: 20 })).map(([life, cutAt]) => ({ ...life, cutAt })),
}

function brokerLife(): fc.Arbitrary<BrokerLife> {
  return fc.record({ policy: smallPolicy(), events: timeline(happening()) })
}

/** Mostly Hellos, most of them sound. */
function happening(): fc.Arbitrary<BrokerHappening> {
  const token = arbitraryToken()
  return fc.oneof(
    { weight: 8, arbitrary: helloCame() },
    { weight: 2, arbitrary: token.map((token) => ({ _tag: 'Acknowledge' as const, token })) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant('Consume' as const), expected: token, presented: token }) },
    { weight: 1, arbitrary: token.map((token) => ({ _tag: 'Abandon' as const, token })) },
    { weight: 2, arbitrary: fc.constant({ _tag: 'Expire' as const }) },
  )
}

function smallPolicy(): fc.Arbitrary<Policy> {
  return fc.record({
    rateLimit: fc.record({ maxPerWindow: fc.integer({ min: 0, max: 3 }), windowMs: fc.constantFrom(0, 50, 100) }),
    tokenStore: fc.record({
      maxPending: fc.integer({ min: 0, max: 3 }), ttlMs: fc.constantFrom(0, 50, 100.5), collisionAttempts: fc.nat({ max: 2 }),
    }),
    ackDeadlineMs: fc.constantFrom(0, 50, 100.5),
    peerPolicy: fc.constantFrom('allow-any', 'allow-any', 'allow-any', { ownerOnly: '1000' }),
  }).map((limits) => {
    const parsed = parsePolicy({ ...limits, services: SERVICES })
    if (parsed._tag === 'Left') throw new Error('the policy of a life is sound')
    return parsed.right
  })
}

const BACKEND = { daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }
const SERVICES = [
  { ...BACKEND, serviceName: 'zccache' },
  { ...BACKEND, serviceName: 'clud', minVersion: '1.0.0', serverCapabilities: '9223372036854775808' },
  { ...BACKEND, serviceName: 'fbuild', versionAllowList: ['1.11.20'], serverCapabilities: '3' },
]

/** Times that mostly go on, by steps around the limits; now and then a clock jumps back or says nothing of use. */
function timeline(event: fc.Arbitrary<BrokerHappening>): fc.Arbitrary<BrokerLife['events']> {
  const tick = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0, 0.5, 1, 10, 24.5, 49.5, 50, 50.5, 100, 100.5) },
    { weight: 1, arbitrary: fc.constantFrom(-60, 10_000) },
  )
  const misread = fc.option(fc.constantFrom(Number.NaN, Infinity, -Infinity, -1), { freq: 30, nil: undefined })
  return fc.array(fc.tuple(tick, misread, event), { maxLength: 20 }).map((ticks) => {
    let clockMs = 1_000
    return ticks.map(([elapsedMs, misreadAs, event]) => {
      clockMs += elapsedMs
      return [misreadAs === Infinity ? clockMs : misreadAs ?? clockMs, event] as const
    })
  })
}

/** @internal A frame of some peer: mostly a sound Hello, else one that fails at some check, or no Hello at all. */
export function helloCame(): fc.Arbitrary<HelloCame> {
  const peer = fc.tuple(fc.constantFrom(0, 7, 8), fc.constantFrom('1000', '1000', '0')).map(([pid, user]) => peerIdentity(pid, user))
  const carried = fc.oneof(
    { weight: 6, arbitrary: soundHello().map((hello) => carrying(hello)) },
    { weight: 2, arbitrary: fc.tuple(doubtfulHello(), envelope()).map(([hello, envelope]) => carrying(hello, envelope)) },
    { weight: 1, arbitrary: noHello().map((bytes) => ({ bytes, hello: undefined })) },
  )
  return fc.record({ carried, peer, draws: arbitraryDraws(4) })
    .map(({ carried, peer, draws }) => ({ _tag: 'Hello', ...carried, peer, draws }))
}

function carrying(hello: Hello, envelope: Partial<Frame> = {}): Pick<HelloCame, 'bytes' | 'hello'> {
  return { bytes: framed(encodeFrame(frame({ envelopeVersion: 1, payload: encodeHello(hello), ...envelope }))), hello }
}

function soundHello(): fc.Arbitrary<Hello> {
  return fc.record({
    serviceName: fc.constantFrom('zccache', 'clud', 'fbuild'),
    clientCapabilities: fc.constantFrom(0n, 1n, 1n, 2n, 0xffff_ffff_ffff_ffffn),
    clientKeepaliveSecs: fc.constantFrom(0n, 1n, 60n, 0xffff_ffff_ffff_ffffn),
  }).map((fields) => hello({ clientMinProtocol: 1, clientMaxProtocol: 1, wantedVersion: '1.11.20', ...fields }))
}

function doubtfulHello(): fc.Arbitrary<Hello> {
  return fc.record({
    sound: soundHello(),
    clientMinProtocol: mostly(1, 0, 2),
    clientMaxProtocol: mostly(1, 0, 0xffff_ffff),
    serviceName: mostly('zccache', 'nobody', 'constructor', 'UPPER', ''),
    wantedVersion: mostly('1.11.20', '0.9.0', '1.0.0-rc.1', 'latest'),
    clientVersion: mostly('', 'é'.repeat(65)),
    clientLibName: mostly('', 'x'.repeat(65)),
    peerPid: mostly(0, 7, 9),
  }).map(({ sound, ...fields }) => ({ ...sound, ...fields }))
}

function envelope(): fc.Arbitrary<Partial<Frame>> {
  return fc.record({
    envelopeVersion: mostly(1, 0, 2),
    kind: mostly(0, 1, 3, -1),
    payloadProtocol: mostly(0, 1, 0xad01),
    payloadEncoding: mostly(0, 1, -1),
    requestId: fc.constantFrom(0n, 7n, 0xffff_ffff_ffff_ffffn),
    deadlineUnixMs: fc.constantFrom(0n, 1n),
    traceparent: fc.string({ unit: 'grapheme', maxLength: 8 }),
    tracestate: fc.constantFrom('', 'vendor=value', 'not legal\n'),
  })
}

function noHello(): fc.Arbitrary<Uint8Array> {
  const start = soundHello().chain((hello) => {
    const { bytes } = carrying(hello)
    return fc.nat({ max: bytes.length - 1 }).map((length) => bytes.slice(0, length))
  })
  return fc.oneof(
    fc.uint8Array({ maxLength: 20 }), start, fc.uint8Array({ maxLength: 20 }).map(framed),
    fc.constant(Uint8Array.of(1, 1, 0, 1, 0)), fc.constant(Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff)),
  )
}

function framed(body: Uint8Array): Uint8Array {
  const whole = encodeFramed(body)
  return whole._tag === 'Right' ? whole.right : new Uint8Array(0)
}

/** Mostly the first, now and then one of the others. */
function mostly<A>(usual: A, ...others: ReadonlyArray<A>): fc.Arbitrary<A> {
  return fc.oneof({ weight: 10, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
}

function snapshotOf(life: BrokerLife): unknown {
  const state = lived(OUR_STEPS, life).at(-1)?.after ?? OUR_STEPS.Exchange.initialState(life.policy)
  return JSON.parse(JSON.stringify(OUR_STEPS.Snapshot.encodeSnapshot(state)))
}

/** A value with one place in it, however deep, saying something else. */
function spoilt(value: unknown, at: number, other: unknown): unknown {
  if (typeof value !== 'object' || value === null) return other
  const keys = Object.keys(value)
  const key = keys[at % (keys.length + 1)]
  if (key === undefined) return other
  const spoiltField = spoilt((value as Record<string, unknown>)[key], Math.floor(at / (keys.length + 1)), other)
  return Array.isArray(value) ? value.with(Number(key), spoiltField) : { ...value, [key]: spoiltField }
}
