import fc from 'fast-check'
import { CAP_HANDLE_PASSING, hasCapability } from 'hello-negotiation'
import { arbitraryU64 } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

describe('Capabilities', () => {
  it('keeps handle passing at bit 0 (SPEC N9)', () => {
    expect(CAP_HANDLE_PASSING).toBe(1n)
  })

  it('finds a capability bit by bit', () => {
    const bitsOf = (value: bigint): ReadonlyArray<number> =>
      [...value.toString(2)].reverse().flatMap((bit, i) => (bit === '1' ? [i] : []))
    fc.assert(fc.property(arbitraryU64(), arbitraryU64(), (capabilities, capability) => {
      expect(hasCapability(capabilities, capability)).toBe(bitsOf(capability).every((bit) => bitsOf(capabilities).includes(bit)))
      expect(hasCapability(capabilities | capability, capability)).toBe(true)
    }))
    expect(hasCapability(0x8000_0000_0000_0000n, CAP_HANDLE_PASSING)).toBe(false)
    expect(hasCapability(0x8000_0000_0000_0001n, CAP_HANDLE_PASSING)).toBe(true)
  })
})
