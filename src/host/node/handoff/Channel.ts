/**
 * The channel between two processes, of which one started the other: messages, and sockets beside them.
 *
 * **Laws**
 *  1. `sendOver` never throws, and says at most once how it went, never before it has returned. Where the
 *     channel dies with messages queued, Node says nothing of them: their sender waits for `disconnect`.
 */
import type { Socket } from 'node:net'
import { type SystemError, systemError } from '../../transport/SystemError.js'

/**
 * One end of a channel: a `ChildProcess` that was forked, or `process` in such a child.
 *
 * @category model
 * @since 0.1.0
 */
export interface Channel {
  readonly connected: boolean
  send?(
    message: object, handle?: Socket, options?: { readonly keepOpen?: boolean }, callback?: (error: Error | null) => void,
  ): boolean
  on(event: 'disconnect', listener: () => void): unknown
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown
  off(event: 'disconnect', listener: () => void): unknown
  off(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown
}

/** @internal Whether messages can be sent over the channel now. */
export function isOpen({ connected, send }: Channel): boolean {
  return connected && send !== undefined
}

/** @internal Sends a message, with a copy of a socket where one is given; `done` hears the error, if there is one. */
export function sendOver(
  channel: Channel, message: object, handle: Socket | undefined, done: (error: SystemError | undefined) => void,
): void {
  const told = (error: unknown): void => done(error === null || error === undefined ? undefined : systemError(error))
  try {
    if (channel.send === undefined) process.nextTick(told, NO_CHANNEL)
    else channel.send(message, handle, { keepOpen: true }, told)
  } catch (error) {
    process.nextTick(told, error)
  }
}

const NO_CHANNEL: SystemError = { code: 'ERR_IPC_CHANNEL_CLOSED', message: 'there is no channel to the other process' }
