/**
 * What the world contributes to a step, for fast-check: random draws, tokens, and a clock's readings.
 *
 * All of them come from small pools, so that draws collide, tokens meet again and readings hit a
 * deadline exactly; anything else is rare.
 */
import fc from 'fast-check'
import { HANDOFF_TOKEN_BYTES, type HandoffToken, tokenBytes, tokenFromKey } from '../../data/HandoffToken.js'
import { MAX_INSTANT_MS } from '../../data/Instant.js'
import type { AcceptError, Draws, IssueError } from '../../step/TokenStore.js'
import type { Nearly } from './Nearly.js'

/**
 * Four tokens: all zeros, one that differs from it in the first byte, one in the last, and one in all.
 *
 * @category constants
 * @since 0.1.0
 */
export const TOKEN_POOL: ReadonlyArray<HandoffToken> = Object.freeze([
  tokenFromKey('\x00'.repeat(16)),
  tokenFromKey(`\x01${'\x00'.repeat(15)}`),
  tokenFromKey(`${'\x00'.repeat(15)}\x01`),
  tokenFromKey('\xff'.repeat(16)),
])

/**
 * A token: mostly one of the pool.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryToken(): fc.Arbitrary<HandoffToken> {
  const any = fc.uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => tokenFromKey(String.fromCharCode(...bytes)))
  return fc.oneof({ arbitrary: fc.constantFrom(...TOKEN_POOL), weight: 9 }, { arbitrary: any, weight: 1 })
}

/**
 * Draws: up to `maxDraws` tokens' bytes behind an offset, and fewer than 16 bytes after them.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryDraws(maxDraws = 6): fc.Arbitrary<Draws> {
  const tokens = fc.array(arbitraryToken(), { maxLength: maxDraws })
  return fc.tuple(fc.nat({ max: 20 }), tokens, fc.nat({ max: 15 })).map(([offset, drawn, rest]) => {
    const parts = [new Uint8Array(offset).fill(0xaa), ...drawn.map(tokenBytes), new Uint8Array(rest).fill(0xbb)]
    return { bytes: Uint8Array.from(parts.flatMap((part) => [...part])), offset }
  })
}

/**
 * Draws of which not even the first is whole, so that nothing can be issued (SPEC T3).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyDraws(): fc.Arbitrary<Nearly<Draws, IssueError>> {
  const short = fc.constantFrom(0, 1, 16)
    .map((offset) => ({ off: 'one byte short', bytes: new Uint8Array(offset + 15), offset }))
  const places = fc.constantFrom(-1, -16, 0.5, 17, 32, 2 ** 53, Number.NaN, Infinity)
    .map((offset) => ({ off: 'offset outside the bytes', bytes: new Uint8Array(32), offset }))
  return fc.oneof(short, places, fc.constant({ off: 'no bytes', bytes: new Uint8Array(0), offset: 0 }))
    .map(({ off, bytes, offset }) => ({ off, value: { bytes, offset }, error: { _tag: 'RandomSourceFailed', drawsUsed: 0 } }))
}

/**
 * The bytes of a token, but of another length than a token's, among them none (SPEC T8).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyToken(): fc.Arbitrary<Nearly<Uint8Array, AcceptError>> {
  return fc.tuple(arbitraryToken(), fc.constantFrom(0, 1, 15, 17, 32)).map(([token, actualBytes]) => {
    const value = Uint8Array.from({ length: actualBytes }, (_, i) => tokenBytes(token)[i % HANDOFF_TOKEN_BYTES] as number)
    return actualBytes === 0
      ? { off: 'no bytes', value, error: { _tag: 'TokenMissing' } }
      : {
        off: 'another length', value, error: { _tag: 'WrongTokenLength', actualBytes, expectedBytes: HANDOFF_TOKEN_BYTES },
      }
  })
}

/**
 * An instant in milliseconds: small ones with halves and repeats, and far ones up to the last.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryInstant(): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.nat({ max: 40 }).map((halves) => halves / 2), weight: 4 },
    { arbitrary: fc.constantFrom(999.5, 1_000, 30_000, 2 ** 31, 2 ** 32 + 0.5, MAX_INSTANT_MS - 1, MAX_INSTANT_MS), weight: 1 },
  )
}

/**
 * What a clock may say that is no instant: it changes nothing (DIV-R2).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNoInstant(): fc.Arbitrary<number> {
  return fc.constantFrom(...NO_INSTANTS)
}

/**
 * A clock's reading in milliseconds: small ones with halves and repeats, far ones, and what is no
 * instant at all. For many readings in a row, where time should go on, take `arbitraryTimeline`.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNow(): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.nat({ max: 40 }).map((halves) => halves / 2), weight: 16 },
    { arbitrary: fc.constantFrom(999.5, 1_000, 1_000.5, 2_000, ...FAR), weight: 4 },
    { arbitrary: fc.constantFrom(...NO_INSTANTS), weight: 3 },
  )
}

/**
 * Things that happen one after the other, each with the clock's reading. Mostly time stands still or
 * goes on by a little more or less than a duration of `arbitraryDuration`; now and then a reading
 * jumps back or is no instant, and once in a long while it jumps to the end of time.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryTimeline<A>(
  happening: fc.Arbitrary<A>, constraints: fc.ArrayConstraints = { maxLength: 40 },
): fc.Arbitrary<ReadonlyArray<readonly [nowMs: number, happening: A]>> {
  return fc.array(fc.tuple(arbitraryTick(), happening), constraints).map((ticks) => {
    let clockMs = 0
    return ticks.map(([tick, what]) => {
      clockMs += tick.elapsedMs
      return [tick.misreadAs ?? clockMs, what] as const
    })
  })
}

interface Tick {
  readonly elapsedMs: number
  readonly misreadAs?: number
}

function arbitraryTick(): fc.Arbitrary<Tick> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(0, 0.5, 1, 1.5, 2.5, 9.5, 10, 10.5).map((elapsedMs) => ({ elapsedMs })), weight: 40 },
    { arbitrary: fc.constantFrom(999.5, 1_000, 2_000, -0.5, -1, -10).map((elapsedMs) => ({ elapsedMs })), weight: 12 },
    { arbitrary: fc.constantFrom(...NO_INSTANTS).map((misreadAs) => ({ elapsedMs: 0, misreadAs })), weight: 6 },
    { arbitrary: fc.constantFrom(...FAR).map((misreadAs) => ({ elapsedMs: 0, misreadAs })), weight: 1 },
  )
}

const FAR = [
  30_000, 30_000.5, 2 ** 31, 2 ** 32, MAX_INSTANT_MS - 1, MAX_INSTANT_MS, MAX_INSTANT_MS + 1, Number.MAX_VALUE,
]
const NO_INSTANTS = [Number.NaN, Infinity, -Infinity, -1, -0, -Number.MAX_VALUE]

/**
 * A duration in milliseconds that a policy may hold, 0 included; the longest only just fits.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryDuration(): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(0, 0.5, 1, 2.5, 10, 1_000), weight: 12 },
    { arbitrary: fc.constantFrom(30_000, MAX_INSTANT_MS - 1), weight: 1 },
  )
}
