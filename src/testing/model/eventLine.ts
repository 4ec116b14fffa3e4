/**
 * A broker's event on one line, as far as its model can tell it: an error by its name, a handoff by its
 * service and connection, and no trace headers (which of them go on is `TraceContext`'s to say).
 */
import { absurd } from '../../data/absurd.js'
import type { BrokerEvent } from '../../shell/BrokerEvent.js'
import type { Handoff } from '../../step/AckRegistry.js'

/**
 * The line of an event.
 *
 * @category encodings
 * @since 0.1.0
 */
export function eventLine(event: BrokerEvent): string {
  const { _tag, nowMs } = event
  switch (event._tag) {
    case 'AckRefused':
    case 'TokenRefused':
      return line(nowMs, _tag, event.error._tag)
    case 'HandoffAbandoned':
    case 'HandoffIssued':
      return line(nowMs, _tag, handoffText(event.handoff))
    case 'HandoffAcknowledged':
      return line(nowMs, _tag, handoffText(event.handoff), event.waitedMs)
    case 'HandoffExpired':
      return line(nowMs, _tag, handoffText(event.handoff), event.ackDeadlineMs)
    case 'HandoffWithheld':
      return line(nowMs, _tag, event.serviceName, event.connectionId, event.error._tag)
    case 'Negotiated':
      return line(nowMs, _tag, event.peer.pid, event.serviceName, event.connectionId, event.daemonVersion)
    case 'PeerRejected':
      return line(nowMs, _tag, event.error.peer.pid)
    case 'Refused':
      return line(nowMs, _tag, event.peer.pid, event.error._tag, event.code, event.blame)
    case 'TokenConsumed':
      return line(nowMs, _tag)
    case 'TokensExpired':
      return line(nowMs, _tag, event.count)
    default:
      return absurd(event)
  }
}

/** @internal A line of the same make. */
export function line(nowMs: number, tag: BrokerEvent['_tag'], ...about: ReadonlyArray<bigint | number | string>): string {
  return [nowMs, tag, ...about].join(' ')
}

/** @internal */
export function handoffText({ backendPid, connectionId, serviceName }: Handoff): string {
  return `${serviceName} ${connectionId} of ${backendPid}`
}
