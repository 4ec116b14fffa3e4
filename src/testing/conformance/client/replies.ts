/**
 * What a broker in a play says to a client: replies that are right, and right but for one thing.
 */
import { CAP_HANDLE_PASSING, hasCapability } from '../../../data/Capabilities.js'
import { HANDOFF_TOKEN_BYTES } from '../../../data/HandoffToken.js'
import { DEFAULT_KEEPALIVE_SECS } from '../../../step/Agreement.js'
import { responseTo } from '../../../wire/FrameEnvelope.js'
import { PROTOCOL_VERSION } from '../../../wire/Limits.js'
import { encodeFrame, type Frame } from '../../../wire/messages/Frame.js'
import { decodeHello } from '../../../wire/messages/Hello.js'
import { encodeHelloReply, type HelloReply } from '../../../wire/messages/HelloReply.js'
import { type Negotiated, negotiated } from '../../../wire/messages/Negotiated.js'
import { type Refused, refused } from '../../../wire/messages/Refused.js'
import { framedBody } from '../Subject.js'

/** @internal A whole framed reply to a request, but for the parts of the envelope given. */
export function replyTo(request: Frame, payload: Uint8Array, envelope: Partial<Frame> = {}): Uint8Array {
  return framedBody(encodeFrame({ ...responseTo(request, payload), ...envelope }))
}

/** @internal A yes that leads to an endpoint, but for the fields given. */
export function yesOf(endpoint: string, fields: Partial<Negotiated> = {}): Uint8Array {
  const sound = negotiated({
    negotiatedProtocol: PROTOCOL_VERSION,
    daemonVersion: '1.2.3',
    backendPipe: endpoint,
    keepaliveIntervalSecs: DEFAULT_KEEPALIVE_SECS,
    connectionId: 7n,
  })
  return encodeHelloReply({ result: { _tag: 'Negotiated', negotiated: { ...sound, ...fields } } })
}

/** @internal A no, but for the fields given. */
export function noOf(fields: Partial<Refused>): Uint8Array {
  const result: HelloReply['result'] = {
    _tag: 'Refused', refused: refused({ daemonMinProtocol: PROTOCOL_VERSION, daemonMaxProtocol: PROTOCOL_VERSION, ...fields }),
  }
  return encodeHelloReply({ result })
}

/** @internal A token of so many bytes, where the client can take over a connection (SPEC N6, N7). */
export function tokenFor(request: Frame, byteCount: number = HANDOFF_TOKEN_BYTES): Partial<Negotiated> {
  const hello = decodeHello(request.payload)
  const isOffered = hello._tag === 'Right' && hasCapability(hello.right.clientCapabilities, CAP_HANDLE_PASSING)
  return isOffered ? { serverCapabilities: CAP_HANDLE_PASSING, handlePassedToken: new Uint8Array(byteCount).fill(0x5a) } : {}
}
