/**
 * Policies and requests made for each other, and conversations: a yes, a no for the reason named, and every end there is.
 */
import fc from 'fast-check'
import { answer, Connection, exchange, initialState } from 'hello-negotiation'
import {
  arbitraryConversation, arbitraryMatch, arbitraryNearlyMatch, type BrokerCall, type Conversation, deepFreeze,
} from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { drawn, expectNamedErrors, expectReached, tally } from './support.js'

function outcomeOf({ policy, state, bytes, peer, ambient }: BrokerCall): ReturnType<typeof exchange>['value']['outcome'] {
  return exchange(policy, deepFreeze(state), bytes, peer, ambient).value.outcome
}

describe('a match', () => {
  it('is negotiated (SPEC §3–§7)', () => {
    fc.assert(fc.property(arbitraryMatch(), (match) => {
      expect(outcomeOf(match)._tag).toBe('Negotiated')
    }), { numRuns: 200 })
  })

  it('meets a floor, a list, a session token, an owner, and the want of a handoff, with draws and without', () => {
    const counts = tally(drawn(arbitraryMatch(), 500), (match) => {
      const outcome = outcomeOf(match)
      const versions = match.policy.services.get(match.hello.serviceName)?.versions
      return [
        ...(versions?.minVersion === undefined ? [] : ['floor']),
        ...(versions !== undefined && versions.allowList.size > 0 ? ['list'] : []),
        ...(match.policy.sessions === undefined ? [] : ['session']),
        match.policy.peerPolicy._tag,
        match.peer.pid === 0 ? 'unverified' : 'verified',
        outcome._tag === 'Negotiated' ? outcome.handoff._tag : outcome._tag,
      ]
    })
    expectReached(counts, [
      'floor', 'list', 'session', 'AllowAny', 'OwnerOnly', 'unverified', 'verified', 'Granted', 'Withheld', 'NotRequested',
    ], 10)
  })
})

describe('a match with one thing off', () => {
  it('is refused for that and nothing else, whichever check it is (SPEC E, H, R5, L1, V, K2, C1, C4)', () => {
    const errorOf = (call: BrokerCall): unknown => {
      const outcome = outcomeOf(call)
      return outcome._tag === 'Refused' ? outcome.error : outcome
    }
    const counts = expectNamedErrors(arbitraryNearlyMatch(), errorOf, 1_000)
    expectReached(tally([...counts.keys()], (off) => [off.replace(/(^[^:]*: [^:]*).*/, '$1')]), [
      'framing: first byte', 'framing: length above the cap', 'framing: end before the first byte', 'framing: end in the header',
      'framing: end in the body', 'Frame', 'envelope: envelope version', 'envelope: kind', 'envelope: payload protocol',
      'envelope: payload encoding', 'Hello', 'shape: least protocol above 1', 'shape: no greatest protocol', 'shape: service name',
      'shape: version', 'shape: clientVersion too long', 'shape: clientLibName too long', 'shape: clientLibVersion too long',
      'shape: another pid', 'rate', 'service', 'floor', 'list', 'session token: length', 'session token: broker half',
      'session token: daemon', 'session token: daemon half', 'owner',
    ], 1)
  })
})

/** What becomes of a conversation, by the automaton that a host would run. */
function endOf({ policy, openedMs, arrivals, end }: Conversation): Connection.Connection {
  let connection = Connection.connection(openedMs, policy.helloTimeoutMs)
  for (const { atMs, bytes } of arrivals) {
    connection = Connection.next(Connection.push(Connection.expire(connection, atMs), bytes)).state
  }
  const waited = Connection.expire(connection, end.atMs)
  return Connection.next(end._tag === 'Closed' ? Connection.pushEnd(waited) : waited).state
}

describe('a conversation', () => {
  it('is told in the order of its times, and its chunks are its frames', () => {
    fc.assert(fc.property(arbitraryConversation(), ({ openedMs, frames, arrivals, end }) => {
      const times = [openedMs, ...arrivals.map(({ atMs }) => atMs), end.atMs]
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(Buffer.concat(arrivals.map(({ bytes }) => bytes))).toEqual(Buffer.concat([...frames]))
    }))
  })

  it('ends in every way that a connection can: a Hello, with and without more behind it, each failure, and waiting', () => {
    const counts = tally(drawn(arbitraryConversation(), 600), (conversation) => {
      const { phase, ...rest } = endOf(conversation)
      if (phase._tag !== 'Finished') return [phase._tag === 'Failed' ? phase.error._tag : phase._tag]
      return [Connection.remainder({ phase, ...rest }).length > 0 ? 'a Hello and more' : 'a Hello']
    })
    expectReached(counts, [
      'a Hello', 'a Hello and more', 'BodyTooLarge', 'HelloDeadlineExceeded', 'MalformedFrame', 'Reading', 'UnexpectedEnd',
      'UnsupportedFraming',
    ], 5)
  })

  it('is often answered with a yes', () => {
    const counts = tally(drawn(arbitraryConversation(), 300), ({ policy, peer, draws, frames, openedMs: nowMs }) => {
      const sent = Connection.push(Connection.connection(nowMs, policy.helloTimeoutMs), Buffer.concat([...frames]))
      const { value } = Connection.next(Connection.pushEnd(sent))
      if (value._tag !== 'Failed' && value._tag !== 'HelloFrame') return [value._tag]
      return [answer(policy, initialState(policy), value, peer, { nowMs, draws }).value.outcome._tag]
    })
    expectReached(counts, ['Negotiated', 'Refused'], 50)
  })
})
