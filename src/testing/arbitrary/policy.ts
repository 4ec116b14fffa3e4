/**
 * Policies for fast-check: legal ones, as JSON would hold them and as `parsePolicy` gives them.
 *
 * Names and versions come from small pools, so that a Hello made from the same pools often finds its
 * service; limits are small, so that a few Hellos use them up.
 */
import fc from 'fast-check'
import { isServiceName, type ServiceName } from '../../data/ServiceName.js'
import { MAX_U64 } from '../../data/U64.js'
import { isVersion, type Version } from '../../data/Version.js'
import { parsePolicy, type Policy } from '../../negotiate/Policy.js'
import { arbitraryDuration } from './draws.js'
import { arbitraryUserId } from './peer.js'

/**
 * Legal names, those among them that a careless look-up in an object would find.
 *
 * @category constants
 * @since 0.1.0
 */
export const SERVICE_NAME_POOL: ReadonlyArray<ServiceName> = Object.freeze(
  ['zccache', 'clud', 'constructor', '-', 'a'.repeat(64)].filter(isServiceName),
)

/**
 * Legal versions around one floor: pre-releases, leading zeros, and parts no u64 holds.
 *
 * @category constants
 * @since 0.1.0
 */
export const VERSION_POOL: ReadonlyArray<Version> = Object.freeze([
  '0.0.0', '1.2.3', '01.2.3', '1.9.9', '1.9.99999999999999999999', '1.10.0', '1.10.0-rc.1', '2.0.0',
  '18446744073709551615.0.0', '18446744073709551616.0.0',
].filter(isVersion))

/**
 * A legal service name: mostly one of the pool.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryServiceName(): fc.Arbitrary<ServiceName> {
  const any = fc.stringMatching(/^[a-z0-9-]{1,64}$/).filter(isServiceName)
  return fc.oneof({ arbitrary: fc.constantFrom(...SERVICE_NAME_POOL), weight: 9 }, { arbitrary: any, weight: 1 })
}

/**
 * A legal version of at most 64 characters: mostly one of the pool.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryVersion(): fc.Arbitrary<Version> {
  const any = fc.stringMatching(/^[0-9]{1,12}\.[0-9]{1,12}\.[0-9]{1,12}(-[a-z0-9.]{1,20})?$/).filter(isVersion)
  return fc.oneof({ arbitrary: fc.constantFrom(...VERSION_POOL), weight: 5 }, { arbitrary: any, weight: 1 })
}

/**
 * A legal policy as JSON would hold it; every field but `services` may be absent.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryPolicyInput(): fc.Arbitrary<object> {
  return fc.record({
    services: fc.uniqueArray(arbitraryService(), { maxLength: 4, selector: ({ serviceName }) => serviceName }),
    peerPolicy: fc.oneof(fc.constant('allow-any'), arbitraryUserId().map((ownerOnly) => ({ ownerOnly }))),
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
  return arbitraryPolicyInput().map((input) => {
    const parsed = parsePolicy(input)
    if (parsed._tag === 'Left') throw new Error(`an arbitrary policy is legal: ${JSON.stringify(parsed.left)}`)
    return parsed.right
  })
}

function arbitraryService(): fc.Arbitrary<{ readonly serviceName: ServiceName }> {
  return fc.record({
    serviceName: arbitraryServiceName(),
    minVersion: fc.oneof(fc.constant(''), arbitraryVersion()),
    versionAllowList: fc.array(arbitraryVersion(), { maxLength: 3 }),
    daemonVersion: fc.oneof(arbitraryVersion(), fc.string({ unit: 'grapheme', maxLength: 20 })),
    backendPipe: fc.constantFrom('', '/run/zccache.sock', '\\\\.\\pipe\\rpb-v1-be'),
    serverCapabilities: fc.constantFrom(0n, 1n, 2n, 0x8000_0000_0000_0001n, MAX_U64).map(String),
  }, { requiredKeys: ['serviceName', 'daemonVersion', 'backendPipe'], noNullPrototype: true })
}

function arbitrarySessions(): fc.Arbitrary<object> {
  const half = fc.constantFrom('00', '01', 'ff').map((byte) => byte.repeat(16))
  return fc.record({
    brokerHalf: half,
    daemonHalves: fc.dictionary(fc.constantFrom(...SERVICE_NAME_POOL), half, { maxKeys: 3, noNullPrototype: true }),
  }, { requiredKeys: ['brokerHalf'], noNullPrototype: true })
}
