/**
 * `exchange` of the usual Hello, bytes to bytes, with clock and limiter, against the obvious peer.
 */
import { POLICY_INPUT } from '../lib/brokers.mjs'
import { exchangeRow } from '../lib/exchange.mjs'
import { framedHello, PID } from '../hellos.mjs'

export async function run(effort) {
  const what = '`exchange` of a framed Hello, bytes to bytes, everything on, against the obvious JavaScript peer'
  const row = await exchangeRow(effort, POLICY_INPUT, [{ bytes: framedHello(), pid: PID }])
  return { rows: [{ id: 'exchange', what, ...row }] }
}
