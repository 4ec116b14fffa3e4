/**
 * A broker for a host under test, its twin that says what is due, and clients that say bytes and hear them.
 */
import * as E from 'fp-ts/lib/Either.js'
import { clientHello } from '../../client/ClientHello.js'
import { toHex } from '../../data/Bytes.js'
import { UNVERIFIED_PEER } from '../../data/PeerIdentity.js'
import type { Transport } from '../../host/transport/Transport.js'
import { parsePolicy } from '../../negotiate/Policy.js'
import { type Broker, createBroker } from '../../shell/Broker.js'
import type { Session } from '../../shell/Session.js'
import type { HostUnderTest, ServedHost } from './HostCase.js'

/** What came back on a connection, and whether it has ended. */
export interface Heard {
  readonly bytes: Uint8Array
  readonly isOver: boolean
}

/** How long anything may take that a host does of itself, in milliseconds. */
const PATIENCE_MS = 5_000

const SERVICE = { serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }

/** A Hello that is answered with a yes. */
export const HELLO: Uint8Array = helloFor('zccache')

/** One that is answered with a no. */
export const STRANGER: Uint8Array = helloFor('nobody')

function helloFor(serviceName: string): Uint8Array {
  const hello = clientHello({ serviceName, wantedVersion: '1.11.20' })
  return hello._tag === 'Right' ? hello.right.bytes : new Uint8Array(0)
}

/** A broker like every other that is made with the same fields: its time stands still, and its draws are all the same. */
export function sameBroker(fields: object = {}, clock: () => number = () => 0): Broker {
  const policy = parsePolicy({ services: [SERVICE], ...fields })
  if (policy._tag === 'Left') throw new Error('a policy of our own')
  return createBroker({ policy: policy.right, clock, random: (count) => new Uint8Array(count).fill(7) })
}

/** What a broker that has been asked nothing yet answers to bytes. */
export function dueTo(bytes: Uint8Array): Uint8Array {
  return sameBroker().exchange(bytes, UNVERIFIED_PEER).bytes
}

/** Serves a broker for as long as something is tried on it. */
export async function serving<A>(
  { serve }: HostUnderTest, broker: Broker, attempt: (served: ServedHost) => Promise<A>,
): Promise<A> {
  const served = await serve(broker)
  try {
    return await attempt(served)
  } finally {
    await served.close()
  }
}

/** Says bytes, a piece at a time, and hears what comes until the connection ends; `ends` says whether the client ends its side. */
export async function said(host: HostUnderTest, transport: Transport, pieces: ReadonlyArray<Uint8Array>, ends = false): Promise<Heard> {
  const heard = hearing(host, transport)
  for (const piece of pieces) {
    await new Promise<void>((settle) => transport.write(piece, () => settle()))
    await turn()
  }
  if (ends) transport.end()
  return heard
}

/** Hears until the other side has ended, or for as long as a host may take. */
export function hearing({ patienceMs = PATIENCE_MS }: HostUnderTest, transport: Transport): Promise<Heard> {
  return new Promise((resolve) => {
    const chunks: Array<Uint8Array> = []
    const end = (isOver: boolean): void => {
      clearTimeout(timer)
      resolve({ bytes: Uint8Array.from(chunks.flatMap((chunk) => [...chunk])), isOver })
      transport.destroy()
    }
    const timer = setTimeout(() => end(false), patienceMs)
    transport.read({ onChunk: (chunk) => void chunks.push(chunk.slice()), onEnd: () => end(true), onClosed: () => end(true) })
  })
}

/** What comes of something, or that nothing has come of it for as long as a host may take. */
export function within<A>({ patienceMs = PATIENCE_MS }: HostUnderTest, awaited: Promise<A>): Promise<A | 'nothing'> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const nothing = new Promise<'nothing'>((settle) => {
    timer = setTimeout(() => settle('nothing'), patienceMs)
  })
  return Promise.race([awaited, nothing]).finally(() => clearTimeout(timer))
}

/** All that a transport tells, in order, and when it has told that the connection is closed. */
export interface Overheard {
  readonly told: ReadonlyArray<'chunk' | 'closed' | 'end'>
  readonly closed: Promise<void>
}

/** Hears everything that a transport tells, and goes on hearing. */
export function overhearing(transport: Transport): Overheard {
  const told: Array<'chunk' | 'closed' | 'end'> = []
  const closed = new Promise<void>((settle) => {
    transport.read({
      onChunk: () => void told.push('chunk'),
      onEnd: () => void told.push('end'),
      onClosed: () => {
        told.push('closed')
        settle()
      },
    })
  })
  return { told, closed }
}

/** What a write is told of its bytes. */
export function fate(transport: Transport, bytes: Uint8Array): Promise<'taken' | 'too late'> {
  return new Promise((resolve) => transport.write(bytes, (error) => resolve(error === undefined ? 'taken' : 'too late')))
}

/** A broker that is watched: how many replies it is told were not written, and when the first bytes of a peer reach it. */
export interface Watched {
  readonly broker: Broker
  readonly unwritten: () => number
  readonly reached: Promise<void>
}

export function watched(broker: Broker): Watched {
  let count = 0
  let reach = (): void => undefined
  const reached = new Promise<void>((settle) => (reach = settle))
  const accept: Broker['accept'] = (peer) => E.map((session: Session): Session => ({
    ...session,
    push: (chunk) => {
      reach()
      return session.push(chunk)
    },
  }))(broker.accept(peer))
  const unwritten: Broker['unwritten'] = (answer) => {
    count += 1
    broker.unwritten(answer)
  }
  return { broker: { ...broker, accept, unwritten }, unwritten: () => count, reached }
}

/** Lets everything else happen that is due. */
export function turn(): Promise<void> {
  return new Promise((settle) => setTimeout(settle, 0))
}

/** What is wrong with what was heard, if anything is: exactly these bytes, and then the end. */
export function differing({ bytes, isOver }: Heard, due: Uint8Array): string | undefined {
  if (toHex(bytes) !== toHex(due)) return `got ${bytes.length} bytes, ${toHex(bytes)}, where ${toHex(due)} is due`
  return isOver ? undefined : 'the connection was still open long after its answer'
}
