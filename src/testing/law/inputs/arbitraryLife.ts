/**
 * Lives for fast-check: what happens to a state, at times that one duration is the measure of.
 */
import fc from 'fast-check'
import { atLeastOne } from '../../model/time.js'
import type { Timeline } from '../live.js'

/** @internal Something with a duration, and what happens to it, when. */
export type Life<Settings, E> = Settings & { readonly events: Timeline<E> }

/**
 * @internal Settings, and up to 40 things that happen under them. Between two of them no time goes by, or half of the
 * duration, or all of it, or half a millisecond more or less; now and then the clock goes back, or reads what is no
 * instant. So deadlines are hit exactly, and often.
 */
export function arbitraryLife<Settings extends object, E>(
  settings: fc.Arbitrary<Settings>, durationOf: (settings: Settings) => number, event: fc.Arbitrary<E>,
): fc.Arbitrary<Life<Settings, E>> {
  return fc.tuple(settings, fc.array(fc.tuple(arbitraryTick(), event), { maxLength: 40 })).map(([settings, happenings]) => {
    const durationMs = atLeastOne(durationOf(settings))
    let clockMs = 0
    const events = happenings.map(([tick, event]) => {
      clockMs += tick.durations * durationMs + tick.moreMs
      return [tick.misreadAs ?? clockMs, event] as const
    })
    return { ...settings, events }
  })
}

interface Tick {
  readonly durations: number
  readonly moreMs: number
  readonly misreadAs?: number
}

function arbitraryTick(): fc.Arbitrary<Tick> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.constant({ durations: 0, moreMs: 0 }) },
    { weight: 36, arbitrary: fc.record({ durations: fc.constantFrom(0, 0.5, 1), moreMs: fc.constantFrom(0, 0.5, 1) }) },
    { weight: 8, arbitrary: fc.record({ durations: fc.constantFrom(1, -1), moreMs: fc.constantFrom(-0.5, 0) }) },
    { weight: 8, arbitrary: misread(Number.NaN, Infinity, -Infinity, -1, -0) },
    { weight: 1, arbitrary: misread(2 ** 32, 2 ** 52 - 1, 2 ** 52, Number.MAX_VALUE) },
  )
}

function misread(...as: ReadonlyArray<number>): fc.Arbitrary<Tick> {
  return fc.constantFrom(...as).map((misreadAs) => ({ durations: 0, moreMs: 0, misreadAs }))
}
