/**
 * Messages that say something else in one field: taken apart, changed, and put together again.
 *
 * **Laws**
 *  1. What cannot be taken apart stays as it is.
 */
import { absurd } from '../../data/absurd.js'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import * as Framing from '../../wire/Framing.js'
import { decodeFrame, encodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { decodeHandoffAck, encodeHandoffAck, type HandoffAck } from '../../wire/messages/HandoffAck.js'
import { decodeHelloReply, EMPTY_HELLO_REPLY, encodeHelloReply } from '../../wire/messages/HelloReply.js'
import type { Negotiated } from '../../wire/messages/Negotiated.js'
import type { ForgedField } from './PairFault.js'
import type { MessageName } from './PairNames.js'

const ANOTHER_TOKEN = new Uint8Array(16).fill(0x5a)

/** @internal The message that a field belongs to. */
export function forgedMessage(field: ForgedField): MessageName {
  if (field.startsWith('Ack')) return 'Ack'
  return field.startsWith('Ready') ? 'Ready' : 'Reply'
}

/**
 * A whole framed message, but for one field.
 *
 * @category steps
 * @since 0.1.0
 */
export function forge(field: ForgedField, bytes: Uint8Array): Uint8Array {
  const { value: event } = Framing.next(Framing.push(Framing.framing(), bytes))
  const frame = event._tag === 'FrameBody' ? decodeFrame(event.body) : undefined
  if (frame?._tag !== 'Right') return bytes
  const forged = Framing.encodeFramed(encodeFrame(forgedFrame(field, frame.right)))
  return forged._tag === 'Right' ? forged.right : bytes
}

function forgedFrame(field: ForgedField, frame: Frame): Frame {
  switch (field) {
    case 'AckCorrelationId':
      return withAck(frame, (ack) => ({ correlationId: ack.correlationId ^ 1n }))
    case 'AckRequestId':
    case 'ReplyRequestId':
      return { ...frame, requestId: frame.requestId ^ 1n }
    case 'AckToken':
    case 'ReadyToken':
      return withAck(frame, () => ({ token: ANOTHER_TOKEN }))
    case 'ReadyRefused':
      return withAck(frame, () => ({ accepted: false, errorDetail: 'changed its mind' }))
    case 'ReplyKind':
      return { ...frame, kind: 0 }
    case 'ReplyNoEndpoint':
      return withYes(frame, () => ({ backendPipe: '' }))
    case 'ReplyNoResult':
      return { ...frame, payload: encodeHelloReply(EMPTY_HELLO_REPLY) }
    case 'ReplyProtocol':
      return withYes(frame, () => ({ negotiatedProtocol: 2 }))
    case 'ReplyTokenLong':
      return withYes(frame, (yes) => withToken(yes, 17))
    case 'ReplyTokenShort':
      return withYes(frame, (yes) => withToken(yes, 15))
    default:
      return absurd(field)
  }
}

function withToken({ serverCapabilities }: Negotiated, length: number): Partial<Negotiated> {
  return { serverCapabilities: serverCapabilities | CAP_HANDLE_PASSING, handlePassedToken: new Uint8Array(length).fill(0x5a) }
}

function withAck(frame: Frame, change: (ack: HandoffAck) => Partial<HandoffAck>): Frame {
  const ack = decodeHandoffAck(frame.payload)
  return ack._tag === 'Left' ? frame : { ...frame, payload: encodeHandoffAck({ ...ack.right, ...change(ack.right) }) }
}

function withYes(frame: Frame, change: (yes: Negotiated) => Partial<Negotiated>): Frame {
  const reply = decodeHelloReply(frame.payload)
  if (reply._tag === 'Left' || reply.right.result._tag !== 'Negotiated') return frame
  const { negotiated } = reply.right.result
  const result = { _tag: 'Negotiated', negotiated: { ...negotiated, ...change(negotiated) } } as const
  return { ...frame, payload: encodeHelloReply({ result }) }
}
