/**
 * What a backend's host tells of the handoffs offered to it, one line each.
 *
 * **Laws**
 *  1. No notice contains a byte of a token; a handoff is known by its correlation id (SPEC X7).
 */
import { absurd } from '../../../data/absurd.js'
import { printable } from '../../../data/Printable.js'

/**
 * One offer's end; `elapsedMs` counts from the offer, in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export type ReceiverNotice =
  | { readonly _tag: 'HandoffDeclined'; readonly detail: string }
  | {
      readonly _tag: 'HandoffDropped'
      readonly serviceName: string
      readonly correlationId: bigint
      readonly elapsedMs: number
      readonly why: DropReason
    }
  | {
      readonly _tag: 'HandoffReceived'
      readonly serviceName: string
      readonly correlationId: bigint
      readonly elapsedMs: number
    }

/**
 * Why a stream that was accepted is closed and not served: the broker is gone, has not released it in time,
 * or has taken it back; or the stream itself has broken.
 *
 * @category model
 * @since 0.1.0
 */
export type DropReason = 'ChannelClosed' | 'NotReleasedInTime' | 'StreamClosed' | 'Withdrawn'

/**
 * The notice on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeReceiverNotice(notice: ReceiverNotice): string {
  return printable(describe(notice))
}

function describe(notice: ReceiverNotice): string {
  switch (notice._tag) {
    case 'HandoffDeclined':
      return `handoff declined: ${notice.detail}`
    case 'HandoffDropped':
      return `handoff dropped: ${about(notice)}: ${DROPPED[notice.why]}`
    case 'HandoffReceived':
      return `handoff received: ${about(notice)}`
    default:
      return absurd(notice)
  }
}

function about({ serviceName, correlationId, elapsedMs }: Exclude<ReceiverNotice, { _tag: 'HandoffDeclined' }>): string {
  return `${serviceName} connection ${correlationId} after ${Math.round(elapsedMs * 10) / 10} ms`
}

const DROPPED: Readonly<Record<DropReason, string>> = {
  ChannelClosed: 'the channel to the broker has closed',
  NotReleasedInTime: 'the broker has not released it in time',
  StreamClosed: 'the stream has closed',
  Withdrawn: 'the broker has taken it back',
}
