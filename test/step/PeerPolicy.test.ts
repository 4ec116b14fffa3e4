import * as fc from 'fast-check'
import { peerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
import { PeerPolicy } from 'hello-negotiation/step'
import { arbitraryPeer, arbitraryUserId, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const { admitPeer } = PeerPolicy

describe('admitPeer', () => {
  it('admits anybody, vouched for or not, under AllowAny (SPEC C1)', () => {
    fc.assert(fc.property(fc.oneof(arbitraryPeer(), fc.constant(UNVERIFIED_PEER)), (peer) => {
      expect(rightOf(admitPeer({ _tag: 'AllowAny' }, deepFreeze(peer)))).toBe(peer)
    }))
  })

  it('admits the owner alone, letter for letter, under OwnerOnly (SPEC C1)', () => {
    fc.assert(fc.property(arbitraryPeer(), arbitraryUserId(), (peer, userId) => {
      const admitted = admitPeer({ _tag: 'OwnerOnly', userId }, deepFreeze(peer))
      expect(admitted._tag).toBe(userId !== '' && userId === peer.userId ? 'Right' : 'Left')
    }))
  })

  it('admits nobody where the owner is empty, not even a peer without a user id (SPEC C1, C2)', () => {
    expect(leftOf(admitPeer({ _tag: 'OwnerOnly', userId: '' }, UNVERIFIED_PEER)))
      .toEqual({ _tag: 'PeerNotOwner', peer: UNVERIFIED_PEER, owner: '' })
  })

  it('compares user ids as texts: 1000 is neither 01000 nor 100 (SPEC C1, C2)', () => {
    const owner = { _tag: 'OwnerOnly', userId: '1000' } as const
    const admitted = ['1000', '01000', '100', '10000', ' 1000', '1000\n', 'windows-sid:1000']
      .filter((userId) => admitPeer(owner, peerIdentity(7, userId))._tag === 'Right')
    expect(admitted).toEqual(['1000'])
  })
})
