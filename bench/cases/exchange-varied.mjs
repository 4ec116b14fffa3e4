/**
 * `exchange` of many Hellos in turn, no two alike, against the obvious peer.
 */
import { POLICY_INPUT } from '../lib/brokers.mjs'
import { exchangeRow } from '../lib/exchange.mjs'
import { SERVICES, variedHellos } from '../hellos.mjs'

export async function run(effort) {
  const hellos = variedHellos()
  const row = await exchangeRow(effort, { ...POLICY_INPUT, services: SERVICES }, hellos)
  return { rows: [{ id: 'exchange-varied', what: `the same for ${hellos.length} varied Hellos in turn`, ...row }] }
}
