/**
 * A Hello's checks, each a plain question in the order of SPEC: what it is refused for, or `undefined`.
 */
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { Backend } from '../../step/ServiceTable.js'
import type { Frame } from '../../wire/messages/Frame.js'
import type { Hello } from '../../wire/messages/Hello.js'
import type { RefusalName } from './RefusalModel.js'

/**
 * Whether the policy lets a peer speak at all (SPEC C1).
 *
 * @category queries
 * @since 0.1.0
 */
export function isAdmitted({ peerPolicy }: Policy, { userId }: PeerIdentity): boolean {
  return peerPolicy._tag === 'AllowAny' || (peerPolicy.userId !== '' && peerPolicy.userId === userId)
}

/**
 * What is wrong with the envelope (SPEC E1–E4, E6).
 *
 * @category queries
 * @since 0.1.0
 */
export function envelopeFault(frame: Frame): RefusalName | undefined {
  if (frame.envelopeVersion !== 1) return 'UnsupportedEnvelopeVersion'
  if (frame.kind !== 0) return 'UnexpectedFrameKind'
  if (frame.payloadProtocol !== 0) return 'UnexpectedPayloadProtocol'
  if (frame.payloadEncoding !== 0) return 'CompressedPayload'
  return undefined
}

/**
 * What is wrong with the Hello's shape (SPEC H1–H6, H8).
 *
 * @category queries
 * @since 0.1.0
 */
export function shapeFault(hello: Hello, peer: PeerIdentity): RefusalName | undefined {
  if (hello.clientMinProtocol > 1 || hello.clientMaxProtocol < 1) return 'ProtocolRangeExcludesV1'
  if (!/^[a-z0-9-]{1,64}$/.test(hello.serviceName)) return 'InvalidServiceName'
  if (utf8Bytes(hello.wantedVersion) > 64 || !isVersion(hello.wantedVersion)) return 'InvalidWantedVersion'
  if (utf8Bytes(hello.clientVersion) > 128) return 'ClientVersionTooLong'
  if (utf8Bytes(hello.clientLibName) > 64 || utf8Bytes(hello.clientLibVersion) > 64) return 'ClientLibTooLong'
  if (hello.peerPid !== 0 && peer.pid !== 0 && hello.peerPid !== peer.pid) return 'PeerPidMismatch'
  return undefined
}

/**
 * What the service has against a version: the floor first, then the list (SPEC V1, V3, V4, DIV-V2).
 *
 * @category queries
 * @since 0.1.0
 */
export function versionFault({ versions }: Backend, wanted: string): RefusalName | undefined {
  const { allowList, minVersion } = versions
  if (minVersion !== undefined && isBelow(partsOf(wanted), partsOf(minVersion))) return 'BelowMinVersion'
  if (allowList.size > 0 && ![...allowList].some((allowed) => allowed === wanted)) return 'OutsideAllowList'
  return undefined
}

/**
 * What is wrong with the session token, where one is asked for (SPEC K1, K2).
 *
 * @category queries
 * @since 0.1.0
 */
export function sessionFault({ sessions }: Policy, { authToken, serviceName }: Hello): RefusalName | undefined {
  if (sessions === undefined) return undefined
  if (authToken.length !== 32) return 'MalformedSessionToken'
  const [brokerHalf, daemonHalf] = [latin1(authToken.slice(0, 16)), latin1(authToken.slice(16))]
  if (brokerHalf !== sessions.brokerHalf) return 'BrokerRestarted'
  const registered = [...sessions.daemonHalves].find(([name]) => name === serviceName)
  if (registered === undefined) return 'DaemonNotRegistered'
  return registered[1] === daemonHalf ? undefined : 'DaemonRestarted'
}

/** Three runs of digits between dots, and perhaps, after the first `-`, a tail without another (SPEC H7). */
function isVersion(text: string): boolean {
  const [core = '', ...tail] = text.split('-')
  const parts = core.split('.')
  const isCore = parts.length === 3 && parts.every((part) => /^[0-9]+$/.test(part))
  return isCore && (tail.length === 0 || (tail.length === 1 && /^[a-z0-9.]+$/.test(tail[0] as string)))
}

function partsOf(version: string): ReadonlyArray<bigint> {
  return (version.split('-')[0] as string).split('.').map(BigInt)
}

/** The first part that differs decides; what follows the `-` does not count. */
function isBelow(a: ReadonlyArray<bigint>, b: ReadonlyArray<bigint>): boolean {
  const place = a.findIndex((part, i) => part !== b[i])
  return place >= 0 && (a[place] as bigint) < (b[place] as bigint)
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
