import fc from 'fast-check'
import { copyBytes, equalSecrets, fromHex, fromLatin1, latin1Of16, NO_BYTES, toHex } from 'hello-negotiation'
import { describe, expect, it, vi } from 'vitest'

const latin1 = fc.string({ unit: fc.nat({ max: 255 }).map((byte) => String.fromCharCode(byte)) })

describe('copyBytes', () => {
  it('shares no memory with its argument, whatever kind of view that is (law 1)', () => {
    fc.assert(fc.property(fc.uint8Array(), fc.nat({ max: 12 }), fc.nat({ max: 12 }), (bytes, start, end) => {
      const padded = new Uint8Array(bytes.length + 6)
      padded.set(bytes, 3)
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
      shared.set(bytes)
      const expected = [...bytes].slice(start, end)
      for (const view of [Uint8Array.from(bytes), Buffer.from(bytes), padded.subarray(3, 3 + bytes.length), shared]) {
        const copy = copyBytes(view, start, Math.min(end, bytes.length))
        view.fill(0xee)
        expect([...copy]).toEqual(expected)
      }
    }))
  })

  it('copies all of it by default, and gives the shared empty bytes for an empty run', () => {
    expect(copyBytes(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2))
    expect(copyBytes(Uint8Array.of(1, 2), 2)).toBe(NO_BYTES)
    expect(NO_BYTES).toHaveLength(0)
  })
})

describe('hex', () => {
  it('comes back as it went, and as Buffer spells it (law 2)', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
      expect(fromHex(toHex(bytes))).toEqual(bytes)
      expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes)
    }))
  })

  it('answers for every text: bytes for pairs of hex digits, else undefined (law 3)', () => {
    const almost = fc.string({ unit: fc.constantFrom('0', '9', 'a', 'F', 'g', ' ', 'x', 'é', '\n'), maxLength: 6 })
    fc.assert(fc.property(fc.oneof(fc.string(), almost), (text) => {
      const isHex = text.length % 2 === 0 && [...text].every((digit) => '0123456789abcdefABCDEF'.includes(digit))
      expect(fromHex(text)).toEqual(isHex ? new Uint8Array(Buffer.from(text, 'hex')) : undefined)
    }))
  })
})

describe('latin1', () => {
  it('comes back as it went (law 2)', () => {
    fc.assert(fc.property(latin1, (text) => {
      expect(fromLatin1(text)).toEqual(new Uint8Array(Buffer.from(text, 'latin1')))
      expect(String.fromCharCode(...fromLatin1(text))).toBe(text)
    }))
  })

  it('reads 16 bytes from where it is told', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat({ max: 9 }), (bytes, start) => {
      const key = latin1Of16(Uint8Array.from([...Array<number>(start).fill(7), ...bytes, 7]), start)
      expect(key).toHaveLength(16)
      expect(fromLatin1(key)).toEqual(bytes)
    }))
  })
})

describe('equalSecrets', () => {
  it('agrees with ===', () => {
    const few = fc.string({ unit: fc.constantFrom('\x00', 'a', '\xff'), maxLength: 3 })
    fc.assert(fc.property(fc.oneof(latin1, few), fc.oneof(latin1, few), (a, b) => {
      expect(equalSecrets(a, b)).toBe(a === b)
      expect(equalSecrets(a, `${a}`)).toBe(true)
    }))
  })

  it('looks at as many bytes wherever the first difference is (DIV-T1)', () => {
    const secret = 'x'.repeat(16)
    const others = [secret, `y${'x'.repeat(15)}`, `${'x'.repeat(15)}y`, 'y'.repeat(16)]
    const looked = vi.spyOn(String.prototype, 'charCodeAt')
    const counts = others.map((other) => {
      looked.mockClear()
      equalSecrets(secret, other)
      return looked.mock.calls.length
    })
    looked.mockRestore()
    expect(counts).toEqual([32, 32, 32, 32])
  })
})
