/** The policy that the small examples share. */
import { describeFault, parsePolicy } from 'hello-negotiation'

const parsed = parsePolicy({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }] })
if (parsed._tag === 'Left') throw new Error(parsed.left.map(describeFault).join('\n'))

export const policy = parsed.right
export const request = { serviceName: 'zccache', wantedVersion: '1.11.20' }
