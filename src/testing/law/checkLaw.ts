/**
 * Tries laws on many inputs, and tells what came of it.
 *
 * **Laws**
 *  1. The same law, steps, seed and number of runs give the same report.
 *  2. A law that is broken is told with the smallest input that was found to break it, and with what replays it.
 *  3. Steps that throw break the law: no step may.
 */
import fc from 'fast-check'
import { type HandoffToken, tokenKey } from '../../data/HandoffToken.js'
import { LAW_INPUTS } from './inputs.js'
import type { AnyLaw, Law } from './Law.js'
import type { LawInput } from './LawInputs.js'
import { nameOf } from './shown.js'
import { OUR_STEPS, type Steps } from './Steps.js'

/**
 * How hard to try, and on whose steps: ours if not given, 100 inputs a law, from a seed of fast-check's choice.
 *
 * @category model
 * @since 0.1.0
 */
export interface LawOptions {
  readonly steps?: Steps
  readonly runs?: number
  readonly seed?: number
  /** Where a former report's input is to be tried again: its `path`, with its seed. */
  readonly path?: string
}

/**
 * What came of trying a law.
 *
 * @category model
 * @since 0.1.0
 */
export type LawReport =
  | {
      readonly _tag: 'Broken'
      readonly law: AnyLaw
      readonly breach: string
      /** The smallest input that was found to break it. */
      readonly input: unknown
      readonly seed: number
      readonly path: string
      readonly runs: number
    }
  | { readonly _tag: 'Kept'; readonly law: AnyLaw; readonly seed: number; readonly runs: number }

/**
 * Tries one law.
 *
 * @example
 * import assert from 'node:assert'
 * import { checkLaw, describeLawReport, lawOf, stepsWith, OUR_STEPS } from 'hello-negotiation/testing'
 *
 * const law = lawOf('TOKEN-2')
 * assert(law !== undefined)
 * assert.equal(checkLaw(law, { seed: 1 })._tag, 'Kept')
 *
 * // A store that forgets its limit is found out.
 * const { tokenStore } = OUR_STEPS.TokenStore
 * const steps = stepsWith({
 *   TokenStore: { tokenStore: (limits) => tokenStore(limits), pendingCount: () => 1_000_000 },
 * })
 * const report = checkLaw(law, { steps, seed: 1 })
 * assert.match(describeLawReport(report), /^TOKEN-2 is broken: /)
 *
 * @category queries
 * @since 0.1.0
 */
export function checkLaw(law: AnyLaw, options: LawOptions = {}): LawReport {
  const { steps = OUR_STEPS, runs = 100, seed, path } = options
  const { input, breach } = law as Law
  const property = fc.property(LAW_INPUTS[input] as fc.Arbitrary<never>, (value) => breachOf(breach, steps, value) === undefined)
  const run = fc.check(property, { numRuns: runs, ...(seed !== undefined && { seed }), ...(path !== undefined && { path }) })
  if (!run.failed) return { _tag: 'Kept', law, seed: run.seed, runs: run.numRuns }
  const [broken] = run.counterexample as readonly [never]
  return {
    _tag: 'Broken', law, breach: breachOf(breach, steps, broken) ?? 'it is not broken every time', input: broken,
    seed: run.seed, path: run.counterexamplePath ?? '', runs: run.numRuns,
  }
}

/**
 * Tries many laws, all from one seed.
 *
 * @category queries
 * @since 0.1.0
 */
export function checkLaws(laws: ReadonlyArray<AnyLaw>, options: LawOptions = {}): ReadonlyArray<LawReport> {
  return laws.map((law) => checkLaw(law, options))
}

/**
 * What came of a law, for a person: one line, and below it, where it is broken, the input and what replays it.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeLawReport(report: LawReport): string {
  const { law: { id, sentence }, seed, runs } = report
  if (report._tag === 'Kept') return `${id} holds for ${runs} inputs from seed ${seed}: ${sentence}`
  return [
    `${id} is broken: ${sentence}`,
    `   seen: ${report.breach}`,
    `   input: ${fc.stringify(readable(report.input))}`,
    `   again: checkLaw(lawOf('${id}'), { seed: ${seed}, path: '${report.path}' })`,
  ].join('\n')
}

function breachOf<K extends LawInput>(breach: Law<K>['breach'], steps: Steps, input: never): string | undefined {
  try {
    return breach(steps, input)
  } catch (error) {
    return `a step threw: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The input with its tokens spelt out: they are nobody's secrets, and redacted they would all look the same. */
function readable(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || ArrayBuffer.isView(input)) return input
  if (Array.isArray(input)) return input.map(readable)
  if (tokenKey(input as HandoffToken) !== undefined) {
    return { [fc.toStringMethod]: () => `token(${nameOf(input as HandoffToken)})` }
  }
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, readable(value)]))
}
