/**
 * Brokers with one fault each, to be found: what shows that a simulation would see a bug if there were one.
 *
 * Each is the real broker behind a wrapper that makes one mistake, of the kind that brokers make.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type HandoffToken, sameToken } from '../../data/HandoffToken.js'
import { type PeerIdentity, peerIdentity } from '../../data/PeerIdentity.js'
import type { Answer } from '../../negotiate/answer.js'
import type { Policy } from '../../negotiate/Policy.js'
import { type Broker, type BrokerOptions, createBroker } from '../../shell/Broker.js'
import type { Session } from '../../shell/Session.js'
import { OWNER } from './SimulationPolicy.js'
import type { BrokerMaker } from './Twin.js'

/**
 * The faulty brokers, by what is wrong with them.
 *
 * @category constants
 * @since 0.1.0
 */
export const CANARIES: Readonly<Record<string, BrokerMaker>> = Object.freeze<Record<string, BrokerMaker>>({
  'admits one Hello too many': (options) => underPolicy(options, (policy) => ({
    ...policy, rateLimit: { ...policy.rateLimit, maxPerWindow: policy.rateLimit.maxPerWindow + 1 as Policy['rateLimit']['maxPerWindow'] },
  })),
  'echoes large request ids wrongly': (options) => echoingWrongly(createBroker(options)),
  'gives a connection id again after a restart': (options) => createBroker(options.restore === undefined ? options : {
    ...options,
    restore: { ...options.restore, state: { ...options.restore.state, nextConnectionId: options.restore.state.nextConnectionId - 1n } },
  }),
  'is a millisecond late with ACKs': (options) => underPolicy(options, (policy) => ({
    ...policy, ackDeadlineMs: policy.ackDeadlineMs + 1 as Policy['ackDeadlineMs'],
  })),
  'keeps a token whose reply was lost': (options) => ({ ...createBroker(options), unwritten: () => undefined }),
  'lets a token be consumed twice': (options) => consumingTwice(createBroker(options)),
  'lets strangers in': (options) => lettingIn(createBroker(options)),
  'never sweeps by itself': (options) => ({ ...createBroker(options), sweep: () => undefined }),
  'says nothing of handoffs that expire': (options) => createBroker({
    ...options, onEvent: (event) => (event._tag === 'HandoffExpired' ? undefined : options.onEvent?.(event)),
  }),
  'throws at long requests': (options) => throwing(createBroker(options)),
})

function underPolicy(options: BrokerOptions, change: (policy: Policy) => Policy): Broker {
  const broker = createBroker({ ...options, policy: change(options.policy) })
  return { ...broker, reconfigure: (policy) => broker.reconfigure(change(policy)) }
}

function echoingWrongly(broker: Broker): Broker {
  const wrong = (answer: Answer): Answer => ({
    ...answer, bytes: answer.bytes.map((byte, i) => (byte === 0xff && answer.bytes[i + 1] === 0xff ? 0xfe : byte)),
  })
  return {
    ...broker,
    accept: (peer) => E.map((session: Session): Session => ({
      ...session, push: (chunk) => {
        const answer = session.push(chunk)
        return answer && wrong(answer)
      },
    }))(broker.accept(peer)),
    exchange: (bytes, peer) => wrong(broker.exchange(bytes, peer)),
  }
}

function consumingTwice(broker: Broker): Broker {
  const consumed: Array<HandoffToken> = []
  return {
    ...broker,
    consume: (expected, presented) => {
      const answer = broker.consume(expected, presented)
      if (answer._tag === 'Right') consumed.push(expected)
      return consumed.some((token) => sameToken(token, presented)) ? E.right(undefined) : answer
    },
  }
}

function lettingIn(broker: Broker): Broker {
  const owner = (pid: number): PeerIdentity => peerIdentity(pid, OWNER)
  return { ...broker, accept: ({ pid }) => broker.accept(owner(pid)), exchange: (bytes, { pid }) => broker.exchange(bytes, owner(pid)) }
}

function throwing(broker: Broker): Broker {
  return {
    ...broker,
    exchange: (bytes, peer) => {
      if (bytes.length > LONG_BYTES) throw new RangeError('too long')
      return broker.exchange(bytes, peer)
    },
  }
}

/** Longer than a flood's plainest request. */
const LONG_BYTES = 80
