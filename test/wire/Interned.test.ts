import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { internAscii } from '../../src/wire/Interned.js'
import { join, textBytes } from './support.js'

describe('internAscii', () => {
  it('gives the text of short ASCII, wherever it stands and whatever was asked before (law 1)', () => {
    // Few letters and few lengths, so that texts meet at their places; the table lives on between runs.
    const texts = fc.array(fc.stringMatching(/^[ab]{0,64}$/), { minLength: 1, maxLength: 50 })
    fc.assert(fc.property(texts, fc.nat(5), (texts, offset) => {
      for (const text of texts) {
        const bytes = join(new Uint8Array(offset).fill(0x61), textBytes(text), new Uint8Array(3).fill(0x62))
        expect(internAscii(bytes, offset, offset + text.length)).toBe(text)
      }
    }))
  })

  it('tells texts apart that differ in one byte, whichever it is', () => {
    for (let length = 1; length <= 64; length += 1) {
      const texts = Array.from({ length }, (_, i) => `${'a'.repeat(i)}b${'a'.repeat(length - i - 1)}`)
      expect([...texts, ...texts].map((text) => internAscii(textBytes(text), 0, length))).toEqual([...texts, ...texts])
    }
  })

  it('leaves longer texts, and all that is not ASCII, to others', () => {
    expect(internAscii(new Uint8Array(65).fill(0x61), 0, 65)).toBeUndefined()
    for (const text of ['é', 'éabcd', 'abécd', 'abcdé', 'abcdeé']) expect(internAscii(textBytes(text), 0, 7)).toBeUndefined()
    expect(internAscii(Uint8Array.of(0x7f, 0x80), 0, 2)).toBeUndefined()
    expect(internAscii(Uint8Array.of(0x00, 0x7f), 0, 2)).toBe('\u0000\u007f')
    expect(internAscii(new Uint8Array(0), 0, 0)).toBe('')
  })

  it.each(['__proto__', 'constructor', '7', '007', '-0'])('gives %s like any other, though it means something to objects', (text) => {
    for (let twice = 0; twice < 2; twice += 1) expect(internAscii(textBytes(text), 0, text.length)).toBe(text)
  })
})
