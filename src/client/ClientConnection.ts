/**
 * A client's side of one Hello, as an automaton over bytes: chunks in, exactly one outcome out.
 *
 * **State** what the reply is held against, the framing with its 16 MiB cap, the deadline for the whole
 * round trip, and the phase.
 *
 *   Connecting ──connected──▶ AwaitingReply ──whole frame──▶ Negotiated | Refused | Broken
 *       │                          └──bad bytes, early end──▶ Broken
 *       └──deadline, in either──▶ TimedOut
 *
 * **Laws**
 *  1. However the bytes are cut, the outcome and what is left behind a yes are the same.
 *  2. Any bytes, once they end, give an outcome; there is one, and it is told again whenever asked for.
 *  3. After an outcome nothing is kept, but the bytes behind a yes: where the connection is handed over they
 *     are the backend's first (`remainder`).
 *  4. `expire` before the deadline, or once there is nothing to wait for, changes nothing.
 *  5. A yes answers this very request (DIV-G1): `judgeReply` has the checks and their order.
 *
 * **Not here** writing the Hello's bytes, once connected. A connection that cannot be made, or is reset, has
 * no bytes to judge: it is `Plan`'s BrokerUnreachable. What to do next: `Plan`; taking the connection over: `Adoption`.
 * **Contract** two dialects share the framing and the messages (SPEC G14). This judges both alike and always
 * compares the request id (DIV-G1), with one exception: in `v2` an empty endpoint is normal. There too, an unknown
 * or illegal service is code 2, a refusal never says when to come back, `keepaliveIntervalSecs` is 0, `connectionId` is
 * the request's own and `daemonVersion` the broker's: none of that is judged, all of it is told as it came.
 */
import { advance, deadlineAfter } from '../data/Instant.js'
import { size } from '../data/ByteQueue.js'
import { type Step, step } from '../data/Step.js'
import * as Framing from '../wire/Framing.js'
import type { FramingError } from '../wire/FramingError.js'
import type { ReplyExpectation } from './ClientHello.js'
import type { BrokenReply, ClientOutcome } from './ClientOutcome.js'
import { type Dialect, judgeReply } from './judgeReply.js'
import { NOTHING_KEPT } from './nothingKept.js'

/**
 * A client's connection to a broker, and how far it has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientConnection {
  readonly expected: ReplyExpectation
  readonly dialect: Dialect
  readonly framing: Framing.Framing
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly phase: ClientPhase
}

/**
 * Where a client's connection stands: still waiting, or at its outcome.
 *
 * @category model
 * @since 0.1.0
 */
export type ClientPhase = ClientOutcome | { readonly _tag: 'AwaitingReply' } | { readonly _tag: 'Connecting' }

/**
 * One event of a client's connection.
 *
 * @category model
 * @since 0.1.0
 */
export type ClientEvent = ClientOutcome | Framing.NeedData

/**
 * How long a broker has for the whole round trip, connecting included: 30 seconds (SPEC G9).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_CLIENT_TIMEOUT_MS = 30_000

/**
 * The same for the second dialect: 3 seconds (SPEC G9).
 *
 * @category constants
 * @since 0.1.0
 */
export const CLIENT_V2_TIMEOUT_MS = 3_000

const CONNECTING: ClientPhase = Object.freeze({ _tag: 'Connecting' })
const AWAITING_REPLY: ClientPhase = Object.freeze({ _tag: 'AwaitingReply' })

/**
 * A connection begun at `openedMs`, which has `timeoutMs` for the whole round trip (SPEC G9).
 *
 * @category constructors
 * @since 0.1.0
 */
export function clientConnection(
  hello: ReplyExpectation, openedMs: number, timeoutMs: number = DEFAULT_CLIENT_TIMEOUT_MS, dialect: Dialect = 'v1',
): ClientConnection {
  const { frameRequestId, minProtocol, maxProtocol, offersHandlePassing } = hello
  return {
    expected: { frameRequestId, minProtocol, maxProtocol, offersHandlePassing },
    dialect,
    framing: Framing.framing(),
    timeoutMs,
    deadlineMs: deadlineAfter(advance(0, openedMs), timeoutMs),
    phase: CONNECTING,
  }
}

/**
 * Notes that the broker is reached: now the Hello's bytes are to be written. Too late is too late.
 *
 * @category steps
 * @since 0.1.0
 */
export function connected(connection: ClientConnection, nowMs: number): ClientConnection {
  const inTime = expire(connection, nowMs)
  return inTime.phase._tag === 'Connecting' ? { ...inTime, phase: AWAITING_REPLY } : inTime
}

/**
 * Stores a copy of `chunk`; after a yes it goes to the remainder, after any other outcome nowhere.
 *
 * @example
 * import assert from 'node:assert'
 * import { ClientConnection, clientHello, createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 *
 * const policy = parsePolicy({
 *   services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }],
 * })
 * const hello = clientHello({ serviceName: 'zccache', wantedVersion: '1.11.20' })
 * if (policy._tag === 'Left' || hello._tag === 'Left') throw new Error('both are sound')
 * const { bytes } = createBroker({ policy: policy.right }).exchange(hello.right.bytes, UNVERIFIED_PEER)
 *
 * const opened = ClientConnection.connected(ClientConnection.clientConnection(hello.right, 0), 1)
 * const halfway = ClientConnection.push(opened, bytes.subarray(0, 9))
 * assert.equal(ClientConnection.next(halfway).value._tag, 'NeedData')
 *
 * const { value } = ClientConnection.next(ClientConnection.push(halfway, bytes.subarray(9)))
 * assert.equal(value._tag === 'Negotiated' && value.backendPipe, '/run/zccache.sock')
 *
 * @category steps
 * @since 0.1.0
 */
export function push(connection: ClientConnection, chunk: Uint8Array): ClientConnection {
  const { phase, framing } = connection
  // Bytes prove that the broker is reached, whether or not anybody has said so.
  const reached = phase._tag === 'Connecting' && chunk.length > 0 ? AWAITING_REPLY : phase
  return { ...connection, framing: Framing.push(framing, chunk), phase: reached }
}

/**
 * Notes that the broker has closed its side.
 *
 * @category steps
 * @since 0.1.0
 */
export function pushEnd(connection: ClientConnection): ClientConnection {
  return { ...connection, framing: Framing.pushEnd(connection.framing) }
}

/**
 * Takes the next event, and the state of that moment (SPEC G5, G6, G8).
 *
 * @category steps
 * @since 0.1.0
 */
export function next(connection: ClientConnection): Step<ClientConnection, ClientEvent> {
  if (!isWaiting(connection.phase)) return step(connection, connection.phase)
  const { state: framing, value: event } = Framing.next(connection.framing)
  switch (event._tag) {
    case 'NeedData':
      return step(connection, event)
    case 'FramingFailed':
      return finished(connection, brokenStream(connection.framing, event.error))
    default:
      return finished({ ...connection, framing }, judgeReply(event.body, connection.expected, connection.dialect))
  }
}

/**
 * Ends a connection that is still waiting at its deadline; otherwise changes nothing (SPEC G9).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(connection: ClientConnection, nowMs: number): ClientConnection {
  const { phase, deadlineMs, timeoutMs } = connection
  const isOverdue = isWaiting(phase) && nowMs >= deadlineMs && next(connection).value._tag === 'NeedData'
  return isOverdue ? finished(connection, { _tag: 'TimedOut', phase: phase._tag, timeoutMs }).state : connection
}

/**
 * When this connection must be expired, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(connection: ClientConnection): number | undefined {
  return isWaiting(connection.phase) ? connection.deadlineMs : undefined
}

/**
 * A copy of the bytes behind a yes, which belong to the stream that may be taken over; of none behind anything else.
 *
 * @category queries
 * @since 0.1.0
 */
export function remainder(connection: ClientConnection): Uint8Array {
  return Framing.remainder(connection.phase._tag === 'Negotiated' ? connection.framing : NOTHING_KEPT)
}

function isWaiting(phase: ClientPhase): phase is Exclude<ClientPhase, ClientOutcome> {
  return phase._tag === 'AwaitingReply' || phase._tag === 'Connecting'
}

function finished(connection: ClientConnection, outcome: ClientOutcome): Step<ClientConnection, ClientOutcome> {
  const framing = outcome._tag === 'Negotiated' ? connection.framing : NOTHING_KEPT
  return step({ ...connection, framing, phase: outcome }, outcome)
}

function brokenStream({ pending }: Framing.Framing, error: FramingError): BrokenReply {
  return { _tag: 'Broken', error, offset: framingOffset(error, size(pending)) }
}

/** The first byte, the length that follows it, or the place where the stream ended. */
function framingOffset(error: FramingError, receivedBytes: number): number {
  switch (error._tag) {
    case 'UnsupportedFraming':
      return 0
    case 'BodyTooLarge':
      return 1
    default:
      return receivedBytes
  }
}
