/**
 * One life of a broker among many peers, to be played: what happens when, as a list. A seed makes it whole, and
 * says in it how likely each fault is, so that some seeds know few faults and others many of one kind.
 *
 * **Laws**
 *  1. The same scenario gives the same life.
 *  2. Acts do not know of each other: without any of them, a scenario is a scenario, and the others' dice are theirs.
 */
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { PAIR_FAULTS } from '../pair/PairFault.js'
import { chooser } from '../virtual/chooser.js'
import * as Prng from '../virtual/Prng.js'
import type { Cutting, Tampering } from '../virtual/Tampering.js'
import {
  type CommonFault, describeSimulationFault, type Malformation, SIMULATION_FAULTS, type SimulationFaultName, type TokenTouch,
  type VisitFault, type VisitMessage, type WrongWant,
} from './SimulationFault.js'
import { GOOD_VERSION, type PolicyFigures } from './SimulationPolicy.js'

/**
 * A life to be played. The broker starts under the first policy.
 *
 * @category model
 * @since 0.1.0
 */
export interface SimulationScenario {
  readonly seed: number
  readonly policies: ReadonlyNonEmptyArray<PolicyFigures>
  readonly maxConnections: number
  /** Of what is due at one instant, whether deadlines or messages come first. */
  readonly timersFirst: boolean
  readonly cutting: Cutting
  readonly acts: ReadonlyArray<Act>
}

/**
 * Something that happens at `atMs`, or, where `nearDeadlineMs` is there, so many milliseconds after the broker's
 * next deadline from then on. Its `id` names its dice, whatever else is in the list.
 *
 * @category model
 * @since 0.1.0
 */
export interface Act {
  readonly id: number
  readonly atMs: number
  readonly nearDeadlineMs: number | undefined
  readonly what: CommonFault | Visit
}

/**
 * A client comes, says Hello, and does with the answer what clients do.
 *
 * @category model
 * @since 0.1.0
 */
export interface Visit {
  readonly _tag: 'Visit'
  readonly peer: PeerKind
  readonly pid: number
  /** Whether the Hello says the pid. */
  readonly claimsPid: boolean
  readonly service: number
  readonly version: string
  readonly offersHandoff: boolean
  readonly adopts: boolean
  /** Whether the host offers the connection to the service's backend. */
  readonly handsOver: boolean
  readonly keepaliveSecs: bigint
  readonly requestId: bigint
  readonly traceparent: string
  readonly faults: ReadonlyArray<VisitFault>
}

/**
 * Who a peer is: a process of the broker's own user, one with the pid of another before it, another user's, or
 * nobody knows.
 *
 * @category model
 * @since 0.1.0
 */
export type PeerKind = 'Own' | 'PidReused' | 'Stranger' | 'Unverified'

type Dice = <A>(choices: ReadonlyNonEmptyArray<A>) => A

const GAPS_MS: ReadonlyNonEmptyArray<number> = [0, 0, 0.5, 1, 1, 3, 7.5, 12, 30, 60]
const OFFSETS_MS: ReadonlyNonEmptyArray<number> = [-1, -0.5, 0, 0.5, 1]
const WEIGHTS: ReadonlyNonEmptyArray<number> = [0, 0, 0, 1, 1, 2, 5]

/** Byte by byte is as good a test as any, and takes a hundred times as many steps. */
const CUTS: ReadonlyNonEmptyArray<Cutting['sizes']> = [
  'Bytewise', 'Seeded', 'Seeded', 'Seeded', 'Seeded', 'Seeded', 'Seeded', 'Seeded', 'Whole', 'Whole', 'Whole', 'Whole', 'Whole', 'Whole', 'Whole', 'Whole',
]

/** The pids that peers have; few, so that they meet in one window. */
const PIDS: ReadonlyNonEmptyArray<number> = [101, 102, 103, 104, 0xffff_fffe]

const MESSAGES: ReadonlyNonEmptyArray<VisitMessage> = ['Ack', 'Hello', 'Hello', 'Offer', 'Ready', 'Reply']

const MALFORMATIONS: ReadonlyNonEmptyArray<Malformation> = [
  'ClientLibTooLong', 'ClientVersionTooLong', 'CompressedPayload', 'EnvelopeVersion', 'FrameKind', 'FramingByte', 'NoFrame', 'NoHello',
  'PayloadProtocol', 'ProtocolRange', 'ServiceName', 'TooLarge', 'WantedVersion',
]
const WRONG_WANTS: ReadonlyNonEmptyArray<WrongWant> = [
  'AnotherBrokersToken', 'AnotherDaemonsToken', 'NoDaemonsToken', 'NoToken', 'UnknownService', 'VersionBelowFloor', 'VersionOffList',
]
const FORGED_FIELDS = PAIR_FAULTS.flatMap((fault) => (fault._tag === 'Forged' ? [fault.field] : []))

/** A message that is mostly a Hello's own, tampered with. */
function tampered(how: (dice: Dice) => Tampering): (dice: Dice) => VisitFault {
  return (dice) => ({ _tag: 'Tampered', message: dice(MESSAGES), how: how(dice) })
}

/** How each fault of a visit is made. */
const VISIT_FAULTS: Readonly<Partial<Record<SimulationFaultName, (dice: Dice) => VisitFault>>> = {
  AckAtDeadline: (dice) => ({ _tag: 'AckAtDeadline', offsetMs: dice(OFFSETS_MS) }),
  BackendSilent: () => ({ _tag: 'BackendSilent' }),
  Crossed: (dice) => ({ _tag: 'Crossed', message: dice(MESSAGES) }),
  DeliveryFails: (dice) => ({ _tag: 'DeliveryFails', mayHaveArrived: dice([true, false]) }),
  Duplicated: tampered(() => ({ _tag: 'Duplicated' })),
  EndsEarly: () => ({ _tag: 'EndsEarly' }),
  Forged: (dice) => ({ _tag: 'Forged', field: dice(FORGED_FIELDS as unknown as ReadonlyNonEmptyArray<typeof FORGED_FIELDS[number]>) }),
  Garbled: tampered(() => ({ _tag: 'Garbled' })),
  Late: tampered((dice) => ({ _tag: 'Late', byMs: dice([10, 45, 400]) })),
  LiesAboutPid: () => ({ _tag: 'LiesAboutPid' }),
  Lost: tampered(() => ({ _tag: 'Lost' })),
  Malformed: (dice) => ({ _tag: 'Malformed', how: dice(MALFORMATIONS) }),
  Mute: () => ({ _tag: 'Mute' }),
  Noise: () => ({ _tag: 'Noise' }),
  OfferReplayed: () => ({ _tag: 'OfferReplayed' }),
  ReplyUnwritable: () => ({ _tag: 'ReplyUnwritable' }),
  SaysMore: () => ({ _tag: 'SaysMore' }),
  SidebandMismatch: () => ({ _tag: 'SidebandMismatch' }),
  TokenTouched: touched,
  Trickled: tampered((dice) => ({ _tag: 'Trickled', everyMs: dice([0.5, 3]) })),
  Truncated: tampered(() => ({ _tag: 'Truncated' })),
  Vanishes: (dice) => ({ _tag: 'Vanishes', at: dice(['Adopting', 'AwaitingReply', 'Connecting', 'MidHello']) }),
  WantsWrongly: (dice) => ({ _tag: 'WantsWrongly', what: dice(WRONG_WANTS) }),
}

/** Mostly next to the token's own end, because there it is worth most to be exact. */
function touched(dice: Dice): VisitFault {
  const operation = dice<TokenTouch>(['Abandon', 'Acknowledge', 'Consume', 'Consume', 'Mistake', 'Replay', 'Sweep'])
  const [since, afterMs] = [dice<'AckDeadline' | 'Expiry' | 'Reply'>(['AckDeadline', 'Expiry', 'Expiry', 'Reply']), dice([0, dice(OFFSETS_MS)])]
  return { _tag: 'TokenTouched', operation, since, afterMs: since === 'Reply' ? dice([0, 3.5, 20]) : afterMs }
}

const DURATIONS_MS: ReadonlyNonEmptyArray<number> = [5, 40, 120]

/** How each fault that is everybody's is made. */
const COMMON_FAULTS: Readonly<Partial<Record<SimulationFaultName, (dice: Dice) => CommonFault>>> = {
  BackendForgets: (dice) => ({ _tag: 'BackendForgets', service: dice([0, 1]) }),
  BrokerRestartsFromNothing: (dice) => ({ _tag: 'BrokerRestarts', from: 'Nothing', downMs: dice([0, 8]) }),
  BrokerRestartsFromOldSnapshot: (dice) => ({ _tag: 'BrokerRestarts', from: 'Old', downMs: dice([0, 8]) }),
  BrokerRestartsFromSnapshot: (dice) => ({ _tag: 'BrokerRestarts', from: dice(['Snapshot', 'SnapshotUnaware']), downMs: dice([0, 0.5, 8, 60]) }),
  ClockFails: (dice) => ({ _tag: 'ClockFails', forMs: dice(DURATIONS_MS), how: dice(['NaN', 'Throws']) }),
  ClockJumpsAhead: (dice) => ({ _tag: 'ClockJumpsAhead', byMs: dice([1, 20, 49, 50, 51, 1_000]) }),
  ClockJumpsBack: (dice) => ({ _tag: 'ClockJumpsBack', byMs: dice([1, 50, 500]) }),
  ClockStalls: (dice) => ({ _tag: 'ClockStalls', forMs: dice(DURATIONS_MS) }),
  DrawsCollide: (dice) => ({ _tag: 'DrawsCollide', forMs: dice(DURATIONS_MS) }),
  DrawsFail: (dice) => ({ _tag: 'DrawsFail', forMs: dice(DURATIONS_MS) }),
  DrawsShort: (dice) => ({ _tag: 'DrawsShort', forMs: dice(DURATIONS_MS) }),
  Floods: (dice) => ({ _tag: 'Floods', pid: dice(PIDS), count: dice([3, 6, 12]), wantsTokens: dice([true, false]) }),
  Hoards: (dice) => ({ _tag: 'Hoards', pid: dice(PIDS), count: dice([2, 4, 8]) }),
  HostStalls: (dice) => ({ _tag: 'HostStalls', forMs: dice(DURATIONS_MS) }),
  ListenerBreaks: (dice) => ({ _tag: 'ListenerBreaks', forMs: dice(DURATIONS_MS) }),
  PolicyChanges: (dice) => ({ _tag: 'PolicyChanges', to: dice([0, 1, 1, 2]) }),
  SnapshotGarbled: (dice) => ({ _tag: 'BrokerRestarts', from: 'Garbled', downMs: dice([0, 8]) }),
  TokenGuessed: () => ({ _tag: 'TokenGuessed' }),
}

/** The kinds of peer that are faults. */
const PEER_FAULTS: ReadonlyArray<Exclude<PeerKind, 'Own'>> = ['PidReused', 'Stranger', 'Unverified']

/**
 * The scenario of a seed.
 *
 * @example
 * import assert from 'node:assert'
 * import { runSimulation, simulationScenario } from 'hello-negotiation/testing'
 *
 * const [once, again] = [runSimulation(simulationScenario(7)), runSimulation(simulationScenario(7))]
 * assert.deepEqual(once.violations, [])
 * assert.deepEqual(once.trace, again.trace)
 *
 * @category constructors
 * @since 0.1.0
 */
export function simulationScenario(seed: number): SimulationScenario {
  const dice = chooser(Prng.prng(seed, 'simulation'))
  const swarm = swarmOf(dice)
  const figures = figuresOf(dice)
  return {
    seed,
    policies: [figures, { ...figuresOf(dice), helloTimeoutMs: figures.helloTimeoutMs }, { ...figures, asksForSession: !figures.asksForSession }],
    maxConnections: dice([3, 6, 6, 24]),
    timersFirst: dice([true, false]),
    cutting: { sizes: dice(CUTS), pace: dice(['Burst', 'Spread']) },
    acts: actsOf(dice, swarm, dice([6, 10, 16, 24])),
  }
}

/**
 * An act on one line.
 *
 * @category encodings
 * @since 0.1.0
 */
export function describeAct({ atMs, id, nearDeadlineMs, what }: Act): string {
  const when = nearDeadlineMs === undefined ? `${atMs} ms` : `${atMs} ms, then ${nearDeadlineMs} ms after the next deadline`
  return `#${id} at ${when}: ${what._tag === 'Visit' ? describeVisit(what) : describeSimulationFault(what)}`
}

function describeVisit({ adopts, faults, handsOver, offersHandoff, peer, pid, service, version }: Visit): string {
  const manner = `${offersHandoff ? 'wants' : 'wants no'} handoff, ${adopts ? 'adopts' : 'does not adopt'}, ${handsOver ? 'is' : 'is not'} offered`
  return [`Visit of pid ${pid} (${peer}) to service ${service} ${version}`, manner, ...faults.map(describeSimulationFault)].join('; ')
}

/** How much of each kind there is in a life, and how much peace. */
interface Swarm {
  readonly visits: ReadonlyArray<SimulationFaultName>
  readonly commons: ReadonlyArray<SimulationFaultName>
  readonly peers: ReadonlyNonEmptyArray<PeerKind>
  /** Of ten visits, how many have a fault; of ten acts, how many are everybody's. */
  readonly visitFaults: number
  readonly commonFaults: number
}

/** The kinds that are many kinds in one. */
const MANIFOLD: Readonly<Partial<Record<SimulationFaultName, number>>> = { Forged: 3, Malformed: 3, TokenTouched: 4, WantsWrongly: 3 }

/** Of four seeds, one knows a single kind of fault, and much of it. */
function swarmOf(dice: Dice): Swarm {
  const names = Object.keys(SIMULATION_FAULTS) as unknown as ReadonlyNonEmptyArray<SimulationFaultName>
  const only = dice([undefined, undefined, undefined, dice(names)])
  const weights = names.map((name) => [name, only === undefined ? dice(WEIGHTS) : Number(name === only)] as const)
  const named = weights.flatMap(([name, weight]) => new Array<SimulationFaultName>(weight * (MANIFOLD[name] ?? 1)).fill(name))
  const peers = named.filter((name): name is Exclude<PeerKind, 'Own'> => PEER_FAULTS.some((peer) => peer === name))
  return {
    visits: named.filter((name) => VISIT_FAULTS[name] !== undefined),
    commons: named.filter((name) => COMMON_FAULTS[name] !== undefined),
    peers: ['Own', 'Own', 'Own', 'Own', 'Own', ...peers],
    visitFaults: only === undefined ? dice([2, 5, 8]) : 8,
    commonFaults: only === undefined ? dice([1, 3, 5]) : 5,
  }
}

function figuresOf(dice: Dice): PolicyFigures {
  return {
    maxPerWindow: dice([1, 2, 3, 6]),
    windowMs: dice([1, 50, 100, 100.5]),
    maxPending: dice([1, 3, 8]),
    ttlMs: dice([1, 40, 80, 80.5]),
    collisionAttempts: dice([1, 2, 3]),
    ackDeadlineMs: dice([1, 25, 50, 50.5, 120]),
    helloTimeoutMs: dice([30, 100, 200]),
    isOwnerOnly: dice([true, false, false, false]),
    asksForSession: dice([true, false]),
  }
}

function actsOf(dice: Dice, swarm: Swarm, count: number): ReadonlyArray<Act> {
  let atMs = 0
  return Array.from({ length: count }, (_, id): Act => {
    atMs += dice(GAPS_MS)
    const nearDeadlineMs = dice([undefined, undefined, undefined, undefined, dice(OFFSETS_MS)])
    return { id, atMs, nearDeadlineMs, what: whatOf(dice, swarm) }
  })
}

function whatOf(dice: Dice, swarm: Swarm): CommonFault | Visit {
  const isCommon = swarm.commons.length > 0 && dice(TENTHS) < swarm.commonFaults
  const make = isCommon ? COMMON_FAULTS[dice(swarm.commons as ReadonlyNonEmptyArray<SimulationFaultName>)] : undefined
  return make === undefined ? visitOf(dice, swarm) : make(dice)
}

const TENTHS: ReadonlyNonEmptyArray<number> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

function visitOf(dice: Dice, swarm: Swarm): Visit {
  const peer = dice(swarm.peers)
  const faults = visitFaultsOf(dice, swarm)
  return {
    _tag: 'Visit',
    peer,
    pid: peer === 'Unverified' ? 0 : dice(PIDS),
    claimsPid: dice([true, false]),
    service: dice([0, 0, 1]),
    version: dice([GOOD_VERSION, GOOD_VERSION, '2.0.0']),
    ...mannerOf(dice, faults),
    keepaliveSecs: dice([0n, 60n, (1n << 64n) - 1n]),
    requestId: dice([1n, 1n, 7n, 0n, (1n << 64n) - 1n]),
    traceparent: dice(['', '', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']),
    faults,
  }
}

/** A fault of a handoff is none where there is no handoff; and a token that is handed over is soon gone. */
function mannerOf(dice: Dice, faults: ReadonlyArray<VisitFault>): Pick<Visit, 'adopts' | 'handsOver' | 'offersHandoff'> {
  const offersHandoff = dice([true, true, true, false])
  const adopts = dice([true, true, false])
  const handsOver = dice([true, true, false])
  if (faults.some(isOfHandoff)) return { offersHandoff: true, adopts: true, handsOver: true }
  return faults.some(({ _tag }) => _tag === 'TokenTouched') ? { offersHandoff: true, adopts, handsOver: dice([true, false, false, false]) }
    : { offersHandoff, adopts, handsOver }
}

function isOfHandoff(fault: VisitFault): boolean {
  switch (fault._tag) {
    case 'AckAtDeadline':
    case 'BackendSilent':
    case 'DeliveryFails':
    case 'OfferReplayed':
    case 'SidebandMismatch':
      return true
    case 'Crossed':
    case 'Tampered':
      return fault.message === 'Ack' || fault.message === 'Offer' || fault.message === 'Ready'
    case 'Forged':
      return !fault.field.startsWith('Reply')
    default:
      return false
  }
}

function visitFaultsOf(dice: Dice, { visitFaults, visits }: Swarm): ReadonlyArray<VisitFault> {
  if (visits.length === 0 || dice(TENTHS) >= visitFaults) return []
  const count = dice([1, 1, 1, 2])
  return Array.from({ length: count }, () => VISIT_FAULTS[dice(visits as ReadonlyNonEmptyArray<SimulationFaultName>)]?.(dice))
    .filter((fault) => fault !== undefined)
}
