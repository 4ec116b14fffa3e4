/**
 * A client from its first thought to a backend's answer: Hello, judgement, plan, adoption or dial, and one question
 * that proves that somebody serves the stream.
 *
 * **State** what it wants, the plan's memory, how many links it has opened, and the phase.
 *
 *   Waiting ─▶ Saying ──yes──▶ Adopting ──ready──▶ Asking ──answer──▶ Ended
 *      ▲          │                └──anything else──▶ Dialling ─▶ Asking
 *      └──again───┘ (a retry waits, another version does not)
 *
 * **Not here** deciding: it does as `ClientConnection`, `Adoption`, `Plan` and `FrameClient` say, as a program would.
 */
import { absurd } from '../../data/absurd.js'
import { step } from '../../data/Step.js'
import * as Adoption from '../../client/Adoption.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import { clientHello } from '../../client/ClientHello.js'
import type { ClientRequestFields } from '../../client/ClientRequest.js'
import * as FrameClient from '../../client/FrameClient.js'
import { helloSkip } from '../../client/HelloSkip.js'
import * as Plan from '../../client/Plan.js'
import type { PlanPolicy } from '../../client/PlanPolicy.js'
import type { Route } from '../../client/Route.js'
import * as Framing from '../../wire/Framing.js'
import { encodeFrame } from '../../wire/messages/Frame.js'
import * as Prng from '../virtual/Prng.js'
import type { LinkId } from './PairNames.js'
import type { PairOutcome } from './PairOutcome.js'
import { type Acting, after, BROKER_ENDPOINT, close, type Command, type Input, still, tell } from './Talk.js'

/**
 * What a client wants, and how long it waits for it, in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientSettings {
  readonly request: ClientRequestFields
  readonly plan: PlanPolicy
  /** The endpoint that it remembers from before, if any (SPEC G4). */
  readonly remembers: string | undefined
  readonly helloTimeoutMs: number
  readonly adoptionTimeoutMs: number
  readonly dialTimeoutMs: number
  readonly answerTimeoutMs: number
}

/**
 * A client, and how far it has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientActor {
  readonly settings: ClientSettings
  readonly jitter: Prng.Prng
  readonly attempts: Plan.Attempts
  readonly version: string
  /** How many Hellos it has begun. */
  readonly helloCount: number
  readonly dialCount: number
  readonly phase: ClientLife
}

/**
 * Where a client stands.
 *
 * @category model
 * @since 0.1.0
 */
export type ClientLife =
  | Asking
  | Dialling
  | { readonly _tag: 'Adopting'; readonly link: LinkId; readonly adoption: Adoption.Adoption }
  | { readonly _tag: 'Ended'; readonly outcome: PairOutcome }
  | Saying
  | { readonly _tag: 'Waiting'; readonly untilMs: number }

/**
 * A Hello is being said.
 *
 * @category model
 * @since 0.1.0
 */
export interface Saying {
  readonly _tag: 'Saying'
  readonly link: LinkId
  readonly hello: Uint8Array
  readonly connection: ClientConnection.ClientConnection
}

/**
 * The backend is being dialled.
 *
 * @category model
 * @since 0.1.0
 */
export interface Dialling {
  readonly _tag: 'Dialling'
  readonly link: LinkId
  readonly endpoint: string
  readonly route: Route
  readonly deadlineMs: number
}

/**
 * The stream is there, and whoever serves it has been asked something.
 *
 * @category model
 * @since 0.1.0
 */
export interface Asking {
  readonly _tag: 'Asking'
  readonly link: LinkId
  readonly endpoint: string
  readonly route: Route
  readonly deadlineMs: number
  readonly framing: Framing.Framing
  readonly pending: FrameClient.PendingRequest
}

/** A private payload protocol for the one question (SPEC M6). */
const QUESTION_PROTOCOL = 0xf0a1
const QUESTION = Uint8Array.of(0x3f)

/**
 * A client that has not begun; it begins when it is woken.
 *
 * @category constructors
 * @since 0.1.0
 */
export function clientActor(settings: ClientSettings, jitter: Prng.Prng, nowMs: number): ClientActor {
  const { wantedVersion: version } = settings.request
  return {
    settings, jitter, attempts: Plan.NO_ATTEMPTS, version, helloCount: 0, dialCount: 0,
    phase: { _tag: 'Waiting', untilMs: nowMs },
  }
}

/**
 * Takes an input; what is about a link that it has left behind changes nothing.
 *
 * @category steps
 * @since 0.1.0
 */
export function on(client: ClientActor, input: Input, nowMs: number): Acting<ClientActor> {
  const { phase } = client
  if ('link' in input && 'link' in phase && input.link !== phase.link) return still(client)
  switch (phase._tag) {
    case 'Adopting':
      return onAdopting(client, phase.link, phase.adoption, input, nowMs)
    case 'Asking':
      return onAsking(client, phase, input, nowMs)
    case 'Dialling':
      return onDialling(client, phase, input, nowMs)
    case 'Ended':
      return still(client)
    case 'Saying':
      return onSaying(client, phase, input, nowMs)
    case 'Waiting':
      return input._tag === 'Woken' && nowMs >= phase.untilMs ? begin(client, nowMs) : still(client)
    default:
      return absurd(phase)
  }
}

/**
 * When this client must be woken, by its own clock, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs({ phase }: ClientActor): number | undefined {
  switch (phase._tag) {
    case 'Adopting':
      return Adoption.nextDeadlineMs(phase.adoption)
    case 'Asking':
    case 'Dialling':
      return phase.deadlineMs
    case 'Ended':
      return undefined
    case 'Saying':
      return ClientConnection.nextDeadlineMs(phase.connection)
    case 'Waiting':
      return phase.untilMs
    default:
      return absurd(phase)
  }
}

/**
 * The client is gone, and its link with it; whoever has come to an end stays there.
 *
 * @category steps
 * @since 0.1.0
 */
export function vanish(client: ClientActor): Acting<ClientActor> {
  return client.phase._tag === 'Ended' ? still(client) : ended(client, { _tag: 'Vanished' })
}

/**
 * The client's outcome, if it has come to one.
 *
 * @category queries
 * @since 0.1.0
 */
export function outcomeOf({ phase }: ClientActor): PairOutcome | undefined {
  return phase._tag === 'Ended' ? phase.outcome : undefined
}

/** The first time a remembered endpoint will do; every time after that, only a Hello (SPEC G4). */
function begin(client: ClientActor, nowMs: number): Acting<ClientActor> {
  const { helloCount, dialCount, settings: { remembers }, version } = client
  const move = helloSkip(helloCount + dialCount === 0 ? remembers : undefined, version, version)
  return move._tag === 'SayHello' ? sayHello(client, nowMs) : dial(client, move, nowMs)
}

function sayHello(client: ClientActor, nowMs: number): Acting<ClientActor> {
  const { settings: { request, helloTimeoutMs }, version } = client
  const hello = clientHello({ ...request, wantedVersion: version })
  if (hello._tag === 'Left') return ended(client, { _tag: 'RequestInvalid', faults: hello.left })
  const helloCount = client.helloCount + 1
  const link = `hello-${helloCount}`
  const connection = ClientConnection.clientConnection(hello.right, nowMs, helloTimeoutMs)
  return step(
    { ...client, helloCount, phase: { _tag: 'Saying', link, hello: hello.right.bytes, connection } },
    [tell({ _tag: 'Attempted', link, version }), { _tag: 'Open', link, endpoint: BROKER_ENDPOINT }],
  )
}

function dial(client: ClientActor, { endpoint, route }: Plan.ConnectBackend, nowMs: number): Acting<ClientActor> {
  const dialCount = client.dialCount + 1
  const link = `dial-${dialCount}`
  const deadlineMs = nowMs + client.settings.dialTimeoutMs
  return step(
    { ...client, dialCount, phase: { _tag: 'Dialling', link, endpoint, route, deadlineMs } },
    [{ _tag: 'Open', link, endpoint }],
  )
}

function onSaying(client: ClientActor, phase: Saying, input: Input, nowMs: number): Acting<ClientActor> {
  const { connection, hello, link } = phase
  const settled = (next: ClientConnection.ClientConnection): Acting<ClientActor> => judged(client, { ...phase, connection: next }, nowMs)
  switch (input._tag) {
    case 'Bytes':
      return settled(ClientConnection.push(connection, input.bytes))
    case 'Ended':
      return settled(ClientConnection.pushEnd(connection))
    case 'Opened': {
      const reached = ClientConnection.connected(connection, nowMs)
      return reached.phase._tag === 'AwaitingReply'
        ? after([{ _tag: 'Write', link, message: 'Hello', bytes: hello }], settled(reached))
        : settled(reached)
    }
    case 'OpenFailed':
      return planned(client, phase, { _tag: 'BrokerUnreachable' }, nowMs)
    case 'Woken':
      return settled(ClientConnection.expire(connection, nowMs))
    default:
      return still(client)
  }
}

function judged(client: ClientActor, phase: Saying, nowMs: number): Acting<ClientActor> {
  const { state: connection, value: event } = ClientConnection.next(phase.connection)
  const next = { ...phase, connection }
  return event._tag === 'NeedData' ? still({ ...client, phase: next }) : planned(client, next, event, nowMs)
}

/** Asks the plan about what has happened on this link, and does as it says. */
function planned(
  client: ClientActor, from: Exclude<ClientLife, { readonly _tag: 'Ended' | 'Waiting' }>, happened: Plan.Happened, nowMs: number,
): Acting<ClientActor> {
  const { settings: { adoptionTimeoutMs, plan } } = client
  const { state: jitter, value: draw } = Prng.fraction(client.jitter)
  const { state: attempts, value: move } = Plan.plan(plan, client.attempts, happened, draw, nowMs)
  const next: ClientActor = { ...client, jitter, attempts, phase: from }
  const told: ReadonlyArray<Command> = [
    tell({ _tag: 'Happened', what: happenedName(happened), hintMs: happened._tag === 'Refused' ? Number(happened.retryAfterMs) : 0 }),
    tell({ _tag: 'Moved', move: move._tag, waitMs: move._tag === 'RetryAfter' ? move.ms : 0 }),
  ]
  const left = [...told, close(from.link)]
  switch (move._tag) {
    case 'Adopt':
      return from._tag === 'Saying'
        ? after(told, adopted(next, from.link, Adoption.adoption(from.connection, plan.adopts, nowMs, adoptionTimeoutMs), nowMs))
        : step(next, told)
    case 'ConnectBackend':
      return after(left, dial(next, move, nowMs))
    case 'DirectPath':
      return after(told, ended(next, { _tag: 'DirectPath' }))
    case 'GiveUp':
      return after(told, ended(next, { _tag: 'GaveUp', why: move.why }))
    case 'RetryAfter':
      return step({ ...next, phase: { _tag: 'Waiting', untilMs: attempts.notBeforeMs } }, left)
    case 'TryVersion':
      return after(left, sayHello({ ...next, version: move.version }, nowMs))
    default:
      return absurd(move)
  }
}

function onAdopting(
  client: ClientActor, link: LinkId, adoption: Adoption.Adoption, input: Input, nowMs: number,
): Acting<ClientActor> {
  switch (input._tag) {
    case 'Bytes':
      return adopted(client, link, Adoption.push(adoption, input.bytes), nowMs)
    case 'Ended':
      return adopted(client, link, Adoption.pushEnd(adoption), nowMs)
    case 'Woken':
      return adopted(client, link, Adoption.expire(adoption, nowMs), nowMs)
    default:
      return still(client)
  }
}

function adopted(client: ClientActor, link: LinkId, adoption: Adoption.Adoption, nowMs: number): Acting<ClientActor> {
  const { state, value: event } = Adoption.next(adoption)
  const phase = { _tag: 'Adopting', link, adoption: state } as const
  switch (event._tag) {
    case 'Adopted':
      return ask(client, link, event.endpoint, event.route, Framing.push(Framing.framing(), event.remainder), nowMs)
    case 'NeedData':
      return still({ ...client, phase })
    case 'Reconnect':
      return planned(client, phase, event, nowMs)
    default:
      return absurd(event)
  }
}

function onDialling(client: ClientActor, phase: Dialling, input: Input, nowMs: number): Acting<ClientActor> {
  switch (input._tag) {
    case 'Opened':
      return ask(client, phase.link, phase.endpoint, phase.route, Framing.framing(), nowMs)
    case 'OpenFailed':
      return unreachable(client, phase, nowMs)
    case 'Woken':
      return nowMs >= phase.deadlineMs ? unreachable(client, phase, nowMs) : still(client)
    default:
      return still(client)
  }
}

function ask(
  client: ClientActor, link: LinkId, endpoint: string, route: Route, framing: Framing.Framing, nowMs: number,
): Acting<ClientActor> {
  const { value: pending } = FrameClient.request(FrameClient.FRESH_FRAME_CLIENT, QUESTION_PROTOCOL, QUESTION)
  const question = Framing.encodeFramed(encodeFrame(pending))
  const deadlineMs = nowMs + client.settings.answerTimeoutMs
  const bytes = question._tag === 'Right' ? question.right : QUESTION
  return after(
    [{ _tag: 'Write', link, message: 'Question', bytes }],
    answered(client, { _tag: 'Asking', link, endpoint, route, deadlineMs, framing, pending }, nowMs),
  )
}

function onAsking(client: ClientActor, phase: Asking, input: Input, nowMs: number): Acting<ClientActor> {
  switch (input._tag) {
    case 'Bytes':
      return answered(client, { ...phase, framing: Framing.push(phase.framing, input.bytes) }, nowMs)
    case 'Ended':
      return answered(client, { ...phase, framing: Framing.pushEnd(phase.framing) }, nowMs)
    case 'Woken':
      return nowMs >= phase.deadlineMs ? unreachable(client, phase, nowMs) : still(client)
    default:
      return still(client)
  }
}

function answered(client: ClientActor, phase: Asking, nowMs: number): Acting<ClientActor> {
  const { value: event } = Framing.next(phase.framing)
  if (event._tag === 'NeedData') return still({ ...client, phase })
  const isAnswer = event._tag === 'FrameBody' && FrameClient.judgeResponse(phase.pending, event.body)._tag === 'Right'
  const { endpoint, route } = phase
  return isAnswer ? ended({ ...client, phase }, { _tag: 'Connected', route, endpoint }) : unreachable(client, phase, nowMs)
}

/** A remembered endpoint that does not answer is forgotten, and nobody is told (SPEC G4). */
function unreachable(client: ClientActor, phase: Asking | Dialling, nowMs: number): Acting<ClientActor> {
  return phase.route === 'HelloSkip'
    ? after([close(phase.link)], sayHello(client, nowMs))
    : planned(client, phase, { _tag: 'BackendUnreachable' }, nowMs)
}

/** Whoever is connected keeps the link; everybody else closes it. */
function ended(client: ClientActor, outcome: PairOutcome): Acting<ClientActor> {
  const { phase } = client
  const closing = 'link' in phase && outcome._tag !== 'Connected' ? [close(phase.link)] : []
  return step({ ...client, phase: { _tag: 'Ended', outcome } }, [...closing, tell({ _tag: 'Ended', outcome })])
}

function happenedName(happened: Plan.Happened): string {
  switch (happened._tag) {
    case 'Broken':
      return `Broken ${happened.error._tag}`
    case 'Reconnect':
      return `Reconnect ${happened.why._tag}`
    case 'Refused':
      return `Refused ${happened.kind._tag}`
    case 'TimedOut':
      return `TimedOut ${happened.phase}`
    default:
      return happened._tag
  }
}
