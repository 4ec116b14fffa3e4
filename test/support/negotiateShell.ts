/**
 * A broker in a test's hands: its clock stands until it is moved, its randomness is known, its events are kept.
 */
import { type Broker, type BrokerEvent, type BrokerOptions, createBroker, type RandomSource } from 'hello-negotiation'
import { POLICY } from './negotiate.js'

/** A clock that shows what it was last set to. */
export interface ManualClock {
  readonly read: () => number
  readonly set: (nowMs: number) => void
}

export function manualClock(startMs = 0): ManualClock {
  let nowMs = startMs
  return { read: () => nowMs, set: (next) => { nowMs = next } }
}

/** A source that never gives the same sixteen bytes twice, and the sizes it was asked for. */
export interface CountingRandom {
  readonly read: RandomSource
  readonly asked: Array<number>
}

export function countingRandom(): CountingRandom {
  const asked: Array<number> = []
  let given = 0
  const read: RandomSource = (byteCount) => {
    asked.push(byteCount)
    const text = Array.from({ length: Math.ceil(byteCount / 16) }, () => nthToken(given++)).join('')
    return Buffer.from(text.slice(0, byteCount), 'latin1')
  }
  return { read, asked }
}

/** The nth token that `countingRandom` gives: printable, so that a text which shows it shows it as it is. */
export function nthToken(n: number): string {
  return `tok~${String(n).padStart(12, '@')}`
}

/** A broker, and what a test moves and looks at. */
export interface Bench {
  readonly broker: Broker
  readonly clock: ManualClock
  readonly random: CountingRandom
  readonly events: Array<BrokerEvent>
  /** The tags of the events since this was last asked. */
  readonly news: () => ReadonlyArray<string>
}

export function bench(options: Partial<BrokerOptions> = {}): Bench {
  const clock = manualClock()
  const random = countingRandom()
  const events: Array<BrokerEvent> = []
  let told = 0
  const onEvent = (event: BrokerEvent): void => void events.push(event)
  const broker = createBroker({ policy: POLICY, clock: clock.read, random: random.read, onEvent, ...options })
  const news = (): ReadonlyArray<string> => {
    const tags = events.slice(told).map(({ _tag }) => _tag)
    told = events.length
    return tags
  }
  return { broker, clock, random, events, news }
}
