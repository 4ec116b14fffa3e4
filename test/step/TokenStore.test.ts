import * as fc from 'fast-check'
import {
  fromLatin1, type HandoffToken, sameToken, type Step, tokenBytes,
} from 'hello-negotiation'
import { TokenStore } from 'hello-negotiation/step'
import {
  arbitraryDraws, arbitraryDuration, arbitraryTimeline, arbitraryToken, deepFreeze, TokenStoreModel,
} from 'hello-negotiation/testing'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { tokenFromKey, tokenKey } from '../../src/data/HandoffToken.js'
import { countingReads } from '../support/countingReads.js'
import { expectLockstep } from '../support/lockstep.js'
import { drawsOf, leftOf, rightOf, token } from '../support/negotiate.js'

const { consume, describeConsumeError, describeIssueError, draws, expire, issue, nextDeadlineMs, NO_DRAWS, pendingCount, revoke, tokenStore } = TokenStore

type Store = TokenStore.TokenStore

const limits: fc.Arbitrary<TokenStore.TokenLimits> = fc.record({
  maxPending: fc.nat({ max: 4 }), ttlMs: arbitraryDuration(), collisionAttempts: fc.nat({ max: 4 }),
})

type Operation =
  | { readonly _tag: 'Consume'; readonly expected: HandoffToken; readonly presented: HandoffToken }
  | { readonly _tag: 'Expire' }
  | { readonly _tag: 'Issue'; readonly draws: TokenStore.Draws }
  | { readonly _tag: 'Revoke'; readonly token: HandoffToken }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ _tag: fc.constant('Issue'), draws: arbitraryDraws(5) }) },
  { weight: 3, arbitrary: arbitraryToken().map((own) => ({ _tag: 'Consume' as const, expected: own, presented: own })) },
  {
    weight: 2,
    arbitrary: fc.record({ _tag: fc.constant('Consume'), expected: arbitraryToken(), presented: arbitraryToken() }),
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant('Revoke'), token: arbitraryToken() }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant('Expire') }) },
)
const timeline = arbitraryTimeline(operation, { maxLength: 40 })

type Timed = readonly [nowMs: number, operation: Operation]

function run(store: Store, [nowMs, op]: Timed): Step<Store, unknown> {
  switch (op._tag) {
    case 'Consume':
      return consume(store, op.expected, op.presented, nowMs)
    case 'Expire':
      return expire(store, nowMs)
    case 'Issue':
      return issue(store, nowMs, op.draws)
    case 'Revoke':
      return revoke(store, op.token)
  }
}

function runModel(
  store: TokenStoreModel.TokenStoreModel, [nowMs, op]: Timed,
): Step<TokenStoreModel.TokenStoreModel, unknown> {
  switch (op._tag) {
    case 'Consume':
      return TokenStoreModel.consume(store, op.expected, op.presented, nowMs)
    case 'Expire':
      return TokenStoreModel.expire(store, nowMs)
    case 'Issue':
      return TokenStoreModel.issue(store, nowMs, op.draws)
    case 'Revoke':
      return TokenStoreModel.revoke(store, op.token)
  }
}

/** A store with the tokens of these bytes in it, issued at 0 ms with a TTL of 10 ms unless a test says otherwise. */
function storeOf(bytes: ReadonlyArray<number>, over: Partial<TokenStore.TokenLimits> = {}): Store {
  const empty = tokenStore({ maxPending: 10, ttlMs: 10, collisionAttempts: 3, ...over })
  return bytes.reduce((store, byte) => issue(store, 0, drawsOf(byte)).state, empty)
}

const A = token(0xa)
const B = token(0xb)

describe('tokenStore', () => {
  it('holds 1 024 tokens for 30 s, drawn in 16 tries, by default (SPEC T1)', () => {
    expect(tokenStore().limits).toEqual({ maxPending: 1_024, ttlMs: 30_000, collisionAttempts: 16 })
  })

  it('makes one token, 1 ms and one try of zero limits, and of what is no limit (SPEC T1)', () => {
    for (const none of [0, -0, -1, Number.NaN, -Infinity]) {
      expect(tokenStore({ maxPending: none, ttlMs: none, collisionAttempts: none }).limits)
        .toEqual({ maxPending: 1, ttlMs: 1, collisionAttempts: 1 })
    }
  })
})

describe('issue', () => {
  it('makes the token of the first draw (SPEC T2)', () => {
    const { state, value } = issue(tokenStore(), 0, drawsOf(0xa, 0xb))
    const issued = rightOf(value)
    expect(tokenBytes(issued.token)).toEqual(new Uint8Array(16).fill(0xa))
    expect(issued.drawsUsed).toBe(1)
    expect(pendingCount(state)).toBe(1)
  })

  it('skips draws that are pending, and says how many it used (SPEC T2)', () => {
    const issued = rightOf(issue(storeOf([0xa, 0xb]), 0, drawsOf(0xa, 0xb, 0xc)).value)
    expect(sameToken(issued.token, token(0xc))).toBe(true)
    expect(issued.drawsUsed).toBe(3)
  })

  it('removes what has expired before it looks at the capacity and at the draws (SPEC T2)', () => {
    const full = storeOf([0xa], { maxPending: 1 })
    expect(leftOf(issue(full, 9.5, drawsOf(0xa)).value)._tag).toBe('PendingLimitReached')
    const again = issue(full, 10, drawsOf(0xa))
    expect(rightOf(again.value).drawsUsed).toBe(1)
    expect(nextDeadlineMs(again.state)).toBe(20)
  })

  it('looks at no draw where the store is full (SPEC T2, T3)', () => {
    const full = storeOf([0xa, 0xb], { maxPending: 2 })
    expect(leftOf(issue(full, 0, drawsOf(0xc)).value)).toEqual({ _tag: 'PendingLimitReached', max: 2, drawsUsed: 0 })
    expect(leftOf(issue(full, 0, NO_DRAWS).value)).toEqual({ _tag: 'PendingLimitReached', max: 2, drawsUsed: 0 })
  })

  it('gives up after as many collisions as it has tries (SPEC T2, T3)', () => {
    const tried = issue(storeOf([0xa]), 0, drawsOf(0xa, 0xa, 0xa, 0xc))
    expect(leftOf(tried.value)).toEqual({ _tag: 'CollisionAttemptsExhausted', attempts: 3, drawsUsed: 3 })
    expect(pendingCount(tried.state)).toBe(1)
  })

  it('fails where the draws run out, and says how many were used (SPEC T3)', () => {
    const failures = [NO_DRAWS, draws(new Uint8Array(15)), drawsOf(0xa), drawsOf(0xa, 0xa)]
      .map((short) => leftOf(issue(storeOf([0xa]), 0, short).value))
    expect(failures).toEqual([0, 0, 1, 2].map((drawsUsed) => ({ _tag: 'RandomSourceFailed', drawsUsed })))
  })

  it.each([-1, -16, 0.5, 15.999, 17, 32, Number.NaN, Infinity, -Infinity, 2 ** 53])(
    'never makes a guessable token of bytes that are not there, at offset %d of 32 (SPEC T3)', (offset) => {
      expect(leftOf(issue(tokenStore(), 0, draws(new Uint8Array(32).fill(7), offset)).value))
        .toEqual({ _tag: 'RandomSourceFailed', drawsUsed: 0 })
    },
  )

  it('lets a token whose TTL is too long to be added expire at once (SPEC T2)', () => {
    const { state } = issue(storeOf([], { ttlMs: Infinity }), 5, drawsOf(0xa))
    expect(nextDeadlineMs(state)).toBe(5)
    expect(leftOf(consume(state, A, A, 5).value)).toEqual({ _tag: 'TokenExpired', expiredForMs: 0 })
  })

  it('shares no memory with its draws', () => {
    const drawn = drawsOf(0xa)
    const { state, value } = issue(tokenStore(), 0, drawn)
    drawn.bytes.fill(0)
    expect(tokenBytes(rightOf(value).token)).toEqual(new Uint8Array(16).fill(0xa))
    expect(consume(state, A, A, 0).value._tag).toBe('Right')
  })

  it('looks at no more draws than it has tries, and writes into none (SPEC T1)', () => {
    fc.assert(fc.property(limits, arbitraryDraws(6), arbitraryDraws(6), (limit, before, now) => {
      const { state } = issue(tokenStore(limit), 0, before)
      const copy = now.bytes.slice()
      const { value } = issue(state, 0, now)
      const { drawsUsed } = value._tag === 'Left' ? value.left : value.right
      expect(drawsUsed).toBeLessThanOrEqual(state.limits.collisionAttempts)
      expect(drawsUsed * 16).toBeLessThanOrEqual(now.bytes.length - now.offset)
      expect(now.bytes).toEqual(copy)
    }))
  })
})

describe('consume', () => {
  it('takes a pending token out, once (SPEC T4)', () => {
    const once = consume(storeOf([0xa]), A, A, 0)
    expect(once.value).toEqual({ _tag: 'Right', right: undefined })
    expect(pendingCount(once.state)).toBe(0)
    expect(leftOf(consume(once.state, A, A, 0).value)).toEqual({ _tag: 'TokenNotPending' })
  })

  it('does so until just before its expiry, and at that instant no more (SPEC T4, T6)', () => {
    expect(consume(storeOf([0xa]), A, A, 9.999).value._tag).toBe('Right')
    expect(leftOf(consume(storeOf([0xa]), A, A, 10).value)).toEqual({ _tag: 'TokenExpired', expiredForMs: 0 })
    expect(leftOf(consume(storeOf([0xa]), A, A, 12.5).value)).toEqual({ _tag: 'TokenExpired', expiredForMs: 2.5 })
  })

  it('says "expired" once, and "not pending" from then on (SPEC T4, T5)', () => {
    const late = consume(storeOf([0xa]), A, A, 10)
    expect(pendingCount(late.state)).toBe(0)
    expect(leftOf(consume(late.state, A, A, 10).value)).toEqual({ _tag: 'TokenNotPending' })
  })

  it('says "not pending" of an expired token that another call has removed first (SPEC T5)', () => {
    const store = storeOf([0xa, 0xb])
    const swept = consume(store, B, B, 10).state
    expect(leftOf(consume(store, A, A, 10).value)._tag).toBe('TokenExpired')
    expect(leftOf(consume(swept, A, A, 10).value)._tag).toBe('TokenNotPending')
    expect(leftOf(consume(expire(store, 10).state, A, A, 10).value)._tag).toBe('TokenNotPending')
  })

  it('consumes neither token where they differ (SPEC T4)', () => {
    const mismatched = consume(storeOf([0xa, 0xb]), A, B, 0)
    expect(leftOf(mismatched.value)).toEqual({ _tag: 'TokenMismatch' })
    expect(consume(mismatched.state, A, A, 0).value._tag).toBe('Right')
    expect(consume(mismatched.state, B, B, 0).value._tag).toBe('Right')
  })

  it('says "not pending" and "expired" before "mismatch" (SPEC T4)', () => {
    expect(leftOf(consume(storeOf([0xb]), A, B, 0).value)._tag).toBe('TokenNotPending')
    expect(leftOf(consume(storeOf([0xa]), A, B, 10).value)._tag).toBe('TokenExpired')
  })

  it('removes the others that have expired on the way, whatever it answers (SPEC T4)', () => {
    const store = issue(storeOf([0xa, 0xb]), 5, drawsOf(0xc)).state
    expect(pendingCount(consume(store, token(0xc), A, 10).state)).toBe(1)
    expect(pendingCount(consume(store, token(0xd), A, 10).state)).toBe(1)
    expect(pendingCount(consume(store, token(0xc), token(0xc), 10).state)).toBe(0)
  })

  it('brings no expired token back, whatever the clock says next (DIV-R2)', () => {
    fc.assert(fc.property(arbitraryTimeline(fc.constant(undefined)), (later) => {
      let store = expire(storeOf([0xa]), 10).state
      for (const [nowMs] of later) {
        const { state, value } = consume(store, A, A, nowMs)
        expect(leftOf(value)._tag).toBe('TokenNotPending')
        store = state
      }
    }))
    const late = consume(storeOf([0xa, 0xb]), token(0xc), token(0xc), 10).state
    expect(leftOf(consume(late, A, A, 0).value)._tag).toBe('TokenNotPending')
  })

  it('reads every byte of the presented token whichever differs first (DIV-T1)', () => {
    const store = storeOf([0xa])
    const reads = Array.from({ length: 17 }, (_, differing) => {
      // Where differing is 16, no byte differs.
      const presented = countingReads([...tokenKey(A)].map((char, i) => (i === differing ? '\x00' : char)).join(''))
      // A token's only own property is its key; here it is a string that counts who reads it.
      const spied = tokenFromKey(presented.text as string)
      const { value } = consume(store, A, spied, 0)
      return [value._tag, presented.reads()]
    })
    const all = Array.from({ length: 16 }, (_, i) => i)
    expect(reads).toEqual(Array.from({ length: 17 }, (_, i) => [i === 16 ? 'Right' : 'Left', all]))
  })
})

describe('revokeAll', () => {
  it('takes back what revoking each of them takes back (SPEC T6)', () => {
    const values = fc.array(fc.nat({ max: 30 }), { maxLength: 12 })
    fc.assert(fc.property(values, values, (issued, revoked) => {
      const store = storeOf(issued)
      const tokens = revoked.map(token)
      expect(TokenStore.revokeAll(store, tokens)).toEqual(tokens.reduce((rest, token) => revoke(rest, token).state, store))
    }))
  })
})

describe('revoke', () => {
  it('takes a token back, and tells whether it was pending (SPEC T6)', () => {
    const revoked = revoke(storeOf([0xa]), A)
    expect(revoked.value).toBe(true)
    expect(leftOf(consume(revoked.state, A, A, 0).value)._tag).toBe('TokenNotPending')
    expect(revoke(revoked.state, A)).toEqual({ state: revoked.state, value: false })
  })

  it('counts one that has expired and was not yet removed as pending (SPEC T6)', () => {
    const store = issue(storeOf([0xa]), 5, drawsOf(0xb)).state
    expect(revoke(store, A).value).toBe(true)
    expect(revoke(expire(store, 10).state, A).value).toBe(false)
  })
})

describe('expire', () => {
  it('removes the tokens with now >= expiry, and tells how many (SPEC T6)', () => {
    const store = issue(storeOf([0xa, 0xb]), 0.5, drawsOf(0xc)).state
    expect([9.5, 10, 10.5].map((nowMs) => expire(store, nowMs).value)).toEqual([0, 2, 3])
    expect(expire(expire(store, 10).state, 10).value).toBe(0)
  })
})

describe('nextDeadlineMs', () => {
  it('is the first instant at which expire finds anything (DIV-A2)', () => {
    fc.assert(fc.property(limits, timeline, (limit, operations) => {
      const store = operations.reduce((state, timed) => run(state, timed).state, tokenStore(limit))
      const deadlineMs = nextDeadlineMs(store)
      expect(deadlineMs === undefined).toBe(pendingCount(store) === 0)
      if (deadlineMs === undefined) return
      if (deadlineMs - 0.5 > store.latestMs) expect(expire(store, deadlineMs - 0.5).value).toBe(0)
      expect(expire(store, deadlineMs).value).toBeGreaterThan(0)
    }))
  })

  it('is undefined for an empty store', () => {
    expect(nextDeadlineMs(tokenStore())).toBeUndefined()
  })
})

describe('a token store', () => {
  it('answers like a list gone through from end to end, at any readings (SPEC T1–T6, DIV-R2)', () => {
    fc.assert(fc.property(limits, timeline, (limit, operations) => {
      expectLockstep(
        {
          start: tokenStore(limit), run,
          observe: (store) => [store.limits, store.latestMs, pendingCount(store), nextDeadlineMs(store)],
        },
        {
          start: TokenStoreModel.tokenStoreModel(limit), run: runModel,
          observe: (model) =>
            [model.limits, model.latestMs, model.pending.length, TokenStoreModel.nextDeadlineMs(model)],
        },
        operations,
      )
    }), { numRuns: 500 })
  })

  it('never holds more than maxPending tokens (SPEC T2)', () => {
    fc.assert(fc.property(limits, timeline, (limit, operations) => {
      let store = tokenStore(limit)
      for (const timed of operations) {
        store = run(store, timed).state
        expect(pendingCount(store)).toBeLessThanOrEqual(store.limits.maxPending)
      }
    }))
  })

  it('consumes a token at most once for each time it was issued (SPEC T4)', () => {
    fc.assert(fc.property(limits, timeline, arbitraryToken(), (limit, operations, watched) => {
      let [store, balance] = [deepFreeze(tokenStore(limit)), 0]
      for (const timed of operations) {
        const [, op] = timed
        if (op._tag === 'Issue') {
          const issued = issue(store, timed[0], op.draws).value
          if (issued._tag === 'Right' && sameToken(issued.right.token, watched)) balance = 1
        }
        if (op._tag === 'Consume' && sameToken(op.expected, watched)) {
          const isConsumed = consume(store, op.expected, op.presented, timed[0]).value._tag === 'Right'
          if (isConsumed) balance -= 1
          expect(balance).toBeGreaterThanOrEqual(0)
        }
        store = deepFreeze(run(store, timed).state)
      }
    }))
  })

  it('tells tokens that print as <redacted>, in every answer (SPEC T7, DIV-T3)', () => {
    const secret = 'abcdefghijklmnop'
    const answer = issue(tokenStore(), 0, draws(fromLatin1(secret))).value
    const { token: issued } = rightOf(answer)
    const inspected = inspect(answer, { depth: 9, showHidden: true })
    for (const text of [inspected, JSON.stringify(answer), String(issued), `${issued}`]) {
      expect(text).toContain('<redacted>')
      for (const shown of ['abcd', '6162', '97']) expect(text).not.toContain(shown)
    }
  })
})

describe('accept', () => {
  const key = 'a'.repeat(16)
  const expected = tokenFromKey(key)
  const issued = TokenStore.issue(TokenStore.tokenStore(), 0, TokenStore.draws(fromLatin1(key))).state

  it.each([
    [0, { _tag: 'TokenMissing' }],
    [15, { _tag: 'WrongTokenLength', actualBytes: 15, expectedBytes: 16 }],
    [17, { _tag: 'WrongTokenLength', actualBytes: 17, expectedBytes: 16 }],
  ])('leaves the token usable where %d bytes are presented (SPEC T8)', (length, error) => {
    const refused = TokenStore.accept(issued, expected, new Uint8Array(length), 1)
    expect(refused.value).toEqual({ _tag: 'Left', left: error })
    expect(TokenStore.accept(refused.state, expected, fromLatin1(key), 2).value._tag).toBe('Right')
  })

  it('is consume for 16 bytes, whatever they are and whenever they come (SPEC T8, T4)', () => {
    const presented = fc.oneof(fc.constant(fromLatin1(key)), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    fc.assert(fc.property(presented, fc.constantFrom(0, 29_999.5, 30_000), (bytes, nowMs) => {
      const token = tokenFromKey(String.fromCharCode(...bytes))
      expect(TokenStore.accept(issued, expected, bytes, nowMs)).toEqual(TokenStore.consume(issued, expected, token, nowMs))
    }))
  })
})

describe('NO_DRAWS', () => {
  it('is a random source that has nothing to give (SPEC T3)', () => {
    const issued = TokenStore.issue(TokenStore.tokenStore(), 0, TokenStore.NO_DRAWS)
    expect(issued.value).toEqual({ _tag: 'Left', left: { _tag: 'RandomSourceFailed', drawsUsed: 0 } })
    expect(TokenStore.NO_DRAWS).toEqual(TokenStore.draws(new Uint8Array(0)))
  })
})

describe('describeIssueError', () => {
  it('is the reference\'s words for a token that was not issued (SPEC T3)', () => {
    expect(describeIssueError({ _tag: 'CollisionAttemptsExhausted', attempts: 16, drawsUsed: 16 }))
      .toBe('handoff token allocation exhausted after 16 collision attempts')
    expect(describeIssueError({ _tag: 'PendingLimitReached', max: 1_024, drawsUsed: 0 }))
      .toBe('handoff token pending limit reached (1024)')
    expect(describeIssueError({ _tag: 'RandomSourceFailed', drawsUsed: 2 }))
      .toBe('handoff token random generation failed: no draw left after 2')
  })

  it('hands back an error that no type lets in, rather than throw, as does describeConsumeError', () => {
    expect([describeIssueError, describeConsumeError].map((describe) => describe('smuggled' as never))).toEqual(['smuggled', 'smuggled'])
  })
})
