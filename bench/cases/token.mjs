/**
 * A Hello that gets a handoff token, which its backend then acknowledges, against the obvious peer.
 */
import { checkEqualReplies, ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { interleaved, medianRatio } from '../lib/measure.mjs'
import { atLeast, duration } from '../lib/rows.mjs'
import { median } from '../lib/statistics.mjs'
import { framedHello, PID, WITH_TOKEN } from '../hellos.mjs'
import { createObviousBroker } from '../peers/obvious.mjs'

/** Fewer than the tokens in one block of randomness: beyond it, two sources of equal bytes give different tokens. */
const CHECKED_COUNT = 200

export async function run(effort) {
  const bytes = framedHello(WITH_TOKEN)
  checkEqualReplies(POLICY_INPUT, Array.from({ length: CHECKED_COUNT }, () => ({ bytes, pid: PID })), createObviousBroker)
  const ours = ourBroker(POLICY_INPUT)
  const theirs = createObviousBroker(POLICY_INPUT)
  const peer = ours.peerOf(PID)
  const times = await interleaved({
    ours: () => ours.acknowledge(ours.exchange(bytes, peer).outcome.handoff.token),
    obvious: () => theirs.acknowledge(theirs.exchange(bytes, PID).token),
  }, effort)
  return {
    rows: [{
      id: 'token',
      what: 'the same for a Hello that gets a token, acknowledged afterwards',
      target: atLeast(4),
      reached: medianRatio(times.obvious, times.ours),
      note: `${duration(median(times.ours))} against ${duration(median(times.obvious))}`,
    }],
  }
}
