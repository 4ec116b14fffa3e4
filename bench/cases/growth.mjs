/**
 * A Hello to a broker that remembers much, against one to a broker that remembers one thing.
 */
import { growth } from '../lib/growth.mjs'
import { atMost, duration } from '../lib/rows.mjs'

const PID_SIZES = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
const TOKEN_SIZES = [1, 10, 100, 1_000, 10_000, 100_000]

export async function run(effort) {
  const pids = await curve('pids', '1 million active pids against 1', PID_SIZES, effort)
  const tokens = await curve('tokens', '100 000 pending tokens against 1', TOKEN_SIZES, effort)
  return {
    rows: [pids.row, tokens.row],
    series: [
      { id: 'pids', title: 'a Hello', across: 'active pids', points: pids.points },
      { id: 'tokens', title: 'a Hello with a token, and an ACK', across: 'pending tokens', points: tokens.points },
    ],
  }
}

async function curve(kind, what, sizes, effort) {
  const measured = effort.isQuick ? [sizes[0], sizes[sizes.length - 1]] : sizes
  const { points, ratio } = await growth('growth', kind, measured, effort)
  const [, least] = points[0]
  const [, most] = points[points.length - 1]
  const note = `${duration(most)} against ${duration(least)}`
  return { row: { id: `growth-${kind}`, what: `${what}, time a Hello`, target: atMost(2), reached: ratio, note }, points }
}
