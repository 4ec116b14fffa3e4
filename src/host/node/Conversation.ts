/**
 * One peer's connection from accept to close: chunks to the session, its one answer back, goodbye.
 *
 * **State** the answer once there is one, whether it has been written, and whether somebody else has the
 * connection since.
 *
 *   reading ──answer──▶ replying ──written──▶ lingering ──peer's end, or time──▶ closed
 *      │                   └──written, with a keeper──▶ held ──parted──▶ lingering
 *      └─────────────────────── error, time, destroy, in any of them ───────────▶ closed
 *
 * **Laws**
 *  1. Every state has a deadline, and nothing that a peer does moves one; while it is held, it is the keeper's.
 *  2. An answer that was not handed to the kernel in full before the close is told as unwritten, once.
 *  3. A peer gets its reply though it sent more than was read: a socket closed over unread bytes resets
 *     the connection and takes the reply with it, so those bytes are read and thrown away (SPEC C3),
 *     until the time for that is over or the host needs the place.
 *  4. Of a connection for which there is a keeper nothing is read from its answer on, and its side is not
 *     closed: what has been read behind the Hello goes to the keeper with it.
 *
 * **Not here** deciding: the session does, and about handing over the keeper.
 */
import type { Socket } from 'node:net'
import type { Answer } from '../../negotiate/answer.js'
import type { Session } from '../../shell/Session.js'
import { deadlineTimer } from './DeadlineTimer.js'
import { holdStream, letGo } from './handoff/holdStream.js'

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

/** A connection that has its reply, and of which nothing more is read. */
export interface Held {
  readonly stream: Socket
  /** What was read behind the Hello, and is the next reader's. */
  readonly remainder: Uint8Array
  /** Ends it as every other connection ends: this side is closed, and the peer has a while to close its own. */
  readonly part: () => void
  readonly destroy: () => void
}

/** Takes a connection over, and gives what to call, at least once, when it is closed. */
export type Keeper = (held: Held) => (() => void) | undefined

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
  keeperOf: (answer: Answer) => Keeper | undefined,
): Conversation {
  const timer = deadlineTimer()
  const discard = discarder(socket)
  let hasBegun = false
  let given: Answer | undefined
  let isWritten = false
  let isHeld = false
  let onGone: (() => void) | undefined

  const destroy = (): void => void socket.destroy()

  function read(chunk: Uint8Array): void {
    hasBegun = true
    if (given === undefined) give(session.push(chunk))
    else discard(chunk.length)
  }

  function give(answer: Answer | undefined): void {
    if (answer === undefined) return
    given = answer
    timer.set(replyTimeoutMs, destroy)
    const keeper = keeperOf(answer)
    const unread = keeper && holdStream(socket)
    const proceed = unread === undefined ? linger : (): void => entrust(keeper, unread)
    socket.write(answer.bytes, (error) => written(error, proceed))
    if (unread === undefined) socket.end()
    listeners.onAnswered()
  }

  /** Node reports a write that a destroyed socket broke off as a success. */
  function written(error: Error | null | undefined, proceed: () => void): void {
    if (error || socket.destroyed) return
    isWritten = true
    proceed()
  }

  function linger(): void {
    timer.set(lingerMs, destroy)
  }

  function entrust(keeper: Keeper | undefined, unread: Uint8Array): void {
    timer.clear()
    isHeld = true
    onGone = keeper?.({ stream: socket, remainder: joined(session.remainder(), unread), part, destroy })
  }

  function part(): void {
    if (socket.destroyed) return
    isHeld = false
    socket.end()
    letGo(socket)
    socket.resume()
    linger()
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
    onGone?.()
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
  return {
    hasBegun: () => hasBegun, isAnswered: () => given !== undefined, isLingering: () => isWritten && !isHeld, destroy, closed,
  }
}

/** Counts what is read and thrown away, and stops reading where it is too much. */
function discarder(socket: Socket): (byteCount: number) => void {
  let spareBytes = 0
  return (byteCount) => {
    spareBytes += byteCount
    if (spareBytes > SPARE_MAX_BYTES) socket.pause()
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return second.length === 0 ? first : new Uint8Array(Buffer.concat([first, second]))
}
