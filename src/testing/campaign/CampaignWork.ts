/**
 * The kinds of work that a campaign does over and over, each with another seed.
 *
 * **Laws**
 *  1. A seed says all: playing it again does the same, and finds the same.
 *
 * Whoever has more to check puts one more work into the list.
 */
import { toHex } from '../../data/Bytes.js'
import { checkLaw, describeLawReport, type LawReport } from '../law/checkLaw.js'
import type { AnyLaw } from '../law/Law.js'
import { LAWS } from '../law/laws.js'
import { faultName } from '../pair/PairFault.js'
import { outcomeName } from '../pair/PairOutcome.js'
import { type PairScenario, pairScenario, SMOOTH_PAIR } from '../pair/PairScenario.js'
import { type PairLife, runPair } from '../pair/runPair.js'
import { PAIR_LAWS } from '../pair/PairLaws.js'
import { PAIR_REACHES, SIMULATION_REACHES } from '../simulation/reaches.js'
import { runSimulation, type SimulationLife } from '../simulation/runSimulation.js'
import { describeAct, type SimulationScenario, simulationScenario } from '../simulation/SimulationScenario.js'
import { simplerScenarios } from '../simulation/simplerScenarios.js'
import type { BrokerMaker } from '../simulation/Twin.js'
import { traceText } from '../virtual/traceText.js'
import { type HostileInput, hostileInput, judgeHostile } from './hostileInput.js'
import { shorter, shrink } from './shrink.js'

/**
 * A kind of work.
 *
 * @category model
 * @since 0.1.0
 */
export interface CampaignWork {
  readonly name: string
  /** What all its plays together must reach. */
  readonly reaches: ReadonlyArray<string>
  /** How many plays it takes to reach that, and how many it has in a row. */
  readonly playsMin: number
  readonly playsInARow: number
  readonly play: (seed: number) => Played
}

/**
 * What a play did.
 *
 * @category model
 * @since 0.1.0
 */
export interface Played {
  /** How many hostile inputs there were, and how many lives. */
  readonly inputs: number
  readonly lives: number
  readonly steps: number
  readonly simulatedMs: number
  readonly lawsChecked: number
  readonly reached: ReadonlyMap<string, number>
  readonly failure: Failure | undefined
}

/**
 * A law that was broken: by what, and by how little of it.
 *
 * @category model
 * @since 0.1.0
 */
export interface Failure {
  readonly law: string
  readonly detail: string
  /** The smallest that still breaks the law, a line each. */
  readonly smallest: ReadonlyArray<string>
  readonly trace: string
}

/**
 * Lives of a broker among many peers; `makeBroker` puts another broker in its place.
 *
 * @category constructors
 * @since 0.1.0
 */
export function simulationWork(makeBroker?: BrokerMaker): CampaignWork {
  const run = (scenario: SimulationScenario): SimulationLife => runSimulation(scenario, makeBroker)
  return {
    name: 'simulation', reaches: SIMULATION_REACHES, playsMin: 900, playsInARow: 10,
    play: (seed) => {
      const life = run(simulationScenario(seed))
      const { lawsChecked, reached, simulatedMs, stepCount: steps } = life
      return { inputs: 0, lives: 1, steps, simulatedMs, lawsChecked, reached, failure: simulationFailure(life, run) }
    },
  }
}

/**
 * Lives of one client, one broker and one backend.
 *
 * @category constants
 * @since 0.1.0
 */
export const PAIR_WORK: CampaignWork = {
  name: 'pair', reaches: PAIR_REACHES, playsMin: 1_100, playsInARow: 10,
  play: (seed) => {
    const life = runPair(pairScenario(seed))
    const { stepCount: steps, nowMs: simulatedMs } = life.world
    const [stepLaws, endLaws] = [Object.keys(PAIR_LAWS.steps).length, Object.keys(PAIR_LAWS.ends).length]
    return {
      inputs: 0, lives: 1, steps, simulatedMs, lawsChecked: steps * stepLaws + endLaws, reached: pairReached(life), failure: pairFailure(life),
    }
  },
}

/** How many inputs one play of hostile inputs has. */
const INPUTS_A_PLAY = 500

/**
 * Hostile inputs, many a play.
 *
 * @category constants
 * @since 0.1.0
 */
export const HOSTILE_WORK: CampaignWork = {
  name: 'hostile', playsMin: 400, playsInARow: 5,
  reaches: [
    ...['FieldNumberZero', 'InvalidUtf8', 'InvalidWireType', 'KeyTooLarge', 'LengthExceedsInput', 'NestingTooDeep', 'Truncated',
      'UnmatchedEndGroup', 'VarintTooLong', 'WrongWireType'].map((fault) => `decode ${fault}`),
    ...['Frame', 'HandoffAck', 'HandoffOffer', 'Hello', 'HelloReply', 'Negotiated', 'Refused', 'ServiceDefinition'].map((name) => `decode ${name}`),
    ...['BodyTooLarge', 'FrameBody', 'UnexpectedEnd', 'UnsupportedFraming'].map((event) => `framing ${event}`),
    ...SIMULATION_REACHES.filter((name) => name.startsWith('Refused ') && !/HelloDeadline/.test(name)).map((name) => name.replace('Refused', 'exchange')),
    'exchange Negotiated',
  ],
  play: (seed) => {
    const reached = new Map<string, number>()
    let [lawsChecked, failure]: [number, Failure | undefined] = [0, undefined]
    for (let i = 0; i < INPUTS_A_PLAY; i += 1) {
      // Seeds are 32 bits, so that those of neighbouring plays never meet in fewer than eight million plays.
      const input = hostileInput(Math.imul(seed, INPUTS_A_PLAY) + i)
      const verdict = judgeHostile(input)
      lawsChecked += verdict.lawsChecked
      reached.set(verdict.reached, (reached.get(verdict.reached) ?? 0) + 1)
      if (verdict.broken.length > 0) failure ??= hostileFailure(input, verdict.broken)
    }
    return { inputs: INPUTS_A_PLAY, lives: 0, steps: INPUTS_A_PLAY, simulatedMs: 0, lawsChecked, reached, failure }
  },
}

/**
 * The laws, one a play and in turn, each on so many inputs.
 *
 * @category constructors
 * @since 0.1.0
 */
export function lawWork(runs: number): CampaignWork {
  return {
    name: 'law', reaches: LAWS.map(({ id }) => `law ${id}`), playsInARow: 5,
    // Seeds start anew behind the last of them, which need not be the last law's: twice round meets every law even so.
    playsMin: 2 * LAWS.length,
    play: (seed) => {
      const law = LAWS[seed % LAWS.length] as AnyLaw
      const report = checkLaw(law, { seed: seed | 0, runs })
      return {
        inputs: 0, lives: 0, steps: 0, simulatedMs: 0, lawsChecked: report.runs, reached: new Map([[`law ${law.id}`, report.runs]]),
        failure: report._tag === 'Kept' ? undefined : lawFailure(report),
      }
    },
  }
}

/** How many inputs a law has in one play: ten times what `checkLaw` takes for enough. */
const RUNS_A_PLAY = 1_000

/**
 * All works.
 *
 * @category constants
 * @since 0.1.0
 */
export const CAMPAIGN_WORKS: ReadonlyArray<CampaignWork> = Object.freeze([simulationWork(), PAIR_WORK, lawWork(RUNS_A_PLAY), HOSTILE_WORK])

function lawFailure(report: LawReport & { readonly _tag: 'Broken' }): Failure {
  const [sentence = '', seen = '', ...smallest] = describeLawReport(report).split('\n').map((line) => line.trim())
  return { law: sentence, detail: seen, smallest, trace: '' }
}

function simulationFailure(life: SimulationLife, run: (scenario: SimulationScenario) => SimulationLife): Failure | undefined {
  const [first] = life.violations
  if (first === undefined) return undefined
  const breaks = ({ violations }: SimulationLife): boolean => violations.some(({ law }) => law === first.law)
  const smallest = shrink(life.scenario, simplerScenarios, (scenario) => breaks(run(scenario)))
  const { trace, violations } = run(smallest)
  const { atMs, detail, law } = violations.find(({ law }) => law === first.law) ?? first
  return {
    law, detail: `at ${atMs} ms: ${detail}`, trace: traceText(trace),
    smallest: [`${smallest.acts.length} of ${life.scenario.acts.length} acts`, ...smallest.acts.map(describeAct)],
  }
}

function pairReached({ outcome, world: { trace } }: PairLife): ReadonlyMap<string, number> {
  const struck = trace.flatMap(({ fact }) => (fact._tag === 'Struck' ? [`pair fault ${fact.fault.split(' ')[0]?.replace(',', '')}`] : []))
  const counts = new Map<string, number>()
  for (const name of [...struck, `pair outcome ${outcomeName(outcome)}`]) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function pairFailure(life: PairLife): Failure | undefined {
  const [first] = life.violations
  if (first === undefined) return undefined
  const breaks = (scenario: PairScenario): boolean => runPair(scenario).violations.some(({ law }) => law === first.law)
  const smallest = shrink(life.world.scenario, simplerPairs, breaks)
  const { violations, world } = runPair(smallest)
  const { atMs, detail, law } = violations.find(({ law }) => law === first.law) ?? first
  const { faults, ...rest } = smallest
  return {
    law, detail: `at ${atMs} ms: ${detail}`, trace: traceText(world.trace),
    smallest: [`${faults.length} of ${life.world.scenario.faults.length} faults`, ...faults.map(faultName), JSON.stringify(rest)],
  }
}

/** Fewer faults, and one thing more as it is where nothing goes wrong. */
function* simplerPairs(scenario: PairScenario): Generator<PairScenario> {
  for (const faults of shorter(scenario.faults)) yield { ...scenario, faults }
  for (const key of ['ackDeadlineMs', 'client', 'cutting', 'healsAfter', 'keepsStream', 'timersFirst', 'tokenTtlMs'] as const) {
    if (JSON.stringify(scenario[key]) !== JSON.stringify(SMOOTH_PAIR[key])) yield { ...scenario, [key]: SMOOTH_PAIR[key] }
  }
}

function hostileFailure(input: HostileInput, [law = '']: ReadonlyArray<string>): Failure {
  const smallest = shrink(
    input, function* ({ bytes, ...rest }) {
      for (const fewer of shorter([...bytes])) yield { ...rest, bytes: Uint8Array.from(fewer) }
    }, (candidate) => judgeHostile(candidate).broken.includes(law),
  )
  return { law, detail: `${input.target}, ${smallest.bytes.length} of ${input.bytes.length} bytes`, smallest: [toHex(smallest.bytes)], trace: '' }
}
