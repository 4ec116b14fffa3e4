/**
 * Time an operation takes, side by side with others, in rounds: a busy moment of the machine then hits
 * all sides of a round alike, and ratios within a round survive it.
 *
 * mitata measures one side of one round. What is counted is this process's CPU time, so that a
 * neighbour's work is not, and the mean of it, so that the garbage collector's is.
 */
import { do_not_optimize, measure } from 'mitata'
import { median } from './statistics.mjs'

/**
 * How long to measure.
 *
 * @typedef {{ readonly isQuick: boolean, readonly rounds: number, readonly sideMs: number, readonly warmUpMs: number }} Effort
 */

/** @type {Effort} */
export const FULL = { isQuick: false, rounds: 15, sideMs: 80, warmUpMs: 500 }
/** @type {Effort} */
export const QUICK = { isQuick: true, rounds: 7, sideMs: 25, warmUpMs: 200 }

/**
 * Measures sides in interleaved rounds: for each side its nanoseconds an operation, one a round.
 *
 * @template {string} K
 * @param {Readonly<Record<K, () => unknown>>} sides
 * @param {Effort} effort
 * @param {number} [batch] operations a sample; 1 for those that take long themselves
 * @returns {Promise<Record<K, number[]>>}
 */
export async function interleaved(sides, effort, batch = 512) {
  const names = Object.keys(sides)
  for (const name of names) warmUp(sides[name], effort.warmUpMs)
  return inRounds(names, effort.rounds, (name) => nanoseconds(sides[name], effort.sideMs, batch))
}

/** Asks for a figure of each name in each round; who goes first alternates, and so does who inherits a full heap. */
export async function inRounds(names, count, figureOf) {
  const rounds = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < count; round += 1) {
    const order = round % 2 === 0 ? names : [...names].reverse()
    for (const name of order) rounds[name].push(await figureOf(name))
  }
  return rounds
}

/** Nanoseconds an operation, the mean over about `ms` milliseconds. */
export async function nanoseconds(operation, ms, batch = 512) {
  const isBatched = batch > 1
  const { avg } = await measure(() => do_not_optimize(operation()), {
    now: cpuNanoseconds,
    min_cpu_time: ms * 1e6,
    batch_samples: batch,
    // mitata decides by the first call whether to batch; a chance hiccup there must not change the method.
    batch_threshold: isBatched ? Infinity : -1,
    warmup_threshold: isBatched ? Infinity : -1,
    min_samples: isBatched ? 8 : 1,
    // A forced collection throws away compiled code that a process at work would keep.
    gc: false,
  })
  return avg
}

/** Runs an operation until the compiler has seen enough of it. */
export function warmUp(operation, ms) {
  const endMs = performance.now() + ms
  while (performance.now() < endMs) do_not_optimize(operation())
}

/** The median over rounds of how many times as long `slow` took as `fast` did. */
export function medianRatio(slow, fast) {
  return median(slow.map((ns, round) => ns / fast[round]))
}

function cpuNanoseconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1e3
}
