import * as fc from 'fast-check'
import type { Step } from 'hello-negotiation'
import { PendingHandoffs } from 'hello-negotiation/step'
import { arbitraryDuration, arbitraryTimeline, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { expectLockstep } from '../support/lockstep.js'
import { leftOf } from '../support/negotiate.js'

const {
  DEFAULT_PENDING_LIMITS, dequeue, describePendingHandoffsFull, enqueue, expire, nextDeadlineMs, pendingHandoffs,
  reconnectWhenFull, size,
} = PendingHandoffs

type Queue = PendingHandoffs.PendingHandoffs<string>

function queueOf(limits: PendingHandoffs.PendingLimits, ...entries: ReadonlyArray<readonly [string, number]>): Queue {
  return entries.reduce((queue, [handoff, nowMs]) => enqueue(queue, handoff, nowMs).state, pendingHandoffs<string>(limits))
}

describe('the limits', () => {
  it('are 64 handoffs of 100 ms by default (SPEC Q1)', () => {
    expect(DEFAULT_PENDING_LIMITS).toEqual({ maxPending: 64, ttlMs: 100 })
    let queue = pendingHandoffs<string>()
    for (let i = 0; i < 64; i += 1) {
      const { state, value } = enqueue(queue, `${i}`, 0)
      expect(value.result._tag).toBe('Right')
      queue = state
    }
    expect(leftOf(enqueue(queue, '64', 99.5).value.result)).toEqual({ _tag: 'PendingHandoffsFull', maxPending: 64 })
    expect(enqueue(queue, '64', 100).value.result._tag).toBe('Right')
  })

  it('become 1 handoff and 1 ms where they are zero or no limits (SPEC Q1)', () => {
    for (const none of [0, -0, -1, Number.NaN, -Infinity]) {
      expect(pendingHandoffs({ maxPending: none, ttlMs: none }).limits).toEqual({ maxPending: 1, ttlMs: 1 })
    }
  })
})

describe('enqueue and dequeue', () => {
  it('are first in, first out (SPEC Q1)', () => {
    const queue = queueOf({ maxPending: 3, ttlMs: 100 }, ['a', 0], ['b', 0], ['c', 1])
    const first = dequeue(queue, 2)
    const second = dequeue(enqueue(first.state, 'd', 2).state, 2)
    expect([first, second, dequeue(second.state, 2)].map(({ value }) => value.handoff)).toEqual(['a', 'b', 'c'])
  })

  it('expire first, at the very instant of the deadline, and tell what expired (SPEC Q1)', () => {
    const queue = queueOf({ maxPending: 2, ttlMs: 100 }, ['a', 0], ['b', 0.5])
    expect(dequeue(queue, 99.5).value).toEqual({ expired: [], handoff: 'a' })
    expect(dequeue(queue, 100).value).toEqual({ expired: ['a'], handoff: 'b' })
    expect(dequeue(queue, 100.5).value).toEqual({ expired: ['a', 'b'], handoff: undefined })
    expect(enqueue(queue, 'c', 100).value).toEqual({ expired: ['a'], result: { _tag: 'Right', right: undefined } })
  })

  it('find nothing in an empty queue', () => {
    expect(dequeue(pendingHandoffs(), 0).value).toEqual({ expired: [], handoff: undefined })
  })

  it('take nothing and lose nothing where the queue is full, even if others expire later (SPEC Q1)', () => {
    const queue = queueOf({ maxPending: 2, ttlMs: 100 }, ['a', 0], ['b', 50])
    const refused = enqueue(queue, 'c', 60)
    expect(leftOf(refused.value.result)).toEqual({ _tag: 'PendingHandoffsFull', maxPending: 2 })
    expect(expire(refused.state, 1_000).value).toEqual(['a', 'b'])
  })

  it('say a full queue in the reference\'s words, and reconnect the client (SPEC Q1)', () => {
    expect(describePendingHandoffsFull({ _tag: 'PendingHandoffsFull', maxPending: 64 }))
      .toBe('pending handoff queue full (64)')
    expect(reconnectWhenFull()).toEqual({ _tag: 'Reconnect', reason: 'FdPressureDisabled' })
  })

  it('leave every older version as it was', () => {
    const queue = deepFreeze(queueOf({ maxPending: 4, ttlMs: 100 }, ['a', 0], ['b', 0]))
    const left = enqueue(queue, 'left', 1).state
    const right = enqueue(queue, 'right', 1).state
    expect([left, right, queue].map((version) => expire(version, 1_000).value))
      .toEqual([['a', 'b', 'left'], ['a', 'b', 'right'], ['a', 'b']])
  })
})

describe('nextDeadlineMs', () => {
  it('is the oldest handoff\'s, and none where nobody waits', () => {
    const queue = queueOf({ maxPending: 2, ttlMs: 100 }, ['a', 5], ['b', 6])
    expect(nextDeadlineMs(queue)).toBe(105)
    expect(nextDeadlineMs(dequeue(queue, 7).state)).toBe(106)
    expect(nextDeadlineMs(pendingHandoffs())).toBeUndefined()
  })

  it('leaves nothing to expire before it, and something at it', () => {
    const queue = queueOf({ maxPending: 2, ttlMs: 2.5 }, ['a', 1])
    expect(expire(queue, 3).value).toEqual([])
    expect(expire(queue, nextDeadlineMs(queue) ?? Number.NaN).value).toEqual(['a'])
  })
})

type Operation = { readonly _tag: 'Dequeue' | 'Enqueue' | 'Expire' }
type Timed = readonly [nowMs: number, operation: Operation, handoff: string]

function run(queue: Queue, [nowMs, { _tag }, handoff]: Timed): Step<Queue, unknown> {
  if (_tag === 'Enqueue') return enqueue(queue, handoff, nowMs)
  return _tag === 'Dequeue' ? dequeue(queue, nowMs) : expire(queue, nowMs)
}

/** The naive queue: a list of handoffs with their deadlines, filtered through and through. */
interface Model {
  readonly maxPending: number
  readonly ttlMs: number
  readonly nowMs: number
  readonly waiting: ReadonlyArray<readonly [handoff: string, deadlineMs: number]>
}

function runModel(model: Model, [reading, { _tag }, handoff]: Timed): Step<Model, unknown> {
  const { maxPending, ttlMs } = model
  const nowMs = Number.isFinite(reading) ? Math.min(2 ** 52, Math.max(model.nowMs, reading)) : model.nowMs
  const expired = model.waiting.filter(([, deadlineMs]) => nowMs >= deadlineMs).map(([name]) => name)
  const waiting = model.waiting.filter(([, deadlineMs]) => nowMs < deadlineMs)
  const now = { maxPending, ttlMs, nowMs, waiting }
  if (_tag === 'Expire') return { state: now, value: expired }
  if (_tag === 'Dequeue') {
    return { state: { ...now, waiting: waiting.slice(1) }, value: { expired, handoff: waiting[0]?.[0] } }
  }
  if (waiting.length >= maxPending) {
    return { state: now, value: { expired, result: { _tag: 'Left', left: { _tag: 'PendingHandoffsFull', maxPending } } } }
  }
  const entry = [handoff, Math.min(nowMs + ttlMs, 2 ** 52)] as const
  const result = { _tag: 'Right', right: undefined }
  return { state: { ...now, waiting: [...waiting, entry] }, value: { expired, result } }
}

describe('the queue', () => {
  const limits = fc.record({ maxPending: fc.nat({ max: 4 }), ttlMs: arbitraryDuration() })
  const operation = fc.constantFrom('Enqueue', 'Enqueue', 'Dequeue', 'Expire').map((_tag) => ({ _tag } as Operation))
  const timeline = arbitraryTimeline(operation, { maxLength: 60 })
    .map((happenings) => happenings.map(([nowMs, what], i): Timed => [nowMs, what, `${i}`]))

  it('answers like a list that is filtered at every step, at any readings (SPEC Q1, DIV-R2)', () => {
    fc.assert(fc.property(limits, timeline, ({ maxPending, ttlMs }, happenings) => {
      expectLockstep(
        {
          start: pendingHandoffs<string>({ maxPending, ttlMs }), run,
          observe: (queue) => ({ size: size(queue), next: nextDeadlineMs(queue) }),
        },
        {
          start: { maxPending: maxPending || 1, ttlMs: ttlMs || 1, nowMs: 0, waiting: [] }, run: runModel,
          observe: ({ waiting }) => ({ size: waiting.length, next: waiting[0]?.[1] }),
        },
        happenings,
      )
    }), { numRuns: 500 })
  })

  it('gives back each handoff it took, once, in the order it took them (law 1)', () => {
    fc.assert(fc.property(limits, timeline, (limit, happenings) => {
      let queue = pendingHandoffs<string>(limit)
      const taken: Array<string> = []
      const given: Array<string> = []
      for (const [nowMs, { _tag }, handoff] of happenings) {
        if (_tag === 'Enqueue') {
          const { state, value } = enqueue(queue, handoff, nowMs)
          given.push(...value.expired)
          if (value.result._tag === 'Right') taken.push(handoff)
          queue = state
        } else {
          const { state, value } = dequeue(queue, nowMs)
          given.push(...value.expired, ...(value.handoff === undefined ? [] : [value.handoff]))
          queue = state
        }
        expect(size(queue)).toBe(taken.length - given.length)
        expect(size(queue)).toBeLessThanOrEqual(queue.limits.maxPending)
      }
      expect([...given, ...expire(queue, Number.MAX_VALUE).value]).toEqual(taken)
    }))
  })

  it('shares what waits with the version before, however often that is stepped from (law 4)', () => {
    let full = pendingHandoffs<number>({ maxPending: 32_768, ttlMs: 100 })
    for (let i = 0; i < 32_768; i += 1) full = enqueue(full, i, 0).state
    const branches = full.entries.root.slots
    for (let i = 0; i < 100; i += 1) {
      const { slots } = dequeue(full, 1).state.entries.root
      expect(slots.filter((branch, at) => branch === branches[at])).toHaveLength(31)
    }
  })
})
