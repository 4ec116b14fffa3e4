/**
 * One connection's loop, without the connection: bytes in, at most one answer out.
 *
 * **State** one cell: the `Connection`.
 *
 * **Laws**
 *  1. A session answers once: every call after that gives `undefined`.
 *
 * **Not here** reading, writing, timers: the host pushes what it reads, writes what it is handed, and
 * calls `expire` when `msUntilDeadline` has passed.
 */
import { untilMs } from '../data/Instant.js'
import type { Answer } from '../negotiate/answer.js'
import * as Connection from '../negotiate/Connection.js'
import type { Clock } from './Clock.js'

/**
 * One connection's loop.
 *
 * @category model
 * @since 0.1.0
 */
export interface Session {
  /** Takes bytes as they come, cut anywhere. */
  readonly push: (chunk: Uint8Array) => Answer | undefined
  /** Notes that the peer has closed its side. */
  readonly pushEnd: () => Answer | undefined
  /** Answers a peer that has run out of time; harmless at any time (SPEC C7). */
  readonly expire: () => Answer | undefined
  /** Milliseconds until `expire` is due, `undefined` once answered. */
  readonly msUntilDeadline: () => number | undefined
  /** A copy of the bytes that came with the Hello and after it (SPEC C3); what is pushed later is not kept. */
  readonly remainder: () => Uint8Array
}

/** @internal A loop over an opened connection; `respond` makes the one answer. */
export function session(
  opened: Connection.Connection, nowMs: Clock, respond: (event: Connection.Failed | Connection.HelloFrame) => Answer,
): Session {
  let connection = opened
  let isAnswered = false

  /** Once answered, a chunk is not so much as copied. */
  function advance(stepOf: (connection: Connection.Connection) => Connection.Connection): Answer | undefined {
    if (isAnswered) return undefined
    const { state, value: event } = Connection.next(stepOf(connection))
    connection = state
    if (event._tag === 'NeedData' || event._tag === 'Finished') return undefined
    isAnswered = true
    return respond(event)
  }

  return {
    push: (chunk) => advance((connection) => Connection.push(connection, chunk)),
    pushEnd: () => advance(Connection.pushEnd),
    expire: () => advance((connection) => Connection.expire(connection, nowMs())),
    msUntilDeadline: () => {
      const deadlineMs = Connection.nextDeadlineMs(connection)
      return deadlineMs === undefined ? undefined : untilMs(deadlineMs, nowMs())
    },
    remainder: () => Connection.remainder(connection),
  }
}
