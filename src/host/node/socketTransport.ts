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
 * @example
 * import assert from 'node:assert'
 * import { once } from 'node:events'
 * import { connect, createServer } from 'node:net'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { askOver, brokerHost } from 'hello-negotiation/host'
 * import { socketTransport } from 'hello-negotiation/host/node'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const host = brokerHost({ broker: createBroker({ policy: policy.right }) })
 * const server = createServer({ allowHalfOpen: true }, (socket) => host.accept(socketTransport(socket), UNVERIFIED_PEER))
 * await once(server.listen(0, '127.0.0.1'), 'listening')
 * const address = server.address()
 * if (address === null || typeof address === 'string') throw new Error('it listens on a port')
 * const asked = await askOver(socketTransport(connect(address.port, '127.0.0.1')), { serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(asked._tag === 'Right' && asked.right.answer._tag, 'Refused')
 * server.close()
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
    write: (bytes, done) => {
      // A write behind the end would be an error of the stream's, and its last.
      if (!stream.writable) done(BROKEN_OFF)
      // Node reports a write that a destroyed stream broke off as a success.
      else stream.write(bytes, (failure) => done(failure ?? (stream.destroyed ? BROKEN_OFF : undefined)))
    },
    end: () => void stream.end(),
    destroy: () => void stream.destroy(),
  }
}

const BROKEN_OFF = new Error('the connection was closed before the bytes were taken')
