/**
 * A whole test of a broker, as an automaton: what to say or how long to wait comes out, what was heard goes in.
 *
 * **State** the cases to come, the play of the one that is on, what has been heard in all, and what has been found.
 *
 *   first contact ──answered──▶ case after case ──▶ laws ──▶ finished
 *       │                              │
 *       ├──nobody there──▶ finished    └──gone for good──▶ laws ──▶ finished
 *       └──turned away──▶ finished, nothing else shown
 *
 * **Laws**
 *  1. It is finished after a number of demands that the policy and the thoroughness bound.
 *  2. A refusal by the rate limit, or for want of descriptors, means "later" (SPEC R5, C6): the same is said again
 *     when the hint is over, unless waits have taken all the patience there is.
 *  3. Each case has exactly one result, also where the broker did not live to see it.
 *
 * **Not here** connections: a driver plays scripts by `Dialogue`.
 */
import { absurd } from '../../data/absurd.js'
import { brokerCases, type Thoroughness } from './brokerCases.js'
import { contactCase } from './cases/contact.js'
import { type CaseHead, type ConformanceCase, isChosen } from './ConformanceCase.js'
import { type CaseResult, type ConformanceReport, sortedOut } from './ConformanceReport.js'
import type { Heard } from './Dialogue.js'
import { expectation } from './Expectation.js'
import { type Finding, notShown } from './Finding.js'
import { differed, putOffFor } from './findReply.js'
import { type Exchange, judgedReplies, REPLY_LAWS } from './laws.js'
import type { Play } from './Play.js'
import type { Script } from './Script.js'
import type { Subject } from './Subject.js'

/**
 * A test and how far it has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface ConformanceRun {
  readonly subject: Subject
  readonly thoroughness: Thoroughness
  /** The rows and cases that alone are asked about, or none for all. */
  readonly only: ReadonlyArray<string>
  readonly phase: 'Cases' | 'Contact' | 'Over'
  readonly trouble: string | undefined
  readonly current: ConformanceCase
  readonly play: Play<ReadonlyArray<Finding>>
  readonly remaining: ReadonlyArray<ConformanceCase>
  readonly results: ReadonlyArray<CaseResult>
  readonly exchanges: ReadonlyArray<Exchange>
  readonly conversations: number
  /** A wait before the same is said again, in milliseconds; how often that was so, and how long all of them took. */
  readonly pauseMs: number
  readonly tries: number
  readonly waitedMs: number
}

/**
 * What a driver is to do.
 *
 * @category model
 * @since 0.1.0
 */
export type Demand =
  | { readonly _tag: 'Finished'; readonly report: ConformanceReport }
  | { readonly _tag: 'Talk'; readonly script: Script }
  | { readonly _tag: 'Wait'; readonly ms: number }

/** How often the same is said to a broker that has no time for it, or is not there. */
const TRIES_MAX = 4
/** How long a broker that was there before is given to be there again, in milliseconds. */
const ABSENCE_MS = 250
/** What a hint is waited over, in milliseconds: clocks are no better. */
const GRAIN_MS = 2

/**
 * A test that begins with the first contact; with `only`, no more than the cases about those rows.
 *
 * @category constructors
 * @since 0.1.0
 */
export function conformanceRun(subject: Subject, thoroughness: Thoroughness, only: ReadonlyArray<string> = []): ConformanceRun {
  const contact = contactCase(subject)
  return {
    subject,
    thoroughness,
    only,
    phase: 'Contact',
    trouble: undefined,
    current: contact,
    play: contact.play,
    remaining: brokerCases(subject, thoroughness).filter((one) => isChosen(only, one)),
    results: [],
    exchanges: [],
    conversations: 0,
    pauseMs: 0,
    tries: 0,
    waitedMs: 0,
  }
}

/**
 * What to do next.
 *
 * @category queries
 * @since 0.1.0
 */
export function demand(run: ConformanceRun): Demand {
  if (run.phase === 'Over') return { _tag: 'Finished', report: reportOf(run) }
  if (run.pauseMs > 0) return { _tag: 'Wait', ms: run.pauseMs }
  const { play } = run
  switch (play._tag) {
    case 'Talk':
      return { _tag: 'Talk', script: play.script }
    case 'Told':
      // `settled` leaves no play that is told.
      return { _tag: 'Wait', ms: 0 }
    case 'Wait':
      return { _tag: 'Wait', ms: play.ms }
    default:
      return absurd(play)
  }
}

/**
 * Goes on from what was heard to the script that was demanded.
 *
 * @category steps
 * @since 0.1.0
 */
export function heard(run: ConformanceRun, heard: Heard): ConformanceRun {
  const { play, subject, tries } = run
  if (play._tag !== 'Talk') return run
  const counted = { ...run, conversations: run.conversations + 1 }
  if (heard.ending === 'Unreachable') return absent(counted, heard)
  const expected = expectation(subject, play.script)
  const laterMs = run.current.meetsLimit ? undefined : putOffFor(expected, heard)
  if (laterMs !== undefined && tries < TRIES_MAX && run.waitedMs + laterMs <= run.thoroughness.patienceMs) {
    return { ...counted, pauseMs: laterMs + GRAIN_MS, tries: tries + 1, waitedMs: run.waitedMs + laterMs }
  }
  const exchange = { script: play.script, expected, heard, caseId: run.current.id }
  const noted = exchange.expected._tag === 'Reply' ? noting(counted, { ...exchange, expected: exchange.expected }) : counted
  const next = settled({ ...noted, tries: 0, play: play.then(heard) })
  return run.phase === 'Contact' && heard.bytes.length === 0 ? abandoned(next, 'the broker did not talk to this process') : next
}

/**
 * Goes on once a wait that was demanded is over.
 *
 * @category steps
 * @since 0.1.0
 */
export function waited(run: ConformanceRun): ConformanceRun {
  if (run.pauseMs > 0) return { ...run, pauseMs: 0 }
  return run.play._tag === 'Wait' ? settled({ ...run, play: run.play.then() }) : run
}

function noting(run: ConformanceRun, exchange: Exchange): ConformanceRun {
  return { ...run, exchanges: [...run.exchanges, exchange] }
}

/** Takes the results of all plays that are over, and begins the next. */
function settled(run: ConformanceRun): ConformanceRun {
  let next = run
  while (next.phase !== 'Over' && next.play._tag === 'Told') next = following(withResult(next, next.play.value))
  return next
}

function withResult(run: ConformanceRun, findings: ReadonlyArray<Finding>): ConformanceRun {
  return { ...run, results: [...run.results, resultOf(run.current, findings)] }
}

function following(run: ConformanceRun): ConformanceRun {
  const [current, ...remaining] = run.remaining
  if (current === undefined) return { ...run, phase: 'Over' }
  return { ...run, phase: 'Cases', current, play: current.play, remaining }
}

/** A broker that is not there is looked for again; if it was there before, its end is the last thing that it was told. */
function absent(run: ConformanceRun, heard: Heard): ConformanceRun {
  if (run.phase === 'Contact') return { ...run, phase: 'Over', trouble: heard.trouble }
  if (run.tries < TRIES_MAX) return { ...run, pauseMs: ABSENCE_MS, tries: run.tries + 1 }
  const last = run.exchanges.at(-1)
  const { rows } = run.current
  const trial = { what: 'the last that the broker was told', rows, script: last?.script ?? NOTHING_SAID }
  return abandoned(withResult(run, [differed(trial, 'a broker that is there still', heard)]), 'the broker was gone by then')
}

const NOTHING_SAID: Script = Object.freeze({ moves: [], until: 'End' })

function abandoned(run: ConformanceRun, why: string): ConformanceRun {
  const unplayed = run.phase === 'Over' ? [] : [run.current, ...run.remaining]
  const known = new Set(run.results.map(({ id }) => id))
  const results = unplayed.filter(({ id }) => !known.has(id)).map((unseen) => resultOf(unseen, [notShown(why)]))
  return { ...run, phase: 'Over', remaining: [], results: [...run.results, ...results] }
}

function resultOf({ id, rows, what }: CaseHead, findings: ReadonlyArray<Finding>): CaseResult {
  return { id, rows, what, findings }
}

function reportOf({ subject, trouble, results, exchanges, conversations, only }: ConformanceRun): ConformanceReport {
  if (trouble !== undefined) return { _tag: 'Unreachable', trouble }
  const replies = judgedReplies(subject, exchanges)
  const laws = REPLY_LAWS.filter((law) => isChosen(only, law)).map((law) => {
    const findings = law.find(replies)
    return resultOf(law, findings.length === 0 ? [notShown('no such reply was heard')] : findings)
  })
  return { _tag: 'Compared', results: sortedOut([...results, ...laws]), conversations }
}
