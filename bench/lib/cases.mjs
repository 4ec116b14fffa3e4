/**
 * The cases, in the order of the table, each run in a process of its own.
 */
import { askOnce } from './children.mjs'

/** Files in cases/, by name. */
export const CASES = [
  'exchange', 'exchange-varied', 'exchange-seasoned', 'exchange-told', 'token', 'refusals',
  'growth', 'framing', 'expiry', 'immutability', 'memory', 'socket', 'import',
]

/**
 * @param {string} name
 * @param {import('./measure.mjs').Effort} effort
 * @returns {Promise<{ rows: import('./rows.mjs').Row[], details?: object[], series?: import('../chart.mjs').Series[] }>}
 */
export function runCase(name, effort) {
  return askOnce('case', { name, effort })
}
