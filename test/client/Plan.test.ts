import * as fc from 'fast-check'
import {
  DEFAULT_PLAN, DEFAULT_REACTIONS, type Happened, type Move, NO_RETRY_PLAN, Plan, type PlanPolicy, type Reaction, refusalKind,
  type RefusedReply,
} from 'hello-negotiation'
import {
  arbitraryClientOutcome, arbitraryHappened, arbitraryNow, arbitraryPlanPolicy, arbitraryRefusedReply, arbitraryTimeline, deepFreeze,
} from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { token } from '../support/negotiate.js'

function refusal(code: number, fields: Partial<RefusedReply> = {}): RefusedReply {
  return {
    _tag: 'Refused', kind: refusalKind(code), code, reason: 'no', details: new Map(), versionRange: { min: 1, max: 1 },
    sharesProtocol: true, retryAfterMs: 0n, ...fields,
  }
}

const YES: Happened = {
  _tag: 'Negotiated', negotiatedProtocol: 1, daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', warnings: [],
  serverCapabilities: 1n, keepaliveIntervalSecs: 1_800n, connectionId: 7n, token: token(7), isAdoptable: true,
}
const SILENCE: Happened = { _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 30_000 }
const NOISE: Happened = { _tag: 'Broken', error: { _tag: 'MissingResult' }, offset: 5 }
const RECONNECT: Happened = {
  _tag: 'Reconnect', route: 'BrokerNegotiated', endpoint: '/run/zccache.sock', why: { _tag: 'ReadyTokenMismatch' }, stream: 'ClientCloses',
}

function moveFor(happened: Happened, policy: PlanPolicy = DEFAULT_PLAN, draw = 0): Move {
  return Plan.plan(policy, Plan.NO_ATTEMPTS, happened, draw, 0).value
}

function policyOf(fields: Partial<PlanPolicy>, reactions: Partial<PlanPolicy['reactions']> = {}): PlanPolicy {
  return { ...DEFAULT_PLAN, ...fields, reactions: { ...DEFAULT_REACTIONS, ...reactions } }
}

/** The moves for the same thing happening over and over, each as soon as it may. */
function movesFor(happened: Happened, policy: PlanPolicy, times: number, draw = 0): ReadonlyArray<Move> {
  const moves: Array<Move> = []
  let attempts = Plan.NO_ATTEMPTS
  for (let i = 0; i < times; i += 1) {
    const planned = Plan.plan(policy, attempts, happened, draw, attempts.notBeforeMs)
    attempts = planned.state
    moves.push(planned.value)
  }
  return moves
}

describe('after a yes', () => {
  const toBackend: Move = { _tag: 'ConnectBackend', endpoint: '/run/zccache.sock', route: 'BrokerNegotiated' }

  it('a client goes to the endpoint, unless it wants the connection and may have it (SPEC G10)', () => {
    const adopts = policyOf({ adopts: true })
    expect(moveFor(YES)).toEqual(toBackend)
    expect(moveFor(YES, adopts)).toEqual({ _tag: 'Adopt' })
    expect(moveFor({ ...YES, isAdoptable: false }, adopts)).toEqual(toBackend)
  })

  it('and a failed adoption, too (SPEC G10)', () => {
    expect(moveFor(RECONNECT, policyOf({ adopts: true }))).toEqual(toBackend)
  })

  it('without an endpoint it goes nowhere, and says so in the reference\'s words, after the adoption (SPEC G6)', () => {
    const nowhere: Move = { _tag: 'GiveUp', why: { _tag: 'EmptyBackendPipe' } }
    expect(moveFor({ ...YES, backendPipe: '' }, policyOf({ adopts: true }))).toEqual({ _tag: 'Adopt' })
    expect(moveFor({ ...YES, backendPipe: '' })).toEqual(nowhere)
    expect(moveFor({ ...RECONNECT, endpoint: '' })).toEqual(nowhere)
    expect(Plan.describeGiveUp({ _tag: 'EmptyBackendPipe' })).toBe('broker negotiated an empty backend endpoint')
  })

  it('counts no failure', () => {
    expect(Plan.plan(DEFAULT_PLAN, Plan.NO_ATTEMPTS, YES, 0, 5).state).toEqual({ ...Plan.NO_ATTEMPTS, latestMs: 5, notBeforeMs: 5 })
  })
})

describe('the default table (SPEC G15)', () => {
  it.each<readonly [happened: Happened, move: object]>([
    [refusal(1), { _tag: 'GiveUp', why: { _tag: 'NoVersionLeft', tried: 0 } }],
    [refusal(8, { retryAfterMs: 30_000n }), { _tag: 'GiveUp', why: { _tag: 'NoVersionLeft', tried: 0 } }],
    [refusal(2), { _tag: 'GiveUp', why: { _tag: 'Final', of: refusal(2) } }],
    [refusal(4, { retryAfterMs: 750n }), { _tag: 'RetryAfter', ms: 750 }],
    [refusal(5), { _tag: 'RetryAfter', ms: 5_000 }],
    [refusal(3, { retryAfterMs: 1_000n }), { _tag: 'RetryAfter', ms: 1_000 }],
    [refusal(9, { retryAfterMs: 1_000n }), { _tag: 'RetryAfter', ms: 1_000 }],
    [refusal(6), { _tag: 'GiveUp', why: { _tag: 'Final', of: refusal(6) } }],
    [refusal(99), { _tag: 'GiveUp', why: { _tag: 'Final', of: refusal(99) } }],
    [SILENCE, { _tag: 'DirectPath' }],
    [NOISE, { _tag: 'DirectPath' }],
    [{ _tag: 'BrokerUnreachable' }, { _tag: 'DirectPath' }],
    [{ _tag: 'BackendUnreachable' }, { _tag: 'DirectPath' }],
  ])('says of %o: %o', (happened, move) => {
    expect(moveFor(happened)).toEqual(move)
  })

  it('can be changed row by row, by kind and by code, the code going first (DIV-G2)', () => {
    const changed = policyOf({}, { ServiceUnknown: 'DirectPath', Other: 'BackOff', byCode: { 4: 'Stop', 77: 'DirectPath' } })
    expect(moveFor(refusal(2), changed)._tag).toBe('DirectPath')
    expect(moveFor(refusal(6), changed)._tag).toBe('RetryAfter')
    expect(moveFor(refusal(4), changed)._tag).toBe('GiveUp')
    expect(moveFor(refusal(77), changed)._tag).toBe('DirectPath')
    expect(moveFor(refusal(3), changed)._tag).toBe('RetryAfter')
  })

  it('has no rows but its own: a code is no way to an object\'s inherited parts', () => {
    const byCode = Object.assign(Object.create({ 6: 'DirectPath' }), { 7: undefined }) as Record<number, Reaction>
    expect(moveFor(refusal(6), policyOf({}, { byCode }))._tag).toBe('GiveUp')
    expect(moveFor(refusal(7), policyOf({}, { byCode }))._tag).toBe('GiveUp')
  })

  it('is frozen, as are the plans made of it', () => {
    for (const shared of [DEFAULT_REACTIONS, DEFAULT_REACTIONS.byCode, DEFAULT_PLAN, DEFAULT_PLAN.alternatives, NO_RETRY_PLAN]) {
      expect(Object.isFrozen(shared)).toBe(true)
    }
  })

  it('without retries is the reference: whatever happens, no attempt follows (SPEC G9)', () => {
    fc.assert(fc.property(arbitraryHappened(), fc.double(), (happened, draw) => {
      expect(['ConnectBackend', 'DirectPath', 'GiveUp']).toContain(moveFor(happened, NO_RETRY_PLAN, draw)._tag)
    }))
    expect(moveFor(refusal(4), NO_RETRY_PLAN)).toEqual({ _tag: 'GiveUp', why: { _tag: 'AttemptsExhausted', failed: 1 } })
  })

  it('hands back a reaction that no type lets in, rather than throw', () => {
    expect(moveFor(refusal(2), policyOf({}, { ServiceUnknown: 'Smuggled' as never }))).toBe('Smuggled')
  })
})

describe('waiting', () => {
  const limited = refusal(4)

  it('doubles from half a back-off to half its cap, and ends after the last attempt (laws 1, 3)', () => {
    const policy = policyOf({ attemptsMax: 6, backOffMs: 100, backOffMaxMs: 700 })
    expect(movesFor(limited, policy, 7)).toEqual([
      ...[50, 100, 200, 350, 350].map((ms) => ({ _tag: 'RetryAfter', ms })),
      { _tag: 'GiveUp', why: { _tag: 'AttemptsExhausted', failed: 6 } },
      { _tag: 'GiveUp', why: { _tag: 'AttemptsExhausted', failed: 7 } },
    ])
  })

  it('spreads over the other half of the back-off, by the draw (law 2)', () => {
    const ms = (draw: number, fields: Partial<RefusedReply> = {}): unknown => moveFor(refusal(4, fields), DEFAULT_PLAN, draw)
    expect(ms(0.5)).toEqual({ _tag: 'RetryAfter', ms: 187.5 })
    expect(ms(1)).toEqual({ _tag: 'RetryAfter', ms: 250 })
    expect(ms(0.5, { retryAfterMs: 1_000n })).toEqual({ _tag: 'RetryAfter', ms: 1_062.5 })
    expect(moveFor(SILENCE, policyOf({}, { TimedOut: 'BackOff' }), 0.5)).toEqual({ _tag: 'RetryAfter', ms: 187.5 })
  })

  it.each([[Number.NaN, 125], [-1, 125], [-Infinity, 125], [2, 250], [Infinity, 250]])('takes a draw of %d for the nearer end (law 5)', (draw, ms) => {
    expect(moveFor(limited, DEFAULT_PLAN, draw)).toEqual({ _tag: 'RetryAfter', ms })
  })

  it('never cuts a hint short: it is waited for whole, or given up on (laws 3, 4)', () => {
    const policy = policyOf({ backOffMaxMs: 10, retryAfterMaxMs: 60_000 })
    expect(moveFor(refusal(4, { retryAfterMs: 60_000n }), policy)).toEqual({ _tag: 'RetryAfter', ms: 60_000 })
    for (const retryAfterMs of [60_001n, 2n ** 53n + 1n, 0xffff_ffff_ffff_ffffn]) {
      const move = moveFor(refusal(4, { retryAfterMs }), policy)
      expect(move).toEqual({ _tag: 'GiveUp', why: { _tag: 'RetryTooFar', retryAfterMs, maxMs: 60_000 } })
    }
  })

  it('for longer than time itself is given up on, whatever the policy says (laws 4, 5)', () => {
    const endless = policyOf({ retryAfterMaxMs: Infinity, backOffMaxMs: Infinity })
    expect(moveFor(refusal(4, { retryAfterMs: 2n ** 52n - 1n }), endless, 1)).toEqual({ _tag: 'RetryAfter', ms: 2 ** 52 - 1 })
    expect(moveFor(refusal(4, { retryAfterMs: 2n ** 52n }), endless)).toMatchObject({ why: { _tag: 'RetryTooFar', maxMs: 2 ** 52 - 1 } })
  })

  it('is over at its instant, and not before; a clock that jumps back does not bring it nearer', () => {
    const { state } = Plan.plan(DEFAULT_PLAN, { ...Plan.NO_ATTEMPTS, latestMs: 1_000 }, limited, 0, 500)
    expect(state.notBeforeMs).toBe(1_125)
    expect([1_124.5, 1_125, Number.NaN, Infinity].map((nowMs) => Plan.isDue(state, nowMs))).toEqual([false, true, false, true])
  })

  it('begins at the longest for a broker that is going away (SPEC G15)', () => {
    expect(movesFor(refusal(5), policyOf({ backOffMaxMs: 800 }), 2)).toEqual([400, 400].map((ms) => ({ _tag: 'RetryAfter', ms })))
  })
})

describe('another version', () => {
  const policy = policyOf({ alternatives: ['1.11.19', '1.11.18'] })

  it('is tried at once, each once, the best first (law 1)', () => {
    expect(movesFor(refusal(8, { retryAfterMs: 30_000n }), policy, 3)).toEqual([
      { _tag: 'TryVersion', version: '1.11.19' },
      { _tag: 'TryVersion', version: '1.11.18' },
      { _tag: 'GiveUp', why: { _tag: 'NoVersionLeft', tried: 2 } },
    ])
  })

  it('counts as an attempt (law 1)', () => {
    expect(movesFor(refusal(8), { ...policy, attemptsMax: 2 }, 2).map(({ _tag }) => _tag)).toEqual(['TryVersion', 'GiveUp'])
    expect(movesFor(refusal(8), { ...policy, attemptsMax: 2 }, 2)[1]).toMatchObject({ why: { _tag: 'AttemptsExhausted' } })
  })

  it('helps where the version is unsupported only if the protocols meet; blocked ones are about something else (SPEC G8)', () => {
    const apart = { sharesProtocol: false, versionRange: { min: 2, max: 3 } }
    expect(moveFor(refusal(1), policy)).toEqual({ _tag: 'TryVersion', version: '1.11.19' })
    expect(moveFor(refusal(1, apart), policy)).toEqual({
      _tag: 'GiveUp', why: { _tag: 'NoCommonProtocol', versionRange: { min: 2, max: 3 } },
    })
    expect(moveFor(refusal(8, apart), policy)._tag).toBe('TryVersion')
    expect(moveFor(SILENCE, policyOf({ alternatives: ['1.0.0'] }, { TimedOut: 'OtherVersion' }))._tag).toBe('TryVersion')
  })
})

describe('the reasons to give up', () => {
  it.each<readonly [why: Parameters<typeof Plan.describeGiveUp>[0], line: string]>([
    [{ _tag: 'AttemptsExhausted', failed: 4 }, '4 attempt(s) failed, and there are no more'],
    [{ _tag: 'Final', of: refusal(2, { reason: 'service is not\nregistered' }) }, 'refused with code 2: "service is not\\nregistered"'],
    [{ _tag: 'Final', of: { _tag: 'BrokerUnreachable' } }, 'no attempt is made after BrokerUnreachable'],
    [{ _tag: 'NoCommonProtocol', versionRange: { min: 2, max: 3 } }, 'the broker speaks protocols 2 to 3, none of which was offered'],
    [{ _tag: 'NoVersionLeft', tried: 2 }, 'the version is refused, and so are 2 other(s) that would do'],
    [{ _tag: 'RetryTooFar', retryAfterMs: 60_001n, maxMs: 60_000 }, 'the broker says to come back in 60001 ms; at most 60000 are waited for'],
  ])('tell %o on one line', (why, line) => {
    expect(Plan.describeGiveUp(why)).toBe(line)
  })

  it('hand back what no type lets in, rather than throw', () => {
    expect(Plan.describeGiveUp({ _tag: 'Smuggled' } as never)).toEqual({ _tag: 'Smuggled' })
  })
})

describe('the laws of a plan', () => {
  it('makes no more attempts than it may, and tries each alternative once, whatever happens (law 1)', () => {
    fc.assert(fc.property(arbitraryPlanPolicy(), fc.array(arbitraryHappened(), { maxLength: 30 }), fc.double(), (policy, happenings, draw) => {
      const versions: Array<string> = []
      let [attempts, retries] = [Plan.NO_ATTEMPTS, 0]
      for (const happened of happenings) {
        const { state, value } = Plan.plan(policy, attempts, happened, draw, attempts.notBeforeMs)
        attempts = state
        if (value._tag === 'RetryAfter' || value._tag === 'TryVersion') retries += 1
        if (value._tag === 'TryVersion') versions.push(value.version)
      }
      expect(retries).toBeLessThan(policy.attemptsMax > 0 ? Math.ceil(policy.attemptsMax) : 1)
      expect(versions).toEqual(policy.alternatives.slice(0, versions.length))
    }), { numRuns: 500 })
  })

  it('lets no attempt begin before its time: not before the hint, nor before half the back-off (laws 2, 3)', () => {
    let waits = 0
    fc.assert(fc.property(
      arbitraryPlanPolicy(), arbitraryTimeline(fc.tuple(arbitraryRefusedReply(), fc.double())), (policy, timeline) => {
        let attempts = Plan.NO_ATTEMPTS
        for (const [nowMs, [happened, draw]] of timeline) {
          const { state, value } = Plan.plan(policy, attempts, happened, draw, nowMs)
          attempts = state
          expect(state.notBeforeMs).toBeGreaterThanOrEqual(state.latestMs)
          if (value._tag !== 'RetryAfter') continue
          waits += 1
          const halfCap = (policy.backOffMaxMs > 0 ? Math.min(policy.backOffMaxMs, 2 ** 52) : 1) / 2
          expect(value.ms).toBeGreaterThanOrEqual(Number(happened.retryAfterMs))
          expect(value.ms).toBeGreaterThan(0)
          expect(value.ms).toBeLessThanOrEqual(Math.max(Number(happened.retryAfterMs), halfCap) + halfCap)
          // Where time is about to end, so does the wait.
          expect(state.notBeforeMs).toBe(Math.min(state.latestMs + value.ms, 2 ** 52))
        }
      },
    ), { numRuns: 300 })
    expect(waits).toBeGreaterThan(0)
  })

  it('gives a move for any numbers, and never writes into what it is given (law 5)', () => {
    const any = fc.oneof(fc.double(), arbitraryNow())
    fc.assert(fc.property(arbitraryPlanPolicy(), fc.array(arbitraryHappened(), { maxLength: 8 }), any, any, (policy, happenings, draw, nowMs) => {
      let attempts = deepFreeze(Plan.NO_ATTEMPTS)
      for (const happened of happenings) {
        const { state, value } = Plan.plan(deepFreeze(policy), attempts, deepFreeze(happened), draw, nowMs)
        attempts = deepFreeze(state)
        expect(['Adopt', 'ConnectBackend', 'DirectPath', 'GiveUp', 'RetryAfter', 'TryVersion']).toContain(value._tag)
        if (value._tag === 'GiveUp') expect(Plan.describeGiveUp(value.why)).toMatch(/^[^\n]+$/)
        if (value._tag === 'ConnectBackend') expect(value.endpoint).not.toBe('')
      }
    }), { numRuns: 500 })
  })

  it('reads the same of the same: it keeps nothing to itself', () => {
    fc.assert(fc.property(arbitraryPlanPolicy(), arbitraryClientOutcome(), fc.double(), arbitraryNow(), (policy, outcome, draw, nowMs) => {
      const planned = (): unknown => Plan.plan(policy, Plan.NO_ATTEMPTS, outcome, draw, nowMs)
      expect(planned()).toEqual(planned())
    }))
  })
})
