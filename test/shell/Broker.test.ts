import * as fc from 'fast-check'
import {
  type Answer, type Broker, createBroker, decodeSnapshot, handoffToken, type HandoffToken, initialState,
  type PeerIdentity, peerIdentity, tokenBytes,
  UNVERIFIED_PEER,
} from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import {
  BACKEND, framedHello, frameIn, PEER, POLICY, policyOf, rightOf, SERVICE, STRANGE_TIMES, WANTS_HANDOFF,
} from '../support/negotiate.js'
import { anyBytes, anyPeer, anyTime, anyToken, shown } from '../support/negotiateArbitraries.js'
import { bench, countingRandom, manualClock, nthToken } from '../support/negotiateShell.js'

function granted({ outcome }: Answer): HandoffToken {
  if (outcome._tag !== 'Negotiated' || outcome.handoff._tag !== 'Granted') throw new Error(shown(outcome))
  return outcome.handoff.token
}

function nth(n: number): HandoffToken {
  const token = handoffToken(Buffer.from(nthToken(n), 'latin1'))
  if (token === undefined) throw new Error('sixteen bytes are a token')
  return token
}

const FIRST_HANDOFF = { serviceName: SERVICE, backendPid: 0, connectionId: 1n }

function askForHandoff(broker: Broker): Answer {
  return broker.exchange(framedHello(WANTS_HANDOFF), PEER)
}

describe('what a broker tells of itself', () => {
  it('is one event a transition, in order, each with its instant', () => {
    const { broker, clock, events, news } = bench()
    clock.set(10)
    const first = granted(askForHandoff(broker))
    expect(news()).toEqual(['Negotiated', 'HandoffIssued'])
    clock.set(15)
    expect(broker.consume(first, nth(9))._tag).toBe('Left')
    expect(broker.consume(first, first)._tag).toBe('Right')
    clock.set(20.5)
    expect(broker.acknowledge(first)).toMatchObject({ _tag: 'Right', right: { waitedMs: 10.5 } })
    expect(broker.acknowledge(first)._tag).toBe('Left')
    expect(news()).toEqual(['TokenRefused', 'TokenConsumed', 'HandoffAcknowledged', 'AckRefused'])
    expect(broker.abandon(granted(askForHandoff(broker))))
      .toEqual({ serviceName: SERVICE, backendPid: 0, connectionId: 2n })
    expect(broker.abandon(first)).toBeUndefined()
    broker.exchange(new Uint8Array(0), PEER)
    broker.exchange(framedHello(), PEER)
    expect(news()).toEqual(['Negotiated', 'HandoffIssued', 'HandoffAbandoned', 'Refused', 'Negotiated'])
    const handoff = FIRST_HANDOFF
    expect(events.slice(0, 5)).toEqual([
      { _tag: 'Negotiated', nowMs: 10, peer: PEER, serviceName: SERVICE, connectionId: 1n, daemonVersion: '1.11.20', trace: [] },
      { _tag: 'HandoffIssued', nowMs: 10, handoff },
      { _tag: 'TokenRefused', nowMs: 15, error: { _tag: 'TokenMismatch' } },
      { _tag: 'TokenConsumed', nowMs: 15 },
      { _tag: 'HandoffAcknowledged', nowMs: 20.5, handoff, waitedMs: 10.5 },
    ])
    expect(events.find(({ _tag }) => _tag === 'Refused'))
      .toMatchObject({ code: 6, blame: 'PeerMisbehaved', error: { _tag: 'UnexpectedEnd' } })
  })

  it('is that a handoff was withheld, and why, where the client is told nothing (SPEC N6)', () => {
    const { broker, events } = bench({ policy: policyOf({ tokenStore: { maxPending: 1 } }) })
    askForHandoff(broker)
    askForHandoff(broker)
    expect(events[3]).toEqual({
      _tag: 'HandoffWithheld', nowMs: 0, serviceName: SERVICE, connectionId: 2n,
      error: { _tag: 'PendingLimitReached', max: 1, drawsUsed: 0 },
    })
  })

  it('hands on only trace headers that are legal, and echoes them as they came (SPEC C8, DIV-C1)', () => {
    const { broker, events } = bench()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    broker.exchange(framedHello({}, { traceparent, tracestate: 'rp=1' }), PEER)
    const smuggling = broker.exchange(framedHello({}, { traceparent: 'x\r\ny: z', tracestate: 'rp=1' }), PEER)
    expect(events).toMatchObject([{ trace: [['traceparent', traceparent], ['tracestate', 'rp=1']] }, { trace: [] }])
    expect(frameIn(smuggling)).toMatchObject({ traceparent: 'x\r\ny: z', tracestate: 'rp=1' })
  })

  it('is that a peer was rejected, which gets no session and no byte (SPEC C1)', () => {
    const { broker, events } = bench({ policy: policyOf({ peerPolicy: { ownerOnly: '1000' } }) })
    expect(broker.accept(peerIdentity(7, '1001'))._tag).toBe('Left')
    expect(events)
      .toEqual([{
        _tag: 'PeerRejected', nowMs: 0, error: { _tag: 'PeerNotOwner', peer: { pid: 7, userId: '1001' }, owner: '1000' },
      }])
    expect(broker.accept(peerIdentity(7, '1000'))._tag).toBe('Right')
    expect(events).toHaveLength(1)
  })
})

describe('sweeping (DIV-A2)', () => {
  const LIMITS = policyOf({ tokenStore: { ttlMs: 50 }, ackDeadlineMs: 20 })

  it('says how long until something is due, and sweeps then', () => {
    const { broker, clock, events, news } = bench({ policy: LIMITS })
    expect(broker.msUntilDeadline()).toBeUndefined()
    clock.set(100)
    askForHandoff(broker)
    clock.set(105.5)
    expect(broker.msUntilDeadline()).toBe(14.5)
    news()
    broker.sweep()
    expect(news()).toEqual([])
    clock.set(120)
    expect(broker.msUntilDeadline()).toBe(0)
    broker.sweep()
    expect(events.slice(2))
      .toEqual([{ _tag: 'HandoffExpired', nowMs: 120, handoff: FIRST_HANDOFF, ackDeadlineMs: 20 }])
    expect(broker.msUntilDeadline()).toBeUndefined()
    expect(TokenStore.pendingCount(broker.state().tokens)).toBe(0)
    broker.sweep()
    expect(news()).toEqual(['HandoffExpired'])
  })

  it('counts the tokens that expired without an ACK being due', () => {
    const { broker, clock, events } = bench({ policy: policyOf({ tokenStore: { ttlMs: 20 }, ackDeadlineMs: 50 }) })
    askForHandoff(broker)
    askForHandoff(broker)
    clock.set(20)
    broker.sweep()
    expect(events.slice(4)).toEqual([{ _tag: 'TokensExpired', nowMs: 20, count: 2 }])
    expect(broker.msUntilDeadline()).toBe(30)
  })

  it('comes after each method\'s own step, so that it never changes the answer (law 2)', () => {
    const { broker, clock, news } = bench({ policy: LIMITS })
    const [first, second] = [granted(askForHandoff(broker)), granted(askForHandoff(broker))]
    clock.set(20)
    news()
    expect(broker.acknowledge(first)).toMatchObject({ _tag: 'Left', left: { _tag: 'AckDeadlineExceeded' } })
    expect(news()).toEqual(['AckRefused', 'HandoffExpired'])
    expect(broker.acknowledge(second)).toMatchObject({ _tag: 'Left', left: { _tag: 'TokenNotPending' } })
  })

  it.each([
    ['exchange', (broker: Broker) => broker.exchange(new Uint8Array(0), PEER)],
    ['consume', (broker: Broker) => broker.consume(nth(9), nth(9))],
    ['acknowledge', (broker: Broker) => broker.acknowledge(nth(9))],
    ['abandon', (broker: Broker) => broker.abandon(nth(9))],
  ])('happens within %s too (law 2)', (_what, method) => {
    const { broker, clock, news } = bench({ policy: LIMITS })
    askForHandoff(broker)
    clock.set(20)
    news()
    method(broker)
    expect(news()).toContain('HandoffExpired')
    expect(broker.msUntilDeadline()).toBeUndefined()
  })

  it('waits while the clock says nothing (DIV-R2)', () => {
    const { broker, clock, news } = bench({ policy: LIMITS })
    askForHandoff(broker)
    news()
    for (const strange of [Number.NaN, -Infinity, -5]) {
      clock.set(strange)
      broker.sweep()
      expect(broker.msUntilDeadline()).toBeGreaterThanOrEqual(20)
    }
    expect(news()).toEqual([])
  })
})

describe('an answer that could not be written (DIV-T2)', () => {
  it('revokes its token and gives its handoff up', () => {
    const { broker, news } = bench()
    const answer = askForHandoff(broker)
    news()
    broker.unwritten(answer)
    expect(news()).toEqual(['HandoffAbandoned'])
    expect(broker.consume(granted(answer), granted(answer))).toMatchObject({ left: { _tag: 'TokenNotPending' } })
    expect(AckRegistry.pendingCount(broker.state().acks)).toBe(0)
    broker.unwritten(answer)
    expect(news()).toEqual(['TokenRefused'])
  })

  it('changes nothing where there was no token', () => {
    const { broker, news } = bench()
    const answers = [broker.exchange(framedHello(), PEER), broker.exchange(new Uint8Array(0), PEER)]
    const before = broker.state()
    news()
    answers.forEach(broker.unwritten)
    expect(broker.state()).toBe(before)
    expect(news()).toEqual([])
  })
})

describe('randomness', () => {
  it('is asked for in blocks: one call for many tokens, none for a broker that is not asked', () => {
    const { broker, random } = bench({ policy: policyOf({ rateLimit: { maxPerWindow: 1_000 } }) })
    expect(random.asked).toEqual([])
    const tokens = Array.from({ length: 240 }, () => Buffer.from(tokenBytes(granted(askForHandoff(broker)))).toString('latin1'))
    expect(tokens).toEqual(tokens.map((_, n) => nthToken(n)))
    expect(random.asked).toEqual([4_096])
    // Fewer draws are left than a token may take, so the next answer asks again.
    askForHandoff(broker)
    askForHandoff(broker)
    expect(random.asked).toEqual([4_096, 4_096])
  })

  it('is spent on tokens alone: a Hello that wants none, or is refused, uses no draw', () => {
    const { broker, random } = bench({ policy: policyOf({ rateLimit: { maxPerWindow: 1_000 } }) })
    for (let i = 0; i < 300; i += 1) broker.exchange(i % 2 === 0 ? framedHello() : new Uint8Array(0), PEER)
    expect(shown(granted(askForHandoff(broker)))).toBe(shown(nth(0)))
    expect(random.asked).toEqual([4_096])
  })

  it('is spent on draws that collide too', () => {
    const draws = [1, 1, 2, 3].map((byte) => new Uint8Array(16).fill(byte))
    const { broker } = bench({ policy: policyOf({ tokenStore: { collisionAttempts: 2 } }), random: () => Buffer.concat(draws) })
    const tokens = [askForHandoff(broker), askForHandoff(broker)].map(granted)
    expect(tokens.map((token) => tokenBytes(token)[0])).toEqual([1, 2])
    const third = broker.exchange(framedHello(WANTS_HANDOFF), PEER).outcome
    expect(third).toMatchObject({ handoff: { _tag: 'Withheld', error: { _tag: 'CollisionAttemptsExhausted', drawsUsed: 2 } } })
  })

  it('is asked for as much as a policy\'s tries may take', () => {
    const { broker, random } = bench({ policy: policyOf({ tokenStore: { collisionAttempts: 256 } }) })
    askForHandoff(broker)
    askForHandoff(broker)
    expect(random.asked).toEqual([4_096, 4_096])
  })

  it('is used once: no two tokens are alike, though the source hands out the same buffer again', () => {
    const same = new Uint8Array(4_096)
    const source = countingRandom()
    const { broker } = bench({
      policy: policyOf({ rateLimit: { maxPerWindow: 10_000 } }),
      random: (byteCount) => {
        same.set(source.read(byteCount))
        return same
      },
    })
    const tokens = Array.from({ length: 600 }, () => shown(granted(askForHandoff(broker))))
    expect(new Set(tokens).size).toBe(600)
  })

  it.each([
    ['throws', () => { throw new Error('no entropy') }],
    ['gives nothing', () => new Uint8Array(0)],
    ['gives less than a token', () => new Uint8Array(15)],
    ['gives what is no array of bytes', () => undefined as unknown as Uint8Array],
  ])('that %s costs the token, never the answer (SPEC N6, T3)', (_what, random) => {
    const { broker, events } = bench({ random })
    const { outcome } = askForHandoff(broker)
    expect(outcome)
      .toMatchObject({ _tag: 'Negotiated', handoff: { _tag: 'Withheld', error: { _tag: 'RandomSourceFailed' } } })
    expect(events.map(({ _tag }) => _tag)).toEqual(['Negotiated', 'HandoffWithheld'])
  })

  it('is used to its end where the source fails, then withheld, then used again', () => {
    const source = countingRandom()
    let calls = 0
    const { broker } = bench({
      policy: policyOf({ tokenStore: { collisionAttempts: 1 } }),
      random: (byteCount) => {
        calls += 1
        if (calls === 2) throw new Error('no entropy')
        return source.read(byteCount).subarray(0, 32)
      },
    })
    const tags = Array.from({ length: 5 }, () => {
      const { outcome } = askForHandoff(broker)
      return outcome._tag === 'Negotiated' ? outcome.handoff._tag : outcome._tag
    })
    expect(tags).toEqual(['Granted', 'Granted', 'Withheld', 'Granted', 'Granted'])
  })

  it('is spent before anybody is told, so that a listener which asks again gets other bytes', () => {
    const tokens: Array<string> = []
    let depth = 0
    const { broker } = bench({
      onEvent: ({ _tag }) => {
        if (_tag !== 'HandoffIssued' || depth > 0) return
        depth += 1
        // The token of the answer under way is given up here, so that only the order of the draws keeps its
        // bytes from coming again.
        broker.abandon(nth(0))
        tokens.push(shown(granted(askForHandoff(broker))))
      },
    })
    tokens.push(shown(granted(askForHandoff(broker))))
    expect(new Set(tokens).size).toBe(2)
  })
})

describe('going on', () => {
  it('from a restored state, in its time and not in that of the new clock', () => {
    const { broker, clock } = bench({ policy: policyOf({ ackDeadlineMs: 20 }) })
    clock.set(1_000)
    const token = granted(askForHandoff(broker))
    const state = rightOf(decodeSnapshot(JSON.parse(JSON.stringify(broker.snapshot()))))
    const next = bench({ policy: policyOf({ ackDeadlineMs: 20 }), restore: { state, elapsedMs: 5.5 } })
    expect(next.broker.nowMs()).toBe(1_005.5)
    expect(next.broker.msUntilDeadline()).toBe(14.5)
    next.clock.set(14)
    expect(next.broker.acknowledge(token)).toMatchObject({ _tag: 'Right', right: { waitedMs: 19.5 } })
    expect(next.broker.exchange(framedHello(), PEER).outcome).toMatchObject({ reply: { connectionId: 2n } })
  })

  it.each([[undefined, 1_000], [0, 1_000], [-50, 1_000], [50, 1_050]])('takes an elapsed time of %s for %i', (elapsedMs, expected) => {
    const state = { ...initialState(POLICY), tokens: { ...TokenStore.tokenStore(), latestMs: 1_000 } }
    const { broker } = bench({ restore: elapsedMs === undefined ? { state } : { state, elapsedMs } })
    expect(broker.nowMs()).toBe(expected)
  })

  it.each(STRANGE_TIMES)('has a time that goes on, though its elapsed time is %d', (elapsedMs) => {
    const { broker, clock } = bench({ restore: { state: initialState(POLICY), elapsedMs } })
    const before = broker.nowMs()
    clock.set(1_000)
    expect(Number.isFinite(before)).toBe(true)
    expect(broker.nowMs()).toBeGreaterThanOrEqual(before)
  })

  it('from a restored state whose clock cannot be read at first', () => {
    const state = { ...initialState(POLICY), acks: { ...AckRegistry.ackRegistry(), latestMs: 70 } }
    const clock = manualClock(Number.NaN)
    const broker = createBroker({ policy: POLICY, clock: clock.read, restore: { state } })
    clock.set(5)
    expect(broker.nowMs()).toBe(75)
  })

  it('under another policy: its services count at once, a limit that changed starts anew (SPEC R3, A6)', () => {
    const { broker, events } = bench()
    askForHandoff(broker)
    broker.reconfigure(policyOf({ services: [{ ...BACKEND, serviceName: 'clud' }], ackDeadlineMs: 1, helloTimeoutMs: 7 }))
    expect(events.at(-1)).toMatchObject({ _tag: 'HandoffAbandoned', handoff: FIRST_HANDOFF })
    expect(broker.exchange(framedHello(), PEER).outcome).toMatchObject({ reply: { reason: 'service is not registered' } })
    expect(broker.exchange(framedHello({ serviceName: 'clud' }), PEER).outcome)
      .toMatchObject({ reply: { connectionId: 2n } })
    expect(AckRegistry.pendingCount(broker.state().acks)).toBe(0)
    expect(TokenStore.pendingCount(broker.state().tokens)).toBe(0)
    expect(rightOf(broker.accept(PEER)).msUntilDeadline()).toBe(7)
  })

  it('under another policy for sessions that are open already', () => {
    const { broker } = bench()
    const session = rightOf(broker.accept(PEER))
    broker.reconfigure(policyOf({ services: [] }))
    expect(session.push(framedHello())?.outcome).toMatchObject({ reply: { reason: 'service is not registered' } })
  })

  it('restored under a policy whose limits changed, which start anew', () => {
    const { broker } = bench()
    askForHandoff(broker)
    const next = bench({ policy: policyOf({ tokenStore: { ttlMs: 1 } }), restore: { state: broker.state() } })
    expect(next.events).toMatchObject([{ _tag: 'HandoffAbandoned', handoff: FIRST_HANDOFF }])
    expect(TokenStore.pendingCount(next.broker.state().tokens)).toBe(0)
    expect(AckRegistry.pendingCount(next.broker.state().acks)).toBe(0)
  })
})

describe('a broker with the process\'s own clock and randomness', () => {
  it('needs a policy and nothing else', () => {
    const broker = createBroker({ policy: POLICY })
    const [first, second] = [granted(askForHandoff(broker)), granted(askForHandoff(broker))]
    expect(shown(first)).not.toBe(shown(second))
    expect(broker.acknowledge(first)._tag).toBe('Right')
    expect(broker.nowMs()).toBeGreaterThan(0)
  })
})

describe('no method throws (law 1)', () => {
  const call = fc.oneof(
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant('exchange'), bytes: anyBytes, peer: anyPeer }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant('session'), bytes: anyBytes, peer: anyPeer }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constantFrom('acknowledge', 'abandon', 'consume'), token: anyToken }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constantFrom('sweep', 'msUntilDeadline', 'snapshot', 'reconfigure') }) },
  )
  const reading = fc.oneof({ weight: 5, arbitrary: anyTime }, { weight: 1, arbitrary: fc.constant('throws' as const) })
  const given = fc.constantFrom('throws', 0, 15, 16, 33, 4_096)

  it('whatever the clock, the random source and the listener do', () => {
    fc.assert(fc.property(fc.array(fc.tuple(call, reading, given), { maxLength: 30 }), fc.boolean(), (calls, listens) => {
      let [time, random]: readonly [number | string, number | string] = [0, 4_096]
      const broker = createBroker({
        policy: policyOf({ tokenStore: { maxPending: 3, ttlMs: 50 }, ackDeadlineMs: 30 }),
        clock: () => {
          if (typeof time === 'string') throw new Error(time)
          return time
        },
        random: (byteCount) => {
          if (typeof random === 'string') throw new Error(random)
          return new Uint8Array(Math.min(byteCount, random)).fill(calls.length % 4)
        },
        onEvent: (event) => {
          if (!listens) throw new Error(event._tag)
        },
      })
      for (const [call, nextTime, nextRandom] of calls) {
        ;[time, random] = [nextTime, nextRandom]
        makeCall(broker, call)
        const { limits } = broker.state().tokens
        expect(TokenStore.pendingCount(broker.state().tokens)).toBeLessThanOrEqual(limits.maxPending)
      }
    }), { numRuns: 300 })
  })

  it('not even for a listener that throws each time, whose broker answers as one without', () => {
    const [deaf, loud] = [bench(), bench({ onEvent: () => { throw new Error('a listener\'s own') } })]
    for (const { broker } of [deaf, loud]) granted(askForHandoff(broker))
    expect(shown(loud.broker.snapshot())).toBe(shown(deaf.broker.snapshot()))
  })

  it('and a clock that fails when a peer is accepted leaves a session that still runs out of time (SPEC C7)', () => {
    let fails = true
    const clock = manualClock(5)
    const { broker } = bench({ clock: () => { if (fails) throw new Error('no clock'); return clock.read() } })
    const session = rightOf(broker.accept(UNVERIFIED_PEER))
    fails = false
    const waitMs = session.msUntilDeadline() ?? Number.NaN
    expect(Number.isNaN(waitMs)).toBe(false)
    clock.set(5 + 60_000)
    expect(session.expire()?.outcome).toMatchObject({ error: { _tag: 'HelloDeadlineExceeded' } })
  })

  it('and a clock that jumps back lets nobody in early (DIV-R2, SPEC R6)', () => {
    const { broker, clock } = bench({ policy: policyOf({ rateLimit: { maxPerWindow: 1, windowMs: 100 } }) })
    clock.set(1_000)
    broker.exchange(framedHello(), PEER)
    clock.set(0)
    expect(broker.exchange(framedHello(), PEER).outcome).toMatchObject({ reply: { retryAfterMs: 100n } })
    expect(RateLimiter.windows(broker.state().limiter).size).toBe(1)
  })

  interface Call {
    readonly _tag: string
    readonly bytes?: Uint8Array
    readonly peer?: PeerIdentity
    readonly token?: HandoffToken
  }

  function makeCall(broker: Broker, { _tag, bytes = new Uint8Array(0), peer = PEER, token = nth(0) }: Call): void {
    switch (_tag) {
      case 'exchange':
        return broker.unwritten(broker.exchange(bytes, peer))
      case 'session': {
        const session = rightOf(broker.accept(peer))
        const answers = [session.push(bytes), session.expire(), session.pushEnd()]
        for (const answer of answers) if (answer !== undefined) broker.unwritten(answer)
        return
      }
      case 'acknowledge':
        return void broker.acknowledge(token)
      case 'abandon':
        return void broker.abandon(token)
      case 'consume':
        return void broker.consume(token, token)
      case 'sweep':
        return broker.sweep()
      case 'msUntilDeadline':
        return void broker.msUntilDeadline()
      case 'snapshot':
        return void broker.snapshot()
      default:
        return broker.reconfigure(policyOf({ tokenStore: { maxPending: 2 } }))
    }
  }
})

describe('nothing leaves in silence (law 3)', () => {
  const short = policyOf({ tokenStore: { ttlMs: 10 }, ackDeadlineMs: 1_000 })

  it('not the tokens that expire before the next Hello is answered', () => {
    const clock = manualClock()
    const { broker, events } = bench({ policy: short, clock: clock.read })
    for (let i = 0; i < 3; i += 1) askForHandoff(broker)
    clock.set(100)
    askForHandoff(broker)
    expect(events.map(({ _tag }) => _tag).slice(6)).toEqual(['TokensExpired', 'Negotiated', 'HandoffIssued'])
    expect(events[6]).toMatchObject({ count: 3 })
  })

  it('nor those that expire while another one is consumed', () => {
    const clock = manualClock()
    const { broker, events } = bench({ policy: short, clock: clock.read })
    const first = granted(askForHandoff(broker))
    clock.set(5)
    const second = granted(askForHandoff(broker))
    clock.set(12)
    broker.consume(second, second)
    expect(events.slice(4)).toMatchObject([{ _tag: 'TokenConsumed' }, { _tag: 'TokensExpired', count: 1 }])
    clock.set(30)
    broker.consume(first, first)
    expect(events.slice(6)).toMatchObject([{ _tag: 'TokenRefused', error: { _tag: 'TokenNotPending' } }])
  })

  it('is told once where the token asked for is the one that expired', () => {
    const clock = manualClock()
    const { broker, events } = bench({ policy: short, clock: clock.read })
    const only = granted(askForHandoff(broker))
    clock.set(10)
    broker.consume(only, only)
    expect(events.slice(2)).toMatchObject([{ _tag: 'TokenRefused', error: { _tag: 'TokenExpired' } }])
  })
})

describe('a clock from any beginning', () => {
  it('may begin below zero: time runs from its first reading', () => {
    let readingMs = -1_000_000
    const policy = policyOf({ rateLimit: { maxPerWindow: 1, windowMs: 10 } })
    const broker = createBroker({ policy, clock: () => readingMs })
    expect(broker.exchange(framedHello(), PEER).outcome._tag).toBe('Negotiated')
    expect(broker.exchange(framedHello(), PEER).outcome._tag).toBe('Refused')
    readingMs += 10
    expect(broker.exchange(framedHello(), PEER).outcome._tag).toBe('Negotiated')
  })
})

describe('what a reply is made of', () => {
  it('is nobody else\'s: writing into one refusal\'s details changes no other (SPEC E7)', () => {
    const { broker } = bench()
    const refused = (): ReadonlyMap<string, string> => {
      const { outcome } = broker.exchange(new Uint8Array(0), PEER)
      return outcome._tag === 'Refused' ? outcome.reply.details : new Map([['not', 'refused']])
    }
    const details = refused() as Map<string, string>
    details.set('pwn', 'ed')
    expect([...refused()]).toEqual([])
  })
})

describe('exchange under an owner\'s policy', () => {
  it('is silent to others, and tells so (SPEC C1)', () => {
    const { broker, events } = bench({ policy: policyOf({ peerPolicy: { ownerOnly: '1001' } }) })
    expect(broker.exchange(framedHello(), PEER).bytes).toHaveLength(0)
    expect(events).toMatchObject([{ _tag: 'PeerRejected', error: { peer: PEER, owner: '1001' } }])
  })
})
