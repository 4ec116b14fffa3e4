import * as fc from 'fast-check'
import { encodeHelloRequest, exchange, HELLO_FRAME_REQUEST_ID } from 'hello-negotiation'
import { decodeFrame, decodeHello, FRAME_BODY_MAX_BYTES, type Frame, Framing, hello } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { drawsOf, FRESH, leftOf, PEER, POLICY, rightOf, SERVICE } from '../support/negotiate.js'

const ASKED = { serviceName: SERVICE, wantedVersion: '1.11.20' }

function frameIn(bytes: Uint8Array): Frame {
  const { value } = Framing.next(Framing.push(Framing.framing(), bytes))
  if (value._tag !== 'FrameBody') throw new Error(value._tag)
  return rightOf(decodeFrame(value.body))
}

describe('a client\'s request', () => {
  it('has the reference\'s defaults, but for the identity (SPEC G1)', () => {
    const frame = frameIn(rightOf(encodeHelloRequest(ASKED)))
    expect({ ...frame, payload: [] }).toMatchObject({
      envelopeVersion: 1, kind: 0, payloadProtocol: 0, payloadEncoding: 0, requestId: HELLO_FRAME_REQUEST_ID,
      deadlineUnixMs: 0n, traceparent: '', tracestate: '',
    })
    expect(rightOf(decodeHello(frame.payload))).toEqual(hello({
      ...ASKED, clientMinProtocol: 1, clientMaxProtocol: 1, requestId: 'hello', clientLibName: 'hello-negotiation',
    }))
  })

  it('carries every field that is given, in place of its default', () => {
    const bytes = fc.uint8Array({ maxLength: 20 })
    const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })
    const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    const fields = fc.record({
      clientMinProtocol: u32, clientMaxProtocol: u32, serviceName: text, wantedVersion: text, clientVersion: text,
      clientCapabilities: u64, authToken: bytes, requestId: text, connectionId: u64, peerPid: u32, clientLibName: text, clientLibVersion: text,
      peerAttestationNonce: bytes, capabilityToken: bytes, clientKeepaliveSecs: u64,
    })
    fc.assert(fc.property(fields, (fields) => {
      expect(rightOf(decodeHello(frameIn(rightOf(encodeHelloRequest(fields))).payload))).toEqual(hello(fields))
    }))
  })

  it('is negotiated by a broker that knows the service', () => {
    const bytes = rightOf(encodeHelloRequest({ ...ASKED, clientCapabilities: 1n }))
    const { value } = exchange(POLICY, FRESH, bytes, PEER, { nowMs: 0, draws: drawsOf(1) })
    expect(value.outcome).toMatchObject({ _tag: 'Negotiated', handoff: { _tag: 'Granted' } })
  })

  it('is not built where no reader could take it (SPEC F7)', () => {
    const error = leftOf(encodeHelloRequest({ ...ASKED, authToken: new Uint8Array(FRAME_BODY_MAX_BYTES) }))
    expect(error).toEqual({ _tag: 'BodyTooLarge', actual: expect.any(Number), max: FRAME_BODY_MAX_BYTES })
    expect(error.actual).toBeGreaterThan(FRAME_BODY_MAX_BYTES)
  })
})
