import fc from 'fast-check'
import { arbitraryLoneSurrogates, arbitraryText, arbitraryU32, arbitraryU64, varintBytes } from 'hello-negotiation/testing'
import {
  decodeFrame, decodeHandoffAck, decodeRefused, encodeFrame, encodeHandoffAck, encodeHello, encodeNegotiated, encodeRefused, frame,
  handoffAck, hello, negotiated, refused,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import * as Encoding from '../../src/wire/Encoding.js'
import { bytesOf, delimited, join, rightOf, textBytes } from './support.js'

const enumNumber = fc.oneof(fc.integer(), fc.nat({ max: 12 }), fc.constantFrom(-1, -(2 ** 31), 2 ** 31 - 1))
const anyText = fc.oneof(arbitraryText(), arbitraryLoneSurrogates())
const map = fc.array(fc.tuple(anyText, anyText), { maxLength: 4 }).map((entries): ReadonlyMap<string, string> => new Map(entries))

type Put<A> = (out: Uint8Array, at: number, key: number, value: A) => number

/** What is written, between two bytes that must stay as they are. */
function written<A>(size: number, put: Put<A>, key: number, value: A): Uint8Array {
  const out = new Uint8Array(size + 2).fill(0xee)
  expect(put(out, 1, key, value)).toBe(1 + size)
  expect([out[0], out[size + 1]]).toEqual([0xee, 0xee])
  return out.subarray(1, size + 1)
}

/** The shortest varint, by the definition. */
function shortest(value: bigint): Uint8Array {
  return Uint8Array.from(varintBytes(value, Math.max(1, Math.ceil(value.toString(2).length / 7))))
}

function numberField(key: number, value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array(0) : join(Uint8Array.of(key), shortest(value))
}

function textField(key: number, text: string): Uint8Array {
  const bytes = textBytes(text)
  return text === '' ? bytes : join(Uint8Array.of(key), shortest(BigInt(bytes.length)), bytes)
}

describe('sizes and writers', () => {
  it('agree, and write the shortest varint, nothing for 0 (laws 1 and 3)', () => {
    fc.assert(fc.property(arbitraryU32(), arbitraryU64(), enumNumber, fc.boolean(), (u32, u64, enumNumber, bool) => {
      expect(written(Encoding.sizeOfUint32(u32), Encoding.putUint32, 0x08, u32)).toEqual(numberField(0x08, BigInt(u32)))
      expect(written(Encoding.sizeOfUint64(u64), Encoding.putUint64, 0x28, u64)).toEqual(numberField(0x28, u64))
      expect(written(Encoding.sizeOfEnum(enumNumber), Encoding.putEnum, 0x10, enumNumber))
        .toEqual(numberField(0x10, BigInt.asUintN(64, BigInt(enumNumber))))
      expect(written(Encoding.sizeOfBool(bool), Encoding.putBool, 0x10, bool)).toEqual(numberField(0x10, BigInt(bool)))
    }), { numRuns: 500 })
  })

  it('agree at every power of two of a u64 and its neighbours (law 1)', () => {
    for (let bits = 0n; bits < 64n; bits += 1n) {
      for (const value of [(1n << bits) - 1n, 1n << bits, (1n << bits) + 1n]) {
        expect(written(Encoding.sizeOfUint64(value), Encoding.putUint64, 0x28, value)).toEqual(numberField(0x28, value))
      }
    }
  })

  it('agree on text, bytes, lists and maps (laws 1 and 3)', () => {
    const bytes = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 126, maxLength: 130 }))
    fc.assert(fc.property(anyText, bytes, fc.array(anyText, { maxLength: 4 }), map, (text, bytes, texts, map) => {
      expect(written(Encoding.sizeOfString(text), Encoding.putString, 0x0a, text)).toEqual(textField(0x0a, text))
      expect(written(Encoding.sizeOfBytes(bytes), Encoding.putBytes, 0x22, bytes))
        .toEqual(bytes.length === 0 ? bytes : join(bytesOf('22'), shortest(BigInt(bytes.length)), bytes))
      // An element of a list is written even where it is empty.
      expect(written(Encoding.sizeOfStrings(texts), Encoding.putStrings, 0x22, texts))
        .toEqual(join(...texts.map((text) => (text === '' ? bytesOf('22 00') : textField(0x22, text)))))
      written(Encoding.sizeOfMap(map), Encoding.putMap, 0x2a, map)
    }), { numRuns: 300 })
  })
})

describe('illegal numbers', () => {
  it.each([
    [Number.NaN, 0], [-1, 0xffff_ffff], [2 ** 40, 0], [2 ** 40 + 5, 5], [1.5, 1], [-0, 0], [Infinity, 0], [-Infinity, 0],
    [2 ** 53, 0], [-(2 ** 31), 2 ** 31],
  ])('are taken modulo 2^32: %d is written as %d (law 2)', (value, expected) => {
    expect(rightOf(decodeFrame(encodeFrame(frame({ envelopeVersion: value })))).envelopeVersion).toBe(expected)
  })

  it.each([[Number.NaN, 0], [-1, -1], [2 ** 31, -(2 ** 31)], [2 ** 32 + 2, 2], [1.5, 1], [Infinity, 0]])(
    'are taken modulo 2^32, signed, in an enum: %d is written as %d (law 2)',
    (value, expected) => {
      expect(rightOf(decodeFrame(encodeFrame(frame({ kind: value })))).kind).toBe(expected)
    },
  )

  it('are taken modulo 2^64 where they are bigints (law 2)', () => {
    fc.assert(fc.property(fc.oneof(fc.bigInt(), fc.constantFrom(-1n, 2n ** 64n, 2n ** 64n + 5n, -(2n ** 200n) + 3n)), (requestId) => {
      expect(rightOf(decodeFrame(encodeFrame(frame({ requestId })))).requestId).toBe(BigInt.asUintN(64, requestId))
    }))
  })

  it('always have an encoding that decodes (law 2)', () => {
    fc.assert(fc.property(fc.double(), fc.double(), fc.bigInt(), anyText, (envelopeVersion, kind, requestId, traceparent) => {
      const decoded = decodeFrame(encodeFrame(frame({ envelopeVersion, kind, requestId, traceparent })))
      expect(rightOf(decoded)).toEqual(frame({
        envelopeVersion: envelopeVersion >>> 0,
        kind: kind | 0,
        requestId: BigInt.asUintN(64, requestId),
        traceparent: Buffer.from(traceparent).toString(),
      }))
    }), { numRuns: 300 })
  })
})

describe('texts', () => {
  it('are UTF-8 from the first character that is not ASCII on (SPEC W5)', () => {
    for (const text of ['\u007f', '\u0080', 'a\u0080', '\u0080a']) {
      expect(encodeRefused(refused({ reason: text }))).toEqual(delimited(0x0a, textBytes(text)))
    }
  })
})

describe('lone surrogates', () => {
  it('become U+FFFD in keys of maps too (law 2)', () => {
    expect(encodeRefused(refused({ details: new Map([['\ud800', '']]) }))).toEqual(delimited(0x2a, delimited(0x0a, textBytes('\ufffd'))))
  })

  it('become U+FFFD wherever text is written (law 2)', () => {
    fc.assert(fc.property(arbitraryLoneSurrogates(), (text) => {
      expect(encodeHello(hello({ serviceName: text }))).toEqual(textField(0x1a, text))
      expect(encodeNegotiated(negotiated({ warnings: [text] }))).toEqual(textField(0x22, text))
      const ack = rightOf(decodeHandoffAck(encodeHandoffAck(handoffAck({ errorDetail: text }))))
      expect(ack.errorDetail).toBe(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    }))
    expect(encodeRefused(refused({ reason: 'a\ud800' }))).toEqual(bytesOf('0a 04 61 ef bf bd'))
  })
})

describe('maps', () => {
  const entry = (key: string, value: string): Uint8Array => delimited(0x2a, join(textField(0x0a, key), textField(0x12, value)))
  const encoded = (...entries: ReadonlyArray<readonly [string, string]>): Uint8Array =>
    encodeRefused(refused({ details: new Map(entries) }))

  it('are written in the order of their keys\' UTF-8 bytes, U+FFFD before U+10000 (law 3, SPEC W10)', () => {
    expect(encoded(['\u{10000}', '2'], ['\ufffd', '1'])).toEqual(join(entry('\ufffd', '1'), entry('\u{10000}', '2')))
    const [short, long] = [['a', '1'], ['a\x00', '2']] as const
    for (const entries of [[short, long], [long, short]]) expect(encoded(...entries)).toEqual(join(entry(...short), entry(...long)))
    expect(encoded(['b', '3'], ['aa', '2'], ['', '0'], ['a', '1'], ['10', 'x'], ['9', 'y']))
      .toEqual(join(entry('', '0'), entry('10', 'x'), entry('9', 'y'), entry('a', '1'), entry('aa', '2'), entry('b', '3')))
  })

  it('are written the same whatever order they were filled in (law 3)', () => {
    const wellFormed = fc.oneof(arbitraryText(), fc.constantFrom('', 'a', 'ab', '\ufffd', '\ufffda', '😀', '😀a', '\ue000'))
    const entries = fc.uniqueArray(fc.tuple(wellFormed, fc.constantFrom('', 'v')), { selector: ([key]) => key, maxLength: 6 })
    fc.assert(fc.property(entries, (entries) => {
      const sorted = [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      const bytes = encodeRefused(refused({ details: new Map(entries) }))
      expect(bytes).toEqual(encodeRefused(refused({ details: new Map([...entries].reverse()) })))
      expect([...rightOf(decodeRefused(bytes)).details]).toEqual(sorted)
    }), { numRuns: 300 })
  })

  it('leave out an empty key and an empty value (SPEC W10)', () => {
    expect(encoded(['', ''])).toEqual(bytesOf('2a 00'))
    expect(encoded(['k', ''])).toEqual(bytesOf('2a 03 0a 01 6b'))
    expect(encoded(['', 'v'])).toEqual(bytesOf('2a 03 12 01 76'))
  })
})
