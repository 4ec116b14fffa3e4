/**
 * Numbers from 0 to 1 that look random and are the same every time: inputs must vary, not differ between runs.
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function prng(seed) {
  // xorshift32 (Marsaglia, 2003).
  let x = seed | 0 || 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) / 2 ** 32
  }
}
