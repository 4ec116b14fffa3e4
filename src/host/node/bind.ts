/**
 * A server on an address, or why not.
 *
 * **Laws**
 *  1. Whatever goes wrong is a tagged error, and leaves neither a server nor a file behind.
 */
import { once } from 'node:events'
import type { AddressInfo, ListenOptions, Server } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../../data/absurd.js'
import { type Address, addressFault, type AddressFault, describeAddress, describeAddressFault, hostOf, pathFault } from './Address.js'
import { longestPath, publishSocket, type SocketFileError } from './SocketFile.js'
import { type SystemError, systemError } from '../transport/SystemError.js'

/**
 * Why a broker cannot listen.
 *
 * @category model
 * @since 0.1.0
 */
export type ListenError = AddressFault | SocketFileError | ListenFailed

/**
 * The operating system said no.
 *
 * @category model
 * @since 0.1.0
 */
export interface ListenFailed extends SystemError {
  readonly _tag: 'ListenFailed'
  readonly address: string
}

/** An address that is bound: what to dial, and how to take its name away. */
export interface Bound {
  readonly at: Address
  readonly release: () => Promise<void>
}

/** Binds a server that does not listen yet. */
export async function bind(server: Server, at: Address): Promise<Either<ListenError, Bound>> {
  const fault = addressFault(at, process.platform) ?? boundPathFault(at)
  if (fault !== undefined) return E.left(fault)
  try {
    const bound = await bindTo(server, at)
    if (bound._tag === 'Left') server.close()
    return bound
  } catch (error) {
    if (server.listening) server.close()
    return E.left(listenError(systemError(error), describeAddress(at)))
  }
}

/**
 * Why a broker cannot listen, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeListenError(error: ListenError): string {
  switch (error._tag) {
    case 'AddressInUse':
      return `${error.address} is in use: somebody answers there`
    case 'BeingReplaced':
      return `another broker is taking ${error.path} over at this moment; if none is, remove ${error.claim}`
    case 'FolderMissing':
      return `the folder ${error.folder} does not exist`
    case 'FolderNotWritable':
      return `the folder ${error.folder} may not be written to`
    case 'HostNotLoopback':
    case 'InvalidPath':
    case 'PathTooLong':
    case 'WrongPlatform':
      return describeAddressFault(error)
    case 'ListenFailed':
      return `${error.address}: ${error.message}`
    case 'NotASocket':
      return `${error.path} is there already and is no socket; it is left alone`
    default:
      return absurd(error)
  }
}

async function bindTo(server: Server, at: Address): Promise<Either<SocketFileError, Bound>> {
  switch (at._tag) {
    case 'Pipe':
      await listening(server, { path: at.path })
      return E.right({ at, release: nothingToRelease })
    case 'Socket': {
      const file = await publishSocket(at.path, (path) => listening(server, { path }))
      return E.map(({ remove }: { remove: () => Promise<void> }): Bound => ({ at, release: remove }))(file)
    }
    case 'Tcp': {
      const host = hostOf(at)
      await listening(server, { host, port: at.port })
      return E.right({ at: { ...at, host, port: (server.address() as AddressInfo).port }, release: nothingToRelease })
    }
    default:
      return absurd(at)
  }
}

/** Exclusive: a cluster's primary process must not hold the socket in the stead of its worker. */
async function listening(server: Server, options: ListenOptions): Promise<void> {
  server.listen({ ...options, exclusive: true })
  await once(server, 'listening')
}

function boundPathFault(at: Address): AddressFault | undefined {
  const fault = at._tag === 'Socket' ? pathFault(longestPath(at.path), process.platform) : undefined
  return fault?._tag === 'PathTooLong' && at._tag === 'Socket' ? { ...fault, path: at.path } : fault
}

function listenError({ code, message }: SystemError, address: string): ListenError {
  return code === 'EADDRINUSE' ? { _tag: 'AddressInUse', address } : { _tag: 'ListenFailed', address, code, message }
}

async function nothingToRelease(): Promise<void> {}
