/**
 * What a host has to tell that a broker cannot know: what went wrong between the transport and the session.
 */
import { absurd } from '../../data/absurd.js'
import { describePeer, type PeerIdentity } from '../../data/PeerIdentity.js'

/**
 * One incident; none of them disturbs any other connection.
 *
 * @category model
 * @since 0.1.0
 */
export type HostNotice =
  | { readonly _tag: 'ConnectionFailed'; readonly peer: PeerIdentity; readonly code: string; readonly message: string }
  | {
      readonly _tag: 'ConnectionLimitReached'
      readonly max: number
      /** Which connection was closed, and whose it was. */
      readonly closed: Closed
      readonly peer: PeerIdentity
    }
  | { readonly _tag: 'ReplyUnwritten'; readonly peer: PeerIdentity }

/**
 * Which connection gives way when all are taken: the one that has waited longest for its Hello; where all are
 * answered, the one that has had its reply longest; where no reply is through yet, the new one.
 *
 * @category model
 * @since 0.1.0
 */
export type Closed = 'lingering' | 'newcomer' | 'unanswered'

/**
 * The notice on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeHostNotice(notice: HostNotice): string {
  switch (notice._tag) {
    case 'ConnectionFailed':
      return `the connection of ${describePeer(notice.peer)} failed: ${notice.message}`
    case 'ConnectionLimitReached':
      return `${notice.max} connections are open: ${CLOSED[notice.closed]} was closed, that of ${describePeer(notice.peer)}`
    case 'ReplyUnwritten':
      return `the reply to ${describePeer(notice.peer)} could not be written`
    default:
      return absurd(notice)
  }
}

const CLOSED: Readonly<Record<Closed, string>> = {
  lingering: 'the one answered longest ago',
  newcomer: 'the new one',
  unanswered: 'the one that had kept its Hello back longest',
}
