/**
 * A small client: one Hello over one connection, one outcome.
 *
 * **Laws**
 *  1. Every call ends in exactly one outcome, within its time, and leaves no socket behind.
 *
 * **Not here** retrying, and judging whether a yes answers what was asked.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { encodeHelloRequest, type HelloRequestFields } from '../../client/HelloRequest.js'
import { describeReplyError, readReply, type ReplyError, type ReplyResult } from '../../client/readReply.js'
import { absurd } from '../../data/absurd.js'
import * as Framing from '../../wire/Framing.js'
import { type Address, describeAddressFault, hostOf, pathFault } from './Address.js'
import { deadlineTimer } from './DeadlineTimer.js'
import { type SystemError, systemError } from './SystemError.js'

/**
 * Whom to say Hello to, and how long the whole of it may take in milliseconds (30 000 if not given, SPEC G9).
 *
 * @category model
 * @since 0.1.0
 */
export interface DialOptions {
  readonly at: Address
  readonly hello: HelloRequestFields
  readonly timeoutMs?: number
}

/**
 * Why there is no answer: nobody there; gone before it answered; something that is no answer; no time left.
 *
 * @category model
 * @since 0.1.0
 */
export type DialError =
  | { readonly _tag: 'Broken'; readonly error: Framing.FramingError | ReplyError }
  | ({ readonly _tag: 'ConnectionLost' } & SystemError)
  | { readonly _tag: 'RequestTooLarge'; readonly actual: number; readonly max: number }
  | { readonly _tag: 'TimedOut'; readonly timeoutMs: number; readonly phase: DialPhase }
  | ({ readonly _tag: 'Unreachable' } & SystemError)

/**
 * How far a call has come.
 *
 * @category model
 * @since 0.1.0
 */
export type DialPhase = 'connecting' | 'waiting for the reply'

type Outcome = Either<DialError, ReplyResult>

const DEFAULT_TIMEOUT_MS = 30_000

/**
 * Says Hello to a broker and reads its answer; a refusal is an answer too.
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
export async function sayHello({ at, hello, timeoutMs = DEFAULT_TIMEOUT_MS }: DialOptions): Promise<Outcome> {
  const request = encodeHelloRequest(hello)
  if (request._tag === 'Left') return E.left({ ...request.left, _tag: 'RequestTooLarge' })
  const socket = dial(at)
  return socket._tag === 'Left' ? socket : call(socket.right, request.right, timeoutMs)
}

/**
 * Why there is no answer, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeDialError(error: DialError): string {
  switch (error._tag) {
    case 'Broken':
      return `the answer cannot be read: ${describeBroken(error.error)}`
    case 'ConnectionLost':
      return `the connection was lost before the answer: ${error.message}`
    case 'RequestTooLarge':
      return `the request has ${error.actual} bytes; a frame holds at most ${error.max}`
    case 'TimedOut':
      return `timed out after ${error.timeoutMs} ms, ${error.phase}`
    case 'Unreachable':
      return `unreachable: ${error.message}`
    default:
      return absurd(error)
  }
}

function call(socket: Socket, request: Uint8Array, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = deadlineTimer()
    let phase: DialPhase = 'connecting'
    let framing = Framing.framing()

    /** The first outcome counts; a promise does not hear the others. */
    function settle(outcome: Outcome | undefined): void {
      if (outcome === undefined) return
      timer.clear()
      socket.destroy()
      resolve(outcome)
    }

    function take(next: Framing.Framing): void {
      framing = next
      settle(outcomeOf(framing))
    }

    timer.set(timeoutMs, () => settle(E.left({ _tag: 'TimedOut', timeoutMs, phase })))
    socket.on('connect', () => {
      phase = 'waiting for the reply'
      socket.write(request)
    })
    socket.on('data', (chunk) => take(Framing.push(framing, chunk)))
    socket.on('end', () => take(Framing.pushEnd(framing)))
    socket.on('error', (error) =>
      settle(E.left({ _tag: phase === 'connecting' ? 'Unreachable' : 'ConnectionLost', ...systemError(error) })),
    )
  })
}

function outcomeOf(framing: Framing.Framing): Outcome | undefined {
  const event = Framing.next(framing).value
  if (event._tag === 'NeedData') return undefined
  if (event._tag === 'FramingFailed') return broken(event.error)
  const reply = readReply(event.body)
  return reply._tag === 'Left' ? broken(reply.left) : reply
}

/** Node throws for what can be no address at all. */
function dial(at: Address): Either<DialError, Socket> {
  const fault = at._tag === 'Socket' ? pathFault(at.path, process.platform) : undefined
  if (fault !== undefined) return E.left({ _tag: 'Unreachable', code: fault._tag, message: describeAddressFault(fault) })
  return E.tryCatch(() => connect(connectOptions(at)), (error): DialError => ({ _tag: 'Unreachable', ...systemError(error) }))
}

function connectOptions(at: Address): NetConnectOpts {
  return at._tag === 'Tcp' ? { host: hostOf(at), port: at.port, noDelay: true } : { path: at.path }
}

function broken(error: Framing.FramingError | ReplyError): Either<DialError, never> {
  return E.left({ _tag: 'Broken', error })
}

function describeBroken(error: Framing.FramingError | ReplyError): string {
  switch (error._tag) {
    case 'BodyTooLarge':
    case 'UnexpectedEnd':
    case 'UnsupportedFraming':
      return Framing.describeFramingError(error)
    default:
      return describeReplyError(error)
  }
}
