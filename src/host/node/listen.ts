/**
 * A broker on a socket: accepts peers, asks the kernel who they are, moves their bytes, says goodbye.
 *
 * **State** the open connections, at most `maxConnections`, and one timer for the broker's next deadline.
 *
 * **Laws**
 *  1. One bad, slow or vanished peer disturbs no other, and nothing that a peer does ends the server. Nor
 *     do many of them, or one with many connections: when all are taken, the one that has kept its Hello
 *     back longest gives way to the newcomer, and a good peer's has come long before it is that one.
 *  2. A peer is who the kernel says it is; what it says of itself is the broker's to judge (SPEC H6, C1).
 *
 * **Not here** decisions: the broker makes them all.
 */
import { createServer, type Server, type Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Broker } from '../../shell/Broker.js'
import { type Address, describeAddress } from './Address.js'
import { bind, type Bound, type ListenError } from './bind.js'
import { type Conversation, converse, type Patience } from './Conversation.js'
import { deadlineTimer } from './DeadlineTimer.js'
import { type HandoffHost, handoffDesk } from './handoff/HandoffHost.js'
import type { Closed, Notice } from './Notice.js'
import { loadPeerReader, verified } from './PeerCredentials.js'
import { systemError } from './SystemError.js'

/**
 * What to listen with.
 *
 * @category model
 * @since 0.1.0
 */
export interface ListenOptions {
  readonly broker: Broker
  readonly at: Address
  /** How many connections may be open at once, 1 024 if not given; a further one takes the place of the one that has waited longest. */
  readonly maxConnections?: number
  /** How long a peer has to take its reply, in milliseconds; 5 000 if not given. */
  readonly replyTimeoutMs?: number
  /** How long a peer has to close its side once it has its reply, in milliseconds; 1 000 if not given. */
  readonly lingerMs?: number
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

const DEFAULT_MAX_CONNECTIONS = 1_024
const DEFAULT_PATIENCE: Patience = { replyTimeoutMs: 5_000, lingerMs: 1_000 }
const DEFAULT_GRACE_MS = 1_000
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
  const open: Open = new Map()
  const sweeper = sweepTimer(options.broker)
  const accept = acceptor(options, options.identify ?? (await loadPeerReader()).read, open, sweeper.arm)
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  const bound = await bind(server, options.at)
  if (bound._tag === 'Left') return bound
  // libuv sheds the connection for which there was no descriptor, so this neither spins nor stalls.
  server.on('error', (error) => tell(options, { _tag: 'AcceptFailed', ...systemError(error) }))
  // A broker that was restored has had deadlines before it has peers.
  sweeper.arm()
  return E.right(listener(server, bound.right, open, sweeper.clear))
}

/** The open connections, the oldest first, and who is at their other end. */
type Open = Map<Conversation, PeerIdentity>

function acceptor(
  options: ListenOptions, identify: (socket: Socket) => PeerIdentity, open: Open, onAnswered: () => void,
): (socket: Socket) => void {
  const { broker, maxConnections = DEFAULT_MAX_CONNECTIONS } = options
  // None at all, or a number that is none, would be a listener that never answers.
  const max = maxConnections >= 1 ? maxConnections : 1
  const patience = {
    replyTimeoutMs: options.replyTimeoutMs ?? DEFAULT_PATIENCE.replyTimeoutMs,
    lingerMs: options.lingerMs ?? DEFAULT_PATIENCE.lingerMs,
  }
  const keeperOf = options.handoff && handoffDesk({
    host: options.handoff, broker, readyTimeoutMs: patience.replyTimeoutMs, tell: (notice) => tell(options, notice),
  })
  return (socket) => {
    const peer = verified(() => identify(socket))
    const session = broker.accept(peer)
    // Silence, whatever the peer has sent: not one byte of an answer (SPEC C1). Nobody gives way to such a peer.
    if (session._tag === 'Left') return discard(socket)
    if (!(open.size < max)) {
      const { closed, peer: whose = peer } = makeRoom(open)
      tell(options, { _tag: 'ConnectionLimitReached', max, closed, peer: whose })
      if (closed === 'newcomer') return discard(socket)
    }
    const conversation = converse(socket, session.right, patience, {
      onAnswered,
      onUnwritten: (answer) => {
        broker.unwritten(answer)
        tell(options, { _tag: 'ReplyUnwritten', peer })
      },
      onError: (error) => tell(options, { _tag: 'ConnectionFailed', peer, ...systemError(error) }),
    }, (answer) => keeperOf?.(answer, peer))
    open.set(conversation, peer)
    void conversation.closed.then(() => open.delete(conversation))
  }
}

/** Closes the connection that is missed least; that is the newcomer's where every other is being replied to. */
function makeRoom(open: Open): { readonly closed: Closed; readonly peer?: PeerIdentity } {
  const evicted = oldest(open, ({ isAnswered }) => !isAnswered()) ?? oldest(open, ({ isLingering }) => isLingering())
  if (evicted === undefined) return { closed: 'newcomer' }
  const [conversation, peer] = evicted
  // Its place is free from now on, not only once it has told of its end.
  open.delete(conversation)
  conversation.destroy()
  return { closed: conversation.isAnswered() ? 'lingering' : 'unanswered', peer }
}

function oldest(open: Open, isMeant: (conversation: Conversation) => boolean): [Conversation, PeerIdentity] | undefined {
  for (const entry of open) if (isMeant(entry[0])) return entry
  return undefined
}

function listener(server: Server, { at, release }: Bound, open: Open, onClosed: () => void): Listener {
  let closed: Promise<void> | undefined

  async function close(graceMs: number): Promise<void> {
    // The name goes first: while the server listens, its inode cannot be another file's.
    await release().catch(() => undefined)
    await turns(TURNS_BEFORE_CLOSE)
    const drained = new Promise<void>((settle) => server.close(() => settle()))
    for (const conversation of open.keys()) if (!conversation.hasBegun()) conversation.destroy()
    const grace = deadlineTimer()
    grace.set(graceMs, () => open.forEach((_, { destroy }) => destroy()))
    // Node calls a server closed when its connections have no handle any more; they end a little later.
    await drained
    await Promise.all([...open.keys()].map(({ closed }) => closed))
    grace.clear()
    onClosed()
  }

  return {
    address: describeAddress(at),
    at,
    connections: () => open.size,
    close: (graceMs = DEFAULT_GRACE_MS) => (closed ??= close(graceMs)),
  }
}

/** Sweeps the broker whenever something of it is due, also when nobody calls. */
function sweepTimer(broker: Broker): { readonly arm: () => void; readonly clear: () => void } {
  const timer = deadlineTimer('background')
  const arm = (): void => {
    const leftMs = broker.msUntilDeadline()
    if (leftMs !== undefined) timer.set(leftMs, sweep)
  }
  const sweep = (): void => {
    broker.sweep()
    arm()
  }
  return { arm, clear: timer.clear }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((settle) => setImmediate(settle))
}

function discard(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.destroy()
}

/** A listener's failure is its own. */
function tell({ onNotice }: ListenOptions, notice: Notice): void {
  try {
    onNotice?.(notice)
  } catch {
    // Told nowhere: there is nobody else to tell.
  }
}
