/**
 * A broker on a socket: accepts peers, asks the kernel who they are, moves their bytes, says goodbye.
 *
 * **Laws**
 *  1. Nothing that a peer does ends the server, and one peer disturbs no other (`brokerHost`).
 *  2. A peer is who the kernel says it is; what it says of itself is the broker's to judge (SPEC H6, C1).
 *
 * **Not here** decisions: the broker makes them all.
 */
import { createServer, type Server, type Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import { type BrokerHostOptions, DEFAULT_PATIENCE, type KeepingHost, keepingHost } from '../transport/brokerHost.js'
import { systemError } from '../transport/SystemError.js'
import { type Address, describeAddress } from './Address.js'
import { bind, type Bound, type ListenError } from './bind.js'
import { handoffDesk, type HandoffHost } from './handoff/HandoffHost.js'
import { keeperOf } from './handoff/Held.js'
import type { Notice } from './Notice.js'
import { loadPeerReader, verified } from './PeerCredentials.js'
import { socketTransport } from './socketTransport.js'

/**
 * What to listen with.
 *
 * @category model
 * @since 0.1.0
 */
export interface ListenOptions extends Omit<BrokerHostOptions, 'onNotice'> {
  readonly at: Address
  readonly onNotice?: (notice: Notice) => void
  /** How connections are handed over to backends; none is if not given, and every client goes to its backend itself. */
  readonly handoff?: HandoffHost
  /** Who a peer is, by something better than its word; the kernel's word if not given. */
  readonly identify?: (socket: Socket) => PeerIdentity
}

/**
 * A broker that is being listened for.
 *
 * @category model
 * @since 0.1.0
 */
export interface Listener {
  /** The address as text: a path, or host and port. */
  readonly address: string
  /** The address to dial; a TCP port is the one really taken. */
  readonly at: Address
  /** How many connections are open. */
  readonly connections: () => number
  /**
   * Stops listening, gives what is in flight `graceMs` milliseconds (1 000 if not given) to be answered, and
   * destroys what is left; a peer that has sent nothing yet is closed at once. Calling it again changes nothing.
   */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Turns of the loop in which connections made already are accepted, and in the next their bytes read. */
const TURNS_BEFORE_CLOSE = 3

/**
 * Listens for a broker's peers.
 *
 * @example
 * import assert from 'node:assert'
 * import { createBroker, parsePolicy } from 'hello-negotiation'
 * import { listen, sayHello } from 'hello-negotiation/host/node'
 *
 * const policy = parsePolicy({
 *   services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }],
 * })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const listener = await listen({ broker: createBroker({ policy: policy.right }), at: { _tag: 'Tcp', port: 0 } })
 * if (listener._tag === 'Left') throw new Error('a free port was asked for')
 * const hello = { serviceName: 'zccache', wantedVersion: '1.11.20' }
 * const answer = await sayHello({ at: listener.right.at, hello })
 * assert.equal(answer._tag === 'Right' && answer.right._tag, 'Negotiated')
 * await listener.right.close()
 *
 * @category constructors
 * @since 0.1.0
 */
export async function listen(options: ListenOptions): Promise<Either<ListenError, Listener>> {
  const host = keepingHost(options)
  const server = createServer({ allowHalfOpen: true, noDelay: true }, acceptor(options, options.identify ?? (await loadPeerReader()).read, host))
  const bound = await bind(server, options.at)
  if (bound._tag === 'Left') {
    await host.close(0)
    return bound
  }
  // libuv sheds the connection for which there was no descriptor, so this neither spins nor stalls.
  server.on('error', (error) => tell(options, { _tag: 'AcceptFailed', ...systemError(error) }))
  return E.right(listener(server, bound.right, host))
}

function acceptor(options: ListenOptions, identify: (socket: Socket) => PeerIdentity, host: KeepingHost): (socket: Socket) => void {
  const { broker, replyTimeoutMs = DEFAULT_PATIENCE.replyTimeoutMs } = options
  const desk = options.handoff && handoffDesk({
    host: options.handoff, broker, readyTimeoutMs: replyTimeoutMs, tell: (notice) => tell(options, notice),
  })
  return (socket) => {
    const peer = verified(() => identify(socket))
    host.accept(socketTransport(socket), peer, (answer) => keeperOf(desk?.(answer, peer), socket))
  }
}

function listener(server: Server, { at, release }: Bound, host: KeepingHost): Listener {
  let closed: Promise<void> | undefined

  async function close(graceMs: number | undefined): Promise<void> {
    // The name goes first: while the server listens, its inode cannot be another file's.
    await release().catch(() => undefined)
    await turns(TURNS_BEFORE_CLOSE)
    // Node calls a server closed when its connections have no handle any more; they end a little later.
    const drained = new Promise<void>((settle) => server.close(() => settle()))
    await Promise.all([host.close(graceMs), drained])
  }

  return { address: describeAddress(at), at, connections: host.connections, close: (graceMs) => (closed ??= close(graceMs)) }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((settle) => setImmediate(settle))
}

/** A listener's failure is its own. */
function tell({ onNotice }: ListenOptions, notice: Notice): void {
  try {
    onNotice?.(notice)
  } catch {
    // Told nowhere: there is nobody else to tell.
  }
}
