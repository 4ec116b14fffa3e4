/**
 * The names of brokers' and backends' endpoints, without the place they are in.
 *
 * **Laws**
 *  1. A name is lower-case letters, digits and `-`: legal in a path and as a pipe's name, and no two differ
 *     by case alone (SPEC M1).
 *  2. Different hosts, classes or services have different names.
 *
 * **Not here** where the endpoint is: `EndpointPath`.
 * **Contract** the names are frozen (SPEC M1).
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { toHex } from '../data/Bytes.js'
import { type InvalidServiceName, isServiceName, parseServiceName } from '../data/ServiceName.js'
import { type InvalidHostHash, parseHostHash } from './HostHash.js'

declare const endpointName: unique symbol

/**
 * A name that one of the constructors below has made.
 *
 * @category model
 * @since 0.1.0
 */
export type EndpointName = string & { readonly [endpointName]: true }

/**
 * The text is no name of a broker instance; the rule is that of service names.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidInstanceName {
  readonly _tag: 'InvalidInstanceName'
  readonly actual: string
}

/**
 * The random part of a backend's name has not 16 bytes.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidBackendSuffix {
  readonly _tag: 'InvalidBackendSuffix'
  readonly actualBytes: number
  readonly expectedBytes: number
}

/**
 * The random bytes in a backend's name (SPEC M1).
 *
 * @category constants
 * @since 0.1.0
 */
export const BACKEND_SUFFIX_BYTES = 16

/**
 * The name of the broker that serves all services of a user (SPEC M1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function sharedBrokerName(hostHash: string): Either<InvalidHostHash, EndpointName> {
  return named(hostHash, 'shared')
}

/**
 * The name of the broker that serves one service (SPEC M1).
 *
 * @example
 * import assert from 'node:assert'
 * import { privateBrokerName } from 'hello-negotiation'
 *
 * assert.deepEqual(privateBrokerName('0123456789abcdef', 'zccache'), {
 *   _tag: 'Right', right: 'rpb-v1-0123456789abcdef-svc-zccache',
 * })
 * assert.deepEqual(privateBrokerName('0123456789abcdef', 'ZCCache'), {
 *   _tag: 'Left', left: { _tag: 'InvalidServiceName', actual: 'ZCCache' },
 * })
 *
 * @category constructors
 * @since 0.1.0
 */
export function privateBrokerName(
  hostHash: string, serviceName: string,
): Either<InvalidHostHash | InvalidServiceName, EndpointName> {
  const service = parseServiceName(serviceName)
  const name = named(hostHash, `svc-${serviceName}`)
  return name._tag === 'Left' || service._tag === 'Right' ? name : service
}

/**
 * The name of a broker instance that was given one by hand (SPEC M1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function instanceBrokerName(
  hostHash: string, instanceName: string,
): Either<InvalidHostHash | InvalidInstanceName, EndpointName> {
  const name = named(hostHash, `inst-${instanceName}`)
  return name._tag === 'Left' || isServiceName(instanceName)
    ? name
    : E.left({ _tag: 'InvalidInstanceName', actual: instanceName })
}

/**
 * The name of a backend, from 16 random bytes (SPEC M1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function backendName(
  hostHash: string, random: Uint8Array,
): Either<InvalidBackendSuffix | InvalidHostHash, EndpointName> {
  const name = named(hostHash, `be-${toHex(random)}`)
  return name._tag === 'Left' || random.length === BACKEND_SUFFIX_BYTES
    ? name
    : E.left({ _tag: 'InvalidBackendSuffix', actualBytes: random.length, expectedBytes: BACKEND_SUFFIX_BYTES })
}

/** The hash is looked at first; the rest is the caller's to check. */
function named(hostHash: string, rest: string): Either<InvalidHostHash, EndpointName> {
  const hash = parseHostHash(hostHash)
  return hash._tag === 'Left' ? hash : E.right(`rpb-v1-${hash.right}-${rest}` as EndpointName)
}
