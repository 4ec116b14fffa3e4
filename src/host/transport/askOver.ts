/**
 * A client's side of one connection over any transport: one Hello, one answer, and the stream that is left.
 *
 * **Laws**
 *  1. Every call ends in exactly one outcome, within its time; where it is no yes, the transport is destroyed.
 *  2. After a yes the stream is the caller's, and begins with the bytes that came behind the answer (SPEC G10).
 *
 * **Not here** reaching the broker, waiting and asking again, and going to the backend: `hello-negotiation/host/node` has
 * `connect` for that, and `Plan` decides what a loop of your own does next.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import { clientHello } from '../../client/ClientHello.js'
import { type BrokenReply, describeAnswerError, type NegotiatedReply, type RefusedReply } from '../../client/ClientOutcome.js'
import type { ClientRequestFields } from '../../client/ClientRequest.js'
import { describeRequestFault, type RequestFault } from '../../client/RequestFault.js'
import { absurd } from '../../data/absurd.js'
import { untilMs } from '../../data/Instant.js'
import { printable } from '../../data/Printable.js'
import type { Clock } from '../../shell/Clock.js'
import { systemClock } from '../../shell/Defaults.js'
import { deadlineTimer } from './DeadlineTimer.js'
import { type SystemError, systemError } from './SystemError.js'
import type { Sink, Transport } from './Transport.js'

/**
 * How long an answer may take, and what ends the waiting.
 *
 * @category model
 * @since 0.1.0
 */
export interface AskOverOptions {
  /** In milliseconds; 30 000 if not given (SPEC G9). */
  readonly timeoutMs?: number
  readonly signal?: AbortSignalLike
  /** The time; the process's own if not given. */
  readonly clock?: Clock
}

/**
 * What a signal must have; every runtime's `AbortSignal` does.
 *
 * @category model
 * @since 0.1.0
 */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly addEventListener: (type: 'abort', listener: () => void) => void
  readonly removeEventListener: (type: 'abort', listener: () => void) => void
}

/**
 * A yes with the stream that is left, or a no.
 *
 * @category model
 * @since 0.1.0
 */
export type Asked =
  | { readonly answer: NegotiatedReply; readonly stream: Transport }
  | { readonly answer: RefusedReply }

/**
 * Why there is no answer.
 *
 * @category model
 * @since 0.1.0
 */
export type AskError =
  | { readonly _tag: 'Aborted' }
  | BrokenReply
  | ({ readonly _tag: 'ConnectionLost' } & SystemError)
  | { readonly _tag: 'InvalidRequest'; readonly faults: ReadonlyArray<RequestFault> }
  | { readonly _tag: 'TimedOut'; readonly timeoutMs: number }

/**
 * Says Hello over a transport that is connected, and of which nothing has been read.
 *
 * @example
 * import assert from 'node:assert'
 * import { askOver, describeAskError, memoryTransports } from 'hello-negotiation/host'
 *
 * const [ours, theirs] = memoryTransports()
 * theirs.destroy() // the broker is gone
 * const asked = await askOver(ours, { serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.match(asked._tag === 'Left' ? describeAskError(asked.left) : '', /^the answer cannot be read: unexpected EOF/)
 *
 * @category constructors
 * @since 0.1.0
 */
export function askOver(transport: Transport, request: ClientRequestFields, options: AskOverOptions = {}): Promise<Either<AskError, Asked>> {
  const { timeoutMs = ClientConnection.DEFAULT_CLIENT_TIMEOUT_MS, signal, clock = systemClock } = options
  const hello = clientHello(request)
  if (hello._tag === 'Left') {
    release(transport)
    return Promise.resolve(E.left({ _tag: 'InvalidRequest', faults: hello.left }))
  }
  return new Promise((resolve) => {
    const timer = deadlineTimer()
    const rest = relay(transport)
    let connection = ClientConnection.connected(ClientConnection.clientConnection(hello.right, clock(), timeoutMs), clock())
    let isOver = false

    function advance(step: (connection: ClientConnection.ClientConnection) => ClientConnection.ClientConnection): void {
      if (isOver) return
      const { state, value } = ClientConnection.next(step(connection))
      connection = state
      if (value._tag === 'NeedData') return arm()
      if (value._tag === 'Negotiated') return end(E.right({ answer: value, stream: rest.from(ClientConnection.remainder(state)) }))
      if (value._tag === 'Refused') return end(E.right({ answer: value }))
      end(E.left(value._tag === 'TimedOut' ? { _tag: 'TimedOut', timeoutMs } : value))
    }

    function end(asked: Either<AskError, Asked>): void {
      isOver = true
      timer.clear()
      signal?.removeEventListener('abort', abort)
      if (asked._tag === 'Left' || asked.right.answer._tag === 'Refused') transport.destroy()
      resolve(asked)
    }

    function abort(): void {
      if (!isOver) end(E.left({ _tag: 'Aborted' }))
    }

    function arm(): void {
      const deadlineMs = ClientConnection.nextDeadlineMs(connection)
      if (deadlineMs !== undefined) timer.set(untilMs(deadlineMs, clock()), () => advance((state) => ClientConnection.expire(state, clock())))
    }

    signal?.addEventListener('abort', abort)
    rest.begin({
      onChunk: (chunk) => advance((state) => ClientConnection.push(state, chunk)),
      onEnd: () => advance(ClientConnection.pushEnd),
      onClosed: (error) => {
        if (error === undefined) advance(ClientConnection.pushEnd)
        else if (!isOver) end(E.left({ _tag: 'ConnectionLost', ...systemError(error) }))
      },
    })
    // A transport that is closed already may have said so while it began to read.
    if (isOver) return
    if (signal?.aborted === true) return abort()
    arm()
    transport.write(hello.right.bytes, () => undefined)
  })
}

/**
 * Why there is no answer, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeAskError(error: AskError): string {
  switch (error._tag) {
    case 'Aborted':
      return 'aborted while waiting for the answer'
    case 'Broken':
      return `the answer cannot be read: ${describeAnswerError(error.error)}`
    case 'ConnectionLost':
      return `the connection was lost before the answer: ${printable(error.message)}`
    case 'InvalidRequest':
      return `the request cannot be sent: ${error.faults.map(describeRequestFault).join('; ')}`
    case 'TimedOut':
      return `timed out after ${error.timeoutMs} ms, waiting for the answer`
    default:
      return absurd(error)
  }
}

/** How much may come behind an answer before anybody reads on; a broker that sends more has lost its way. */
const WAITING_MAX_BYTES = 0x10_0000

/** A transport whose sink changes once: what is heard before the second sink is there waits for it. */
function relay(transport: Transport): { readonly begin: (sink: Sink) => void; readonly from: (remainder: Uint8Array) => Transport } {
  let sink: Sink | undefined
  const waiting: Array<(sink: Sink) => void> = []
  let waitingBytes = 0
  const hear = (tell: (sink: Sink) => void): void => void (sink === undefined ? waiting.push(tell) : tell(sink))
  return {
    begin: (first) => {
      sink = first
      transport.read({
        onChunk: (chunk) => {
          if (sink === undefined && (waitingBytes += chunk.length) > WAITING_MAX_BYTES) transport.destroy()
          else hear(({ onChunk }) => onChunk(chunk))
        },
        onEnd: () => hear(({ onEnd }) => onEnd()),
        onClosed: (error) => hear(({ onClosed }) => onClosed(error)),
      })
    },
    from: (remainder) => {
      sink = undefined
      if (remainder.length > 0) waiting.push(({ onChunk }) => onChunk(remainder))
      return {
        ...transport,
        read: (second) => {
          for (const tell of waiting.splice(0)) tell(second)
          sink = second
        },
      }
    },
  }
}

function release(transport: Transport): void {
  transport.read({ onChunk: () => undefined, onEnd: () => undefined, onClosed: () => undefined })
  transport.destroy()
}
