/**
 * A socket that has its reply, and of which nothing more is read: it may go to another process.
 */
import type { Socket } from 'node:net'
import type { Keeper, Left } from '../../transport/Conversation.js'
import { holdStream, letGo } from './holdStream.js'

/** @internal The stream, with what was read behind the Hello, and ways to end it. */
export interface Held extends Left {
  readonly stream: Socket
}

/** @internal Takes a held stream over, and gives what to call, at least once, when it is closed. */
export type Taker = (held: Held) => (() => void) | undefined

/** @internal Holds the stream for whoever takes it; nobody keeps it where it cannot be held. */
export function keeperOf(taker: Taker | undefined, stream: Socket): Keeper | undefined {
  const unread = taker && holdStream(stream)
  if (taker === undefined || unread === undefined) return undefined
  return {
    take: (left) => taker({ ...left, stream, remainder: joined(left.remainder, unread) }),
    letGo: () => {
      letGo(stream)
      stream.resume()
    },
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return second.length === 0 ? first : new Uint8Array(Buffer.concat([first, second]))
}
