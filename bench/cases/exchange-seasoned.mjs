/**
 * The usual Hello once more, said to brokers that have a life behind them: many like it first, then
 * all sorts, tokens and refusals among them. What the compiler has seen for long, it forgets with difficulty.
 */
import { ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { exchangeRow } from '../lib/exchange.mjs'
import { framedHello, PID, SERVICES, variedHellos, WITH_TOKEN } from '../hellos.mjs'
import { createObviousBroker } from '../peers/obvious.mjs'

const ALIKE_COUNT = 50_000
const LAPS = 80

export async function run(effort) {
  const input = { ...POLICY_INPUT, services: SERVICES }
  const ours = ourBroker(input)
  const theirs = createObviousBroker(input)
  const hello = { bytes: framedHello(), pid: PID }
  for (let i = 0; i < ALIKE_COUNT; i += 1) sayToBoth(ours, theirs, hello)
  const sorts = [...variedHellos(), ...variedHellos(WITH_TOKEN), ...refused()]
  for (let lap = 0; lap < LAPS; lap += 1) for (const one of sorts) sayToBoth(ours, theirs, one)
  const { reached, note } = await exchangeRow(effort, input, [hello])
  return { rows: [], details: [{ what: 'the Hello of the first row, after a life of all sorts', reached, note }] }
}

function sayToBoth(ours, theirs, { bytes, pid }) {
  const { outcome } = ours.exchange(bytes, ours.peerOf(pid))
  if (outcome._tag === 'Negotiated' && outcome.handoff._tag === 'Granted') ours.acknowledge(outcome.handoff.token)
  const { token } = theirs.exchange(bytes, pid)
  if (token !== undefined) theirs.acknowledge(token)
}

function refused() {
  return [
    { serviceName: 'no-such-service' }, { wantedVersion: 'latest' }, { wantedVersion: '1.2.3' }, { clientMinProtocol: 9 },
  ].map((fields) => ({ bytes: framedHello(fields), pid: PID }))
}
