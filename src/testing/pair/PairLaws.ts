/**
 * What holds of every life, whatever goes wrong: predicates over two worlds in a row, and over a world at its end.
 *
 * They look at what the actors hold and at the trace, not at what the parts decided, so that a part which decides
 * wrongly is caught.
 *
 * **Laws**
 *  1. A law that is broken says which, when, and by what.
 */
import * as AckRegistry from '../../step/AckRegistry.js'
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import * as RateLimiter from '../../step/RateLimiter.js'
import * as TokenStore from '../../step/TokenStore.js'
import { lagMs } from '../virtual/SkewedClock.js'
import * as BackendActor from './BackendActor.js'
import * as BrokerActor from './BrokerActor.js'
import { outcomeOf } from './ClientActor.js'
import { isHarmless } from './PairFault.js'
import type { LinkId } from './PairNames.js'
import { outcomeName } from './PairOutcome.js'
import { CLIENT_PID, CLIENT_TIMEOUTS, type Link, type PairWorld, planOf } from './PairWorld.js'
import type { PairEvent, PairFact } from './Trace.js'

/**
 * A law that does not hold, when, and what shows it.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairViolation {
  readonly law: string
  readonly atMs: number
  readonly detail: string
}

/**
 * Who has a stream: `InFlight` is on its way from the broker to the backend, or on offer there; `Both` and
 * `Nobody` must not be.
 *
 * @category model
 * @since 0.1.0
 */
export type StreamOwner = 'Backend' | 'Both' | 'Broker' | 'Client' | 'Closed' | 'InFlight' | 'Nobody'

/**
 * A law over two worlds in a row, and one over a world at its end: what breaks it, a line each.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairLaws {
  readonly steps: Readonly<Record<string, StepLaw>>
  readonly ends: Readonly<Record<string, EndLaw>>
}

/**
 * What two worlds in a row show to be broken, a line each; nothing where the law holds.
 *
 * @category model
 * @since 0.1.0
 */
export type StepLaw = (before: PairWorld, after: PairWorld) => ReadonlyArray<string>

/**
 * The same of a world at its end.
 *
 * @category model
 * @since 0.1.0
 */
export type EndLaw = (world: PairWorld) => ReadonlyArray<string>

/**
 * More steps than any life takes.
 *
 * @category constants
 * @since 0.1.0
 */
export const PAIR_STEPS_MAX = 5_000

/** The answers that are given after a Hello has been counted: a yes, an unknown service, a blocked version. */
const PAID_ANSWERS: ReadonlyArray<string> = ['Negotiated', 'Refused 2', 'Refused 8']

/** What may become of a token, as often as it is issued; one that somebody had before has left before. */
const SOUND_LIFE = /^(?:Overdue )?(?:Issued (?:Consumed )?(?:Abandoned|Acknowledged|Overdue) ?)+$/

/** Room for latencies and for what is late or trickles, on top of the timeouts. */
const SLACK_MS = 1_000

const STEP_LAWS: Readonly<Record<string, StepLaw>> = {
  'the stream has exactly one owner (SPEC X8)': (_, world) => [...world.links.keys()].flatMap((id) => {
    const owner = streamOwner(world, id)
    return owner === 'Both' || owner === 'Nobody' ? [`${id}: ${owner}`] : []
  }),
  'every open copy of a stream has somebody who will close it (SPEC X8)': (_, world) =>
    [...world.links].flatMap(([id, link]) =>
      link.copies.filter((copy) => !isKept(world, id, link, copy)).map((copy) => `${id}, the copy of ${copy}`)),
  'time never runs backwards': (before, after) =>
    after.nowMs < before.nowMs ? [`${before.nowMs} ms, then ${after.nowMs} ms`] : [],
  'an outcome is final': ({ client: before }, { client: after }) =>
    before.phase._tag === 'Ended' && after.phase !== before.phase
      ? [`${outcomeName(outcomeOf(before))}, then ${outcomeName(outcomeOf(after))}`]
      : [],
  'a Hello is counted once, and only where it is whole and of a sound shape (SPEC R1, R4)': (before, after) => {
    const paid = newFacts(before, after, 'Answered').filter(({ as }) => PAID_ANSWERS.includes(as)).length
    const counted = countedBetween(before, after)
    return counted > paid || counted > 1 ? [`${counted} counted, ${paid} paid for`] : []
  },
  'no more tokens are pending than may be (SPEC T2)': (_, { broker: { state: { tokens } } }) => {
    const count = TokenStore.pendingCount(tokens)
    return count > tokens.limits.maxPending ? [`${count} of ${tokens.limits.maxPending}`] : []
  },
  'a token whose reply could not be written is taken back at once (DIV-T2)': (before, after) => {
    const unwritten = after.trace.slice(before.trace.length).flatMap(({ fact, who }) =>
      who === 'Broker' && fact._tag === 'Came' && fact.input === 'Unwritten' ? [fact.link] : [])
    return factsOf(after.trace, 'Issued').filter(({ link }) => unwritten.includes(link))
      .filter(({ token }) => tokenLife(after.trace, token).endsWith('Issued'))
      .map(({ link }) => link)
  },
}

const END_LAWS: Readonly<Record<string, EndLaw>> = {
  'the client has exactly one outcome': ({ client, trace }) => {
    const { length } = factsOf(trace, 'Ended')
    return length === 1 && outcomeOf(client) !== undefined ? [] : [`${length} told`]
  },
  'the outcome comes in bounded time and steps (SPEC G9)': (world) => {
    const end = world.trace.find(({ fact }) => fact._tag === 'Ended')
    const isLate = end === undefined || end.atMs > outcomeBoundMs(world) || world.stepCount >= PAIR_STEPS_MAX
    return isLate ? [`at ${end?.atMs} ms of ${outcomeBoundMs(world)}, after ${world.stepCount} steps`] : []
  },
  'no attempt is made before its time (SPEC G15)': ({ trace }) => earlyAttempts(trace),
  'no more attempts are made than the plan allows (SPEC G15)': ({ scenario, trace }) => {
    const [{ length }, { attemptsMax }] = [factsOf(trace, 'Attempted'), planOf(scenario)]
    return length > attemptsMax ? [`${length} of ${attemptsMax}`] : []
  },
  'a token is accepted at most once (SPEC T4, T8)': ({ trace }) => {
    const accepted = factsOf(trace, 'Accepted').map(({ token }) => token)
    return accepted.filter((token) => count(accepted, token) > count(factsOf(trace, 'Issued').map(({ token }) => token), token))
  },
  'a token leaves the registry once, and is consumed at most once, before that (SPEC A2–A5)': ({ trace }) =>
    [...new Set(factsOf(trace, 'Issued').map(({ token }) => token))].flatMap((token) => {
      const life = tokenLife(trace, token)
      return SOUND_LIFE.test(life) ? [] : [`${token}: ${life}`]
    }),
  'nothing is pending once all deadlines are past (SPEC A5, T6)': ({ backend, broker, isBackendAlive }) => {
    const left = {
      tokens: TokenStore.pendingCount(broker.state.tokens),
      acks: AckRegistry.pendingCount(broker.state.acks),
      streams: broker.streams.size,
      offers: backend.offers.size,
      remembered: isBackendAlive ? HandoffAcceptance.rememberedCount(backend.acceptance) : 0,
    }
    return Object.values(left).some((count) => count > 0) ? [JSON.stringify(left)] : []
  },
  'nothing stays open but the link of a connected client (SPEC X8)': (world) =>
    [...world.links].filter(([id, link]) => !isRightlyOpen(world, id, link)).map(([id, { copies, isInitiatorOpen }]) =>
      `${id}: initiator ${isInitiatorOpen ? 'open' : 'closed'}, server ${copies.join(', ')}`),
  'a client whose broker and backend are sound ends up connected (SPEC G10)': ({ client, scenario }) => {
    const outcome = outcomeOf(client)
    return scenario.faults.every(isHarmless) && outcome?._tag !== 'Connected' ? [outcomeName(outcome)] : []
  },
}

/**
 * The laws of a pair, by name.
 *
 * @category constants
 * @since 0.1.0
 */
export const PAIR_LAWS: PairLaws = Object.freeze({ steps: STEP_LAWS, ends: END_LAWS })

/**
 * What breaks a law between two worlds in a row.
 *
 * @category queries
 * @since 0.1.0
 */
export function stepViolations(before: PairWorld, after: PairWorld): ReadonlyArray<PairViolation> {
  return Object.entries(PAIR_LAWS.steps).flatMap(([law, details]) =>
    details(before, after).map((detail) => ({ law, atMs: after.nowMs, detail })))
}

/**
 * What breaks a law at the end of a life.
 *
 * @category queries
 * @since 0.1.0
 */
export function endViolations(world: PairWorld): ReadonlyArray<PairViolation> {
  return Object.entries(PAIR_LAWS.ends).flatMap(([law, details]) =>
    details(world).map((detail) => ({ law, atMs: world.nowMs, detail })))
}

/**
 * Who has a link at this instant, by what the actors themselves hold.
 *
 * @category queries
 * @since 0.1.0
 */
export function streamOwner(world: PairWorld, id: LinkId): StreamOwner {
  const link = world.links.get(id)
  const brokers = BrokerActor.holdOn(world.broker, id)
  const backends = BackendActor.holdOn(world.backend, id)
  if (brokers === 'Own' && backends === 'Own') return 'Both'
  if (link === undefined || !link.isInitiatorOpen) return 'Client'
  if (backends === 'Own') return 'Backend'
  if (brokers === 'Own') return 'Broker'
  if (link.copies.length === 0 || link.kind === 'Channel') return 'Closed'
  return brokers === 'Lent' || backends === 'Deciding' || isOnItsWay(world, id) ? 'InFlight' : 'Nobody'
}

/**
 * By when a client has an outcome, in true milliseconds: all its timeouts and waits, one after the other.
 *
 * @category queries
 * @since 0.1.0
 */
export function outcomeBoundMs({ clocks, scenario }: PairWorld): number {
  const { attemptsMax, backOffMaxMs, retryAfterMaxMs } = planOf(scenario)
  const { adoptionTimeoutMs, answerTimeoutMs, dialTimeoutMs, helloTimeoutMs } = CLIENT_TIMEOUTS
  const attemptMs = helloTimeoutMs + adoptionTimeoutMs + dialTimeoutMs + answerTimeoutMs
  return (attemptsMax + 1) * attemptMs + attemptsMax * (backOffMaxMs + retryAfterMaxMs) + lagMs(clocks.Client) + SLACK_MS
}

/** @internal The facts of one kind, in order. */
export function factsOf<T extends PairFact['_tag']>(
  trace: ReadonlyArray<PairEvent>, tag: T,
): ReadonlyArray<Extract<PairFact, { readonly _tag: T }>> {
  return trace.flatMap(({ fact }) => (fact._tag === tag ? [fact as Extract<PairFact, { readonly _tag: T }>] : []))
}

function isOnItsWay({ agenda }: PairWorld, id: LinkId): boolean {
  return agenda.entries.some(({ what: { input } }) => input._tag === 'SocketCame' && input.stream === id)
}

/** Somebody knows of the copy: the broker of its own, the backend of one that it reads or serves; else it is on its way. */
function isKept(world: PairWorld, id: LinkId, { kind }: Link, copy: string): boolean {
  if (kind === 'Channel') return true
  if (copy === 'Broker') return BrokerActor.holdOn(world.broker, id) !== 'LetGo'
  return world.backend.serving.get(id)?.copy === copy || world.backend.offers.has(copy) || isOnItsWay(world, id)
}

function countedBetween(before: PairWorld, after: PairWorld): number {
  const then = RateLimiter.windows(before.broker.state.limiter).get(CLIENT_PID)
  const now = RateLimiter.windows(after.broker.state.limiter).get(CLIENT_PID)
  if (now === undefined || now === then) return 0
  return then !== undefined && then.openedMs === now.openedMs ? now.count - then.count : now.count
}

/** What became of a token, in the order of its becoming. */
function tokenLife(trace: ReadonlyArray<PairEvent>, token: string): string {
  return trace.flatMap(({ fact }) => {
    if (fact._tag === 'Issued' && fact.token === token) return ['Issued']
    return fact._tag === 'TokenLeft' && fact.token === token ? [fact.how] : []
  }).join(' ')
}

function newFacts<T extends PairFact['_tag']>(
  before: PairWorld, after: PairWorld, tag: T,
): ReadonlyArray<Extract<PairFact, { readonly _tag: T }>> {
  return factsOf(after.trace.slice(before.trace.length), tag)
}

/** The link of a connected client has both ends open, the server's once; every other has none. */
function isRightlyOpen(world: PairWorld, id: LinkId, { copies, isInitiatorOpen }: Link): boolean {
  if (connectedLink(world) !== id) return !isInitiatorOpen && copies.length === 0
  // A backend may die after it has answered; what the client does about that is its own protocol's.
  return isInitiatorOpen && copies.length === (world.isBackendAlive ? 1 : 0)
}

function connectedLink({ client: { dialCount, helloCount, phase } }: PairWorld): LinkId | undefined {
  if (phase._tag !== 'Ended' || phase.outcome._tag !== 'Connected') return undefined
  return phase.outcome.route === 'HandlePassed' ? `hello-${helloCount}` : `dial-${dialCount}`
}

/** True time counts: the client's own clock may be wrong, but it never runs fast. */
function earlyAttempts(trace: ReadonlyArray<PairEvent>): ReadonlyArray<string> {
  let [hintMs, notBeforeMs] = [0, 0]
  return trace.flatMap(({ atMs, fact }) => {
    if (fact._tag === 'Happened') hintMs = fact.hintMs
    // A hint is about the version that was refused, so another one is asked for at once.
    if (fact._tag === 'Moved') notBeforeMs = atMs + (fact.move === 'RetryAfter' ? Math.max(fact.waitMs, hintMs) : 0)
    return fact._tag === 'Attempted' && atMs < notBeforeMs ? [`${fact.link} at ${atMs} ms, not before ${notBeforeMs} ms`] : []
  })
}

function count(names: ReadonlyArray<string>, name: string): number {
  return names.filter((other) => other === name).length
}
