/**
 * Who the kernel says is at the other end of a Unix socket.
 *
 * Node does not ask the kernel, so a foreign function does: koffi, an optional dependency, loaded when
 * first needed. Without it, on other platforms and on TCP, every peer is `UNVERIFIED_PEER`.
 *
 * **Laws**
 *  1. `read` never throws, and never tells more than the kernel did: what looks wrong is unverified.
 *  2. The answer is about whoever connected, at the moment it did.
 *
 * **Contract** a user id is the decimal effective uid (SPEC C2).
 */
import type { Socket } from 'node:net'
import { type PeerIdentity, peerIdentity, UNVERIFIED_PEER } from '../../data/PeerIdentity.js'

/**
 * Reads peers' identities; `isAvailable` is false where it can only ever say `UNVERIFIED_PEER`.
 *
 * @category model
 * @since 0.1.0
 */
export interface PeerReader {
  readonly isAvailable: boolean
  readonly read: (socket: Socket) => PeerIdentity
}

/** @internal Asks for one socket option of at most `maxBytes`; `undefined` where the kernel declines. */
export type ReadOption = (option: SocketOption) => Uint8Array | undefined

/** @internal A socket option and the size of its value. */
export interface SocketOption {
  readonly level: number
  readonly name: number
  readonly maxBytes: number
}

/** SOL_SOCKET, SO_PEERCRED: `ucred { i32 pid; u32 uid; u32 gid }`. */
const LINUX_PEERCRED: SocketOption = { level: 1, name: 17, maxBytes: 12 }
/** SOL_LOCAL, LOCAL_PEERCRED: `xucred { u32 version; u32 uid; i16 ngroups; u32 groups[16] }`. */
const MACOS_PEERCRED: SocketOption = { level: 0, name: 1, maxBytes: 76 }
/** SOL_LOCAL, LOCAL_PEERPID: an int. */
const MACOS_PEERPID: SocketOption = { level: 0, name: 2, maxBytes: 4 }

const XUCRED_VERSION = 0
/** The uid of nobody at all: what Linux says of the peer of a TCP socket. */
const NO_UID = 0xffff_ffff

const UNAVAILABLE: PeerReader = Object.freeze({ isAvailable: false, read: () => UNVERIFIED_PEER })

/**
 * The reader for this platform.
 *
 * @category constructors
 * @since 0.1.0
 */
export async function loadPeerReader(): Promise<PeerReader> {
  const identityOf = readerFor(process.platform)
  const getsockopt = identityOf === undefined ? undefined : await loadGetsockopt()
  if (identityOf === undefined || getsockopt === undefined) return UNAVAILABLE
  return { isAvailable: true, read: (socket) => verified(() => identityOf(optionsOf(socket, getsockopt))) }
}

/** @internal How a platform tells a peer's identity, if it does. */
export function readerFor(platform: string): ((readOption: ReadOption) => PeerIdentity) | undefined {
  if (platform === 'linux') return (readOption) => parseUcred(readOption(LINUX_PEERCRED))
  if (platform === 'darwin') return (readOption) => parseXucred(readOption(MACOS_PEERCRED), () => readOption(MACOS_PEERPID))
  return undefined
}

/** @internal Linux's answer; a peer in another pid namespace has a user id and pid 0. */
export function parseUcred(ucred: Uint8Array | undefined): PeerIdentity {
  if (ucred?.length !== LINUX_PEERCRED.maxBytes) return UNVERIFIED_PEER
  const [pid, uid] = words(ucred)
  return uid === NO_UID ? UNVERIFIED_PEER : peerIdentity(signed(pid), `${uid}`)
}

/** @internal macOS's two answers. On TCP the same numbers are other options, whose values have other sizes. */
export function parseXucred(xucred: Uint8Array | undefined, readPid: () => Uint8Array | undefined): PeerIdentity {
  if (xucred?.length !== MACOS_PEERCRED.maxBytes) return UNVERIFIED_PEER
  const [version, uid] = words(xucred)
  if (version !== XUCRED_VERSION || uid === NO_UID) return UNVERIFIED_PEER
  const pid = readPid()
  return peerIdentity(pid?.length === MACOS_PEERPID.maxBytes ? signed(words(pid)[0]) : 0, `${uid}`)
}

/** A pid is signed, and one below 0 is none. */
function signed(word: number): number {
  return word | 0
}

/** The value in the processor's own byte order. */
function words(value: Uint8Array): [number, number] {
  return [...new Uint32Array(new Uint8Array(value).buffer)] as [number, number]
}

type Getsockopt = (fd: number, level: number, name: number, value: Uint8Array, byteCount: Uint32Array) => number

async function loadGetsockopt(): Promise<Getsockopt | undefined> {
  try {
    const { default: koffi } = await import('koffi')
    return koffi.load(null).func(
      // Plain pointers into arrays that stay: marshalling them out and in costs six times the call.
      'int getsockopt(int fd, int level, int name, void *value, void *byteCount)',
    ) as Getsockopt
  } catch {
    return undefined
  }
}

/** As large as the largest option; the kernel writes into it, and each answer is copied out at once. */
const value = new Uint8Array(MACOS_PEERCRED.maxBytes)
const byteCount = new Uint32Array(1)

function optionsOf(socket: Socket, getsockopt: Getsockopt): ReadOption {
  return ({ level, name, maxBytes }) => {
    const fd = fdOf(socket)
    if (fd === undefined) return undefined
    byteCount[0] = maxBytes
    return getsockopt(fd, level, name, value, byteCount) === 0 ? value.slice(0, byteCount[0]) : undefined
  }
}

/** Node keeps the descriptor to itself; every runtime that imitates Node has it in the same place. */
function fdOf(socket: Socket): number | undefined {
  const fd = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle?.fd
  return typeof fd === 'number' && fd >= 0 ? fd : undefined
}

/** @internal The identity, or nobody where it cannot be had; what is no pid is unknown, and so is what is no user id. */
export function verified(identity: () => PeerIdentity): PeerIdentity {
  try {
    const { pid, userId } = identity()
    return peerIdentity(pid, typeof userId === 'string' ? userId : '')
  } catch {
    return UNVERIFIED_PEER
  }
}
