/**
 * What a host provides for one connection: the one interface between this library and whatever moves bytes.
 *
 * **Laws** of every transport
 *  1. `read` is called once, and the sink hears of nothing before. It hears chunks in order, of any size; then, at most once,
 *     the end of what the other side has to say; and at last, exactly once, that the connection is closed.
 *  2. `write` calls `done` once: without an error only when the transport has taken all the bytes.
 *  3. What was written before `end` still arrives; after `destroy` nothing need.
 *  4. Nothing throws, whatever is called when: what comes too late does nothing, and a write that does says so to `done`.
 */

/**
 * Who hears what a transport reads.
 *
 * @category model
 * @since 0.1.0
 */
export interface Sink {
  /** Bytes from the other side; they are the sink's, or are copied before this returns. */
  readonly onChunk: (chunk: Uint8Array) => void
  /** The other side will say no more; it may still listen. */
  readonly onEnd: () => void
  /** Nothing happens on this connection any more; why, where something went wrong. */
  readonly onClosed: (error?: Error) => void
}

/**
 * One connection's bytes, both ways.
 *
 * @category model
 * @since 0.1.0
 */
export interface Transport {
  /** Begins to read. */
  readonly read: (sink: Sink) => void
  /** Stops reading, where that can be: chunks that come all the same are thrown away. */
  readonly pause: () => void
  /** Sends bytes, which do not change any more. */
  readonly write: (bytes: Uint8Array, done: (error?: Error) => void) => void
  /** Says that nothing more will be written. */
  readonly end: () => void
  /** Ends both directions at once. */
  readonly destroy: () => void
}
