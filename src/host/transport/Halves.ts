/**
 * The two directions of a connection, and its end: for transports over what has no such end of its own.
 *
 * **State** whether each direction has ended, whether the connection is closed, and who is to be told.
 *
 * **Laws**
 *  1. The connection is closed once, when both directions have ended or when it is told to be: from then on `isClosed`, at once, and
 *     what it was made of is released.
 *  2. Whoever listens is told once, never within the call that closes, with the error that it was closed for, if it was for one.
 */

/** A connection's directions. */
export interface Halves {
  readonly hasRead: () => boolean
  readonly hasWritten: () => boolean
  readonly isClosed: () => boolean
  /** Notes who is to be told. */
  readonly listen: (onClosed: (error?: Error) => void) => void
  /** The other side will say no more. */
  readonly endRead: () => void
  /** This side will say no more. */
  readonly endWritten: () => void
  readonly close: (error?: Error) => void
}

/** @internal Both directions open; `release` lets go of what carries them. */
export function halves(release: () => void): Halves {
  let tellClosed: (error?: Error) => void = () => undefined
  const closed = new Promise<Error | undefined>((settle) => (tellClosed = settle))
  let hasRead = false
  let hasWritten = false
  let isClosed = false

  function close(error?: Error): void {
    if (isClosed) return
    isClosed = true
    release()
    tellClosed(error)
  }

  function closeWhenBoth(): void {
    if (hasRead && hasWritten) close()
  }

  return {
    hasRead: () => hasRead,
    hasWritten: () => hasWritten,
    isClosed: () => isClosed,
    listen: (onClosed) => void closed.then(onClosed),
    endRead: () => {
      hasRead = true
      closeWhenBoth()
    },
    endWritten: () => {
      hasWritten = true
      closeWhenBoth()
    },
    close,
  }
}
