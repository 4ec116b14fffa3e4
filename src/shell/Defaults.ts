/**
 * The clock and the random source of a real process: the one file below the hosts that touches the
 * world, so that `createBroker({ policy })` works in every JavaScript runtime.
 */
import type { Clock } from './Clock.js'
import type { RandomSource } from './RandomSource.js'

/**
 * A clock that never jumps: milliseconds since the process began.
 *
 * @category constructors
 * @since 0.1.0
 */
export const systemClock: Clock = () => performance.now()

/** @internal The same clock, with the global looked up once: that takes longer than the reading. */
export function systemClockAtHand(): Clock {
  const timer = performance
  return () => timer.now()
}

/**
 * Cryptographic randomness from the platform.
 *
 * @category constructors
 * @since 0.1.0
 */
export const systemRandom: RandomSource = (byteCount) => {
  const bytes = new Uint8Array(byteCount)
  // The platform gives at most 65 536 bytes a call.
  for (let start = 0; start < byteCount; start += RANDOM_CALL_MAX_BYTES) {
    crypto.getRandomValues(bytes.subarray(start, start + RANDOM_CALL_MAX_BYTES))
  }
  return bytes
}

const RANDOM_CALL_MAX_BYTES = 65_536
