import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { internAscii } from '../../src/wire/Interned.js'
import { join, textBytes } from './support.js'

describe('internAscii', () => {
  it('gives the text of short ASCII, wherever it stands and whatever was asked before (law 1)', () => {
    // Few letters and few lengths, so that texts meet at their places; the table lives on between runs.
    const texts = fc.array(fc.stringMatching(/^[ab]{0,32}$/), { minLength: 1, maxLength: 50 })
    fc.assert(fc.property(texts, fc.nat(5), (texts, offset) => {
      for (const text of texts) {
        const bytes = join(new Uint8Array(offset).fill(0x61), textBytes(text), new Uint8Array(3).fill(0x62))
        expect(internAscii(bytes, offset, offset + text.length)).toBe(text)
      }
    }))
  })

  it('leaves longer texts, and all that is not ASCII, to others', () => {
    expect(internAscii(new Uint8Array(33).fill(0x61), 0, 33)).toBeUndefined()
    expect(internAscii(textBytes('é'), 0, 2)).toBeUndefined()
    expect(internAscii(Uint8Array.of(0x7f, 0x80), 0, 2)).toBeUndefined()
    expect(internAscii(Uint8Array.of(0x00, 0x7f), 0, 2)).toBe('\u0000\u007f')
    expect(internAscii(new Uint8Array(0), 0, 0)).toBe('')
  })
})
