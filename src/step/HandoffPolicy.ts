/**
 * Whether a client's connection may be handed to a backend, or the client is told to reconnect.
 *
 * **State** the failures of late, by backend key (`FailureWindows`, where their number is bounded).
 *
 * **Laws**
 *  1. The first failing check is the one reported: client, service policy, fd pressure, adopted backend,
 *     failure rate (SPEC B1). Only the last looks at the state, and it alone has a retry hint.
 *  2. After `maxFailures` failures in one window a backend is left alone until the window is over; a
 *     success forgets them (SPEC B2).
 *  3. Every answer but `Attempt` is `Reconnect`: handing over is an optimisation, so its failure is never
 *     a client's error. The type has no third case (SPEC B2).
 *
 * **Not here** making the attempt: a host does, then reports `recordFailure` or `recordSuccess`.
 * **Contract** the reasons are for logs and metrics and never go over the wire. SPEC names five of the
 * eight; `ClientUnsupported`, `FailedAttemptRateLimited` and `AdoptedBackend` are the reference's names.
 */
import { type Step, step } from '../data/Step.js'
import * as FailureWindows from './FailureWindows.js'

/**
 * The failures of late, by backend key.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffPolicy = FailureWindows.FailureWindows

/**
 * Why a connection is not handed over, all eight (SPEC B2).
 *
 * @category constants
 * @since 0.1.0
 */
export const FALLBACK_REASONS = [
  'AdoptedBackend',
  'BackendAckTimeout',
  'ClientUnsupported',
  'FailedAttemptRateLimited',
  'FdPressureDisabled',
  'IntegrityMismatch',
  'PermissionDenied',
  'ServicePolicyDisabled',
] as const

/**
 * Why a connection is not handed over (SPEC B2).
 *
 * @category model
 * @since 0.1.0
 */
export type FallbackReason = (typeof FALLBACK_REASONS)[number]

/**
 * How an attempt that was made has failed (SPEC B2, B3).
 *
 * @category model
 * @since 0.1.0
 */
export type AttemptFailure = 'BackendAckTimeout' | 'IntegrityMismatch' | 'PermissionDenied'

/**
 * The connection may be handed over.
 *
 * @category model
 * @since 0.1.0
 */
export interface Attempt {
  readonly _tag: 'Attempt'
}

/**
 * The client reconnects to the backend's endpoint, unaware of the reason; where the backend has failed
 * too often, the next attempt may be made after `retryAfterMs` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export type Reconnect =
  | { readonly _tag: 'Reconnect'; readonly reason: 'FailedAttemptRateLimited'; readonly retryAfterMs: number }
  | { readonly _tag: 'Reconnect'; readonly reason: Exclude<FallbackReason, 'FailedAttemptRateLimited'> }

/**
 * What to do with a connection that could be handed over.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffDecision = Attempt | Reconnect

/**
 * What is known of a connection and of the backend it would go to.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffFacts {
  /** One key a configured backend. */
  readonly backendKey: string
  /** The client has offered to take over an open connection (capability bit 0). */
  readonly isClientCapable: boolean
  readonly isServiceWilling: boolean
  readonly isUnderFdPressure: boolean
  /** The backend was running before this broker was, so that its handles cannot be reached. */
  readonly isBackendAdopted: boolean
}

/**
 * 8 failures in 30 seconds (SPEC B2).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_FAILURE_LIMIT: FailureWindows.FailureLimit = Object.freeze({ maxFailures: 8, windowMs: 30_000 })

const ATTEMPT: Attempt = Object.freeze({ _tag: 'Attempt' })

/**
 * A policy that has seen no failure; zero limits become 1 failure and 1 ms (SPEC B2).
 *
 * @category constructors
 * @since 0.1.0
 */
export function handoffPolicy(limit: FailureWindows.FailureLimit = DEFAULT_FAILURE_LIMIT): HandoffPolicy {
  return FailureWindows.failureWindows(limit)
}

/**
 * The decision not to hand a connection over, for a reason without a retry hint.
 *
 * @category constructors
 * @since 0.1.0
 */
export function reconnect(reason: Exclude<FallbackReason, 'FailedAttemptRateLimited'>): Reconnect {
  return { _tag: 'Reconnect', reason }
}

/**
 * Decides whether to attempt a handoff (SPEC B1).
 *
 * @example
 * import assert from 'node:assert'
 * import { HandoffPolicy } from 'hello-negotiation/step'
 *
 * const facts = {
 *   backendKey: 'zccache', isClientCapable: true, isServiceWilling: true, isUnderFdPressure: false, isBackendAdopted: false,
 * }
 * const fresh = HandoffPolicy.handoffPolicy({ maxFailures: 1, windowMs: 30_000 })
 * assert.deepEqual(HandoffPolicy.decide(fresh, facts, 0).value, { _tag: 'Attempt' })
 *
 * const failed = HandoffPolicy.recordFailure(fresh, 'zccache', 'PermissionDenied', 0).state
 * assert.deepEqual(HandoffPolicy.decide(failed, facts, 10_000.5).value, {
 *   _tag: 'Reconnect', reason: 'FailedAttemptRateLimited', retryAfterMs: 19_999.5,
 * })
 *
 * @category steps
 * @since 0.1.0
 */
export function decide(
  policy: HandoffPolicy, facts: HandoffFacts, nowMs: number,
): Step<HandoffPolicy, HandoffDecision> {
  if (!facts.isClientCapable) return step(policy, reconnect('ClientUnsupported'))
  if (!facts.isServiceWilling) return step(policy, reconnect('ServicePolicyDisabled'))
  if (facts.isUnderFdPressure) return step(policy, reconnect('FdPressureDisabled'))
  if (facts.isBackendAdopted) return step(policy, reconnect('AdoptedBackend'))
  const aged = FailureWindows.expire(policy, nowMs)
  const window = FailureWindows.openWindow(aged, facts.backendKey)
  if (window === undefined || window.count < aged.limit.maxFailures) return step(aged, ATTEMPT)
  const retryAfterMs = FailureWindows.restMs(aged, window)
  return step(aged, { _tag: 'Reconnect', reason: 'FailedAttemptRateLimited', retryAfterMs })
}

/**
 * Counts a failed attempt; the client reconnects (SPEC B2).
 *
 * @category steps
 * @since 0.1.0
 */
export function recordFailure(
  policy: HandoffPolicy, backendKey: string, failure: AttemptFailure, nowMs: number,
): Step<HandoffPolicy, Reconnect> {
  return step(FailureWindows.record(policy, backendKey, nowMs), reconnect(failure))
}

/**
 * Forgets a backend's failures after a handoff that succeeded (SPEC B2).
 *
 * @category steps
 * @since 0.1.0
 */
export function recordSuccess(policy: HandoffPolicy, backendKey: string): HandoffPolicy {
  return FailureWindows.clear(policy, backendKey)
}

/**
 * How many failures count against a backend at `nowMs`, `maxFailures` at most (SPEC B2).
 *
 * @category queries
 * @since 0.1.0
 */
export function failureCount(policy: HandoffPolicy, backendKey: string, nowMs: number): number {
  return FailureWindows.openWindow(FailureWindows.expire(policy, nowMs), backendKey)?.count ?? 0
}
