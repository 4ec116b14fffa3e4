/**
 * Policies for fast-check: legal ones, as JSON would hold them and as `parsePolicy` gives them.
 *
 * Limits are small, so that a few Hellos use them up.
 */
import fc from 'fast-check'
import { MAX_U64 } from '../../data/U64.js'
import { parsePolicy, type Policy } from '../../negotiate/Policy.js'
import { arbitraryDuration } from './draws.js'
import { arbitraryServiceName, arbitraryVersion, SERVICE_NAME_POOL } from './names.js'
import { arbitraryUserId } from './peer.js'

/**
 * A policy as JSON would hold it.
 *
 * @category model
 * @since 0.1.0
 */
export interface PolicyInput {
  readonly services: ReadonlyArray<ServiceInput>
  readonly peerPolicy?: 'allow-any' | { readonly ownerOnly: string }
  readonly helloTimeoutMs?: number
  readonly rateLimit?: { readonly maxPerWindow?: number; readonly windowMs?: number }
  readonly tokenStore?: { readonly maxPending?: number; readonly ttlMs?: number; readonly collisionAttempts?: number }
  readonly ackDeadlineMs?: number
  readonly sessions?: SessionsInput
}

/**
 * One of its services.
 *
 * @category model
 * @since 0.1.0
 */
export interface ServiceInput {
  readonly serviceName: string
  readonly minVersion?: string
  readonly versionAllowList?: ReadonlyArray<string>
  readonly daemonVersion: string
  readonly backendPipe: string
  readonly serverCapabilities?: string
}

/**
 * Its session halves, each as 32 hex digits.
 *
 * @category model
 * @since 0.1.0
 */
export interface SessionsInput {
  readonly brokerHalf: string
  readonly daemonHalves?: Readonly<Record<string, string>>
}

/**
 * A legal policy as JSON would hold it; every field but `services` may be absent.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryPolicyInput(): fc.Arbitrary<PolicyInput> {
  return fc.record({
    services: fc.uniqueArray(arbitraryService(), { maxLength: 4, selector: ({ serviceName }) => serviceName }),
    peerPolicy: fc.oneof(fc.constant<'allow-any'>('allow-any'), arbitraryUserId().map((ownerOnly) => ({ ownerOnly }))),
    helloTimeoutMs: arbitraryDuration().filter((durationMs) => durationMs > 0),
    rateLimit: fc.record({ maxPerWindow: fc.nat({ max: 3 }), windowMs: arbitraryDuration() }, { requiredKeys: [] }),
    tokenStore: fc.record({
      maxPending: fc.nat({ max: 3 }), ttlMs: arbitraryDuration(), collisionAttempts: fc.nat({ max: 3 }),
    }, { requiredKeys: [] }),
    ackDeadlineMs: arbitraryDuration(),
    sessions: arbitrarySessions(),
  }, { requiredKeys: ['services'], noNullPrototype: true })
}

/**
 * A legal policy.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryPolicy(): fc.Arbitrary<Policy> {
  return arbitraryPolicyInput().map(legalPolicy)
}

/** @internal The policy that an input is known to be. */
export function legalPolicy(input: PolicyInput): Policy {
  const parsed = parsePolicy(input)
  if (parsed._tag === 'Left') throw new Error(`a policy made for a test is legal: ${JSON.stringify(parsed.left)}`)
  return parsed.right
}

/** @internal A legal service. */
export function arbitraryService(): fc.Arbitrary<ServiceInput> {
  return fc.record({
    serviceName: arbitraryServiceName(),
    minVersion: fc.oneof(fc.constant(''), arbitraryVersion()),
    versionAllowList: fc.array(arbitraryVersion(), { maxLength: 3 }),
    daemonVersion: fc.oneof(arbitraryVersion(), fc.string({ unit: 'grapheme', maxLength: 20 })),
    backendPipe: fc.constantFrom('', '/run/zccache.sock', '\\\\.\\pipe\\rpb-v1-be'),
    serverCapabilities: fc.constantFrom(0n, 1n, 2n, 0x8000_0000_0000_0001n, MAX_U64).map(String),
  }, { requiredKeys: ['serviceName', 'daemonVersion', 'backendPipe'], noNullPrototype: true })
}

function arbitrarySessions(): fc.Arbitrary<SessionsInput> {
  const half = fc.constantFrom('00', '01', 'ff').map((byte) => byte.repeat(16))
  return fc.record({
    brokerHalf: half,
    daemonHalves: fc.dictionary(fc.constantFrom(...SERVICE_NAME_POOL), half, { maxKeys: 3, noNullPrototype: true }),
  }, { requiredKeys: ['brokerHalf'], noNullPrototype: true })
}
