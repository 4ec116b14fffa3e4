/**
 * A Hello that only asks whether a broker answers: for a service that nobody has, so a no is as good as a
 * yes (SPEC G12).
 *
 * **Contract** the request's fields and its 2 seconds are the reference's.
 */
import { CAP_HANDLE_PASSING, hasCapability } from '../data/Capabilities.js'
import type { ClientOutcome } from './ClientOutcome.js'
import type { ClientRequestFields } from './ClientRequest.js'

/**
 * How long a broker has to answer a probe.
 *
 * @category constants
 * @since 0.1.0
 */
export const DOCTOR_PROBE_TIMEOUT_MS = 2_000

/**
 * The probe's request (SPEC G12).
 *
 * @category constants
 * @since 0.1.0
 */
export const DOCTOR_PROBE: ClientRequestFields = Object.freeze({
  serviceName: 'rp-doctor-probe', wantedVersion: '0.0.0', capabilities: 0n, requestId: 'doctor-probe',
})

/**
 * What a probe found: somebody who speaks the protocol, or not.
 *
 * @category queries
 * @since 0.1.0
 */
export function doctorVerdict(outcome: ClientOutcome): 'Fail' | 'Pass' {
  return outcome._tag === 'Negotiated' || outcome._tag === 'Refused' ? 'Pass' : 'Fail'
}

/**
 * The capabilities by their names, and all bits without one as a single number in hexadecimal (SPEC G12).
 *
 * @example
 * import assert from 'node:assert'
 * import { capabilityNames } from 'hello-negotiation'
 *
 * assert.deepEqual(capabilityNames(0x8000_0000_0000_0001n), ['handle-passing', 'unknown:0x8000000000000000'])
 *
 * @category queries
 * @since 0.1.0
 */
export function capabilityNames(capabilities: bigint): ReadonlyArray<string> {
  const unknown = BigInt.asUintN(64, capabilities & ~CAP_HANDLE_PASSING)
  return [
    ...(hasCapability(capabilities, CAP_HANDLE_PASSING) ? ['handle-passing'] : []),
    ...(unknown === 0n ? [] : [`unknown:0x${unknown.toString(16)}`]),
  ]
}
