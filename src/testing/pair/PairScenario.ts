/**
 * One life to be played: who wants what, and what goes wrong. A scenario is data; its seed makes every choice that
 * it leaves open, and a seed alone makes a scenario.
 *
 * **Laws**
 *  1. The same scenario gives the same life.
 */
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import * as Prng from '../virtual/Prng.js'
import type { Cutting } from '../virtual/Tampering.js'
import { chooser } from '../virtual/chooser.js'
import { PAIR_FAULTS, type PairFault } from './PairFault.js'

/**
 * A life to be played.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairScenario {
  readonly seed: number
  readonly faults: ReadonlyArray<PairFault>
  /** The last of the client's Hellos on which faults act that are about messages and processes. */
  readonly healsAfter: number
  readonly cutting: Cutting
  /** Of what is due at one instant, whether deadlines or messages come first. */
  readonly timersFirst: boolean
  /** Whether the broker keeps a stream that nobody took, until the client closes it. */
  readonly keepsStream: boolean
  readonly client: PairClient
  readonly ackDeadlineMs: number
  readonly tokenTtlMs: number
}

/**
 * What is particular about the client: whether it offers to be handed over and takes it when it is; how often it
 * tries, and whether it does so after every failure; whether other versions would do; what it remembers.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairClient {
  readonly offersHandoff: boolean
  readonly adopts: boolean
  readonly attemptsMax: number
  readonly isPersistent: boolean
  readonly hasAlternatives: boolean
  readonly remembers: 'Nothing' | 'Right' | 'Stale'
}

/**
 * Nothing goes wrong, and the client is handed over.
 *
 * @category constants
 * @since 0.1.0
 */
export const SMOOTH_PAIR: PairScenario = Object.freeze<PairScenario>({
  seed: 1,
  faults: [],
  healsAfter: Infinity,
  cutting: { sizes: 'Whole', pace: 'Burst' },
  timersFirst: false,
  keepsStream: false,
  client: {
    offersHandoff: true, adopts: true, attemptsMax: 4, isPersistent: false, hasAlternatives: false, remembers: 'Nothing',
  },
  ackDeadlineMs: 50,
  tokenTtlMs: 80,
})

/**
 * The scenario of a seed: mostly one fault, sometimes none or several.
 *
 * @example
 * import assert from 'node:assert'
 * import { pairScenario, runPair, traceText } from 'hello-negotiation/testing'
 *
 * const [once, again] = [runPair(pairScenario(7)), runPair(pairScenario(7))]
 * assert.deepEqual(once.violations, [])
 * assert.equal(traceText(once.world.trace), traceText(again.world.trace))
 *
 * @category constructors
 * @since 0.1.0
 */
export function pairScenario(seed: number): PairScenario {
  const dice = chooser(Prng.prng(seed, 'scenario'))
  const faultCount = dice([0, 1, 1, 1, 1, 2, 2, 3])
  return {
    seed,
    faults: Array.from({ length: faultCount }, () => dice(PAIR_FAULTS as ReadonlyNonEmptyArray<PairFault>)),
    healsAfter: dice([1, 2, Infinity, Infinity]),
    cutting: { sizes: dice(['Bytewise', 'Seeded', 'Seeded', 'Whole']), pace: dice(['Burst', 'Spread']) },
    timersFirst: dice([true, false]),
    keepsStream: dice([true, false]),
    client: {
      offersHandoff: dice([true, true, true, false]),
      adopts: dice([true, true, true, false]),
      attemptsMax: dice([1, 2, 4, 4]),
      isPersistent: dice([true, false]),
      hasAlternatives: dice([true, false]),
      remembers: dice(['Nothing', 'Nothing', 'Nothing', 'Nothing', 'Nothing', 'Nothing', 'Right', 'Stale']),
    },
    ackDeadlineMs: dice([50, 50, 12, 0]),
    tokenTtlMs: dice([80, 80, 12, 0]),
  }
}
