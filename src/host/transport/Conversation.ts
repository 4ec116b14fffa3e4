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
 *  2. An answer that the transport had not taken in full before the close is told as unwritten, once.
 *  3. A peer gets its reply though it sent more than was read: a socket closed over unread bytes resets
 *     the connection and takes the reply with it, so those bytes are read and thrown away (SPEC C3),
 *     until the time for that is over or the host needs the place.
 *  4. Of a connection for which there is a keeper nothing is read from its answer on, and its side is not
 *     closed: what has been read behind the Hello goes to the keeper with it.
 *
 * **Not here** deciding: the session does, and about handing over the keeper.
 */
import type { Answer } from '../../negotiate/answer.js'
import type { Session } from '../../shell/Session.js'
import { deadlineTimer } from './DeadlineTimer.js'
import type { Transport } from './Transport.js'

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
export interface Left {
  /** What was read behind the Hello, and is the next reader's. */
  readonly remainder: Uint8Array
  /** Ends it as every other connection ends: this side is closed, and the peer has a while to close its own. */
  readonly part: () => void
  readonly destroy: () => void
}

/** Somebody who has stopped the transport's reading, to take the connection over once it has its reply. */
export interface Keeper {
  /** Takes it over, and gives what to call, at least once, when it is closed. */
  readonly take: (left: Left) => (() => void) | undefined
  /** Lets the transport read again. */
  readonly letGo: () => void
}

/** A connection on which something may still happen. */
export interface Conversation {
  /** Whether the peer has sent anything. */
  readonly hasBegun: () => boolean
  /** Whether the peer has been given its answer, which the transport may not have in full yet. */
  readonly isAnswered: () => boolean
  /** Whether the transport has the answer in full, so that nothing but a courtesy keeps the connection open. */
  readonly isLingering: () => boolean
  readonly destroy: () => void
  /** Resolves when nothing will happen any more; it never rejects. */
  readonly closed: Promise<void>
}

/** How much of what follows a Hello is read and thrown away; what is beyond stays unread. */
const SPARE_MAX_BYTES = 0x10_0000

/** Serves a connection of which nothing has been read. */
export function converse(
  transport: Transport, session: Session, { replyTimeoutMs, lingerMs }: Patience, listeners: Listeners,
  keeperOf: (answer: Answer) => Keeper | undefined,
): Conversation {
  const timer = deadlineTimer()
  const discard = discarder(transport)
  let hasBegun = false
  let isClosed = false
  let given: Answer | undefined
  let isWritten = false
  let isHeld = false
  let onGone: (() => void) | undefined

  const { destroy } = transport

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
    const proceed = keeper === undefined ? linger : (): void => entrust(keeper)
    transport.write(answer.bytes, (error) => written(error, proceed))
    if (keeper === undefined) transport.end()
    listeners.onAnswered()
  }

  function written(error: Error | undefined, proceed: () => void): void {
    if (error !== undefined || isClosed) return
    isWritten = true
    proceed()
  }

  function linger(): void {
    timer.set(lingerMs, destroy)
  }

  function entrust(keeper: Keeper): void {
    timer.clear()
    isHeld = true
    onGone = keeper.take({ remainder: session.remainder(), part: () => part(keeper), destroy })
  }

  function part(keeper: Keeper): void {
    if (isClosed) return
    isHeld = false
    transport.end()
    keeper.letGo()
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
    isClosed = true
    timer.clear()
    onGone?.()
    if (given !== undefined && !isWritten) listeners.onUnwritten(given)
  }

  const closed = new Promise<void>((resolve) => {
    transport.read({
      onChunk: read,
      onEnd: () => give(session.pushEnd()),
      onClosed: (error) => {
        if (error !== undefined) listeners.onError(error)
        close()
        resolve()
      },
    })
  })
  if (!isClosed) awaitHello()
  return {
    hasBegun: () => hasBegun, isAnswered: () => given !== undefined, isLingering: () => isWritten && !isHeld, destroy, closed,
  }
}

/** Counts what is read and thrown away, and stops reading where it is too much. */
function discarder(transport: Transport): (byteCount: number) => void {
  let spareBytes = 0
  return (byteCount) => {
    spareBytes += byteCount
    if (spareBytes > SPARE_MAX_BYTES) transport.pause()
  }
}
