/**
 * What a client does about each way in which a Hello can fail: a table, and limits. Data, so that a caller
 * changes a row by spreading the default and naming it.
 *
 * **Contract** the reference never tries again by itself (SPEC G9); what it documents for its callers is the
 * default table (SPEC G15): stop, back off, come back later, or, where nobody has refused anything, take the
 * direct path. `NO_RETRY_PLAN` is what it does.
 */
import type { RefusedReply } from './ClientOutcome.js'
import type { RefusalKind } from './RefusalKind.js'

/**
 * What to do about a failure: wait for longer each time; wait for the longest time at once; try the next
 * acceptable version; do without the broker; give up.
 *
 * @category model
 * @since 0.1.0
 */
export type Reaction = 'BackOff' | 'DirectPath' | 'Later' | 'OtherVersion' | 'Stop'

/**
 * A reaction to each kind of refusal and to each other failure; `byCode` goes before the kind, and is where
 * the codes without a kind of their own get reactions of their own.
 *
 * @category model
 * @since 0.1.0
 */
export type Reactions = Readonly<Record<RefusalKind['_tag'] | NoRefusal, Reaction>> & {
  readonly byCode: Readonly<Record<number, Reaction>>
}

/**
 * The failures that are nobody's no.
 *
 * @category model
 * @since 0.1.0
 */
export type NoRefusal = 'BackendUnreachable' | 'Broken' | 'BrokerUnreachable' | 'TimedOut'

/**
 * How a client goes on. Zero limits, and what is no limit at all, count as the least that makes sense: one
 * attempt, waits of one millisecond, no hint waited for.
 *
 * @category model
 * @since 0.1.0
 */
export interface PlanPolicy {
  /** Whether a handed-over connection is taken (SPEC G10). */
  readonly adopts: boolean
  /** The other versions that would do, the best first; each is tried at most once. */
  readonly alternatives: ReadonlyArray<string>
  /** How many attempts there are in all, the first and those with other versions included. */
  readonly attemptsMax: number
  /** The first wait, in milliseconds; each further one is twice as long. */
  readonly backOffMs: number
  /** The longest wait of the client's own making, in milliseconds. A broker's hint may ask for more. */
  readonly backOffMaxMs: number
  /** The longest hint that is waited for, in milliseconds; a longer one is given up on, never cut short. */
  readonly retryAfterMaxMs: number
  readonly reactions: Reactions
}

/**
 * The reference's advice (SPEC G15), with two codes added whose hints say "shortly" (SPEC C6, C10): a
 * backend that could not be started, and a broker short of descriptors.
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_REACTIONS: Reactions = Object.freeze({
  VersionUnsupported: 'OtherVersion',
  VersionBlocked: 'OtherVersion',
  ServiceUnknown: 'Stop',
  RateLimited: 'BackOff',
  ShuttingDown: 'Later',
  Other: 'Stop',
  BackendUnreachable: 'DirectPath',
  Broken: 'DirectPath',
  BrokerUnreachable: 'DirectPath',
  TimedOut: 'DirectPath',
  byCode: Object.freeze({ 3: 'BackOff', 9: 'BackOff' }),
})

/**
 * Four attempts, a quarter of a second to ten seconds apart, hints up to a minute: somebody may be waiting
 * at a terminal. Without alternatives a refused version is final, as in the reference.
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_PLAN: PlanPolicy = Object.freeze({
  adopts: false,
  alternatives: Object.freeze([]),
  attemptsMax: 4,
  backOffMs: 250,
  backOffMaxMs: 10_000,
  retryAfterMaxMs: 60_000,
  reactions: DEFAULT_REACTIONS,
})

/**
 * The reference's own behaviour: one attempt, hints only told (SPEC G9).
 *
 * @category constants
 * @since 0.1.0
 */
export const NO_RETRY_PLAN: PlanPolicy = Object.freeze({ ...DEFAULT_PLAN, attemptsMax: 1 })

/** @internal The reaction to a refusal: its code's own where there is one, otherwise its kind's. */
export function reactionToRefusal(reactions: Reactions, { code, kind }: RefusedReply): Reaction {
  const { byCode } = reactions
  return (Object.hasOwn(byCode, code) ? byCode[code] : undefined) ?? reactions[kind._tag]
}
