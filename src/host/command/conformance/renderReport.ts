/**
 * A report on a broker or client as text for a terminal, and as JSON.
 *
 * **Laws**
 *  1. The text is lines of visible characters and spaces, whatever came from the other side.
 *  2. No half of a session token that the policy holds is shown; a handoff token only in JSON.
 */
import { fromLatin1 } from '../../../data/Bytes.js'
import { printable } from '../../../data/Printable.js'
import type { Policy } from '../../../negotiate/Policy.js'
import {
  type CaseResult, type ConformanceReport, countVerdicts, rowsOf, verdictOnRow,
} from '../../../testing/conformance/ConformanceReport.js'
import { type Differed, type Finding, type Verdict, verdictOf } from '../../../testing/conformance/Finding.js'
import { tokenIn } from '../../../testing/conformance/Reading.js'
import { paragraph } from '../inspect/table.js'
import { plural } from '../inspect/text.js'
import { maskedHex } from './maskedHex.js'

type Compared = Extract<ConformanceReport, { readonly _tag: 'Compared' }>

/** How many differences of one result are shown on a terminal, and how many bytes of a message; JSON has more. */
const DIFFERENCES_SHOWN = 3
const DIFFERENCES_IN_JSON = 50
const BYTES_SHOWN = 64
const BYTES_IN_JSON = 4_096

const WORDS: Readonly<Record<Verdict, string>> = {
  Agrees: 'agrees', AsReference: 'as the reference', Differs: 'DIFFERS', NotShown: 'not shown',
}

/** The columns that a verdict takes, and the label of a line about a difference. */
const VERDICT_COLUMNS = 18
const LABEL_COLUMNS = 14

/** One result, on a line or two, and what differs, on a few more. */
export function resultLines({ rows, what, findings }: CaseResult, policy?: Policy): ReadonlyArray<string> {
  const verdict = verdictOf(findings)
  const differences = differencesOf(findings)
  const more = differences.length - DIFFERENCES_SHOWN
  return [
    ...labelled(WORDS[verdict], VERDICT_COLUMNS, `${rows.join(' ')}: ${what}${countText(findings, verdict)}`),
    ...differences.slice(0, DIFFERENCES_SHOWN).flatMap((one) => differenceLines(one, policy)),
    ...(more > 0 ? [`  and ${plural(more, 'difference')} more (--json has up to ${DIFFERENCES_IN_JSON})`] : []),
  ]
}

/** The results that have not been printed yet (`told` are their names), and the sum of all. */
export function reportLines(
  { results, conversations }: Compared, told: ReadonlySet<string>, policy?: Policy,
): ReadonlyArray<string> {
  const counts = countVerdicts(results)
  const rows = rowsOf(results)
  const rowLines = (verdict: Verdict): ReadonlyArray<string> => {
    const chosen = rows.filter((row) => verdictOnRow(results, row) === verdict)
    return chosen.length === 0 ? [] : labelled(WORDS[verdict], VERDICT_COLUMNS, chosen.join(' '))
  }
  return [
    ...results.filter(({ id }) => !told.has(id)).flatMap((result) => resultLines(result, policy)),
    '',
    `${VERDICTS.map((verdict) => `${counts[verdict]} ${WORDS[verdict]}`).join(', ')}; ${plural(conversations, 'conversation')}. Rows:`,
    ...VERDICTS.flatMap(rowLines),
  ]
}

const VERDICTS: ReadonlyArray<Verdict> = ['Agrees', 'AsReference', 'Differs', 'NotShown']

/** The report as plain data: bytes in hex, the findings that agree as their number. */
export function reportJson(report: ConformanceReport, policy?: Policy): unknown {
  if (report._tag === 'Unreachable') return { outcome: 'could-not-talk', error: report.trouble }
  const { results, conversations } = report
  return {
    outcome: countVerdicts(results).Differs === 0 ? 'agrees' : 'differs',
    conversations,
    rows: Object.fromEntries(rowsOf(results).map((row) => [row, WORDS[verdictOnRow(results, row)].toLowerCase()])),
    results: results.map((result) => resultJson(result, policy)),
  }
}

function resultJson({ id, rows, what, findings }: CaseResult, policy: Policy | undefined): unknown {
  const differences = differencesOf(findings)
  return {
    id,
    rows,
    what,
    verdict: WORDS[verdictOf(findings)].toLowerCase(),
    agreed: agreedIn(findings),
    differed: differences.length,
    differences: differences.slice(0, DIFFERENCES_IN_JSON).map((one) => differenceJson(one, policy)),
    notShown: reasonsIn(findings),
  }
}

function differenceJson({ sent, received, _tag, ...others }: Differed, policy: Policy | undefined): unknown {
  const hex = (bytes: Uint8Array): string => hexOf(bytes, halvesIn(policy), BYTES_IN_JSON, '')
  return { ...others, sent: hex(sent), sentBytes: sent.length, received: hex(received), receivedBytes: received.length }
}

function differenceLines(
  { what, rows, expected, actual, sent, received, asReference }: Differed, policy: Policy | undefined,
): ReadonlyArray<string> {
  const secrets = [...halvesIn(policy), tokenIn(received)]
  const as = asReference === undefined ? '' : `, as the reference does (${asReference})`
  return [
    ...paragraph(printable(`${what} [${rows.join(' ')}]${as}`), '  '),
    ...labelled('    expected', LABEL_COLUMNS, expected),
    ...labelled('    found', LABEL_COLUMNS, actual),
    ...labelled('    sent', LABEL_COLUMNS, bytesText(sent, secrets)),
    ...labelled('    received', LABEL_COLUMNS, bytesText(received, secrets)),
  ]
}

function countText(findings: ReadonlyArray<Finding>, verdict: Verdict): string {
  const agreed = agreedIn(findings)
  const differed = differencesOf(findings).length
  const [reason] = reasonsIn(findings)
  if (verdict === 'NotShown') return reason === undefined ? '' : ` (${reason})`
  const counts = differed === 0 ? `${agreed}` : `${agreed} of ${agreed + differed}`
  return ` (${counts}${reason === undefined ? '' : `; not all shown: ${reason}`})`
}

function bytesText(bytes: Uint8Array, secrets: ReadonlyArray<Uint8Array>): string {
  return bytes.length === 0 ? 'nothing' : `${plural(bytes.length, 'byte')}: ${hexOf(bytes, secrets, BYTES_SHOWN, ' ')}`
}

function hexOf(bytes: Uint8Array, secrets: ReadonlyArray<Uint8Array>, maxBytes: number, between: string): string {
  const cells = maskedHex(bytes.subarray(0, maxBytes + 1), secrets).slice(0, maxBytes)
  return (bytes.length > maxBytes ? [...cells, '…'] : cells).join(between)
}

function halvesIn(policy: Policy | undefined): ReadonlyArray<Uint8Array> {
  const sessions = policy?.sessions
  return sessions === undefined ? [] : [sessions.brokerHalf, ...sessions.daemonHalves.values()].map(fromLatin1)
}

function agreedIn(findings: ReadonlyArray<Finding>): number {
  return findings.filter(({ _tag }) => _tag === 'Agreed').length
}

function differencesOf(findings: ReadonlyArray<Finding>): ReadonlyArray<Differed> {
  return findings.filter((finding): finding is Differed => finding._tag === 'Differed')
}

function reasonsIn(findings: ReadonlyArray<Finding>): ReadonlyArray<string> {
  return [...new Set(findings.flatMap((finding) => (finding._tag === 'NotShown' ? [finding.why] : [])))]
}

/** A paragraph behind a label. */
function labelled(label: string, columns: number, text: string): ReadonlyArray<string> {
  const lines = paragraph(printable(text), ' '.repeat(columns))
  return lines.map((line, i) => (i === 0 ? `${label.padEnd(columns)}${line.slice(columns)}` : line))
}
