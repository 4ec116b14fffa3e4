/**
 * Peers for fast-check, from a small pool so that they meet the same limits again.
 */
import fc from 'fast-check'
import { MAX_U32 } from '../../data/U64.js'
import { type PeerIdentity, peerIdentity } from '../../data/PeerIdentity.js'

/**
 * A pid: 0 for a peer that nobody vouches for, and few others, the greatest among them.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryPid(): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(0, 1, 2, 3), weight: 8 },
    { arbitrary: fc.constantFrom(33, 0x8000_0000, MAX_U32), weight: 2 },
    { arbitrary: fc.integer({ min: 0, max: MAX_U32 }), weight: 1 },
  )
}

/**
 * A user id as the operating systems spell them, or none.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryUserId(): fc.Arbitrary<string> {
  return fc.constantFrom('', '0', '1000', '1001', 'windows-sid:0102ff')
}

/**
 * A peer, verified or not.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryPeer(): fc.Arbitrary<PeerIdentity> {
  return fc.tuple(arbitraryPid(), arbitraryUserId()).map(([pid, userId]) => peerIdentity(pid, userId))
}
