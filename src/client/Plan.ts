/**
 * What a client does next, as data: after a yes, a no, an answer that is none, or silence.
 *
 * **State** how many attempts have failed, how many alternatives have been tried, when the next attempt may
 * be made, and the latest instant seen.
 *
 * **Laws**
 *  1. At most `attemptsMax` attempts fail before nothing but `GiveUp` or `DirectPath` is left; each alternative
 *     is tried at most once. `Attempts` are for one purpose: begin new ones for the next.
 *  2. `RetryAfter` never comes before the broker's hint, nor before half the current back-off; it comes at most
 *     the other half later, so that all who were given one hint do not come back at one instant.
 *  3. The back-off doubles from one failure to the next, up to its cap, which never cuts a hint short.
 *  4. A hint longer than `retryAfterMaxMs` is never cut short: it is given up on.
 *  5. A step never throws and gives a move for any numbers: hints up to 2^64 − 1, draws and times that are NaN.
 *  6. Without an endpoint to go to nobody is sent there (SPEC G6).
 *
 * **Not here** the waiting, the dialling, and asking again: the caller does as the move says, and comes back
 * with what became of it. What goes before a Hello: `escapeHatch`, `helloSkip`.
 * **Contract** a refusal names the *protocol* versions that a broker speaks, never those of the service that it
 * would allow, so the candidates for `TryVersion` are the caller's own. They are tried where the version
 * was blocked, and where it was unsupported only if the protocols have a version in common: otherwise no version
 * of the service would help. A hint is about the version that was refused, so the next one is tried at once.
 */
import { absurd } from '../data/absurd.js'
import { advance, clampLimit, deadlineAfter, MAX_INSTANT_MS } from '../data/Instant.js'
import { type Step, step } from '../data/Step.js'
import { adoptionGate, type Reconnect } from './Adoption.js'
import { type ClientOutcome, EMPTY_BACKEND_PIPE_TEXT, type NegotiatedReply, type RefusedReply } from './ClientOutcome.js'
import { type PlanPolicy, type Reaction, reactionToRefusal } from './PlanPolicy.js'
import { quoted } from './quoted.js'
import type { Route } from './Route.js'

/**
 * What a client has tried so far.
 *
 * @category model
 * @since 0.1.0
 */
export interface Attempts {
  readonly failed: number
  readonly alternativesTried: number
  readonly notBeforeMs: number
  readonly latestMs: number
}

/**
 * What a plan is asked about: an outcome, a failed adoption, or an error of the operating system's on the
 * way to the broker or to the backend.
 *
 * @category model
 * @since 0.1.0
 */
export type Happened = ClientOutcome | Reconnect | Unreachable

/**
 * A connection could not be made, or was lost before anything came of it.
 *
 * @category model
 * @since 0.1.0
 */
export interface Unreachable {
  readonly _tag: 'BackendUnreachable' | 'BrokerUnreachable'
}

/**
 * What to do next: wait for the ready frame on this very stream; go to the backend; do without the broker;
 * give up; say the same Hello again after `ms` milliseconds; say Hello for another version, now.
 *
 * @category model
 * @since 0.1.0
 */
export type Move =
  | ConnectBackend
  | { readonly _tag: 'Adopt' }
  | { readonly _tag: 'DirectPath' }
  | { readonly _tag: 'GiveUp'; readonly why: GiveUpReason }
  | { readonly _tag: 'RetryAfter'; readonly ms: number }
  | { readonly _tag: 'TryVersion'; readonly version: string }

/**
 * Go to the backend at this endpoint (SPEC G10).
 *
 * @category model
 * @since 0.1.0
 */
export interface ConnectBackend {
  readonly _tag: 'ConnectBackend'
  readonly endpoint: string
  readonly route: Route
}

/**
 * Why there is nothing left to do.
 *
 * @category model
 * @since 0.1.0
 */
export type GiveUpReason =
  | { readonly _tag: 'AttemptsExhausted'; readonly failed: number }
  | { readonly _tag: 'EmptyBackendPipe' }
  | { readonly _tag: 'Final'; readonly of: Exclude<Happened, NegotiatedReply | Reconnect> }
  | { readonly _tag: 'NoCommonProtocol'; readonly versionRange: RefusedReply['versionRange'] }
  | { readonly _tag: 'NoVersionLeft'; readonly tried: number }
  | { readonly _tag: 'RetryTooFar'; readonly retryAfterMs: bigint; readonly maxMs: number }

type Failure = Exclude<Happened, NegotiatedReply | Reconnect>

/** The longest duration that can be added to an instant. */
const LONGEST_WAIT_MS = MAX_INSTANT_MS - 1

/**
 * Nothing tried yet.
 *
 * @category constants
 * @since 0.1.0
 */
export const NO_ATTEMPTS: Attempts = Object.freeze({ failed: 0, alternativesTried: 0, notBeforeMs: 0, latestMs: 0 })

/**
 * What to do about what has happened. `draw` is a random number from 0 to 1, for the jitter; anything else
 * counts as the nearer end, NaN as 0 (SPEC G6, G10, G15).
 *
 * @example
 * import assert from 'node:assert'
 * import { DEFAULT_PLAN, Plan } from 'hello-negotiation'
 *
 * const policy = { ...DEFAULT_PLAN, reactions: { ...DEFAULT_PLAN.reactions, TimedOut: 'BackOff' } } as const
 * const silence = { _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 30_000 } as const
 *
 * const first = Plan.plan(policy, Plan.NO_ATTEMPTS, silence, 0.5, 30_000)
 * assert.deepEqual(first.value, { _tag: 'RetryAfter', ms: 187.5 })
 * const second = Plan.plan(policy, first.state, silence, 0, 60_187.5)
 * assert.deepEqual(second.value, { _tag: 'RetryAfter', ms: 250 })
 *
 * @category steps
 * @since 0.1.0
 */
export function plan(
  policy: PlanPolicy, attempts: Attempts, happened: Happened, draw: number, nowMs: number,
): Step<Attempts, Move> {
  const latestMs = advance(attempts.latestMs, nowMs)
  const now: Attempts = { ...attempts, latestMs, notBeforeMs: latestMs }
  switch (happened._tag) {
    case 'Negotiated':
      return step(now, afterYes(policy, happened))
    case 'Reconnect':
      return step(now, toBackend(happened.endpoint))
    default:
      return react(policy, { ...now, failed: attempts.failed + 1 }, happened, draw)
  }
}

/**
 * Whether the next attempt may be made by now.
 *
 * @category queries
 * @since 0.1.0
 */
export function isDue(attempts: Attempts, nowMs: number): boolean {
  return nowMs >= attempts.notBeforeMs
}

/**
 * The reason on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeGiveUp(why: GiveUpReason): string {
  switch (why._tag) {
    case 'AttemptsExhausted':
      return `${why.failed} attempt(s) failed, and there are no more`
    case 'EmptyBackendPipe':
      return EMPTY_BACKEND_PIPE_TEXT
    case 'Final':
      return why.of._tag === 'Refused'
        ? `refused with code ${why.of.code}: ${quoted(why.of.reason)}`
        : `no attempt is made after ${why.of._tag}`
    case 'NoCommonProtocol':
      return `the broker speaks protocols ${why.versionRange.min} to ${why.versionRange.max}, none of which was offered`
    case 'NoVersionLeft':
      return `the version is refused, and so are ${why.tried} other(s) that would do`
    case 'RetryTooFar':
      return `the broker says to come back in ${why.retryAfterMs} ms; at most ${why.maxMs} are waited for`
    default:
      return absurd(why)
  }
}

function afterYes({ adopts }: PlanPolicy, reply: NegotiatedReply): Move {
  return adoptionGate(reply, adopts)._tag === 'Right' ? { _tag: 'Adopt' } : toBackend(reply.backendPipe)
}

function toBackend(endpoint: string): Move {
  return endpoint === ''
    ? giveUp({ _tag: 'EmptyBackendPipe' })
    : { _tag: 'ConnectBackend', endpoint, route: 'BrokerNegotiated' }
}

function react(policy: PlanPolicy, attempts: Attempts, failure: Failure, draw: number): Step<Attempts, Move> {
  const { reactions } = policy
  const reaction: Reaction = failure._tag === 'Refused' ? reactionToRefusal(reactions, failure) : reactions[failure._tag]
  switch (reaction) {
    case 'BackOff':
      return retry(policy, attempts, failure, backOffMs(policy, attempts.failed), draw)
    case 'Later':
      return retry(policy, attempts, failure, longestMs(policy), draw)
    case 'OtherVersion':
      return otherVersion(policy, attempts, failure)
    case 'DirectPath':
      return step(attempts, { _tag: 'DirectPath' })
    case 'Stop':
      return step(attempts, giveUp({ _tag: 'Final', of: failure }))
    default:
      return step(attempts, absurd(reaction))
  }
}

function retry(
  policy: PlanPolicy, attempts: Attempts, failure: Failure, waitMs: number, draw: number,
): Step<Attempts, Move> {
  if (isExhausted(policy, attempts)) return step(attempts, giveUp({ _tag: 'AttemptsExhausted', failed: attempts.failed }))
  const hintMs = failure._tag === 'Refused' ? failure.retryAfterMs : 0n
  const maxMs = Math.min(clampLimit(policy.retryAfterMaxMs, 0), LONGEST_WAIT_MS)
  // A bigint and a number compare exactly, however large the one and fractional the other.
  if (hintMs > maxMs) return step(attempts, giveUp({ _tag: 'RetryTooFar', retryAfterMs: hintMs, maxMs }))
  const ms = Math.min(Math.max(Number(hintMs), waitMs / 2) + within0And1(draw) * (waitMs / 2), LONGEST_WAIT_MS)
  return step({ ...attempts, notBeforeMs: deadlineAfter(attempts.latestMs, ms) }, { _tag: 'RetryAfter', ms })
}

function otherVersion(policy: PlanPolicy, attempts: Attempts, failure: Failure): Step<Attempts, Move> {
  if (failure._tag === 'Refused' && failure.kind._tag === 'VersionUnsupported' && !failure.sharesProtocol) {
    return step(attempts, giveUp({ _tag: 'NoCommonProtocol', versionRange: failure.versionRange }))
  }
  const { alternativesTried } = attempts
  const version = policy.alternatives[alternativesTried]
  if (version === undefined) return step(attempts, giveUp({ _tag: 'NoVersionLeft', tried: alternativesTried }))
  if (isExhausted(policy, attempts)) return step(attempts, giveUp({ _tag: 'AttemptsExhausted', failed: attempts.failed }))
  return step({ ...attempts, alternativesTried: alternativesTried + 1 }, { _tag: 'TryVersion', version })
}

function isExhausted({ attemptsMax }: PlanPolicy, { failed }: Attempts): boolean {
  return failed >= clampLimit(attemptsMax, 1)
}

/** The wait after so many failures, doubled each time; a power too large to be a number meets the cap. */
function backOffMs(policy: PlanPolicy, failed: number): number {
  return Math.min(clampLimit(policy.backOffMs, 1) * 2 ** (failed - 1), longestMs(policy))
}

function longestMs(policy: PlanPolicy): number {
  return clampLimit(policy.backOffMaxMs, 1)
}

function within0And1(draw: number): number {
  return draw > 0 ? Math.min(draw, 1) : 0
}

function giveUp(why: GiveUpReason): Move {
  return { _tag: 'GiveUp', why }
}
