/**
 * A broker and its host: it answers Hellos, and offers a stream whose client may be handed over to the backend.
 *
 * **State** the broker's memory, its draws, and what it is doing with each stream.
 *
 *   Reading ──Hello──▶ Answering ──written──▶ Offering ──transferred, relinquished──▶ gone
 *                          │                      └──fell back, and kept──▶ Kept ──client closes──▶ gone
 *                          └──not written, nothing to hand over──▶ gone
 *
 * **Laws**
 *  1. What is due is swept before a Hello is answered and after everything else, as in the shell.
 *  2. A token whose reply could not be written is abandoned at once (DIV-T2), and so is every token whose
 *     handoff fell back (SPEC X9).
 *
 * **Not here** deciding: it does as `Connection`, `answer`, `HandoffAttempt` and `Handoffs` say.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../../data/absurd.js'
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import { earlier } from '../../data/Instant.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import { step } from '../../data/Step.js'
import { type Answer, answer } from '../../negotiate/answer.js'
import { type BrokerState, initialState } from '../../negotiate/BrokerState.js'
import * as Connection from '../../negotiate/Connection.js'
import * as Deadlines from '../../negotiate/Deadlines.js'
import * as HandoffAttempt from '../../negotiate/HandoffAttempt.js'
import * as Handoffs from '../../negotiate/Handoffs.js'
import type { NegotiatedOutcome } from '../../negotiate/negotiate.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { AckError, Acknowledged } from '../../step/AckRegistry.js'
import { draws as drawsFrom } from '../../step/TokenStore.js'
import { encodeFramed } from '../../wire/Framing.js'
import { responseTo } from '../../wire/FrameEnvelope.js'
import { encodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { encodeHelloReply } from '../../wire/messages/HelloReply.js'
import { type Refused, refused } from '../../wire/messages/Refused.js'
import type * as Prng from '../virtual/Prng.js'
import { mark } from '../virtual/traceText.js'
import { type DrawsOnOffer, drawsOnOffer, EARLIER_TOKEN_BYTES } from './drawsOnOffer.js'
import type { LinkId, TokenOperation } from './PairNames.js'
import { type Acting, after, close, type Command, type Input, still, tell } from './Talk.js'

/**
 * How a broker is made: what it offers its token store to draw from, what it says instead of an answer of its
 * own (the first of them first), and whether it keeps a stream that nobody took.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerSettings {
  readonly policy: Policy
  readonly peer: PeerIdentity
  readonly draws: DrawsOnOffer
  readonly refusals: ReadonlyArray<Script>
  readonly keepsStream: boolean
}

/**
 * A no that this broker would not give by itself, another build's or a hostile one's, and the fault that it comes from.
 *
 * @category model
 * @since 0.1.0
 */
export interface Script {
  readonly fault: string
  readonly refusal: Partial<Refused>
}

/**
 * A broker, and what it is doing.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerActor {
  readonly settings: BrokerSettings
  readonly state: BrokerState
  readonly prng: Prng.Prng
  readonly streams: ReadonlyMap<LinkId, BrokerStream>
  readonly lastToken: HandoffToken | undefined
}

/**
 * What a broker is doing with a stream; in `Offering` it is lent, and in every other the broker's.
 *
 * @category model
 * @since 0.1.0
 */
export type BrokerStream =
  | { readonly _tag: 'Answering'; readonly answer: Answer | undefined }
  | { readonly _tag: 'Kept' }
  | Offering
  | { readonly _tag: 'Reading'; readonly connection: Connection.Connection }

/**
 * The stream is on offer to the backend.
 *
 * @category model
 * @since 0.1.0
 */
export interface Offering {
  readonly _tag: 'Offering'
  readonly channel: LinkId
  readonly attempt: HandoffAttempt.HandoffAttempt
  readonly hasClientEnded: boolean
}

/**
 * A broker that has just started.
 *
 * @category constructors
 * @since 0.1.0
 */
export function brokerActor(settings: BrokerSettings, prng: Prng.Prng): BrokerActor {
  return { settings, state: initialState(settings.policy), prng, streams: new Map(), lastToken: undefined }
}

/**
 * The same broker, once somebody else has been handed the earlier token.
 *
 * @category steps
 * @since 0.1.0
 */
export function afterEarlierHello(broker: BrokerActor, frame: Frame, peer: PeerIdentity, nowMs: number): BrokerActor {
  const ambient = { nowMs, draws: drawsFrom(EARLIER_TOKEN_BYTES) }
  const { state } = answer(broker.settings.policy, broker.state, { _tag: 'HelloFrame', frame }, peer, ambient)
  return { ...broker, state }
}

/**
 * Takes an input; what is about a stream that it has let go of changes nothing.
 *
 * @category steps
 * @since 0.1.0
 */
export function on(broker: BrokerActor, input: Input, nowMs: number): Acting<BrokerActor> {
  const acted = heard(broker, input, nowMs)
  return swept(acted, nowMs)
}

/**
 * When this broker must be woken, by its own clock, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs({ state, streams }: BrokerActor): number | undefined {
  return [...streams.values()].reduce(
    (soonest, stream) => earlier(soonest, streamDeadlineMs(stream)), Deadlines.nextDeadlineMs(state),
  )
}

/**
 * What the broker has of a stream: it is its own, it is lent to whoever takes the offer, or it is let go of.
 *
 * @category queries
 * @since 0.1.0
 */
export function holdOn({ streams }: BrokerActor, link: LinkId): 'LetGo' | 'Lent' | 'Own' {
  const stream = streams.get(link)
  if (stream === undefined) return 'LetGo'
  return stream._tag === 'Offering' ? 'Lent' : 'Own'
}

function heard(broker: BrokerActor, input: Input, nowMs: number): Acting<BrokerActor> {
  switch (input._tag) {
    case 'Asked':
      return asked(broker, input.operation, nowMs)
    case 'Opened': {
      const connection = Connection.connection(nowMs, broker.settings.policy.helloTimeoutMs)
      return still(withStream(broker, input.link, { _tag: 'Reading', connection }))
    }
    case 'Woken':
      return [...broker.streams].reduce(
        (acted, [link, stream]) => after(acted.value, expired(acted.state, link, stream, nowMs)), still(broker),
      )
    case 'OpenFailed':
    case 'SocketCame':
      return still(broker)
    default:
      return onStream(broker, input, nowMs)
  }
}

type StreamInput = Exclude<Input, { readonly _tag: 'Asked' | 'Opened' | 'OpenFailed' | 'SocketCame' | 'Woken' }>

/** A channel is told from a stream by the attempt that waits for its answer. */
function onStream(broker: BrokerActor, input: StreamInput, nowMs: number): Acting<BrokerActor> {
  const offered = [...broker.streams].find(([, stream]) => stream._tag === 'Offering' && stream.channel === input.link)
  if (offered !== undefined && offered[1]._tag === 'Offering') return onChannel(broker, offered[0], offered[1], input, nowMs)
  const stream = broker.streams.get(input.link)
  switch (stream?._tag) {
    case 'Answering':
      return onAnswering(broker, input, stream.answer, nowMs)
    case 'Kept':
      return input._tag === 'Ended' ? dropped(broker, input.link) : still(broker)
    case 'Offering':
      return onOffering(broker, input, stream, nowMs)
    case 'Reading':
      return onReading(broker, input, stream.connection, nowMs)
    case undefined:
      return still(broker)
    default:
      return absurd(stream)
  }
}

function onReading(
  broker: BrokerActor, input: StreamInput, connection: Connection.Connection, nowMs: number,
): Acting<BrokerActor> {
  switch (input._tag) {
    case 'Bytes':
      return read(broker, input.link, Connection.push(connection, input.bytes), nowMs)
    case 'Ended':
      return read(broker, input.link, Connection.pushEnd(connection), nowMs)
    default:
      return still(broker)
  }
}

function read(broker: BrokerActor, link: LinkId, connection: Connection.Connection, nowMs: number): Acting<BrokerActor> {
  const { state, value: event } = Connection.next(connection)
  if (event._tag === 'NeedData' || event._tag === 'Finished') {
    return still(withStream(broker, link, { _tag: 'Reading', connection: state }))
  }
  const [script, ...refusals] = broker.settings.refusals
  return script !== undefined && event._tag === 'HelloFrame'
    ? refusedInstead({ ...broker, settings: { ...broker.settings, refusals } }, link, event.frame, script)
    : answered(broker, link, event, nowMs)
}

function answered(
  broker: BrokerActor, link: LinkId, event: Connection.Failed | Connection.HelloFrame, nowMs: number,
): Acting<BrokerActor> {
  const { settings: { peer, policy } } = broker
  const { state: prng, value: draws } = drawsOnOffer(broker.settings.draws, broker.prng, policy.tokenStore.collisionAttempts)
  const { state: rested, value: overdue } = swept(still(broker), nowMs)
  const { state, value } = answer(policy, rested.state, event, peer, { nowMs, draws })
  const { outcome, bytes } = value
  const grant = outcome._tag === 'Negotiated' ? outcome.handoff : undefined
  const told = tell({
    _tag: 'Answered', link, grant: grant?._tag ?? 'None',
    as: outcome._tag === 'Negotiated' ? 'Negotiated' : `Refused ${outcome.reply.code}`,
  })
  const issued = grant?._tag === 'Granted' ? [tell({ _tag: 'Issued', link, token: mark(tokenBytes(grant.token)) })] : []
  const lastToken = grant?._tag === 'Granted' ? grant.token : broker.lastToken
  const next = withStream({ ...broker, prng, state, lastToken }, link, { _tag: 'Answering', answer: value })
  // A peer that is not admitted gets no byte, only the end (SPEC C1).
  return bytes.length === 0
    ? after([...overdue, told], dropped(next, link))
    : step(next, [...overdue, told, ...issued, write(link, 'Reply', bytes)])
}

function refusedInstead(
  broker: BrokerActor, link: LinkId, request: Frame, { fault, refusal }: Script,
): Acting<BrokerActor> {
  const reply = encodeHelloReply({ result: { _tag: 'Refused', refused: refused(refusal) } })
  const framed = encodeFramed(encodeFrame(responseTo(request, reply)))
  const told = [tell({ _tag: 'Struck', fault }), tell({ _tag: 'Answered', link, as: 'Scripted', grant: 'None' })]
  return framed._tag === 'Left'
    ? after(told, dropped(broker, link))
    : step(withStream(broker, link, { _tag: 'Answering', answer: undefined }), [...told, write(link, 'Reply', framed.right)])
}

function onAnswering(
  broker: BrokerActor, input: StreamInput, answered: Answer | undefined, nowMs: number,
): Acting<BrokerActor> {
  switch (input._tag) {
    case 'Unwritten':
      return unwritten(broker, input.link, answered)
    case 'Written':
      return answered?.outcome._tag === 'Negotiated'
        ? offered(broker, input.link, answered.outcome, nowMs)
        : dropped(broker, input.link)
    default:
      return still(broker)
  }
}

function unwritten(broker: BrokerActor, link: LinkId, answered: Answer | undefined): Acting<BrokerActor> {
  const outcome = answered?.outcome
  const isGranted = outcome?._tag === 'Negotiated' && outcome.handoff._tag === 'Granted'
  return isGranted
    ? abandonedThen(broker, outcome.handoff.token, (next) => dropped(next, link))
    : dropped(broker, link)
}

function offered(
  broker: BrokerActor, link: LinkId, { reply, serviceName }: NegotiatedOutcome, nowMs: number,
): Acting<BrokerActor> {
  const ticket = HandoffAttempt.attemptable(reply)
  if (ticket._tag === 'Left') return dropped(broker, link)
  const { ackDeadlineMs } = broker.settings.policy
  const attempt = HandoffAttempt.begin({ ...ticket.right, serviceName, handleValue: 0n }, nowMs, ackDeadlineMs)
  const channel = `offer-${link}`
  const { token } = ticket.right
  return step(
    withStream(broker, link, { _tag: 'Offering', channel, attempt, hasClientEnded: false }),
    [{ _tag: 'Deliver', link, channel, token, offer: attempt.offer }],
  )
}

function onOffering(broker: BrokerActor, input: StreamInput, stream: Offering, nowMs: number): Acting<BrokerActor> {
  const { attempt } = stream
  switch (input._tag) {
    case 'Delivered':
      return observed(broker, input.link, { ...stream, attempt: HandoffAttempt.delivered(attempt) }, nowMs)
    case 'DeliveryFailed': {
      const failed = HandoffAttempt.deliveryFailed(attempt, 'the channel is closed', input.mayHaveArrived)
      return observed(broker, input.link, { ...stream, attempt: failed }, nowMs)
    }
    case 'Ended':
      return still(withStream(broker, input.link, { ...stream, hasClientEnded: true }))
    default:
      return still(broker)
  }
}

function onChannel(
  broker: BrokerActor, link: LinkId, stream: Offering, input: StreamInput, nowMs: number,
): Acting<BrokerActor> {
  const { attempt } = stream
  switch (input._tag) {
    case 'Bytes':
      return observed(broker, link, { ...stream, attempt: HandoffAttempt.push(attempt, input.bytes) }, nowMs)
    case 'Ended':
      return observed(broker, link, { ...stream, attempt: HandoffAttempt.pushEnd(attempt) }, nowMs)
    default:
      return still(broker)
  }
}

/** What a host does with the events of an attempt: asks the registry, relays the word, abandons what fell back. */
function observed(broker: BrokerActor, link: LinkId, stream: Offering, nowMs: number): Acting<BrokerActor> {
  const { state: attempt, value: event } = HandoffAttempt.next(stream.attempt, nowMs)
  const next = withStream(broker, link, { ...stream, attempt })
  switch (event._tag) {
    case 'AckObserved': {
      const { state, value } = Handoffs.acknowledge(broker.state, event.token, nowMs)
      const acknowledged = { ...stream, attempt: HandoffAttempt.acknowledged(attempt, value) }
      return after(
        leaving(value, event.token),
        observed({ ...next, state }, link, acknowledged, nowMs),
      )
    }
    case 'FellBack': {
      const told = tell({ _tag: 'HandoffEnded', link, as: failureName(event.failure), owner: event.owner })
      return after([told, close(stream.channel)], abandonedThen(next, event.token, (abandoned) =>
        event.owner === 'Broker' && broker.settings.keepsStream && !stream.hasClientEnded
          ? still(withStream(abandoned, link, { _tag: 'Kept' }))
          : dropped(abandoned, link)))
    }
    case 'NeedData':
      return still(next)
    case 'Transferred': {
      const told = tell({ _tag: 'HandoffEnded', link, as: 'Transferred', owner: event.owner })
      return after([told, write(link, 'Ready', event.ready), close(stream.channel)], dropped(next, link))
    }
    default:
      return absurd(event)
  }
}

function failureName(failure: HandoffAttempt.FellBack['failure']): string {
  switch (failure._tag) {
    case 'AckNotObserved':
      return failure.fault._tag
    case 'AckRefused':
      return failure.error._tag
    default:
      return failure._tag
  }
}

function expired(broker: BrokerActor, link: LinkId, stream: BrokerStream, nowMs: number): Acting<BrokerActor> {
  switch (stream._tag) {
    case 'Answering':
    case 'Kept':
      return still(broker)
    case 'Offering':
      return observed(broker, link, { ...stream, attempt: HandoffAttempt.expire(stream.attempt, nowMs) }, nowMs)
    case 'Reading':
      return read(broker, link, Connection.expire(stream.connection, nowMs), nowMs)
    default:
      return absurd(stream)
  }
}

function streamDeadlineMs(stream: BrokerStream): number | undefined {
  switch (stream._tag) {
    case 'Answering':
    case 'Kept':
      return undefined
    case 'Offering':
      return HandoffAttempt.nextDeadlineMs(stream.attempt)
    case 'Reading':
      return Connection.nextDeadlineMs(stream.connection)
    default:
      return absurd(stream)
  }
}

function swept({ state: broker, value: commands }: Acting<BrokerActor>, nowMs: number): Acting<BrokerActor> {
  const { state, value } = Deadlines.expire(broker.state, nowMs)
  const overdue = value.overdueAcks.map(({ token }) => tokenLeft('Overdue', token))
  return step({ ...broker, state }, [...commands, ...overdue])
}

/** Somebody else uses the broker's methods on the latest token. */
function asked(broker: BrokerActor, operation: TokenOperation, nowMs: number): Acting<BrokerActor> {
  const { lastToken: token, state: before } = broker
  if (token === undefined) return still(broker)
  switch (operation) {
    case 'Abandon':
      return abandonedThen(broker, token, still)
    case 'Acknowledge': {
      const { state, value } = Handoffs.acknowledge(before, token, nowMs)
      return step({ ...broker, state }, leaving(value, token))
    }
    case 'Consume': {
      const { state, value } = Handoffs.consume(before, token, token, nowMs)
      return step({ ...broker, state }, value._tag === 'Right' ? [tokenLeft('Consumed', token)] : [])
    }
    case 'Sweep':
      return still(broker)
    default:
      return absurd(operation)
  }
}

function abandonedThen(
  broker: BrokerActor, token: HandoffToken, then: (broker: BrokerActor) => Acting<BrokerActor>,
): Acting<BrokerActor> {
  const { state, value } = Handoffs.abandon(broker.state, token)
  return after(value === undefined ? [] : [tokenLeft('Abandoned', token)], then({ ...broker, state }))
}

/** An ACK that comes too late takes its entry out as one in time does (SPEC A2). */
function leaving(answer: Either<AckError, Acknowledged>, token: HandoffToken): ReadonlyArray<Command> {
  if (answer._tag === 'Right') return [tokenLeft('Acknowledged', token)]
  return answer.left._tag === 'AckDeadlineExceeded' ? [tokenLeft('Overdue', token)] : []
}

function tokenLeft(how: 'Abandoned' | 'Acknowledged' | 'Consumed' | 'Overdue', token: HandoffToken): Command {
  return tell({ _tag: 'TokenLeft', how, token: mark(tokenBytes(token)) })
}

function dropped(broker: BrokerActor, link: LinkId): Acting<BrokerActor> {
  return step({ ...broker, streams: new Map([...broker.streams].filter(([other]) => other !== link)) }, [close(link)])
}

function withStream(broker: BrokerActor, link: LinkId, stream: BrokerStream): BrokerActor {
  return { ...broker, streams: new Map([...broker.streams, [link, stream]]) }
}

function write(link: LinkId, message: 'Ready' | 'Reply', bytes: Uint8Array): Command {
  return { _tag: 'Write', link, message, bytes }
}
