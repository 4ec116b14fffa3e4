import fc from 'fast-check'
import { fromHex } from 'hello-negotiation'
import { OfferReader } from 'hello-negotiation/step'
import { arbitraryHandoffOffer, arbitraryHostileBytes } from 'hello-negotiation/testing'
import { encodeFrame, handoffOffer, offerFrame } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const { describeOfferError, readOffer } = OfferReader

const OFFER = handoffOffer({ token: new Uint8Array(16).fill(9), serviceName: 'zccache', correlationId: 7n })

describe('reading an offer (SPEC X3)', () => {
  it('gives whatever was offered: service name, handle and token are not looked at (SPEC X3)', () => {
    fc.assert(fc.property(arbitraryHandoffOffer(), (offer) => {
      expect(rightOf(readOffer(encodeFrame(offerFrame(offer))))).toEqual(offer)
    }))
  })

  it('takes the reference\'s own offer, which writes a handle of 0 out (SPEC W11)', () => {
    const payload = fromHex(`0800${'1210'}${'09'.repeat(16)}1a077a636361636865${'2007'}`)
    if (payload === undefined) throw new Error('this is hex')
    expect(rightOf(readOffer(encodeFrame({ ...offerFrame(OFFER), payload })))).toEqual(OFFER)
  })

  it('refuses a request id that is not the correlation id, and carries both (SPEC X3)', () => {
    const error = leftOf(readOffer(encodeFrame({ ...offerFrame(OFFER), requestId: 8n })))
    expect(error).toEqual({ _tag: 'OfferRequestIdMismatch', actual: 8n, expected: 7n })
    expect(describeOfferError(error)).toBe('frame request_id does not match HandoffOffer correlation_id')
  })

  it('tells the first failing check: frame, envelope, payload, request id (SPEC X3)', () => {
    const astray = { ...offerFrame(OFFER), requestId: 8n }
    const noOffer = { ...astray, payload: Uint8Array.of(0xff) }
    const noRequest = { ...noOffer, kind: 1 }
    expect(leftOf(readOffer(encodeFrame(noOffer)))).toMatchObject({ _tag: 'DecodeError', message: 'HandoffOffer' })
    expect(leftOf(readOffer(encodeFrame(noRequest)))).toMatchObject({ _tag: 'UnexpectedFrameKind' })
    expect(leftOf(readOffer(Uint8Array.of(...encodeFrame(noRequest), 0xff)))).toMatchObject({ _tag: 'DecodeError', message: 'Frame' })
  })

  it('has the envelope\'s words for the envelope, and hands back what no type lets in (SPEC X2)', () => {
    const texts = [{ envelopeVersion: 0 }, { kind: 2 }, { payloadProtocol: 0 }, { payloadEncoding: 2 }, { payload: Uint8Array.of(8) }]
      .map((broken) => describeOfferError(leftOf(readOffer(encodeFrame({ ...offerFrame(OFFER), ...broken })))))
    expect(texts).toEqual([
      'envelope_version is not v1', 'kind is not REQUEST', 'payload_protocol is not handoff', 'payload is compressed',
      'HandoffOffer: byte 1: input ends in the middle of a field',
    ])
    expect(describeOfferError('smuggled' as never)).toBe('smuggled')
  })

  it('gives an offer or an error on one line for any bytes (law 1)', () => {
    const valid = arbitraryHandoffOffer().map((offer) => encodeFrame(offerFrame(offer)))
    fc.assert(fc.property(arbitraryHostileBytes(valid), (bytes) => {
      const read = readOffer(bytes)
      if (read._tag === 'Left') expect(describeOfferError(read.left)).toMatch(/^[^\n]+$/)
      else expect(read.right.correlationId).toBeTypeOf('bigint')
    }), { numRuns: 500 })
  })
})
