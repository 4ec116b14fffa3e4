import * as fc from 'fast-check'
import type { Step } from 'hello-negotiation'
import { FailureWindows } from 'hello-negotiation/step'
import { arbitraryDuration, arbitraryTimeline } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { expectLockstep } from '../support/lockstep.js'
import { STRANGE_TIMES } from '../support/negotiate.js'

const { clear, expire, failureWindows, openWindow, record, restMs, size } = FailureWindows

const KEYS = ['zccache', 'clud', 'constructor', '']

type Operation = readonly [what: 'clear' | 'expire' | 'record', key: string]
type Timed = readonly [nowMs: number, operation: Operation]

const operation: fc.Arbitrary<Operation> = fc.tuple(
  fc.oneof({ arbitrary: fc.constant('record' as const), weight: 6 }, fc.constantFrom('clear' as const, 'expire' as const)),
  fc.constantFrom(...KEYS),
)
const timeline = arbitraryTimeline(operation, { maxLength: 60 })
const limits = fc.record({ maxFailures: fc.integer({ min: 0, max: 4 }), windowMs: arbitraryDuration() })

function run(
  windows: FailureWindows.FailureWindows, [nowMs, [what, key]]: Timed,
): Step<FailureWindows.FailureWindows, unknown> {
  const now = what === 'record' ? record(windows, key, nowMs) : expire(windows, nowMs)
  return { state: what === 'clear' ? clear(now, key) : now, value: undefined }
}

/** A table that forgets nothing: when each key's latest window opened, and its count. */
interface Model {
  readonly maxFailures: number
  readonly windowMs: number
  readonly nowMs: number
  readonly windows: ReadonlyMap<string, FailureWindows.FailureWindow>
}

function modelOf({ maxFailures, windowMs }: FailureWindows.FailureLimit): Model {
  return { maxFailures: maxFailures || 1, windowMs: windowMs || 1, nowMs: 0, windows: new Map() }
}

function modelWindow({ windowMs, nowMs, windows }: Model, key: string): FailureWindows.FailureWindow | undefined {
  const window = windows.get(key)
  return window === undefined || nowMs - window.openedMs >= windowMs ? undefined : window
}

function runModel(model: Model, [reading, [what, key]]: Timed): Step<Model, unknown> {
  const nowMs = Number.isFinite(reading) ? Math.min(2 ** 52, Math.max(model.nowMs, reading)) : model.nowMs
  const now = { ...model, nowMs }
  const { openedMs, count } = modelWindow(now, key) ?? { openedMs: nowMs, count: 0 }
  const windows = new Map(model.windows)
  if (what === 'record') windows.set(key, { openedMs, count: Math.min(count + 1, model.maxFailures) })
  if (what === 'clear') windows.delete(key)
  return { state: { ...now, windows }, value: undefined }
}

describe('the failures of late', () => {
  it('answers like a table that keeps every window for ever, at any readings (SPEC B2, DIV-R1, DIV-R2)', () => {
    fc.assert(fc.property(limits, timeline, (limit, operations) => {
      expectLockstep(
        { start: failureWindows(limit), run, observe: (windows) => KEYS.map((key) => openWindow(windows, key)) },
        { start: modelOf(limit), run: runModel, observe: (model) => KEYS.map((key) => modelWindow(model, key)) },
        operations,
      )
    }), { numRuns: 500 })
  })

  it('makes 1 failure and 1 ms of zero limits, and of what is no limit (SPEC B2)', () => {
    for (const none of [0, -0, -1, Number.NaN, -Infinity]) {
      expect(failureWindows({ maxFailures: none, windowMs: none }).limit).toEqual({ maxFailures: 1, windowMs: 1 })
    }
    expect(failureWindows({ maxFailures: 2.9, windowMs: 0.5 }).limit).toEqual({ maxFailures: 2, windowMs: 0.5 })
  })

  it('holds the keys of the last two window lengths and no more (law 4)', () => {
    let windows = failureWindows({ maxFailures: 8, windowMs: 10 })
    for (let i = 0; i < 1_000; i += 1) {
      windows = record(windows, `backend ${i}`, i)
      expect(size(windows)).toBeLessThanOrEqual(20)
    }
    expect(size(expire(windows, 1_009))).toBe(10)
    expect(size(expire(windows, 1_020))).toBe(0)
  })

  it('drops a generation whole where just two window lengths have passed since it began (law 4)', () => {
    const failed = record(failureWindows({ maxFailures: 8, windowMs: 10 }), 'zccache', 9.5)
    expect(size(expire(failed, 19.5))).toBe(1)
    expect(size(expire(failed, 20))).toBe(0)
  })

  it('keeps a window that is still open when its generation turns, and goes on counting in it', () => {
    const first = record(failureWindows({ maxFailures: 3, windowMs: 10 }), 'clud', 10)
    const second = record(first, 'zccache', 19.5)
    const turned = record(second, 'zccache', 20)
    expect(openWindow(turned, 'clud')).toBeUndefined()
    expect(openWindow(turned, 'zccache')).toEqual({ openedMs: 19.5, count: 2 })
    expect(openWindow(expire(turned, 29), 'zccache')).toEqual({ openedMs: 19.5, count: 2 })
    expect(openWindow(expire(turned, 29.5), 'zccache')).toBeUndefined()
  })

  it('clears a key from both generations, and leaves a table alone that does not know it', () => {
    const opened = record(failureWindows({ maxFailures: 3, windowMs: 10 }), 'zccache', 19.5)
    const counted = record(expire(opened, 20), 'zccache', 20)
    expect(clear(counted, 'clud')).toBe(counted)
    expect(size(clear(expire(counted, 21), 'zccache'))).toBe(0)
    expect(openWindow(clear(counted, 'zccache'), 'zccache')).toBeUndefined()
  })

  it('tells what is left of a window, never less than nothing', () => {
    const windows = record(failureWindows({ maxFailures: 3, windowMs: 10 }), 'zccache', 5)
    expect(restMs(windows, { openedMs: 5, count: 1 })).toBe(10)
    expect(restMs(expire(windows, 12.5), { openedMs: 5, count: 1 })).toBe(2.5)
    expect(restMs(expire(windows, 99), { openedMs: 5, count: 1 })).toBe(0)
  })

  it('answers at any reading of the clock, and never goes back (DIV-R2)', () => {
    const opened = record(failureWindows({ maxFailures: 1, windowMs: 10 }), 'zccache', 5)
    for (const nowMs of STRANGE_TIMES) {
      const { latestMs } = expire(opened, nowMs)
      expect(latestMs).toBeGreaterThanOrEqual(5)
      expect(openWindow(expire(opened, nowMs), 'zccache') === undefined).toBe(latestMs >= 15)
    }
  })
})
