/**
 * The reading in place, held against the plain decoding that it stands in for.
 */
import fc from 'fast-check'
import { arbitraryFrame, arbitraryHello, arbitraryHostileBytes } from 'hello-negotiation/testing'
import { decodeFrame, decodeHello, EMPTY_FRAME, EMPTY_HELLO, encodeFrame, encodeHello } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { factsOf, readHelloFacts, usualFacts } from '../../src/wire/HelloFacts.js'
import { traceTexts, usualView, viewRequest } from '../../src/wire/RequestView.js'
import { bytesOf, errorOf, join, rightOf } from './support.js'

/** A Hello and a request as clients write them: every field there, each with a value of its own, small numbers and short texts. */
const USUAL_HELLO = encodeHello({
  ...EMPTY_HELLO, clientMinProtocol: 1, clientMaxProtocol: 2, serviceName: 'zccache', wantedVersion: '1.11.20', clientVersion: 'v3.é',
  clientCapabilities: 5n, authToken: Uint8Array.of(9, 8), requestId: 'ré', connectionId: 7n, peerPid: 10, clientLibName: 'libß',
  clientLibVersion: '0.ñ', clientKeepaliveSecs: 300n,
})
const USUAL_FRAME = encodeFrame({
  ...EMPTY_FRAME, envelopeVersion: 1, kind: 3, payloadProtocol: 4, payload: Uint8Array.of(0x61, 0x62), requestId: 6n, payloadEncoding: 7,
  deadlineUnixMs: 1_700_000_000_000n, traceparent: 'tä', tracestate: 'sö',
})

/** These bytes cut short anywhere, and with each of them replaced by what may mean something else. */
function* nearly(bytes: Uint8Array): Generator<Uint8Array> {
  for (let end = 0; end <= bytes.length; end += 1) yield bytes.subarray(0, end)
  for (let at = 0; at < bytes.length; at += 1) {
    for (const byte of [0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0xc3, 0xff, (bytes[at] as number) + 1, (bytes[at] as number) - 1, (bytes[at] as number) ^ 8]) {
      yield Uint8Array.from(bytes, (old, i) => (i === at ? byte : old))
    }
  }
}

const frames = fc.oneof(arbitraryFrame().map(encodeFrame), arbitraryHostileBytes(arbitraryFrame().map(encodeFrame)))
const hellos = fc.oneof(arbitraryHello().map(encodeHello), arbitraryHostileBytes(arbitraryHello().map(encodeHello)))

/** The same bytes among others, so that nothing can lean on where an array begins or ends. */
const around = fc.tuple(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }))

function expectSameView(all: Uint8Array, from: number, bytes: Uint8Array): void {
  const viewed = viewRequest(all, from, from + bytes.length)
  const decoded = decodeFrame(bytes)
  if (decoded._tag === 'Left') return expect(viewed).toEqual(decoded)
  const { envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId, payload, traceparent, tracestate } = decoded.right
  const view = rightOf(viewed)
  expect(view).toMatchObject({ envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId })
  expect(view.bytes.slice(view.payloadEnd - view.payloadBytes, view.payloadEnd)).toEqual(payload)
  expect(traceTexts(view)).toEqual({ traceparent, tracestate })
}

function expectSameFacts(all: Uint8Array, from: number, bytes: Uint8Array): void {
  const decoded = decodeHello(bytes)
  expect(readHelloFacts(all, from, from + bytes.length)).toEqual(decoded._tag === 'Left' ? decoded : { _tag: 'Right', right: factsOf(decoded.right) })
}

describe('viewRequest', () => {
  it('finds what decodeFrame finds, wherever the frame stands (law 1)', () => {
    fc.assert(fc.property(frames, around, (bytes, [before, after]) => {
      expectSameView(join(before, bytes, after), before.length, bytes)
    }), { numRuns: 2_000 })
  })

  it('finds what decodeFrame finds in a frame as clients write it, wherever that is cut short or one byte is another (law 1)', () => {
    for (const bytes of nearly(USUAL_FRAME)) expectSameView(join(Uint8Array.of(0x61, 0x62), bytes, Uint8Array.of(0x80, 0x61, 0x62)), 2, bytes)
  })

  it('takes the quick way wherever the frame is as clients write it, with a long id and without', () => {
    for (const [id, deadline] of [[6n, 0n], [2n ** 63n, 1_700_000_000_000n], [0n, 7n], [127n, 200n]] as const) {
      const bytes = encodeFrame({ ...rightOf(decodeFrame(USUAL_FRAME)), requestId: id, deadlineUnixMs: deadline })
      expect(usualView(bytes, 0, bytes.length)).toEqual(rightOf(viewRequest(bytes, 0, bytes.length)))
    }
    for (const wrong of ['22 05 01', '08 ff*9 01', '50 01']) expect(usualView(bytesOf(wrong), 0, bytesOf(wrong).length)).toBeUndefined()
  })

  it('reads numbers of any length, and the last of a field that comes twice (SPEC W1, W3, W7)', () => {
    const numbers = ['08 81 80 80 80 10', '10 81 80 80 00', '28 81 01', '28 ff*9 01', '38 80*5 01', '30 82 00', '18 80 80 04', '28 80*10 00']
    fc.assert(fc.property(fc.shuffledSubarray([...numbers, '08 01', '28 07', '42 01 61', '42 00', '42 02 c3 a9', '42 01 ff', '22 00', '50 01']), (fields) => {
      const bytes = bytesOf(fields.join(''))
      const [viewed, decoded] = [viewRequest(bytes, 0, bytes.length), decodeFrame(bytes)]
      if (decoded._tag === 'Left') expect(viewed).toEqual(decoded)
      else {
        const { envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId, traceparent } = decoded.right
        expect(rightOf(viewed)).toMatchObject({ envelopeVersion, kind, payloadProtocol, payloadEncoding, requestId })
        expect(traceTexts(rightOf(viewed)).traceparent).toBe(traceparent)
      }
    }), { numRuns: 1_000 })
  })

  it.each(['08', '22 05 01', '42 01 ff', '0a 00', '55', '08 01 16 00'])('stops at the same fault as decodeFrame: %s', (hex) => {
    expect(errorOf(viewRequest(bytesOf(hex), 0, bytesOf(hex).length))).toEqual(errorOf(decodeFrame(bytesOf(hex))))
  })
})

describe('readHelloFacts', () => {
  it('is decodeHello and then factsOf, wherever the Hello stands (law 1)', () => {
    fc.assert(fc.property(hellos, around, (bytes, [before, after]) => {
      expectSameFacts(join(before, bytes, after), before.length, bytes)
    }), { numRuns: 2_000 })
  })

  it('is the same for a Hello as clients write it, wherever that is cut short or one byte is another (law 1)', () => {
    for (const bytes of nearly(USUAL_HELLO)) expectSameFacts(join(Uint8Array.of(0x61, 0x62), bytes, Uint8Array.of(0x01, 0x61, 0x62)), 2, bytes)
  })

  it('takes the quick way wherever the Hello is as clients write it (law 2)', () => {
    const usual = rightOf(decodeHello(USUAL_HELLO))
    for (const hello of [usual, { ...usual, clientKeepaliveSecs: 2n }, { ...EMPTY_HELLO, clientMaxProtocol: 1 }, EMPTY_HELLO]) {
      const bytes = encodeHello(hello)
      expect(usualFacts(bytes, 0, bytes.length)).toEqual(factsOf(hello))
    }
  })

  it('counts bytes of UTF-8, and checks the texts it does not make (SPEC W5, H4)', () => {
    expect(rightOf(readHelloFacts(bytesOf('2a 02 c3 a9'), 0, 4)).clientVersionBytes).toBe(2)
    for (const key of ['2a', '42', '5a', '62']) {
      expect(errorOf(readHelloFacts(bytesOf(`${key} 01 ff`), 0, 3))).toMatchObject({ offset: 2, fault: { _tag: 'InvalidUtf8' } })
    }
  })

  it('reads fields in any order and number, rare and wrong ones among them (law 1, SPEC W1, W5, W7, W8)', () => {
    const texts = ['1a', '22', '2a', '42', '5a', '62'].flatMap((key) => [`${key} 01 61`, `${key} 02 c3 a9`, `${key} 00`])
    const others = ['08 01', '10 81 01', '30 81 80 80 80 01', '3a 01 07', '48 01', '50 ff ff 03', '6a 01 ff', '72 00', '78 bc 01', '88 01 00']
    const wrong = ['1a 01 ff', '1a 7f', '22 01 80', '0a 00', '80 01', '2a 01 ff']
    const any = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...texts, ...others) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) })
    fc.assert(fc.property(fc.array(any, { maxLength: 8 }), (fields) => {
      const bytes = bytesOf(fields.join(''))
      const decoded = decodeHello(bytes)
      expect(readHelloFacts(bytes, 0, bytes.length))
        .toEqual(decoded._tag === 'Left' ? decoded : { _tag: 'Right', right: factsOf(decoded.right) })
    }), { numRuns: 2_000 })
  })

  it('gives an auth token of its own', () => {
    const bytes = bytesOf('3a 02 01 02')
    const { authToken } = rightOf(readHelloFacts(bytes, 0, 4))
    bytes.fill(0)
    expect(authToken).toEqual(Uint8Array.of(1, 2))
  })
})
