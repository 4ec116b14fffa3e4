/**
 * What policy laws take: versions and what is allowed of them, and services to register.
 */
import fc from 'fast-check'
import type { ServiceName } from '../../../data/ServiceName.js'
import type { Version } from '../../../data/Version.js'
import type { Registration } from '../../../step/ServiceTable.js'
import { arbitraryServiceName, arbitraryVersion, SERVICE_NAME_POOL } from '../../arbitrary/names.js'
import { partsOf } from '../grammar.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of policy laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface PolicyInputs {
  readonly WantedVersion: WantedVersion
  readonly Registrations: Registrations
}

/**
 * What is allowed, the version that is wanted, and another one.
 *
 * @category model
 * @since 0.1.0
 */
export interface WantedVersion {
  readonly minVersion: Version | undefined
  /** In no order, and perhaps with repeats; none for any. */
  readonly allowList: ReadonlyArray<Version>
  readonly wanted: Version
  readonly other: Version
}

/**
 * Services registered one after the other, some of them not legal, and the name that is then asked for.
 *
 * @category model
 * @since 0.1.0
 */
export interface Registrations {
  readonly registrations: ReadonlyArray<Registration>
  readonly asked: ServiceName
}

/** @internal */
export const POLICY_INPUTS: LawArbitraries<PolicyInputs> = {
  WantedVersion: () => arbitraryWantedVersion(),
  Registrations: () => fc.record({
    registrations: fc.array(arbitraryRegistration(), { maxLength: 5 }),
    asked: fc.oneof(fc.constantFrom(...SERVICE_NAME_POOL), arbitraryServiceName()),
  }),
}

function arbitraryWantedVersion(): fc.Arbitrary<WantedVersion> {
  const version = arbitraryVersion()
  const another = arbitraryOther(version)
  return fc.record({
    wanted: version,
    minVersion: fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 8, arbitrary: another }),
    allowList: fc.array(another, { maxLength: 4 }),
    other: another,
  }).map(({ wanted, minVersion, allowList, other }) => ({
    wanted, minVersion: minVersion?.(wanted), allowList: allowList.map((another) => another(wanted)), other: other(wanted),
  }))
}

/** Given a version another one: any, the same, or one that is next to it. */
function arbitraryOther(version: fc.Arbitrary<Version>): fc.Arbitrary<(wanted: Version) => Version> {
  return fc.oneof(
    version.map((other) => () => other),
    fc.tuple(fc.nat({ max: 2 }), fc.constantFrom(0n, 1n, -1n), fc.constantFrom(undefined, '', '-rc.1'))
      .map(([part, by, tail]) => (wanted: Version) => neighbourOf(wanted, part, by, tail)),
  )
}

/** The version with one of its numbers changed, unless that would be below 0, and with another pre-release if one is given. */
function neighbourOf(version: Version, part: number, by: bigint, tail: string | undefined): Version {
  if (by === 0n && tail === undefined) return version
  const numbers = partsOf(version).map((number, i) => (i === part && number + by >= 0n ? number + by : number))
  return `${numbers.join('.')}${tail ?? version.slice((version.split('-')[0] ?? '').length)}` as Version
}

function arbitraryRegistration(): fc.Arbitrary<Registration> {
  const version = arbitraryVersion()
  const or = (sound: fc.Arbitrary<string>, ...wrong: ReadonlyArray<string>): fc.Arbitrary<string> =>
    fc.oneof({ arbitrary: sound, weight: 9 }, { arbitrary: fc.constantFrom(...wrong), weight: 1 })
  return fc.record({
    serviceName: or(arbitraryServiceName(), '', 'ZCCache', 'a_b', 'a'.repeat(65)),
    minVersion: fc.oneof(fc.constant(''), or(version, '1.2', '1.2.3+b')),
    versionAllowList: fc.array(or(version, '', 'latest'), { maxLength: 3 }),
    daemonVersion: version,
    backendPipe: fc.constantFrom('', '/run/zccache.sock', '\\\\.\\pipe\\rpb-v1-be'),
    serverCapabilities: fc.constantFrom(0n, 1n, 2n),
  })
}
