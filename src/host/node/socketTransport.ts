/**
 * A socket or pipe of Node's, or any other duplex stream, as a transport.
 *
 * A stream that is to hear the end of the other side without ending its own allows half-open connections.
 */
import type { Duplex } from 'node:stream'
import type { Transport } from '../transport/Transport.js'

/**
 * A transport over a duplex stream of which nothing has been read.
 *
 * @category constructors
 * @since 0.1.0
 */
export function socketTransport(stream: Duplex): Transport {
  let error: Error | undefined
  stream.on('error', (failure) => void (error ??= failure))
  return {
    read: ({ onChunk, onEnd, onClosed }) => {
      stream.on('data', onChunk)
      stream.on('end', onEnd)
      stream.on('close', () => onClosed(error))
      if (stream.closed) onClosed(error)
    },
    pause: () => void stream.pause(),
    // Node reports a write that a destroyed stream broke off as a success.
    write: (bytes, done) => void stream.write(bytes, (failure) => done(failure ?? (stream.destroyed ? BROKEN_OFF : undefined))),
    end: () => void stream.end(),
    destroy: () => void stream.destroy(),
  }
}

const BROKEN_OFF = new Error('the connection was closed before the bytes were taken')
