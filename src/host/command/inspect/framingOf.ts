/**
 * What stands at the start of captured bytes: a header, a part of one, none, or another protocol.
 *
 * **Laws**
 *  1. Bytes that begin with 0x01 are never taken for a bare Frame: 0x01 would be the key of field 0,
 *     which no message has.
 */
import { FRAMING_VERSION, HEADER_BYTES } from '../../../wire/Limits.js'
import { decodeFrame } from '../../../wire/messages/Frame.js'
import { SCHEMA } from '../../../wire/messages/schema.js'
import type { FramingReport } from './Inspection.js'
import { hexBytes, quoted } from './text.js'

/** Looks at the first bytes, and for a bare Frame at all of them. */
export function framingOf(bytes: Uint8Array): FramingReport {
  const first = bytes[0]
  if (first === undefined) return { _tag: 'Empty' }
  if (first !== FRAMING_VERSION) return isBareFrame(bytes, first) ? { _tag: 'Unframed' } : foreign(bytes, first)
  const hex = hexBytes(bytes.subarray(1, HEADER_BYTES))
  if (bytes.length < HEADER_BYTES) return { _tag: 'HeaderCut', lengthBytes: bytes.length - 1, hex }
  const bodyBytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(1, true)
  const available = bytes.length - HEADER_BYTES
  return {
    _tag: 'Framed', bodyBytes, hex,
    missingBytes: Math.max(0, bodyBytes - available),
    extraBytes: Math.max(0, available - bodyBytes),
  }
}

const ENVELOPE_VERSION_KEY = 0x08

/** A Frame usually begins with its envelope_version, and is then worth reading even where it is broken. */
function isBareFrame(bytes: Uint8Array, first: number): boolean {
  if (first === ENVELOPE_VERSION_KEY) return true
  const isFieldKey = SCHEMA.Frame.some(({ number, wireType }) => first === number * 8 + wireType)
  return isFieldKey && decodeFrame(bytes)._tag === 'Right'
}

function foreign(bytes: Uint8Array, first: number): FramingReport {
  const line = firstLine(bytes)
  return { _tag: 'Foreign', first, beginning: line === undefined ? '' : quoted(line), guess: guessOf(bytes, line) }
}

const LINE_MAX_BYTES = 256

/** The first line, if it is one of plain ASCII; only that line, as what follows may be nobody's business. */
function firstLine(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, LINE_MAX_BYTES))
  return /^[\x20-\x7e]{4,}/.exec(text)?.[0]
}

function guessOf(bytes: Uint8Array, line: string | undefined): string | undefined {
  if (line !== undefined && /^[A-Z]+ \S* HTTP\/\d/.test(line)) return 'an HTTP request'
  if (line !== undefined && /^HTTP\/\d/.test(line)) return 'an HTTP response'
  if (line !== undefined && line.startsWith('SSH-')) return 'an SSH greeting'
  if (line !== undefined && /^(?:[0-9a-fA-F]{2}[ :,]?)+$/.test(line)) return 'hex that was not decoded'
  return bytes[0] === 0x16 && bytes[1] === 0x03 ? 'a TLS handshake' : undefined
}
