import fc from 'fast-check'
import { isU32, isU64, MAX_U32, MAX_U64, nextU64 } from 'hello-negotiation'
import { arbitraryU32, arbitraryU64 } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

describe('U64', () => {
  it('follows 2^64 - 1 with 0, and every other number with the next (SPEC N5)', () => {
    expect(MAX_U64).toBe(2n ** 64n - 1n)
    expect(nextU64(MAX_U64)).toBe(0n)
    fc.assert(fc.property(arbitraryU64(), (value) => {
      expect(nextU64(value)).toBe(BigInt.asUintN(64, value + 1n))
    }))
  })

  it('tells a u64 from other bigints', () => {
    fc.assert(fc.property(fc.oneof(arbitraryU64(), fc.bigInt()), (value) => {
      expect(isU64(value)).toBe(BigInt.asUintN(64, value) === value)
    }))
    expect([-1n, 0n, MAX_U64, MAX_U64 + 1n].map(isU64)).toEqual([false, true, true, false])
  })

  it('tells a u32 from other numbers', () => {
    expect(MAX_U32).toBe(2 ** 32 - 1)
    fc.assert(fc.property(fc.oneof(arbitraryU32(), fc.double(), fc.integer()), (value) => {
      expect(isU32(value)).toBe(Number.isInteger(value) && value >= 0 && value < 2 ** 32)
    }))
    expect([-1, 0.5, Number.NaN, Infinity, MAX_U32, MAX_U32 + 1].map(isU32)).toEqual([false, false, false, false, true, false])
  })
})
