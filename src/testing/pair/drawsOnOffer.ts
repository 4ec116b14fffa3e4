/**
 * What a broker's random source offers its token store, good or bad.
 */
import { absurd } from '../../data/absurd.js'
import { HANDOFF_TOKEN_BYTES } from '../../data/HandoffToken.js'
import { type Step, step } from '../../data/Step.js'
import { type Draws, draws as drawsFrom, NO_DRAWS } from '../../step/TokenStore.js'
import * as Prng from '../virtual/Prng.js'

/**
 * Draws that are nobody's yet; that are somebody's already, all of them or the first; none at all.
 *
 * @category model
 * @since 0.1.0
 */
export type DrawsOnOffer = 'Colliding' | 'CollidingOnce' | 'Fresh' | 'None'

/** @internal The token of somebody who was there before: every byte the same, so that it is easy to collide with. */
export const EARLIER_TOKEN_BYTES: Uint8Array = new Uint8Array(HANDOFF_TOKEN_BYTES).fill(0xee)

/** @internal Draws enough for so many tries. */
export function drawsOnOffer(kind: DrawsOnOffer, prng: Prng.Prng, tries: number): Step<Prng.Prng, Draws> {
  const { state, value: fresh } = Prng.bytes(prng, tries * HANDOFF_TOKEN_BYTES)
  switch (kind) {
    case 'Colliding':
      return step(state, drawsFrom(fresh.map((_, i) => EARLIER_TOKEN_BYTES[i % HANDOFF_TOKEN_BYTES] as number)))
    case 'CollidingOnce':
      return step(state, drawsFrom(Uint8Array.of(...EARLIER_TOKEN_BYTES, ...fresh)))
    case 'Fresh':
      return step(state, drawsFrom(fresh))
    case 'None':
      return step(state, NO_DRAWS)
    default:
      return absurd(kind)
  }
}
