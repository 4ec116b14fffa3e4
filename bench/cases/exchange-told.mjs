/**
 * The usual Hello once more, with a listener that hears of it: the peer has no events to tell.
 */
import { POLICY_INPUT } from '../lib/brokers.mjs'
import { exchangeRow } from '../lib/exchange.mjs'
import { framedHello, PID } from '../hellos.mjs'

export async function run(effort) {
  const hellos = [{ bytes: framedHello(), pid: PID }]
  const { reached, note } = await exchangeRow(effort, POLICY_INPUT, hellos, { onEvent: () => undefined })
  return { rows: [], details: [{ what: 'the Hello of the first row, told to a listener for events', reached, note }] }
}
