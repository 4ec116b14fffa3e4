import * as fc from 'fast-check'
import { CLIENT_REQUEST_DEFAULTS, clientHello, type ClientRequestFields, UNVERIFIED_PEER } from 'hello-negotiation'
import { HelloShape } from 'hello-negotiation/step'
import { arbitraryClientRequest } from 'hello-negotiation/testing'
import { decodeHello, HEADER_BYTES, HELLO_BODY_MAX_BYTES } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'
import { ASKED, frameOf } from './support.js'

/** As many bytes of token as make the frame's body `bodyBytes` long. */
function filledTo(bodyBytes: number): ClientRequestFields {
  const overhead = rightOf(clientHello({ ...ASKED, authToken: new Uint8Array(60_000) })).bytes.length - HEADER_BYTES - 60_000
  return { ...ASKED, authToken: new Uint8Array(bodyBytes - overhead) }
}

describe('a Hello that is built', () => {
  it('decodes to the request, field by field, and passes the broker\'s checks of its shape (law 2, SPEC H1–H5)', () => {
    fc.assert(fc.property(arbitraryClientRequest(), (fields) => {
      const request = { ...CLIENT_REQUEST_DEFAULTS, ...fields }
      const frame = frameOf(rightOf(clientHello(fields)).bytes)
      expect(frame).toMatchObject({
        requestId: request.frameRequestId, deadlineUnixMs: request.deadlineUnixMs,
        traceparent: request.traceparent, tracestate: request.tracestate,
      })
      const decoded = rightOf(decodeHello(frame.payload))
      expect(decoded).toEqual({
        clientMinProtocol: request.minProtocol, clientMaxProtocol: request.maxProtocol,
        serviceName: request.serviceName, wantedVersion: request.wantedVersion, clientVersion: request.clientVersion,
        clientCapabilities: request.capabilities, authToken: request.authToken, requestId: request.requestId,
        connectionId: request.connectionId, peerPid: request.peerPid, clientLibName: request.clientLibName,
        clientLibVersion: request.clientLibVersion, peerAttestationNonce: request.peerAttestationNonce,
        capabilityToken: request.capabilityToken, clientKeepaliveSecs: request.keepaliveSecs,
      })
      rightOf(HelloShape.checkShape(decoded, UNVERIFIED_PEER))
    }), { numRuns: 300 })
  })

  it('knows what its reply is held against (DIV-G1, SPEC G10)', () => {
    const hello = rightOf(clientHello({ ...ASKED, frameRequestId: 9n, minProtocol: 0, maxProtocol: 3, capabilities: 2n }))
    expect(hello).toMatchObject({ frameRequestId: 9n, minProtocol: 0, maxProtocol: 3, offersHandlePassing: false })
    expect(rightOf(clientHello({ ...ASKED, capabilities: 3n })).offersHandlePassing).toBe(true)
  })

  it('may have a body of exactly 64 KiB, and not a byte more (SPEC F3)', () => {
    expect(rightOf(clientHello(filledTo(HELLO_BODY_MAX_BYTES))).bytes.length).toBe(HEADER_BYTES + HELLO_BODY_MAX_BYTES)
    expect(leftOf(clientHello(filledTo(HELLO_BODY_MAX_BYTES + 1)))).toEqual([
      { _tag: 'RequestTooLarge', field: 'request', actual: 65_537, expected: 65_536 },
    ])
  })

  it('shares no memory with the request', () => {
    const authToken = new Uint8Array(32).fill(1)
    const { bytes } = rightOf(clientHello({ ...ASKED, authToken }))
    const before = Uint8Array.from(bytes)
    authToken.fill(2)
    expect(bytes).toEqual(before)
  })
})
