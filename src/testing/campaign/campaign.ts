/**
 * A campaign: all works, over and over, each time with another seed, until time is over and everything has been
 * reached that should be; and what came of it.
 *
 * **Laws**
 *  1. Play number n of a work has the seed of the campaign plus n.
 *  2. A campaign is sound where no law was broken and nothing was left unreached.
 *
 * **Not here** time and files: the caller says when it is over, and writes the report.
 */
import type { CampaignWork, Failure, Played } from './CampaignWork.js'

/**
 * How to play.
 *
 * @category model
 * @since 0.1.0
 */
export interface CampaignOptions {
  readonly works: ReadonlyArray<CampaignWork>
  readonly seed: number
  /** Asked after every row of plays; a work has its least number of plays even so. */
  readonly isOver: () => boolean
  /** Of as many failures a campaign has enough; 3 where it is left out. */
  readonly failuresMax?: number
  readonly onRow?: (report: CampaignReport) => void
}

/**
 * What came of a campaign, as plain values.
 *
 * @category model
 * @since 0.1.0
 */
export interface CampaignReport {
  readonly seed: number
  readonly isSound: boolean
  readonly inputs: number
  readonly lives: number
  readonly steps: number
  readonly simulatedMs: number
  readonly lawsChecked: number
  readonly works: Readonly<Record<string, WorkReport>>
  readonly failures: ReadonlyArray<CampaignFailure>
}

/**
 * What came of one work.
 *
 * @category model
 * @since 0.1.0
 */
export interface WorkReport extends Omit<Played, 'failure' | 'reached'> {
  readonly plays: number
  readonly firstSeed: number
  readonly lastSeed: number
  readonly reached: Readonly<Record<string, number>>
  readonly unreached: ReadonlyArray<string>
}

/**
 * A failure, whose it is, and how to see it again.
 *
 * @category model
 * @since 0.1.0
 */
export interface CampaignFailure extends Failure {
  readonly work: string
  readonly seed: number
  readonly replay: string
}

/**
 * Plays until it is over.
 *
 * @example
 * import assert from 'node:assert'
 * import { PAIR_WORK, runCampaign } from 'hello-negotiation/testing'
 *
 * const works = [{ ...PAIR_WORK, playsMin: 20, reaches: ['pair outcome Connected HandlePassed'] }]
 * const { failures, isSound, lives } = runCampaign({ works, seed: 1, isOver: () => true })
 * assert.deepEqual(failures, [])
 * assert.ok(isSound && lives === 20)
 *
 * @category utils
 * @since 0.1.0
 */
export function runCampaign({ failuresMax = 3, isOver, onRow, seed, works }: CampaignOptions): CampaignReport {
  const tallies = works.map((work): Tally => ({ work, plays: 0, inputs: 0, lives: 0, steps: 0, simulatedMs: 0, lawsChecked: 0, reached: new Map() }))
  const failures: Array<CampaignFailure> = []
  for (let isDone = false; !isDone;) {
    const hasTime = !isOver()
    const due = tallies.filter(({ plays, work }) => hasTime || plays < work.playsMin)
    for (const tally of due) playRow(tally, seed, failures)
    isDone = due.length === 0 || failures.length >= failuresMax
    onRow?.(reportOf(seed, tallies, failures))
  }
  return reportOf(seed, tallies, failures)
}

/**
 * Plays one seed of one work again.
 *
 * @category utils
 * @since 0.1.0
 */
export function replay(work: CampaignWork, seed: number): CampaignFailure | undefined {
  const { failure } = work.play(seed)
  return failure && failureOf(work, seed, failure)
}

/**
 * A failure as a text that says everything: the law, what breaks it, how little it takes, how to see it again.
 *
 * @category encodings
 * @since 0.1.0
 */
export function describeCampaignFailure({ detail, law, replay, seed, smallest, trace, work }: CampaignFailure): string {
  const told = trace === '' ? [] : ['what happens:', ...trace.trimEnd().split('\n').map((line) => `  ${line}`)]
  return [
    `LAW BROKEN by ${work} ${seed}: ${law}`, `  ${detail}`, 'it takes no more than:', ...smallest.map((line) => `  ${line}`), ...told,
    `to see it again: ${replay}`,
  ].join('\n')
}

/**
 * A report for a person.
 *
 * @category encodings
 * @since 0.1.0
 */
export function describeCampaign(report: CampaignReport): string {
  const { failures, inputs, isSound, lawsChecked, lives, seed, simulatedMs, steps } = report
  return [
    `${isSound ? 'sound' : 'NOT SOUND'}: seed ${seed}, ${lives} lives, ${inputs} hostile inputs, ${steps} steps, ${lawsChecked} laws checked, ${
      Math.round(simulatedMs / 1_000)} s of simulated time`,
    ...Object.entries(report.works).map(([name, work]) => describeWork(name, work)),
    ...failures.map(describeCampaignFailure),
  ].join('\n')
}

interface Tally {
  readonly work: CampaignWork
  plays: number
  inputs: number
  lives: number
  steps: number
  simulatedMs: number
  lawsChecked: number
  readonly reached: Map<string, number>
}

function playRow(tally: Tally, seed: number, failures: Array<CampaignFailure>): void {
  const { work } = tally
  for (let i = 0; i < work.playsInARow; i += 1) {
    const playSeed = seedOf(seed, tally.plays)
    const { failure, reached, ...counts } = work.play(playSeed)
    tally.plays += 1
    for (const count of ['inputs', 'lives', 'steps', 'simulatedMs', 'lawsChecked'] as const) tally[count] += counts[count]
    for (const [name, times] of reached) tally.reached.set(name, (tally.reached.get(name) ?? 0) + times)
    if (failure !== undefined) failures.push(failureOf(work, playSeed, failure))
  }
}

function reportOf(seed: number, tallies: ReadonlyArray<Tally>, failures: ReadonlyArray<CampaignFailure>): CampaignReport {
  const works = Object.fromEntries(tallies.map((tally) => [tally.work.name, workReport(seed, tally)]))
  const sum = (count: 'inputs' | 'lawsChecked' | 'lives' | 'simulatedMs' | 'steps'): number => tallies.reduce((sum, tally) => sum + tally[count], 0)
  return {
    seed, isSound: failures.length === 0 && Object.values(works).every(({ unreached }) => unreached.length === 0),
    inputs: sum('inputs'), lives: sum('lives'), steps: sum('steps'), simulatedMs: sum('simulatedMs'), lawsChecked: sum('lawsChecked'),
    works, failures,
  }
}

function workReport(seed: number, { work, reached, ...counts }: Tally): WorkReport {
  return {
    ...counts, firstSeed: seed, lastSeed: seedOf(seed, counts.plays - 1),
    reached: Object.fromEntries([...reached].sort(([a], [b]) => (a < b ? -1 : 1))),
    unreached: work.reaches.filter((name) => !reached.has(name)),
  }
}

function describeWork(name: string, { firstSeed, lastSeed, lawsChecked, plays, reached, steps, unreached }: WorkReport): string {
  const missed = unreached.length === 0 ? 'all that it should' : `not: ${unreached.join(', ')}`
  return `  ${name}: ${plays} plays, seeds ${firstSeed} to ${lastSeed}, ${steps} steps, ${lawsChecked} laws; reached ${Object.keys(reached).length} things, ${missed}`
}

function failureOf({ name: work }: CampaignWork, seed: number, failure: Failure): CampaignFailure {
  return { ...failure, work, seed, replay: `npm run campaign -- --replay ${work}:${seed}` }
}

function seedOf(seed: number, play: number): number {
  return (seed + play) >>> 0
}
