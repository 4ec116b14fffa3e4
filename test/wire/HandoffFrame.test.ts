import fc from 'fast-check'
import { toHex } from 'hello-negotiation'
import { arbitraryHandoffAck, arbitraryHandoffOffer } from 'hello-negotiation/testing'
import {
  ackFrame, decodeHandoffAck, decodeHandoffOffer, encodeFrame, encodeHandoffAck, encodeHandoffOffer, FrameKind,
  offerFrame, PAYLOAD_PROTOCOL_HANDOFF, PayloadEncoding, readyFrame,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { bytesOf, goldenSamples, rightOf } from './support.js'

const golden = (message: string): string => goldenSamples().find((sample) => sample.message === message)?.bytes ?? ''

/** What every handoff frame has in common. */
const PLAIN = {
  envelopeVersion: 1, payloadProtocol: 0xd0ff, payloadEncoding: PayloadEncoding.PAYLOAD_ENCODING_NONE,
  deadlineUnixMs: 0n, traceparent: '', tracestate: '',
}

describe('the frames of a handoff', () => {
  it('speak payload protocol 0xD0FF (SPEC X1)', () => {
    expect(PAYLOAD_PROTOCOL_HANDOFF).toBe(0xd0ff)
  })

  it('are a request for an offer, under its correlation id (SPEC X1)', () => {
    fc.assert(fc.property(arbitraryHandoffOffer(), (offer) => {
      expect(offerFrame(offer)).toEqual({
        ...PLAIN, kind: FrameKind.FRAME_KIND_REQUEST, payload: encodeHandoffOffer(offer), requestId: offer.correlationId,
      })
    }))
  })

  it.each([
    ['a response for an ACK', ackFrame, FrameKind.FRAME_KIND_RESPONSE],
    ['an event for an ACK relayed to the client', readyFrame, FrameKind.FRAME_KIND_EVENT],
  ])('are %s, under its correlation id (SPEC X1)', (_what, toFrame, kind) => {
    fc.assert(fc.property(arbitraryHandoffAck(), (ack) => {
      expect(toFrame(ack)).toEqual({ ...PLAIN, kind, payload: encodeHandoffAck(ack), requestId: ack.correlationId })
    }))
  })

  it('are these bytes around the golden messages (SPEC X1, W12)', () => {
    const offer = rightOf(decodeHandoffOffer(bytesOf(golden('HandoffOffer'))))
    const ack = rightOf(decodeHandoffAck(bytesOf(golden('HandoffAck'))))
    expect(toHex(encodeFrame(offerFrame(offer)))).toBe(`080118ffa1032224${golden('HandoffOffer')}2807`)
    expect(toHex(encodeFrame(ackFrame(ack)))).toBe(`0801100118ffa103221a${golden('HandoffAck')}2807`)
    expect(toHex(encodeFrame(readyFrame(ack)))).toBe(`0801100218ffa103221a${golden('HandoffAck')}2807`)
  })
})
