/**
 * What there is to tell of each step: from a step's value to the events that say what it did.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { PeerIdentity } from '../data/PeerIdentity.js'
import type { Answer } from '../negotiate/answer.js'
import type * as Connection from '../negotiate/Connection.js'
import type * as Deadlines from '../negotiate/Deadlines.js'
import type { NegotiatedOutcome } from '../negotiate/negotiate.js'
import { refusalOf } from '../negotiate/Refusal.js'
import type { AckError, Acknowledged, Handoff } from '../step/AckRegistry.js'
import type { PeerNotOwner } from '../step/PeerPolicy.js'
import type { ConsumeError } from '../step/TokenStore.js'
import { backendHeaders, type TraceContext } from '../step/TraceContext.js'
import { locateFrame } from '../wire/FrameHeader.js'
import { HELLO_BODY_MAX_BYTES } from '../wire/Limits.js'
import { traceTexts, viewRequest } from '../wire/RequestView.js'
import type { BrokerEvent } from './BrokerEvent.js'

/** @internal What there is to tell of a step's value. */
export type EventsOf<A> = (value: A, nowMs: number) => ReadonlyArray<BrokerEvent>

export function answerEvents(
  { outcome }: Answer, peer: PeerIdentity, traceOf: () => TraceContext | undefined, nowMs: number,
): ReadonlyArray<BrokerEvent> {
  if (outcome._tag === 'Refused') {
    if (outcome.error._tag === 'PeerNotOwner') return rejectedEvents(outcome.error, nowMs)
    const { code, blame } = refusalOf(outcome.error)
    return [{ _tag: 'Refused', nowMs, peer, error: outcome.error, code, blame }]
  }
  return [negotiatedEvent(outcome, traceOf(), peer, nowMs), ...grantEvents(outcome, nowMs)]
}

export function rejectedEvents(error: PeerNotOwner, nowMs: number): ReadonlyArray<BrokerEvent> {
  return [{ _tag: 'PeerRejected', nowMs, error }]
}

/** The trace headers of a request, if it came to a frame. */
export function traceIn(event: Connection.ConnectionEvent): TraceContext | undefined {
  return event._tag === 'HelloFrame' ? event.frame : undefined
}

/** The same for bytes that were answered whole, read only where somebody listens. */
export function traceAt(bytes: Uint8Array): TraceContext | undefined {
  const span = locateFrame(bytes, HELLO_BODY_MAX_BYTES)
  const view = span._tag === 'Right' ? viewRequest(bytes, span.right.start, span.right.end) : span
  return view._tag === 'Right' ? traceTexts(view.right) : undefined
}

function negotiatedEvent(
  { reply, serviceName }: NegotiatedOutcome, context: TraceContext | undefined, peer: PeerIdentity, nowMs: number,
): BrokerEvent {
  const { connectionId, daemonVersion } = reply
  const trace = context === undefined ? [] : backendHeaders(context)
  return { _tag: 'Negotiated', nowMs, peer, serviceName, connectionId, daemonVersion, trace }
}

function grantEvents({ handoff, reply, serviceName }: NegotiatedOutcome, nowMs: number): ReadonlyArray<BrokerEvent> {
  const { connectionId } = reply
  if (handoff._tag === 'NotRequested') return []
  return handoff._tag === 'Granted'
    ? [{ _tag: 'HandoffIssued', nowMs, handoff: { serviceName, backendPid: 0, connectionId } }]
    : [{ _tag: 'HandoffWithheld', nowMs, serviceName, connectionId, error: handoff.error }]
}

export function acknowledgedEvents(value: Either<AckError, Acknowledged>, nowMs: number): ReadonlyArray<BrokerEvent> {
  return value._tag === 'Left'
    ? [{ _tag: 'AckRefused', nowMs, error: value.left }]
    : [{ _tag: 'HandoffAcknowledged', nowMs, handoff: value.right.handoff, waitedMs: value.right.waitedMs }]
}

/** Of the tokens that left, one is told by what became of it, the others expired on the way (SPEC T4). */
export function consumedEvents(value: Either<ConsumeError, void>, left: number, nowMs: number): ReadonlyArray<BrokerEvent> {
  if (value._tag === 'Right') return [{ _tag: 'TokenConsumed', nowMs }, ...tokensExpired(left - 1, nowMs)]
  const isTold = value.left._tag === 'TokenExpired'
  return [{ _tag: 'TokenRefused', nowMs, error: value.left }, ...tokensExpired(isTold ? left - 1 : left, nowMs)]
}

function tokensExpired(count: number, nowMs: number): ReadonlyArray<BrokerEvent> {
  return count === 0 ? [] : [{ _tag: 'TokensExpired', nowMs, count }]
}

export function abandonedEvents(handoff: Handoff | undefined, nowMs: number): ReadonlyArray<BrokerEvent> {
  return handoff === undefined ? [] : [{ _tag: 'HandoffAbandoned', nowMs, handoff }]
}

export function expiredEvents({ overdueAcks, expiredTokens }: Deadlines.Expired, nowMs: number): ReadonlyArray<BrokerEvent> {
  const handoffs = overdueAcks.map(({ handoff, ackDeadlineMs }): BrokerEvent =>
    ({ _tag: 'HandoffExpired', nowMs, handoff, ackDeadlineMs }))
  return [...handoffs, ...tokensExpired(expiredTokens, nowMs)]
}

/** @internal */
export function droppedEvents(handoffs: ReadonlyArray<Handoff>, nowMs: number): ReadonlyArray<BrokerEvent> {
  return handoffs.flatMap((handoff) => abandonedEvents(handoff, nowMs))
}
