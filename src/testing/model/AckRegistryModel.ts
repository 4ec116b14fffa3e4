/**
 * An ACK registry that is plainly right: the pending handoffs in a list, gone through from end to end.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { type HandoffToken, tokenFromKey, tokenKey } from '../../data/HandoffToken.js'
import { type Step, step } from '../../data/Step.js'
import type { AckError, Acknowledged, Handoff, OverdueAck } from '../../step/AckRegistry.js'
import { atLeastOne, endOf, later } from './time.js'

/**
 * The deadline, the latest instant seen, and the pending handoffs in the order of registration.
 *
 * @category model
 * @since 0.1.0
 */
export interface AckRegistryModel {
  readonly ackDeadlineMs: number
  readonly latestMs: number
  readonly pending: ReadonlyArray<PendingModel>
}

/**
 * A handoff that is waited for, and its instants in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface PendingModel {
  readonly key: string
  readonly handoff: Handoff
  readonly issuedMs: number
  readonly deadlineMs: number
}

/**
 * The model of a registry without handoffs (SPEC A1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function ackRegistryModel(ackDeadlineMs: number): AckRegistryModel {
  return { ackDeadlineMs: atLeastOne(ackDeadlineMs), latestMs: 0, pending: [] }
}

/**
 * Registers a handoff in place of any under the same token (SPEC A1).
 *
 * @category steps
 * @since 0.1.0
 */
export function register(
  model: AckRegistryModel, token: HandoffToken, handoff: Handoff, nowMs: number,
): AckRegistryModel {
  const issuedMs = later(model.latestMs, nowMs)
  const entry = { key: tokenKey(token), handoff, issuedMs, deadlineMs: endOf(issuedMs, model.ackDeadlineMs) }
  return { ...model, latestMs: issuedMs, pending: [...others(model, token), entry] }
}

/**
 * Takes a backend's ACK (SPEC A2, A3).
 *
 * @category steps
 * @since 0.1.0
 */
export function acknowledge(
  model: AckRegistryModel, token: HandoffToken, nowMs: number,
): Step<AckRegistryModel, Either<AckError, Acknowledged>> {
  const latestMs = later(model.latestMs, nowMs)
  const entry = find(model, token)
  const rest = { ...model, latestMs, pending: others(model, token) }
  if (entry === undefined) return step(rest, E.left({ _tag: 'TokenNotPending' }))
  const { handoff, issuedMs, deadlineMs } = entry
  return latestMs >= deadlineMs
    ? step(rest, E.left({ _tag: 'AckDeadlineExceeded', handoff, ackDeadlineMs: model.ackDeadlineMs }))
    : step(rest, E.right({ _tag: 'Acknowledged', handoff, waitedMs: latestMs - issuedMs }))
}

/**
 * Gives a handoff up; tells what it was (SPEC A4).
 *
 * @category steps
 * @since 0.1.0
 */
export function abandon(model: AckRegistryModel, token: HandoffToken): Step<AckRegistryModel, Handoff | undefined> {
  return step({ ...model, pending: others(model, token) }, find(model, token)?.handoff)
}

/**
 * Removes every handoff with `now >= deadline`, and tells them by deadline, then by age (SPEC A5, DIV-A1).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(model: AckRegistryModel, nowMs: number): Step<AckRegistryModel, ReadonlyArray<OverdueAck>> {
  const latestMs = later(model.latestMs, nowMs)
  const overdue = model.pending.filter(({ deadlineMs }) => latestMs >= deadlineMs)
  const pending = model.pending.filter(({ deadlineMs }) => latestMs < deadlineMs)
  // Sorting is stable, so equal deadlines stay in the order of registration.
  const told = [...overdue].sort((a, b) => a.deadlineMs - b.deadlineMs)
    .map(({ key, handoff, deadlineMs }) => ({
      token: tokenFromKey(key), handoff, deadlineMs, ackDeadlineMs: model.ackDeadlineMs,
    }))
  return step({ ...model, latestMs, pending }, told)
}

/**
 * When the next handoff is overdue, or `undefined` where none is pending (DIV-A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs({ pending }: AckRegistryModel): number | undefined {
  return pending.length === 0 ? undefined : Math.min(...pending.map(({ deadlineMs }) => deadlineMs))
}

function find(model: AckRegistryModel, token: HandoffToken): PendingModel | undefined {
  return model.pending.find(({ key }) => key === tokenKey(token))
}

function others(model: AckRegistryModel, token: HandoffToken): ReadonlyArray<PendingModel> {
  return model.pending.filter(({ key }) => key !== tokenKey(token))
}
