/**
 * What a transport's failure to hand a connection over means to the policy, one row an error.
 *
 * **Laws**
 *  1. Every failure gives a reason of `HandoffPolicy`, so the client reconnects (SPEC B3).
 *  2. A platform without a transport has failed at nothing: it is not counted against the backend.
 *
 * **Contract** the rows are SPEC B3's. Whatever a Unix transport says but a denial means that the backend
 * never had the connection, which is what a missing ACK means too.
 */
import { absurd } from '../data/absurd.js'
import { type AttemptFailure, type FallbackReason, reconnect, type Reconnect } from './HandoffPolicy.js'

/**
 * Why a handle could not be duplicated into a backend's process.
 *
 * @category model
 * @since 0.1.0
 */
export type WindowsTransportError = 'BackendAckTimeout' | 'CannotOpenBackend' | 'DuplicateDenied' | 'IntegrityMismatch'

/**
 * Why a descriptor could not be sent to a backend's socket.
 *
 * @category model
 * @since 0.1.0
 */
export type UnixTransportError =
  | 'BackendAckTimeout' | 'BackendUnavailable' | 'PartialSend' | 'PermissionDenied' | 'SendFailed' | 'WouldBlock'

/**
 * A failure, and whose it was.
 *
 * @category model
 * @since 0.1.0
 */
export type TransportFailure =
  | { readonly _tag: 'UnixTransportFailed'; readonly error: UnixTransportError }
  | { readonly _tag: 'UnsupportedPlatform' }
  | { readonly _tag: 'WindowsTransportFailed'; readonly error: WindowsTransportError }

/**
 * What each error on Windows means (SPEC B3).
 *
 * @category constants
 * @since 0.1.0
 */
export const WINDOWS_FAILURES: Readonly<Record<WindowsTransportError, AttemptFailure>> = Object.freeze({
  BackendAckTimeout: 'BackendAckTimeout',
  CannotOpenBackend: 'PermissionDenied',
  DuplicateDenied: 'PermissionDenied',
  IntegrityMismatch: 'IntegrityMismatch',
})

/**
 * What each error on Unix means (SPEC B3).
 *
 * @category constants
 * @since 0.1.0
 */
export const UNIX_FAILURES: Readonly<Record<UnixTransportError, AttemptFailure>> = Object.freeze({
  BackendAckTimeout: 'BackendAckTimeout',
  BackendUnavailable: 'BackendAckTimeout',
  PartialSend: 'BackendAckTimeout',
  PermissionDenied: 'PermissionDenied',
  SendFailed: 'BackendAckTimeout',
  WouldBlock: 'BackendAckTimeout',
})

/**
 * The failure to count against the backend, or `undefined` where no attempt was made (SPEC B3).
 *
 * @category queries
 * @since 0.1.0
 */
export function attemptFailureOf(failure: TransportFailure): AttemptFailure | undefined {
  switch (failure._tag) {
    case 'UnixTransportFailed':
      return UNIX_FAILURES[failure.error]
    case 'UnsupportedPlatform':
      return undefined
    case 'WindowsTransportFailed':
      return WINDOWS_FAILURES[failure.error]
    default:
      return absurd(failure)
  }
}

/**
 * The reason that a transport's failure is (SPEC B3).
 *
 * @example
 * import assert from 'node:assert'
 * import { HandoffTransport } from 'hello-negotiation/step'
 *
 * const denied = { _tag: 'WindowsTransportFailed', error: 'CannotOpenBackend' } as const
 * assert.equal(HandoffTransport.fallbackReasonOf(denied), 'PermissionDenied')
 * assert.equal(HandoffTransport.fallbackReasonOf({ _tag: 'UnsupportedPlatform' }), 'ServicePolicyDisabled')
 *
 * @category queries
 * @since 0.1.0
 */
export function fallbackReasonOf(failure: TransportFailure): Exclude<FallbackReason, 'FailedAttemptRateLimited'> {
  return attemptFailureOf(failure) ?? 'ServicePolicyDisabled'
}

/**
 * What to do after a transport's failure: the client reconnects (SPEC B2, B3).
 *
 * @category queries
 * @since 0.1.0
 */
export function reconnectAfter(failure: TransportFailure): Reconnect {
  return reconnect(fallbackReasonOf(failure))
}
