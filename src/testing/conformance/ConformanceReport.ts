/**
 * What was found out about a broker or a client, row by row.
 */
import type { CaseHead } from './ConformanceCase.js'
import { type Finding, type Verdict, verdictOf } from './Finding.js'

/**
 * One thing that SPEC says, and what was found about it.
 *
 * @category model
 * @since 0.1.0
 */
export interface CaseResult extends CaseHead {
  readonly findings: ReadonlyArray<Finding>
}

/**
 * Everything that was found, and whether there was anybody to ask: `Unreachable` says why there was not.
 *
 * @category model
 * @since 0.1.0
 */
export type ConformanceReport =
  | { readonly _tag: 'Compared'; readonly results: ReadonlyArray<CaseResult>; readonly conversations: number }
  | { readonly _tag: 'Unreachable'; readonly trouble: string }

/**
 * How many results there are of each verdict.
 *
 * @category queries
 * @since 0.1.0
 */
export function countVerdicts(results: ReadonlyArray<CaseResult>): Readonly<Record<Verdict, number>> {
  const none: Readonly<Record<Verdict, number>> = { Agrees: 0, AsReference: 0, Differs: 0, NotShown: 0 }
  return results.reduce((counts, { findings }) => {
    const verdict = verdictOf(findings)
    return { ...counts, [verdict]: counts[verdict] + 1 }
  }, none)
}

/**
 * What was found about one row of SPEC, over all results that are about it.
 *
 * @category queries
 * @since 0.1.0
 */
export function verdictOnRow(results: ReadonlyArray<CaseResult>, row: string): Verdict {
  return verdictOf(results.filter(({ rows }) => rows.includes(row)).flatMap(({ findings }) => findings))
}

/**
 * Every row that some result is about, in SPEC's order of sections.
 *
 * @category queries
 * @since 0.1.0
 */
export function rowsOf(results: ReadonlyArray<CaseResult>): ReadonlyArray<string> {
  return [...new Set(results.flatMap(({ rows }) => rows))].sort((a, b) => rowOrder(a) - rowOrder(b) || (a < b ? -1 : 1))
}

const SECTIONS = 'FWEHRLVKNTAXQBYCGMD'

function rowOrder(row: string): number {
  return SECTIONS.indexOf(row.charAt(0)) * 1_000 + Number.parseInt(row.slice(1), 10)
}
