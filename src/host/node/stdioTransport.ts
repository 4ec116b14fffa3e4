/**
 * Two streams of Node's, one for each direction, as a transport: a process's standard input and output, or those of a child.
 */
import type { Readable, Writable } from 'node:stream'
import { halves } from '../transport/Halves.js'
import type { Transport } from '../transport/Transport.js'

/**
 * A transport over a stream to read and one to write. It is closed when both have ended, or at once when either fails.
 *
 * @example
 * import assert from 'node:assert'
 * import { PassThrough } from 'node:stream'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { askOver, brokerHost } from 'hello-negotiation/host'
 * import { stdioTransport } from 'hello-negotiation/host/node'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const [up, down] = [new PassThrough(), new PassThrough()] // in a program: a child's stdin and stdout
 * brokerHost({ broker: createBroker({ policy: policy.right }) }).accept(stdioTransport(up, down), UNVERIFIED_PEER)
 * const asked = await askOver(stdioTransport(down, up), { serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(asked._tag === 'Right' && asked.right.answer._tag, 'Refused')
 *
 * @category constructors
 * @since 0.1.0
 */
export function stdioTransport(readable: Readable, writable: Writable): Transport {
  const { close, ...both } = halves(() => {
    readable.destroy()
    writable.destroy()
  })
  // A standard output never closes, so its end is told by `finish`.
  writable.on('error', close).on('finish', both.endWritten)
  readable.on('error', close)
  return {
    read: (sink) => {
      both.listen(sink.onClosed)
      readable.on('data', (chunk: Uint8Array) => {
        if (!both.isClosed()) sink.onChunk(chunk)
      })
      readable.on('end', () => {
        if (!both.isClosed()) sink.onEnd()
        both.endRead()
      })
      readable.on('close', () => {
        if (!both.hasRead()) close()
      })
      if (readable.closed) close()
    },
    pause: () => void readable.pause(),
    write: (bytes, done) => {
      // A write behind the end would be an error of the stream's, and its last.
      if (both.isClosed() || !writable.writable) done(brokenOff())
      // Node reports a write that a destroyed stream broke off as a success.
      else writable.write(bytes, (failure) => done(failure ?? (writable.destroyed && !both.hasWritten() ? brokenOff() : undefined)))
    },
    end: () => void writable.end(),
    destroy: () => close(),
  }
}

function brokenOff(): Error {
  return new Error('the connection was closed before the bytes were taken')
}
