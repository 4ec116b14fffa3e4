/**
 * A pair of transports joined in memory: for tests, and for a broker and a client in one process.
 *
 * **Laws**
 *  1. What one end does the other hears later, in order: never within the call.
 *  2. An end that has been paused keeps nothing: what comes is thrown away.
 */
import type { Sink, Transport } from './Transport.js'

/** One end: who listens, and whether it has ended or is closed. */
interface End {
  sink: Sink | undefined
  /** What came before anybody listened. */
  readonly early: Array<(sink: Sink) => void>
  isPaused: boolean
  hasEnded: boolean
  isDestroyed: boolean
  isClosed: boolean
}

/**
 * Two transports, each the other's other side.
 *
 * @category constructors
 * @since 0.1.0
 */
export function memoryTransports(): readonly [Transport, Transport] {
  const [a, b] = [end(), end()]
  return [transport(a, b), transport(b, a)]
}

function end(): End {
  return { sink: undefined, early: [], isPaused: false, hasEnded: false, isDestroyed: false, isClosed: false }
}

function transport(ours: End, theirs: End): Transport {
  return {
    read: (sink) => {
      ours.sink = sink
      queueMicrotask(() => ours.early.splice(0).forEach((tell) => tell(sink)))
    },
    pause: () => void (ours.isPaused = true),
    write: (bytes, done) => {
      if (ours.hasEnded || ours.isDestroyed || ours.isClosed || theirs.isClosed) return done(new Error('the other side is closed'))
      const chunk = bytes.slice()
      hear(theirs, (sink) => {
        if (!theirs.isPaused && !theirs.isDestroyed && !theirs.isClosed) sink.onChunk(chunk)
      })
      queueMicrotask(done)
    },
    end: () => {
      if (ours.hasEnded || ours.isDestroyed || ours.isClosed) return
      ours.hasEnded = true
      hear(theirs, (sink) => {
        if (!theirs.isDestroyed && !theirs.isClosed) sink.onEnd()
        if (theirs.hasEnded) [ours, theirs].forEach(close)
      })
    },
    destroy: () => {
      ours.isDestroyed = true;
      [ours, theirs].forEach(close)
    },
  }
}

/** Closes an end, behind all that it is still to hear. */
function close(one: End): void {
  hear(one, (sink) => {
    if (one.isClosed) return
    one.isClosed = true
    sink.onClosed()
  })
}

function hear(one: End, tell: (sink: Sink) => void): void {
  queueMicrotask(() => {
    if (one.sink === undefined || one.early.length > 0) one.early.push(tell)
    else tell(one.sink)
  })
}
