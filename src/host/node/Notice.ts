/**
 * What a listener has to tell that a broker cannot know: what went wrong between the socket and the session.
 */
import { describeHostNotice, type HostNotice } from '../transport/HostNotice.js'
import { describeHandoffNotice, type HandoffNotice } from './handoff/HandoffNotice.js'

/**
 * One incident; none of them disturbs any other connection.
 *
 * @category model
 * @since 0.1.0
 */
export type Notice = { readonly _tag: 'AcceptFailed'; readonly code: string; readonly message: string } | HandoffNotice | HostNotice

/**
 * The notice on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeNotice(notice: Notice): string {
  switch (notice._tag) {
    case 'AcceptFailed':
      return `a connection could not be accepted: ${notice.message}`
    case 'HandoffFellBack':
    case 'HandoffSkipped':
    case 'HandoffTransferred':
      return describeHandoffNotice(notice)
    default:
      return describeHostNotice(notice)
  }
}
