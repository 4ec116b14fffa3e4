import * as fc from 'fast-check'
import { type HandoffToken, sameToken, type Step } from 'hello-negotiation'
import { AckRegistry } from 'hello-negotiation/step'
import {
  AckRegistryModel, arbitraryDuration, arbitraryServiceName, arbitraryTimeline, arbitraryToken, deepFreeze,
} from 'hello-negotiation/testing'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { expectLockstep } from '../support/lockstep.js'
import { leftOf, OTHER_SERVICE, rightOf, SERVICE, token } from '../support/negotiate.js'

const { abandon, acknowledge, ackRegistry, describeAckError, expire, nextDeadlineMs, pendingCount, register } = AckRegistry

type Registry = AckRegistry.AckRegistry

type Operation =
  | { readonly _tag: 'Abandon'; readonly token: HandoffToken }
  | { readonly _tag: 'Acknowledge'; readonly token: HandoffToken }
  | { readonly _tag: 'Expire' }
  | { readonly _tag: 'Register'; readonly token: HandoffToken; readonly handoff: AckRegistry.Handoff }

const handoff: fc.Arbitrary<AckRegistry.Handoff> = fc.record({
  serviceName: arbitraryServiceName(), backendPid: fc.nat(), connectionId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
})

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ _tag: fc.constant('Register'), token: arbitraryToken(), handoff }) },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant('Acknowledge'), token: arbitraryToken() }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant('Abandon'), token: arbitraryToken() }) },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant('Expire') }) },
)
const timeline = arbitraryTimeline(operation, { maxLength: 40 })

type Timed = readonly [nowMs: number, operation: Operation]

function run(registry: Registry, [nowMs, op]: Timed): Step<Registry, unknown> {
  switch (op._tag) {
    case 'Abandon':
      return abandon(registry, op.token)
    case 'Acknowledge':
      return acknowledge(registry, op.token, nowMs)
    case 'Expire':
      return expire(registry, nowMs)
    case 'Register':
      return { state: register(registry, op.token, op.handoff, nowMs), value: undefined }
  }
}

function runModel(
  model: AckRegistryModel.AckRegistryModel, [nowMs, op]: Timed,
): Step<AckRegistryModel.AckRegistryModel, unknown> {
  switch (op._tag) {
    case 'Abandon':
      return AckRegistryModel.abandon(model, op.token)
    case 'Acknowledge':
      return AckRegistryModel.acknowledge(model, op.token, nowMs)
    case 'Expire':
      return AckRegistryModel.expire(model, nowMs)
    case 'Register':
      return { state: AckRegistryModel.register(model, op.token, op.handoff, nowMs), value: undefined }
  }
}

const HANDOFF: AckRegistry.Handoff = deepFreeze({ serviceName: SERVICE, backendPid: 0, connectionId: 1n })
const OTHER_HANDOFF: AckRegistry.Handoff = deepFreeze({ serviceName: OTHER_SERVICE, backendPid: 7, connectionId: 2n })
const A = token(0xa)
const B = token(0xb)

/** A registry with a deadline of 10 ms, in which A waits since 0 ms. */
const WAITING = deepFreeze(register(ackRegistry(10), A, HANDOFF, 0))

describe('ackRegistry', () => {
  it('gives a backend 5 s by default (SPEC A1)', () => {
    expect(ackRegistry().ackDeadlineMs).toBe(5_000)
  })

  it('makes 1 ms of a zero deadline, and of what is none (SPEC A1)', () => {
    expect([0, -0, -1, Number.NaN, -Infinity].map((none) => ackRegistry(none).ackDeadlineMs)).toEqual([1, 1, 1, 1, 1])
  })
})

describe('register', () => {
  it('sets the deadline from the instant of registration on (SPEC A1)', () => {
    expect(nextDeadlineMs(register(ackRegistry(10), A, HANDOFF, 2.5))).toBe(12.5)
  })

  it('replaces an entry under the same token, and starts its clock anew (SPEC A1)', () => {
    const again = register(WAITING, A, OTHER_HANDOFF, 5)
    expect(pendingCount(again)).toBe(1)
    expect(nextDeadlineMs(again)).toBe(15)
    expect(rightOf(acknowledge(again, A, 12).value))
      .toEqual({ _tag: 'Acknowledged', handoff: OTHER_HANDOFF, waitedMs: 7 })
  })

  it('makes an entry overdue at once where the deadline is too long to be added (SPEC A1)', () => {
    expect(nextDeadlineMs(register(ackRegistry(Infinity), A, HANDOFF, 5))).toBe(5)
  })
})

describe('acknowledge', () => {
  it('tells who has acknowledged and how long that took, halves included (SPEC A2)', () => {
    const { state, value } = acknowledge(WAITING, A, 7.5)
    expect(rightOf(value)).toEqual({ _tag: 'Acknowledged', handoff: HANDOFF, waitedMs: 7.5 })
    expect(pendingCount(state)).toBe(0)
  })

  it('is in time until just before the deadline, and at that instant too late (SPEC A2)', () => {
    expect(rightOf(acknowledge(WAITING, A, 9.999).value).waitedMs).toBe(9.999)
    const late = acknowledge(WAITING, A, 10)
    expect(leftOf(late.value)).toEqual({ _tag: 'AckDeadlineExceeded', handoff: HANDOFF, ackDeadlineMs: 10 })
    expect(pendingCount(late.state)).toBe(0)
  })

  it('knows no token that was never registered (SPEC A2)', () => {
    expect(leftOf(acknowledge(WAITING, B, 0).value)).toEqual({ _tag: 'TokenNotPending' })
  })

  it('takes an ACK once: the second, and one after the sweep, find nothing pending (SPEC A3)', () => {
    const gone = [acknowledge(WAITING, A, 5), acknowledge(WAITING, A, 10), expire(WAITING, 10), abandon(WAITING, A)]
    for (const { state } of gone) {
      expect(leftOf(acknowledge(state, A, 10).value)).toEqual({ _tag: 'TokenNotPending' })
    }
  })

  it('counts a clock that jumps back as one that stood still (SPEC A2, DIV-R2)', () => {
    const later = register(WAITING, B, OTHER_HANDOFF, 5)
    for (const nowMs of [0, -1, Number.NaN, Infinity, -Infinity]) {
      expect(rightOf(acknowledge(later, B, nowMs).value).waitedMs).toBe(0)
    }
  })
})

describe('abandon', () => {
  it('gives a pending handoff up and tells what it was (SPEC A4)', () => {
    const { state, value } = abandon(WAITING, A)
    expect(value).toBe(HANDOFF)
    expect(pendingCount(state)).toBe(0)
    expect(abandon(state, A).value).toBeUndefined()
  })

  it('does so for an overdue one that was not yet swept (SPEC A4)', () => {
    const overdue = acknowledge(WAITING, B, 12).state
    expect(abandon(overdue, A).value).toBe(HANDOFF)
  })
})

describe('expire', () => {
  it('removes the handoffs with now >= deadline, each once, with token, instant and configured deadline (SPEC A5)', () => {
    expect(expire(WAITING, 9.999).value).toEqual([])
    const { state, value } = expire(WAITING, 10)
    expect(value).toEqual([{ token: A, handoff: HANDOFF, deadlineMs: 10, ackDeadlineMs: 10 }])
    expect(expire(state, 10).value).toEqual([])
  })

  it('tells them in the order of deadline, then of registration, whatever their bytes (DIV-A1)', () => {
    const order = [0xf, 0x1, 0xe, 0x2, 0xd]
    const registry = order.reduce(
      (all, byte, i) => register(all, token(byte), HANDOFF, Math.floor(i / 2)), ackRegistry(10),
    )
    expect(expire(registry, 11).value.map(({ deadlineMs }) => deadlineMs)).toEqual([10, 10, 11, 11])
    const told = expire(registry, 100).value
    expect(told.map((overdue) => order.find((byte) => sameToken(overdue.token, token(byte))))).toEqual(order)
  })

  it('puts a handoff that was registered again behind those registered before that (DIV-A1)', () => {
    const again = register(register(WAITING, B, OTHER_HANDOFF, 0), A, HANDOFF, 0)
    expect(expire(again, 10).value.map((overdue) => overdue.handoff)).toEqual([OTHER_HANDOFF, HANDOFF])
  })

  it('tells tokens that print as <redacted> (DIV-T3)', () => {
    expect(inspect(expire(WAITING, 10).value, { depth: 9 })).toContain('token: <redacted>')
  })
})

describe('nextDeadlineMs', () => {
  it('is the first instant at which expire finds anything (DIV-A2)', () => {
    fc.assert(fc.property(arbitraryDuration(), timeline, (ackDeadlineMs, operations) => {
      const registry = operations.reduce((state, timed) => run(state, timed).state, ackRegistry(ackDeadlineMs))
      const deadlineMs = nextDeadlineMs(registry)
      expect(deadlineMs === undefined).toBe(pendingCount(registry) === 0)
      if (deadlineMs === undefined) return
      if (deadlineMs - 0.5 > registry.latestMs) expect(expire(registry, deadlineMs - 0.5).value).toEqual([])
      expect(expire(registry, deadlineMs).value.length).toBeGreaterThan(0)
    }))
  })
})

describe('an ACK registry', () => {
  it('answers like a list gone through from end to end, at any readings (SPEC A1–A5, DIV-A1, DIV-R2)', () => {
    fc.assert(fc.property(arbitraryDuration(), timeline, (ackDeadlineMs, operations) => {
      expectLockstep(
        {
          start: ackRegistry(ackDeadlineMs), run,
          observe: (real) => [real.ackDeadlineMs, real.latestMs, pendingCount(real), nextDeadlineMs(real)],
        },
        {
          start: AckRegistryModel.ackRegistryModel(ackDeadlineMs), run: runModel,
          observe: (model) =>
            [model.ackDeadlineMs, model.latestMs, model.pending.length, AckRegistryModel.nextDeadlineMs(model)],
        },
        operations,
      )
    }), { numRuns: 500 })
  })

  // registered = pending + acknowledged + expired + abandoned + replaced
  it('lets every entry leave exactly once, whichever way (SPEC A1–A5)', () => {
    fc.assert(fc.property(arbitraryDuration(), timeline, (ackDeadlineMs, operations) => {
      let [registry, registered, left] = [ackRegistry(ackDeadlineMs), 0, 0]
      for (const timed of operations) {
        const [, op] = timed
        const { state, value } = run(registry, timed)
        if (op._tag === 'Register') {
          registered += 1
          left += abandon(registry, op.token).value === undefined ? 0 : 1
        }
        if (op._tag === 'Abandon') left += value === undefined ? 0 : 1
        if (op._tag === 'Acknowledge') left += pendingCount(registry) - pendingCount(state)
        if (op._tag === 'Expire') left += (value as ReadonlyArray<unknown>).length
        registry = state
        expect(registered).toBe(pendingCount(registry) + left)
      }
    }))
  })
})

describe('pendingHandoffs', () => {
  it('are those registered and neither acknowledged nor given up, the oldest first', () => {
    const [first, second, third] = [1n, 2n, 3n].map((connectionId) => ({ serviceName: SERVICE, backendPid: 0, connectionId }))
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are three')
    const all = [first, second, third].reduce((registry, handoff, i) => register(registry, token(i + 1), handoff, i), ackRegistry(5_000))
    expect(AckRegistry.pendingHandoffs(all)).toEqual([first, second, third])
    expect(AckRegistry.pendingHandoffs(abandon(all, token(2)).state)).toEqual([first, third])
  })
})

describe('describeAckError', () => {
  it('is the reference\'s words for an ACK that was not accepted (SPEC A2, A3)', () => {
    const overdue = { serviceName: SERVICE, backendPid: 0, connectionId: 7n }
    expect(describeAckError({ _tag: 'TokenNotPending' })).toBe('handoff ACK token is not pending')
    expect(describeAckError({ _tag: 'AckDeadlineExceeded', handoff: overdue, ackDeadlineMs: 5_000 }))
      .toBe('backend ACK deadline (5000 ms) exceeded for zccache connection 7')
  })
})
