import * as fc from 'fast-check'
import {
  capabilityNames, ClientConnection, clientHello, type ClientOutcome, createBroker, DOCTOR_PROBE, DOCTOR_PROBE_TIMEOUT_MS, doctorVerdict,
  peerIdentity,
} from 'hello-negotiation'
import { arbitraryU64 } from 'hello-negotiation/testing'
import { decodeHello } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { POLICY, rightOf } from '../support/negotiate.js'
import { frameOf } from './support.js'

function afterwards(change: (connection: ClientConnection.ClientConnection) => ClientConnection.ClientConnection): ClientOutcome {
  const opened = ClientConnection.clientConnection(rightOf(clientHello(DOCTOR_PROBE)), 0, DOCTOR_PROBE_TIMEOUT_MS)
  const { value } = ClientConnection.next(change(opened))
  if (value._tag === 'NeedData') throw new Error('no outcome')
  return value
}

describe('the doctor\'s probe (SPEC G12)', () => {
  it('asks for a service that nobody has, and offers nothing', () => {
    const asked = rightOf(decodeHello(frameOf(rightOf(clientHello(DOCTOR_PROBE)).bytes).payload))
    expect(asked).toMatchObject({
      serviceName: 'rp-doctor-probe', wantedVersion: '0.0.0', clientCapabilities: 0n, requestId: 'doctor-probe',
    })
    expect(DOCTOR_PROBE_TIMEOUT_MS).toBe(2_000)
  })

  it('passes by a refusal', () => {
    const { bytes } = createBroker({ policy: POLICY }).exchange(rightOf(clientHello(DOCTOR_PROBE)).bytes, peerIdentity(7))
    const outcome = afterwards((connection) => ClientConnection.push(connection, bytes))
    expect(outcome).toMatchObject({ _tag: 'Refused', kind: { _tag: 'ServiceUnknown' } })
    expect(doctorVerdict(outcome)).toBe('Pass')
  })

  it('passes by a yes, and fails by noise and by silence', () => {
    const yes: ClientOutcome = {
      _tag: 'Negotiated', negotiatedProtocol: 1, daemonVersion: '', backendPipe: 'x', warnings: [], serverCapabilities: 0n,
      keepaliveIntervalSecs: 0n, connectionId: 0n, token: undefined, isAdoptable: false,
    }
    expect(doctorVerdict(yes)).toBe('Pass')
    expect(doctorVerdict(afterwards((connection) => ClientConnection.push(connection, Uint8Array.of(9))))).toBe('Fail')
    expect(doctorVerdict(afterwards((connection) => ClientConnection.expire(connection, 2_000)))).toBe('Fail')
  })
})

describe('the names of capabilities (SPEC G12)', () => {
  it.each([
    [0n, []],
    [1n, ['handle-passing']],
    [2n, ['unknown:0x2']],
    [0x8000_0000_0000_0001n, ['handle-passing', 'unknown:0x8000000000000000']],
    [0xffff_ffff_ffff_ffffn, ['handle-passing', 'unknown:0xfffffffffffffffe']],
  ])('of %s are %j', (capabilities, names) => {
    expect(capabilityNames(capabilities)).toEqual(names)
  })

  it('leave out no bit and add none', () => {
    fc.assert(fc.property(arbitraryU64(), (capabilities) => {
      const bits = capabilityNames(capabilities).map((name) => (name === 'handle-passing' ? 1n : BigInt(name.replace('unknown:', ''))))
      expect(bits.reduce((all, bit) => all | bit, 0n)).toBe(capabilities)
    }))
  })
})
