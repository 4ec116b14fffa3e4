/**
 * A broker on a real socket in a folder of its own, and clients that behave well or badly.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Broker, type BrokerEvent, createBroker, encodeHelloRequest, type HelloRequestFields, parsePolicy, type Policy, readReply,
  type ReplyResult,
} from 'hello-negotiation'
import { type Address, listen, type Listener, type ListenOptions, type Notice } from 'hello-negotiation/host/node'
import { Framing } from 'hello-negotiation/wire'
import { onTestFinished, vi } from 'vitest'

export const GOOD_HELLO: HelloRequestFields = { serviceName: 'zccache', wantedVersion: '1.11.20' }
export const WANTS_TOKEN: HelloRequestFields = { ...GOOD_HELLO, clientCapabilities: 1n }

/** Most tests open many connections from this one process. */
const NO_RATE_LIMIT = { maxPerWindow: 1_000_000 }

export function policyWith(fields: object = {}): Policy {
  const services = [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }]
  const policy = parsePolicy({ services, rateLimit: NO_RATE_LIMIT, ...fields })
  if (policy._tag === 'Left') throw new Error(JSON.stringify(policy.left))
  return policy.right
}

export interface Started {
  readonly at: Address
  readonly path: string
  readonly broker: Broker
  readonly listener: Listener
  readonly events: ReadonlyArray<BrokerEvent>
  readonly notices: ReadonlyArray<Notice>
}

/** Starts a broker on a socket, or on `options.at`; it is closed when the test has finished. */
export async function start(policy: object = {}, options: Partial<ListenOptions> = {}): Promise<Started> {
  const events: Array<BrokerEvent> = []
  const notices: Array<Notice> = []
  const path = join(await tempFolder(), 'broker.sock')
  const broker = options.broker ?? createBroker({ policy: policyWith(policy), onEvent: (event) => void events.push(event) })
  const onNotice = (notice: Notice): void => void notices.push(notice)
  const started = await listen({ broker, at: { _tag: 'Socket', path }, onNotice, ...options })
  if (started._tag === 'Left') throw new Error(JSON.stringify(started.left))
  const listener = started.right
  onTestFinished(() => listener.close(0))
  return { at: listener.at, path, broker, listener, events, notices }
}

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hello-host-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Waits until this no longer throws, and gives what it gives; nothing here depends on how long that takes. */
export function until<A>(look: () => A): Promise<A> {
  return vi.waitFor(look, { timeout: 20_000, interval: 5 })
}

/** Waits until something of this kind has been told. */
export async function told<A extends { readonly _tag: string }, T extends A['_tag']>(
  tales: ReadonlyArray<A>, tag: T,
): Promise<Extract<A, { readonly _tag: T }>> {
  return until(() => {
    const found = tales.find(({ _tag }) => _tag === tag)
    if (found === undefined) throw new Error(`no ${tag} among ${tales.map(({ _tag }) => _tag).join(', ')}`)
    return found as Extract<A, { readonly _tag: T }>
  })
}

export function framedHello(fields: HelloRequestFields = GOOD_HELLO): Uint8Array {
  const framed = encodeHelloRequest(fields)
  if (framed._tag === 'Left') throw new Error('a small Hello fits')
  return framed.right
}

/** A connection driven by hand: everything it receives, and whether it ended in order or by a reset. */
export interface RawClient {
  readonly socket: Socket
  readonly send: (bytes: Uint8Array) => Promise<void>
  /** What came until the other side closed. */
  readonly received: Promise<Uint8Array>
  readonly closed: Promise<void>
}

export async function rawClient(at: Address): Promise<RawClient> {
  const socket = connect(connectOptions(at))
  const chunks: Array<Uint8Array> = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve) => {
    socket.on('connect', () => resolve())
    socket.on('close', () => resolve())
  })
  return {
    socket,
    send: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    received: closed.then(() => Buffer.concat(chunks)),
    closed,
  }
}

export function connectOptions(at: Address): NetConnectOpts {
  return at._tag === 'Tcp' ? { port: at.port, host: at.host ?? '127.0.0.1' } : { path: at.path }
}

/** The one reply that these bytes are, with nothing after it. */
export function replyIn(bytes: Uint8Array): ReplyResult {
  const { state, value } = Framing.next(Framing.push(Framing.framing(), bytes))
  if (value._tag !== 'FrameBody') throw new Error(`no frame: ${JSON.stringify(value)}`)
  if (Framing.remainder(state).length > 0) throw new Error('more than a frame')
  const reply = readReply(value.body)
  if (reply._tag === 'Left') throw new Error(JSON.stringify(reply.left))
  return reply.right
}

/** What the broker said no with. */
export function refusalIn(bytes: Uint8Array): string {
  const reply = replyIn(bytes)
  return reply._tag === 'Refused' ? reply.refused.reason : 'not refused'
}
