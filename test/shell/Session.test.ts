import * as fc from 'fast-check'
import type { Answer, Session } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { framedHello, PEER, policyOf, rightOf } from '../support/negotiate.js'
import { anyBytes, shown } from '../support/negotiateArbitraries.js'
import { type Bench, bench } from '../support/negotiateShell.js'

const HELLO = framedHello()

function opened(): Bench & { readonly session: Session } {
  const made = bench({ policy: policyOf({ helloTimeoutMs: 100 }) })
  return { ...made, session: rightOf(made.broker.accept(PEER)) }
}

describe('a session', () => {
  it('answers once its Hello is whole, and never again (law 1, SPEC C3)', () => {
    const { session, clock, news } = opened()
    expect(session.push(HELLO.subarray(0, 7))).toBeUndefined()
    expect(session.push(HELLO.subarray(7))?.outcome._tag).toBe('Negotiated')
    clock.set(1_000)
    expect([session.push(HELLO), session.expire(), session.pushEnd(), session.push(HELLO)])
      .toEqual([undefined, undefined, undefined, undefined])
    expect(news()).toEqual(['Negotiated'])
  })

  it.each([
    ['bytes of another protocol', (session: Session) => session.push(Uint8Array.of(0x16)), 'UnsupportedFraming'],
    ['an early end', (session: Session) => session.pushEnd(), 'UnexpectedEnd'],
  ])('answers %s, and never again (law 1, SPEC C4)', (_what, fail, tag) => {
    const { session } = opened()
    expect(fail(session)?.outcome).toMatchObject({ _tag: 'Refused', error: { _tag: tag } })
    expect([session.push(HELLO), session.expire(), session.pushEnd()]).toEqual([undefined, undefined, undefined])
    expect(session.msUntilDeadline()).toBeUndefined()
  })

  it('answers a peer that has run out of time, at its deadline and not before (SPEC C7)', () => {
    const { session, clock } = opened()
    session.push(HELLO.subarray(0, 7))
    clock.set(99.5)
    expect(session.expire()).toBeUndefined()
    expect(session.msUntilDeadline()).toBe(0.5)
    clock.set(100)
    expect(session.msUntilDeadline()).toBe(0)
    expect(session.expire()?.outcome).toMatchObject({ error: { _tag: 'HelloDeadlineExceeded', timeoutMs: 100 } })
    expect([session.expire(), session.msUntilDeadline()]).toEqual([undefined, undefined])
  })

  it('has an absolute deadline, which bytes that trickle in do not move (SPEC C7)', () => {
    const { session, clock } = opened()
    for (let i = 0; i < 9; i += 1) {
      clock.set(10 * i)
      session.push(HELLO.subarray(i, i + 1))
      expect(session.msUntilDeadline()).toBe(100 - 10 * i)
    }
  })

  it('leaves what came with the Hello to whoever is next, and keeps nothing that comes later (SPEC C3)', () => {
    const { session } = opened()
    session.push(Uint8Array.of(...HELLO, 1, 2, 3))
    session.push(Uint8Array.of(4))
    expect(session.remainder()).toEqual(Uint8Array.of(1, 2, 3))
    session.remainder().fill(0)
    expect(session.remainder()).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('answers any bytes, cut anywhere and ended, exactly once, as `exchange` does', () => {
    fc.assert(fc.property(anyBytes, fc.array(fc.nat({ max: 60 }), { maxLength: 5 }), (bytes, cuts) => {
      const { session } = opened()
      const places = [0, ...cuts.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length]
      const pushes = places.slice(1).map((end, i) => session.push(bytes.subarray(places[i], end)))
      const answers = [...pushes, session.pushEnd()].filter((answer): answer is Answer => answer !== undefined)
      expect(answers.map(shown)).toEqual([shown(opened().broker.exchange(bytes, PEER))])
    }), { numRuns: 200 })
  })
})
