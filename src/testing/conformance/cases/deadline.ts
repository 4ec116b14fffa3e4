/**
 * How long a peer has for its Hello (SPEC C7). Slow: the deadline has to be waited for.
 */
import { refusedOutcome } from '../../../negotiate/negotiate.js'
import { HELLO_BODY_MAX_BYTES } from '../../../wire/Limits.js'
import { type ConformanceCase, head, type Judge, type Probe, probedCase, unplayedCase } from '../ConformanceCase.js'
import { AGREED } from '../Finding.js'
import { differed, says } from '../findReply.js'
import { type Move, pause, send } from '../Script.js'
import { headerOf, type Subject } from '../Subject.js'

const ABOUT = head('deadline', 'C7', 'a peer has the time of the policy for its whole Hello, however it spends it')

/** @internal */
export function deadlineCases(subject: Subject, isSlow: boolean): ReadonlyArray<ConformanceCase> {
  return [isSlow
    ? probedCase(subject, ABOUT, slowProbes(subject), judgeDeadline(subject))
    : unplayedCase(ABOUT, 'it takes as long as the deadline is: ask for the slow cases')]
}

/** How late a broker may be, which has other things to do, and how early, by the grain of its timers. */
const LATE_MS = 3_000
const EARLY_MS = 20

function slowProbes({ policy: { helloTimeoutMs } }: Subject): ReadonlyArray<Probe> {
  const header = send(headerOf(HELLO_BODY_MAX_BYTES))
  const patienceMs = helloTimeoutMs + LATE_MS
  return [
    { what: 'silence from the start', script: { moves: [], until: 'End', patienceMs } },
    { what: 'silence behind the header', script: { moves: [header], until: 'End', patienceMs } },
    { what: 'a byte now and then', script: { moves: [header, ...trickle(helloTimeoutMs)], until: 'End', patienceMs } },
  ]
}

/** Bytes often enough for a deadline that each of them moved, and until it would show. */
function trickle(helloTimeoutMs: number): ReadonlyArray<Move> {
  const beatMs = helloTimeoutMs / 3
  const count = Math.min(Math.ceil((helloTimeoutMs + LATE_MS) / beatMs), HELLO_BODY_MAX_BYTES - 1)
  return Array.from({ length: count }, (): ReadonlyArray<Move> => [pause(beatMs), send(Uint8Array.of(0))]).flat()
}

/** A peer out of time is told so or not, and its connection closed. */
function judgeDeadline({ policy: { helloTimeoutMs } }: Subject): Judge {
  const late = refusedOutcome({ _tag: 'HelloDeadlineExceeded', timeoutMs: helloTimeoutMs })
  return (trial, heard) => {
    const tookMs = Math.round(heard.doneMs - heard.beganMs)
    const expected = `the end of the connection after ${helloTimeoutMs} ms`
    if (heard.ending === 'Open') return differed(trial, expected, heard, `a connection still open after ${tookMs} ms`)
    const isInTime = tookMs >= helloTimeoutMs - EARLY_MS && tookMs <= helloTimeoutMs + LATE_MS
    if (!isInTime) return differed(trial, expected, heard, `the end of the connection after ${tookMs} ms`)
    return heard.bytes.length === 0 || says(heard, late) ? AGREED : differed(trial, 'a refusal, or silence', heard)
  }
}
