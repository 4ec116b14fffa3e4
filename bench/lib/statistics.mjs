/**
 * The few figures that measurements are boiled down to.
 */

/** @param {ReadonlyArray<number>} values */
export function median(values) {
  return quantile(values, 0.5)
}

/** The nearest-rank quantile, so that it is always a value that was seen. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
}

/**
 * The k of `y = c * x^k` that fits the points best: the slope of least squares on both logarithms.
 *
 * @param {ReadonlyArray<readonly [x: number, y: number]>} points
 */
export function exponent(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)])
  const meanX = mean(logs.map(([x]) => x))
  const meanY = mean(logs.map(([, y]) => y))
  const covariance = mean(logs.map(([x, y]) => (x - meanX) * (y - meanY)))
  return covariance / mean(logs.map(([x]) => (x - meanX) ** 2))
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
