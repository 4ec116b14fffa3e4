/**
 * What a broker keeps for each pid and each token, in bytes, measured after full collections.
 *
 * The nodes of a tree are fuller at some sizes than at others, so several sizes are tried and the worst is told.
 */
import { askOnce } from '../lib/children.mjs'
import { atMost } from '../lib/rows.mjs'

// Over so many pids, what the engine keeps for itself is less than a byte each.
const IDLE_COUNT = { quick: 200_000, full: 1_000_000 }

export async function run({ isQuick }) {
  const pids = isQuick ? [50_000] : [100_000, 300_000, 1_000_000]
  const tokens = isQuick ? [20_000] : [20_000, 50_000, 100_000]
  return {
    rows: [
      await row('memory-pid', 'memory: an active pid', 'active pid', 200, pids),
      await row('memory-token', 'memory: a pending token with its ACK entry', 'pending token', 400, tokens),
      await row('memory-idle', 'memory: an idle pid', 'idle pid', 0, [isQuick ? IDLE_COUNT.quick : IDLE_COUNT.full]),
    ],
    details: [await worst('active pid in a row', pids, 'an active pid, where pids follow one another')],
  }
}

async function row(id, what, thing, bytes, counts) {
  return { id, target: atMost(bytes, 'bytes'), ...(await worst(thing, counts, what)) }
}

async function worst(thing, counts, what) {
  const figures = []
  for (const count of counts) figures.push({ count, bytes: await bytesEach(thing, 'ours', count) })
  const { bytes, count } = figures.reduce((most, figure) => (figure.bytes > most.bytes ? figure : most))
  const theirs = await bytesEach(thing, 'obvious', count)
  return { what, reached: bytes, note: `with ${count.toLocaleString('en')} of them; the obvious peer: ${theirs} bytes` }
}

/** In whole bytes: anything less is the engine's own to and fro. */
async function bytesEach(what, side, count) {
  return Math.max(0, Math.round(await askOnce('memory', { what, side, count })))
}
