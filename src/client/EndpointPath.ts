/**
 * Where an endpoint is: the path of a socket, or of a named pipe.
 *
 * **Laws**
 *  1. A path is told only if the platform can bind it; its length is counted in UTF-8 bytes (SPEC M3).
 *  2. A directory with a slash at its end and one without give the same path.
 *
 * **Not here** making the directory, and keeping others out of it: the host does. Variables are taken as
 * they are set; an empty one counts as unset, as the XDG specification has it.
 * **Contract** the paths are frozen (SPEC M3). They are not those of the v2 broker, which has a directory of its own.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { utf8ByteLength } from '../data/Utf8.js'
import { type EndpointName, instanceBrokerName, privateBrokerName } from './EndpointName.js'
import {
  type DigestTooShort, type HostEnvironment, type InvalidUserId, type LinuxHost, type MacHost, shortDigest,
  userIdText,
} from './HostHash.js'
import { PIPE_PREFIX } from './PipeName.js'

/**
 * Why an endpoint has no path.
 *
 * @category model
 * @since 0.1.0
 */
export type EndpointPathError = DigestTooShort | InvalidUserId | PathTooLong

/**
 * The path is longer than the platform can bind.
 *
 * @category model
 * @since 0.1.0
 */
export interface PathTooLong {
  readonly _tag: 'PathTooLong'
  readonly path: string
  readonly actualBytes: number
  readonly maxBytes: number
}

/**
 * The longest path each platform can bind, in bytes: a Unix `sun_path` of 108 or 104 bytes holds a zero at
 * its end, Windows has `MAX_PATH` (SPEC M3).
 *
 * @category constants
 * @since 0.1.0
 */
export const PATH_MAX_BYTES: Readonly<Record<HostEnvironment['platform'], number>> = Object.freeze({
  darwin: 103, linux: 107, win32: 260,
})

/**
 * The longest service or instance name there is (SPEC H2, M1).
 *
 * @category constants
 * @since 0.1.0
 */
export const ENDPOINT_PART_MAX_LENGTH = 64

/**
 * The path of an endpoint (SPEC M3).
 *
 * @example
 * import assert from 'node:assert'
 * import { endpointPath, sharedBrokerName } from 'hello-negotiation'
 *
 * const name = sharedBrokerName('0123456789abcdef')
 * const host = { platform: 'win32', sid: Uint8Array.of(1), blake3: () => new Uint8Array(32) } as const
 * assert.deepEqual(name._tag === 'Right' && endpointPath(host, name.right), {
 *   _tag: 'Right', right: '\\\\.\\pipe\\rpb-v1-0123456789abcdef-shared',
 * })
 *
 * @category encodings
 * @since 0.1.0
 */
export function endpointPath(host: HostEnvironment, name: EndpointName): Either<EndpointPathError, string> {
  const path = placed(host, name)
  if (path._tag !== 'Right') return path
  const [actualBytes, maxBytes] = [utf8ByteLength(path.right), PATH_MAX_BYTES[host.platform]]
  return actualBytes > maxBytes ? E.left({ _tag: 'PathTooLong', path: path.right, actualBytes, maxBytes }) : path
}

/**
 * The longest service name whose private broker has a path on this host, 0 where none has: mostly less
 * than the 64 that a Hello may name (SPEC M4).
 *
 * @category queries
 * @since 0.1.0
 */
export function longestServiceName(host: HostEnvironment): number {
  return longestPart(host, privateBrokerName)
}

/**
 * The longest instance name whose broker has a path on this host, 0 where none has (SPEC M4).
 *
 * @category queries
 * @since 0.1.0
 */
export function longestInstanceName(host: HostEnvironment): number {
  return longestPart(host, instanceBrokerName)
}

type NameOf = (hostHash: string, part: string) => Either<unknown, EndpointName>

/** Tried from the longest down: a platform that hashes the name has no length to subtract. */
function longestPart(host: HostEnvironment, nameOf: NameOf): number {
  const fits = (length: number): boolean => {
    const name = nameOf('0'.repeat(16), 'a'.repeat(length))
    return name._tag === 'Right' && endpointPath(host, name.right)._tag === 'Right'
  }
  let length = ENDPOINT_PART_MAX_LENGTH
  while (length > 0 && !fits(length)) length -= 1
  return length
}

function placed(host: HostEnvironment, name: EndpointName): Either<DigestTooShort | InvalidUserId, string> {
  switch (host.platform) {
    case 'darwin':
      return placedOnMac(host, name)
    case 'linux':
      return placedOnLinux(host, name)
    case 'win32':
      return E.right(`${PIPE_PREFIX}${name}`)
    default:
      return absurd(host)
  }
}

function placedOnLinux({ uid, xdgRuntimeDir }: LinuxHost, name: EndpointName): Either<InvalidUserId, string> {
  if (isSet(xdgRuntimeDir)) return E.right(within(xdgRuntimeDir, `running-process/broker/${name}.sock`))
  const user = userIdText(uid)
  return user._tag === 'Left' ? user : E.right(`/tmp/running-process-${user.right}/broker/${name}.sock`)
}

/** The temporary directory of a Mac is so long that the name has to be hashed. */
function placedOnMac(
  { blake3, uid, tmpDir }: MacHost, name: EndpointName,
): Either<DigestTooShort | InvalidUserId, string> {
  const user = userIdText(uid)
  if (user._tag === 'Left') return user
  const digest = shortDigest(blake3, name)
  if (digest._tag === 'Left') return digest
  return E.right(within(isSet(tmpDir) ? tmpDir : '/tmp', `.rp-${user.right}/${digest.right}.sock`))
}

function isSet(variable: string | undefined): variable is string {
  return variable !== undefined && variable !== ''
}

function within(directory: string, path: string): string {
  return directory.endsWith('/') ? `${directory}${path}` : `${directory}/${path}`
}
