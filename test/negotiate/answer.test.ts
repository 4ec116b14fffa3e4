import * as fc from 'fast-check'
import {
  type Answer, answer, Connection, encodeReply, exchange, initialState, negotiate, type NegotiationError,
} from 'hello-negotiation'
import { TokenStore } from 'hello-negotiation/step'
import { type Hello, HELLO_BODY_MAX_BYTES } from 'hello-negotiation/wire'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { drawsOf, framedHello, frameIn, FRESH, helloFrame, PEER, POLICY, policyOf, WANTS_HANDOFF } from '../support/negotiate.js'
import {
  anyBytes, anyDraws, anyPeer, anyTime, happening, playAll, shown, smallPolicy,
} from '../support/negotiateArbitraries.js'

const NOW = { nowMs: 0, draws: drawsOf(1) }
const TRACE = { requestId: 7n, traceparent: '00-x', tracestate: 'rp=1' }

function reasonAndCode({ outcome }: Answer): readonly [code: number, reason: string] {
  if (outcome._tag === 'Negotiated') throw new Error('negotiated')
  return [outcome.reply.code, outcome.reply.reason]
}

describe('answering an event of a connection', () => {
  it('is negotiating its frame and encoding the outcome with the frame\'s trace (SPEC C3, C8)', () => {
    const frame = helloFrame(WANTS_HANDOFF, TRACE)
    const negotiated = negotiate(POLICY, FRESH, { frame, peer: PEER }, NOW)
    const { state, value } = answer(POLICY, FRESH, { _tag: 'HelloFrame', frame }, PEER, NOW)
    expect(shown(value.outcome)).toBe(shown(negotiated.value))
    expect(value.bytes).toEqual(encodeReply(negotiated.value, frame))
    expect(shown(state)).toBe(shown(negotiated.state))
  })

  it('echoes nothing for a failure, and leaves the state alone (SPEC C3)', () => {
    const error: NegotiationError = { _tag: 'HelloDeadlineExceeded', timeoutMs: 5 }
    const { state, value } = answer(POLICY, FRESH, { _tag: 'Failed', error }, PEER, NOW)
    expect(state).toBe(FRESH)
    expect(reasonAndCode(value)).toEqual([6, 'incomplete Hello frame'])
    expect(frameIn(value)).toMatchObject({ kind: 1, requestId: 0n, traceparent: '', tracestate: '' })
  })
})

describe('an exchange of bytes (SPEC C4)', () => {
  const tooLarge = Uint8Array.of(1, 1, 0, 1, 0)

  it.each([
    ['another protocol\'s first byte', Uint8Array.of(0x16, 3, 1), 1, 'unsupported framing version'],
    ['a header above 64 KiB', tooLarge, 6, 'initial Hello frame exceeds 64 KiB'],
    ['no byte at all', new Uint8Array(0), 6, 'incomplete Hello frame'],
    ['a header alone', Uint8Array.of(1, 5, 0, 0, 0), 6, 'incomplete Hello frame'],
    ['a body that is no Frame', Uint8Array.of(1, 1, 0, 0, 0, 0xff), 6, 'malformed broker Frame'],
    ['an empty frame', Uint8Array.of(1, 0, 0, 0, 0), 1, 'frame envelope_version is not v1'],
  ])('refuses %s', (_what, bytes, code, reason) => {
    const { value } = exchange(POLICY, FRESH, bytes, PEER, NOW)
    expect(reasonAndCode(value)).toEqual([code, reason])
    expect(value.outcome._tag === 'Refused' && value.outcome.reply.retryAfterMs).toBe(0n)
  })

  it('never looks at bytes behind the Hello (SPEC C3)', () => {
    const alone = exchange(POLICY, FRESH, framedHello(), PEER, NOW)
    expect(exchange(POLICY, FRESH, Uint8Array.of(...framedHello(), 0xff, 0xff), PEER, NOW)).toEqual(alone)
    expect(alone.value.outcome._tag).toBe('Negotiated')
  })

  it('takes a frame of 64 KiB, and refuses one of a byte more (SPEC F3)', () => {
    const overhead = framedHello({}, { traceparent: 'x'.repeat(65_000) }).length - 65_000 - 5
    const exact = framedHello({}, { traceparent: 'x'.repeat(HELLO_BODY_MAX_BYTES - overhead) })
    const over = framedHello({}, { traceparent: 'x'.repeat(HELLO_BODY_MAX_BYTES - overhead + 1) })
    expect([exact, over].map((bytes) => exchange(POLICY, FRESH, bytes, PEER, NOW).value.outcome._tag))
      .toEqual(['Negotiated', 'Refused'])
  })

  it('answers any bytes as a connection would that sent them, cut anywhere, and closed (law 1)', () => {
    const scene = fc.record({ policy: smallPolicy, before: fc.array(happening(), { maxLength: 6 }), peer: anyPeer })
    const ambient = fc.record({ nowMs: anyTime, draws: anyDraws })
    fc.assert(fc.property(scene, ambient, anyBytes, fc.nat({ max: 60 }), ({ policy, before, peer }, ambient, bytes, cut) => {
      const state = deepFreeze(playAll(policy, initialState(policy), before).state)
      const opened = Connection.connection(ambient.nowMs, policy.helloTimeoutMs)
      const sent = [bytes.subarray(0, cut), bytes.subarray(cut)].reduce(Connection.push, opened)
      const { value: event } = Connection.next(Connection.pushEnd(sent))
      if (event._tag !== 'HelloFrame' && event._tag !== 'Failed') throw new Error(event._tag)
      const expected = answer(policy, state, event, peer, ambient)
      expect(shown(exchange(policy, state, bytes, peer, ambient))).toBe(shown(expected))
    }), { numRuns: 300 })
  })

  it('keeps no hold of the bytes it was given, nor of the draws', () => {
    const [bytes, draws] = [framedHello(WANTS_HANDOFF, TRACE), Uint8Array.from(drawsOf(1).bytes)]
    const { state, value } = exchange(POLICY, FRESH, bytes, PEER, { nowMs: 0, draws: TokenStore.draws(draws) })
    const before = shown([state, value])
    bytes.fill(0xee)
    draws.fill(0xee)
    expect(shown([state, value])).toBe(before)
  })
})

describe('where an answer gets its bytes', () => {
  const arrays = (fields: Partial<Hello>): readonly [bytes: Uint8Array, lent: ReadonlyArray<Uint8Array>] => {
    const lent: Array<Uint8Array> = []
    const allocate = (byteCount: number): Uint8Array => {
      lent.push(new Uint8Array(byteCount))
      return lent.at(-1) as Uint8Array
    }
    return [exchange(POLICY, FRESH, framedHello(fields), PEER, { ...NOW, allocate }).value.bytes, lent]
  }

  it('is where the caller says', () => {
    const [bytes, lent] = arrays({})
    expect(lent).toEqual([bytes])
    expect(lent[0]).toBe(bytes)
  })

  it('is an array of its own where a token is in it, whatever the caller says', () => {
    const [bytes, lent] = arrays(WANTS_HANDOFF)
    expect(lent).toEqual([])
    expect(bytes.buffer.byteLength).toBe(bytes.length)
  })
})

describe('a peer that the policy does not admit', () => {
  const ownerOnly = policyOf({ peerPolicy: { ownerOnly: '1001' } })

  it('gets no byte and changes nothing, by whichever way it comes (SPEC C1)', () => {
    const event = { _tag: 'HelloFrame', frame: helloFrame(WANTS_HANDOFF) } as const
    const answers = [
      exchange(ownerOnly, FRESH, framedHello(WANTS_HANDOFF), PEER, NOW), answer(ownerOnly, FRESH, event, PEER, NOW),
      exchange(ownerOnly, FRESH, new Uint8Array(0), PEER, NOW),
    ]
    for (const { state, value } of answers) {
      expect(state).toBe(FRESH)
      expect(value.bytes).toHaveLength(0)
      expect(value.outcome).toMatchObject({ _tag: 'Refused', error: { _tag: 'PeerNotOwner', peer: PEER, owner: '1001' } })
    }
  })

  it('is answered where it is the owner', () => {
    const { value } = exchange(ownerOnly, FRESH, framedHello(), { ...PEER, userId: '1001' }, NOW)
    expect(value.outcome._tag).toBe('Negotiated')
  })
})
