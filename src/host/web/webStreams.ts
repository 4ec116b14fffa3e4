/**
 * A pair of web streams as a transport: what Deno, Bun, workers, WebTransport and fetch handlers have in place of sockets.
 *
 * A stream that gives anything but bytes is a mistake, and ends the connection. Nothing is asked of a stream that has been paused:
 * one that always has more would otherwise keep the timers from their turn.
 */
import { halves } from '../transport/Halves.js'
import type { Transport } from '../transport/Transport.js'

/**
 * What the streams must have; every runtime's `ReadableStream` and `WritableStream` do.
 *
 * @category model
 * @since 0.1.0
 */
export interface WebStreams {
  readonly readable: {
    readonly getReader: () => {
      readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
      readonly cancel: () => Promise<unknown>
    }
  }
  readonly writable: {
    readonly getWriter: () => {
      readonly write: (bytes: Uint8Array) => Promise<unknown>
      readonly close: () => Promise<unknown>
      readonly abort: () => Promise<unknown>
    }
  }
}

/**
 * A transport over two streams of bytes that nobody else reads or writes.
 *
 * @example
 * import assert from 'node:assert'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { askOver, brokerHost } from 'hello-negotiation/host'
 * import { webStreamTransport } from 'hello-negotiation/host/web'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const host = brokerHost({ broker: createBroker({ policy: policy.right }) })
 * const [up, down] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
 * host.accept(webStreamTransport({ readable: up.readable, writable: down.writable }), UNVERIFIED_PEER)
 * const client = webStreamTransport({ readable: down.readable, writable: up.writable })
 * const asked = await askOver(client, { serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(asked._tag === 'Right' && asked.right.answer._tag, 'Refused')
 *
 * @category constructors
 * @since 0.1.0
 */
export function webStreamTransport({ readable, writable }: WebStreams): Transport {
  const reader = readable.getReader()
  const writer = writable.getWriter()
  let isPaused = false
  let isEnding = false
  const { close, ...both } = halves(() => {
    // What is closed already answers with a failure, which changes nothing.
    reader.cancel().catch(() => undefined)
    if (!isEnding) writer.abort().catch(() => undefined)
  })

  return {
    read: (sink) => {
      both.listen(sink.onClosed)
      const next = (): void => void reader.read().then(({ done, value }) => {
        if (both.isClosed()) return
        if (done) {
          sink.onEnd()
          return both.endRead()
        }
        if (!isBytes(value)) return close(new Error('a stream of bytes gave something else'))
        if (!isPaused) sink.onChunk(value)
        if (!isPaused) next()
      }, (failure: unknown) => close(errorOf(failure)))
      next()
    },
    pause: () => void (isPaused = true),
    write: (bytes, done) => {
      if (isEnding || both.isClosed()) return done(new Error('the stream is closed'))
      writer.write(bytes).then(() => done(), (failure: unknown) => {
        done(errorOf(failure))
        close(errorOf(failure))
      })
    },
    end: () => {
      if (isEnding || both.isClosed()) return
      isEnding = true
      writer.close().then(both.endWritten, (failure: unknown) => close(errorOf(failure)))
    },
    destroy: () => close(),
  }
}

/** Bytes of another realm's are bytes too. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}

function errorOf(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure))
}
