import * as fc from 'fast-check'
import {
  type BrokerState, Deadlines, Handoffs, initialState, MAX_INSTANT_MS, negotiate, peerIdentity, type Policy,
} from 'hello-negotiation'
import { TokenStore } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { drawsOf, FRESH, helloFrame, POLICY, policyOf, token, WANTS_HANDOFF } from '../support/negotiate.js'
import { anyTime, happening, type Happening, play, playAll, shown, smallPolicy } from '../support/negotiateArbitraries.js'

function issue(policy: Policy, state: BrokerState, byte: number, nowMs: number): BrokerState {
  const request = { frame: helloFrame(WANTS_HANDOFF), peer: peerIdentity(7) }
  return negotiate(policy, state, request, { nowMs, draws: drawsOf(byte) }).state
}

describe('the next deadline (DIV-A2)', () => {
  it('is none where nothing is pending, then the ACK\'s, then the token\'s', () => {
    const issued = issue(POLICY, FRESH, 1, 100)
    const abandonedAck = { ...issued, acks: FRESH.acks }
    expect([FRESH, issued, abandonedAck].map(Deadlines.nextDeadlineMs)).toEqual([undefined, 5_100, 30_100])
    expect(Deadlines.nextDeadlineMs({ ...issued, tokens: FRESH.tokens })).toBe(5_100)
  })

  it('is the token\'s where that comes first', () => {
    const policy = policyOf({ tokenStore: { ttlMs: 10 } })
    expect(Deadlines.nextDeadlineMs(issue(policy, initialState(policy), 1, 0))).toBe(10)
  })
})

describe('expire', () => {
  it('tells the overdue handoffs, then how many further tokens had expired (SPEC T6, A5)', () => {
    const policy = policyOf({ tokenStore: { ttlMs: 50 }, ackDeadlineMs: 20 })
    const three = issue(policy, issue(policy, issue(policy, initialState(policy), 1, 0), 2, 40), 3, 46)
    // Without its ACK entry, as where the deadline was changed meanwhile, a token is left to its own expiry (SPEC A6).
    const unawaited = { ...three, acks: Handoffs.acknowledge(three, token(1), 10).state.acks }
    const { state, value } = Deadlines.expire(unawaited, 65)
    expect(shown(value.overdueAcks.map((overdue) => overdue.token))).toBe(shown([token(2)]))
    expect(value.expiredTokens).toBe(1)
    expect(TokenStore.pendingCount(state.tokens)).toBe(1)
  })

  it('forgets no window that can still refuse (SPEC R4, DIV-R1)', () => {
    const policy = policyOf({ rateLimit: { maxPerWindow: 1, windowMs: 100 } })
    const ask = (state: BrokerState, pid: number, nowMs: number): ReturnType<typeof negotiate> =>
      negotiate(policy, state, { frame: helloFrame(), peer: peerIdentity(pid) }, { nowMs, draws: TokenStore.NO_DRAWS })
    const both = ask(ask(initialState(policy), 1, 0).state, 2, 90).state
    // The first sweep ends pid 1's window, the second must leave pid 2's alone: it is open until 190.
    const swept = Deadlines.expire(Deadlines.expire(both, 100).state, 110).state
    expect(ask(swept, 2, 110).value._tag).toBe('Refused')
    expect(ask(swept, 1, 110).value._tag).toBe('Negotiated')
  })
})

describe('the laws of deadlines', () => {
  const scene = fc.record({ policy: smallPolicy, before: fc.array(happening()), nowMs: anyTime })

  it('finds nothing due before the next deadline, and answers later steps the same (law 1)', () => {
    fc.assert(fc.property(scene, fc.array(happening()), ({ policy, before, nowMs }, after) => {
      const { state } = playAll(policy, initialState(policy), before)
      const deadlineMs = Deadlines.nextDeadlineMs(state) ?? Infinity
      // What a step of this state takes for the time, where the clock has jumped back.
      const latestMs = Math.max(state.tokens.latestMs, state.acks.latestMs)
      fc.pre(!(nowMs >= deadlineMs) && latestMs < deadlineMs)
      const { value } = Deadlines.expire(state, nowMs)
      expect(value).toEqual({ overdueAcks: [], expiredTokens: 0 })
      expect(Deadlines.nextDeadlineMs(Deadlines.expire(state, nowMs).state)).toBe(Deadlines.nextDeadlineMs(state))
      const later = after.map((one) => at(one, nowMs))
      expect(playAll(policy, Deadlines.expire(state, nowMs).state, later).answers)
        .toEqual(playAll(policy, state, later).answers)
    }), { numRuns: 200 })
  })

  it('leaves nothing that is due (law 2)', () => {
    fc.assert(fc.property(scene, ({ policy, before, nowMs }) => {
      const { state } = Deadlines.expire(playAll(policy, initialState(policy), before).state, nowMs)
      const readingMs = nowMs <= MAX_INSTANT_MS ? nowMs : 0
      expect(Deadlines.nextDeadlineMs(state) ?? Infinity).toBeGreaterThan(readingMs)
    }), { numRuns: 200 })
  })

  it('tells exactly the handoffs that were due, in their order, and none again (DIV-A1)', () => {
    fc.assert(fc.property(scene, ({ policy, before, nowMs }) => {
      const { state } = playAll(policy, initialState(policy), before)
      const { state: after, value } = Deadlines.expire(state, nowMs)
      const deadlines = value.overdueAcks.map(({ deadlineMs }) => deadlineMs)
      expect(deadlines).toEqual([...deadlines].sort((a, b) => a - b))
      expect(Deadlines.expire(after, nowMs).value).toEqual({ overdueAcks: [], expiredTokens: 0 })
    }))
  })

  it('shows in no answer whether windows were forgotten here (law 3, DIV-R1)', () => {
    fc.assert(fc.property(smallPolicy, fc.array(happening(), { maxLength: 40 }), (policy, happenings) => {
      const forgetting = playAll(policy, initialState(policy), happenings)
      const keeping = happenings.reduce<{ readonly state: BrokerState; readonly answers: ReadonlyArray<string> }>(
        ({ state, answers }, one) => {
          const { state: next, value } = play(policy, state, one)
          const kept = { ...state.limiter, latestMs: next.limiter.latestMs }
          return { state: one._tag === 'expire' ? { ...next, limiter: kept } : next, answers: [...answers, shown(value)] }
        },
        { state: initialState(policy), answers: [] },
      )
      expect(forgetting.answers).toEqual(keeping.answers)
    }), { numRuns: 500 })
  })
})

/** The same thing, at an instant no earlier than `nowMs` where that is one. */
function at(one: Happening, nowMs: number): Happening {
  const isLater = (ms: number): boolean => ms >= nowMs && ms < Infinity
  const notBefore = (ms: number): number => (nowMs > 0 && nowMs < Infinity && !isLater(ms) ? nowMs : ms)
  if ('ambient' in one) return { ...one, ambient: { ...one.ambient, nowMs: notBefore(one.ambient.nowMs) } }
  return 'nowMs' in one ? { ...one, nowMs: notBefore(one.nowMs) } : one
}
