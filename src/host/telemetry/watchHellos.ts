/**
 * A broker whose Hellos are watched: each is told once, with how long it took.
 *
 * **Laws**
 *  1. Each Hello that is answered is told once, when its answer is there; a connection that has its answer is told no more.
 *  2. What is watched answers as it would unwatched, and a watcher that throws changes nothing.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Answer } from '../../negotiate/answer.js'
import type { Broker } from '../../shell/Broker.js'
import type { BrokerEvent } from '../../shell/BrokerEvent.js'
import type { Session } from '../../shell/Session.js'

/**
 * A Hello that has its answer, and how long that took: from the connection's beginning, in milliseconds, or 0 where the
 * request came whole.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloSeen {
  readonly event: BrokerEvent & { readonly _tag: 'Negotiated' | 'Refused' }
  readonly tookMs: number
}

/**
 * Watches the broker that `make` makes; `make` passes the listener that it is given on as the broker's, or calls it from
 * a listener of its own.
 *
 * @example
 * import assert from 'node:assert'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { type HelloSeen, watchHellos } from 'hello-negotiation/telemetry'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const seen: Array<HelloSeen> = []
 * const broker = watchHellos((onEvent) => createBroker({ policy: policy.right, onEvent }), (hello) => seen.push(hello))
 * broker.exchange(new Uint8Array(1), UNVERIFIED_PEER)
 * assert.deepEqual(seen.map(({ event, tookMs }) => [event._tag, tookMs]), [['Refused', 0]])
 *
 * @category constructors
 * @since 0.1.0
 */
export function watchHellos(make: (onEvent: (event: BrokerEvent) => void) => Broker, onHello: (seen: HelloSeen) => void): Broker {
  let last: HelloSeen['event'] | undefined
  const broker = make((event) => {
    if (event._tag === 'Negotiated' || event._tag === 'Refused') last = event
  })

  /**
   * The event of an answer is told before the answer is given, within the same call; a listener may meanwhile have
   * said Hello itself, and what it was told is not this answer's.
   */
  function told<A extends Answer | undefined>(ask: () => A, tookMs: () => number): A {
    const outer = last
    last = undefined
    const answer = ask()
    const event = last
    last = outer
    if (answer === undefined || event === undefined) return answer
    try {
      onHello({ event, tookMs: Math.max(0, tookMs()) })
    } catch {
      // The watcher's failure is its own.
    }
    return answer
  }

  function watched(session: Session): Session {
    const openedMs = broker.nowMs()
    const tookMs = (): number => broker.nowMs() - openedMs
    return {
      ...session,
      push: (chunk) => told(() => session.push(chunk), tookMs),
      pushEnd: () => told(session.pushEnd, tookMs),
      expire: () => told(session.expire, tookMs),
    }
  }

  return {
    ...broker,
    accept: (peer) => E.map(watched)(broker.accept(peer)),
    exchange: (bytes, peer) => told(() => broker.exchange(bytes, peer), () => 0),
  }
}
