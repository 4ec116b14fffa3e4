/**
 * A client's sockets: one at a time, ours until it is handed over.
 *
 * **State** the socket in hand, if any.
 *
 * **Laws**
 *  1. At most one socket is in hand. Dialling another, or `drop`, destroys it; `give` ends our part in it.
 *  2. Nothing that a socket in hand suffers goes unheard: no error of it reaches the process.
 *  3. What can be no address fails as an address does where nobody is: with an error of the socket, later.
 *  4. A socket is given away paused, with the bytes that were read too far in front, and no listener of ours.
 */
import { type NetConnectOpts, Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { pipeNameOf, pipePath } from '../../client/PipeName.js'
import { type Address, describeAddressFault, hostOf, pathFault } from './Address.js'
import type { SystemError } from '../transport/SystemError.js'

/** The hand that holds the socket. */
export interface Hand {
  /** A paused socket on its way to `at`. */
  readonly dial: (at: Address) => Socket
  readonly drop: () => void
  /** Gives the socket in hand away; `unread` are bytes of it that came and were not for us. */
  readonly give: (socket: Socket, unread: Uint8Array) => Socket
}

/** A hand with nothing in it. */
export function emptyHand(): Hand {
  let held: Socket | undefined

  function drop(): void {
    // The listener for errors stays: whatever is on its way to a destroyed socket is nobody's concern.
    held?.destroy()
    held = undefined
  }

  return {
    dial: (at) => {
      drop()
      held = dialled(at)
      return held
    },
    drop,
    give: (socket, unread) => {
      held = undefined
      socket.pause()
      if (unread.length > 0) socket.unshift(unread)
      return socket.off('error', ignore)
    },
  }
}

/**
 * Where a backend is that a broker has named on this platform (SPEC M5). Only Windows has endpoints that
 * cannot be any.
 */
export function endpointAddress(endpoint: string, platform: string): Either<SystemError, Address> {
  if (platform !== 'win32') return E.right({ _tag: 'Socket', path: endpoint })
  const name = pipeNameOf(endpoint)
  return name._tag === 'Right'
    ? E.right({ _tag: 'Pipe', path: pipePath(name.right) })
    : E.left({ code: name.left._tag, message: `${JSON.stringify(endpoint)} is not the name of a pipe` })
}

function dialled(at: Address): Socket {
  const socket = new Socket().on('error', ignore).pause()
  const fault = at._tag === 'Socket' ? pathFault(at.path, process.platform) : undefined
  if (fault !== undefined) return socket.destroy(Object.assign(new Error(describeAddressFault(fault)), { code: fault._tag }))
  try {
    return socket.connect(connectOptions(at))
  } catch (error) {
    // Node throws for what can be no address at all.
    return socket.destroy(error as Error)
  }
}

function connectOptions(at: Address): NetConnectOpts {
  return at._tag === 'Tcp' ? { host: hostOf(at), port: at.port, noDelay: true } : { path: at.path }
}

function ignore(): void {}
