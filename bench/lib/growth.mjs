/**
 * A curve: one operation at several sizes, each in a process of its own, measured in interleaved rounds.
 *
 * A heap of a million entries must not slow the side that holds one.
 */
import { startChild } from './children.mjs'
import { inRounds, medianRatio } from './measure.mjs'
import { median } from './statistics.mjs'

/**
 * @param {string} process the file in processes/, which answers `{ ms }` with nanoseconds
 * @param {string} kind what grows
 * @param {ReadonlyArray<number>} sizes ascending
 * @returns {Promise<{ points: Array<[size: number, ns: number]>, ratio: number }>} `ratio`: the last size to the first
 */
export async function growth(process, kind, sizes, { rounds, sideMs, warmUpMs }) {
  const children = new Map()
  try {
    for (const size of sizes) {
      const child = startChild(process, { args: [kind, String(size)] })
      children.set(String(size), child)
      await child.ask({ ms: warmUpMs })
    }
    const names = [...children.keys()]
    const times = await inRounds(names, rounds, (name) => children.get(name).ask({ ms: sideMs }))
    return {
      points: names.map((name) => [Number(name), median(times[name])]),
      ratio: medianRatio(times[names[names.length - 1]], times[names[0]]),
    }
  } finally {
    await Promise.all([...children.values()].map((child) => child.stop()))
  }
}
