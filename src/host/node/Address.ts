/**
 * Where a broker listens and a client dials: a Unix socket, a Windows pipe, or a TCP port of this machine.
 *
 * **Laws**
 *  1. `addressFault` is `undefined` exactly for addresses that a broker may listen on: nothing that a
 *     stranger on a network could reach, nothing that the platform would silently turn into something else.
 */
import { isIPv4 } from 'node:net'
import { absurd } from '../../data/absurd.js'

/**
 * A broker's address; a TCP `host` left out is 127.0.0.1.
 *
 * @category model
 * @since 0.1.0
 */
export type Address =
  | { readonly _tag: 'Pipe'; readonly path: string }
  | { readonly _tag: 'Socket'; readonly path: string }
  | { readonly _tag: 'Tcp'; readonly port: number; readonly host?: string }

/**
 * Why nobody may listen on an address.
 *
 * @category model
 * @since 0.1.0
 */
export type AddressFault =
  | { readonly _tag: 'HostNotLoopback'; readonly host: string }
  | { readonly _tag: 'InvalidPath'; readonly path: string }
  | { readonly _tag: 'PathTooLong'; readonly path: string; readonly actualBytes: number; readonly maxBytes: number }
  | { readonly _tag: 'WrongPlatform'; readonly address: Address; readonly platform: string }

/**
 * What is wrong with listening on `address` on `platform`, if anything is (SPEC M3).
 *
 * @category queries
 * @since 0.1.0
 */
export function addressFault(address: Address, platform: string): AddressFault | undefined {
  switch (address._tag) {
    case 'Pipe':
      if (platform !== 'win32') return { _tag: 'WrongPlatform', address, platform }
      return PIPE_PATH.test(address.path) ? undefined : { _tag: 'InvalidPath', path: address.path }
    case 'Socket':
      return platform === 'win32' ? { _tag: 'WrongPlatform', address, platform } : pathFault(address.path, platform)
    case 'Tcp':
      return isLoopback(hostOf(address)) ? undefined : { _tag: 'HostNotLoopback', host: hostOf(address) }
    default:
      return absurd(address)
  }
}

/**
 * @internal What is wrong with the path of a Unix socket, if anything is. The platform itself would not
 * say: it cuts the path short, and talks to whoever has the shorter one.
 */
export function pathFault(path: string, platform: string): AddressFault | undefined {
  if (path === '' || path.includes('\0')) return { _tag: 'InvalidPath', path }
  const maxBytes = platform === 'linux' ? LINUX_PATH_MAX_BYTES : BSD_PATH_MAX_BYTES
  const actualBytes = Buffer.byteLength(path)
  return actualBytes > maxBytes ? { _tag: 'PathTooLong', path, actualBytes, maxBytes } : undefined
}

/**
 * The address on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeAddress(address: Address): string {
  if (address._tag !== 'Tcp') return address.path
  const host = hostOf(address)
  return host.includes(':') ? `[${host}]:${address.port}` : `${host}:${address.port}`
}

/**
 * The fault on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeAddressFault(fault: AddressFault): string {
  switch (fault._tag) {
    case 'HostNotLoopback':
      return `host ${fault.host} is not this machine's loopback; expected 127.0.0.1, ::1 or localhost`
    case 'InvalidPath':
      return `${JSON.stringify(fault.path)} is no path to listen on`
    case 'PathTooLong':
      return `socket path ${fault.path} needs ${fault.actualBytes} bytes; at most ${fault.maxBytes}`
    case 'WrongPlatform':
      return `${describeAddress(fault.address)} cannot be used on ${fault.platform}; expected ${expectedOn(fault.platform)}`
    default:
      return absurd(fault)
  }
}

/** @internal The host of a TCP address as a literal; `localhost` is not left to a hosts file to explain. */
export function hostOf({ host = LOOPBACK_HOST }: Extract<Address, { _tag: 'Tcp' }>): string {
  return host === 'localhost' ? LOOPBACK_HOST : host
}

/** The host of a TCP address that names none. */
const LOOPBACK_HOST = '127.0.0.1'

/** The field for a path in a socket address holds 108 bytes on Linux and 104 elsewhere, a final zero among them. */
const LINUX_PATH_MAX_BYTES = 107
const BSD_PATH_MAX_BYTES = 103

const PIPE_PATH = /^\\\\[.?]\\pipe\\./i

function isLoopback(host: string): boolean {
  return host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

function expectedOn(platform: string): string {
  return platform === 'win32' ? 'a pipe, \\\\.\\pipe\\NAME' : 'the path of a Unix socket'
}
