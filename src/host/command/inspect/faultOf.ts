/**
 * Where decoding stopped, why, and the bytes around the place.
 *
 * **Not here** secrets in bytes that belong to no field: after a fault nobody can say what they are,
 * and the excerpt shows up to `EXCERPT_BYTES` of them.
 */
import { describeDecodeError } from '../../../wire/DecodeError.js'
import type { Excerpt, Fault, FieldReport, MessageReport, Span } from './Inspection.js'
import { hexByte } from './text.js'

/** How many bytes are shown on either side of a fault. */
export const EXCERPT_BYTES = 8

/** The fault of a Frame, or of the message in its payload; none where both are sound. */
export function faultOf(bytes: Uint8Array, frame: MessageReport): Fault | undefined {
  const broken = frame.error === undefined ? payloadOf(frame) : frame
  if (broken?.error === undefined) return undefined
  const offset = broken.start + broken.error.offset
  const inner = innermost(broken, offset)
  return {
    offset,
    error: broken.error,
    description: describeDecodeError(inner.error ?? broken.error),
    excerpt: excerptOf(bytes, offset, secretsOf(frame)),
  }
}

/** Every field that is shown, those after the hidden ones too. */
export function shownFields({ fields, lastFields }: MessageReport): ReadonlyArray<FieldReport> {
  return [...fields, ...lastFields]
}

function payloadOf(frame: MessageReport): MessageReport | undefined {
  return shownFields(frame).find(({ nested }) => nested !== undefined)?.nested
}

/** The innermost message that stopped at the same place: it knows the names of its own fields. */
function innermost(report: MessageReport, offset: number): MessageReport {
  const nested = shownFields(report).find(({ isBroken }) => isBroken)?.nested
  const isSame = nested?.error !== undefined && nested.start + nested.error.offset === offset
    && nested.error.fault._tag === report.error?.fault._tag
  return nested !== undefined && isSame ? innermost(nested, offset) : report
}

function secretsOf(report: MessageReport): ReadonlyArray<Span> {
  return shownFields(report).flatMap(({ nested, secret }) => [
    ...(secret === undefined ? [] : [secret]),
    ...(nested === undefined ? [] : secretsOf(nested)),
  ])
}

function excerptOf(bytes: Uint8Array, offset: number, secrets: ReadonlyArray<Span>): Excerpt {
  const start = Math.max(0, offset - EXCERPT_BYTES)
  const cells = Array.from(bytes.subarray(start, offset + EXCERPT_BYTES), (byte, i) =>
    secrets.some((span) => span.start <= start + i && start + i < span.end) ? '**' : hexByte(byte))
  return { start, cells, caret: offset - start }
}
