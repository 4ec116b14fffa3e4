/**
 * An inspection as text for a terminal.
 *
 * **Laws**
 *  1. The text is lines of visible characters and spaces, whatever the bytes were.
 */
import { absurd } from '../../../data/absurd.js'
import { HEADER_BYTES, HELLO_BODY_MAX_BYTES, FRAME_BODY_MAX_BYTES } from '../../../wire/Limits.js'
import type { Excerpt, Fault, FieldReport, FramingReport, Inspection, MessageReport, Verdict } from './Inspection.js'
import { paragraph, type Row, row, rows } from './table.js'
import { hexByte, plural } from './text.js'

/** The text, several lines, without a line break at its end. */
export function renderInspection(inspection: Inspection): string {
  const { framing, frame, fault, verdict } = inspection
  const isCut = framing._tag === 'Framed' && framing.missingBytes > 0
  const table = [...headerRows(framing), ...(frame === undefined ? [] : messageRows(frame, 0, isCut))]
  const blocks = [
    paragraph(summary(inspection)),
    rows(table),
    ...(fault === undefined ? [] : [faultLines(fault)]),
    verdictLines(verdict),
  ]
  return blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')
}

function summary({ bytes, framing }: Inspection): string {
  const total = plural(bytes, 'byte')
  switch (framing._tag) {
    case 'Empty':
      return 'No bytes: there is nothing to explain.'
    case 'Foreign':
      return `${total}, which are no frame${framing.guess === undefined ? '' : `; this looks like ${framing.guess}`}.`
    case 'Framed':
      return `${total}${framedSummary(framing)}.`
    case 'HeaderCut':
      return `${total}; the frame is truncated, ${HEADER_BYTES - bytes} of its ${HEADER_BYTES} header bytes missing.`
    case 'Unframed':
      return `${total} without a framing header: this looks like a Frame on its own, and is explained as one. `
        + 'Sent as it stands, it would be refused: unsupported framing version.'
    default:
      return absurd(framing)
  }
}

function framedSummary({ missingBytes, extraBytes }: Extract<FramingReport, { readonly _tag: 'Framed' }>): string {
  if (missingBytes > 0) return `; the frame is truncated, ${plural(missingBytes, 'byte')} missing at its end`
  if (extraBytes > 0) return `, of which the last ${extraBytes} follow the frame: whoever reads it leaves them alone`
  return ', one whole frame'
}

function headerRows(framing: FramingReport): ReadonlyArray<Row> {
  switch (framing._tag) {
    case 'Empty':
    case 'Unframed':
      return []
    case 'Foreign': {
      const text = framing.beginning === '' ? [] : [`the first line: ${framing.beginning}`]
      return [row(0, hexByte(framing.first), 'framing_byte', [`${framing.first}; expected 1`, ...text])]
    }
    case 'Framed':
      return [FRAMING_BYTE, bodyLength(framing.hex, bodyText(framing.bodyBytes))]
    case 'HeaderCut':
      return [FRAMING_BYTE, bodyLength(framing.hex, `cut off, ${plural(framing.lengthBytes, 'byte')} of 4 here`)]
    default:
      return absurd(framing)
  }
}

const FRAMING_BYTE: Row = row(0, '01', 'framing_byte', ['1'])

function bodyLength(hex: string, text: string): Row {
  return row(1, hex, 'body_length', [text])
}

/** SPEC F3. */
function bodyText(bodyBytes: number): string {
  const bytes = plural(bodyBytes, 'byte')
  if (bodyBytes > FRAME_BODY_MAX_BYTES) return `${bytes}, over the cap of any frame, ${FRAME_BODY_MAX_BYTES}`
  return bodyBytes > HELLO_BODY_MAX_BYTES
    ? `${bytes}, over the cap of a Hello's frame, ${HELLO_BODY_MAX_BYTES}; any other's is ${FRAME_BODY_MAX_BYTES}`
    : `${bytes}, within the cap of a Hello's frame, ${HELLO_BODY_MAX_BYTES}`
}

/** Of a message that is cut, no bytes do not mean that every field has its default. */
function messageRows(report: MessageReport, depth: number, isCut = false): ReadonlyArray<Row> {
  const { fields, hiddenFields, lastFields } = report
  const hidden = hiddenFields === 0 ? [] : [remark(depth, `… ${hiddenFields} more`)]
  const isEmpty = report.bytes === 0
  const why = isCut ? 'none of its bytes are here' : `no bytes: every field of the ${report.message} has its default`
  const empty = isEmpty ? [remark(depth, `(${why})`)] : []
  const rowsOf = (field: FieldReport): ReadonlyArray<Row> => fieldRows(field, depth)
  return [...empty, ...fields.flatMap(rowsOf), ...hidden, ...lastFields.flatMap(rowsOf)]
}

function fieldRows({ start, hex, name, value, notes, nested }: FieldReport, depth: number): ReadonlyArray<Row> {
  const own = row(start, hex, indented(depth, name), [value, ...notes])
  return nested === undefined ? [own] : [own, ...messageRows(nested, depth + 1)]
}

function remark(depth: number, text: string): Row {
  return { offset: '', hex: '', name: indented(depth, text), texts: [] }
}

function indented(depth: number, text: string): string {
  return `${'  '.repeat(depth)}${text}`
}

function faultLines({ offset, description, excerpt }: Fault): ReadonlyArray<string> {
  return [`Decoding stopped at byte ${offset}:`, ...paragraph(description, '  '), ...excerptLines(excerpt)]
}

function excerptLines({ start, cells, caret }: Excerpt): ReadonlyArray<string> {
  const margin = `  ${start}: `
  return [`${margin}${cells.join(' ')}`.trimEnd(), `${' '.repeat(margin.length + 3 * caret)}^^`]
}

function verdictLines(verdict: Verdict): ReadonlyArray<string> {
  switch (verdict._tag) {
    case 'BrokerProceeds':
      return paragraph(`A broker would go on to rate limit, look-up and version policy.${pidText(verdict.claimedPid)}`)
    case 'BrokerRefuses':
      return [
        'A broker would refuse it:',
        `  code    ${verdict.code}`,
        `  reason  ${verdict.reason}`,
        ...paragraph(`because ${verdict.explanation}`, '  '),
      ]
    case 'ReaderAccepts':
      return paragraph(`A ${verdict.reader} would read ${verdict.explanation}.`)
    case 'ReaderRejects':
      return [`A ${verdict.reader} would not take it:`, ...paragraph(verdict.explanation, '  ')]
    default:
      return absurd(verdict)
  }
}

function pidText(claimedPid: number): string {
  return claimedPid === 0 ? '' : ` Where the system tells it the peer's pid, that must be ${claimedPid}.`
}
