// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { type Cursor, cursor, finish, readEnum, readKey, readMapEntry, readString, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putEnum, putMap, putString, putStrings, sizeOfEnum, sizeOfMap, sizeOfString, sizeOfStrings } from '../Encoding.js'

/**
 * How a service is described on disk.
 *
 * @category model
 * @since 0.1.0
 */
export interface ServiceDefinition {
  /** The service's name. */
  readonly serviceName: string
  /** The program that serves it. */
  readonly binaryPath: string
  /** Which broker looks after it. One of `BrokerIsolation`, or a number it does not list. */
  readonly isolation: number
  /** The instance, where isolation names one. */
  readonly explicitInstance: string
  /** Where its versions are installed side by side. */
  readonly perVersionBinaryDir: string
  /** The lowest version clients may ask for; empty for any. */
  readonly minVersion: string
  /** The only versions clients may ask for; none for any. */
  readonly versionAllowList: ReadonlyArray<string>
  /** Free labels. */
  readonly labels: ReadonlyMap<string, string>
}

/**
 * A ServiceDefinition with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_SERVICE_DEFINITION: ServiceDefinition = Object.freeze({
  serviceName: '',
  binaryPath: '',
  isolation: 0,
  explicitInstance: '',
  perVersionBinaryDir: '',
  minVersion: '',
  versionAllowList: [],
  labels: new Map(),
})

/**
 * A ServiceDefinition with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function serviceDefinition(fields: Partial<ServiceDefinition>): ServiceDefinition {
  return { ...EMPTY_SERVICE_DEFINITION, versionAllowList: [], labels: new Map(), ...fields }
}

/**
 * Decodes a ServiceDefinition; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeServiceDefinition(bytes: Uint8Array): Either<DecodeError, ServiceDefinition> {
  const c = cursor(bytes)
  return finish(c, 'ServiceDefinition', readServiceDefinition(c, c.end, 0, EMPTY_SERVICE_DEFINITION))
}

/**
 * Encodes a ServiceDefinition canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeServiceDefinition(message: ServiceDefinition): Uint8Array {
  const out = new Uint8Array(sizeOfServiceDefinition(message))
  putServiceDefinition(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`: the default, or a value this very decode made, whose lists grow in place. */
export function readServiceDefinition(c: Cursor, end: number, depth: number, base: ServiceDefinition): ServiceDefinition {
  let serviceName = base.serviceName
  let binaryPath = base.binaryPath
  let isolation = base.isolation
  let explicitInstance = base.explicitInstance
  let perVersionBinaryDir = base.perVersionBinaryDir
  let minVersion = base.minVersion
  const versionAllowList = base === EMPTY_SERVICE_DEFINITION ? [] : (base.versionAllowList as Array<string>)
  const labels = base === EMPTY_SERVICE_DEFINITION ? new Map<string, string>() : (base.labels as Map<string, string>)
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x0a: serviceName = readString(c); break
      case 0x12: binaryPath = readString(c); break
      case 0x18: isolation = readEnum(c); break
      case 0x22: explicitInstance = readString(c); break
      case 0x2a: perVersionBinaryDir = readString(c); break
      case 0x32: minVersion = readString(c); break
      case 0x3a: versionAllowList.push(readString(c)); break
      case 0x40: case 0x41: case 0x42: case 0x43: case 0x44: case 0x45:
        readMapEntry(c, labels, depth); break
      default: skipUnknown(c, start, key, 'ServiceDefinition', 0x1fe, depth)
    }
  }
  return {
    serviceName,
    binaryPath,
    isolation,
    explicitInstance,
    perVersionBinaryDir,
    minVersion,
    versionAllowList,
    labels,
  }
}

/** @internal */
export function sizeOfServiceDefinition(message: ServiceDefinition): number {
  return sizeOfString(message.serviceName)
    + sizeOfString(message.binaryPath)
    + sizeOfEnum(message.isolation)
    + sizeOfString(message.explicitInstance)
    + sizeOfString(message.perVersionBinaryDir)
    + sizeOfString(message.minVersion)
    + sizeOfStrings(message.versionAllowList)
    + sizeOfMap(message.labels)
}

/** @internal */
export function putServiceDefinition(out: Uint8Array, at: number, message: ServiceDefinition): number {
  let end = at
  end = putString(out, end, 0x0a, message.serviceName)
  end = putString(out, end, 0x12, message.binaryPath)
  end = putEnum(out, end, 0x18, message.isolation)
  end = putString(out, end, 0x22, message.explicitInstance)
  end = putString(out, end, 0x2a, message.perVersionBinaryDir)
  end = putString(out, end, 0x32, message.minVersion)
  end = putStrings(out, end, 0x3a, message.versionAllowList)
  end = putMap(out, end, 0x42, message.labels)
  return end
}
