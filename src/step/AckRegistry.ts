/**
 * Handoffs that a backend has yet to acknowledge, each before its deadline.
 *
 * **State** the one deadline for all, the latest instant seen, and the pending handoffs by token, in
 * the order of their deadlines.
 *
 * **Laws**
 *  1. Every entry leaves exactly once: acknowledged, expired, abandoned, or replaced (SPEC A1–A5).
 *  2. An ACK at or after the deadline is too late, and removes the entry (SPEC A2).
 *  3. `expire` tells entries in the order of deadline, then of registration (DIV-A1).
 *  4. Leaving, in whichever way, revokes the token: composed in negotiate/Handoffs, not here.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as DeadlineMap from '../data/DeadlineMap.js'
import { type HandoffToken, tokenFromKey, tokenKey } from '../data/HandoffToken.js'
import { advance, clampLimit, deadlineAfter } from '../data/Instant.js'
import type { ServiceName } from '../data/ServiceName.js'
import { type Step, step } from '../data/Step.js'

/**
 * Who is to acknowledge: the service's backend, its pid where known (0 for not, SPEC N8), and the
 * connection this is about.
 *
 * @category model
 * @since 0.1.0
 */
export interface Handoff {
  readonly serviceName: ServiceName
  readonly backendPid: number
  readonly connectionId: bigint
}

/**
 * The deadline and the pending handoffs, each with the instant of its registration.
 *
 * @category model
 * @since 0.1.0
 */
export interface AckRegistry {
  readonly ackDeadlineMs: number
  readonly latestMs: number
  readonly pending: DeadlineMap.DeadlineMap<PendingAck>
}

/**
 * A handoff and the instant it was registered at.
 *
 * @category model
 * @since 0.1.0
 */
export interface PendingAck {
  readonly handoff: Handoff
  readonly issuedMs: number
}

/**
 * A handoff acknowledged in time, after `waitedMs` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface Acknowledged {
  readonly _tag: 'Acknowledged'
  readonly handoff: Handoff
  readonly waitedMs: number
}

/**
 * Why an ACK was not accepted (SPEC A2, A3).
 *
 * @category model
 * @since 0.1.0
 */
export type AckError =
  | { readonly _tag: 'AckDeadlineExceeded'; readonly handoff: Handoff; readonly ackDeadlineMs: number }
  | { readonly _tag: 'TokenNotPending' }

/**
 * A handoff whose deadline has passed (SPEC A5).
 *
 * @category model
 * @since 0.1.0
 */
export interface OverdueAck {
  readonly token: HandoffToken
  readonly handoff: Handoff
  readonly deadlineMs: number
  /** How long the backend had, in milliseconds. */
  readonly ackDeadlineMs: number
}

/**
 * 5 seconds (SPEC A1).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_ACK_DEADLINE_MS = 5_000

/**
 * A registry without handoffs; a zero deadline becomes 1 ms (SPEC A1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function ackRegistry(ackDeadlineMs: number = DEFAULT_ACK_DEADLINE_MS): AckRegistry {
  return { ackDeadlineMs: clampLimit(ackDeadlineMs, 1), latestMs: 0, pending: DeadlineMap.empty() }
}

/**
 * Registers a handoff; one under the same token is replaced, and its clock starts anew (SPEC A1).
 *
 * @category steps
 * @since 0.1.0
 */
export function register(registry: AckRegistry, token: HandoffToken, handoff: Handoff, nowMs: number): AckRegistry {
  const { ackDeadlineMs } = registry
  const latestMs = advance(registry.latestMs, nowMs)
  const deadlineMs = deadlineAfter(latestMs, ackDeadlineMs)
  const pending = DeadlineMap.put(registry.pending, tokenKey(token), { handoff, issuedMs: latestMs }, deadlineMs)
  return { ackDeadlineMs, latestMs, pending }
}

/**
 * Takes a backend's ACK (SPEC A2, A3).
 *
 * @example
 * import assert from 'node:assert'
 * import { handoffToken, isServiceName } from 'hello-negotiation'
 * import { AckRegistry } from 'hello-negotiation/step'
 *
 * const [token, serviceName] = [handoffToken(new Uint8Array(16)), 'zccache']
 * if (token !== undefined && isServiceName(serviceName)) {
 *   const handoff = { serviceName, backendPid: 0, connectionId: 1n }
 *   const waiting = AckRegistry.register(AckRegistry.ackRegistry(5_000), token, handoff, 100)
 *   const inTime = AckRegistry.acknowledge(waiting, token, 5_099.5)
 *   const tooLate = AckRegistry.acknowledge(waiting, token, 5_100)
 *   assert.equal(inTime.value._tag === 'Right' && inTime.value.right.waitedMs, 4_999.5)
 *   assert.equal(tooLate.value._tag === 'Left' && tooLate.value.left._tag, 'AckDeadlineExceeded')
 * }
 *
 * @category steps
 * @since 0.1.0
 */
export function acknowledge(
  registry: AckRegistry, token: HandoffToken, nowMs: number,
): Step<AckRegistry, Either<AckError, Acknowledged>> {
  const { ackDeadlineMs, pending } = registry
  const latestMs = advance(registry.latestMs, nowMs)
  const entry = DeadlineMap.get(pending, tokenKey(token))
  if (entry === undefined) return step({ ackDeadlineMs, latestMs, pending }, E.left({ _tag: 'TokenNotPending' }))
  const { handoff, issuedMs } = entry.value
  const rest = { ackDeadlineMs, latestMs, pending: DeadlineMap.remove(pending, entry.key) }
  return latestMs >= entry.deadlineMs
    ? step(rest, E.left({ _tag: 'AckDeadlineExceeded', handoff, ackDeadlineMs }))
    : step(rest, E.right({ _tag: 'Acknowledged', handoff, waitedMs: latestMs - issuedMs }))
}

/**
 * Gives a handoff up; tells what it was, or `undefined` where it was not pending (SPEC A4).
 *
 * @category steps
 * @since 0.1.0
 */
export function abandon(registry: AckRegistry, token: HandoffToken): Step<AckRegistry, Handoff | undefined> {
  const entry = DeadlineMap.get(registry.pending, tokenKey(token))
  if (entry === undefined) return step(registry, undefined)
  const { ackDeadlineMs, latestMs, pending } = registry
  return step({ ackDeadlineMs, latestMs, pending: DeadlineMap.remove(pending, entry.key) }, entry.value.handoff)
}

/**
 * Removes every handoff with `now >= deadline`, and tells them in that order (SPEC A5, DIV-A1).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(registry: AckRegistry, nowMs: number): Step<AckRegistry, ReadonlyArray<OverdueAck>> {
  const latestMs = advance(registry.latestMs, nowMs)
  const { state, value } = DeadlineMap.expire(registry.pending, latestMs)
  const { ackDeadlineMs } = registry
  const overdue = value.map(({ key, value: { handoff }, deadlineMs }) =>
    ({ token: tokenFromKey(key), handoff, deadlineMs, ackDeadlineMs }))
  return step({ ackDeadlineMs, latestMs, pending: state }, overdue)
}

/**
 * When the next handoff is overdue, or `undefined` where none is pending (DIV-A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs(registry: AckRegistry): number | undefined {
  return DeadlineMap.oldest(registry.pending)?.deadlineMs
}

/**
 * The handoffs pending, oldest first.
 *
 * @category queries
 * @since 0.1.0
 */
export function pendingHandoffs(registry: AckRegistry): ReadonlyArray<Handoff> {
  return DeadlineMap.toArray(registry.pending).map(({ value }) => value.handoff)
}

/**
 * The number of handoffs pending, with those overdue and not yet removed.
 *
 * @category queries
 * @since 0.1.0
 */
export function pendingCount(registry: AckRegistry): number {
  return DeadlineMap.size(registry.pending)
}

/**
 * Why an ACK was not accepted, in the reference's words (SPEC A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeAckError(error: AckError): string {
  return error._tag === 'TokenNotPending'
    ? 'handoff ACK token is not pending'
    : `backend ACK deadline (${error.ackDeadlineMs} ms) exceeded for ${describeHandoff(error.handoff)}`
}

/**
 * A handoff in a few words: its service and connection.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeHandoff({ serviceName, connectionId }: Handoff): string {
  return `${serviceName} connection ${connectionId}`
}
