/**
 * What whoever a frame is for would make of it, asked of the library itself, not guessed.
 *
 * **Laws**
 *  1. A broker's refusal is the one that the connection and the negotiation give for a peer of whom
 *     nothing is known; only what depends on a broker's state is left open: rate, look-up, policy, session.
 */
import { printable } from '../../../data/Printable.js'
import { UNVERIFIED_PEER } from '../../../data/PeerIdentity.js'
import { describeReplyError, readReply, type ReplyResult } from '../../../client/readReply.js'
import * as Connection from '../../../negotiate/Connection.js'
import { describeError, type NegotiationError, refusalOf } from '../../../negotiate/Refusal.js'
import { checkEnvelope, HELLO_ENVELOPE } from '../../../step/Envelope.js'
import { checkShape } from '../../../step/HelloShape.js'
import { describeDecodeError } from '../../../wire/DecodeError.js'
import * as Framing from '../../../wire/Framing.js'
import { PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../../../wire/Limits.js'
import { FrameKind, PayloadEncoding } from '../../../wire/messages/enums.js'
import { decodeFrame, type Frame } from '../../../wire/messages/Frame.js'
import { decodeHandoffAck } from '../../../wire/messages/HandoffAck.js'
import { decodeHandoffOffer } from '../../../wire/messages/HandoffOffer.js'
import { decodeHello } from '../../../wire/messages/Hello.js'
import type { Reader, Verdict } from './Inspection.js'
import { enumText, PAYLOAD_PROTOCOL_HANDOFF } from './names.js'
import { plural, quoted } from './text.js'

/** The verdict on a stream of `bytes`; `known` is what its Frame says, as far as it can be read. */
export function verdictOf(bytes: Uint8Array, known: Frame): Verdict {
  const reader = readerOf(known)
  return reader === undefined ? brokerVerdict(bytes) : readerVerdict(bytes, reader)
}

/** The verdict on a bare Frame, as if it had its header. */
export function bareVerdictOf(body: Uint8Array, known: Frame): Verdict {
  const framed = Framing.encodeFramed(body)
  return framed._tag === 'Left' ? refused(framed.left) : verdictOf(framed.right, known)
}

/** Who reads a frame that is not meant as a Hello; whatever is not known to be for others is for a broker. */
function readerOf({ kind, payloadProtocol }: Frame): Reader | undefined {
  if (payloadProtocol === PAYLOAD_PROTOCOL_CONTROL) return kind === FrameKind.FRAME_KIND_RESPONSE ? 'client' : undefined
  if (payloadProtocol !== PAYLOAD_PROTOCOL_HANDOFF) return undefined
  if (kind === FrameKind.FRAME_KIND_REQUEST) return 'backend'
  if (kind === FrameKind.FRAME_KIND_RESPONSE) return 'broker'
  return kind === FrameKind.FRAME_KIND_EVENT ? 'client' : undefined
}

function brokerVerdict(bytes: Uint8Array): Verdict {
  const event = Connection.next(Connection.pushEnd(Connection.push(Connection.connection(0), bytes))).value
  if (event._tag === 'Failed') return refused(event.error)
  // Once its end is pushed, a new connection has a frame or a failure to tell, and nothing else.
  if (event._tag !== 'HelloFrame') return refused({ _tag: 'UnexpectedEnd', context: 'frame body' })
  const envelope = checkEnvelope(event.frame, HELLO_ENVELOPE)
  if (envelope._tag === 'Left') return refused(envelope.left)
  const hello = decodeHello(event.frame.payload)
  if (hello._tag === 'Left') return refused({ _tag: 'MalformedHello', cause: hello.left })
  const shape = checkShape(hello.right, UNVERIFIED_PEER)
  return shape._tag === 'Left' ? refused(shape.left) : { _tag: 'BrokerProceeds', claimedPid: hello.right.peerPid }
}

function refused(error: NegotiationError): Verdict {
  const { code, reason } = refusalOf(error)
  const explanation = printable(describeError(error))
  return { _tag: 'BrokerRefuses', error, code: enumText('ErrorCode', code), reason, explanation }
}

function readerVerdict(bytes: Uint8Array, reader: Reader): Verdict {
  const { value: event } = Framing.next(Framing.pushEnd(Framing.push(Framing.framing(), bytes)))
  if (event._tag === 'FramingFailed') return rejected(reader, Framing.describeFramingError(event.error))
  if (event._tag === 'NeedData') return rejected(reader, 'the frame is not whole')
  const frame = decodeFrame(event.body)
  if (frame._tag === 'Left') return rejected(reader, `failed to decode Frame body: ${describeDecodeError(frame.left)}`)
  const isHandoff = frame.right.payloadProtocol === PAYLOAD_PROTOCOL_HANDOFF
  return isHandoff ? handoffVerdict(frame.right, reader) : replyVerdict(event.body)
}

function replyVerdict(body: Uint8Array): Verdict {
  const reply = readReply(body)
  return reply._tag === 'Left'
    ? rejected('client', describeReplyError(reply.left))
    : accepted('client', resultText(reply.right))
}

function resultText(result: ReplyResult): string {
  if (result._tag === 'Negotiated') {
    const { backendPipe, daemonVersion } = result.negotiated
    return backendPipe === ''
      ? 'a yes, but without an endpoint: unless the connection itself is handed over, there is nothing to connect to'
      : `a yes: version ${quoted(daemonVersion)} at ${quoted(backendPipe)}`
  }
  const { code, reason, retryAfterMs } = result.refused
  const retry = retryAfterMs === 0n ? '' : `; to be tried again in ${retryAfterMs} ms`
  return `a no: ${enumText('ErrorCode', code)}, ${quoted(reason)}${retry}`
}

/** The frame's kind and protocol are what its reader was chosen by, so two checks are left (SPEC X2). */
function handoffVerdict(frame: Frame, reader: Reader): Verdict {
  if (frame.envelopeVersion !== PROTOCOL_VERSION) return rejected(reader, 'envelope_version is not v1')
  if (frame.payloadEncoding !== PayloadEncoding.PAYLOAD_ENCODING_NONE) return rejected(reader, 'payload is compressed')
  return frame.kind === FrameKind.FRAME_KIND_REQUEST ? offerVerdict(frame) : ackVerdict(frame, reader)
}

/** SPEC X3. */
function offerVerdict(frame: Frame): Verdict {
  const offer = decodeHandoffOffer(frame.payload)
  if (offer._tag === 'Left') return rejected('backend', describeDecodeError(offer.left))
  if (frame.requestId !== offer.right.correlationId) {
    return rejected('backend', 'frame request_id does not match HandoffOffer correlation_id')
  }
  const { correlationId, serviceName, token } = offer.right
  const what = `an offer of connection ${correlationId} for ${quoted(serviceName)}`
  return accepted('backend', `${what}, with ${tokenText(token)}`)
}

/** SPEC X5, as far as the frame alone tells; a client looks at no ids (SPEC G10). */
function ackVerdict(frame: Frame, reader: Reader): Verdict {
  const ack = decodeHandoffAck(frame.payload)
  if (ack._tag === 'Left') return rejected(reader, describeDecodeError(ack.left))
  const { accepted: isAccepted, correlationId, errorDetail, token } = ack.right
  if (reader === 'broker' && frame.requestId !== correlationId) {
    const ids = `frame request_id ${frame.requestId} and correlation_id ${correlationId}`
    return rejected(reader, `${ids} cannot both be the offer's`)
  }
  const told = isAccepted ? 'taken' : `refused: ${quoted(errorDetail === '' ? 'no detail provided' : errorDetail)}`
  return accepted(reader, `an answer for connection ${correlationId}, ${told}, echoing ${tokenText(token)}`)
}

function tokenText(token: Uint8Array): string {
  return `a token of ${plural(token.length, 'byte')}`
}

function accepted(reader: Reader, explanation: string): Verdict {
  return { _tag: 'ReaderAccepts', reader, explanation }
}

function rejected(reader: Reader, explanation: string): Verdict {
  return { _tag: 'ReaderRejects', reader, explanation: printable(explanation) }
}
