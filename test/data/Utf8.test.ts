import fc from 'fast-check'
import { exceedsUtf8Bytes, utf8ByteLength } from 'hello-negotiation'
import { arbitraryLoneSurrogates, arbitraryText } from 'hello-negotiation/testing'
import { describe, expect, it, vi } from 'vitest'

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
    const answers = [exceedsUtf8Bytes(long, 64), exceedsUtf8Bytes(short, 64)]
    const count = looked.mock.calls.length
    looked.mockRestore()
    expect(answers).toEqual([true, false])
    expect(count).toBe(0)
  })
})
