/**
 * Process ids as a machine has them in use: each once, scattered over Linux's four million.
 */

const PID_COUNT = 2 ** 22

/** @param {number} i from 0 on, and less than four million */
export function scatteredPid(i) {
  // An odd factor permutes the numbers below a power of two. 0 would be a peer of whom nothing is known.
  return (Math.imul(i, 0x9e3779b1) & (PID_COUNT - 1)) + 1
}
