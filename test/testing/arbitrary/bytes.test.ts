/**
 * Numbers, texts and bytes: each reaches its corners.
 */
import fc from 'fast-check'
import { isU32, isU64 } from 'hello-negotiation'
import {
  arbitraryChunkSizes, arbitraryHostileMessage, arbitraryNoU32, arbitraryNoU64, arbitraryText, arbitraryTextOfBytes, arbitraryTextUpTo,
  arbitraryU32, arbitraryU64, cut,
} from 'hello-negotiation/testing'
import { CODECS, type Codec, type MessageName, SCHEMA } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { drawn, expectReached, tally } from './support.js'

const bytesIn = (text: string): number => new TextEncoder().encode(text).length
const varintLength = (value: bigint): string => String(Math.max(1, Math.ceil(value.toString(2).length / 7)))

describe('numbers', () => {
  it('of 32 bits take every length of varint, and end at both ends (SPEC W1)', () => {
    const values = drawn(arbitraryU32(), 500)
    expect(values.every(isU32)).toBe(true)
    expectReached(tally(values, (value) => [varintLength(BigInt(value))]), ['1', '2', '3', '4', '5'], 10)
    expect(values).toEqual(expect.arrayContaining([0, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000]))
  })

  it('of 64 bits take every length of varint, and end at both ends (SPEC W1)', () => {
    const values = drawn(arbitraryU64(), 1_000)
    expect(values.every(isU64)).toBe(true)
    expectReached(tally(values, (value) => [varintLength(value)]), ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'], 5)
    expect(values).toEqual(expect.arrayContaining([0n, (1n << 64n) - 1n, 1n << 63n, (1n << 53n) + 0n, 0xffff_ffffn, 1n << 32n]))
  })

  it('that are none are one beyond each end, fractions, infinities, and no number', () => {
    const noU32s = drawn(arbitraryNoU32(), 200)
    expect(noU32s.some(isU32)).toBe(false)
    expect(noU32s).toEqual(expect.arrayContaining([-1, 2 ** 32, 0.5, Number.NaN, Infinity, -Infinity]))
    const noU64s = drawn(arbitraryNoU64(), 100)
    expect(noU64s.some(isU64)).toBe(false)
    expect(noU64s).toEqual(expect.arrayContaining([-1n, 1n << 64n]))
  })
})

describe('texts', () => {
  it('have characters of every length, awkward names, byte order marks, and lengths next to every cap (SPEC W5, H4, H5)', () => {
    const texts = drawn(arbitraryText(), 1_500)
    expect(texts.every((text) => Buffer.from(text).toString() === text)).toBe(true)
    const words = (text: string): ReadonlyArray<string> => [
      ...new Set([...text].map((character) => `${bytesIn(character)} bytes`)),
      ...(text.startsWith('\ufeff') ? ['mark'] : []),
      ...(['__proto__', 'constructor', '\0'].includes(text) ? [text] : []),
      ...([64, 65, 128, 129].includes(bytesIn(text)) ? [String(bytesIn(text))] : []),
    ]
    expectReached(tally(texts, words), [
      '1 bytes', '2 bytes', '3 bytes', '4 bytes', 'mark', '__proto__', 'constructor', '\0', '64', '65', '128', '129',
    ], 5)
  })

  it('of so many bytes have exactly as many, in fewer code units where they can (SPEC H4)', () => {
    const counted = fc.nat({ max: 200 }).chain((count) => fc.tuple(fc.constant(count), arbitraryTextOfBytes(count)))
    fc.assert(fc.property(counted, ([count, text]) => {
      expect(bytesIn(text)).toBe(count)
    }))
    expect(Math.min(...drawn(arbitraryTextOfBytes(129), 50).map(({ length }) => length))).toBeLessThan(70)
  })

  it('up to so many bytes have at most as many, and often exactly as many', () => {
    const lengths = drawn(arbitraryTextUpTo(64), 200).map(bytesIn)
    expect(Math.max(...lengths)).toBe(64)
    const counts = tally(lengths, (length) => (length === 64 || length === 63 ? [String(length)] : []))
    expectReached(counts, ['63', '64'], 30)
  })
})

describe('hostile bytes', () => {
  const FAULTS = [
    'FieldNumberZero', 'InvalidUtf8', 'InvalidWireType', 'KeyTooLarge', 'LengthExceedsInput', 'NestingTooDeep', 'Truncated',
    'UnmatchedEndGroup', 'VarintTooLong', 'WrongWireType',
  ]

  it.each(Object.keys(SCHEMA) as ReadonlyArray<MessageName>)('for %s are a message or meet any fault there is', (name) => {
    const { decode } = CODECS[name] as Codec<unknown>
    const said = tally(drawn(arbitraryHostileMessage(name), 1_500), (bytes) => {
      const decoded = decode(bytes)
      return [decoded._tag === 'Right' ? 'a message' : decoded.left.fault._tag]
    })
    const nested = SCHEMA[name].some(({ kind }) => kind === 'map' || kind === 'message')
    // A nested message that ends beyond its length is rare here; `arbitraryMalformed` makes it on purpose.
    const seldom = [...said.keys()].filter((word) => word === 'MessageOverrun')
    expect(nested ? [] : seldom).toEqual([])
    expectReached(said, ['a message', ...FAULTS, ...seldom], 1)
    expect(said.get('a message')).toBeGreaterThan(200)
  })
})

describe('cuts', () => {
  it('are of one byte, of none, of many, and not at all; and put together they are the whole', () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => i)
    const kinds = tally(drawn(arbitraryChunkSizes(), 200), (sizes) => {
      const chunks = cut(bytes, sizes)
      expect(Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))).toEqual(bytes)
      const lengths = chunks.map(({ length }) => length)
      if (lengths.length === 1) return ['whole']
      return [lengths.every((length) => length === 1) ? 'byte by byte' : lengths.includes(0) ? 'some empty' : 'mixed']
    })
    expectReached(kinds, ['whole', 'byte by byte', 'some empty', 'mixed'], 10)
  })
})
