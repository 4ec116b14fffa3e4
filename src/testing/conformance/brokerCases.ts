/**
 * Everything that is asked of a broker, in the order in which it is played.
 */
import { decodeCases } from './cases/decode.js'
import { deadlineCases } from './cases/deadline.js'
import { envelopeCases } from './cases/envelope.js'
import { framingCases } from './cases/framing.js'
import { generatedCases } from './cases/generated.js'
import { grantCases } from './cases/grants.js'
import { lookupCases } from './cases/lookup.js'
import { rateCases } from './cases/rate.js'
import { sessionCases } from './cases/sessions.js'
import { shapeCases } from './cases/shape.js'
import type { ConformanceCase } from './ConformanceCase.js'
import type { Subject } from './Subject.js'

/**
 * How much is asked of a broker, and how patiently.
 *
 * @category model
 * @since 0.1.0
 */
export interface Thoroughness {
  /** Where the generated conversations come from; the lower 32 bits count. */
  readonly seed: number
  /** How many conversations are generated. */
  readonly generated: number
  /** How long a broker may keep silent where it owes an answer, in milliseconds. */
  readonly timeoutMs: number
  /** How long the broker's rate limit may be waited for, in milliseconds: in all, and for one window. */
  readonly patienceMs: number
  /** Whether to wait for deadlines too. */
  readonly isSlow: boolean
}

/**
 * As thorough as a test may be that somebody waits for.
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_THOROUGHNESS: Thoroughness = Object.freeze({
  seed: 1, generated: 200, timeoutMs: 5_000, patienceMs: 30_000, isSlow: false,
})

/**
 * The cases for a broker, those that the policy has no use for among them, with the reason.
 *
 * @category constructors
 * @since 0.1.0
 */
export function brokerCases(subject: Subject, thoroughness: Thoroughness = DEFAULT_THOROUGHNESS): ReadonlyArray<ConformanceCase> {
  const { seed, generated, patienceMs, isSlow } = thoroughness
  return [
    ...framingCases(subject),
    ...envelopeCases(subject),
    ...decodeCases(subject),
    ...shapeCases(subject),
    ...lookupCases(subject),
    ...sessionCases(subject),
    ...grantCases(subject),
    ...generatedCases(subject, seed, generated),
    ...rateCases(subject, patienceMs),
    ...deadlineCases(subject, isSlow),
  ]
}
