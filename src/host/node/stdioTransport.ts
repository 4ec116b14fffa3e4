/**
 * Two streams of Node's, one for each direction, as a transport: a process's standard input and output, or those of a child.
 */
import type { Readable, Writable } from 'node:stream'
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
  let error: Error | undefined
  let onClosed: ((error?: Error) => void) | undefined
  let hasRead = false
  let hasWritten = false
  let isClosed = false

  function close(): void {
    if (isClosed) return
    isClosed = true
    readable.destroy()
    writable.destroy()
    onClosed?.(error)
  }

  function closeWhenDone(): void {
    if (hasRead && hasWritten) close()
  }

  function fail(failure: Error): void {
    error ??= failure
    close()
  }

  // A standard output never closes, so its end is told by `finish`.
  writable.on('error', fail).on('finish', () => {
    hasWritten = true
    closeWhenDone()
  })
  readable.on('error', fail)
  return {
    read: (sink) => {
      ({ onClosed } = sink)
      readable.on('data', (chunk: Uint8Array) => {
        if (!isClosed) sink.onChunk(chunk)
      })
      readable.on('end', () => {
        hasRead = true
        if (!isClosed) sink.onEnd()
        closeWhenDone()
      })
      readable.on('close', () => {
        if (!hasRead) close()
      })
      if (isClosed) sink.onClosed(error)
    },
    pause: () => void readable.pause(),
    write: (bytes, done) => {
      if (isClosed) done(error ?? new Error('the connection was closed before the bytes were taken'))
      else writable.write(bytes, (failure) => done(failure ?? undefined))
    },
    end: () => void writable.end(),
    destroy: () => queueMicrotask(close),
  }
}
