/**
 * Times `exchange` for Hellos taken in turn, on ours and on the obvious peer, once both give equal replies.
 */
import { createObviousBroker } from '../peers/obvious.mjs'
import { checkEqualReplies, ourBroker } from './brokers.mjs'
import { interleaved, medianRatio } from './measure.mjs'
import { atLeast, duration } from './rows.mjs'
import { median } from './statistics.mjs'

/**
 * @param {import('./measure.mjs').Effort} effort
 * @param {object} input the policy, as for `parsePolicy`
 * @param {ReadonlyArray<{ readonly bytes: Buffer, readonly pid: number }>} hellos
 * @param {object} [options] for `createBroker`
 */
export async function exchangeRow(effort, input, hellos, options) {
  checkEqualReplies(input, hellos, createObviousBroker)
  const ours = ourBroker(input, options)
  const theirs = createObviousBroker(input)
  const said = hellos.map(({ bytes, pid }) => ({ bytes, pid, peer: ours.peerOf(pid) }))
  const [ourNext, theirNext] = [inTurn(said), inTurn(said)]
  const times = await interleaved({
    ours: () => {
      const { bytes, peer } = ourNext()
      return ours.exchange(bytes, peer)
    },
    obvious: () => {
      const { bytes, pid } = theirNext()
      return theirs.exchange(bytes, pid)
    },
  }, effort)
  return {
    target: atLeast(4),
    reached: medianRatio(times.obvious, times.ours),
    note: `${duration(median(times.ours))} against ${duration(median(times.obvious))}`,
  }
}

function inTurn(items) {
  let i = 0
  return () => {
    i = i + 1 === items.length ? 0 : i + 1
    return items[i]
  }
}
