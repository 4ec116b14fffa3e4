/**
 * The reading in place, held against the plain decoding that it stands in for.
 */
import fc from 'fast-check'
import { arbitraryFrame, arbitraryHello, arbitraryHostileBytes } from 'hello-negotiation/testing'
import { decodeFrame, decodeHello, encodeFrame, encodeHello } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { factsOf, readHelloFacts } from '../../src/wire/HelloFacts.js'
import { traceTexts, viewRequest } from '../../src/wire/RequestView.js'
import { bytesOf, errorOf, join, rightOf } from './support.js'

const frames = fc.oneof(arbitraryFrame().map(encodeFrame), arbitraryHostileBytes(arbitraryFrame().map(encodeFrame)))
const hellos = fc.oneof(arbitraryHello().map(encodeHello), arbitraryHostileBytes(arbitraryHello().map(encodeHello)))

/** The same bytes among others, so that nothing can lean on where an array begins or ends. */
const around = fc.tuple(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }))

describe('viewRequest', () => {
  it('finds what decodeFrame finds, wherever the frame stands (law 1)', () => {
    fc.assert(fc.property(frames, around, (bytes, [before, after]) => {
      const viewed = viewRequest(join(before, bytes, after), before.length, before.length + bytes.length)
      const decoded = decodeFrame(bytes)
      if (decoded._tag === 'Left') {
        expect(viewed).toEqual(decoded)
        return
      }
      const { envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId, payload, traceparent, tracestate } = decoded.right
      const view = rightOf(viewed)
      expect(view).toMatchObject({ envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId })
      expect(view.bytes.slice(view.payloadEnd - view.payloadBytes, view.payloadEnd)).toEqual(payload)
      expect(traceTexts(view)).toEqual({ traceparent, tracestate })
    }), { numRuns: 2_000 })
  })

  it.each(['08', '22 05 01', '42 01 ff', '0a 00', '55', '08 01 16 00'])('stops at the same fault as decodeFrame: %s', (hex) => {
    expect(errorOf(viewRequest(bytesOf(hex), 0, bytesOf(hex).length))).toEqual(errorOf(decodeFrame(bytesOf(hex))))
  })
})

describe('readHelloFacts', () => {
  it('is decodeHello and then factsOf, wherever the Hello stands (law 1)', () => {
    fc.assert(fc.property(hellos, around, (bytes, [before, after]) => {
      const read = readHelloFacts(join(before, bytes, after), before.length, before.length + bytes.length)
      const decoded = decodeHello(bytes)
      expect(read).toEqual(decoded._tag === 'Left' ? decoded : { _tag: 'Right', right: factsOf(decoded.right) })
    }), { numRuns: 2_000 })
  })

  it('counts bytes of UTF-8, and checks the texts it does not make (SPEC W5, H4)', () => {
    expect(rightOf(readHelloFacts(bytesOf('2a 02 c3 a9'), 0, 4)).clientVersionBytes).toBe(2)
    for (const key of ['2a', '42', '5a', '62']) {
      expect(errorOf(readHelloFacts(bytesOf(`${key} 01 ff`), 0, 3))).toMatchObject({ offset: 2, fault: { _tag: 'InvalidUtf8' } })
    }
  })

  it('gives an auth token of its own', () => {
    const bytes = bytesOf('3a 02 01 02')
    const { authToken } = rightOf(readHelloFacts(bytes, 0, 4))
    bytes.fill(0)
    expect(authToken).toEqual(Uint8Array.of(1, 2))
  })
})
