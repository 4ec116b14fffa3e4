/**
 * Whether a broker said the yes or the no that it ought to have said.
 *
 * Only that is compared here: whether yes or no, and of a no its code, its words and its hint. What every reply
 * has in common (its envelope, what it echoes, the fields of a yes) is compared by `laws`, once, so that a broker
 * which is wrong in one of them is not told about it under every row.
 */
import { absurd } from '../../data/absurd.js'
import type { Outcome } from '../../negotiate/negotiate.js'
import type { NegotiationError } from '../../negotiate/Refusal.js'
import { replyResult } from '../../negotiate/Reply.js'
import type { HelloReply } from '../../wire/messages/HelloReply.js'
import type { Heard } from './Dialogue.js'
import type { Expectation } from './Expectation.js'
import { AGREED, type Differed, type Finding, notShown } from './Finding.js'
import { describeHeard, describeResult, limitedFor, pressedFor, readHeard } from './Reading.js'
import { rowOf, rowOfReason } from './rowOf.js'
import { saidBy, type Script } from './Script.js'

/** @internal What was tried, and about which rows. */
export interface Trial {
  readonly what: string
  readonly rows: ReadonlyArray<string>
  readonly script: Script
}

/** @internal What came of a trial, held against what ought to have come. */
export function findReply(trial: Trial, expected: Expectation, heard: Heard): Finding {
  switch (expected._tag) {
    case 'Reply': {
      if (says(heard, expected.outcome)) return AGREED
      if (putOffFor(expected, heard) !== undefined) return notShown('the broker put it off, and the wait would have been too long')
      const blamed = { ...trial, rows: blamedRows(trial, expected.outcome, heard) }
      const found = differed(blamed, describeResult(replyResult(expected.outcome)), heard)
      const { reference } = expected
      return reference !== undefined && says(heard, reference.outcome)
        ? { ...found, rows: [reference.row], asReference: reference.row }
        : found
    }
    case 'Silence':
      return heard.bytes.length === 0 && heard.ending === 'Open'
        ? AGREED
        : differed(trial, 'silence until the frame is whole', heard)
    default:
      return absurd(expected)
  }
}

/**
 * @internal How long a broker puts off what it would otherwise answer, in milliseconds. One that is limited has a right
 * to, behind the checks that come first (SPEC R1); one that is short of descriptors even before them (SPEC C6).
 */
export function putOffFor(expected: Expectation, heard: Heard): number | undefined {
  const isPaid = expected._tag === 'Reply' && isPaidFor(expected.outcome)
  return (isPaid ? limitedFor(heard) : undefined) ?? pressedFor(heard)
}

function isPaidFor(outcome: Outcome): boolean {
  return outcome._tag === 'Negotiated' || PAID_FOR.has(outcome.error._tag)
}

const PAID_FOR: ReadonlySet<NegotiationError['_tag']> = new Set<NegotiationError['_tag']>([
  'BelowMinVersion', 'BrokerRestarted', 'DaemonNotRegistered', 'DaemonRestarted', 'MalformedSessionToken', 'OutsideAllowList',
  'UnknownService',
])

/**
 * Which rows a wrong answer is wrong about. Where the decision is right and only told wrong (other words, another code,
 * another hint) it is the refusal's own row, whatever the trial was about. Where one check came before another it is
 * both their rows, unless one of them is that the message can be read at all: that is what such a trial is about.
 */
function blamedRows({ rows }: Trial, outcome: Outcome, heard: Heard): ReadonlyArray<string> {
  const expected = rowOf(outcome)
  const reading = readHeard(heard)
  if (outcome._tag === 'Negotiated' || reading._tag !== 'Reply' || reading.result._tag !== 'Refused') return rows
  const { reason } = reading.result.refused
  const actual = rowOfReason(reason)
  if (actual === undefined || reason === outcome.reply.reason) return [expected]
  const both = [expected, actual]
  const own = both.filter((row) => rows.includes(row))
  if (own.length > 0) return own
  return both.some((row) => UNREADABLE.includes(row)) ? rows : both
}

/** The rows of what cannot be decoded, and of what is not whole. */
const UNREADABLE = ['C4', 'E5', 'F2', 'F3', 'F5']

/** @internal A difference, with what came as the library reads it, or as `actual` says. */
export function differed(trial: Trial, expected: string, heard: Heard, actual: string = describeHeard(heard)): Differed {
  const { what, rows, script } = trial
  return { _tag: 'Differed', what, rows, expected, actual, sent: saidBy(script), received: heard.bytes }
}

/** @internal Whether this is what was heard: the same yes or no. */
export function says(heard: Heard, outcome: Outcome): boolean {
  const reading = readHeard(heard)
  return reading._tag === 'Reply' && isSame(reading.result, replyResult(outcome))
}

function isSame(a: HelloReply['result'], b: HelloReply['result']): boolean {
  if (a._tag !== 'Refused' || b._tag !== 'Refused') return a._tag === b._tag
  const { code, reason, retryAfterMs } = a.refused
  return code === b.refused.code && reason === b.refused.reason && retryAfterMs === b.refused.retryAfterMs
}
