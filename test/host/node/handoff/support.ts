/**
 * A broker in this process, a backend in a process of its own, and a client that adopts the connection, or
 * goes to the backend's endpoint, as it is told.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Adoption, type AdoptionEvent, ClientConnection, clientHello, type HandoffToken } from 'hello-negotiation'
import {
  type Address, type BackendLink, backendLink, type HandoffHost, type ListenOptions,
} from 'hello-negotiation/host/node'
import { onTestFinished } from 'vitest'
import { connectOptions, start, type Started, tempFolder, until } from '../support.js'

const BACKEND = fileURLToPath(new URL('./backend.mjs', import.meta.url))

/** A backend's process, and all it has said so far. */
export interface BackendProcess {
  readonly child: ChildProcess
  readonly link: BackendLink
  readonly said: ReadonlyArray<string>
}

/** Starts a backend that behaves in this way; it is there when it has said so. */
export async function startBackend(
  mode: string, options: { readonly serialization?: 'advanced' | 'json' } = {},
): Promise<BackendProcess> {
  const child = fork(BACKEND, [mode], { serialization: 'json', ...options })
  const said: Array<string> = []
  child.on('message', (message: { readonly said?: string }) => {
    if (message.said !== undefined) said.push(message.said)
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await until(() => {
    if (!said.includes('Right')) throw new Error(`${mode}: not there yet`)
  })
  return { child, link: backendLink(child), said }
}

/** Waits until the backend has said these words. */
export function hasSaid({ said }: BackendProcess, words: string): Promise<void> {
  return until(() => {
    if (!said.includes(words)) throw new Error(`not said: ${words}; but: ${said.join(', ')}`)
  })
}

/** A broker that hands over, and the backend's own endpoint, at which every client is greeted with `pipe`. */
export async function startHandingOver(
  handoff: HandoffHost, policy: object = {}, options: Partial<ListenOptions> = {},
): Promise<Started> {
  const pipe = join(await tempFolder(), 'backend.sock')
  const server = createServer((socket) => {
    socket.on('data', (chunk) => socket.write(`pipe ${chunk}`))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(pipe, resolve))
  onTestFinished(() => void server.close())
  const services = [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: pipe, serverCapabilities: '1' }]
  // Longer than any test: a connection that has come back is closed because its client closes it.
  return start({ services, ...policy }, { handoff, lingerMs: 3_600_000, ...options })
}

/** A client that has a stream to its backend, one way or the other. */
export interface Served {
  readonly event: Exclude<AdoptionEvent, { readonly _tag: 'NeedData' }>
  readonly stream: Socket
  /** The token that the broker gave out. */
  readonly token: HandoffToken
  /** What of the stream came with the ready frame. */
  readonly early: Uint8Array
}

export interface ClientOptions {
  readonly adoptionTimeoutMs?: number
  /** What goes out right behind the Hello, though nobody knows yet who will read it. */
  readonly behindHello?: Uint8Array
  /** Called once the broker has said yes. */
  readonly onNegotiated?: (socket: Socket) => void
}

/** Says Hello, adopts the connection or goes to the endpoint; rejects where a client would see an error. */
export function client(at: Address, options: ClientOptions = {}): Promise<Served> {
  const hello = clientHello({ serviceName: 'zccache', wantedVersion: '1.11.20', capabilities: 1n })
  if (hello._tag === 'Left') throw new Error(JSON.stringify(hello.left))
  const { bytes } = hello.right
  const socket = connect(connectOptions(at))
  onTestFinished(() => void socket.destroy())
  const now = (): number => performance.now()
  let connection = ClientConnection.connected(ClientConnection.clientConnection(hello.right, now()), now())
  let adoption: Adoption.Adoption | undefined
  let timer: NodeJS.Timeout | undefined
  return new Promise((resolve, reject) => {
    function proceed(next: Adoption.Adoption): void {
      const { state, value: event } = Adoption.next(next)
      adoption = state
      if (event._tag === 'NeedData') return
      clearTimeout(timer)
      socket.off('data', read)
      const negotiated = ClientConnection.next(connection).value
      const token = negotiated._tag === 'Negotiated' ? negotiated.token : undefined
      if (token === undefined) return reject(new Error(`no token: ${JSON.stringify(event)}`))
      if (event._tag === 'Adopted') return resolve({ event, stream: socket, token, early: event.remainder })
      socket.destroy()
      const stream = connect(event.endpoint)
      onTestFinished(() => void stream.destroy())
      stream.once('error', reject)
      stream.once('connect', () => resolve({ event, stream, token, early: new Uint8Array(0) }))
    }

    function read(chunk: Uint8Array): void {
      if (adoption !== undefined) return proceed(Adoption.push(adoption, chunk))
      connection = ClientConnection.push(connection, chunk)
      const { state, value: outcome } = ClientConnection.next(connection)
      connection = state
      if (outcome._tag === 'NeedData') return
      if (outcome._tag !== 'Negotiated') return reject(new Error(outcome._tag))
      options.onNegotiated?.(socket)
      timer = setTimeout(() => adoption !== undefined && proceed(Adoption.expire(adoption, Infinity)), options.adoptionTimeoutMs ?? 10_000)
      proceed(Adoption.adoption(connection, true, now()))
    }

    const ended = (): void => {
      if (adoption === undefined) reject(new Error('the broker closed without a reply'))
      else proceed(Adoption.pushEnd(adoption))
    }
    socket.on('data', read)
    socket.on('end', ended)
    socket.on('error', ended)
    // A client that is gone waits for nothing.
    socket.on('close', () => clearTimeout(timer))
    socket.write(Buffer.concat([bytes, options.behindHello ?? new Uint8Array(0)]))
  })
}

/** What a stream brings, up to so many bytes, or to its end. */
export function readText(stream: Socket, length: number, before: Uint8Array = new Uint8Array(0)): Promise<string> {
  let text = Buffer.from(before).toString('latin1')
  return new Promise((resolve) => {
    if (text.length >= length) return resolve(text)
    stream.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (text.length >= length) resolve(text)
    })
    stream.on('close', () => resolve(text))
    stream.resume()
  })
}

/** Asks whoever is at the other end, and gives the answer. */
export async function ask({ stream }: Served, question: string, answer: string): Promise<string> {
  const text = readText(stream, answer.length)
  stream.write(question)
  return text
}
