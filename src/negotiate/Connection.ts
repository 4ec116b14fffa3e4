/**
 * One connection's opening, as an automaton over bytes: chunks in, at most one Hello's frame out.
 *
 * **State** the framing with its 64 KiB cap, the deadline for a whole frame, and the phase.
 *
 *   Reading ──whole frame──▶ Finished
 *      │
 *      └──bad bytes, early end, deadline──▶ Failed
 *
 * **Laws**
 *  1. However the bytes are cut, the events, the error and the remainder are the same.
 *  2. At most one `HelloFrame`; what follows it stays untouched in `remainder` (SPEC C3).
 *  3. A connection that failed stays failed and says the same thing again.
 *  4. The cap is checked on the header, before any byte of the body is needed (SPEC F2, F3).
 *  5. `expire` before the deadline, or once there is nothing to wait for, changes nothing.
 *
 * **Not here** answering: `negotiate` makes the outcome, `Reply` its bytes. After `HelloFrame` or
 * `Failed` the caller writes the answer and is done with this automaton.
 * **Contract** the answer to each failure is frozen (SPEC C4).
 */
import { type Step, step } from '../data/Step.js'
import { advance, deadlineAfter } from '../data/Instant.js'
import type { DecodeError } from '../wire/DecodeError.js'
import * as Framing from '../wire/Framing.js'
import { HELLO_BODY_MAX_BYTES } from '../wire/Limits.js'
import { decodeFrame, type Frame } from '../wire/messages/Frame.js'

/**
 * A connection and how far its opening has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface Connection {
  readonly framing: Framing.Framing
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly phase: Phase
}

/**
 * Where a connection stands.
 *
 * @category model
 * @since 0.1.0
 */
export type Phase = Failed | Finished | { readonly _tag: 'Reading' }

/**
 * One event of a connection.
 *
 * @category model
 * @since 0.1.0
 */
export type ConnectionEvent = Failed | Finished | Framing.NeedData | HelloFrame

/**
 * The one frame that this connection is answered for.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloFrame {
  readonly _tag: 'HelloFrame'
  readonly frame: Frame
}

/**
 * The frame has been told; nothing more will come of this automaton.
 *
 * @category model
 * @since 0.1.0
 */
export interface Finished {
  readonly _tag: 'Finished'
}

/**
 * There will be no frame, and why.
 *
 * @category model
 * @since 0.1.0
 */
export interface Failed {
  readonly _tag: 'Failed'
  readonly error: ConnectionError
}

/**
 * Why a connection gave no frame (SPEC C4, C7).
 *
 * @category model
 * @since 0.1.0
 */
export type ConnectionError = Framing.FramingError | HelloDeadlineExceeded | MalformedFrame

/**
 * No whole frame came in time.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloDeadlineExceeded {
  readonly _tag: 'HelloDeadlineExceeded'
  readonly timeoutMs: number
}

/**
 * The body is no Frame message.
 *
 * @category model
 * @since 0.1.0
 */
export interface MalformedFrame {
  readonly _tag: 'MalformedFrame'
  readonly cause: DecodeError
}

/**
 * How long a peer has for its first frame: 30 seconds (SPEC C7).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_HELLO_TIMEOUT_MS = 30_000

const READING: Phase = Object.freeze({ _tag: 'Reading' })
const FINISHED: Finished = Object.freeze({ _tag: 'Finished' })

/**
 * A connection opened at `openedMs`, which has `timeoutMs` for a whole frame (SPEC C7).
 *
 * @category constructors
 * @since 0.1.0
 */
export function connection(openedMs: number, timeoutMs: number = DEFAULT_HELLO_TIMEOUT_MS): Connection {
  return {
    framing: Framing.framing(HELLO_BODY_MAX_BYTES),
    timeoutMs,
    deadlineMs: deadlineAfter(advance(0, openedMs), timeoutMs),
    phase: READING,
  }
}

/**
 * Stores a copy of `chunk`. Once the Hello has been told it goes to the remainder, however much comes: stop
 * reading then, or hand the remainder on.
 *
 * @example
 * import assert from 'node:assert'
 * import { Connection } from 'hello-negotiation'
 *
 * const opened = Connection.connection(0)
 * const halfway = Connection.push(opened, Uint8Array.of(0x01, 0x00, 0x00))
 * assert.equal(Connection.next(halfway).value._tag, 'NeedData')
 *
 * const whole = Connection.push(halfway, Uint8Array.of(0x00, 0x00, 0xff))
 * const { state, value } = Connection.next(whole)
 * assert.equal(value._tag, 'HelloFrame')
 * assert.deepEqual(Connection.remainder(state), Uint8Array.of(0xff))
 *
 * @category steps
 * @since 0.1.0
 */
export function push(connection: Connection, chunk: Uint8Array): Connection {
  // A failed connection keeps nothing more: what a peer goes on sending must not cost memory.
  return connection.phase._tag === 'Failed' ? connection : { ...connection, framing: Framing.push(connection.framing, chunk) }
}

/**
 * Notes that the peer has closed its side.
 *
 * @category steps
 * @since 0.1.0
 */
export function pushEnd(connection: Connection): Connection {
  return { ...connection, framing: Framing.pushEnd(connection.framing) }
}

/**
 * Takes the next event, and the state of that moment (SPEC C3, C4).
 *
 * @category steps
 * @since 0.1.0
 */
export function next(connection: Connection): Step<Connection, ConnectionEvent> {
  if (connection.phase._tag !== 'Reading') return step(connection, connection.phase)
  const { state: framing, value: event } = Framing.next(connection.framing)
  if (event._tag === 'NeedData') return step(connection, event)
  if (event._tag === 'FramingFailed') return fail({ ...connection, framing }, event.error)
  const frame = decodeFrame(event.body)
  return frame._tag === 'Left'
    ? fail({ ...connection, framing }, { _tag: 'MalformedFrame', cause: frame.left })
    : step({ ...connection, framing, phase: FINISHED }, { _tag: 'HelloFrame', frame: frame.right })
}

/**
 * Fails a connection that is still waiting at its deadline; otherwise changes nothing (SPEC C7).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(connection: Connection, nowMs: number): Connection {
  const isOverdue = nowMs >= connection.deadlineMs && next(connection).value._tag === 'NeedData'
  return isOverdue
    ? fail(connection, { _tag: 'HelloDeadlineExceeded', timeoutMs: connection.timeoutMs }).state
    : connection
}

/**
 * When this connection must be expired, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(connection: Connection): number | undefined {
  return connection.phase._tag === 'Reading' ? connection.deadlineMs : undefined
}

/**
 * A copy of the bytes after the Hello, for whoever gets the connection next (SPEC C3).
 *
 * @category queries
 * @since 0.1.0
 */
export function remainder(connection: Connection): Uint8Array {
  return Framing.remainder(connection.framing)
}

function fail(connection: Connection, error: ConnectionError): Step<Connection, Failed> {
  const failed: Failed = { _tag: 'Failed', error }
  return step({ ...connection, phase: failed }, failed)
}
