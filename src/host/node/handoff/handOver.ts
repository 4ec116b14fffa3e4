/**
 * One attempt to hand a held stream to a backend: the automaton's events made deeds.
 *
 * **Laws**
 *  1. It ends once, by transfer, fallback or cancelling, within the ACK's deadline and the time to say ready.
 *  2. The backend is told that the stream is its own only once the client's ready frame is the kernel's, so
 *     that nothing of the backend's comes before it; however else an attempt ends, the backend is told that
 *     the stream is not.
 *  3. After every end this process's copy is closed, and the token is spent: acknowledged, or abandoned (SPEC X9).
 *  4. A copy that the backend may have too is closed without a word to the client (SPEC X8); the other ways
 *     out, where the broker alone has the stream, end it in order.
 */
import { absurd } from '../../../data/absurd.js'
import { untilMs } from '../../../data/Instant.js'
import * as HandoffAttempt from '../../../negotiate/HandoffAttempt.js'
import type { Broker } from '../../../shell/Broker.js'
import {
  describeHandoffFailure, type HandoffFailure, type HandoffOwner, type HandoffStage, stageOf,
} from '../../../step/HandoffOwnership.js'
import type { TransportFailure } from '../../../step/HandoffTransport.js'
import { deadlineTimer } from '../../transport/DeadlineTimer.js'
import type { Held } from './Held.js'
import type { BackendLink } from './BackendLink.js'

/** @internal What is to be handed over, to whom, and how long each side has for its part. */
export interface Errand {
  readonly broker: Broker
  readonly held: Held
  readonly link: BackendLink
  readonly subject: HandoffAttempt.HandoffSubject
  readonly ackDeadlineMs: number
  readonly readyTimeoutMs: number
}

/** @internal How it went; `failure` is `undefined` where the connection was closed on this side. */
export type ErrandEnd =
  | {
      readonly _tag: 'FellBack'
      readonly stage: HandoffStage
      readonly owner: HandoffOwner
      readonly detail: string
      readonly failure: TransportFailure | undefined
    }
  | { readonly _tag: 'Transferred'; readonly waitedMs: number; readonly readyFailure: string | undefined }

/** @internal Begins at once, and tells the end, never before it has returned. Gives what to call when the stream is gone. */
export function handOver(errand: Errand, onEnd: (end: ErrandEnd) => void): () => void {
  const { broker, held, link, subject } = errand
  const timer = deadlineTimer()
  let attempt = HandoffAttempt.begin(subject, broker.nowMs(), errand.ackDeadlineMs)
  let sendError: string | undefined
  let isTelling = false
  let isOver = false

  const answered = (): HandoffAttempt.HandoffAttempt => HandoffAttempt.delivered(attempt)
  const offering = link.offer({ offer: attempt.offer, token: subject.token, remainder: held.remainder }, held.stream, {
    onSent: () => proceed(answered()),
    onUnsent: ({ code, message }) => {
      sendError = code
      proceed(HandoffAttempt.deliveryFailed(attempt, message, false))
    },
    onBytes: (bytes) => proceed(HandoffAttempt.push(answered(), bytes)),
    onEnd: () => proceed(HandoffAttempt.pushEnd(answered())),
  })

  function proceed(next: HandoffAttempt.HandoffAttempt): void {
    if (isOver) return
    const { state, value: event } = HandoffAttempt.next(next, broker.nowMs())
    attempt = state
    switch (event._tag) {
      case 'AckObserved':
        // An ACK that outlived its sender is worth nothing: the registry is asked in vain.
        if (!link.isAlive()) broker.abandon(event.token)
        return proceed(HandoffAttempt.acknowledged(attempt, broker.acknowledge(event.token)))
      case 'FellBack':
        return fallBack(event)
      case 'NeedData':
        return awaitNext()
      case 'Transferred':
        return tellClient(event)
      default:
        return absurd(event)
    }
  }

  function awaitNext(): void {
    const deadlineMs = HandoffAttempt.nextDeadlineMs(attempt)
    const expire = (): void => proceed(HandoffAttempt.expire(attempt, broker.nowMs()))
    if (deadlineMs !== undefined) timer.set(untilMs(deadlineMs, broker.nowMs()), expire)
  }

  function fallBack({ token, failure, owner, detail }: HandoffAttempt.FellBack): void {
    finish(() => {
      broker.abandon(token)
      offering.withdraw()
      if (owner === 'Broker') held.part()
      else held.destroy()
      return { _tag: 'FellBack', stage: stageOf(failure), owner, detail, failure: transportFailureOf(failure, sendError) }
    })
  }

  function tellClient({ ready, waitedMs }: HandoffAttempt.Transferred): void {
    // The backend may say more, though nobody asks: the outcome is told again, the client is told once.
    if (isTelling) return
    isTelling = true
    const told = (problem: string | undefined): void => finish(() => {
      if (problem === undefined) offering.release()
      else offering.withdraw()
      held.destroy()
      return { _tag: 'Transferred', waitedMs, readyFailure: problem === undefined ? undefined : notReady(problem) }
    })
    timer.set(errand.readyTimeoutMs, () => told(`it was not written within ${errand.readyTimeoutMs} ms`))
    // Node reports a write that a destroyed socket broke off as a success.
    held.stream.write(ready, (error) => told(error?.message ?? (held.stream.destroyed ? 'the connection was closed' : undefined)))
  }

  function finish(end: () => ErrandEnd): void {
    if (isOver) return
    isOver = true
    timer.clear()
    onEnd(end())
  }

  awaitNext()
  return () => {
    // An attempt whose stream was closed while the client was being told has succeeded, and only its telling failed.
    const { value: event } = HandoffAttempt.next(attempt, broker.nowMs())
    finish(() => {
      offering.withdraw()
      if (event._tag === 'Transferred') {
        return { _tag: 'Transferred', waitedMs: event.waitedMs, readyFailure: notReady('the connection was closed') }
      }
      broker.abandon(subject.token)
      const stage = attempt.phase._tag === 'Delivering' ? 'Send' : 'AwaitAck'
      return { _tag: 'FellBack', stage, owner: 'Relinquished', detail: 'the connection was closed', failure: undefined }
    })
  }
}

function notReady(detail: string): string {
  return describeHandoffFailure({ _tag: 'ReadyNotWritten', detail })
}

/** What counts against the backend; that this platform cannot send such a socket is no fault of its own (SPEC B3). */
function transportFailureOf(failure: HandoffFailure, sendError: string | undefined): TransportFailure {
  if (failure._tag !== 'DeliveryFailed' || sendError === undefined) return unix('BackendAckTimeout')
  switch (sendError) {
    case 'EACCES':
    case 'EPERM':
      return unix('PermissionDenied')
    case 'ENOTSUP':
    case 'ERR_INVALID_HANDLE_TYPE':
      return { _tag: 'UnsupportedPlatform' }
    default:
      return unix('SendFailed')
  }
}

function unix(error: Extract<TransportFailure, { _tag: 'UnixTransportFailed' }>['error']): TransportFailure {
  return { _tag: 'UnixTransportFailed', error }
}
