import * as fc from 'fast-check'
import {
  type BrokerState, DeadlineMap, Deadlines, decodeSnapshot, describeFault, encodeSnapshot, initialState, MAX_U64, negotiate,
  peerIdentity, type Policy, type Snapshot, SNAPSHOT_VERSION,
} from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import {
  drawsOf, FRESH, helloFrame, leftOf, policyOf, rightOf, SERVICE, sessionHalf, WANTS_HANDOFF,
} from '../support/negotiate.js'
import { happening, play, playAll, smallPolicy, steadyTime } from '../support/negotiateArbitraries.js'

const POLICY = policyOf({
  rateLimit: { maxPerWindow: 2, windowMs: 100 }, tokenStore: { maxPending: 3, ttlMs: 50 }, ackDeadlineMs: 20,
})

function hello(policy: Policy, state: BrokerState, pid: number, byte: number, nowMs: number): BrokerState {
  const request = { frame: helloFrame(WANTS_HANDOFF), peer: peerIdentity(pid) }
  return negotiate(policy, state, request, { nowMs, draws: drawsOf(byte) }).state
}

const USED = hello(POLICY, hello(POLICY, initialState(POLICY), 8, 1, 10), 7, 2, 11.5)
const WRITTEN = throughJson(USED) as Snapshot

function throughJson(state: BrokerState): unknown {
  return JSON.parse(JSON.stringify(encodeSnapshot(state)))
}

function restored(state: BrokerState): BrokerState {
  return rightOf(decodeSnapshot(throughJson(state)))
}

function faults(input: unknown): ReadonlyArray<string> {
  return leftOf(decodeSnapshot(input)).map(describeFault)
}

function paths(input: unknown): ReadonlyArray<string> {
  return leftOf(decodeSnapshot(input)).map(({ path }) => path)
}

describe('a snapshot', () => {
  it('is plain JSON: numbers of milliseconds, u64 in decimal digits, tokens in hex', () => {
    expect(WRITTEN).toEqual({
      version: SNAPSHOT_VERSION,
      nextConnectionId: '3',
      limiter: {
        limit: { maxPerWindow: 2, windowMs: 100 }, latestMs: 11.5,
        windows: [{ pid: 8, openedMs: 10, count: 1 }, { pid: 7, openedMs: 11.5, count: 1 }],
      },
      tokens: {
        limits: { maxPending: 3, ttlMs: 50, collisionAttempts: 16 }, latestMs: 11.5,
        pending: [{ token: '01'.repeat(16), expiresMs: 60 }, { token: '02'.repeat(16), expiresMs: 61.5 }],
      },
      acks: {
        ackDeadlineMs: 20, latestMs: 11.5,
        pending: [
          { token: '01'.repeat(16), serviceName: SERVICE, backendPid: 0, connectionId: '1', issuedMs: 10, deadlineMs: 30 },
          { token: '02'.repeat(16), serviceName: SERVICE, backendPid: 0, connectionId: '2', issuedMs: 11.5, deadlineMs: 31.5 },
        ],
      },
      sessions: null,
    })
  })

  it('carries the session authority and the greatest connection id over', () => {
    const daemonHalves = new Map([[SERVICE, sessionHalf('daemon-half-\u0000\u00ff01')]])
    const sessions = { brokerHalf: sessionHalf('broker-half-0001'), daemonHalves }
    const state = restored({ ...FRESH, sessions, nextConnectionId: MAX_U64 })
    expect(state.sessions).toEqual(sessions)
    expect(state.nextConnectionId).toBe(MAX_U64)
  })

  it('answers every later step as the state does that it was made of (law 1)', () => {
    const happenings = fc.array(happening(), { maxLength: 20 })
    const scene = fc.record({ policy: smallPolicy, before: happenings, after: happenings })
    fc.assert(fc.property(scene, ({ policy, before, after }) => {
      const { state } = playAll(policy, initialState(policy), before)
      expect(playAll(policy, restored(state), after).answers).toEqual(playAll(policy, state, after).answers)
    }), { numRuns: 300 })
  })

  it('answers the same in time that only goes on, where windows open, age and end (law 1, DIV-R1)', () => {
    const moments = fc.array(fc.tuple(happening(fc.constant(0)), fc.integer({ min: 0, max: 60 })), { maxLength: 40 })
    fc.assert(fc.property(smallPolicy, moments, fc.nat({ max: 40 }), (policy, moments, cut) => {
      let nowMs = 0
      const happenings = moments.map(([one, waitMs]) => {
        nowMs += waitMs / 2
        return 'ambient' in one ? { ...one, ambient: { ...one.ambient, nowMs } } : 'nowMs' in one ? { ...one, nowMs } : one
      })
      const { state } = playAll(policy, initialState(policy), happenings.slice(0, cut))
      const later = happenings.slice(cut)
      expect(playAll(policy, restored(state), later).answers).toEqual(playAll(policy, state, later).answers)
    }), { numRuns: 300 })
  })

  it('is the same again once it is read back and written out, and writes into nothing', () => {
    fc.assert(fc.property(smallPolicy, fc.array(happening()), (policy, before) => {
      const state = deepFreeze(playAll(policy, initialState(policy), before).state)
      const written = deepFreeze(throughJson(state))
      expect(encodeSnapshot(rightOf(decodeSnapshot(written)))).toEqual(written)
    }))
  })
})

describe('the faults of a snapshot', () => {
  it('are told all at once, and another version is one of them', () => {
    expect(paths({ ...WRITTEN, version: 2, nextConnectionId: 5, limiter: { ...WRITTEN.limiter, latestMs: -1 }, more: 1 }))
      .toEqual(['version', 'nextConnectionId', 'limiter.latestMs', 'more'])
  })

  it.each(['', '-1', '18446744073709551616', '1'.repeat(21), '0x1', 1, null])('include a connection id of %j', (nextConnectionId) => {
    expect(paths({ ...WRITTEN, nextConnectionId })).toEqual(['nextConnectionId'])
  })

  it.each([0, -1, Number.NaN, Infinity, 2 ** 52 + 1, '1'])('include limits of %s', (limit) => {
    expect(paths({
      ...WRITTEN,
      limiter: { ...WRITTEN.limiter, limit: { maxPerWindow: limit, windowMs: limit } },
      tokens: { ...WRITTEN.tokens, limits: { maxPending: limit, ttlMs: limit, collisionAttempts: limit } },
      acks: { ...WRITTEN.acks, ackDeadlineMs: limit },
    })).toHaveLength(6)
  })

  it.each(['5', -1, 2 ** 52 + 1, Number.NaN, null])('include an instant of %j', (latestMs) => {
    expect(paths({ ...WRITTEN, acks: { ...WRITTEN.acks, latestMs } })).toEqual(['acks.latestMs'])
  })

  it('do not include the greatest limits there are', () => {
    const limit = { maxPerWindow: 2 ** 52, windowMs: 2 ** 52 }
    expect(rightOf(decodeSnapshot({ ...WRITTEN, limiter: { ...WRITTEN.limiter, limit } })).limiter.limit).toEqual(limit)
  })

  it('say at each place what would do there', () => {
    const expected = (input: unknown) => leftOf(decodeSnapshot(input)).map(({ path, expected }) => [path, expected])
    const [instant, duration] = [
      'an instant: a number of milliseconds from 0 to 2^52', 'a duration: a number of milliseconds above 0 and up to 2^52',
    ]
    const [count, pid] = ['a whole number from 1 to 2^52', 'a pid: a whole number from 0 to 4294967295']
    expect(expected(0)).toEqual([['', 'a snapshot']])
    expect(expected({ version: 0, nextConnectionId: 0, limiter: 0, tokens: 0, acks: 0, sessions: 0 })).toEqual([
      ['version', 'the version 1'], ['nextConnectionId', 'a u64 in decimal digits'], ['limiter', 'a rate limiter'],
      ['tokens', 'a token store'], ['acks', 'an ACK registry'], ['sessions', 'a session authority'],
    ])
    expect(expected({
      ...WRITTEN,
      limiter: { limit: 0, latestMs: '5', windows: 0 },
      tokens: { limits: 0, latestMs: 0, pending: 0 },
      acks: { ackDeadlineMs: 0, latestMs: 0, pending: 0 },
      sessions: { brokerHalf: '01'.repeat(16), daemonHalves: 0 },
    })).toEqual([
      ['limiter.limit', 'a rate limit'], ['limiter.latestMs', instant], ['limiter.windows', 'a list of open windows'],
      ['tokens.limits', 'token limits'], ['tokens.pending', 'a list of pending tokens'],
      ['acks.ackDeadlineMs', duration], ['acks.pending', 'a list of pending handoffs'],
      ['sessions.daemonHalves', 'session halves by service'],
    ])
    expect(expected({
      ...WRITTEN,
      limiter: { ...WRITTEN.limiter, windows: [0, { pid: '7', openedMs: 0, count: 0 }] },
      tokens: { ...WRITTEN.tokens, pending: [0] },
      acks: { ...WRITTEN.acks, pending: [0] },
    })).toEqual([
      ['limiter.windows[0]', 'an open window'], ['limiter.windows[1].pid', pid], ['limiter.windows[1].count', count],
      ['tokens.pending[0]', 'a pending token'], ['acks.pending[0]', 'a pending handoff'],
    ])
  })

  it('say what must hold of parts together, and not what was found there', () => {
    const backwards = <T extends { readonly latestMs: number }>(part: T): T => ({ ...part, latestMs: 0 })
    expect(faults({ ...WRITTEN, limiter: backwards(WRITTEN.limiter), tokens: backwards(WRITTEN.tokens), acks: backwards(WRITTEN.acks) }))
      .toEqual([
        'limiter: found something else; expected windows in the order of openedMs, none after latestMs, no pid twice',
        'tokens: found something else; '
          + 'expected at most maxPending tokens, in the order of expiresMs, none more than a TTL away, none twice',
        'acks: found something else; expected handoffs in the order of deadlineMs, none more than a deadline away, no token twice',
      ])
  })

  const [firstWindow, secondWindow] = WRITTEN.limiter.windows
  const [firstToken, secondToken] = WRITTEN.tokens.pending
  const [firstAck, secondAck] = WRITTEN.acks.pending

  it.each([
    ['out of order', [secondWindow, firstWindow]],
    ['after the latest instant', [{ ...firstWindow, openedMs: 12 }]],
    ['of one pid twice', [firstWindow, { ...secondWindow, pid: firstWindow?.pid }]],
    ['without a count', [{ ...firstWindow, count: 0 }]],
    ['of a pid that is no u32', [{ ...firstWindow, pid: 2 ** 32 }]],
  ])('include windows %s', (_what, windows) => {
    expect(paths({ ...WRITTEN, limiter: { ...WRITTEN.limiter, windows } })).toHaveLength(1)
  })

  it.each([
    ['out of order', [secondToken, firstToken]],
    ['further off than a TTL', [{ ...firstToken, expiresMs: 62 }]],
    ['twice', [firstToken, { ...firstToken, expiresMs: 61 }]],
    ['of 15 bytes', [{ ...firstToken, token: '01'.repeat(15) }]],
    ['that are no hex', [{ ...firstToken, token: 'zz'.repeat(16) }]],
    ['that expire at no instant', [{ ...firstToken, expiresMs: Number.NaN }]],
  ])('include tokens %s', (_what, pending) => {
    expect(paths({ ...WRITTEN, tokens: { ...WRITTEN.tokens, pending } })).toHaveLength(1)
  })

  it('include more tokens than may be pending (SPEC T2)', () => {
    const limits = { ...WRITTEN.tokens.limits, maxPending: 1 }
    expect(decodeSnapshot({ ...WRITTEN, tokens: { ...WRITTEN.tokens, limits } })._tag).toBe('Left')
  })

  it.each([
    ['out of order', [secondAck, firstAck]],
    ['further off than a deadline', [{ ...firstAck, deadlineMs: 32 }]],
    ['issued after the latest instant', [{ ...firstAck, issuedMs: 12 }]],
    ['due before they were issued', [{ ...firstAck, issuedMs: 10, deadlineMs: 9 }]],
    ['under one token twice', [firstAck, { ...firstAck, connectionId: '2' }]],
    ['of no service', [{ ...firstAck, serviceName: 'UPPER' }]],
    ['of no pid', [{ ...firstAck, backendPid: -1 }]],
  ])('include handoffs %s', (_what, pending) => {
    expect(paths({ ...WRITTEN, acks: { ...WRITTEN.acks, pending } })).toHaveLength(1)
  })

  it('never show a token or a session half, and say nothing beyond the one place (Fault, law 2)', () => {
    const secret = '5ec2e75ec2e75ec2e75ec2e75ec2e7'
    const sessions = { brokerHalf: secret, daemonHalves: {} }
    const tokens = { ...WRITTEN.tokens, pending: [{ token: secret, expiresMs: 20 }, secret] }
    const acks = { ...WRITTEN.acks, pending: [{ ...firstAck, token: secret }] }
    const told = faults({ ...WRITTEN, tokens, acks, sessions })
    expect(told.join('\n')).not.toContain(secret.slice(0, 8))
    expect(paths({ ...WRITTEN, sessions })).toEqual(['sessions.brokerHalf'])
    expect(faults({ ...WRITTEN, sessions: secret }).join('\n')).not.toContain(secret.slice(0, 8))
  })

  it('are told for every value whatever, in the place of any part (law 2)', () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true })
    fc.assert(fc.property(anything, fc.constantFrom(...Object.keys(WRITTEN)), (value, key) => {
      expect(['Left', 'Right']).toContain(decodeSnapshot(value)._tag)
      expect(['Left', 'Right']).toContain(decodeSnapshot({ ...WRITTEN, [key]: value })._tag)
    }), { numRuns: 300 })
  })
})

describe('a hostile snapshot', () => {
  it('is a fault, or a state whose invariants hold and go on holding (law 2)', () => {
    const numbers = fc.oneof(fc.integer({ min: -1, max: 40 }), fc.constantFrom(0.5, 1.5, 11.5, 2 ** 52, 2 ** 53, 1e300, -0))
    const edit = fc.tuple(fc.nat({ max: 60 }), fc.oneof(numbers, fc.constantFrom('01'.repeat(16), '', null, SERVICE)))
    const after = fc.array(happening(steadyTime), { maxLength: 10 })
    const seen = { Left: 0, Right: 0 }
    fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), after, (edits, after) => {
      const decoded = decodeSnapshot(edits.reduce<unknown>((json, [place, value]) => edited(json, place, value), WRITTEN))
      seen[decoded._tag] += 1
      if (decoded._tag === 'Left') return
      expect(brokenInvariants(decoded.right)).toEqual([])
      after.reduce((state, one) => {
        const next = play(POLICY, state, one).state
        expect(brokenInvariants(next)).toEqual([])
        return next
      }, decoded.right)
    }), { numRuns: 1_000 })
    // Most edits are faults; but a test that met no legal one would prove nothing.
    expect(seen.Right / (seen.Left + seen.Right)).toBeGreaterThan(0.02)
  })

  /** The JSON with its nth number, text or null replaced, counted round and round. */
  function edited(json: unknown, place: number, value: unknown): unknown {
    const leaves: Array<ReadonlyArray<string | number>> = []
    const walk = (at: unknown, path: ReadonlyArray<string | number>): void => {
      if (typeof at !== 'object' || at === null) leaves.push(path)
      else for (const [key, inner] of Object.entries(at)) walk(inner, [...path, key])
    }
    walk(json, [])
    return replaced(json, leaves[place % leaves.length] ?? [], value)
  }

  function replaced(at: unknown, [key, ...rest]: ReadonlyArray<string | number>, value: unknown): unknown {
    if (key === undefined) return value
    const next = { ...(at as Record<string, unknown>), [key]: replaced((at as Record<string, unknown>)[key], rest, value) }
    return Array.isArray(at) ? Object.assign([], next) : next
  }

  function brokenInvariants(state: BrokerState): ReadonlyArray<string> {
    const { limiter, tokens, acks } = state
    const deadlinesOf = <V>(pending: DeadlineMap.DeadlineMap<V>): ReadonlyArray<number> =>
      DeadlineMap.toArray(pending).map(({ deadlineMs }) => deadlineMs)
    const due = [deadlinesOf(tokens.pending), deadlinesOf(acks.pending)]
    const isInOrder = (deadlines: ReadonlyArray<number>): boolean =>
      deadlines.every((ms, i) => ms <= (deadlines[i + 1] ?? Infinity))
    const opened = [...RateLimiter.windows(limiter).values()].map(({ openedMs }) => openedMs)
    const next = Deadlines.nextDeadlineMs(state)
    const nextOnceSwept = Deadlines.nextDeadlineMs(Deadlines.expire(state, 2 ** 52).state)
    return [
      ...(TokenStore.pendingCount(tokens) <= tokens.limits.maxPending ? [] : ['more tokens than may be pending']),
      ...(due.every(isInOrder) ? [] : ['deadlines out of order']),
      ...(next === (due.flat().length === 0 ? undefined : Math.min(...due.flat())) ? [] : ['the next deadline is another']),
      ...(opened.every((ms) => ms <= limiter.latestMs) ? [] : ['a window of the future']),
      ...((nextOnceSwept ?? Infinity) > 2 ** 52 ? [] : ['something is left that is due']),
      ...(AckRegistry.pendingCount(acks) === due[1]?.length ? [] : ['handoffs are miscounted']),
    ]
  }
})
