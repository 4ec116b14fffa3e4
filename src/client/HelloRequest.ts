/**
 * A client's opening request, from what it wants and who it is.
 *
 * **Contract** the defaults are the reference client's (SPEC G1), with two exceptions: no capability is
 * claimed, because nothing here adopts a connection, and pid and library are the caller's to state.
 */
import type { Hello } from '../wire/messages/Hello.js'
import { encodeHello, hello } from '../wire/messages/Hello.js'
import { encodeFrame } from '../wire/messages/Frame.js'
import { requestFrame } from '../wire/FrameEnvelope.js'
import { type BodyTooLarge, encodeFramed } from '../wire/Framing.js'
import { PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../wire/Limits.js'
import type { Either } from 'fp-ts/lib/Either.js'

/**
 * What a client asks for: a service and a version of it; any other field of the Hello may be given too.
 *
 * @category model
 * @since 0.1.0
 */
export type HelloRequestFields = Partial<Hello> & Pick<Hello, 'serviceName' | 'wantedVersion'>

/**
 * The request id of the frame that a reference client sends (SPEC G1).
 *
 * @category constants
 * @since 0.1.0
 */
export const HELLO_FRAME_REQUEST_ID = 1n

/**
 * A whole framed Hello, or the refusal to build one that nobody could read (SPEC G1, F7).
 *
 * @example
 * import assert from 'node:assert'
 * import { encodeHelloRequest } from 'hello-negotiation'
 *
 * const framed = encodeHelloRequest({ serviceName: 'zccache', wantedVersion: '1.11.20' })
 * assert.equal(framed._tag === 'Right' && framed.right[0], 0x01)
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeHelloRequest(fields: HelloRequestFields): Either<BodyTooLarge, Uint8Array> {
  const asked = hello({
    clientMinProtocol: PROTOCOL_VERSION,
    clientMaxProtocol: PROTOCOL_VERSION,
    requestId: 'hello',
    clientLibName: 'hello-negotiation',
    ...fields,
  })
  const frame = { ...requestFrame(PAYLOAD_PROTOCOL_CONTROL, encodeHello(asked)), requestId: HELLO_FRAME_REQUEST_ID }
  return encodeFramed(encodeFrame(frame))
}
