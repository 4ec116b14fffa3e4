/**
 * What a host has to tell that a broker cannot know: what went wrong between the socket and the session.
 */
import { absurd } from '../../data/absurd.js'
import { describePeer, type PeerIdentity } from '../../data/PeerIdentity.js'

/**
 * One incident; none of them disturbs any other connection.
 *
 * @category model
 * @since 0.1.0
 */
export type Notice =
  | { readonly _tag: 'AcceptFailed'; readonly code: string; readonly message: string }
  | { readonly _tag: 'ConnectionFailed'; readonly peer: PeerIdentity; readonly code: string; readonly message: string }
  | { readonly _tag: 'ConnectionLimitReached'; readonly max: number }
  | { readonly _tag: 'ReplyUnwritten'; readonly peer: PeerIdentity }

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
    case 'ConnectionFailed':
      return `the connection of ${describePeer(notice.peer)} failed: ${notice.message}`
    case 'ConnectionLimitReached':
      return `a connection was closed at once: ${notice.max} are open already`
    case 'ReplyUnwritten':
      return `the reply to ${describePeer(notice.peer)} could not be written`
    default:
      return absurd(notice)
  }
}
