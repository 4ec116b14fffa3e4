import * as fc from 'fast-check'
import { type BrokerState, FIRST_CONNECTION_ID, initialState, negotiate, reconfigure } from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { BACKEND, drawsOf, helloFrame, PEER, policyOf, WANTS_HANDOFF } from '../support/negotiate.js'
import { happening, playAll, smallPolicy } from '../support/negotiateArbitraries.js'

const LIMITS = {
  rateLimit: { maxPerWindow: 5, windowMs: 1_000 },
  tokenStore: { maxPending: 4, ttlMs: 30_000 },
  ackDeadlineMs: 5_000,
}
const POLICY = policyOf(LIMITS)

/** A broker with a window, a token and an ACK of its own. */
const USED = negotiate(
  POLICY, initialState(POLICY), { frame: helloFrame(WANTS_HANDOFF), peer: PEER }, { nowMs: 10, draws: drawsOf(1) },
).state

function counts({ limiter, tokens, acks }: BrokerState): ReadonlyArray<number> {
  return [RateLimiter.windows(limiter).size, TokenStore.pendingCount(tokens), AckRegistry.pendingCount(acks)]
}

describe('a broker\'s memory', () => {
  it('begins with nothing in it, connection id 1, and the policy\'s session authority (SPEC N5)', () => {
    const sessions = { brokerHalf: 'ab'.repeat(16) }
    const state = initialState(policyOf({ sessions }))
    expect(counts(state)).toEqual([0, 0, 0])
    expect(state.nextConnectionId).toBe(FIRST_CONNECTION_ID)
    expect(state.sessions?.daemonHalves.size).toBe(0)
    expect(initialState(POLICY).sessions).toBeUndefined()
  })

  it('clamps zero limits where they are used (SPEC R3, T1, A1)', () => {
    const zero = policyOf({
      rateLimit: { maxPerWindow: 0, windowMs: 0 },
      tokenStore: { maxPending: 0, ttlMs: 0, collisionAttempts: 0 },
      ackDeadlineMs: 0,
    })
    const { limiter, tokens, acks } = initialState(zero)
    expect(limiter.limit).toEqual({ maxPerWindow: 1, windowMs: 1 })
    expect(tokens.limits).toEqual({ maxPending: 1, ttlMs: 1, collisionAttempts: 1 })
    expect(acks.ackDeadlineMs).toBe(1)
  })
})

describe('reconfigure', () => {
  it('keeps every record whose limits stay the same', () => {
    const moved = policyOf({ ...LIMITS, services: [{ ...BACKEND, backendPipe: '/run/elsewhere.sock' }] })
    expect(reconfigure(USED, moved)).toEqual({ state: USED, value: [] })
  })

  it.each([
    ['rate limit, and only its counters', { rateLimit: { maxPerWindow: 6, windowMs: 1_000 } }, [0, 1, 1]],
    ['rate window, and only its counters', { rateLimit: { maxPerWindow: 5, windowMs: 1_001 } }, [0, 1, 1]],
    ['token limits, and tokens with their handoffs', { tokenStore: { maxPending: 5, ttlMs: 30_000 } }, [1, 0, 0]],
    ['token TTL, and tokens with their handoffs', { tokenStore: { maxPending: 4, ttlMs: 30_001 } }, [1, 0, 0]],
    [
      'number of tries, and tokens with their handoffs',
      { tokenStore: { maxPending: 4, ttlMs: 30_000, collisionAttempts: 2 } }, [1, 0, 0],
    ],
    ['ACK deadline, and handoffs with their tokens', { ackDeadlineMs: 5_000.5 }, [1, 0, 0]],
  ])('starts anew for another %s (SPEC R3, A6)', (_what, changes, expected) => {
    const { state: next, value: dropped } = reconfigure(USED, policyOf({ ...LIMITS, ...changes }))
    expect(counts(next)).toEqual(expected)
    expect(dropped.map(({ connectionId }) => connectionId)).toEqual(expected[2] === 0 ? [1n] : [])
    expect(next.nextConnectionId).toBe(2n)
  })

  it('takes a limit of zero for the one it is clamped to, which is no change (SPEC R3, A1)', () => {
    const one = policyOf({ rateLimit: { maxPerWindow: 1, windowMs: 1 }, ackDeadlineMs: 1 })
    const zero = policyOf({ rateLimit: { maxPerWindow: 0, windowMs: 0 }, ackDeadlineMs: 0 })
    const state = initialState(one)
    expect(reconfigure(state, zero).state.limiter).toBe(state.limiter)
    expect(reconfigure(state, zero).state.acks).toBe(state.acks)
  })

  it('takes the session authority of the new policy', () => {
    const guarded = policyOf({ ...LIMITS, sessions: { brokerHalf: 'ab'.repeat(16) } })
    const { state } = reconfigure(USED, guarded)
    expect(state.sessions).toEqual(guarded.sessions)
    expect(reconfigure(state, POLICY).state.sessions).toBeUndefined()
  })

  it('changes nothing the second time, and nothing of the state it is given', () => {
    fc.assert(fc.property(smallPolicy, smallPolicy, fc.array(happening()), (before, after, happenings) => {
      const state = deepFreeze(playAll(before, initialState(before), happenings).state)
      const once = reconfigure(state, after).state
      expect(reconfigure(once, after)).toEqual({ state: once, value: [] })
      expect(reconfigure(state, before)).toEqual({ state, value: [] })
    }))
  })
})
