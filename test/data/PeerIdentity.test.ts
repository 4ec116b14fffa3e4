import fc from 'fast-check'
import { describePeer, isU32, peerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
import { arbitraryU32 } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

describe('peerIdentity', () => {
  it('keeps what the operating system reported', () => {
    fc.assert(fc.property(arbitraryU32(), fc.string(), (pid, userId) => {
      expect(peerIdentity(pid, userId)).toEqual({ pid, userId })
    }))
  })

  it('counts a pid that is no u32 as unknown, which is 0 (SPEC R2)', () => {
    fc.assert(fc.property(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(2 ** 32, -1, 0.5)), (pid) => {
      expect(peerIdentity(pid).pid).toBe(isU32(pid) ? pid : 0)
    }))
  })

  it('gives a peer of whom nothing is known pid 0 and no user id (SPEC R2, C2)', () => {
    expect(UNVERIFIED_PEER).toEqual({ pid: 0, userId: '' })
    expect(peerIdentity(Number.NaN)).toEqual(UNVERIFIED_PEER)
    expect(Object.isFrozen(UNVERIFIED_PEER)).toBe(true)
  })
})

describe('describePeer', () => {
  it('says what is known and no more', () => {
    expect([peerIdentity(7, '1000'), peerIdentity(7), UNVERIFIED_PEER].map(describePeer))
      .toEqual(['pid 7 (user 1000)', 'pid 7', 'an unverified peer'])
  })
})
