/**
 * Whether a decoded Hello has the right shape; gives the parts that later steps work with, parsed.
 *
 * **Laws**
 *  1. The first failing check, in the order of SPEC H1–H6, is the one reported.
 *  2. Lengths are UTF-8 bytes.
 *  3. `requestId`, `connectionId`, `authToken`, the nonce and the capability token are never looked
 *     at, whatever their length (SPEC H8).
 *
 * **Not here** whether the service exists or allows the version: `ServiceTable`, `VersionPolicy`.
 * **Contract** the order, the caps and the texts are frozen.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { PeerIdentity } from '../data/PeerIdentity.js'
import { type InvalidServiceName, isServiceName, type ServiceName } from '../data/ServiceName.js'
import { isVersion, type Version } from '../data/Version.js'
import { factsOf, type HelloFacts } from '../wire/HelloFacts.js'
import type { Hello } from '../wire/messages/Hello.js'
import { PROTOCOL_VERSION } from '../wire/Limits.js'
import type { Backend } from './ServiceTable.js'

/**
 * A Hello of the right shape.
 *
 * @category model
 * @since 0.1.0
 */
export interface ShapedHello {
  readonly serviceName: ServiceName
  readonly wantedVersion: Version
  readonly capabilities: bigint
  readonly keepaliveSecs: bigint
  readonly authToken: Uint8Array
}

/**
 * Why a Hello has not the right shape; each carries what was found.
 *
 * @category model
 * @since 0.1.0
 */
export type ShapeError =
  | { readonly _tag: 'ProtocolRangeExcludesV1'; readonly actualMin: number; readonly actualMax: number }
  | InvalidServiceName
  | { readonly _tag: 'InvalidWantedVersion'; readonly actual: string }
  | { readonly _tag: 'ClientVersionTooLong'; readonly actualBytes: number; readonly maxBytes: number }
  | { readonly _tag: 'ClientLibTooLong'; readonly actualBytes: number; readonly maxBytes: number }
  | { readonly _tag: 'PeerPidMismatch'; readonly claimed: number; readonly verified: number }

/**
 * The most bytes of `wantedVersion` (SPEC H3).
 *
 * @category constants
 * @since 0.1.0
 */
export const WANTED_VERSION_MAX_BYTES = 64

/**
 * The most UTF-8 bytes of `clientVersion` (SPEC H4).
 *
 * @category constants
 * @since 0.1.0
 */
export const CLIENT_VERSION_MAX_BYTES = 128

/**
 * The most UTF-8 bytes of `clientLibName` and of `clientLibVersion` (SPEC H5).
 *
 * @category constants
 * @since 0.1.0
 */
export const CLIENT_LIB_MAX_BYTES = 64

/**
 * Checks a Hello's shape against the limits and the peer's verified pid (SPEC H1–H8).
 *
 * @example
 * import assert from 'node:assert'
 * import { UNVERIFIED_PEER } from 'hello-negotiation'
 * import { HelloShape } from 'hello-negotiation/step'
 * import { hello } from 'hello-negotiation/wire'
 *
 * const asked = hello({ clientMaxProtocol: 1, serviceName: 'zccache', wantedVersion: 'latest' })
 * assert.deepEqual(HelloShape.checkShape(asked, UNVERIFIED_PEER), {
 *   _tag: 'Left', left: { _tag: 'InvalidWantedVersion', actual: 'latest' },
 * })
 *
 * @category steps
 * @since 0.1.0
 */
export function checkShape(hello: Hello, peer: PeerIdentity): Either<ShapeError, ShapedHello> {
  return checkFacts(factsOf(hello), peer)
}

/**
 * @internal The same for the parts of a Hello that it looks at, however they were come by. What `backend` has was
 * checked when it was registered: a name or a version that is the same is not checked again.
 */
export function checkFacts(hello: HelloFacts, peer: PeerIdentity, backend?: Backend): Either<ShapeError, ShapedHello> {
  const { clientMinProtocol, clientMaxProtocol, serviceName, wantedVersion, clientVersionBytes } = hello
  if (clientMinProtocol > PROTOCOL_VERSION || clientMaxProtocol < PROTOCOL_VERSION) {
    return E.left({ _tag: 'ProtocolRangeExcludesV1', actualMin: clientMinProtocol, actualMax: clientMaxProtocol })
  }
  if (!isNameOf(backend, serviceName) && !isServiceName(serviceName)) return E.left({ _tag: 'InvalidServiceName', actual: serviceName })
  // A version is ASCII, so where the grammar holds its length is its bytes.
  if (wantedVersion.length > WANTED_VERSION_MAX_BYTES || !(isListedBy(backend, wantedVersion) || isVersion(wantedVersion))) {
    return E.left({ _tag: 'InvalidWantedVersion', actual: wantedVersion })
  }
  if (clientVersionBytes > CLIENT_VERSION_MAX_BYTES) {
    return E.left({ _tag: 'ClientVersionTooLong', actualBytes: clientVersionBytes, maxBytes: CLIENT_VERSION_MAX_BYTES })
  }
  const { clientLibNameBytes, clientLibVersionBytes } = hello
  const libBytes = clientLibNameBytes > CLIENT_LIB_MAX_BYTES ? clientLibNameBytes : clientLibVersionBytes
  if (libBytes > CLIENT_LIB_MAX_BYTES) {
    return E.left({ _tag: 'ClientLibTooLong', actualBytes: libBytes, maxBytes: CLIENT_LIB_MAX_BYTES })
  }
  if (hello.peerPid !== 0 && peer.pid !== 0 && hello.peerPid !== peer.pid) {
    return E.left({ _tag: 'PeerPidMismatch', claimed: hello.peerPid, verified: peer.pid })
  }
  return E.right({
    serviceName,
    wantedVersion,
    capabilities: hello.clientCapabilities,
    keepaliveSecs: hello.clientKeepaliveSecs,
    authToken: hello.authToken,
  })
}

function isNameOf(backend: Backend | undefined, text: string): text is ServiceName {
  return backend !== undefined && backend.serviceName === text
}

function isListedBy(backend: Backend | undefined, text: string): text is Version {
  return backend !== undefined && (backend.versions.allowList as ReadonlySet<string>).has(text)
}
