/**
 * Sixteen hex digits that stand for one user on one machine, in every endpoint's name.
 *
 * **Laws**
 *  1. The hash is the first 8 bytes of BLAKE3 over one text, told per platform by SPEC M2.
 *  2. What cannot be told apart is refused: no machine id, no user id, no SID gives an error, never a hash
 *     that another user or machine could share.
 *
 * **Not here** BLAKE3 and reading the host: both are handed in. `undefined` for a machine id means that
 * there is no such file. A file that is there and cannot be read is an error to the caller, because
 * another process of the same user may read it, and the two would not find each other.
 * **Contract** the hashed texts are frozen: a broker and its clients derive them apart.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { toHex } from '../data/Bytes.js'
import { isU32 } from '../data/U64.js'

/**
 * BLAKE3 with its usual digest of 32 bytes; more or fewer than 32 do no harm, fewer than 8 are an error.
 *
 * @category model
 * @since 0.1.0
 */
export type Blake3 = (bytes: Uint8Array) => Uint8Array

/**
 * What the names depend on; platforms are called as Node calls them, any other Unix is as Linux.
 *
 * @category model
 * @since 0.1.0
 */
export type HostEnvironment = LinuxHost | MacHost | WindowsHost

/**
 * A Linux host: the user, the contents of the files that may name the machine, and `XDG_RUNTIME_DIR`.
 *
 * @category model
 * @since 0.1.0
 */
export interface LinuxHost {
  readonly platform: 'linux'
  readonly blake3: Blake3
  readonly uid: number
  /** Of `/etc/machine-id`. */
  readonly machineId: string | undefined
  /** Of `/var/lib/dbus/machine-id`. */
  readonly dbusMachineId: string | undefined
  /** Of `/proc/sys/kernel/random/boot_id`. */
  readonly bootId: string | undefined
  readonly xdgRuntimeDir: string | undefined
}

/**
 * A macOS host: the user, `IOPlatformUUID`, and `TMPDIR`.
 *
 * @category model
 * @since 0.1.0
 */
export interface MacHost {
  readonly platform: 'darwin'
  readonly blake3: Blake3
  readonly uid: number
  readonly platformUuid: string | undefined
  readonly tmpDir: string | undefined
}

/**
 * A Windows host: the bytes of the user's SID.
 *
 * @category model
 * @since 0.1.0
 */
export interface WindowsHost {
  readonly platform: 'win32'
  readonly blake3: Blake3
  readonly sid: Uint8Array
}

declare const hostHash16: unique symbol

/**
 * Sixteen lower-case hex digits, derived or parsed.
 *
 * @category model
 * @since 0.1.0
 */
export type HostHash = string & { readonly [hostHash16]: true }

/**
 * Why a host has no hash.
 *
 * @category model
 * @since 0.1.0
 */
export type HostHashError =
  | DigestTooShort
  | InvalidUserId
  | { readonly _tag: 'MissingMachineId'; readonly platform: 'darwin' | 'linux' }
  | { readonly _tag: 'MissingSid' }

/**
 * The hash function handed in gave too little to work with.
 *
 * @category model
 * @since 0.1.0
 */
export interface DigestTooShort {
  readonly _tag: 'DigestTooShort'
  readonly actualBytes: number
  readonly minBytes: number
}

/**
 * The user id is no u32.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidUserId {
  readonly _tag: 'InvalidUserId'
  readonly actual: number
}

/**
 * The text is not sixteen lower-case hex digits.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidHostHash {
  readonly _tag: 'InvalidHostHash'
  readonly actual: string
}

/**
 * How much of a digest is used (SPEC M2, M3).
 *
 * @category constants
 * @since 0.1.0
 */
export const DIGEST_BYTES = 8

/**
 * Parses a hash that was derived elsewhere (SPEC M1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function parseHostHash(text: string): Either<InvalidHostHash, HostHash> {
  return /^[0-9a-f]{16}$/.test(text) ? E.right(text as HostHash) : E.left({ _tag: 'InvalidHostHash', actual: text })
}

/**
 * The hash of a user on a host (SPEC M2).
 *
 * @example
 * import assert from 'node:assert'
 * import { createHash } from 'node:crypto'
 * import { hostHash } from 'hello-negotiation'
 *
 * // For the example's sake: a real host hands in BLAKE3.
 * const blake3 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
 * const unnamed = { machineId: undefined, dbusMachineId: undefined, bootId: undefined, xdgRuntimeDir: undefined }
 * const host = { platform: 'linux', blake3, uid: 1000, ...unnamed } as const
 *
 * assert.match(JSON.stringify(hostHash({ ...host, machineId: 'c0ffee\n' })), /"right":"[0-9a-f]{16}"/)
 * assert.deepEqual(hostHash(host), { _tag: 'Left', left: { _tag: 'MissingMachineId', platform: 'linux' } })
 *
 * @category constructors
 * @since 0.1.0
 */
export function hostHash(host: HostEnvironment): Either<HostHashError, HostHash> {
  const identity = identityText(host)
  return identity._tag === 'Right' ? shortDigest(host.blake3, identity.right) : identity
}

/**
 * The text that is hashed (SPEC M2).
 *
 * @category encodings
 * @since 0.1.0
 */
export function identityText(host: HostEnvironment): Either<HostHashError, string> {
  switch (host.platform) {
    case 'darwin':
      return userOnMachine(host, trimmed(host.platformUuid))
    case 'linux':
      return userOnMachine(host, trimmed(host.machineId) ?? trimmed(host.dbusMachineId) ?? bootText(host))
    case 'win32':
      // SPEC M2: not the S-1-… text, and not the raw bytes.
      return host.sid.length === 0 ? E.left({ _tag: 'MissingSid' }) : E.right(`windows-sid:${toHex(host.sid)}`)
    default:
      return absurd(host)
  }
}

/**
 * @internal The first 8 bytes of a text's digest, in hex.
 */
export function shortDigest(blake3: Blake3, text: string): Either<DigestTooShort, HostHash> {
  const digest = blake3(new TextEncoder().encode(text))
  return digest.length < DIGEST_BYTES
    ? E.left({ _tag: 'DigestTooShort', actualBytes: digest.length, minBytes: DIGEST_BYTES })
    : E.right(toHex(digest.subarray(0, DIGEST_BYTES)) as HostHash)
}

/**
 * @internal A user id as it is written into texts and paths.
 */
export function userIdText(uid: number): Either<InvalidUserId, string> {
  return isU32(uid) ? E.right(String(uid)) : E.left({ _tag: 'InvalidUserId', actual: uid })
}

function userOnMachine(
  { platform, uid }: LinuxHost | MacHost, machineId: string | undefined,
): Either<HostHashError, string> {
  const user = userIdText(uid)
  if (user._tag === 'Left') return user
  return machineId === undefined ? E.left({ _tag: 'MissingMachineId', platform }) : E.right(`${user.right}:${machineId}`)
}

/** An id that lasts as long as the machine runs, which is as long as a broker can. */
function bootText({ bootId }: LinuxHost): string | undefined {
  const id = trimmed(bootId)
  return id === undefined ? undefined : `boot:${id}`
}

/** Files end in a newline, and an empty one names no machine. */
function trimmed(text: string | undefined): string | undefined {
  const rest = text?.trim()
  return rest === '' ? undefined : rest
}
