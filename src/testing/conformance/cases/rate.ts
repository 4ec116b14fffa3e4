/**
 * The rate limit: what counts, what does not, and when it is over (SPEC R1–R5).
 *
 * The tester is one process, so it meets the limit by itself. First it uses up whatever window it is in; the refusal
 * says when the next one may open, and in that it counts every Hello.
 *
 *   using up ──refused──▶ while refused ──the window over──▶ counting ──refused, not before──▶ told
 */
import type { RateLimit } from '../../../step/RateLimiter.js'
import { clampLimit } from '../../../data/Instant.js'
import { type ConformanceCase, head, judgeBy, playedCase } from '../ConformanceCase.js'
import type { Heard } from '../Dialogue.js'
import { AGREED, type Differed, type Finding, notShown } from '../Finding.js'
import { differed, type Trial } from '../findReply.js'
import { chain, map, type Play, talk, told, wait } from '../Play.js'
import { limitedFor } from '../Reading.js'
import { saying, type Script } from '../Script.js'
import { request, requestOf, type Subject } from '../Subject.js'
import { knowsPids } from './pid.js'

const ABOUT = head(
  'rate-limit', 'R1 R4 R5', 'a process may have so many Hellos answered in a window; refusals before and by the limit are free',
)

/** @internal */
export function rateCases(subject: Subject, patienceMs: number): ReadonlyArray<ConformanceCase> {
  const { maxPerWindow, windowMs } = subject.policy.rateLimit
  const limit = { maxPerWindow: clampLimit(maxPerWindow, 1), windowMs: clampLimit(windowMs, 1) }
  return [{ ...playedCase(ABOUT, ratePlay(subject, limit, patienceMs)), meetsLimit: true }]
}

/** More Hellos in one window than a tester should have to say. */
const HELLOS_MAX = 1_024
/** How long after the hint a Hello is said: clocks are no better than this. */
const GRAIN_MS = 5

function ratePlay(subject: Subject, limit: RateLimit, patienceMs: number): Play<ReadonlyArray<Finding>> {
  if (limit.maxPerWindow > HELLOS_MAX) return told([notShown(`${limit.maxPerWindow} Hellos a window are too many to reach`)])
  if (limit.windowMs > patienceMs) return told([notShown(`a window of ${limit.windowMs} ms is longer than waits may be`)])
  return chain(knowsPids(subject), (isKnown) => usingUp(subject, limit, isKnown))
}

/** As many Hellos as are left in one window, all that fit in the next, and one more. */
function usingUp(subject: Subject, limit: RateLimit, isKnown: boolean): Play<ReadonlyArray<Finding>> {
  const most = 2 * limit.maxPerWindow + 1
  const trial = paid(subject, limit)
  return chain(untilLimited(trial.script, most), ({ heard, beganMs }) => {
    const tookMs = heard.doneMs - beganMs
    const afterMs = limitedFor(heard)
    if (afterMs !== undefined) return whileRefused(subject, limit, heard, afterMs)
    if (!isKnown) return told([notShown('the broker does not learn pids here, and limits nobody')])
    if (tookMs >= limit.windowMs) return told([notShown(TOO_SLOW)])
    const actual = `none of ${most} refused for that, in ${Math.round(tookMs)} ms`
    return told([differed(trial, `code 4 to the last of ${most}`, heard, actual)])
  })
}

const TOO_SLOW = 'the window was over before it could be used up'

function whileRefused(subject: Subject, limit: RateLimit, heard: Heard, afterMs: number): Play<ReadonlyArray<Finding>> {
  const hint = hintFinding(subject, limit, heard, afterMs)
  const endsMs = heard.beganMs + afterMs
  return chain(duringWindow(subject, endsMs), (during) =>
    chain(wait(afterMs + GRAIN_MS), () => map(counting(subject, limit), (counted) => [hint, ...during, ...counted])))
}

/** The hint is the rest of the window, and at least 1 (SPEC R5). */
function hintFinding(subject: Subject, limit: RateLimit, heard: Heard, afterMs: number): Finding {
  const most = Math.max(1, Math.floor(limit.windowMs))
  return afterMs >= 1 && afterMs <= most ? AGREED
    : differed(paid(subject, limit), `retry_after_ms from 1 to ${most}`, heard, `retry_after_ms ${afterMs}`)
}

/** Refused or not, a Hello is looked at for its shape first, and for its service only afterwards (SPEC R1). */
function duringWindow(subject: Subject, endsMs: number): Play<ReadonlyArray<Finding>> {
  const { base } = subject
  const shapeless: Trial = {
    what: 'while limited, a Hello of the wrong shape', rows: ['R1'], script: saying(request({ ...base, wantedVersion: 'latest' })),
  }
  const sound: Trial = { what: 'while limited, a Hello that would be granted', rows: ['R1', 'R4'], script: saying(request(base)) }
  return chain(talk(shapeless.script), (first) => map(talk(sound.script), (second) => {
    return [judgeBy(subject)(shapeless, first), stillLimited(sound, second, endsMs)]
  }))
}

function stillLimited(trial: Trial, heard: Heard, endsMs: number): Finding {
  if (limitedFor(heard) !== undefined) return AGREED
  return heard.doneMs >= endsMs ? notShown(TOO_SLOW) : differed(trial, 'code 4 until the window is over', heard)
}

/** In a window of its own: Hellos that cost nothing, then as many as are allowed, then one too many. */
function counting(subject: Subject, limit: RateLimit): Play<ReadonlyArray<Finding>> {
  const { maxPerWindow, windowMs } = limit
  const counted = paid(subject, limit)
  return chain(talk(counted.script), (opening) => {
    if (limitedFor(opening) !== undefined) return told([differed(counted, 'a Hello admitted, the hint being over', opening)])
    return chain(free(), () => map(untilLimited(counted.script, maxPerWindow), ({ heard, said }) => {
      // The Hello that opened the window was admitted too.
      const admitted = limitedFor(heard) === undefined ? said + 1 : said
      if (heard.doneMs - opening.beganMs >= windowMs) return [notShown(TOO_SLOW)]
      if (admitted === maxPerWindow) return [AGREED]
      return [miscounted(counted, maxPerWindow, admitted, heard)]
    }))
  })
}

function miscounted(trial: Trial, expected: number, actual: number, heard: Heard): Differed {
  return differed(trial, `${expected} Hellos admitted in a window, those of the wrong shape not counted`, heard, `${actual} admitted`)
}

/** Two refusals that come before the limit, and take nothing of it. */
function free(): Play<void> {
  return chain(talk(saying(requestOf(Uint8Array.of(0xff)))), () => map(talk(saying(Uint8Array.of(0x16))), () => undefined))
}

/** A Hello that has been paid for when it is refused: its service is looked for behind the limit (SPEC R1). */
function paid(subject: Subject, { maxPerWindow, windowMs }: RateLimit): Trial {
  const script = saying(request({ ...subject.base, serviceName: subject.nobody }))
  return { what: `Hellos in a window of ${maxPerWindow} in ${windowMs} ms`, rows: ['R1', 'R4', 'R5'], script }
}

interface Burst {
  readonly heard: Heard
  readonly said: number
  readonly beganMs: number
}

/** Says the same again and again, until it is refused for that, or has been said `most` times. */
function untilLimited(script: Script, most: number, before?: Burst): Play<Burst> {
  return chain(talk(script), (heard) => {
    const said = (before?.said ?? 0) + 1
    const burst = { heard, said, beganMs: before?.beganMs ?? heard.beganMs }
    return limitedFor(heard) !== undefined || said >= most ? told(burst) : untilLimited(script, most, burst)
  })
}
