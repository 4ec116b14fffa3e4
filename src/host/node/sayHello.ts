/**
 * A small client: says Hello, and tells the answer.
 *
 * **Laws**
 *  1. Every call ends in exactly one outcome, within its time, and leaves no socket, timer or listener behind.
 *  2. A yes is held against what was asked (DIV-G1), a no is kept whole (DIV-G2).
 *
 * **Not here** checking the request: whatever a Hello can hold is sent, so that a broker's refusal of it can be seen.
 * Going to the backend: `connect`.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { ClientHello } from '../../client/ClientHello.js'
import { type BrokenReply, describeAnswerError, type NegotiatedReply, type RefusedReply } from '../../client/ClientOutcome.js'
import { encodeHelloRequest, HELLO_FRAME_REQUEST_ID, type HelloRequestFields } from '../../client/HelloRequest.js'
import { NO_RETRY_PLAN, type PlanPolicy } from '../../client/PlanPolicy.js'
import { absurd } from '../../data/absurd.js'
import { CAP_HANDLE_PASSING, hasCapability } from '../../data/Capabilities.js'
import { printable } from '../../data/Printable.js'
import type { BodyTooLarge } from '../../wire/Framing.js'
import { PROTOCOL_VERSION } from '../../wire/Limits.js'
import { ask, type AskOptions, beginAsking, type Heard } from './connectAsk.js'
import { type Aborted, describePhase, type TimedOut } from './ConnectResult.js'
import type { SystemError } from '../transport/SystemError.js'

/**
 * Whom to say Hello to, and with what. Without a `plan` there is one Hello; with one, as many as it says, and
 * the last move that `onMove` is told is the caller's to make.
 *
 * @category model
 * @since 0.1.0
 */
export interface DialOptions extends AskOptions {
  readonly hello: HelloRequestFields
  /** What to do about a failure; nothing if not given. */
  readonly plan?: PlanPolicy
}

/**
 * Why there is no answer: nobody there; gone before it answered; something that is no answer; no time left.
 *
 * @category model
 * @since 0.1.0
 */
export type DialError =
  | Aborted
  | BrokenReply
  | ({ readonly _tag: 'ConnectionLost' } & SystemError)
  | { readonly _tag: 'RequestTooLarge'; readonly actual: number; readonly max: number }
  | TimedOut
  | ({ readonly _tag: 'Unreachable' } & SystemError)

/**
 * A yes or a no.
 *
 * @category model
 * @since 0.1.0
 */
export type HelloAnswer = NegotiatedReply | RefusedReply

/**
 * Says Hello to a broker and reads its answer; a refusal is an answer too. With a `plan` that asks
 * again, the last answer.
 *
 * @example
 * import assert from 'node:assert'
 * import { describeDialError, sayHello } from 'hello-negotiation/host/node'
 *
 * const hello = { serviceName: 'zccache', wantedVersion: '1.11.20' }
 * const answer = await sayHello({ at: { _tag: 'Socket', path: '/nobody/listens.sock' }, hello })
 * assert.equal(answer._tag === 'Left' && answer.left._tag, 'Unreachable')
 * if (answer._tag === 'Left') assert.match(describeDialError(answer.left), /^unreachable: /)
 *
 * @category constructors
 * @since 0.1.0
 */
export async function sayHello(options: DialOptions): Promise<Either<DialError, HelloAnswer>> {
  const { hello, plan = NO_RETRY_PLAN, timeoutMs } = options
  const request = requestOf(hello)
  if (request._tag === 'Left') return E.left({ ...request.left, _tag: 'RequestTooLarge' })
  const helloFor = (wantedVersion: string): ClientHello => E.getOrElse(() => request.right)(requestOf({ ...hello, wantedVersion }))
  const asking = beginAsking(options, plan, timeoutMs, helloFor)
  try {
    const asked = await ask(asking, request.right)
    return asked._tag === 'Left' ? asked : answerOf(asked.right.met.incident)
  } finally {
    asking.hand.drop()
  }
}

/**
 * Why there is no answer, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeDialError(error: DialError): string {
  switch (error._tag) {
    case 'Aborted':
      return `aborted, ${describePhase(error.phase)}`
    case 'Broken':
      return `the answer cannot be read: ${describeAnswerError(error.error)}`
    case 'ConnectionLost':
      return `the connection was lost before the answer: ${printable(error.message)}`
    case 'RequestTooLarge':
      return `the request has ${error.actual} bytes; a frame holds at most ${error.max}`
    case 'TimedOut':
      return `timed out after ${error.timeoutMs} ms, ${describePhase(error.phase)}`
    case 'Unreachable':
      return `unreachable: ${printable(error.message)}`
    default:
      return absurd(error)
  }
}

/** The bytes as they are asked for, sound or not, and what an answer to them is held against. */
function requestOf(hello: HelloRequestFields): Either<BodyTooLarge, ClientHello> {
  const { clientMinProtocol = PROTOCOL_VERSION, clientMaxProtocol = PROTOCOL_VERSION, clientCapabilities = 0n } = hello
  return E.map((bytes: Uint8Array): ClientHello => ({
    bytes,
    frameRequestId: HELLO_FRAME_REQUEST_ID,
    minProtocol: clientMinProtocol,
    maxProtocol: clientMaxProtocol,
    offersHandlePassing: hasCapability(clientCapabilities, CAP_HANDLE_PASSING),
  }))(encodeHelloRequest(hello))
}

function answerOf(incident: Heard): Either<DialError, HelloAnswer> {
  switch (incident._tag) {
    case 'Negotiated':
    case 'Refused':
      return E.right(incident)
    case 'Broken':
    case 'TimedOut':
      return E.left(incident)
    case 'BrokerUnreachable': {
      const { code, message, phase } = incident
      return E.left({ _tag: phase === 'Connecting' ? 'Unreachable' : 'ConnectionLost', code, message })
    }
    default:
      return absurd(incident)
  }
}
