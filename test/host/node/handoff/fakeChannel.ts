/**
 * A channel whose other end is the test: what goes out is kept, what comes in is said by hand.
 */
import { EventEmitter } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Channel } from 'hello-negotiation/host/node'
import { onTestFinished } from 'vitest'

export interface FakeChannel {
  readonly channel: Channel
  readonly sent: ReadonlyArray<Sent>
  /** A message comes in from the other process. */
  readonly receive: (message: unknown, handle?: unknown) => void
  readonly disconnect: () => void
  /** The other process is gone, and nobody has been told yet. */
  readonly die: () => void
  readonly listenerCount: () => number
}

export interface Sent {
  readonly message: Readonly<Record<string, unknown>>
  readonly handle: Socket | undefined
}

export interface FakeOptions {
  /** How sending goes: at once, with this error, by throwing it, or without a word ever. */
  readonly sending?: { readonly error: Error } | { readonly thrown: Error } | 'never'
}

export function fakeChannel({ sending }: FakeOptions = {}): FakeChannel {
  const emitter = new EventEmitter()
  const sent: Array<Sent> = []
  const state = { connected: true }
  const channel: Channel = {
    get connected() {
      return state.connected
    },
    send: (message, handle, _options, callback) => {
      if (sending !== undefined && sending !== 'never' && 'thrown' in sending) throw sending.thrown
      if (!state.connected) {
        process.nextTick(() => callback?.(Object.assign(new Error('Channel closed'), { code: 'ERR_IPC_CHANNEL_CLOSED' })))
        return false
      }
      sent.push({ message: message as Sent['message'], handle })
      if (sending !== 'never') process.nextTick(() => callback?.(sending?.error ?? null))
      return true
    },
    on: (event: string, listener: (...args: Array<never>) => void) => emitter.on(event, listener as () => void),
    off: (event: string, listener: (...args: Array<never>) => void) => emitter.off(event, listener as () => void),
  }
  return {
    channel,
    sent,
    receive: (message, handle) => void emitter.emit('message', message, handle),
    die: () => {
      state.connected = false
    },
    disconnect: () => {
      state.connected = false
      emitter.emit('disconnect')
    },
    listenerCount: () => emitter.listenerCount('message') + emitter.listenerCount('disconnect'),
  }
}

/** Both ends of a connection. */
export async function socketPair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer({ pauseOnConnect: true })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1')
  far.on('error', () => undefined)
  const [near] = await Promise.all([accepted, new Promise<void>((resolve) => far.once('connect', resolve))])
  server.close()
  onTestFinished(() => {
    near.destroy()
    far.destroy()
  })
  return { near, far }
}
