import * as fc from 'fast-check'
import {
  type BrokerState, Deadlines, Handoffs, type HandoffToken, initialState, negotiate, type Policy, UNVERIFIED_PEER,
} from 'hello-negotiation'
import { AckRegistry, TokenStore } from 'hello-negotiation/step'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { drawsOf, FRESH, helloFrame, POLICY, policyOf, SERVICE, token, WANTS_HANDOFF } from '../support/negotiate.js'
import { anyTime, anyToken, happening, playAll, shown, smallPolicy } from '../support/negotiateArbitraries.js'

function issue(policy: Policy, state: BrokerState, byte: number, nowMs: number): BrokerState {
  const request = { frame: helloFrame(WANTS_HANDOFF), peer: UNVERIFIED_PEER }
  return negotiate(policy, state, request, { nowMs, draws: drawsOf(byte) }).state
}

function counts(state: BrokerState): { readonly tokens: number; readonly acks: number } {
  return { tokens: TokenStore.pendingCount(state.tokens), acks: AckRegistry.pendingCount(state.acks) }
}

const ISSUED = issue(POLICY, FRESH, 7, 100)
const HANDOFF = { serviceName: SERVICE, backendPid: 0, connectionId: 1n }

describe('a handoff\'s ways to end', () => {
  it('tells the time waited for an ACK, and revokes the token (SPEC A2)', () => {
    const { state, value } = Handoffs.acknowledge(ISSUED, token(7), 5_099.5)
    expect(value).toEqual({ _tag: 'Right', right: { _tag: 'Acknowledged', handoff: HANDOFF, waitedMs: 4_999.5 } })
    expect(counts(state)).toEqual({ tokens: 0, acks: 0 })
  })

  it('removes the entry and revokes the token for an ACK at the deadline or after it (SPEC A2)', () => {
    const { state, value } = Handoffs.acknowledge(ISSUED, token(7), 5_100)
    expect(value).toEqual({ _tag: 'Left', left: { _tag: 'AckDeadlineExceeded', handoff: HANDOFF, ackDeadlineMs: 5_000 } })
    expect(counts(state)).toEqual({ tokens: 0, acks: 0 })
  })

  it('refuses a second ACK, and one after the sweep (SPEC A3)', () => {
    const acknowledged = Handoffs.acknowledge(ISSUED, token(7), 200).state
    const swept = Handoffs.expireAcks(ISSUED, 5_100).state
    for (const state of [acknowledged, swept, FRESH]) {
      expect(Handoffs.acknowledge(state, token(7), 5_200).value)
        .toEqual({ _tag: 'Left', left: { _tag: 'TokenNotPending' } })
    }
  })

  it('takes an ACK for a token that has expired in the store (SPEC A3)', () => {
    const policy = policyOf({ tokenStore: { ttlMs: 10 }, ackDeadlineMs: 1_000 })
    const swept = Handoffs.expireTokens(issue(policy, initialState(policy), 7, 0), 10)
    expect(swept.value).toBe(1)
    expect(Handoffs.acknowledge(swept.state, token(7), 999.5).value._tag).toBe('Right')
  })

  it('leaves a token alone where the ACK was for none that is awaited (SPEC A2)', () => {
    const notAwaited = { ...ISSUED, acks: FRESH.acks }
    expect(counts(Handoffs.acknowledge(notAwaited, token(7), 200).state).tokens).toBe(1)
  })

  it('tells what was abandoned, and revokes the token even where no ACK was awaited (SPEC A4)', () => {
    const abandoned = Handoffs.abandon(ISSUED, token(7))
    expect(abandoned.value).toEqual(HANDOFF)
    expect(counts(abandoned.state)).toEqual({ tokens: 0, acks: 0 })
    const notAwaited = Handoffs.abandon({ ...ISSUED, acks: FRESH.acks }, token(7))
    expect(notAwaited.value).toBeUndefined()
    expect(counts(notAwaited.state).tokens).toBe(0)
  })

  it('leaves the ACK owed once the token is consumed (law 3)', () => {
    const { state, value } = Handoffs.consume(ISSUED, token(7), token(7), 200)
    expect(value._tag).toBe('Right')
    expect(counts(state)).toEqual({ tokens: 0, acks: 1 })
    expect(Handoffs.acknowledge(state, token(7), 300).value._tag).toBe('Right')
  })

  it('tells overdue handoffs in the order of deadline, then of issue, and revokes their tokens (SPEC A5, DIV-A1)', () => {
    const three = issue(POLICY, issue(POLICY, issue(POLICY, FRESH, 9, 0), 3, 0), 6, 0.5)
    const { state, value } = Handoffs.expireAcks(issue(POLICY, three, 1, 1), 5_000.5)
    expect(value.map((overdue) => shown(overdue.token))).toEqual([9, 3, 6].map((byte) => shown(token(byte))))
    expect(value.map(({ deadlineMs }) => deadlineMs)).toEqual([5_000, 5_000, 5_000.5])
    expect(counts(state)).toEqual({ tokens: 1, acks: 1 })
  })
})

describe('the laws of handoffs', () => {
  it('revokes the token of whatever leaves the registry (law 1)', () => {
    const leave = fc.constantFrom('acknowledge', 'abandon', 'expireAcks')
    fc.assert(fc.property(smallPolicy, fc.array(happening()), leave, anyToken, anyTime, (policy, before, how, token, nowMs) => {
      const state = playAll(policy, initialState(policy), before).state
      const after = how === 'acknowledge' ? Handoffs.acknowledge(state, token, nowMs).state
        : how === 'abandon' ? Handoffs.abandon(state, token).state : Handoffs.expireAcks(state, nowMs).state
      for (const gone of awaited(state).filter((key) => !awaited(after).includes(key))) expect(pending(after))
        .not.toContain(gone)
    }), { numRuns: 300 })
  })

  it('changes none of the states it is given', () => {
    fc.assert(fc.property(smallPolicy, fc.array(happening()), anyToken, anyTime, (policy, before, token, nowMs) => {
      const state = deepFreeze(playAll(policy, initialState(policy), before).state)
      const all = (): ReadonlyArray<string> => [
        Handoffs.acknowledge(state, token, nowMs), Handoffs.abandon(state, token), Handoffs.expireAcks(state, nowMs),
        Handoffs.consume(state, token, token, nowMs), Handoffs.expireTokens(state, nowMs),
      ].map(shown)
      expect(all()).toEqual(all())
    }))
  })

  function awaited(state: BrokerState): ReadonlyArray<string> {
    return keysOf(state, 'acks')
  }

  function pending(state: BrokerState): ReadonlyArray<string> {
    return keysOf(state, 'tokens')
  }

  /** Which of the pool's four tokens are there. */
  function keysOf(state: BrokerState, part: 'acks' | 'tokens'): ReadonlyArray<string> {
    const isThere = (token: HandoffToken): boolean => part === 'acks'
      ? AckRegistry.abandon(state.acks, token).value !== undefined
      : TokenStore.revoke(state.tokens, token).value
    return [0, 1, 2, 3].map(token).filter(isThere).map(shown)
  }
})

/**
 * Every interleaving, not a sample: up to three tokens, each issued, then consumed, acknowledged and
 * abandoned at any moment, with sweeps and time passing in between.
 */
describe('every interleaving of issue, consume, acknowledge, abandon, expire and time (SPEC T4, A1–A5)', () => {
  it.each([
    ['tokens outlive the ACK deadline', { ttlMs: 20, ackDeadlineMs: 10 }],
    ['the ACK deadline outlives the tokens', { ttlMs: 10, ackDeadlineMs: 20 }],
    ['both end at once', { ttlMs: 10, ackDeadlineMs: 10 }],
  ])('consumes at most once, and accounts for every handoff, where %s', (_what, { ttlMs, ackDeadlineMs }) => {
    const policy = policyOf({ tokenStore: { ttlMs }, ackDeadlineMs })
    const { violations, visited } = explore(policy)
    expect(violations).toEqual([])
    expect(visited).toBeGreaterThan(20_000)
  })

  const [MOVES_MAX, TOKENS_MAX] = [6, 3]

  interface Tally {
    readonly nowMs: number
    readonly issued: number
    readonly acknowledged: number
    readonly expired: number
    readonly abandoned: number
    readonly consumed: ReadonlyArray<number>
    readonly moves: string
  }

  function explore(policy: Policy): { readonly violations: ReadonlyArray<string>; readonly visited: number } {
    const violations: Array<string> = []
    let visited = 0
    const visit = (state: BrokerState, tally: Tally, movesLeft: number): void => {
      visited += 1
      violations.push(...faultsOf(state, tally).map((fault) => `${tally.moves}: ${fault}`))
      if (movesLeft === 0) return
      const after = (move: string, next: BrokerState, changes: Partial<Tally>): void =>
        visit(next, { ...tally, ...changes, moves: `${tally.moves} ${move}` }, movesLeft - 1)
      if (tally.issued < TOKENS_MAX) {
        after('issue', issue(policy, state, tally.issued, tally.nowMs), { issued: tally.issued + 1 })
      }
      after('wait', state, { nowMs: tally.nowMs + 10 })
      const swept = Deadlines.expire(state, tally.nowMs)
      after('sweep', swept.state, { expired: tally.expired + swept.value.overdueAcks.length })
      for (let k = 0; k < tally.issued; k += 1) {
        const consumed = Handoffs.consume(state, token(k), token(k), tally.nowMs)
        const isConsumed = consumed.value._tag === 'Right'
        after(`consume${k}`, consumed.state, {
          consumed: tally.consumed.map((count, i) => count + (i === k && isConsumed ? 1 : 0)),
        })
        const acked = Handoffs.acknowledge(state, token(k), tally.nowMs)
        const isLate = acked.value._tag === 'Left' && acked.value.left._tag === 'AckDeadlineExceeded'
        after(`acknowledge${k}`, acked.state, {
          acknowledged: tally.acknowledged + (acked.value._tag === 'Right' ? 1 : 0),
          expired: tally.expired + (isLate ? 1 : 0),
        })
        const given = Handoffs.abandon(state, token(k))
        after(`abandon${k}`, given.state, { abandoned: tally.abandoned + (given.value === undefined ? 0 : 1) })
      }
    }
    const start = { nowMs: 0, issued: 0, acknowledged: 0, expired: 0, abandoned: 0, consumed: [0, 0, 0], moves: '' }
    visit(initialState(policy), start, MOVES_MAX)
    return { violations, visited }
  }

  function faultsOf(state: BrokerState, { issued, acknowledged, expired, abandoned, consumed }: Tally): ReadonlyArray<string> {
    const { acks, tokens } = counts(state)
    return [
      ...(issued === acks + acknowledged + expired + abandoned ? [] : ['a handoff is lost or counted twice']),
      ...(consumed.every((count) => count <= 1) ? [] : ['a token was consumed twice']),
      ...(tokens + consumed.reduce((sum, count) => sum + count) <= issued ? [] : ['a token came from nowhere']),
    ]
  }
})
