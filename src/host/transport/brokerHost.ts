/**
 * A broker's connections over any transport: how many there are, who gives way, and when they end.
 *
 * **State** the open connections, at most `maxConnections`, and one timer for the broker's next deadline.
 *
 * **Laws**
 *  1. One bad, slow or vanished peer disturbs no other. Nor do many of them, or one with many connections: when
 *     all are taken, the one that has kept its Hello back longest gives way to the newcomer, and a good peer's has
 *     come long before it is that one.
 *  2. A peer that the broker does not admit hears nothing at all (SPEC C1).
 *
 * **Not here** decisions: the broker makes them all. Moving bytes, and knowing who a peer is: the caller's.
 */
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Answer } from '../../negotiate/answer.js'
import type { Broker } from '../../shell/Broker.js'
import { type Conversation, converse, type Keeper, type Patience } from './Conversation.js'
import { deadlineTimer } from './DeadlineTimer.js'
import type { Closed, HostNotice } from './HostNotice.js'
import { systemError } from './SystemError.js'
import type { Transport } from './Transport.js'

/**
 * What to host with.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerHostOptions {
  readonly broker: Broker
  /** How many connections may be open at once, 1 024 if not given; a further one takes the place of the one that has waited longest. */
  readonly maxConnections?: number
  /** How long a peer has to take its reply, in milliseconds; 5 000 if not given. */
  readonly replyTimeoutMs?: number
  /** How long a peer has to close its side once it has its reply, in milliseconds; 1 000 if not given. */
  readonly lingerMs?: number
  readonly onNotice?: (notice: HostNotice) => void
}

/**
 * A broker's connections.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerHost {
  /** Serves a peer over a connection of which nothing has been read; `UNVERIFIED_PEER` where nobody knows who it is. */
  readonly accept: (transport: Transport, peer: PeerIdentity) => void
  /** How many connections are open. */
  readonly connections: () => number
  /**
   * Gives what is in flight `graceMs` milliseconds (1 000 if not given) to be answered, and destroys what is left; a peer
   * that has sent nothing yet is closed at once, and so is one that comes later. Calling it again changes nothing.
   */
  readonly close: (graceMs?: number) => Promise<void>
}

/** @internal A host that may leave a connection to somebody once it has its reply. */
export interface KeepingHost extends BrokerHost {
  readonly accept: (transport: Transport, peer: PeerIdentity, keeperOf?: (answer: Answer) => Keeper | undefined) => void
}

const DEFAULT_MAX_CONNECTIONS = 1_024
/** @internal */
export const DEFAULT_PATIENCE: Patience = { replyTimeoutMs: 5_000, lingerMs: 1_000 }
const DEFAULT_GRACE_MS = 1_000

/** The open connections, the oldest first, and who is at their other end. */
type Open = Map<Conversation, PeerIdentity>

/**
 * Hosts a broker over transports of the caller's.
 *
 * @example
 * import assert from 'node:assert'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { askOver, brokerHost, memoryTransports } from 'hello-negotiation/host'
 *
 * const policy = parsePolicy({
 *   services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }],
 * })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const host = brokerHost({ broker: createBroker({ policy: policy.right }) })
 * const [ours, theirs] = memoryTransports()
 * host.accept(ours, UNVERIFIED_PEER)
 * const asked = await askOver(theirs, { serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(asked._tag === 'Right' && asked.right.answer._tag, 'Negotiated')
 * await host.close()
 *
 * @category constructors
 * @since 0.1.0
 */
export function brokerHost(options: BrokerHostOptions): BrokerHost {
  return keepingHost(options)
}

/** @internal */
export function keepingHost(options: BrokerHostOptions): KeepingHost {
  const { broker, maxConnections = DEFAULT_MAX_CONNECTIONS } = options
  // None at all, or a number that is none, would be a host that never answers.
  const max = maxConnections >= 1 ? maxConnections : 1
  const patience = patienceOf(options)
  const open: Open = new Map()
  const sweeper = sweepTimer(broker)
  let closed: Promise<void> | undefined

  function accept(transport: Transport, peer: PeerIdentity, keeperOf: (answer: Answer) => Keeper | undefined = () => undefined): void {
    const session = broker.accept(peer)
    // Silence, whatever the peer has sent: not one byte of an answer (SPEC C1). Nobody gives way to such a peer.
    if (session._tag === 'Left' || closed !== undefined) return discard(transport)
    if (!(open.size < max)) {
      const { closed: given, peer: whose = peer } = makeRoom(open)
      tell(options, { _tag: 'ConnectionLimitReached', max, closed: given, peer: whose })
      if (given === 'newcomer') return discard(transport)
    }
    const conversation = converse(transport, session.right, patience, {
      onAnswered: sweeper.arm,
      onUnwritten: (answer) => {
        broker.unwritten(answer)
        tell(options, { _tag: 'ReplyUnwritten', peer })
      },
      onError: (error) => tell(options, { _tag: 'ConnectionFailed', peer, ...systemError(error) }),
    }, keeperOf)
    open.set(conversation, peer)
    void conversation.closed.then(() => open.delete(conversation))
  }

  async function close(graceMs: number): Promise<void> {
    for (const conversation of open.keys()) if (!conversation.hasBegun()) conversation.destroy()
    const grace = deadlineTimer()
    grace.set(graceMs, () => open.forEach((_, { destroy }) => destroy()))
    await Promise.all([...open.keys()].map(({ closed }) => closed))
    grace.clear()
    sweeper.clear()
  }

  // A broker that was restored has had deadlines before it has peers.
  sweeper.arm()
  return { accept, connections: () => open.size, close: (graceMs = DEFAULT_GRACE_MS) => (closed ??= close(graceMs)) }
}

function patienceOf({ replyTimeoutMs, lingerMs }: BrokerHostOptions): Patience {
  return { replyTimeoutMs: replyTimeoutMs ?? DEFAULT_PATIENCE.replyTimeoutMs, lingerMs: lingerMs ?? DEFAULT_PATIENCE.lingerMs }
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

function discard(transport: Transport): void {
  transport.read({ onChunk: () => undefined, onEnd: () => undefined, onClosed: () => undefined })
  transport.destroy()
}

/** A listener's failure is its own. */
function tell({ onNotice }: BrokerHostOptions, notice: HostNotice): void {
  try {
    onNotice?.(notice)
  } catch {
    // Told nowhere: there is nobody else to tell.
  }
}
