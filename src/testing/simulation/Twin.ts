/**
 * The broker under test and its model in one: every step is taken by both, and what they say is compared.
 *
 * **State** one cell: both of them, and the connections that are open with them.
 *
 * **Laws**
 *  1. After every step there is one `Seen`, with everything in which the two differ; a step that throws is a
 *     difference too.
 *  2. What is given back is the real broker's word; the model's is only held against it.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import * as DeadlineMap from '../../data/DeadlineMap.js'
import { toHex } from '../../data/Bytes.js'
import type { HandoffToken } from '../../data/HandoffToken.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Answer } from '../../negotiate/answer.js'
import type { BrokerState } from '../../negotiate/BrokerState.js'
import type { Policy } from '../../negotiate/Policy.js'
import { decodeSnapshot } from '../../negotiate/Snapshot.js'
import type { Broker, BrokerOptions } from '../../shell/Broker.js'
import type { BrokerEvent } from '../../shell/BrokerEvent.js'
import type { Clock } from '../../shell/Clock.js'
import type { RandomSource } from '../../shell/RandomSource.js'
import type { Session } from '../../shell/Session.js'
import type { AckError, Acknowledged, Handoff } from '../../step/AckRegistry.js'
import type { ConsumeError } from '../../step/TokenStore.js'
import type { BrokerModel } from '../model/BrokerModel.js'
import type { ConnectionModel } from '../model/ConnectionModel.js'
import { eventLine } from '../model/eventLine.js'
import * as ShellModel from '../model/ShellModel.js'

/**
 * What makes brokers: `createBroker`, or one with a fault in it that is to be found.
 *
 * @category model
 * @since 0.1.0
 */
export type BrokerMaker = (options: BrokerOptions) => Broker

/**
 * What a step was, for laws and traces.
 *
 * @category model
 * @since 0.1.0
 */
export type StepName =
  | 'Abandon' | 'Accept' | 'Acknowledge' | 'Consume' | 'Exchange' | 'Expire' | 'Lose' | 'Push' | 'PushEnd' | 'Reconfigure' | 'Restore'
  | 'Resume' | 'Sweep' | 'Unwritten'

/**
 * One step of a broker, as it can be seen from outside: what was told, what was answered, what was remembered
 * before and after, and in what the model differs. `request` is everything that came on the connection so far.
 *
 * @category model
 * @since 0.1.0
 */
export interface Seen {
  readonly step: StepName
  readonly nowMs: number
  readonly events: ReadonlyArray<BrokerEvent>
  readonly before: BrokerState
  readonly after: BrokerState
  readonly peer: PeerIdentity | undefined
  readonly request: ReadonlyArray<number> | undefined
  readonly answer: Answer | undefined
  readonly differences: ReadonlyArray<string>
}

/**
 * A connection's session with both brokers.
 *
 * @category model
 * @since 0.1.0
 */
export interface TwinSession {
  readonly peer: PeerIdentity
  readonly real: Session
  model: ConnectionModel
  isAnswered: boolean
}

/**
 * What a twin is made of. The real broker and its model each get a random source of their own from `randomOf`; of
 * one life, numbered from 0, the two must give the same.
 *
 * @category model
 * @since 0.1.0
 */
export interface TwinOptions {
  readonly policy: Policy
  readonly clock: Clock
  readonly randomOf: (life: number) => RandomSource
  readonly makeBroker: BrokerMaker
  readonly onSeen: (seen: Seen) => void
  /** Whether a listener throws on every event. */
  readonly isListenerBroken: () => boolean
}

/**
 * A broker's memory as it was once: what it wrote out, and the model at that time.
 *
 * @category model
 * @since 0.1.0
 */
export interface Saved {
  readonly snapshot: string
  readonly model: ShellModel.ShellModel
}

/**
 * A broker, and its model behind it.
 *
 * @category model
 * @since 0.1.0
 */
export interface Twin {
  readonly accept: (peer: PeerIdentity) => TwinSession | undefined
  readonly push: (session: TwinSession, chunk: Uint8Array) => Answer | undefined
  readonly pushEnd: (session: TwinSession) => Answer | undefined
  readonly expire: (session: TwinSession) => Answer | undefined
  readonly exchange: (bytes: Uint8Array, peer: PeerIdentity) => Answer | undefined
  readonly unwritten: (answer: Answer) => void
  readonly acknowledge: (token: HandoffToken) => Either<AckError, Acknowledged> | undefined
  readonly consume: (expected: HandoffToken, presented: HandoffToken) => Either<ConsumeError, void> | undefined
  readonly abandon: (token: HandoffToken) => Handoff | undefined
  readonly sweep: () => void
  readonly reconfigure: (policy: Policy) => void
  readonly save: () => Saved
  /** The process ends, and the next one goes on from what was saved, or from nothing; `elapsedMs` is what it is told has passed. */
  readonly resume: (step: 'Restore' | 'Resume', saved: Saved, elapsedMs: number) => void
  readonly lose: () => void
  readonly msUntilDeadline: () => number | undefined
  readonly msUntilSessionDeadline: (session: TwinSession) => number | undefined
  readonly nowMs: () => number
  readonly state: () => BrokerState
  readonly policy: () => Policy
}

/**
 * Starts a broker and its model.
 *
 * @category constructors
 * @since 0.1.0
 */
export function twin(options: TwinOptions): Twin {
  const cell = started(options)
  return { ...connectionSteps(cell), ...tokenSteps(cell), ...lifeSteps(cell) }
}

/** The two, what they have in common, and the events of the step that is being taken. */
interface Cell {
  readonly options: TwinOptions
  policy: Policy
  /** How many brokers there were before this one. */
  life: number
  real: Broker
  model: ShellModel.ShellModel
  /** The model's own source. */
  random: RandomSource
  events: Array<BrokerEvent>
}

function started(options: TwinOptions): Cell {
  const { policy, randomOf } = options
  const events: Array<BrokerEvent> = []
  const model = ShellModel.shellModel(policy, readingMs(options))
  const real = made(options, 0, policy, (event) => heard(cell, event))
  const cell: Cell = { options, policy, life: 0, real, model, events, random: randomOf(0) }
  return cell
}

function made(
  { clock, makeBroker, randomOf }: TwinOptions, life: number, policy: Policy, onEvent: (event: BrokerEvent) => void,
  restore?: BrokerOptions['restore'],
): Broker {
  return makeBroker({ policy, clock, random: randomOf(life), onEvent, ...(restore === undefined ? {} : { restore }) })
}

function heard(cell: Cell, event: BrokerEvent): void {
  cell.events.push(event)
  if (cell.options.isListenerBroken()) throw new Error('a listener may')
}

function readingMs({ clock }: TwinOptions): number {
  try {
    return clock()
  } catch {
    return Number.NaN
  }
}

function worldOf({ options, random }: Cell): ShellModel.World {
  return { readingMs: readingMs(options), random }
}

type ModelStep<B> = (model: ShellModel.ShellModel, world: ShellModel.World) => ShellModel.Told<B>
type Same<A, B> = (real: A, model: B) => ReadonlyArray<string>

/** One step of both, compared (law 1); `undefined` where the real one threw. */
function take<A, B>(
  cell: Cell, step: StepName, ofReal: (broker: Broker) => A, ofModel: ModelStep<B>, same: Same<A, B>,
  { peer, request }: Partial<Pick<Seen, 'peer' | 'request'>> = {},
): A | undefined {
  const before = cell.real.state()
  const { broker: modelBefore } = cell.model
  cell.events = []
  const tried = attempted(() => ofReal(cell.real))
  const told = ofModel(cell.model, worldOf(cell))
  const said = tried._tag === 'Threw'
    ? [`it threw ${tried.what}`]
    : [...same(tried.value, told.value), ...differ('events', cell.events.map(eventLine), told.lines)]
  cell.model = { ...told.state, latestMs: ShellModel.nowMs(told.state, worldOf(cell)) }
  const [nowMs, after] = [cell.real.nowMs(), cell.real.state()]
  const differences = [
    ...said, ...differ('time', nowMs, cell.model.latestMs),
    // What has not changed has been compared already.
    ...(after === before && cell.model.broker === modelBefore ? [] : stateDifferences(after, cell.model.broker)),
    ...differ('until the next deadline', cell.real.msUntilDeadline(), ShellModel.msUntilDeadline(cell.model, worldOf(cell))),
  ]
  const value = tried._tag === 'Gave' ? tried.value : undefined
  const answer = isAnswer(value) ? value : undefined
  cell.options.onSeen({ step, nowMs, events: cell.events, before, after, answer, differences, peer, request })
  return value
}

function attempted<A>(run: () => A): { readonly _tag: 'Gave'; readonly value: A } | { readonly _tag: 'Threw'; readonly what: string } {
  try {
    return { _tag: 'Gave', value: run() }
  } catch (error) {
    return { _tag: 'Threw', what: String(error) }
  }
}

function connectionSteps(cell: Cell): Pick<Twin, 'accept' | 'exchange' | 'expire' | 'push' | 'pushEnd' | 'unwritten'> {
  return {
    accept: (peer) => accepted(cell, peer),
    push: (session, chunk) => respond(cell, 'Push', session, (real) => real.push(chunk), {
      ...session.model, bytes: session.isAnswered ? session.model.bytes : [...session.model.bytes, ...chunk],
    }),
    pushEnd: (session) => respond(cell, 'PushEnd', session, (real) => real.pushEnd(), { ...session.model, hasEnded: true }),
    expire: (session) => respond(cell, 'Expire', session, (real) => real.expire(), { ...session.model, isOverdue: true }),
    exchange: (bytes, peer) => take(
      cell, 'Exchange', (broker) => broker.exchange(bytes, peer), (model, world) => ShellModel.exchange(model, bytes, peer, world),
      sameAnswer, { peer, request: [...bytes] },
    ),
    unwritten: (answer) => {
      const { outcome } = answer
      const token = outcome._tag === 'Negotiated' && outcome.handoff._tag === 'Granted' ? outcome.handoff.token : undefined
      take(cell, 'Unwritten', (broker) => broker.unwritten(answer), (model, world): ShellModel.Told<Handoff | undefined> =>
        token === undefined ? unchanged(model) : ShellModel.abandon(model, token, world), () => [])
    },
  }
}

function accepted(cell: Cell, peer: PeerIdentity): TwinSession | undefined {
  const { model: opened } = cell
  const session = take(
    cell, 'Accept', (broker) => broker.accept(peer), (model, world) => ShellModel.accept(model, peer, world),
    (real, model) => [
      ...differ('accepted', real._tag === 'Right', model !== undefined),
      ...differ('until its deadline', real._tag === 'Right' ? real.right.msUntilDeadline() : undefined, model && model.deadlineMs - cell.real.nowMs()),
    ], { peer },
  )
  if (session?._tag !== 'Right') return undefined
  const model = ShellModel.accept(opened, peer, worldOf(cell)).value
  return model === undefined ? undefined : { peer, real: session.right, model, isAnswered: false }
}

/** Once a session is answered, nothing that is pushed into it matters any more. */
function respond(
  cell: Cell, step: StepName, session: TwinSession, ofReal: (session: Session) => Answer | undefined, next: ConnectionModel,
): Answer | undefined {
  session.model = { ...next, isOverdue: false }
  const ofModel: ModelStep<BrokerAnswer> = session.isAnswered
    ? unchanged
    : (model, world) => ShellModel.respond(model, next, session.peer, world)
  const answer = take(cell, step, () => ofReal(session.real), ofModel, sameAnswer, { peer: session.peer, request: next.bytes })
  session.isAnswered ||= answer !== undefined
  return answer
}

function tokenSteps(cell: Cell): Pick<Twin, 'abandon' | 'acknowledge' | 'consume' | 'sweep'> {
  return {
    acknowledge: (token) => take(
      cell, 'Acknowledge', (broker) => broker.acknowledge(token), (model, world) => ShellModel.acknowledge(model, token, world), sameEither,
    ),
    consume: (expected, presented) => take(
      cell, 'Consume', (broker) => broker.consume(expected, presented),
      (model, world) => ShellModel.consume(model, expected, presented, world), sameEither,
    ),
    abandon: (token) => take(
      cell, 'Abandon', (broker) => broker.abandon(token), (model, world) => ShellModel.abandon(model, token, world),
      (real, model) => differ('abandoned', real?.connectionId, model?.connectionId),
    ),
    sweep: () => take(cell, 'Sweep', (broker) => broker.sweep(), ShellModel.sweep, () => []),
  }
}

function lifeSteps(cell: Cell): Omit<Twin, keyof ReturnType<typeof connectionSteps> | keyof ReturnType<typeof tokenSteps>> {
  return {
    reconfigure: (policy) => {
      cell.policy = policy
      take(cell, 'Reconfigure', (broker) => broker.reconfigure(policy), (model, world) => ShellModel.reconfigure(model, policy, world), () => [])
    },
    save: () => ({ snapshot: JSON.stringify(cell.real.snapshot()), model: cell.model }),
    resume: (step, saved, elapsedMs) => {
      const state = decodeSnapshot(JSON.parse(saved.snapshot))
      if (state._tag === 'Left') take(cell, step, () => undefined, unchanged, () => ['the snapshot is no state'])
      else replaced(cell, step, { state: state.right, elapsedMs }, (_, world) => ShellModel.resumed(saved.model, cell.policy, elapsedMs, world))
    },
    lose: () => replaced(cell, 'Lose', undefined, (_, { readingMs }) => unchanged(ShellModel.shellModel(cell.policy, readingMs))),
    msUntilDeadline: () => reading(cell, () => cell.real.msUntilDeadline()),
    msUntilSessionDeadline: ({ real }) => reading(cell, real.msUntilDeadline),
    nowMs: () => reading(cell, cell.real.nowMs),
    state: () => cell.real.state(),
    policy: () => cell.policy,
  }
}

/** To look at the clock is to remember what it said (DIV-R2), so both look whenever one may. */
function reading<A>(cell: Cell, look: () => A): A {
  cell.real.nowMs()
  const latestMs = ShellModel.nowMs(cell.model, worldOf(cell))
  if (latestMs !== cell.model.latestMs) cell.model = { ...cell.model, latestMs }
  return look()
}

/** Another process takes the broker's place, with randomness of its own. */
function replaced(cell: Cell, step: StepName, restore: BrokerOptions['restore'], ofModel: ModelStep<undefined>): void {
  take(cell, step, () => {
    cell.life += 1
    cell.random = cell.options.randomOf(cell.life)
    cell.real = made(cell.options, cell.life, cell.policy, (event) => heard(cell, event), restore)
  }, ofModel, () => [])
}

function unchanged(state: ShellModel.ShellModel): ShellModel.Told<undefined> {
  return { state, value: undefined, lines: [] }
}

const NO_DIFFERENCE: ReadonlyArray<string> = []

type BrokerAnswer = { readonly bytes: Uint8Array; readonly verdict: { readonly name: string } } | undefined

function sameAnswer(real: Answer | undefined, model: BrokerAnswer): ReadonlyArray<string> {
  const { outcome } = real ?? {}
  return [
    ...differ('reply', real && toHex(real.bytes), model && toHex(model.bytes)),
    ...differ('outcome', outcome && (outcome._tag === 'Negotiated' ? outcome._tag : outcome.error._tag), model?.verdict.name),
  ]
}

function sameEither<E extends { readonly _tag: string }>(real: Either<E, unknown>, model: Either<E, unknown>): ReadonlyArray<string> {
  return differ('result', real._tag === 'Left' ? real.left._tag : 'Right', model._tag === 'Left' ? model.left._tag : 'Right')
}

/** In what the two remember something else; tokens are compared, and not told. */
function stateDifferences({ acks, nextConnectionId, tokens }: BrokerState, model: BrokerModel): ReadonlyArray<string> {
  const realTokens = DeadlineMap.toArray(tokens.pending).map(({ key, deadlineMs }) => `${key} ${deadlineMs}`)
  const realAcks = DeadlineMap.toArray(acks.pending)
    .map(({ key, deadlineMs, value: { handoff, issuedMs } }) => `${key} ${issuedMs} ${deadlineMs} ${handoff.serviceName} ${handoff.connectionId}`)
  const modelTokens = model.tokens.pending.map(({ key, expiryMs }) => `${key} ${expiryMs}`)
  const modelAcks = model.acks.pending
    .map(({ deadlineMs, handoff, issuedMs, key }) => `${key} ${issuedMs} ${deadlineMs} ${handoff.serviceName} ${handoff.connectionId}`)
  return [
    ...differ('next connection id', nextConnectionId, model.nextConnectionId),
    ...(realTokens.join() === modelTokens.join() ? [] : [`tokens pending: ${realTokens.length}, not the model's ${modelTokens.length}`]),
    ...(realAcks.join() === modelAcks.join() ? [] : [`handoffs pending: ${realAcks.length}, not the model's ${modelAcks.length}`]),
  ]
}

function differ(what: string, real: unknown, model: unknown): ReadonlyArray<string> {
  if (real === model) return NO_DIFFERENCE
  const [actual, expected] = [shown(real), shown(model)]
  return actual === expected ? NO_DIFFERENCE : [`${what}: ${actual}, not the model's ${expected}`]
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join('; ') : String(value)
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'outcome' in value
}
