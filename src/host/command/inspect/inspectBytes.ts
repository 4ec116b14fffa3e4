/**
 * Captured bytes, explained: header, Frame, payload, where decoding stopped, and what a reader would say.
 *
 * **Laws**
 *  1. Total: any bytes give an inspection, of a size that does not grow with them.
 *  2. There is a fault exactly where the decoder of the Frame, or of the message in its payload, fails;
 *     it has the decoder's error, and its offset counted from the start of the input.
 *
 * **Not here** the terminal: `renderInspection`.
 */
import { HEADER_BYTES } from '../../../wire/Limits.js'
import { EMPTY_FRAME } from '../../../wire/messages/Frame.js'
import { faultOf, shownFields } from './faultOf.js'
import { framingOf } from './framingOf.js'
import { inspectMessage } from './inspectMessage.js'
import type { Inspection, MessageReport } from './Inspection.js'
import { knownFrame } from './payloadPlan.js'
import { bareVerdictOf, verdictOf } from './verdictOf.js'

/** Explains bytes that should be one frame with its header; a Frame without one is recognised. */
export function inspectBytes(bytes: Uint8Array): Inspection {
  const framing = framingOf(bytes)
  if (framing._tag !== 'Framed' && framing._tag !== 'Unframed') {
    return { bytes: bytes.length, framing, frame: undefined, fault: undefined, verdict: verdictOf(bytes, EMPTY_FRAME) }
  }
  const start = framing._tag === 'Framed' ? HEADER_BYTES : 0
  const end = framing._tag === 'Framed' ? start + framing.bodyBytes : bytes.length
  const body = bytes.subarray(start, end)
  const frame = inspectMessage('Frame', body, start)
  const known = knownFrame(body, soundBytes(frame))
  const verdict = framing._tag === 'Framed' ? verdictOf(bytes, known) : bareVerdictOf(body, known)
  return { bytes: bytes.length, framing, frame, fault: faultOf(bytes.subarray(0, end), frame), verdict }
}

function soundBytes(frame: MessageReport): number {
  const broken = shownFields(frame).find(({ isBroken }) => isBroken)
  return broken === undefined ? frame.bytes : broken.start - frame.start
}
