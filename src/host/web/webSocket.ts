/**
 * A WebSocket as a transport, in a browser or on a server: what `new WebSocket(url)` makes, or the `ws` package.
 *
 * Binary messages are chunks of the stream, cut anywhere; a text message is a mistake, and ends the connection. A WebSocket
 * has no half-close: the other side's close is the end of what it has to say, and of the connection. A transport that is
 * destroyed is closed at once, though a WebSocket of a browser's or of Deno's waits for the other side's word, which may never come.
 */
import { halves } from '../transport/Halves.js'
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
const CLOSED = 3
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
 * const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 65_541 }) // a Hello's greatest frame
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
  const waiting: Array<() => void> = []
  const wake = (): void => waiting.splice(0).forEach((then) => then())
  let failure: Error | undefined
  let isPaused = false
  let isEnding = false
  const { close, isClosed, listen } = halves(() => {
    if (socket.terminate === undefined) socket.close()
    else socket.terminate()
    wake()
  })

  function whenOpen(then: () => void): void {
    if (socket.readyState === CONNECTING && !isClosed()) waiting.push(then)
    else then()
  }

  function send(bytes: Uint8Array, done: (error?: Error) => void): void {
    if (isClosed() || socket.readyState !== OPEN) return done(failure ?? new Error('the WebSocket is closed'))
    socket.send(new Uint8Array(bytes))
    whenSent(done)
  }

  /** A WebSocket that is closing still sends what it has taken. */
  function whenSent(done: (error?: Error) => void): void {
    if (socket.bufferedAmount === 0) done()
    else if (isClosed() || socket.readyState === CLOSED) done(failure ?? new Error('the WebSocket was closed before the bytes had left it'))
    else setTimeout(() => whenSent(done), LOOK_MS)
  }

  socket.addEventListener('open', wake)
  socket.addEventListener('close', wake)
  socket.addEventListener('error', () => void (failure ??= new Error('the WebSocket failed')))
  return {
    read: (sink) => {
      listen(sink.onClosed)
      socket.addEventListener('message', (event) => {
        if (isClosed()) return
        const chunk = chunkOf((event as { readonly data?: unknown }).data)
        if (chunk === undefined) close(new Error('a text came where only binary messages belong'))
        else if (!isPaused) sink.onChunk(chunk)
      })
      const hearClose = (): void => {
        if (failure === undefined && !isClosed()) sink.onEnd()
        close(failure)
      }
      if (socket.readyState === CLOSED) queueMicrotask(hearClose)
      else socket.addEventListener('close', hearClose)
    },
    pause: () => void (isPaused = true),
    write: (bytes, done) => {
      if (isEnding) done(new Error('a WebSocket that is closing takes no more'))
      else whenOpen(() => send(bytes, done))
    },
    end: () => {
      if (isEnding) return
      isEnding = true
      // The closing handshake comes behind what was sent.
      whenOpen(() => socket.close(NORMAL))
    },
    destroy: () => close(),
  }
}

/** The bytes of a binary message, `undefined` of any other. */
function chunkOf(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined
}
