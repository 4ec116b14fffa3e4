import fc from 'fast-check'
import { exceedsUtf8Bytes, utf8ByteLength } from 'hello-negotiation'
import { arbitraryLoneSurrogates, arbitraryText } from 'hello-negotiation/testing'
import { describe, expect, it, vi } from 'vitest'
import { isUtf8 } from '../../src/data/Utf8.js'

const anyText = fc.oneof(arbitraryText(), arbitraryLoneSurrogates())

/** The platform's own encoder is the model: it, too, puts U+FFFD for a lone surrogate. */
function encodedLength(text: string): number {
  return new TextEncoder().encode(text).length
}

describe('utf8ByteLength', () => {
  it('counts what the encoder writes, lone surrogates included', () => {
    fc.assert(fc.property(anyText, (text) => {
      expect(utf8ByteLength(text)).toBe(encodedLength(text))
    }), { numRuns: 500 })
  })

  it('counts every single code unit as the encoder does', () => {
    const units = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit))
    expect(units.filter((unit) => utf8ByteLength(unit) !== encodedLength(unit))).toEqual([])
  })

  it('counts 65 times é as 130 bytes, not as 65 units (SPEC H4)', () => {
    expect(utf8ByteLength('é'.repeat(65))).toBe(130)
    expect(utf8ByteLength('\ufeff')).toBe(3)
    expect(utf8ByteLength('😀')).toBe(4)
    expect(utf8ByteLength('\ud83d')).toBe(3)
    expect(utf8ByteLength('漢\udc00')).toBe(6)
  })
})

describe('exceedsUtf8Bytes', () => {
  it('compares that count with the cap (SPEC H4, H5)', () => {
    const cap = fc.oneof(fc.constantFrom(0, 63, 64, 65, 128, 129), fc.nat({ max: 140 }))
    fc.assert(fc.property(anyText, cap, (text, maxBytes) => {
      expect(exceedsUtf8Bytes(text, maxBytes)).toBe(encodedLength(text) > maxBytes)
      expect(exceedsUtf8Bytes(text, encodedLength(text))).toBe(false)
      expect(exceedsUtf8Bytes(text, encodedLength(text) - 1)).toBe(true)
    }), { numRuns: 500 })
  })

  it('does not look at a text whose number of units settles it', () => {
    const [long, short] = ['é'.repeat(1_000_000), 'é'.repeat(21)]
    const looked = vi.spyOn(String.prototype, 'charCodeAt')
    const answers = [exceedsUtf8Bytes(long, 64), exceedsUtf8Bytes(short, 63)]
    const count = looked.mock.calls.length
    looked.mockRestore()
    expect(answers).toEqual([true, false])
    expect(count).toBe(0)
  })
})

/** The platform's own decoder is the model. */
function isDecoded(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

describe('isUtf8', () => {
  /** What stands at the edges of the table of well-formed bytes (Unicode, table 3-7). */
  const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0,
    0xf1, 0xf3, 0xf4, 0xf5, 0xff]

  it('agrees with the decoder on every run of four bytes from the edges (SPEC W5)', () => {
    const disagreeing: Array<ReadonlyArray<number>> = []
    const later = [0x41, 0x7f, 0x80, 0xbf, 0xc2]
    for (const a of edges) for (const b of edges) for (const c of later) for (const d of later) {
      const bytes = Uint8Array.of(a, b, c, d)
      if (isUtf8(bytes, 0, 4) !== isDecoded(bytes)) disagreeing.push([...bytes])
    }
    expect(disagreeing).toEqual([])
  })

  it('agrees with the decoder on texts, whole and damaged, and looks at nothing beyond them (SPEC W5)', () => {
    const damage = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...edges)), { nil: undefined })
    const around = fc.uint8Array({ maxLength: 5 })
    fc.assert(fc.property(arbitraryText(), damage, around, around, (text, damage, before, after) => {
      const bytes = new TextEncoder().encode(text)
      if (damage !== undefined && bytes.length > 0) bytes[damage[0] % bytes.length] = damage[1]
      const all = Uint8Array.from([...before, ...bytes, ...after])
      expect(isUtf8(all, before.length, before.length + bytes.length)).toBe(isDecoded(bytes))
    }), { numRuns: 2_000 })
  })

  it('takes no text that ends within a character (SPEC W5)', () => {
    for (const text of ['é', '漢', '😀']) {
      const bytes = new TextEncoder().encode(text)
      const all = Uint8Array.from([...new Uint8Array(9).fill(0x61), ...bytes])
      for (const start of [0, 9]) {
        for (let end = 10; end < all.length; end += 1) expect(isUtf8(all, start, end)).toBe(false)
        expect(isUtf8(all, start, all.length)).toBe(true)
      }
    }
  })
})
