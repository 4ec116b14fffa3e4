/**
 * The sockets that a client under test meets: a broker that plays a part on each connection, and a backend that
 * listens and says nothing.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { basename, join } from 'node:path'
import { systemClock } from '../../../shell/Defaults.js'
import type { BrokerPart, ClientCall } from '../../../testing/conformance/client/ClientTrial.js'
import { saidBy, type Script } from '../../../testing/conformance/Script.js'
import * as Framing from '../../../wire/Framing.js'
import { decodeFrame, EMPTY_FRAME, type Frame } from '../../../wire/messages/Frame.js'
import type { PeerReader } from '../PeerCredentials.js'
import { conduct } from './conduct.js'

/** A broker in a play. */
export interface BrokerStage {
  readonly path: string
  /** Closes everything, and tells who called; once more, the same. */
  readonly close: () => Promise<ReadonlyArray<ClientCall>>
}

/** A backend in a play. */
export interface BackendStage {
  readonly path: string
  readonly calls: () => number
  /** Resolves when it is called for the first time. */
  readonly called: Promise<void>
  readonly close: () => Promise<void>
}

/** The path of a socket in a folder; on Windows the name of a pipe, which is in no folder. */
function socketPath(folder: string, name: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\${basename(folder)}-${name}` : join(folder, `${name}.sock`)
}

/** A broker that plays the parts in order, the last one again and again; nobody listens where there is none. */
export async function brokerStage(
  folder: string, parts: ReadonlyArray<BrokerPart>, endpoint: string, boundMs: number, peers: PeerReader,
): Promise<BrokerStage> {
  const path = socketPath(folder, 'broker')
  const sockets: Array<Socket> = []
  const calls: Array<Promise<ClientCall>> = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const part = parts[Math.min(calls.length, parts.length - 1)]
    sockets.push(socket.on('error', () => undefined))
    if (part !== undefined) calls.push(play(socket, part, endpoint, boundMs, peers.read(socket).pid))
  })
  if (parts.length > 0) await listening(server, path)
  let closed: Promise<ReadonlyArray<ClientCall>> | undefined
  const close = async (): Promise<ReadonlyArray<ClientCall>> => {
    await closeAll(server, sockets)
    return Promise.all(calls)
  }
  return { path, close: () => (closed ??= close()) }
}

/** A backend that takes every call. */
export async function backendStage(folder: string): Promise<BackendStage> {
  const path = socketPath(folder, 'backend')
  const sockets: Array<Socket> = []
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined).resume()))
  const called = new Promise<void>((resolve) => server.on('connection', () => resolve()))
  await listening(server, path)
  return { path, calls: () => sockets.length, called, close: () => closeAll(server, sockets) }
}

async function listening(server: Server, path: string): Promise<void> {
  server.listen({ path })
  await once(server, 'listening')
}

async function closeAll(server: Server, sockets: ReadonlyArray<Socket>): Promise<void> {
  // Calls that were made before the program ended may still be on their way here.
  await new Promise((resolve) => setImmediate(resolve))
  sockets.forEach((socket) => socket.destroy())
  if (server.listening) await new Promise((resolve) => server.close(resolve))
}

/** One connection: the request, if it is waited for, and then the moves of the part. */
async function play(socket: Socket, part: BrokerPart, endpoint: string, boundMs: number, peerPid: number): Promise<ClientCall> {
  const cameMs = systemClock()
  const bytes = part.hears === 'Hello' ? await hello(socket) : new Uint8Array(0)
  const script: Script = { moves: part.moves(requestIn(bytes), endpoint), until: 'End', patienceMs: boundMs, saysAll: true }
  await conduct(socket, script, boundMs)
  return { hears: part.hears, bytes, told: saidBy(script), peerPid, cameMs }
}

/** Everything up to a whole frame, or what is there of it when the client ends or what it says can be no frame. */
function hello(socket: Socket): Promise<Uint8Array> {
  return new Promise((resolve) => {
    let framing = Framing.framing()

    function read(chunk: Uint8Array): void {
      framing = Framing.push(framing, chunk)
      if (Framing.next(framing).value._tag !== 'NeedData') settle()
    }

    function settle(): void {
      socket.pause().off('data', read).off('end', settle).off('close', settle)
      resolve(Framing.remainder(framing))
    }

    socket.on('data', read).on('end', settle).on('close', settle)
  })
}

function requestIn(bytes: Uint8Array): Frame {
  const { value } = Framing.next(Framing.push(Framing.framing(), bytes))
  const frame = value._tag === 'FrameBody' ? decodeFrame(value.body) : undefined
  return frame?._tag === 'Right' ? frame.right : EMPTY_FRAME
}
