import fc from 'fast-check'
import { arbitraryFrame, arbitraryU32 } from 'hello-negotiation/testing'
import { FrameKind, PayloadEncoding, requestFrame, responseTo } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'

describe('requestFrame', () => {
  it('is a version 1 request with id 0, not compressed, without deadline or trace (SPEC F9)', () => {
    fc.assert(fc.property(arbitraryU32(), fc.uint8Array(), (payloadProtocol, payload) => {
      expect(requestFrame(payloadProtocol, payload)).toEqual({
        envelopeVersion: 1,
        kind: FrameKind.FRAME_KIND_REQUEST,
        payloadProtocol,
        payload,
        requestId: 0n,
        payloadEncoding: PayloadEncoding.PAYLOAD_ENCODING_NONE,
        deadlineUnixMs: 0n,
        traceparent: '',
        tracestate: '',
      })
    }))
  })
})

describe('responseTo', () => {
  it('echoes payload protocol, request id and trace, and nothing else of the request (SPEC F9)', () => {
    fc.assert(fc.property(arbitraryFrame(), fc.uint8Array(), (request, payload) => {
      expect(responseTo(request, payload)).toEqual({
        envelopeVersion: 1,
        kind: FrameKind.FRAME_KIND_RESPONSE,
        payloadProtocol: request.payloadProtocol,
        payload,
        requestId: request.requestId,
        payloadEncoding: PayloadEncoding.PAYLOAD_ENCODING_NONE,
        deadlineUnixMs: 0n,
        traceparent: request.traceparent,
        tracestate: request.tracestate,
      })
    }))
  })
})
