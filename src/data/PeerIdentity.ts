/**
 * Who is at the other end of a connection, as far as the operating system vouches for it.
 *
 * Never built from anything the peer says. A platform that cannot tell gives `UNVERIFIED_PEER`:
 * pid 0, which the rate limiter never limits (SPEC R2), and no user id, which no owner equals (C1).
 */
import { isU32 } from './U64.js'

/**
 * A peer's kernel-verified process id (u32, 0 where unknown) and user id (text, empty where unknown).
 *
 * @category model
 * @since 0.1.0
 */
export interface PeerIdentity {
  readonly pid: number
  readonly userId: string
}

/**
 * The peer of whom nothing is known (SPEC R2, C2).
 *
 * @category constructors
 * @since 0.1.0
 */
export const UNVERIFIED_PEER: PeerIdentity = Object.freeze({ pid: 0, userId: '' })

/**
 * A peer from what the operating system reported; a pid that is no u32 counts as unknown
 * (SPEC R2, C2).
 *
 * @example
 * import assert from 'node:assert'
 * import { peerIdentity } from 'hello-negotiation'
 *
 * assert.deepEqual(peerIdentity(4242, '1000'), { pid: 4242, userId: '1000' })
 * assert.equal(peerIdentity(-1, '').pid, 0)
 *
 * @category constructors
 * @since 0.1.0
 */
export function peerIdentity(pid: number, userId = ''): PeerIdentity {
  return { pid: isU32(pid) ? pid : 0, userId }
}

/**
 * The peer in a few words, for logs.
 *
 * @category queries
 * @since 0.1.0
 */
export function describePeer({ pid, userId }: PeerIdentity): string {
  const who = pid === 0 ? 'an unverified peer' : `pid ${pid}`
  return userId === '' ? who : `${who} (user ${userId})`
}
