/**
 * Which peers a broker talks to at all, decided before a byte of theirs is read (SPEC C1).
 *
 * **Laws**
 *  1. `OwnerOnly` admits exactly the peers whose user id is, letter for letter, the owner's; an empty
 *     owner admits nobody, so a peer that nobody vouches for never passes.
 *
 * **Not here** what a rejected peer gets: silence, which is the host's to keep.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { PeerIdentity } from '../data/PeerIdentity.js'

/**
 * Anybody, or one user alone: on Unix a decimal effective user id, on Windows `windows-sid:` and
 * hex (SPEC C2).
 *
 * @category model
 * @since 0.1.0
 */
export type PeerPolicy =
  | { readonly _tag: 'AllowAny' }
  | { readonly _tag: 'OwnerOnly'; readonly userId: string }

/**
 * The peer is not the owner.
 *
 * @category model
 * @since 0.1.0
 */
export interface PeerNotOwner {
  readonly _tag: 'PeerNotOwner'
  readonly peer: PeerIdentity
  readonly owner: string
}

/**
 * Admits a peer, or says why it is dropped (SPEC C1).
 *
 * @example
 * import assert from 'node:assert'
 * import { peerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { PeerPolicy } from 'hello-negotiation/step'
 *
 * const owner = { _tag: 'OwnerOnly', userId: '1000' } as const
 * assert.equal(PeerPolicy.admitPeer(owner, peerIdentity(4242, '1000'))._tag, 'Right')
 * assert.equal(PeerPolicy.admitPeer(owner, UNVERIFIED_PEER)._tag, 'Left')
 *
 * @category steps
 * @since 0.1.0
 */
export function admitPeer(policy: PeerPolicy, peer: PeerIdentity): Either<PeerNotOwner, PeerIdentity> {
  if (policy._tag === 'AllowAny') return E.right(peer)
  return policy.userId !== '' && policy.userId === peer.userId
    ? E.right(peer)
    : E.left({ _tag: 'PeerNotOwner', peer, owner: policy.userId })
}
