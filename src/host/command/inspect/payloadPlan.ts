/**
 * What to do with a Frame's payload: read it as a message, show it as bytes, or keep it covered.
 */
import * as E from 'fp-ts/lib/Either.js'
import { PAYLOAD_PROTOCOL_CONTROL } from '../../../wire/Limits.js'
import { FrameKind, PayloadEncoding } from '../../../wire/messages/enums.js'
import { decodeFrame, EMPTY_FRAME, type Frame } from '../../../wire/messages/Frame.js'
import type { MessageName } from '../../../wire/messages/schema.js'
import { PAYLOAD_PROTOCOL_HANDOFF } from './names.js'

/** One of the three. */
export type PayloadPlan =
  | { readonly _tag: 'Bytes' }
  | { readonly _tag: 'Covered' }
  | { readonly _tag: 'Message'; readonly name: MessageName }

/** What a Frame says as far as it is sound: its first `soundBytes` bytes are whole fields. */
export function knownFrame(bytes: Uint8Array, soundBytes: number): Frame {
  return E.getOrElse(() => EMPTY_FRAME)(decodeFrame(bytes.subarray(0, soundBytes)))
}

/** The plan for a Frame's payload. */
export function payloadPlan({ kind, payloadProtocol, payloadEncoding }: Frame): PayloadPlan {
  const isControl = payloadProtocol === PAYLOAD_PROTOCOL_CONTROL
  if (!isControl && payloadProtocol !== PAYLOAD_PROTOCOL_HANDOFF) return { _tag: 'Bytes' }
  const name = isControl ? controlMessage(kind) : handoffMessage(kind)
  // The messages of these protocols carry tokens; what cannot be read may have one anywhere.
  return name === undefined || payloadEncoding !== PayloadEncoding.PAYLOAD_ENCODING_NONE
    ? { _tag: 'Covered' }
    : { _tag: 'Message', name }
}

function controlMessage(kind: number): MessageName | undefined {
  if (kind === FrameKind.FRAME_KIND_REQUEST) return 'Hello'
  return kind === FrameKind.FRAME_KIND_RESPONSE ? 'HelloReply' : undefined
}

/** SPEC X1. */
function handoffMessage(kind: number): MessageName | undefined {
  if (kind === FrameKind.FRAME_KIND_REQUEST) return 'HandoffOffer'
  return kind === FrameKind.FRAME_KIND_RESPONSE || kind === FrameKind.FRAME_KIND_EVENT ? 'HandoffAck' : undefined
}
