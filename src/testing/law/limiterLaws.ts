/**
 * The laws of the rate limit (SPEC §5).
 *
 * Who is not limited need not move a limiter's clock on. So where a law is not about clocks that go back, the life it
 * looks at has a steady one.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Step } from '../../data/Step.js'
import type { RateLimit, RateLimited } from '../../step/RateLimiter.js'
import * as RateLimiterModel from '../model/RateLimiterModel.js'
import { atLeastOne } from '../model/time.js'
import type { LimiterEvent, LimiterLife } from './inputs/limiter.js'
import { type AnyLaw, firstBreach, forbid, law } from './Law.js'
import { live, type Moment, steady } from './live.js'
import { same, shown } from './shown.js'

/** @internal */
export const LIMITER_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'LIMITER-1',
    group: 'limiter',
    sentence: 'In a window, which its first Hello opens, a pid is let in as often as the limit says and no more.',
    rows: ['R3', 'R4'],
    input: 'LimiterLife',
    breach: ({ RateLimiter }, life) => {
      const max = atLeastOne(life.limit.maxPerWindow)
      return firstBreach(hellosOf(RateLimiter, steadied(life)), ({ pid, value, atMs, window }) => forbid(
        pid !== 0 && (value._tag === 'Right') !== (window.count < max),
        () => `pid ${pid}, ${window.count} of ${max} let in since ${window.openedMs} ms, got a ${value._tag} at ${atMs} ms`))
    },
  }),
  law({
    id: 'LIMITER-2',
    group: 'limiter',
    sentence: 'What others do makes no difference to a pid.',
    rows: ['R2'],
    input: 'LimiterLife',
    breach: ({ RateLimiter }, life) => {
      const together = hellosOf(RateLimiter, steadied(life))
      return firstBreach(new Set(together.map(({ pid }) => pid)), (pid) => {
        const alone = hellosOf(RateLimiter, only(steadied(life), (event) => event._tag === 'Expire' || event.pid === pid))
        const [among, by] = [answersOf(together.filter((hello) => hello.pid === pid)), answersOf(alone)]
        return forbid(!same(among, by), () => `among others pid ${pid} got ${shown(among)}, by itself ${shown(by)}`)
      })
    },
  }),
  law({
    id: 'LIMITER-3',
    group: 'limiter',
    sentence: 'A peer whose pid is not known, which is pid 0, is never limited.',
    rows: ['R2'],
    input: 'LimiterLife',
    breach: ({ RateLimiter }, life) => firstBreach(hellosOf(RateLimiter, life), ({ pid, value, nowMs }) =>
      forbid(pid === 0 && value._tag === 'Left', () => `pid 0 got ${shown(value)} at ${nowMs} ms`)),
  }),
  law({
    id: 'LIMITER-4',
    group: 'limiter',
    sentence: 'A Hello that is refused neither counts nor extends the window: without it all others are answered the same.',
    rows: ['R4'],
    input: 'LimiterLife',
    breach: ({ RateLimiter }, life) => {
      const events = steadied(life).events.filter(([, event]) => event._tag === 'Admit')
      const all = hellosOf(RateLimiter, { ...life, events })
      return firstBreach(all.keys(), (refused) => {
        if (all[refused]?.value._tag !== 'Left') return undefined
        const others = answersOf(all.toSpliced(refused, 1))
        const without = answersOf(hellosOf(RateLimiter, { ...life, events: events.toSpliced(refused, 1) }))
        return forbid(!same(without, others), () =>
          `without Hello ${refused}, which was refused, ${shown(others)} became ${shown(without)}`)
      })
    },
  }),
  law({
    id: 'LIMITER-5',
    group: 'limiter',
    sentence: 'What is forgotten is never missed: the answers are those of a limiter that keeps every window for ever.',
    rows: ['DIV-R1'],
    input: 'LimiterLife',
    breach: ({ RateLimiter }, life) => {
      const answers = answersOf(hellosOf(RateLimiter, steadied(life)))
      const remembering = answersOf(hellosOf(REMEMBERING, steadied(life)))
      return forbid(!same(answers, remembering), () =>
        `${shown(answers)}, where one that forgets nothing says ${shown(remembering)}`)
    },
  }),
  law({
    id: 'LIMITER-6',
    group: 'limiter',
    sentence: 'A clock that goes back, or reads what is no instant, is a clock that stands still.',
    rows: ['R6', 'DIV-R2'],
    input: 'LimiterLife',
    breach: ({ RateLimiter }, life) => {
      const limited = only(life, (event) => event._tag === 'Expire' || event.pid !== 0)
      const [jumping, standing] = [limited, steadied(limited)].map((life) => answersOf(hellosOf(RateLimiter, life)))
      return forbid(!same(jumping, standing), () => `${shown(jumping)} under such a clock, else ${shown(standing)}`)
    },
  }),
  law({
    id: 'LIMITER-7',
    group: 'limiter',
    sentence: 'A refusal says what is left of the window in whole milliseconds, rounded down and at least 1.',
    rows: ['R5'],
    input: 'LimiterLife',
    breach: ({ RateLimiter }, life) => {
      const windowMs = atLeastOne(life.limit.windowMs)
      return firstBreach(hellosOf(RateLimiter, steadied(life)), ({ value, atMs, window }) => {
        if (value._tag === 'Right') return undefined
        const leftMs = Math.max(1, Math.floor(windowMs - (atMs - window.openedMs)))
        return forbid(value.left.retryAfterMs !== leftMs, () => `of ${leftMs} ms left it said ${value.left.retryAfterMs}`)
      })
    },
  }),
]

interface Hello extends Moment<unknown> {
  readonly pid: number
  readonly value: Either<RateLimited, void>
  /** The pid's window at that moment, by a count of those let in. */
  readonly window: { readonly openedMs: number; readonly count: number }
}

/** What a life needs of a limiter, ours or a model. */
interface Limiter<S> {
  readonly rateLimiter: (limit: RateLimit) => S
  readonly admit: (limiter: S, peer: PeerIdentity, nowMs: number) => Step<S, Either<RateLimited, void>>
  readonly expire: (limiter: S, nowMs: number) => S
}

const REMEMBERING: Limiter<RateLimiterModel.RateLimiterModel> = {
  rateLimiter: RateLimiterModel.rateLimiterModel, admit: RateLimiterModel.admit, expire: RateLimiterModel.expire,
}

/** The Hellos in a limiter's life, with the window that each met. */
function hellosOf<S>(limiter: Limiter<S>, { limit, events }: LimiterLife): ReadonlyArray<Hello> {
  const windowMs = atLeastOne(limit.windowMs)
  const windows = new Map<number, Hello['window']>()
  const lived = live(limiter.rateLimiter(limit), events, (before, event, nowMs) => one(limiter, before, event, nowMs))
  return lived.flatMap((moment) => {
    if (moment._tag === 'Expire') return []
    const open = windows.get(moment.pid)
    const isOver = open === undefined || moment.atMs - open.openedMs >= windowMs
    const window = isOver ? { openedMs: moment.atMs, count: 0 } : open
    if (moment.value._tag === 'Right') windows.set(moment.pid, { ...window, count: window.count + 1 })
    return [{ ...moment, window }]
  })
}

function one<S>(limiter: Limiter<S>, before: S, event: LimiterEvent, nowMs: number) {
  return event._tag === 'Expire'
    ? { ...event, state: limiter.expire(before, nowMs) }
    : { ...event, ...limiter.admit(before, { pid: event.pid, userId: '' }, nowMs) }
}

function answersOf(hellos: ReadonlyArray<Hello>): ReadonlyArray<number | 'let in'> {
  return hellos.map(({ value }) => (value._tag === 'Left' ? value.left.retryAfterMs : 'let in'))
}

function only(life: LimiterLife, isKept: (event: LimiterEvent) => boolean): LimiterLife {
  return { ...life, events: life.events.filter(([, event]) => isKept(event)) }
}

function steadied(life: LimiterLife): LimiterLife {
  return { ...life, events: steady(life.events) }
}
