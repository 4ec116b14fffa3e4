import fc from 'fast-check'
import { describeConsumeError, type HandoffToken, type Step, tokenBytes, toHex } from 'hello-negotiation'
import { HandoffAcceptance } from 'hello-negotiation/step'
import {
  arbitraryDuration, arbitraryTimeline, arbitraryTokenHappening, deepFreeze, type TokenHappening,
} from 'hello-negotiation/testing'
import { handoffOffer } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf, STRANGE_TIMES, token } from '../support/negotiate.js'

const {
  accept, DEFAULT_ACCEPTANCE_LIMITS, expect: expectToken, expire, handoffAcceptance, nextDeadlineMs,
  rememberedCount,
} = HandoffAcceptance

type Acceptance = HandoffAcceptance.HandoffAcceptance

const A = token(0xa)
const B = token(0xb)

/** A backend that was told at 0 ms to expect these tokens, for 10 ms. */
function expecting(...tokens: ReadonlyArray<HandoffToken>): Acceptance {
  return tokens.reduce((state, one) => expectToken(state, one, 0).state, handoffAcceptance({ maxTokens: 3, ttlMs: 10 }))
}

function present(
  state: Acceptance, sideband: HandoffToken, presented: Uint8Array, nowMs: number,
): Step<Acceptance, HandoffAcceptance.HandoffAnswer> {
  return accept(state, sideband, handoffOffer({ token: presented, serviceName: 'zccache', correlationId: 7n }), nowMs)
}

const detailOf = (answered: Step<Acceptance, HandoffAcceptance.HandoffAnswer>): string => answered.value.ack.errorDetail

describe('expecting a token', () => {
  it('holds as many as the broker may issue, for as long, by default (SPEC T1)', () => {
    expect(DEFAULT_ACCEPTANCE_LIMITS).toEqual({ maxTokens: 1_024, ttlMs: 30_000 })
    expect(nextDeadlineMs(expectToken(handoffAcceptance(), A, 5).state)).toBe(30_005)
  })

  it('makes one token and 1 ms of zero limits (SPEC T1)', () => {
    const least = expectToken(handoffAcceptance({ maxTokens: 0, ttlMs: 0 }), A, 0).state
    expect(nextDeadlineMs(least)).toBe(1)
    expect(leftOf(expectToken(least, B, 0.5).value)).toEqual({ _tag: 'ExpectLimitReached', max: 1 })
  })

  it('refuses one it has seen, used or not, until its TTL has ended (law 1)', () => {
    const open = expecting(A)
    const used = present(open, A, tokenBytes(A), 1).state
    for (const state of [open, used]) {
      const again = expectToken(state, A, 9.5)
      expect(leftOf(again.value)).toEqual({ _tag: 'TokenSeenBefore' })
      expect(nextDeadlineMs(again.state)).toBe(10)
      expect(rightOf(expectToken(again.state, A, 10).value)).toBeUndefined()
    }
  })

  it('makes nothing acceptable of one that was used, however often the sideband brings it (law 1, SPEC T4, T8)', () => {
    let state = present(expecting(A), A, tokenBytes(A), 1).state
    for (const nowMs of [1, 2, 9.5]) {
      state = expectToken(state, A, nowMs).state
      const replayed = present(state, A, tokenBytes(A), nowMs)
      expect(detailOf(replayed)).toBe('handoff token is not pending')
      state = replayed.state
    }
  })

  it('counts used tokens against its limit, and never forgets one early (law 2)', () => {
    const full = present(expecting(A, B, token(0xc)), A, tokenBytes(A), 1).state
    const refused = expectToken(full, token(0xd), 2)
    expect(leftOf(refused.value)).toEqual({ _tag: 'ExpectLimitReached', max: 3 })
    expect(rememberedCount(refused.state)).toBe(3)
    expect(detailOf(present(refused.state, A, tokenBytes(A), 2))).toBe('handoff token is not pending')
  })
})

describe('answering an offer', () => {
  it('accepts the expected token once, with its echo, its correlation id and no detail (SPEC X4, T8)', () => {
    const once = present(expecting(A), A, tokenBytes(A), 9.5)
    expect(once.value.verdict._tag).toBe('Right')
    expect(once.value.ack).toEqual({ token: tokenBytes(A), accepted: true, errorDetail: '', correlationId: 7n })
    const twice = present(once.state, A, tokenBytes(A), 9.5)
    expect(twice.value.verdict).toEqual({ _tag: 'Left', left: { _tag: 'TokenNotPending' } })
    expect(twice.value.ack).toEqual({
      token: tokenBytes(A), accepted: false, errorDetail: 'handoff token is not pending', correlationId: 7n,
    })
  })

  const long = new Uint8Array(40).fill(1)
  it.each([
    ['nothing', new Uint8Array(0), 'handoff token is missing'],
    ['15 bytes', tokenBytes(A).subarray(1), 'handoff token length was 15 bytes; expected 16'],
    ['40 bytes', long, 'handoff token length was 40 bytes; expected 16'],
    ['another token', tokenBytes(B), 'handoff token mismatch'],
  ])('refuses %s, echoes it, and leaves the expected token usable (SPEC T8, X4, law 3)', (_what, presented, text) => {
    const refused = present(expecting(A, B), A, presented, 1)
    expect(refused.value.ack).toEqual({ token: presented, accepted: false, errorDetail: text, correlationId: 7n })
    expect(present(refused.state, A, tokenBytes(A), 1).value.ack.accepted).toBe(true)
    expect(present(refused.state, B, tokenBytes(B), 1).value.ack.accepted).toBe(true)
  })

  it('looks at the bytes presented before it looks at what is expected (SPEC T8)', () => {
    const texts = [new Uint8Array(0), new Uint8Array(17), tokenBytes(B)].map((presented) => detailOf(present(expecting(), A, presented, 0)))
    expect(texts).toEqual([
      'handoff token is missing', 'handoff token length was 17 bytes; expected 16', 'handoff token is not pending',
    ])
  })

  it('tells expired from not pending, until something else has swept it away (SPEC T4, T5)', () => {
    const late = present(expecting(A), A, tokenBytes(B), 10)
    expect(detailOf(late)).toBe('handoff token expired')
    expect(detailOf(present(late.state, A, tokenBytes(A), 10))).toBe('handoff token is not pending')
    expect(detailOf(present(expire(expecting(A), 10).state, A, tokenBytes(A), 10))).toBe('handoff token is not pending')
  })

  it('echoes a copy of the bytes presented', () => {
    const presented = tokenBytes(A)
    const { ack } = present(expecting(A), A, presented, 0).value
    presented.fill(0)
    expect(ack.token).toEqual(tokenBytes(A))
  })
})

describe('time', () => {
  it('ends every TTL at its very end, and tells how many tokens were not used (SPEC T6)', () => {
    const used = present(expecting(A, B), A, tokenBytes(A), 1).state
    expect(expire(used, 9.5)).toMatchObject({ value: 0 })
    const { state, value } = expire(used, 10)
    expect(value).toBe(1)
    expect(rememberedCount(state)).toBe(0)
    expect(nextDeadlineMs(state)).toBeUndefined()
  })

  it.each(STRANGE_TIMES)('is not brought back by a reading of %d after the end (DIV-R2)', (nowMs) => {
    const ended = expire(expecting(A), 10).state
    expect(present(ended, A, tokenBytes(A), nowMs).value.ack.accepted).toBe(false)
    const late = present(expecting(A, B), A, tokenBytes(A), 10).state
    expect(present(late, B, tokenBytes(B), nowMs).value.ack.accepted).toBe(false)
  })

  it('stays where an offer without a token has seen it, though the clock jumps back (DIV-R2)', () => {
    const seen = present(expecting(A), A, new Uint8Array(0), 10).state
    expect(detailOf(present(seen, A, tokenBytes(A), 5))).toBe('handoff token expired')
  })
})

/** A backend that is plainly right: every expectation and acceptance ever, in a list gone through from end to end. */
interface Model {
  readonly latestMs: number
  readonly expected: ReadonlyArray<{ readonly key: string; readonly endMs: number; readonly isUsed: boolean }>
}

function runModel(
  model: Model, [nowMs, happening]: readonly [number, TokenHappening], maxTokens: number, ttlMs: number,
): Step<Model, string> {
  const latestMs = nowMs > model.latestMs && nowMs < Infinity ? Math.min(nowMs, 2 ** 52) : model.latestMs
  const state = { latestMs, expected: model.expected }
  if (happening._tag === 'Expire') return { state, value: 'expired' }
  const key = toHex(tokenBytes(happening.token))
  const live = model.expected.filter(({ endMs }) => latestMs < endMs)
  const own = live.find((entry) => entry.key === key)
  if (happening._tag === 'Expect') {
    if (live.length >= maxTokens || own !== undefined) return { state, value: 'no' }
    const fresh = { key, endMs: Math.min(latestMs + ttlMs, 2 ** 52), isUsed: false }
    return { state: { latestMs, expected: [...model.expected, fresh] }, value: 'yes' }
  }
  if (own === undefined || own.isUsed || toHex(happening.presented) !== key) return { state, value: 'refused' }
  const expected = model.expected.map((entry) => (entry === own ? { ...own, isUsed: true } : entry))
  return { state: { latestMs, expected }, value: 'accepted' }
}

function run(state: Acceptance, [nowMs, happening]: readonly [number, TokenHappening]): Step<Acceptance, string> {
  switch (happening._tag) {
    case 'Expect': {
      const { state: next, value } = expectToken(state, happening.token, nowMs)
      return { state: next, value: value._tag === 'Right' ? 'yes' : 'no' }
    }
    case 'Expire':
      return { state: expire(state, nowMs).state, value: 'expired' }
    case 'Offer': {
      const { state: next, value } = present(state, happening.token, happening.presented, nowMs)
      return { state: next, value: value.ack.accepted ? 'accepted' : 'refused' }
    }
  }
}

describe('the laws of acceptance', () => {
  it('accepts a token at most once a TTL, in whatever order expectations, offers and replays come (laws 1, 2, SPEC T8)', () => {
    const maxTokens = fc.integer({ min: 1, max: 5 })
    const ttlMs = arbitraryDuration().filter((durationMs) => durationMs > 0)
    fc.assert(fc.property(arbitraryTimeline(arbitraryTokenHappening(), { maxLength: 60 }), maxTokens, ttlMs, (timeline, max, ttl) => {
      let state = handoffAcceptance({ maxTokens: max, ttlMs: ttl })
      let model: Model = { latestMs: 0, expected: [] }
      for (const happening of timeline) {
        const stepped = run(deepFreeze(state), happening)
        const modelled = runModel(model, happening, max, ttl)
        expect(stepped.value).toBe(modelled.value)
        expect(rememberedCount(stepped.state)).toBeLessThanOrEqual(max)
        state = stepped.state
        model = modelled.state
      }
    }), { numRuns: 300 })
  })

  it('says of every refusal what its own ACK says (SPEC X4, T5)', () => {
    fc.assert(fc.property(arbitraryTimeline(arbitraryTokenHappening()), (timeline) => {
      let state = handoffAcceptance({ maxTokens: 4, ttlMs: 10 })
      for (const [nowMs, happening] of timeline) {
        if (happening._tag === 'Offer') {
          const { ack, verdict } = present(state, happening.token, happening.presented, nowMs).value
          expect(ack.accepted).toBe(verdict._tag === 'Right')
          expect(ack.errorDetail).toBe(verdict._tag === 'Right' ? '' : describeConsumeError(verdict.left))
          expect([ack.token, ack.correlationId]).toEqual([happening.presented, 7n])
        }
        state = run(state, [nowMs, happening]).state
      }
    }))
  })
})
