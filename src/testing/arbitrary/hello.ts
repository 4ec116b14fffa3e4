/**
 * Hellos that a broker looks at, for fast-check: of a shape that passes, often only just, and of one that
 * does not for a single reason.
 */
import fc from 'fast-check'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { ServiceName } from '../../data/ServiceName.js'
import { MAX_U32 } from '../../data/U64.js'
import { isVersion, type Version } from '../../data/Version.js'
import {
  CLIENT_LIB_MAX_BYTES, CLIENT_VERSION_MAX_BYTES, type ShapeError, WANTED_VERSION_MAX_BYTES,
} from '../../step/HelloShape.js'
import type { Hello } from '../../wire/messages/Hello.js'
import { arbitraryText, arbitraryTextOfBytes, arbitraryTextUpTo, arbitraryU32, arbitraryU64 } from './bytes.js'
import { arbitraryNearlyServiceName, arbitraryNearlyVersion } from './names.js'
import type { Nearly } from './Nearly.js'
import { arbitraryPid, arbitraryUserId } from './peer.js'
import { arbitraryServiceName, arbitraryVersion } from './names.js'

/**
 * A Hello whose service name and version are legal.
 *
 * @category model
 * @since 0.1.0
 */
export interface SoundHello extends Hello {
  readonly serviceName: ServiceName
  readonly wantedVersion: Version
}

/**
 * A Hello from this peer that passes every check of its shape: texts as long as they may be, in characters
 * of up to four bytes, the fields that nobody looks at filled with anything (SPEC H1–H8).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitrarySoundHello(peer: PeerIdentity): fc.Arbitrary<SoundHello> {
  const bytes = fc.uint8Array({ maxLength: 40 })
  const longestVersion = fc.constant(longVersion(WANTED_VERSION_MAX_BYTES)).filter(isVersion)
  return fc.record({
    clientMinProtocol: fc.constantFrom(0, 1),
    clientMaxProtocol: fc.oneof(fc.constant(1), arbitraryU32().filter((protocol) => protocol > 0)),
    serviceName: arbitraryServiceName(),
    wantedVersion: fc.oneof({ arbitrary: arbitraryVersion(), weight: 9 }, { arbitrary: longestVersion, weight: 1 }),
    clientVersion: arbitraryTextUpTo(CLIENT_VERSION_MAX_BYTES),
    clientCapabilities: fc.oneof(fc.constantFrom(0n, 1n), arbitraryU64()),
    authToken: bytes,
    requestId: arbitraryText(),
    connectionId: arbitraryU64(),
    peerPid: peer.pid === 0 ? arbitraryPid() : fc.constantFrom(0, peer.pid),
    clientLibName: arbitraryTextUpTo(CLIENT_LIB_MAX_BYTES),
    clientLibVersion: arbitraryTextUpTo(CLIENT_LIB_MAX_BYTES),
    peerAttestationNonce: bytes,
    capabilityToken: bytes,
    clientKeepaliveSecs: arbitraryU64(),
  }, { noNullPrototype: true })
}

/**
 * A Hello, and the peer that it came from.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloOfPeer {
  readonly hello: Hello
  readonly peer: PeerIdentity
}

/**
 * A Hello of which one thing is off: a check fails, and it is the only one (SPEC H1–H6).
 *
 * @example
 * import assert from 'node:assert'
 * import fc from 'fast-check'
 * import { HelloShape } from 'hello-negotiation/step'
 * import { arbitraryNearlyHello } from 'hello-negotiation/testing'
 *
 * fc.assert(fc.property(arbitraryNearlyHello(), ({ value: { hello, peer }, error }) => {
 *   assert.deepEqual(HelloShape.checkShape(hello, peer), { _tag: 'Left', left: error })
 * }))
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyHello(): fc.Arbitrary<Nearly<HelloOfPeer, ShapeError>> {
  const verified = fc.tuple(arbitraryPid().filter((pid) => pid !== 0), arbitraryUserId())
    .map(([pid, userId]): PeerIdentity => ({ pid, userId }))
  return verified.chain((peer) => fc.tuple(arbitrarySoundHello(peer), arbitraryHelloSlip(peer))
    .map(([hello, { off, value, error }]) => ({ off, value: { hello: { ...hello, ...value }, peer }, error: error(hello) })))
}

/** @internal Other fields than a sound Hello has, and the error that they give to it. */
export interface HelloSlip {
  readonly off: string
  readonly value: Partial<Hello>
  readonly error: (sound: Hello) => ShapeError
}

/** @internal One thing off in a sound Hello from this peer; a peer of no known pid cannot claim another's. */
export function arbitraryHelloSlip(peer: PeerIdentity): fc.Arbitrary<HelloSlip> {
  const otherPid = fc.constantFrom(peer.pid ^ 1, peer.pid ^ 0x8000_0000).map((pid) => pid >>> 0).filter((pid) => pid !== 0)
  return fc.oneof(
    fc.constantFrom(2, 3, MAX_U32).map((actualMin): HelloSlip => ({
      off: 'least protocol above 1',
      value: { clientMinProtocol: actualMin },
      error: ({ clientMaxProtocol: actualMax }) => ({ _tag: 'ProtocolRangeExcludesV1', actualMin, actualMax }),
    })),
    fc.constant<HelloSlip>({
      off: 'no greatest protocol',
      value: { clientMaxProtocol: 0 },
      error: ({ clientMinProtocol: actualMin }) => ({ _tag: 'ProtocolRangeExcludesV1', actualMin, actualMax: 0 }),
    }),
    arbitraryNearlyServiceName().map(({ off, value, error }): HelloSlip =>
      ({ off: `service name: ${off}`, value: { serviceName: value }, error: () => error })),
    fc.oneof(arbitraryNearlyVersion(), fc.constant({ off: '65 bytes', value: longVersion(WANTED_VERSION_MAX_BYTES + 1) }))
      .map(({ off, value: actual }): HelloSlip => ({
        off: `version: ${off}`, value: { wantedVersion: actual }, error: () => ({ _tag: 'InvalidWantedVersion', actual }),
      })),
    arbitraryLongText('clientVersion', CLIENT_VERSION_MAX_BYTES, 'ClientVersionTooLong'),
    arbitraryLongText('clientLibName', CLIENT_LIB_MAX_BYTES, 'ClientLibTooLong'),
    arbitraryLongText('clientLibVersion', CLIENT_LIB_MAX_BYTES, 'ClientLibTooLong'),
    ...(peer.pid === 0 ? [] : [otherPid.map((claimed): HelloSlip => ({
      off: 'another pid',
      value: { peerPid: claimed },
      error: () => ({ _tag: 'PeerPidMismatch', claimed, verified: peer.pid }),
    }))]),
  )
}

/** One byte above the cap, or twice as many; by JavaScript's count it may still be below. */
function arbitraryLongText(
  field: 'clientLibName' | 'clientLibVersion' | 'clientVersion',
  maxBytes: number,
  _tag: 'ClientLibTooLong' | 'ClientVersionTooLong',
): fc.Arbitrary<HelloSlip> {
  return fc.constantFrom(maxBytes + 1, 2 * maxBytes).chain((actualBytes) =>
    arbitraryTextOfBytes(actualBytes).map((text): HelloSlip =>
      ({ off: `${field} too long`, value: { [field]: text }, error: () => ({ _tag, actualBytes, maxBytes }) })))
}

/** A legal version of this length. */
function longVersion(length: number): string {
  return '1.2.'.padEnd(length, '3')
}
