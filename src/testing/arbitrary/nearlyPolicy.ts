/**
 * Policies that are legal but for one thing, for fast-check: any field of them, the whole, and one too many.
 */
import fc from 'fast-check'
import type { Fault } from '../../negotiate/Fault.js'
import type { Nearly } from './Nearly.js'
import { arbitraryPolicyInput, arbitraryService, type PolicyInput } from './policy.js'

/**
 * A policy as JSON would hold it with one thing off, and the place of the one fault that it has.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyPolicyInput(): fc.Arbitrary<Nearly<unknown, Pick<Fault, 'path'>>> {
  return fc.tuple(arbitraryPolicyInput(), arbitraryService(), fc.constantFrom(...POLICY_SLIPS)).chain(
    ([input, service, { off, path, values, at }]) => {
      // A service of its own, so that there is one to spoil; the last of its name stays the only one.
      const services = [service, ...input.services.filter(({ serviceName }) => serviceName !== service.serviceName)]
      return fc.constantFrom(...values).map((value) => ({ off, value: at({ ...input, services }, value), error: { path } }))
    })
}

/** What is off, where its fault is found, what it can be, and the input that has it. */
interface PolicySlip {
  readonly off: string
  readonly path: string
  readonly values: ReadonlyArray<unknown>
  readonly at: (input: PolicyInput, value: unknown) => unknown
}

const NO_DURATIONS = [-1, Number.NaN, Infinity, 2 ** 52, '5', null]
const NO_COUNTS = [-1, 0.5, 2 ** 32, '5', null]
const NO_HALVES = ['00'.repeat(15), '00'.repeat(17), 'zz'.repeat(16), '', 5, null]

const POLICY_SLIPS: ReadonlyArray<PolicySlip> = [
  { off: 'no object', path: '', values: [undefined, null, 5, 'policy', []], at: (_, value) => value },
  {
    off: 'services', path: 'services', values: [undefined, null, {}, 'zccache'],
    at: (input, services) => ({ ...input, services }),
  },
  { off: 'unknown field', path: 'service', values: [0, undefined], at: (input, service) => ({ ...input, service }) },
  serviceSlip('serviceName', ['ZCCache', '', 'a'.repeat(65), 'a_b', undefined, 5]),
  serviceSlip('minVersion', ['1.2', 'latest', '1.2.3-', 5]),
  { ...serviceSlip('versionAllowList[0]', ['', '1.2', 5]), at: (input, value) => spoilt(input, { versionAllowList: [value] }) },
  serviceSlip('daemonVersion', ['x'.repeat(4_097), '\u20ac'.repeat(1_366), undefined, 5]),
  serviceSlip('backendPipe', ['x'.repeat(4_097), undefined, null]),
  serviceSlip('serverCapabilities', ['18446744073709551616', '-1', '0x1', '', 2 ** 53, -1, 0.5, null]),
  serviceSlip('capabilities', [0]),
  {
    off: 'a name used twice', path: 'services[1].serviceName', values: [0],
    at: (input) => ({ ...input, services: input.services.slice(0, 1).flatMap((service) => [service, service]) }),
  },
  {
    off: 'peerPolicy', path: 'peerPolicy', values: ['allow-all', null, {}, { ownerOnly: 5 }, { ownerOnly: '0', more: 1 }],
    at: (input, peerPolicy) => ({ ...input, peerPolicy }),
  },
  {
    off: 'helloTimeoutMs', path: 'helloTimeoutMs', values: [0, ...NO_DURATIONS],
    at: (input, helloTimeoutMs) => ({ ...input, helloTimeoutMs }),
  },
  {
    off: 'ackDeadlineMs', path: 'ackDeadlineMs', values: NO_DURATIONS,
    at: (input, ackDeadlineMs) => ({ ...input, ackDeadlineMs }),
  },
  limitSlip('rateLimit', 'maxPerWindow', NO_COUNTS),
  limitSlip('rateLimit', 'windowMs', NO_DURATIONS),
  limitSlip('tokenStore', 'maxPending', NO_COUNTS),
  limitSlip('tokenStore', 'ttlMs', NO_DURATIONS),
  limitSlip('tokenStore', 'collisionAttempts', [257, ...NO_COUNTS]),
  {
    off: 'sessions.brokerHalf', path: 'sessions.brokerHalf', values: NO_HALVES,
    at: (input, brokerHalf) => ({ ...input, sessions: { ...input.sessions, brokerHalf } }),
  },
  {
    off: 'a daemon half', path: 'sessions.daemonHalves.zccache', values: NO_HALVES,
    at: (input, zccache) => ({ ...input, sessions: { brokerHalf: '00'.repeat(16), daemonHalves: { zccache } } }),
  },
]

function serviceSlip(field: string, values: ReadonlyArray<unknown>): PolicySlip {
  const path = `services[0].${field}`
  return { off: `a service's ${field}`, path, values, at: (input, value) => spoilt(input, { [field]: value }) }
}

function limitSlip(record: 'rateLimit' | 'tokenStore', field: string, values: ReadonlyArray<unknown>): PolicySlip {
  const path = `${record}.${field}`
  return { off: path, path, values, at: (input, value) => ({ ...input, [record]: { ...input[record], [field]: value } }) }
}

/** The policy with its first service spoilt. */
function spoilt(input: PolicyInput, fields: object): unknown {
  return { ...input, services: input.services.map((service, i) => (i === 0 ? { ...service, ...fields } : service)) }
}
