import { HandoffTransport } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'

const { attemptFailureOf, fallbackReasonOf, reconnectAfter, UNIX_FAILURES, WINDOWS_FAILURES } = HandoffTransport

const UNSUPPORTED: HandoffTransport.TransportFailure = { _tag: 'UnsupportedPlatform' }

function unix(error: HandoffTransport.UnixTransportError): HandoffTransport.TransportFailure {
  return { _tag: 'UnixTransportFailed', error }
}

function windows(error: HandoffTransport.WindowsTransportError): HandoffTransport.TransportFailure {
  return { _tag: 'WindowsTransportFailed', error }
}

const ROWS: ReadonlyArray<readonly [failure: HandoffTransport.TransportFailure, reason: string]> = [
  [windows('CannotOpenBackend'), 'PermissionDenied'],
  [windows('DuplicateDenied'), 'PermissionDenied'],
  [windows('IntegrityMismatch'), 'IntegrityMismatch'],
  [windows('BackendAckTimeout'), 'BackendAckTimeout'],
  [unix('PermissionDenied'), 'PermissionDenied'],
  [unix('BackendUnavailable'), 'BackendAckTimeout'],
  [unix('WouldBlock'), 'BackendAckTimeout'],
  [unix('SendFailed'), 'BackendAckTimeout'],
  [unix('PartialSend'), 'BackendAckTimeout'],
  [unix('BackendAckTimeout'), 'BackendAckTimeout'],
  [UNSUPPORTED, 'ServicePolicyDisabled'],
]

describe('a transport that fails', () => {
  it.each(ROWS)('is %o to the policy: %s (SPEC B3)', (failure, reason) => {
    expect(fallbackReasonOf(failure)).toBe(reason)
    expect(reconnectAfter(failure)).toEqual({ _tag: 'Reconnect', reason })
  })

  it('has a row in the test for each error there is', () => {
    expect(ROWS).toHaveLength(Object.keys(UNIX_FAILURES).length + Object.keys(WINDOWS_FAILURES).length + 1)
  })

  it('counts against the backend wherever an attempt was made, and only there (SPEC B3)', () => {
    for (const [failure, reason] of ROWS) {
      expect(attemptFailureOf(failure)).toBe(failure === UNSUPPORTED ? undefined : reason)
    }
  })

  it('hands back a failure that no type lets in, rather than throw', () => {
    expect(attemptFailureOf('smuggled' as never)).toBe('smuggled')
  })
})
