/**
 * A MessagePort as a transport: to a worker, an iframe or another page, in a browser or in Node.
 *
 * A message is a chunk, a `Uint8Array`; `null` is the end of what a side has to say, because a port has no end of its own. Any
 * other message is a mistake, and ends the connection. Bytes in memory that the other side shares are copied, so that it cannot
 * change them once they have been looked at. Where a port does not say that it was closed, deadlines end the waiting.
 */
import { halves } from '../transport/Halves.js'
import type { Transport } from '../transport/Transport.js'

/**
 * What a port must have; browsers' and Node's do, and so has a worker's own `self` or `Worker`, but for `start`.
 *
 * @category model
 * @since 0.1.0
 */
export type MessagePortLike = {
  readonly postMessage: (message: Uint8Array | null) => void
  readonly start?: () => void
  readonly close: () => void
} & (
  | { readonly addEventListener: (type: 'close' | 'message', listener: (event: object) => void) => void }
  /** Node's, which hands over the message itself. */
  | { readonly on: (type: 'close' | 'message', listener: (message: unknown) => void) => unknown }
)

/**
 * A transport over a port that nobody else listens to.
 *
 * @example
 * import assert from 'node:assert'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { askOver, brokerHost } from 'hello-negotiation/host'
 * import { messagePortTransport } from 'hello-negotiation/host/web'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const { port1, port2 } = new MessageChannel() // port2 may go to a worker
 * brokerHost({ broker: createBroker({ policy: policy.right }) }).accept(messagePortTransport(port1), UNVERIFIED_PEER)
 * const asked = await askOver(messagePortTransport(port2), { serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(asked._tag === 'Right' && asked.right.answer._tag, 'Refused')
 *
 * @category constructors
 * @since 0.1.0
 */
export function messagePortTransport(port: MessagePortLike): Transport {
  const { close, ...both } = halves(() => port.close())
  let isPaused = false

  return {
    read: (sink) => {
      both.listen(sink.onClosed)
      onMessage(port, (data) => {
        if (both.isClosed() || both.hasRead()) return
        if (data === null) {
          sink.onEnd()
          both.endRead()
        } else if (!(data instanceof Uint8Array)) close(new Error('a message came that is neither bytes nor the end'))
        else if (!isPaused) sink.onChunk(data.buffer instanceof ArrayBuffer ? data : data.slice())
      })
      onClose(port, () => close())
      port.start?.()
    },
    pause: () => void (isPaused = true),
    write: (bytes, done) => {
      if (both.isClosed() || both.hasWritten()) return done(new Error('the port is closed'))
      // A copy of its own: what a message holds of a larger array would all be sent.
      port.postMessage(bytes.slice())
      queueMicrotask(done)
    },
    end: () => {
      if (both.isClosed() || both.hasWritten()) return
      port.postMessage(null)
      both.endWritten()
    },
    destroy: () => close(),
  }
}

function onMessage(port: MessagePortLike, hear: (data: unknown) => void): void {
  if ('on' in port) port.on('message', hear)
  else port.addEventListener('message', (event) => hear((event as { readonly data?: unknown }).data))
}

function onClose(port: MessagePortLike, hear: () => void): void {
  if ('on' in port) port.on('close', hear)
  else port.addEventListener('close', hear)
}
