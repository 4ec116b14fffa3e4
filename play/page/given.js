/**
 * What each step of a negotiation was given, in a few words: the Hello's own fields, and what the broker held against them.
 */
import { RateLimiter } from 'hello-negotiation/step'

const counted = ({ event, state }) => [...RateLimiter.windows(state.limiter)].find(([pid]) => pid === event.pid)?.[1].count ?? 0

/** By the step's name; `policy` is the broker's own. */
export function given(row, { services, rateLimit }) {
  const { hello, pid } = row.event
  const backend = services.get(hello.serviceName)
  const versions = backend?.versions
  return {
    'Framing': `${row.request.length} bytes`,
    'Envelope': hello.breakage === 'envelope' ? 'version 2' : `request ${hello.requestId}`,
    'Hello': 'the payload',
    'Shape': `protocols ${hello.minProtocol}–${hello.maxProtocol}`,
    'Rate limit': pid === 0 ? 'nobody that is known' : `pid ${pid}, ${counted(row)} of ${rateLimit.maxPerWindow}`,
    'Service': hello.serviceName,
    'Version': versions === undefined ? hello.wantedVersion : `wants ${hello.wantedVersion}`,
    'Session': hello.sessionToken === 'none' ? 'no token' : 'a token',
    'Token': hello.wantsToken ? 'wanted' : 'not wanted',
    'Reply': `${row.reply.length} bytes`,
  }
}
