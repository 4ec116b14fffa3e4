/**
 * A world of one broker, its host, many clients and a backend for each service: true time, the connections, and
 * what is on its way.
 *
 * **State** mutable, and nobody's but one run's: a life has thousands of steps, and is thrown away.
 *
 * **Not here** what happens: `acts`, `visitor`, `host`, `backend`; what is on its way: `network`.
 */
import { HANDOFF_TOKEN_BYTES, type HandoffToken } from '../../data/HandoffToken.js'
import { type PeerIdentity, peerIdentity } from '../../data/PeerIdentity.js'
import type * as Adoption from '../../client/Adoption.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import type { Answer } from '../../negotiate/answer.js'
import type * as HandoffAttempt from '../../negotiate/HandoffAttempt.js'
import type * as HandoffReceiver from '../../negotiate/HandoffReceiver.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { RandomSource } from '../../shell/RandomSource.js'
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import * as Prng from '../virtual/Prng.js'
import { readingMs, type Skew } from '../virtual/SkewedClock.js'
import * as Timetable from '../virtual/Timetable.js'
import type { TraceEvent } from '../virtual/traceText.js'
import { type Breach, type BrokerAuditor, brokerAuditor } from './BrokerAuditor.js'
import { describeSimulationFault, simulationFaultName, type CommonFault, type SimulationFaultName, type TokenTouch, type VisitFault } from './SimulationFault.js'
import { OWNER, SERVICES, simulationPolicy } from './SimulationPolicy.js'
import type { Act, SimulationScenario, Visit } from './SimulationScenario.js'
import { type BrokerMaker, type Saved, type Seen, type Twin, twin, type TwinSession } from './Twin.js'
import { visitHello } from './visitHello.js'

/**
 * A law that does not hold, when in true milliseconds, and what shows it.
 *
 * @category model
 * @since 0.1.0
 */
export interface SimulationViolation extends Breach {
  readonly atMs: number
}

/** Who hears: the host, on behalf of the broker; the client; a backend, of an offer; the host again, of the ACK. */
export type Ear = 'Attempt' | 'Backend' | 'Client' | 'Host'

/** Something on its way; `bytes` is `undefined` for the end of a stream. */
export type Task =
  | { readonly _tag: 'Act'; readonly act: Act; readonly isInTime: boolean }
  | { readonly _tag: 'BrokerBack'; readonly step: 'Lose' | 'Restore' | 'Resume'; readonly saved: Saved | undefined; readonly elapsedMs: number }
  | { readonly _tag: 'Heard'; readonly by: Ear; readonly link: string; readonly bytes: Uint8Array | undefined }
  | { readonly _tag: 'Opened'; readonly link: string }
  | { readonly _tag: 'SocketComes'; readonly link: string; readonly token: HandoffToken }
  | { readonly _tag: 'Touched'; readonly token: HandoffToken; readonly operation: TokenTouch }

/** How a connection ends for the host: with an answer, or closed without one. */
export type Fate = 'Answered' | 'Died' | 'Evicted' | 'Rejected' | 'Unreachable'

/** A visit that is being made: both ends of its connection, and the offer of it. */
export interface Link {
  readonly id: string
  readonly visit: Visit
  readonly peer: PeerIdentity
  readonly openedMs: number
  /** What the client says. */
  readonly hello: Uint8Array
  connection: ClientConnection.ClientConnection
  adoption: Adoption.Adoption | undefined
  outcome: string | undefined
  isClientOpen: boolean
  isHostOpen: boolean
  session: TwinSession | undefined
  fates: Array<Fate>
  answer: Answer | undefined
  attempt: HandoffAttempt.HandoffAttempt | undefined
  /** Something that was not meant for it has been heard on it. */
  isDisturbed: boolean
  /** When what was last said is heard; nothing overtakes it. */
  readonly heardMs: Record<Ear, number>
  dice: { cuts: Prng.Prng; harm: Prng.Prng; latency: Prng.Prng }
}

/** A service's backend: what it remembers of tokens, and the offers that it reads, by connection. */
export interface Backend {
  acceptance: HandoffAcceptance.HandoffAcceptance
  readonly receivers: Map<string, HandoffReceiver.HandoffReceiver>
  /** When it last accepted each token, since it started. */
  readonly acceptedMs: Map<string, number>
}

/** A world; see the head of this file. */
export interface SimulationWorld {
  readonly scenario: SimulationScenario
  readonly policies: ReadonlyArray<Policy>
  readonly twin: Twin
  readonly auditor: BrokerAuditor
  readonly links: Map<string, Link>
  /** The links of which an end is open, or an offer. */
  readonly live: Set<Link>
  readonly backends: ReadonlyArray<Backend>
  readonly trace: Array<TraceEvent>
  readonly reached: Map<string, number>
  readonly violations: Array<SimulationViolation>
  readonly saves: Array<Saved>
  readonly agenda: Timetable.Timetable<Task>
  /** What the host has not come to yet, because it is busy elsewhere. */
  readonly deferred: Array<Task>
  nowMs: number
  stepCount: number
  skews: Array<Skew>
  /** Until when something is as it should not be, in true milliseconds. */
  readonly untilMs: { clock: number; draws: number; listener: number; host: number }
  /** The broker's process has ended, and the next one has not begun. */
  isDown: boolean
  clockFails: 'NaN' | 'Throws'
  draws: 'Collide' | 'Fail' | 'Short'
  /** Whether time was ever anything but true to the broker. */
  wasTimeWrong: boolean
}

/** How long a client waits for its reply, and then for the ready frame, in milliseconds. */
export const CLIENT_HELLO_TIMEOUT_MS = 300
export const CLIENT_ADOPTION_TIMEOUT_MS = 120

/** How long a backend remembers a token: longer than any offer of it is worth anything. */
export const BACKEND_MEMORY_MS = 400

const EPOCHS_MS = [0, -500, 70_000.5, 1e6]
const DRAWS_A_CALL = 4

/** The world of a scenario, before anything has happened. */
export function simulationWorld(scenario: SimulationScenario, makeBroker: BrokerMaker): SimulationWorld {
  const policies = scenario.policies.map(simulationPolicy)
  const world: Omit<SimulationWorld, 'auditor' | 'twin'> = {
    scenario,
    policies,
    links: new Map(), live: new Set(),
    backends: SERVICES.map(freshBackend),
    trace: [], reached: new Map(), violations: [], saves: [], deferred: [],
    agenda: Timetable.timetable(),
    nowMs: 0, stepCount: 0, skews: [],
    untilMs: { clock: 0, draws: 0, listener: 0, host: 0 }, isDown: false,
    clockFails: 'NaN', draws: 'Fail', wasTimeWrong: false,
  }
  for (const act of scenario.acts) Timetable.put(world.agenda, act.atMs, { _tag: 'Act', act, isInTime: false })
  const whole = world as SimulationWorld
  const epochMs = EPOCHS_MS[Prng.below(Prng.prng(scenario.seed, 'epoch'), EPOCHS_MS.length).value] ?? 0
  const broker = twin({
    policy: policies[0] as Policy, makeBroker,
    clock: () => clockReading(whole, epochMs),
    randomOf: (life) => randomSource(whole, Prng.prng(scenario.seed, `draws ${life}`)),
    onSeen: (seen) => seenBy(whole, seen),
    isListenerBroken: () => whole.nowMs < whole.untilMs.listener,
  })
  return Object.assign(world, { twin: broker, auditor: brokerAuditor(broker.state()) })
}

/** A visit that begins now. */
export function newLink({ nowMs, scenario: { seed } }: SimulationWorld, id: string, visit: Visit): Link {
  const { bytes, hello } = visitHello(visit, Prng.prng(seed, `said ${id}`))
  const userId = visit.peer === 'Stranger' ? '0' : visit.peer === 'Unverified' ? '' : OWNER
  return {
    id, visit, openedMs: nowMs, hello: bytes,
    peer: peerIdentity(visit.pid, userId),
    connection: ClientConnection.clientConnection(hello, nowMs, CLIENT_HELLO_TIMEOUT_MS),
    adoption: undefined, outcome: undefined, isClientOpen: true, isHostOpen: false, session: undefined, fates: [], answer: undefined,
    attempt: undefined, isDisturbed: false,
    heardMs: { Attempt: nowMs, Backend: nowMs, Client: nowMs, Host: nowMs },
    dice: { cuts: Prng.prng(seed, `cuts ${id}`), harm: Prng.prng(seed, `harm ${id}`), latency: Prng.prng(seed, `latency ${id}`) },
  }
}

/** A backend that has just started. */
export function freshBackend(): Backend {
  return { acceptance: HandoffAcceptance.handoffAcceptance({ maxTokens: 16, ttlMs: BACKEND_MEMORY_MS }), receivers: new Map(), acceptedMs: new Map() }
}

/** Puts something down in the trace. */
export function told(world: SimulationWorld, who: string, fact: object): void {
  world.trace.push({ atMs: world.nowMs, who, fact })
}

/** Counts something that has been reached. */
export function reach({ reached }: SimulationWorld, what: string): void {
  reached.set(what, (reached.get(what) ?? 0) + 1)
}

/** A fault has taken effect. */
export function struck(world: SimulationWorld, who: string, fault: CommonFault | VisitFault): void {
  reach(world, `fault ${simulationFaultName(fault)}`)
  told(world, who, { _tag: 'Struck', fault: describeSimulationFault(fault) })
}

/** A fault that is in who comes, and has taken effect. */
export function struckByKind(world: SimulationWorld, who: string, name: SimulationFaultName): void {
  reach(world, `fault ${name}`)
  told(world, who, { _tag: 'Struck', fault: name })
}

/** The fault of this kind that a visit has, if it has one. */
export function faultOf<T extends VisitFault['_tag']>(
  { visit: { faults } }: Link, tag: T, holds: (fault: Extract<VisitFault, { readonly _tag: T }>) => boolean = () => true,
): Extract<VisitFault, { readonly _tag: T }> | undefined {
  return faults.find((fault): fault is Extract<VisitFault, { readonly _tag: T }> =>
    fault._tag === tag && holds(fault as Extract<VisitFault, { readonly _tag: T }>))
}

/** Posts something that happens in a while. */
export function post(world: SimulationWorld, atMs: number, task: Task): void {
  Timetable.put(world.agenda, Math.max(world.nowMs, atMs), task)
}

/** A law is broken. */
export function broken(world: SimulationWorld, law: string, detail: string): void {
  world.violations.push({ law, atMs: world.nowMs, detail })
}

function clockReading({ clockFails, nowMs, skews, untilMs }: SimulationWorld, epochMs: number): number {
  if (nowMs >= untilMs.clock) return skews.length === 0 ? epochMs + nowMs : readingMs({ epochMs, skews }, nowMs)
  if (clockFails === 'Throws') throw new Error('a clock may')
  return Number.NaN
}

/** A few draws a call, so that a source is asked often and what is wrong with it is felt soon. */
function randomSource(world: SimulationWorld, first: Prng.Prng): RandomSource {
  let dice = first
  let last = new Uint8Array(HANDOFF_TOKEN_BYTES)
  return () => {
    const mode = world.nowMs < world.untilMs.draws ? world.draws : 'Fresh'
    if (mode === 'Fail') throw new Error('a random source may')
    if (mode === 'Collide') return Uint8Array.from({ length: DRAWS_A_CALL * HANDOFF_TOKEN_BYTES }, (_, i) => last[i % HANDOFF_TOKEN_BYTES] as number)
    const { state, value } = Prng.bytes(dice, mode === 'Short' ? HANDOFF_TOKEN_BYTES - 1 : DRAWS_A_CALL * HANDOFF_TOKEN_BYTES)
    dice = state
    if (mode === 'Fresh') last = value.slice(0, HANDOFF_TOKEN_BYTES)
    return value
  }
}

/** Every step of the broker is audited, told, and counted. */
function seenBy(world: SimulationWorld, seen: Seen): void {
  for (const { _tag, ...event } of seen.events) {
    reach(world, `event ${_tag}`)
    if ('error' in event) reach(world, `${_tag} ${event.error._tag}`)
  }
  told(world, 'Broker', { _tag: seen.step, at: seen.nowMs, told: seen.events.map(({ _tag }) => _tag).join() })
  for (const breach of world.auditor.watch(seen)) world.violations.push({ ...breach, atMs: world.nowMs })
}
