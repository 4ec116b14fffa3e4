/**
 * The rows of the results table: a target, what was reached, and whether that is enough.
 */

/**
 * A row. `reached` and the target's figure share a unit: '×' for ratios, 'bytes', or nothing for an exponent.
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} what
 * @property {Target} target
 * @property {number} reached
 * @property {string} [note] the absolute figures behind the ratio, for orientation
 *
 * @typedef {{ readonly atLeast: number, readonly unit: string } | { readonly atMost: number, readonly unit: string }} Target
 */

/** @returns {Target} */
export function atLeast(atLeast, unit = '×') {
  return { atLeast, unit }
}

/** @returns {Target} */
export function atMost(atMost, unit = '×') {
  return { atMost, unit }
}

/** @param {Row} row */
export function isReached({ target, reached }) {
  return 'atLeast' in target ? reached >= target.atLeast : reached <= target.atMost
}

/** @param {Target} target */
export function describeTarget(target) {
  return 'atLeast' in target ? `≥ ${withUnit(target.atLeast, target.unit)}` : `≤ ${withUnit(target.atMost, target.unit)}`
}

/** @param {Row} row */
export function describeReached({ target, reached }) {
  return withUnit(target.unit === 'bytes' ? Math.round(reached * 10) / 10 : reached.toFixed(2), target.unit)
}

/** Nanoseconds in the unit that reads best. */
export function duration(ns) {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`
  return ns < 1e6 ? `${(ns / 1e3).toFixed(2)} µs` : `${(ns / 1e6).toFixed(2)} ms`
}

function withUnit(figure, unit) {
  return unit === 'bytes' ? `${figure} bytes` : `${figure}${unit}`
}
