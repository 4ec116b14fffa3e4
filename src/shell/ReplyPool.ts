/**
 * Where replies get their bytes: cut from a slab, because a buffer of its own costs a reply more than
 * everything else in it does.
 *
 * **State** a slab, and how much of it is cut off. Invariant: no byte is ever cut off twice.
 *
 * Replies share a slab as small `Buffer`s share Node's: whoever copies or transfers the whole array under
 * one copies its neighbours. So replies with a token are not made here (`Reply.allocatorFor`).
 */
import type { Allocate } from '../wire/ReplyFrame.js'

/** Small, so that a reply which somebody keeps does not hold much else in memory. */
const SLAB_BYTES = 8_192
/** What would waste much of a slab gets a buffer of its own. */
const CUT_MAX_BYTES = 1_024

/** @internal An allocator with a slab of its own. */
export function replyPool(): Allocate {
  let slab = new Uint8Array(SLAB_BYTES)
  // Asked for once: the engine looks it up anew each time, which takes as long as making a view.
  let buffer = slab.buffer
  let used = 0
  return (byteCount) => {
    if (byteCount > CUT_MAX_BYTES) return new Uint8Array(byteCount)
    // A slab that somebody transferred to another thread has length 0, and is not used again either.
    if (used + byteCount > slab.length) {
      slab = new Uint8Array(SLAB_BYTES)
      buffer = slab.buffer
      used = 0
    }
    used += byteCount
    return new Uint8Array(buffer, used - byteCount, byteCount)
  }
}
