/**
 * Brokers and backends by a script, for a client to meet: real sockets in a folder of their own.
 */
import { getEventListeners } from 'node:events'
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { ClientRequestFields } from 'hello-negotiation'
import type { Address, Connected, ConnectResult } from 'hello-negotiation/host/node'
import {
  decodeFrame, decodeHello, encodeHandoffAck, type Frame, Framing, handoffAck, type HandoffAck, type Hello, type Negotiated,
} from 'hello-negotiation/wire'
import { expect, onTestFinished, vi } from 'vitest'
import { framed, yes } from '../../client/support.js'
import { rightOf } from '../../support/negotiate.js'
import { tempFolder, until } from './support.js'

export const ASKED: ClientRequestFields = { serviceName: 'zccache', wantedVersion: '1.11.20' }

export const TOKEN = new Uint8Array(16).fill(7)

/** A yes by which the connection may be taken over. */
export function adoptable(fields: Partial<Negotiated> = {}): Uint8Array {
  return yes({ serverCapabilities: 1n, handlePassedToken: TOKEN, ...fields })
}

/** The backend's word that the connection is its own now. */
export function ready(fields: Partial<HandoffAck> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  const payload = encodeHandoffAck(handoffAck({ token: TOKEN, accepted: true, correlationId: 7n, ...fields }))
  return framed({ envelopeVersion: 1, kind: 2, payloadProtocol: 0xd0ff, requestId: 7n, payload, ...envelope })
}

/** A server on a Unix socket, and what became of its connections. */
export interface Scripted {
  readonly at: Address
  readonly path: string
  readonly sockets: ReadonlyArray<Socket>
  /** The Hellos that have come, and the frames they came in. */
  readonly hellos: ReadonlyArray<Hello>
  readonly frames: ReadonlyArray<Frame>
  /** When each connection came, by the process's clock. */
  readonly cameMs: ReadonlyArray<number>
}

/** What a server does with a connection once it has the Hello. */
export type Treatment = (socket: Socket) => void

/** Sends these bytes, and leaves the connection open. */
export function says(...chunks: ReadonlyArray<Uint8Array>): Treatment {
  return (socket) => chunks.forEach((chunk) => void socket.write(chunk))
}

/** Sends these bytes and closes. */
export function saysLast(bytes: Uint8Array): Treatment {
  return (socket) => void socket.end(bytes)
}

/** Reads the Hello and says nothing. */
export const SILENT: Treatment = () => undefined

/** A broker that treats its first connection by the first treatment, and so on; those after the last by the last. */
export async function scripted(...treatments: ReadonlyArray<Treatment>): Promise<Scripted> {
  return scriptedAt({ path: join(await tempFolder(), 'broker.sock') }, treatments)
}

/** The same on a TCP port, where a connection can be reset. */
export async function scriptedOnTcp(...treatments: ReadonlyArray<Treatment>): Promise<Scripted> {
  return scriptedAt({ host: '127.0.0.1', port: 0 }, treatments)
}

async function scriptedAt(place: ListenOptions, treatments: ReadonlyArray<Treatment>): Promise<Scripted> {
  const hellos: Array<Hello> = []
  const frames: Array<Frame> = []
  const server = await listening((socket, nth) => {
    let framing = Framing.framing()
    let isGreeted = false
    socket.on('data', (chunk) => {
      framing = Framing.push(framing, chunk)
      const { value } = Framing.next(framing)
      if (value._tag !== 'FrameBody' || isGreeted) return
      isGreeted = true
      const frame = rightOf(decodeFrame(value.body))
      frames.push(frame)
      hellos.push(rightOf(decodeHello(frame.payload)))
      const treat = treatments[Math.min(nth, treatments.length - 1)]
      treat?.(socket)
    })
  }, place)
  return { ...server, hellos, frames }
}

/** A backend that says `greeting` to whoever comes, and everything that it hears back. */
export async function backend(greeting = '', path?: string): Promise<Omit<Scripted, 'hellos' | 'frames'>> {
  return listening((socket) => {
    socket.write(greeting)
    socket.pipe(socket)
  }, { path: path ?? join(await tempFolder(), 'backend.sock') })
}

async function listening(
  treat: (socket: Socket, nth: number) => void, place: ListenOptions,
): Promise<Omit<Scripted, 'hellos' | 'frames'>> {
  const sockets: Array<Socket> = []
  const cameMs: Array<number> = []
  const server = createServer((socket) => {
    cameMs.push(performance.now())
    sockets.push(socket.on('error', () => undefined))
    treat(socket, sockets.length - 1)
  })
  await new Promise<void>((resolve) => server.listen(place, resolve))
  onTestFinished(() => closed(server, sockets))
  const path = place.path ?? ''
  const at: Address = path === ''
    ? { _tag: 'Tcp', port: (server.address() as AddressInfo).port }
    : { _tag: 'Socket', path }
  return { at, path, sockets, cameMs }
}

function closed(server: Server, sockets: ReadonlyArray<Socket>): Promise<void> {
  sockets.forEach((socket) => socket.destroy())
  return new Promise((resolve) => server.close(() => resolve()))
}

/** The result, which a test knows to be a connection; it is closed when the test has finished. */
export function streamOf(result: ConnectResult): Connected {
  if (result._tag !== 'Connected') throw new Error(`not connected: ${result._tag}`)
  result.stream.on('error', () => undefined)
  onTestFinished(() => void result.stream.destroy())
  return result
}

/** The first `count` bytes of a stream, as text. */
export async function read({ stream }: Connected, count: number): Promise<string> {
  let text = ''
  while (text.length < count) {
    const chunk = stream.read() as Buffer | null
    if (chunk === null) await new Promise((resolve) => stream.once('readable', resolve))
    else text += chunk.toString('latin1')
  }
  return text
}

/** Whether a stream leads there and back. */
export async function expectEcho(connected: Connected, text = 'there and back'): Promise<void> {
  connected.stream.write(text)
  expect(await read(connected, text.length)).toBe(text)
}

/**
 * Runs a client, and sees to it that it leaves nothing behind: no timer and no listener from the moment of its
 * result, and no socket: every connection to these servers is closed from its side.
 */
export async function tidily<A>(
  servers: ReadonlyArray<Pick<Scripted, 'sockets'>>, run: (signal: AbortSignal) => Promise<A>,
): Promise<A> {
  const controller = new AbortController()
  const pipes = openPipes()
  const timers = watchTimers()
  const result = await run(controller.signal)
  expect(timers()).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  await until(() => {
    expect(servers.flatMap(({ sockets }) => sockets).filter(({ destroyed }) => !destroyed)).toHaveLength(0)
    // What an earlier test has left may be gone by now.
    expect(openPipes()).toBeLessThanOrEqual(pipes)
  })
  return result
}

/** Follows the timers that are set from now on; tells once how many of them are still to come. */
function watchTimers(): () => number {
  const pending = new Set<unknown>()
  const { setTimeout: set, clearTimeout: clear } = globalThis
  const setting = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((then: () => void, ms: number) => {
    const timer = set(() => {
      pending.delete(timer)
      then()
    }, ms)
    pending.add(timer)
    return timer
  }) as typeof setTimeout)
  const clearing = vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    pending.delete(timer)
    clear(timer)
  })
  const end = (): void => {
    setting.mockRestore()
    clearing.mockRestore()
  }
  onTestFinished(end)
  return () => {
    end()
    return pending.size
  }
}

function openPipes(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length
}
