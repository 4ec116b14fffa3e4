/**
 * One thing that SPEC says about a broker, and the play that shows whether it is so.
 */
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Heard } from './Dialogue.js'
import { expectation } from './Expectation.js'
import { type Finding, notShown } from './Finding.js'
import { findReply, type Trial } from './findReply.js'
import { inTurn, map, type Play, talk, told } from './Play.js'
import type { Script } from './Script.js'
import type { Subject } from './Subject.js'

/**
 * What a case is about: the rows of SPEC, and what they say in so far as it shows.
 *
 * @category model
 * @since 0.1.0
 */
export interface CaseHead {
  readonly id: string
  readonly rows: ReadonlyArray<string>
  readonly what: string
}

/**
 * A case: data until somebody plays it.
 *
 * @category model
 * @since 0.1.0
 */
export interface ConformanceCase extends CaseHead {
  readonly play: Play<ReadonlyArray<Finding>>
  /** Whether a refusal by the rate limit is part of it; in any other case it only means: later. */
  readonly meetsLimit: boolean
}

/** @internal What is tried in a case of trials: what, and how; about other rows than the case's where it says so. */
export interface Probe {
  readonly what: string
  readonly script: Script
  readonly rows?: ReadonlyArray<string>
}

/** @internal What to make of what was heard in a trial. */
export type Judge = (trial: Trial, heard: Heard) => Finding

/** @internal What a case is about; the rows with spaces between them. */
export function head(id: string, rows: string, what: string): CaseHead {
  return { id, rows: rows.split(' '), what }
}

/** @internal The case that is about whatever it happens to be about. */
export const GENERATED_ID = 'generated'

/** @internal Whether a case is one of those asked for, by its name or a row of it; all are where none is named. */
export function isChosen(only: ReadonlyArray<string>, { id, rows }: CaseHead): boolean {
  return only.length === 0 || only.some((name) => name === id || (id !== GENERATED_ID && rows.includes(name)))
}

/** @internal A case of a play of its own. */
export function playedCase(about: CaseHead, play: Play<ReadonlyArray<Finding>>): ConformanceCase {
  return { ...about, play, meetsLimit: false }
}

/** @internal A case that this policy, or this tester, cannot show. */
export function unplayedCase(about: CaseHead, why: string): ConformanceCase {
  return playedCase(about, told([notShown(why)]))
}

/** @internal A case of many trials; without a judge of their own, each has the reply that the library would give it. */
export function probedCase(
  subject: Subject, about: CaseHead, probes: ReadonlyArray<Probe>, judge: Judge = judgeBy(subject),
): ConformanceCase {
  return playedCase(about, probing(about.rows, probes, judge))
}

/** @internal Trials one after the other. */
export function probing(rows: ReadonlyArray<string>, probes: ReadonlyArray<Probe>, judge: Judge): Play<ReadonlyArray<Finding>> {
  const tried = inTurn(probes, (probe) => trying({ rows, ...probe }, judge), isTooSlow)
  return map(tried, (all) => all.map(({ finding }) => finding))
}

/** @internal Holds what was heard against the reply that the library would give, to a peer without a pid or to `peer`. */
export function judgeBy(subject: Subject, peer?: PeerIdentity): Judge {
  return (trial, heard) => findReply(trial, expectation(subject, trial.script, peer), heard)
}

interface Tried {
  readonly trial: Trial
  readonly finding: Finding
  readonly heard: Heard
}

function trying(trial: Trial, judge: Judge): Play<Tried> {
  return map(talk(trial.script), (heard) => ({ trial, heard, finding: judge(trial, heard) }))
}

/** What a broker has once been waited for in vain it will owe again, and each time has to be waited for: once is enough. */
function isTooSlow({ trial, finding, heard }: Tried): boolean {
  if (heard.ending !== 'Open') return false
  return trial.script.until === 'End' || (finding._tag === 'Differed' && heard.bytes.length === 0)
}
