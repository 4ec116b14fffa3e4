/**
 * A stream that two processes have open, and of which at most one may read.
 *
 * To pause a socket is not enough: Node reads on into its own buffer, and what is in one process's buffer
 * the other one never sees. So the kernel's side of it is stopped too. Node has no public word for that;
 * the handle's own is used where it is there, and where it is not, no stream is ever held.
 *
 * **Laws**
 *  1. Of a stream that is held nothing is read, neither bytes nor its end, until it is let go.
 *  2. No byte is lost: what Node had read already is handed out by `holdStream`.
 */
import { Socket } from 'node:net'

interface ReadHandle {
  reading: boolean
  readonly readStop: () => number
}

/** @internal Stops reading; gives what Node has read and nobody taken, or `undefined` where it cannot be stopped. */
export function holdStream(socket: Socket): Uint8Array | undefined {
  const handle = readHandleOf(socket)
  if (handle === undefined) return undefined
  socket.pause()
  // Taking bytes out of the buffer makes Node read again, so the handle is stopped last; this is all one turn.
  const buffered = (socket.read() as Uint8Array | null) ?? NOTHING
  handle.readStop()
  handle.reading = false
  return buffered
}

/** @internal Stops reading a socket that has just come from another process, and of which nothing has been read. */
export function holdReceived(socket: Socket): boolean {
  const handle = readHandleOf(socket)
  if (handle === undefined) return false
  handle.readStop()
  handle.reading = false
  return true
}

/** @internal Lets a stream be read again; whether it flows is for its user to say. */
export function letGo(socket: Socket): void {
  if (!socket.destroyed) socket._read(0)
}

/** @internal Keeps Node from counting a socket to its server once it is sent: the server would wait for the other process. */
export function forgetServer(socket: Socket): void {
  (socket as { server?: unknown }).server = undefined
}

/** @internal Closes what came with a message, where it is a stream: nobody else would. */
export function closeCopy(handle: unknown): void {
  if (!(handle instanceof Socket)) return
  handle.on('error', () => undefined)
  handle.destroy()
}

const NOTHING = new Uint8Array(0)

function readHandleOf(socket: Socket): ReadHandle | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<ReadHandle> | null }
  return typeof handle?.readStop === 'function' ? (handle as ReadHandle) : undefined
}
