/**
 * A client's requests that have one fault, for fast-check.
 */
import fc from 'fast-check'
import { clientHello } from '../../client/ClientHello.js'
import type { ClientRequestFields } from '../../client/ClientRequest.js'
import type { RequestFault } from '../../client/RequestFault.js'
import { CLIENT_LIB_MAX_BYTES, CLIENT_VERSION_MAX_BYTES } from '../../step/HelloShape.js'
import { HEADER_BYTES, HELLO_BODY_MAX_BYTES } from '../../wire/Limits.js'
import { arbitraryNoU32, arbitraryNoU64, arbitraryTextOfBytes } from './bytes.js'
import { arbitraryClientRequest } from './client.js'
import { arbitraryNearlyServiceName, arbitraryNearlyVersion } from './names.js'
import type { Nearly } from './Nearly.js'

/**
 * What a fault of a request says, but for what was expected in its place.
 *
 * @category model
 * @since 0.1.0
 */
export type RequestSlip = Pick<RequestFault, '_tag' | 'actual' | 'field'>

/**
 * A request with one thing off, so that it has one fault (SPEC H1–H5, F3).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyClientRequest(): fc.Arbitrary<Nearly<ClientRequestFields, RequestSlip>> {
  const request = arbitraryClientRequest()
  const slip = <F extends RequestSlip['field'] & keyof ClientRequestFields>(
    off: string, field: F, values: fc.Arbitrary<ClientRequestFields[F] & RequestSlip['actual']>, _tag: RequestSlip['_tag'],
  ): fc.Arbitrary<Nearly<ClientRequestFields, RequestSlip>> => fc.tuple(request, values).map(([sound, actual]) =>
    ({ off: `${field}: ${off}`, value: { ...sound, [field]: actual }, error: { _tag, field, actual } }))
  return fc.oneof(
    slip('above 1', 'minProtocol', fc.constantFrom(2, 0xffff_ffff), 'ProtocolRangeExcludesV1'),
    slip('below 1', 'maxProtocol', fc.constant(0), 'ProtocolRangeExcludesV1'),
    slip('no name', 'serviceName', arbitraryNearlyServiceName().map(({ value }) => value), 'InvalidServiceName'),
    slip('no version', 'wantedVersion', arbitraryNearlyVersion().map(({ value }) => value), 'InvalidWantedVersion'),
    slip('65 bytes', 'wantedVersion', fc.constant('1.2.'.padEnd(65, '3')), 'InvalidWantedVersion'),
    fc.oneof(...U32_FIELDS.map((field) => slip('no u32', field, arbitraryNoU32(), 'NotUnsigned'))),
    fc.oneof(...U64_FIELDS.map((field) => slip('no u64', field, arbitraryNoU64(), 'NotUnsigned'))),
    fc.oneof(...TEXT_FIELDS.map((field) => slip('a lone surrogate', field, LONE_SURROGATES, 'IllFormedText'))),
    fc.oneof(...CAPPED_FIELDS.map(([field, maxBytes]) => arbitraryLongField(field, maxBytes))),
    request.map(oneByteTooLarge),
  )
}

const LONE_SURROGATES = fc.constantFrom('\ud800', 'a\udfffb')
const U32_FIELDS = ['minProtocol', 'maxProtocol', 'peerPid'] as const
const U64_FIELDS = ['capabilities', 'connectionId', 'deadlineUnixMs', 'frameRequestId', 'keepaliveSecs'] as const
const TEXT_FIELDS = ['clientLibName', 'clientLibVersion', 'clientVersion', 'requestId', 'traceparent', 'tracestate'] as const
const CAPPED_FIELDS = [
  ['clientVersion', CLIENT_VERSION_MAX_BYTES],
  ['clientLibName', CLIENT_LIB_MAX_BYTES],
  ['clientLibVersion', CLIENT_LIB_MAX_BYTES],
] as const

function arbitraryLongField(
  field: 'clientLibName' | 'clientLibVersion' | 'clientVersion', maxBytes: number,
): fc.Arbitrary<Nearly<ClientRequestFields, RequestSlip>> {
  const actual = maxBytes + 1
  return fc.tuple(arbitraryClientRequest(), arbitraryTextOfBytes(actual)).map(([sound, text]) =>
    ({ off: `${field}: too long`, value: { ...sound, [field]: text }, error: { _tag: 'TextTooLong', field, actual } }))
}

/** The request, with a trace header that fills its frame and one byte more; its key and length take four bytes. */
function oneByteTooLarge(sound: ClientRequestFields): Nearly<ClientRequestFields, RequestSlip> {
  const actual = HELLO_BODY_MAX_BYTES + 1
  const rest = clientHello({ ...sound, traceparent: '' })
  if (rest._tag === 'Left') throw new Error('a request without a fault has a Hello')
  const traceparent = 'x'.repeat(actual - 4 - (rest.right.bytes.length - HEADER_BYTES))
  const error = { _tag: 'RequestTooLarge', field: 'request', actual } as const
  return { off: 'request: too large', value: { ...sound, traceparent }, error }
}
