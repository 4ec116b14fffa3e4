/**
 * What the page folds is what a broker does.
 */
import * as fc from 'fast-check'
import { type Broker, createBroker, type HandoffToken, type Outcome, peerIdentity, sameToken } from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { BEGINNING, EXAMPLES, fold, happened, HELLO, type PlayState, progress, requestOf, type Row, states } from './page.js'

/** An outcome but for the token's bytes: the page's are made up, a broker's are drawn. */
function withoutToken(outcome: Outcome | undefined): unknown {
  if (outcome === undefined || outcome._tag === 'Refused') return outcome
  const { reply, handoff } = outcome
  return { ...outcome, reply: { ...reply, handlePassedToken: reply.handlePassedToken.length }, handoff: handoff._tag }
}

const memoryOf = ({ limiter, tokens, acks, nextConnectionId }: Row['state']): unknown => ({
  windows: [...RateLimiter.windows(limiter)], tokens: [TokenStore.pendingCount(tokens), TokenStore.nextDeadlineMs(tokens)],
  handoffs: AckRegistry.pendingHandoffs(acks), dueMs: AckRegistry.nextDeadlineMs(acks), nextConnectionId,
})

const tokenIn = (outcome: Outcome): HandoffToken | undefined =>
  (outcome._tag === 'Negotiated' && outcome.handoff._tag === 'Granted' ? outcome.handoff.token : undefined)

/** The same events, one by one, on a broker with a clock and dice of its own: what it says and what it remembers after each. */
function lived({ events }: PlayState, { policy, rows, tokens }: ReturnType<typeof fold>): ReadonlyArray<readonly [unknown, unknown]> {
  let nowMs = 0
  const broker: Broker = createBroker({ policy, clock: () => nowMs })
  const issued = new Map<number, HandoffToken | undefined>()
  return events.map((event, i) => {
    nowMs = event.atMs
    const used = rows[i]?.used
    const own = used === undefined ? undefined : issued.get(tokens.find(({ token }) => sameToken(token, used))?.n ?? -1)
    if (event.kind === 'hello') {
      const { outcome } = broker.exchange(requestOf(event.hello), peerIdentity(event.pid))
      issued.set(i, tokenIn(outcome))
      return [withoutToken(outcome), memoryOf(broker.state())]
    }
    const said = own === undefined ? (broker.sweep(), undefined) : event.kind === 'acknowledge' ? broker.acknowledge(own) : broker.consume(own, own)
    return [said, memoryOf(broker.state())]
  })
}

describe('what is folded', () => {
  it('is what a broker says and remembers, event by event', () => {
    fc.assert(fc.property(states, (state) => {
      const folded = fold(state)
      expect(folded.rows.map((row) => [row.outcome === undefined ? row.result : withoutToken(row.outcome), memoryOf(row.state)]))
        .toEqual(lived(state, folded))
    }), { numRuns: 300 })
  })

  it('is the same each time (law 1)', () => {
    fc.assert(fc.property(states, (state) => {
      expect(fold(state)).toEqual(fold(state))
    }), { numRuns: 30 })
  })

  it('is 256 yeses and then a no, at the library’s own limit (SPEC R3, R5)', () => {
    const calm = { ...BEGINNING, policy: { ...BEGINNING.policy, maxPerWindow: 256 } }
    const { rows } = fold(Array.from({ length: 257 }).reduce<PlayState>((state) => happened(state, { kind: 'hello', pid: 1, hello: HELLO }), calm))
    expect(rows.slice(0, 256).every(({ outcome }) => outcome?._tag === 'Negotiated')).toBe(true)
    expect(rows[256]?.outcome).toMatchObject({ _tag: 'Refused', error: { _tag: 'RateLimited' } })
  })

  it.each([
    ['A yes, with a token', undefined], ['A version that is too old', 'Version'], ['Once too often in a second', 'Rate limit'],
    ['A client that claims another’s pid', 'Shape'], ['An envelope of another version', 'Envelope'], ['TLS, by mistake', 'Framing'],
    ['A token presented too late', 'ExpiredOrGone'], ['A backend that is too late', 'ExpiredOrGone'],
  ])('of the example "%s" ends as its title says', (title, ends) => {
    const last = fold(EXAMPLES.find((example) => example.title === title)?.state ?? BEGINNING).rows.at(-1)
    const ended = last?.outcome === undefined
      ? last?.result?._tag === 'Left' && 'ExpiredOrGone'
      : progress(last.outcome).find(({ is }) => is === 'refused')?.name
    expect(ended).toBe(ends)
    expect(EXAMPLES).toHaveLength(8)
  })
})
