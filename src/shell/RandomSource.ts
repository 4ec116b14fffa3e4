/**
 * Where the shell gets randomness, and the block it draws from: one call to the source for many tokens.
 *
 * **State** random bytes, and how far they are used. Invariant: no byte is ever offered again once used.
 *
 * **Laws**
 *  1. A source that throws, or gives too little, costs tokens, never an answer (SPEC N6, T3).
 */
import { copyBytes } from '../data/Bytes.js'
import { HANDOFF_TOKEN_BYTES } from '../data/HandoffToken.js'
import type { Draws } from '../step/TokenStore.js'

/**
 * Gives `byteCount` bytes that nobody can guess. It may throw.
 *
 * @category model
 * @since 0.1.0
 */
export type RandomSource = (byteCount: number) => Uint8Array

/** 256 tokens a call: the call costs more than the bytes. */
const BLOCK_BYTES = 256 * HANDOFF_TOKEN_BYTES

/** @internal The draws, topped up from the source where fewer than `attempts` are left. */
export function topUp(draws: Draws, attempts: number, random: RandomSource): Draws {
  const neededBytes = attempts * HANDOFF_TOKEN_BYTES
  if (draws.bytes.length - draws.offset >= neededBytes) return draws
  try {
    // A copy: the source may hand out the same buffer again, and a token must not change afterwards.
    const bytes = copyBytes(random(Math.max(BLOCK_BYTES, neededBytes)))
    return bytes.length < HANDOFF_TOKEN_BYTES ? draws : { bytes, offset: 0 }
  } catch {
    return draws
  }
}

/** @internal The draws that are left once `count` of them are used. */
export function spend(draws: Draws, count: number): Draws {
  return count === 0 ? draws : { bytes: draws.bytes, offset: draws.offset + count * HANDOFF_TOKEN_BYTES }
}
