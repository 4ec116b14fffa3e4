/**
 * What the client's tests share: a request that is sound, replies made by hand, and streams of them.
 */
import { type ClientHello, clientHello, type ClientRequestFields } from 'hello-negotiation'
import {
  decodeFrame, encodeFrame, encodeFramed, encodeHelloReply, type Frame, frame, Framing, type Negotiated, negotiated,
  type Refused, refused,
} from 'hello-negotiation/wire'
import { rightOf, SERVICE } from '../support/negotiate.js'

export const ASKED: ClientRequestFields = { serviceName: SERVICE, wantedVersion: '1.11.20' }
export const HELLO: ClientHello = rightOf(clientHello(ASKED))

/** The one frame that these bytes are. */
export function frameOf(bytes: Uint8Array): Frame {
  const { value } = Framing.next(Framing.push(Framing.framing(), bytes))
  if (value._tag !== 'FrameBody') throw new Error(value._tag)
  return rightOf(decodeFrame(value.body))
}

export function framed(fields: Partial<Frame>): Uint8Array {
  return rightOf(encodeFramed(encodeFrame(frame(fields))))
}

/** A reply as a broker frames it, but for the parts of its envelope given. */
export function replied(payload: Uint8Array, envelope: Partial<Frame> = {}): Uint8Array {
  return framed({ envelopeVersion: 1, kind: 1, requestId: 1n, payload, ...envelope })
}

/** A yes that can be taken, but for the fields given. */
export function yes(fields: Partial<Negotiated> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  const sound = { negotiatedProtocol: 1, daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', connectionId: 7n }
  const reply = negotiated({ ...sound, keepaliveIntervalSecs: 1_800n, ...fields })
  return replied(encodeHelloReply({ result: { _tag: 'Negotiated', negotiated: reply } }), envelope)
}

export function no(fields: Partial<Refused> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  const reply = refused({ daemonMinProtocol: 1, daemonMaxProtocol: 1, ...fields })
  return replied(encodeHelloReply({ result: { _tag: 'Refused', refused: reply } }), envelope)
}

export function joined(...parts: ReadonlyArray<Uint8Array>): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
