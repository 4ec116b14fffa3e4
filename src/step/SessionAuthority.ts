/**
 * Session tokens: 32 bytes, half of them the broker's, half of them the daemon's, checked on request.
 *
 * **State** the broker's half and one half for each registered daemon, named by its service.
 * Each half is 16 secret bytes, kept as 16 characters: do not print an authority.
 *
 * **Laws**
 *  1. The first failing check is reported: length, broker's half, daemon known, daemon's half (SPEC K2).
 *  2. An authority refuses every empty token, and knows no expiry (SPEC K3).
 *  3. Halves are compared by a path that does not depend on their bytes.
 *
 * **Not here** when it is asked: after the version policy, before a connection id is taken (SPEC K1).
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { equalSecrets, latin1Of16 } from '../data/Bytes.js'
import type { ServiceName } from '../data/ServiceName.js'
import { type Step, step } from '../data/Step.js'

/**
 * The broker's half of every token, and each daemon's half.
 *
 * @category model
 * @since 0.1.0
 */
export interface SessionAuthority {
  readonly brokerHalf: SessionHalf
  readonly daemonHalves: ReadonlyMap<ServiceName, SessionHalf>
}

declare const sessionHalf: unique symbol

/**
 * Half a session token: 16 characters that are each one byte.
 *
 * @category model
 * @since 0.1.0
 */
export type SessionHalf = string & { readonly [sessionHalf]: true }

/**
 * Why a session token is refused (SPEC K2).
 *
 * @category model
 * @since 0.1.0
 */
export type SessionTokenError =
  | { readonly _tag: 'MalformedSessionToken'; readonly actualBytes: number; readonly expectedBytes: number }
  | { readonly _tag: 'BrokerRestarted' }
  | { readonly _tag: 'DaemonNotRegistered'; readonly serviceName: ServiceName }
  | { readonly _tag: 'DaemonRestarted'; readonly serviceName: ServiceName }

/**
 * The length of half a session token in bytes (SPEC K1).
 *
 * @category constants
 * @since 0.1.0
 */
export const SESSION_HALF_BYTES = 16

/**
 * Half a token from 16 bytes, `undefined` from any other number of them (SPEC K1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function parseSessionHalf(bytes: Uint8Array): SessionHalf | undefined {
  return bytes.length === SESSION_HALF_BYTES ? (latin1Of16(bytes, 0) as SessionHalf) : undefined
}

/**
 * An authority that knows no daemon yet (SPEC K1, K3).
 *
 * @category constructors
 * @since 0.1.0
 */
export function sessionAuthority(brokerHalf: SessionHalf): SessionAuthority {
  return { brokerHalf, daemonHalves: new Map() }
}

/**
 * Registers a daemon's half, replacing an earlier one (SPEC K3).
 *
 * @category steps
 * @since 0.1.0
 */
export function register(
  authority: SessionAuthority, serviceName: ServiceName, half: SessionHalf,
): SessionAuthority {
  return { ...authority, daemonHalves: new Map(authority.daemonHalves).set(serviceName, half) }
}

/**
 * Forgets a daemon; tells whether it was registered (SPEC K3).
 *
 * @category steps
 * @since 0.1.0
 */
export function revoke(authority: SessionAuthority, serviceName: ServiceName): Step<SessionAuthority, boolean> {
  const daemonHalves = new Map(authority.daemonHalves)
  const wasRegistered = daemonHalves.delete(serviceName)
  return step({ ...authority, daemonHalves }, wasRegistered)
}

/**
 * Replaces the broker's half, which invalidates every token issued before (SPEC K3).
 *
 * @category steps
 * @since 0.1.0
 */
export function rotate(authority: SessionAuthority, brokerHalf: SessionHalf): SessionAuthority {
  return { ...authority, brokerHalf }
}

/**
 * Checks the token that a Hello carries for a service (SPEC K1, K2).
 *
 * @example
 * import assert from 'node:assert'
 * import { isServiceName } from 'hello-negotiation'
 * import { SessionAuthority } from 'hello-negotiation/step'
 *
 * const [half, name] = [SessionAuthority.parseSessionHalf(new Uint8Array(16)), 'zccache']
 * if (half !== undefined && isServiceName(name)) {
 *   const authority = SessionAuthority.register(SessionAuthority.sessionAuthority(half), name, half)
 *   assert.equal(SessionAuthority.checkSession(authority, name, new Uint8Array(32))._tag, 'Right')
 *   assert.equal(SessionAuthority.checkSession(authority, name, new Uint8Array(0))._tag, 'Left')
 * }
 *
 * @category queries
 * @since 0.1.0
 */
export function checkSession(
  authority: SessionAuthority, serviceName: ServiceName, authToken: Uint8Array,
): Either<SessionTokenError, void> {
  const expectedBytes = 2 * SESSION_HALF_BYTES
  if (authToken.length !== expectedBytes) {
    return E.left({ _tag: 'MalformedSessionToken', actualBytes: authToken.length, expectedBytes })
  }
  if (!equalSecrets(latin1Of16(authToken, 0), authority.brokerHalf)) return E.left({ _tag: 'BrokerRestarted' })
  const daemonHalf = authority.daemonHalves.get(serviceName)
  if (daemonHalf === undefined) return E.left({ _tag: 'DaemonNotRegistered', serviceName })
  return equalSecrets(latin1Of16(authToken, SESSION_HALF_BYTES), daemonHalf)
    ? E.right(undefined)
    : E.left({ _tag: 'DaemonRestarted', serviceName })
}
