import * as fc from 'fast-check'
import {
  type BrokerState, drawsUsed, encodeSnapshot, fromLatin1, initialState, MAX_U64, negotiate, type Outcome, peerIdentity,
  refusedOutcome, refusalOf, type Step, tokenBytes, UNVERIFIED_PEER,
} from 'hello-negotiation'
import { AckRegistry, TokenStore } from 'hello-negotiation/step'
import type { Hello } from 'hello-negotiation/wire'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import {
  BACKEND, drawsOf, FRESH, helloFrame, PEER, POLICY, policyOf, SERVICE, sessionHalf, token, WANTS_HANDOFF,
} from '../support/negotiate.js'
import { anyDraws, anyRequest, anyTime, happening, playAll, shown, smallPolicy } from '../support/negotiateArbitraries.js'

const NOW = { nowMs: 0, draws: drawsOf(1, 2, 3) }

function ask(fields: Partial<Hello>, policy = POLICY, state = initialState(policy)): Step<BrokerState, Outcome> {
  return negotiate(policy, state, { frame: helloFrame(fields), peer: PEER }, NOW)
}

function granted(outcome: Outcome): Extract<Outcome, { _tag: 'Negotiated' }> {
  if (outcome._tag === 'Refused') throw new Error(`refused: ${outcome.reply.reason}`)
  return outcome
}

function reasonOf(outcome: Outcome): string {
  return outcome._tag === 'Refused' ? outcome.reply.reason : 'negotiated'
}

describe('what is agreed', () => {
  it('answers a plain Hello with the backend as it is registered (SPEC N1, N2, N3, N4, N6)', () => {
    const outcome = granted(ask({}).value)
    expect(outcome.reply).toEqual({
      negotiatedProtocol: 1,
      daemonVersion: BACKEND.daemonVersion,
      backendPipe: BACKEND.backendPipe,
      warnings: [],
      serverCapabilities: 0n,
      keepaliveIntervalSecs: 1_800n,
      handlePassedToken: new Uint8Array(0),
      connectionId: 1n,
    })
    expect(outcome.serviceName).toBe(SERVICE)
    expect(outcome.handoff).toEqual({ _tag: 'NotRequested' })
  })

  it.each([1n, 1_800n, MAX_U64])('takes a keepalive of %s over without a ceiling (SPEC N4)', (clientKeepaliveSecs) => {
    expect(granted(ask({ clientKeepaliveSecs }).value).reply.keepaliveIntervalSecs).toBe(clientKeepaliveSecs)
  })

  it('gives a token, adds bit 0, and expects an ACK for it from a backend of unknown pid (SPEC N6, N7, N8)', () => {
    const { state, value } = ask(WANTS_HANDOFF)
    const { reply, handoff } = granted(value)
    expect(reply.handlePassedToken).toEqual(tokenBytes(token(1)))
    expect(reply.serverCapabilities).toBe(1n)
    expect(shown(handoff)).toBe(shown({ _tag: 'Granted', token: token(1), drawsUsed: 1 }))
    const acknowledged = AckRegistry.acknowledge(state.acks, token(1), 0).value
    expect(acknowledged).toEqual({
      _tag: 'Right',
      right: { _tag: 'Acknowledged', handoff: { serviceName: SERVICE, backendPid: 0, connectionId: 1n }, waitedMs: 0 },
    })
    expect(TokenStore.pendingCount(state.tokens)).toBe(1)
  })

  it.each([0n, 2n, 0xffff_ffff_ffff_fffen])('gives no token to capabilities %s, which lack bit 0 (SPEC N6, N9)', (clientCapabilities) => {
    expect(granted(ask({ clientCapabilities }).value).handoff._tag).toBe('NotRequested')
  })

  it('masks no bit of the backend out, not even bit 0 without a token (SPEC N7)', () => {
    const policy = policyOf({ services: [{ ...BACKEND, serverCapabilities: '9223372036854775809' }] })
    expect(granted(ask({}, policy).value).reply.serverCapabilities).toBe(0x8000_0000_0000_0001n)
    expect(granted(ask(WANTS_HANDOFF, policy).value).reply.serverCapabilities).toBe(0x8000_0000_0000_0001n)
  })

  it('is silent towards the client where no token could be issued, and takes its id first (SPEC N5, N6)', () => {
    const request = { frame: helloFrame(WANTS_HANDOFF), peer: PEER }
    const { state, value } = negotiate(POLICY, FRESH, request, { nowMs: 0, draws: TokenStore.NO_DRAWS })
    const { reply, handoff } = granted(value)
    expect(handoff).toEqual({ _tag: 'Withheld', error: { _tag: 'RandomSourceFailed', drawsUsed: 0 } })
    expect({ ...reply, connectionId: 0n }).toEqual({ ...granted(ask({}).value).reply, connectionId: 0n })
    expect(state.nextConnectionId).toBe(2n)
    expect(AckRegistry.pendingCount(state.acks)).toBe(0)
  })

  it('moves the store even where it issues nothing: what has expired is gone (SPEC T2)', () => {
    const issued = ask(WANTS_HANDOFF).state
    const request = { frame: helloFrame(WANTS_HANDOFF), peer: PEER }
    const { state, value } = negotiate(POLICY, issued, request, { nowMs: 30_000, draws: TokenStore.NO_DRAWS })
    expect(granted(value).handoff._tag).toBe('Withheld')
    expect([issued, state].map(({ tokens }) => TokenStore.pendingCount(tokens))).toEqual([1, 0])
  })

  it('counts successes alone, from 1, and wraps at 2^64 (SPEC N5)', () => {
    const first = ask({})
    const refused = ask({ serviceName: 'nobody' }, POLICY, first.state)
    const second = ask({}, POLICY, refused.state)
    expect([first, second].map(({ value }) => granted(value).reply.connectionId)).toEqual([1n, 2n])
    const last = ask({}, POLICY, { ...FRESH, nextConnectionId: MAX_U64 })
    expect(granted(last.value).reply.connectionId).toBe(MAX_U64)
    expect(last.state.nextConnectionId).toBe(0n)
    expect(granted(ask({}, POLICY, last.state).value).reply.connectionId).toBe(0n)
  })

  it('never reads the client\'s own connection id, request id, nonce or capability token (SPEC H8)', () => {
    const long = new Uint8Array(5_000).fill(0xff)
    const ignored = {
      connectionId: 99n, requestId: 'x'.repeat(5_000), peerAttestationNonce: long, capabilityToken: long, authToken: long,
    }
    expect(ask(ignored).value).toEqual(ask({}).value)
  })

  it('never reads the frame\'s request id, deadline or trace headers (SPEC E6)', () => {
    const frame = helloFrame({}, { requestId: 7n, deadlineUnixMs: 1n, traceparent: 'x\r\ny', tracestate: 'é'.repeat(9_000) })
    expect(negotiate(POLICY, FRESH, { frame, peer: PEER }, NOW)).toEqual(ask({}))
  })
})

describe('sessions', () => {
  const [brokerHalf, daemonHalf] = ['broker-half-0001', 'daemon-half-0001']
  const policy = policyOf({ sessions: { brokerHalf: hexOf(brokerHalf), daemonHalves: { [SERVICE]: hexOf(daemonHalf) } } })

  it('asks every Hello for both halves once there is an authority (SPEC K1, K3)', () => {
    expect(ask({ authToken: fromLatin1(brokerHalf + daemonHalf) }, policy).value._tag).toBe('Negotiated')
    expect(reasonOf(ask({}, policy).value)).toBe('session token malformed: wrong byte length')
    expect(reasonOf(ask({ authToken: fromLatin1(daemonHalf + brokerHalf) }, policy).value))
      .toBe('session invalidated: broker was restarted or rotated since this token was issued')
  })

  it('reads the halves of the state, so that one registered later counts (SPEC K3)', () => {
    const state = { ...initialState(policy), sessions: { brokerHalf: sessionHalf(brokerHalf), daemonHalves: new Map() } }
    expect(reasonOf(ask({ authToken: fromLatin1(brokerHalf + daemonHalf) }, policy, state).value))
      .toBe('session invalidated: daemon is no longer registered')
  })

  function hexOf(text: string): string {
    return Buffer.from(text, 'latin1').toString('hex')
  }
})

describe('the rate limit among the checks', () => {
  const one = policyOf({ rateLimit: { maxPerWindow: 1, windowMs: 1_000 } })

  it.each([
    ['a shape that fails', 'negotiated', { serviceName: 'UPPER' }],
    ['a version range that fails', 'negotiated', { clientMaxProtocol: 0 }],
    ['an unknown service', 'Hello rate limit exceeded', { serviceName: 'nobody' }],
    ['a Hello that passes', 'Hello rate limit exceeded', {}],
  ])('after %s the next Hello under a limit of one is told "%s" (SPEC R1)', (_what, next, fields: Partial<Hello>) => {
    expect(reasonOf(ask({}, one, ask(fields, one).state).value)).toBe(next)
  })

  it('is paid for by a blocked version and by a bad session token (SPEC R1)', () => {
    const floor = policyOf({ rateLimit: one.rateLimit, services: [{ ...BACKEND, minVersion: '2.0.0' }] })
    const session = policyOf({ rateLimit: one.rateLimit, sessions: { brokerHalf: '0'.repeat(32) } })
    const twice = [floor, session].map((policy) => {
      const first = ask({}, policy)
      return [reasonOf(first.value), reasonOf(ask({}, policy, first.state).value)]
    })
    expect(twice).toEqual([
      ['wanted_version is below min_version', 'Hello rate limit exceeded'],
      ['session token malformed: wrong byte length', 'Hello rate limit exceeded'],
    ])
  })

  it('tells the rest of the window in whole milliseconds, and never limits an unverified peer (SPEC R2, R5)', () => {
    const { state } = ask({}, one)
    const later = { nowMs: 250.5, draws: TokenStore.NO_DRAWS }
    const limited = negotiate(one, state, { frame: helloFrame(), peer: PEER }, later).value
    expect(limited._tag === 'Refused' && limited.reply.retryAfterMs).toBe(749n)
    expect(negotiate(one, state, { frame: helloFrame(), peer: UNVERIFIED_PEER }, later).value._tag).toBe('Negotiated')
    expect(negotiate(one, state, { frame: helloFrame(), peer: peerIdentity(1) }, later).value._tag).toBe('Negotiated')
  })
})

describe('the time of a refused Hello', () => {
  it('is kept, so that a clock that jumps back afterwards lengthens no wait (SPEC R6, DIV-R2)', () => {
    const policy = policyOf({ rateLimit: { maxPerWindow: 1, windowMs: 100 } })
    const at = (state: BrokerState, nowMs: number): Step<BrokerState, Outcome> =>
      negotiate(policy, state, { frame: helloFrame(), peer: PEER }, { nowMs, draws: TokenStore.NO_DRAWS })
    const refused = at(at(initialState(policy), 0).state, 90)
    expect([refused, at(refused.state, 40)].map(({ value }) => value._tag === 'Refused' && value.reply.retryAfterMs)).toEqual([10n, 10n])
  })
})

describe('the laws of negotiate', () => {
  const scene = fc.record({
    policy: smallPolicy,
    before: fc.array(happening(), { maxLength: 8 }),
    request: anyRequest,
    ambient: fc.record({ nowMs: anyTime, draws: anyDraws }),
  })

  it('gives any frame, any time and any draws an outcome, always the same one, and changes no argument (law 1)', () => {
    fc.assert(fc.property(scene, ({ policy, before, request, ambient }) => {
      const state = deepFreeze(playAll(policy, initialState(policy), before).state)
      const [first, second] = [0, 1].map(() => negotiate(policy, state, deepFreeze(request), deepFreeze(ambient)))
      expect(shown(first)).toBe(shown(second))
    }), { numRuns: 300 })
  })

  it('takes no connection id, token, ACK or draw for a refusal, and tells the row of its error (law 3, SPEC E7, N5)', () => {
    fc.assert(fc.property(scene, ({ policy, before, request, ambient }) => {
      const state = playAll(policy, initialState(policy), before).state
      const { state: after, value } = negotiate(policy, state, request, ambient)
      fc.pre(value._tag === 'Refused')
      expect(after).toEqual({ ...state, limiter: after.limiter })
      expect(drawsUsed(value)).toBe(0)
      const { code, reason, retryAfterMs } = refusalOf(value.error)
      expect(value.reply).toEqual({
        code, reason, retryAfterMs: BigInt(retryAfterMs), daemonMinProtocol: 1, daemonMaxProtocol: 1, details: new Map(),
      })
    }), { numRuns: 300 })
  })

  it('gives a token exactly where it added bit 0, and then awaits its ACK (law 4, SPEC N6–N8)', () => {
    fc.assert(fc.property(scene, ({ policy, before, request, ambient }) => {
      const state = playAll(policy, initialState(policy), before).state
      const { state: after, value } = negotiate(policy, state, request, ambient)
      fc.pre(value._tag === 'Negotiated')
      const { reply, handoff, serviceName } = value
      const registered = policy.services.get(serviceName)?.capabilities ?? -1n
      const isGranted = handoff._tag === 'Granted'
      expect(reply.handlePassedToken.length).toBe(isGranted ? 16 : 0)
      expect(reply.serverCapabilities).toBe(isGranted ? registered | 1n : registered)
      expect(reply.connectionId).toBe(state.nextConnectionId)
      expect(after.nextConnectionId).toBe(state.nextConnectionId + 1n)
      if (isGranted) expect(pendingTokens(after)).toContain(shown(tokenBytes(handoff.token)))
      else expect(encodeSnapshot(after).acks.pending).toEqual(encodeSnapshot(state).acks.pending)
      if (handoff._tag === 'NotRequested') expect(after.tokens).toBe(state.tokens)
    }), { numRuns: 500 })
  })

  function pendingTokens(state: BrokerState): ReadonlyArray<string> {
    const { tokens, acks } = encodeSnapshot(state)
    const awaited = acks.pending.map((entry) => entry.token)
    return tokens.pending.map((entry) => entry.token).filter((hex) => awaited.includes(hex)).map((hex) => `"hex:${hex}"`)
  }

  it('says how many draws an outcome has used up (SPEC T2, T3)', () => {
    const taken = ask(WANTS_HANDOFF).state
    const request = { frame: helloFrame(WANTS_HANDOFF), peer: PEER }
    const again = negotiate(POLICY, taken, request, { nowMs: 0, draws: drawsOf(1, 1, 2) }).value
    const out = negotiate(POLICY, taken, request, { nowMs: 0, draws: drawsOf(1, 1) }).value
    expect([again, out, ask({}).value, refusedOutcome({ _tag: 'BrokerRestarted' })].map(drawsUsed)).toEqual([3, 2, 0, 0])
  })
})
