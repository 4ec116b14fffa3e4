/**
 * What is wrong with a request, found before it is sent: the broker's own rules, and what the wire can hold.
 *
 * **Laws**
 *  1. Every fault is reported, in the order of SPEC H1–H5 and then of the fields, not the first alone.
 *  2. Each field is judged for itself: the faults of a request are those of its fields, one after the other.
 *  3. A request without a fault has a Hello that no broker refuses for its shape, but for its pid (SPEC H1–H5).
 *
 * **Not here** whether trace headers are legal W3C ones: nobody refuses a Hello for that (SPEC E6, DIV-C1).
 */
import { absurd } from '../data/absurd.js'
import { isServiceName } from '../data/ServiceName.js'
import { isU32, isU64, MAX_U32, MAX_U64 } from '../data/U64.js'
import { utf8ByteLength } from '../data/Utf8.js'
import { isVersion } from '../data/Version.js'
import { CLIENT_LIB_MAX_BYTES, CLIENT_VERSION_MAX_BYTES, WANTED_VERSION_MAX_BYTES } from '../step/HelloShape.js'
import { PROTOCOL_VERSION } from '../wire/Limits.js'
import type { ClientRequest } from './ClientRequest.js'
import { quoted } from './quoted.js'

/**
 * One fault: the field, what was found there, and what was expected; `TextTooLong` and `RequestTooLarge`
 * count UTF-8 bytes, `NotUnsigned` expects a whole number from 0 to `expected`.
 *
 * @category model
 * @since 0.1.0
 */
export type RequestFault =
  | RequestFaultAt<'IllFormedText', RequestTextField, string, 'no lone surrogate'>
  | RequestFaultAt<'InvalidServiceName', 'serviceName', string, string>
  | RequestFaultAt<'InvalidWantedVersion', 'wantedVersion', string, string>
  | RequestFaultAt<'NotUnsigned', RequestU32Field | RequestU64Field, bigint | number, bigint | number>
  | RequestFaultAt<'ProtocolRangeExcludesV1', 'maxProtocol' | 'minProtocol', number, number>
  | RequestFaultAt<'RequestTooLarge', 'request', number, number>
  | RequestFaultAt<'TextTooLong', RequestTextField, number, number>

/**
 * A fault of `field`: what was found there, and what was expected.
 *
 * @category model
 * @since 0.1.0
 */
export interface RequestFaultAt<Tag extends string, Field extends string, Actual, Expected> {
  readonly _tag: Tag
  readonly field: Field
  readonly actual: Actual
  readonly expected: Expected
}

/**
 * The fields of a request that are text, the service's name and the wanted version apart.
 *
 * @category model
 * @since 0.1.0
 */
export type RequestTextField = 'clientLibName' | 'clientLibVersion' | 'clientVersion' | 'requestId' | 'traceparent' | 'tracestate'

/**
 * The fields of a request from 0 to 2^32 − 1.
 *
 * @category model
 * @since 0.1.0
 */
export type RequestU32Field = 'maxProtocol' | 'minProtocol' | 'peerPid'

/**
 * The fields of a request from 0 to 2^64 − 1.
 *
 * @category model
 * @since 0.1.0
 */
export type RequestU64Field = 'capabilities' | 'connectionId' | 'deadlineUnixMs' | 'frameRequestId' | 'keepaliveSecs'

// The texts with a cap in bytes, and those with none but the whole request's (SPEC H4, H5, H8).
const TEXTS: ReadonlyArray<readonly [field: RequestTextField, maxBytes: number]> = [
  ['clientVersion', CLIENT_VERSION_MAX_BYTES],
  ['clientLibName', CLIENT_LIB_MAX_BYTES],
  ['clientLibVersion', CLIENT_LIB_MAX_BYTES],
  ['requestId', Infinity],
  ['traceparent', Infinity],
  ['tracestate', Infinity],
]

const VERSION_EXPECTED = `a version such as 1.11.20 or 1.11.20-rc.1, of at most ${WANTED_VERSION_MAX_BYTES} bytes`

/** Of a range that takes a version in, the lower end is at most that version, and the upper at least. */
const END_OF_RANGE = { minProtocol: 'most', maxProtocol: 'least' } as const

const U64S: ReadonlyArray<RequestU64Field> = ['capabilities', 'keepaliveSecs', 'connectionId', 'frameRequestId', 'deadlineUnixMs']

/** @internal Every fault of a request's fields; `ClientHello` adds that of its size. */
export function faultsOf(request: ClientRequest): ReadonlyArray<RequestFault> {
  return [
    ...protocolFaults('minProtocol', request.minProtocol, request.minProtocol > PROTOCOL_VERSION),
    ...protocolFaults('maxProtocol', request.maxProtocol, request.maxProtocol < PROTOCOL_VERSION),
    ...serviceFaults(request.serviceName),
    ...versionFaults(request.wantedVersion),
    ...TEXTS.flatMap(([field, maxBytes]) => textFaults(field, request[field], maxBytes)),
    ...u32Faults('peerPid', request.peerPid),
    ...U64S.flatMap((field) => u64Faults(field, request[field])),
  ]
}

/**
 * The fault on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeRequestFault(fault: RequestFault): string {
  switch (fault._tag) {
    case 'IllFormedText':
    case 'InvalidServiceName':
    case 'InvalidWantedVersion':
      return `${fault.field}: found ${quoted(fault.actual)}; expected ${fault.expected}`
    case 'NotUnsigned':
      return `${fault.field}: found ${fault.actual}; expected a whole number from 0 to ${fault.expected}`
    case 'ProtocolRangeExcludesV1':
      return `${fault.field}: found ${fault.actual}; expected at ${END_OF_RANGE[fault.field]} ${fault.expected}`
    case 'RequestTooLarge':
    case 'TextTooLong':
      return `${fault.field}: found ${fault.actual} bytes; expected at most ${fault.expected}`
    default:
      return absurd(fault)
  }
}

/** One check for each end of the range, each for itself (SPEC H1). */
function protocolFaults(
  field: 'maxProtocol' | 'minProtocol', actual: number, isOutside: boolean,
): ReadonlyArray<RequestFault> {
  const faults = u32Faults(field, actual)
  return faults.length === 0 && isOutside
    ? [{ _tag: 'ProtocolRangeExcludesV1', field, actual, expected: PROTOCOL_VERSION }]
    : faults
}

function serviceFaults(actual: string): ReadonlyArray<RequestFault> {
  return isServiceName(actual)
    ? []
    : [{ _tag: 'InvalidServiceName', field: 'serviceName', actual, expected: '1 to 64 of a-z, 0-9 and -' }]
}

function versionFaults(actual: string): ReadonlyArray<RequestFault> {
  // A version is ASCII, so where the grammar holds its length is its bytes.
  return isVersion(actual) && actual.length <= WANTED_VERSION_MAX_BYTES
    ? []
    : [{ _tag: 'InvalidWantedVersion', field: 'wantedVersion', actual, expected: VERSION_EXPECTED }]
}

function textFaults(field: RequestTextField, text: string, maxBytes: number): ReadonlyArray<RequestFault> {
  const actual = utf8ByteLength(text)
  const faults: Array<RequestFault> = []
  if (actual > maxBytes) faults.push({ _tag: 'TextTooLong', field, actual, expected: maxBytes })
  // With the flag `u` a pair is one character, so only a surrogate on its own is one.
  if (/\p{Surrogate}/u.test(text)) {
    faults.push({ _tag: 'IllFormedText', field, actual: text, expected: 'no lone surrogate' })
  }
  return faults
}

function u32Faults(field: RequestU32Field, actual: number): ReadonlyArray<RequestFault> {
  return isU32(actual) ? [] : [{ _tag: 'NotUnsigned', field, actual, expected: MAX_U32 }]
}

function u64Faults(field: RequestU64Field, actual: bigint): ReadonlyArray<RequestFault> {
  return isU64(actual) ? [] : [{ _tag: 'NotUnsigned', field, actual, expected: MAX_U64 }]
}
