/**
 * One peer's connection from accept to close: chunks to the session, its one answer back, goodbye.
 *
 * **State** the answer once there is one, and whether it has been written.
 *
 *   reading ──answer──▶ replying ──written──▶ lingering ──peer's end, or time──▶ closed
 *      └──────────────────┴── error, time, destroy ─────────────────────────────▶ closed
 *
 * **Laws**
 *  1. Every state has a deadline, and nothing that a peer does moves one.
 *  2. An answer that was not handed to the kernel in full before the close is told as unwritten, once.
 *  3. A peer gets its reply though it sent more than was read: a socket closed over unread bytes resets
 *     the connection and takes the reply with it, so those bytes are read and thrown away (SPEC C3),
 *     until the time for that is over or the host needs the place.
 *
 * **Not here** deciding: the session does.
 */
import type { Socket } from 'node:net'
import type { Answer } from '../../negotiate/answer.js'
import type { Session } from '../../shell/Session.js'
import { deadlineTimer } from './DeadlineTimer.js'

/** Whom to tell what. */
export interface Listeners {
  readonly onAnswered: () => void
  readonly onUnwritten: (answer: Answer) => void
  readonly onError: (error: Error) => void
}

/** How long a peer has to take its reply, and then to close its side, in milliseconds. */
export interface Patience {
  readonly replyTimeoutMs: number
  readonly lingerMs: number
}

/** A connection on which something may still happen. */
export interface Conversation {
  /** Whether the peer has sent anything. */
  readonly hasBegun: () => boolean
  /** Whether the peer has been given its answer, which the kernel may not have in full yet. */
  readonly isAnswered: () => boolean
  /** Whether the kernel has the answer in full, so that nothing but a courtesy keeps the connection open. */
  readonly isLingering: () => boolean
  readonly destroy: () => void
  /** Resolves when nothing will happen any more; it never rejects. */
  readonly closed: Promise<void>
}

/** How much of what follows a Hello is read and thrown away; what is beyond stays unread. */
const SPARE_MAX_BYTES = 0x10_0000

/** Serves a socket that allows half-open connections and of which nothing has been read. */
export function converse(
  socket: Socket, session: Session, { replyTimeoutMs, lingerMs }: Patience, listeners: Listeners,
): Conversation {
  const timer = deadlineTimer()
  let hasBegun = false
  let given: Answer | undefined
  let isWritten = false
  let spareBytes = 0

  const destroy = (): void => void socket.destroy()

  function read(chunk: Uint8Array): void {
    hasBegun = true
    if (given === undefined) give(session.push(chunk))
    else discard(chunk.length)
  }

  function discard(byteCount: number): void {
    spareBytes += byteCount
    if (spareBytes > SPARE_MAX_BYTES) socket.pause()
  }

  function give(answer: Answer | undefined): void {
    if (answer === undefined) return
    given = answer
    timer.set(replyTimeoutMs, destroy)
    socket.write(answer.bytes, linger)
    socket.end()
    listeners.onAnswered()
  }

  /** Node reports a write that a destroyed socket broke off as a success. */
  function linger(error?: Error | null): void {
    if (error || socket.destroyed) return
    isWritten = true
    timer.set(lingerMs, destroy)
  }

  function awaitHello(): void {
    const leftMs = session.msUntilDeadline()
    if (leftMs !== undefined) timer.set(leftMs, expire)
  }

  function expire(): void {
    give(session.expire())
    awaitHello()
  }

  function close(): void {
    timer.clear()
    if (given !== undefined && !isWritten) listeners.onUnwritten(given)
  }

  socket.on('data', read)
  socket.on('end', () => give(session.pushEnd()))
  socket.on('error', listeners.onError)
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      close()
      resolve()
    })
  })
  awaitHello()
  return { hasBegun: () => hasBegun, isAnswered: () => given !== undefined, isLingering: () => isWritten, destroy, closed }
}
