/**
 * A WebSocket as a transport, in a browser or on a server: what `new WebSocket(url)` makes, or the `ws` package.
 *
 * Binary messages are chunks of the stream, cut anywhere; a text message is a mistake, and ends the connection. A WebSocket
 * has no half-close: the other side's close is the end of what it has to say, and of the connection.
 */
import type { Transport } from '../transport/Transport.js'

/**
 * What a WebSocket must have; browsers' and `ws`'s do.
 *
 * @category model
 * @since 0.1.0
 */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  readonly bufferedAmount: number
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void
  readonly close: (code?: number) => void
  /** Closes without a word; `ws` has it. */
  readonly terminate?: () => void
  readonly addEventListener: (type: 'close' | 'error' | 'message' | 'open', listener: (event: object) => void) => void
}

/** What is told of the states that a WebSocket has by number. */
const CONNECTING = 0
const OPEN = 1
/** How often to look whether bytes have left a WebSocket, which tells nobody, in milliseconds. */
const LOOK_MS = 5
const NORMAL = 1_000

/**
 * A transport over a WebSocket that is open or about to be.
 *
 * @example
 * import assert from 'node:assert'
 * import { once } from 'node:events'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { askOver, brokerHost } from 'hello-negotiation/host'
 * import { webSocketTransport } from 'hello-negotiation/host/web'
 * import { WebSocket, WebSocketServer } from 'ws'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const host = brokerHost({ broker: createBroker({ policy: policy.right }) })
 * const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
 * server.on('connection', (socket) => host.accept(webSocketTransport(socket), UNVERIFIED_PEER))
 * await once(server, 'listening')
 * const { port } = Object(server.address()) as { readonly port: number }
 * const asked = await askOver(webSocketTransport(new WebSocket(`ws://127.0.0.1:${port}`)), { serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(asked._tag === 'Right' && asked.right.answer._tag, 'Refused')
 * server.close()
 *
 * @category constructors
 * @since 0.1.0
 */
export function webSocketTransport(socket: WebSocketLike): Transport {
  socket.binaryType = 'arraybuffer'
  let error: Error | undefined
  let isPaused = false

  function fail(message: string): void {
    error ??= new Error(message)
    cut()
  }

  function cut(): void {
    if (socket.terminate === undefined) socket.close()
    else socket.terminate()
  }

  function send(bytes: Uint8Array, done: (error?: Error) => void): void {
    if (socket.readyState !== OPEN) return done(error ?? new Error('the WebSocket is closed'))
    socket.send(new Uint8Array(bytes))
    whenSent(done)
  }

  function whenSent(done: (error?: Error) => void): void {
    if (socket.bufferedAmount === 0) done()
    else if (socket.readyState !== OPEN) done(error ?? new Error('the WebSocket was closed before the bytes had left it'))
    else setTimeout(() => whenSent(done), LOOK_MS)
  }

  return {
    read: (sink) => {
      socket.addEventListener('message', (event) => {
        const chunk = chunkOf((event as { readonly data?: unknown }).data)
        if (chunk === undefined) fail('a text came where only binary messages belong')
        else if (!isPaused) sink.onChunk(chunk)
      })
      socket.addEventListener('error', () => void (error ??= new Error('the WebSocket failed')))
      const onClose = (): void => {
        if (error === undefined) sink.onEnd()
        sink.onClosed(error)
      }
      if (socket.readyState > OPEN + 1) queueMicrotask(onClose)
      else socket.addEventListener('close', onClose)
    },
    pause: () => void (isPaused = true),
    write: (bytes, done) => {
      if (socket.readyState === CONNECTING) socket.addEventListener('open', () => send(bytes, done))
      else send(bytes, done)
    },
    // The closing handshake comes behind what was sent.
    end: () => socket.close(NORMAL),
    destroy: cut,
  }
}

/** The bytes of a binary message, `undefined` of any other. */
function chunkOf(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined
}
