/**
 * A broker in a process that is plainly right: `BrokerModel` with a clock's readings, a random source, and what
 * there is to tell.
 *
 * **State** the broker, its time, and the random bytes at hand.
 *
 * **Laws**
 *  1. What is due is swept before a Hello is answered and after everything else, so it makes room, but never
 *     changes what somebody is told of his own token (DIV-A2).
 *  2. Time never runs backwards, and stands still while the clock gives no number (DIV-R2).
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { HandoffToken } from '../../data/HandoffToken.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Step } from '../../data/Step.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { RandomSource } from '../../shell/RandomSource.js'
import type { AckError, Acknowledged, Handoff } from '../../step/AckRegistry.js'
import type { ConsumeError } from '../../step/TokenStore.js'
import * as BrokerModel from './BrokerModel.js'
import { type ConnectionModel, type Heard, heard } from './ConnectionModel.js'
import { handoffText, line } from './eventLine.js'
import { isAdmitted } from './HelloModel.js'
import { REFUSAL_ROWS } from './RefusalModel.js'
import { endOf, later } from './time.js'

/**
 * A broker in a process.
 *
 * @category model
 * @since 0.1.0
 */
export interface ShellModel {
  readonly broker: BrokerModel.BrokerModel
  /** What is added to the clock's readings. */
  readonly offsetMs: number
  readonly latestMs: number
  readonly randomBytes: Uint8Array
}

/**
 * What the world is like while a step is taken: what the clock says, and where randomness comes from.
 *
 * @category model
 * @since 0.1.0
 */
export interface World {
  readonly readingMs: number
  readonly random: RandomSource
}

/**
 * A step: what is next, what it came to, and what there is to tell of it, a line an event (`eventLine`).
 *
 * @category model
 * @since 0.1.0
 */
export interface Told<A> {
  readonly state: ShellModel
  readonly value: A
  readonly lines: ReadonlyArray<string>
}

/**
 * A broker that starts with nothing to remember; a clock that begins below 0 is moved up to it.
 *
 * @category constructors
 * @since 0.1.0
 */
export function shellModel(policy: Policy, readingMs: number): ShellModel {
  const startMs = Number.isFinite(readingMs) ? readingMs : 0
  const broker = BrokerModel.brokerModel(policy)
  return { broker, offsetMs: Math.max(0, -startMs), latestMs: 0, randomBytes: new Uint8Array(0) }
}

/**
 * A broker that goes on from another's memory, `elapsedMs` milliseconds later, under a policy that may differ.
 *
 * @category constructors
 * @since 0.1.0
 */
export function resumed(
  { broker }: ShellModel, policy: Policy, elapsedMs: number, world: World,
): Told<undefined> {
  const startMs = Number.isFinite(world.readingMs) ? world.readingMs : 0
  const resumeMs = Math.max(broker.limiter.latestMs, broker.tokens.latestMs, broker.acks.latestMs) + elapsedMs
  const shell = { broker, offsetMs: resumeMs - startMs, latestMs: resumeMs, randomBytes: new Uint8Array(0) }
  return reconfigure(shell, policy, world)
}

/**
 * The broker's time.
 *
 * @category queries
 * @since 0.1.0
 */
export function nowMs({ latestMs, offsetMs }: ShellModel, { readingMs }: World): number {
  return later(latestMs, readingMs + offsetMs)
}

/**
 * How long until something is due.
 *
 * @category queries
 * @since 0.1.0
 */
export function msUntilDeadline(shell: ShellModel, world: World): number | undefined {
  const deadlineMs = BrokerModel.nextDeadlineMs(shell.broker)
  return deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - nowMs(shell, world))
}

/**
 * Lets a peer open a connection; `undefined` for one that gets silence (SPEC C1).
 *
 * @category steps
 * @since 0.1.0
 */
export function accept(shell: ShellModel, peer: PeerIdentity, world: World): Told<ConnectionModel | undefined> {
  const state = at(shell, world)
  const { policy } = state.broker
  if (!isAdmitted(policy, peer)) return { state, value: undefined, lines: [line(state.latestMs, 'PeerRejected', peer.pid)] }
  const deadlineMs = endOf(state.latestMs, policy.helloTimeoutMs)
  return { state, value: { bytes: [], hasEnded: false, isOverdue: false, deadlineMs }, lines: [] }
}

/**
 * Answers a connection, if what has come of it is enough to be answered (SPEC C3, C4, C7).
 *
 * @category steps
 * @since 0.1.0
 */
export function respond(
  shell: ShellModel, connection: ConnectionModel, peer: PeerIdentity, world: World,
): Told<BrokerModel.Answered | undefined> {
  const opening = heard({ ...connection, isOverdue: connection.isOverdue && nowMs(shell, world) >= connection.deadlineMs })
  return opening._tag === 'NeedData' ? { state: at(shell, world), value: undefined, lines: [] } : answered(shell, opening, peer, world)
}

/**
 * Answers a whole request (SPEC C1, C3, C4).
 *
 * @category steps
 * @since 0.1.0
 */
export function exchange(shell: ShellModel, bytes: Uint8Array, peer: PeerIdentity, world: World): Told<BrokerModel.Answered> {
  return answered(shell, heard({ bytes: [...bytes], hasEnded: true, isOverdue: false }), peer, world)
}

/**
 * Notes that an answer could not be written (DIV-T2).
 *
 * @category steps
 * @since 0.1.0
 */
export function unwritten(shell: ShellModel, { verdict: { token } }: BrokerModel.Answered, world: World): Told<Handoff | undefined> {
  return token === undefined ? { state: shell, value: undefined, lines: [] } : abandon(shell, token, world)
}

/**
 * Takes a backend's ACK (SPEC A2, A3).
 *
 * @category steps
 * @since 0.1.0
 */
export function acknowledge(shell: ShellModel, token: HandoffToken, world: World): Told<Either<AckError, Acknowledged>> {
  return run(shell, world, (broker, now) => BrokerModel.acknowledge(broker, token, now), (value, now) => [value._tag === 'Left'
    ? line(now, 'AckRefused', value.left._tag)
    : line(now, 'HandoffAcknowledged', handoffText(value.right.handoff), value.right.waitedMs)])
}

/**
 * Consumes a token (SPEC T4); those that expired on the way are told as well.
 *
 * @category steps
 * @since 0.1.0
 */
export function consume(
  shell: ShellModel, expected: HandoffToken, presented: HandoffToken, world: World,
): Told<Either<ConsumeError, void>> {
  const before = shell.broker.tokens.pending.length
  return run(shell, world, (broker, now) => BrokerModel.consume(broker, expected, presented, now), (value, now, { tokens }) => {
    const isOneOfThem = value._tag === 'Right' || value.left._tag === 'TokenExpired'
    const others = before - tokens.pending.length - (isOneOfThem ? 1 : 0)
    return [
      value._tag === 'Right' ? line(now, 'TokenConsumed') : line(now, 'TokenRefused', value.left._tag), ...expiredLines(now, others),
    ]
  })
}

/**
 * Gives a handoff up (SPEC A4).
 *
 * @category steps
 * @since 0.1.0
 */
export function abandon(shell: ShellModel, token: HandoffToken, world: World): Told<Handoff | undefined> {
  return run(shell, world, (broker) => BrokerModel.abandon(broker, token), (handoff, now) =>
    handoff === undefined ? [] : [line(now, 'HandoffAbandoned', handoffText(handoff))])
}

/**
 * Goes on under another policy; the handoffs that are dropped count as abandoned (SPEC R3, A6).
 *
 * @category steps
 * @since 0.1.0
 */
export function reconfigure(shell: ShellModel, policy: Policy, world: World): Told<undefined> {
  const dropped = run(shell, world, (broker) => BrokerModel.reconfigure(broker, policy), (handoffs, now) =>
    handoffs.map((handoff) => line(now, 'HandoffAbandoned', handoffText(handoff))))
  return { ...dropped, value: undefined }
}

/**
 * Removes what is due (SPEC A5, T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function sweep(shell: ShellModel, world: World): Told<undefined> {
  const state = at(shell, world)
  const { latestMs: now } = state
  const deadlineMs = BrokerModel.nextDeadlineMs(state.broker)
  if (deadlineMs === undefined || now < deadlineMs) return { state, value: undefined, lines: [] }
  const { state: broker, value: { overdueAcks, expiredTokens } } = BrokerModel.expire(state.broker, now)
  const overdue = overdueAcks.map(({ handoff, ackDeadlineMs }) => line(now, 'HandoffExpired', handoffText(handoff), ackDeadlineMs))
  return { state: { ...state, broker }, value: undefined, lines: [...overdue, ...expiredLines(now, expiredTokens)] }
}

/** One step of the broker, what it tells, and what is due afterwards (law 1). */
function run<A>(
  shell: ShellModel, world: World, stepOf: (broker: BrokerModel.BrokerModel, now: number) => Step<BrokerModel.BrokerModel, A>,
  linesOf: (value: A, now: number, after: BrokerModel.BrokerModel) => ReadonlyArray<string>,
): Told<A> {
  const timed = at(shell, world)
  const { state: broker, value } = stepOf(timed.broker, timed.latestMs)
  const swept = sweep({ ...timed, broker }, world)
  return { state: swept.state, value, lines: [...linesOf(value, timed.latestMs, broker), ...swept.lines] }
}

function answered(shell: ShellModel, opening: Heard, peer: PeerIdentity, world: World): Told<BrokerModel.Answered> {
  const rested = sweep(shell, world)
  const now = rested.state.latestMs
  const randomBytes = topUp(rested.state, world.random)
  const draws = { bytes: randomBytes, offset: 0 }
  const { state: broker, value } = BrokerModel.answer(rested.state.broker, opening, peer, now, draws)
  const swept = sweep({ ...rested.state, broker, randomBytes: randomBytes.slice(16 * value.verdict.drawsUsed) }, world)
  return { state: swept.state, value, lines: [...rested.lines, ...verdictLines(value.verdict, peer, now), ...swept.lines] }
}

/** Where fewer draws are left than one token may take, they are thrown away for a block of 256 new ones. */
function topUp({ broker, randomBytes }: ShellModel, random: RandomSource): Uint8Array {
  const needed = 16 * broker.tokens.limits.collisionAttempts
  if (randomBytes.length >= needed) return randomBytes
  try {
    const drawn = random(Math.max(16 * 256, needed))
    return drawn.length < 16 ? randomBytes : drawn.slice()
  } catch {
    return randomBytes
  }
}

function verdictLines({ backend, name, reply: { result }, token, withheld }: BrokerModel.Verdict, peer: PeerIdentity, now: number): ReadonlyArray<string> {
  if (name === 'PeerNotOwner') return [line(now, 'PeerRejected', peer.pid)]
  if (name !== 'Negotiated') {
    const [code, , , blame] = REFUSAL_ROWS[name]
    return [line(now, 'Refused', peer.pid, name, code, blame)]
  }
  if (result._tag !== 'Negotiated' || backend === undefined) return []
  const { connectionId, daemonVersion } = result.negotiated
  const { serviceName } = backend
  return [
    line(now, 'Negotiated', peer.pid, serviceName, connectionId, daemonVersion),
    ...(token === undefined ? [] : [line(now, 'HandoffIssued', handoffText({ serviceName, connectionId, backendPid: 0 }))]),
    ...(withheld === undefined ? [] : [line(now, 'HandoffWithheld', serviceName, connectionId, withheld)]),
  ]
}

function expiredLines(now: number, count: number): ReadonlyArray<string> {
  return count === 0 ? [] : [line(now, 'TokensExpired', count)]
}

function at(shell: ShellModel, world: World): ShellModel {
  return { ...shell, latestMs: nowMs(shell, world) }
}
