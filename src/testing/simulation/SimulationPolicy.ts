/**
 * The policies of simulated brokers: three services of different kinds under limits so small that they are met.
 */
import { fromHex } from '../../data/Bytes.js'
import { parsePolicy, type Policy } from '../../negotiate/Policy.js'

/**
 * What differs between two policies.
 *
 * @category model
 * @since 0.1.0
 */
export interface PolicyFigures {
  readonly maxPerWindow: number
  readonly windowMs: number
  readonly maxPending: number
  readonly ttlMs: number
  readonly collisionAttempts: number
  readonly ackDeadlineMs: number
  readonly helloTimeoutMs: number
  /** Whether users other than the broker's own are turned away. */
  readonly isOwnerOnly: boolean
  /** Whether a session token is asked for. */
  readonly asksForSession: boolean
}

/** @internal The broker's own user. */
export const OWNER = '1000'

/** @internal The services: one without a restriction, one with a floor and a list, and one whose daemon has no session half. */
export const SERVICES = ['zccache', 'clud', 'fbuild'] as const

/** @internal A version that all of them have. */
export const GOOD_VERSION = '1.11.20'

const HALVES = { broker: 'b0'.repeat(16), daemon: 'd0'.repeat(16), stranger: '0f'.repeat(16) } as const

/** @internal A session token: the two halves as they should be, or one of them somebody else's. */
export function sessionToken(wrong?: 'broker' | 'daemon'): Uint8Array {
  const halves = [wrong === 'broker' ? HALVES.stranger : HALVES.broker, wrong === 'daemon' ? HALVES.stranger : HALVES.daemon]
  return fromHex(halves.join('')) ?? new Uint8Array(0)
}

/**
 * The policy of these figures.
 *
 * @category constructors
 * @since 0.1.0
 */
export function simulationPolicy(figures: PolicyFigures): Policy {
  const [zccache, clud, fbuild] = SERVICES
  const parsed = parsePolicy({
    services: [
      { serviceName: zccache, daemonVersion: GOOD_VERSION, backendPipe: '/run/zccache.sock' },
      {
        serviceName: clud, daemonVersion: '2.0.0', backendPipe: '/run/clud.sock', minVersion: '1.10.0', serverCapabilities: '9223372036854775808',
        versionAllowList: [GOOD_VERSION, '2.0.0'],
      },
      { serviceName: fbuild, daemonVersion: '0.1.0', backendPipe: '', serverCapabilities: '1' },
    ],
    peerPolicy: figures.isOwnerOnly ? { ownerOnly: OWNER } : 'allow-any',
    helloTimeoutMs: figures.helloTimeoutMs,
    rateLimit: { maxPerWindow: figures.maxPerWindow, windowMs: figures.windowMs },
    tokenStore: { maxPending: figures.maxPending, ttlMs: figures.ttlMs, collisionAttempts: figures.collisionAttempts },
    ackDeadlineMs: figures.ackDeadlineMs,
    ...(figures.asksForSession
      ? { sessions: { brokerHalf: HALVES.broker, daemonHalves: { [zccache]: HALVES.daemon, [clud]: HALVES.daemon } } }
      : {}),
  })
  if (parsed._tag === 'Left') throw new Error(`the policy of a simulation is sound: ${JSON.stringify(parsed.left)}`)
  return parsed.right
}
