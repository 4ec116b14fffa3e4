/**
 * What was found out about a broker or a client, row by row.
 */
import { type CaseHead, head } from './ConformanceCase.js'
import { type Finding, notShown, type Verdict, verdictOf } from './Finding.js'

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
  return verdictOf(results.flatMap(({ rows, findings }) =>
    findings.filter((finding) => (finding._tag === 'Differed' ? finding.rows : rows).includes(row))))
}

/**
 * @internal What was found, each where it belongs: a refusal that is told wrong, for one, is a matter of its own row, and
 * not of the case in which it was met.
 */
export function sortedOut(results: ReadonlyArray<CaseResult>): ReadonlyArray<CaseResult> {
  const strays = results.flatMap(({ rows, findings }) => findings.filter((finding) => isStray(rows, finding)))
  const rows = [...new Set(strays.flatMap((stray) => (stray._tag === 'Differed' ? stray.rows : [])))]
  return [
    ...results.map(withoutStrays),
    ...rows.map((row): CaseResult => ({
      ...head(`elsewhere-${row.toLowerCase()}`, row, 'what was met with in cases about other rows'),
      findings: strays.filter((stray) => stray._tag === 'Differed' && stray.rows.includes(row)),
    })),
  ]
}

/** @internal The result, its own findings as they are. */
export function withoutStrays(result: CaseResult): CaseResult {
  const findings = result.findings.map((finding) =>
    (isStray(result.rows, finding) ? notShown('a reply was wrong about something else') : finding))
  return { ...result, findings }
}

function isStray(rows: ReadonlyArray<string>, finding: Finding): boolean {
  return finding._tag === 'Differed' && !finding.rows.some((row) => rows.includes(row))
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

/** The letters of SPEC's sections; its list of differences comes last. */
const SECTIONS = 'FWEHRLVKNTAXQBYCGM'

function rowOrder(row: string): number {
  const [, letter = '', number = ''] = /^([A-Z])(\d+)$/.exec(row) ?? []
  return letter === '' ? SECTIONS.length * 1_000 : SECTIONS.indexOf(letter) * 1_000 + Number(number)
}
