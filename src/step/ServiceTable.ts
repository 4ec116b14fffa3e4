/**
 * The services a broker knows, each with the backend that serves it.
 *
 * **Laws**
 *  1. `find` after `register` gives what was registered; registering a name again replaces (SPEC L2).
 *  2. A table answers by exact name: `constructor` is found only where it was registered (SPEC L1).
 *  3. A registration that is not legal changes nothing.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { type InvalidServiceName, isServiceName, type ServiceName } from '../data/ServiceName.js'
import { isVersion, type Version } from '../data/Version.js'
import { comparedBeforehand, type VersionPolicy } from './VersionPolicy.js'

/**
 * What a broker is told about a service, not yet checked. Empty `minVersion` and list mean "any".
 *
 * @category model
 * @since 0.1.0
 */
export interface Registration {
  readonly serviceName: string
  readonly minVersion: string
  readonly versionAllowList: ReadonlyArray<string>
  readonly daemonVersion: string
  readonly backendPipe: string
  readonly serverCapabilities: bigint
}

/**
 * A registered service.
 *
 * @category model
 * @since 0.1.0
 */
export interface Backend {
  readonly serviceName: ServiceName
  readonly versions: VersionPolicy
  readonly daemonVersion: string
  readonly backendPipe: string
  readonly capabilities: bigint
}

/**
 * Registered services by name.
 *
 * @category model
 * @since 0.1.0
 */
export type ServiceTable = ReadonlyMap<string, Backend>

/**
 * Why a registration is not legal; carries the text found.
 *
 * @category model
 * @since 0.1.0
 */
export type RegistrationError =
  | InvalidServiceName
  | { readonly _tag: 'InvalidMinVersion'; readonly actual: string }
  | { readonly _tag: 'InvalidAllowListEntry'; readonly actual: string; readonly index: number }

/**
 * No service of that name is registered.
 *
 * @category model
 * @since 0.1.0
 */
export interface UnknownService {
  readonly _tag: 'UnknownService'
  readonly actual: ServiceName
}

/**
 * The table without services.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NO_SERVICES: ServiceTable = new Map()

/**
 * Checks a registration (SPEC L2).
 *
 * @category constructors
 * @since 0.1.0
 */
export function parseRegistration(registration: Registration): Either<RegistrationError, Backend> {
  const { serviceName, minVersion, versionAllowList } = registration
  if (!isServiceName(serviceName)) return E.left({ _tag: 'InvalidServiceName', actual: serviceName })
  if (minVersion !== '' && !isVersion(minVersion)) return E.left({ _tag: 'InvalidMinVersion', actual: minVersion })
  const index = versionAllowList.findIndex((text) => !isVersion(text))
  if (index >= 0) return E.left({ _tag: 'InvalidAllowListEntry', actual: versionAllowList[index] as string, index })
  const versions = versionAllowList as ReadonlyArray<Version>
  return E.right(backendOf({ ...registration, serviceName, minVersion, versionAllowList: versions }))
}

/** @internal A registration whose texts have been checked. */
export interface CheckedRegistration extends Registration {
  readonly serviceName: ServiceName
  readonly minVersion: Version | ''
  readonly versionAllowList: ReadonlyArray<Version>
}

/** @internal The backend that a checked registration describes. */
export function backendOf(registration: CheckedRegistration): Backend {
  const { serviceName, minVersion, versionAllowList, daemonVersion, backendPipe, serverCapabilities } = registration
  return {
    serviceName,
    versions: comparedBeforehand({ minVersion: minVersion === '' ? undefined : minVersion, allowList: new Set(versionAllowList) }),
    daemonVersion,
    backendPipe,
    capabilities: serverCapabilities,
  }
}

/**
 * The table with a service in it, replacing one of the same name (SPEC L2).
 *
 * @example
 * import assert from 'node:assert'
 * import { ServiceTable } from 'hello-negotiation/step'
 *
 * const registered = ServiceTable.register(ServiceTable.NO_SERVICES, {
 *   serviceName: 'constructor', minVersion: '', versionAllowList: [],
 *   daemonVersion: '1.0.0', backendPipe: '/run/constructor.sock', serverCapabilities: 0n,
 * })
 * assert.equal(registered._tag === 'Right' && registered.right.size, 1)
 *
 * @category steps
 * @since 0.1.0
 */
export function register(table: ServiceTable, registration: Registration): Either<RegistrationError, ServiceTable> {
  const backend = parseRegistration(registration)
  return backend._tag === 'Left' ? backend : E.right(new Map(table).set(backend.right.serviceName, backend.right))
}

/**
 * The backend registered under a name (SPEC L1).
 *
 * @category queries
 * @since 0.1.0
 */
export function find(table: ServiceTable, name: ServiceName): Either<UnknownService, Backend> {
  const backend = table.get(name)
  return backend === undefined ? E.left(unknownService(name)) : E.right(backend)
}

/** @internal */
export function unknownService(name: ServiceName): UnknownService {
  return { _tag: 'UnknownService', actual: name }
}
