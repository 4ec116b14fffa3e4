/**
 * An immutable queue of bytes: chunks go in at the back, whole runs come out at the front.
 *
 * **State** a view `[start, end)` of a buffer that versions of one queue share. A buffer is only ever
 * written beyond the end of every version that can see it: `claimed` says how far that is, and a
 * version that is not the newest writes into a buffer of its own. So sharing is never observable.
 *
 * **Laws**
 *  1. What is taken is what was pushed, in order, however it was cut into chunks.
 *  2. No operation changes what an older version holds, nor does a later write to a pushed chunk.
 *  3. Pushing and taking n bytes along one line of versions costs O(n), whatever the chunks; the queue
 *     never holds a buffer of more than about twice the bytes it has to.
 */
import { copyBytes, NO_BYTES } from './Bytes.js'
import { type Step, step } from './Step.js'

/**
 * Bytes that were pushed and not yet taken.
 *
 * @category model
 * @since 0.1.0
 */
export interface ByteQueue {
  readonly start: number
  readonly end: number
  readonly buffer: Uint8Array
  /** One cell: how much of `buffer` is spoken for. The one thing here that is ever written twice. */
  readonly claimed: Uint32Array
}

/** Small enough to cost nothing, large enough that a usual Hello fits without growing. */
const LEAST_CAPACITY = 64

/** Below this a buffer is not worth copying to make it smaller. */
const COMPACTED_MIN_BYTES = 1_024

/**
 * The queue without bytes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const EMPTY_QUEUE: ByteQueue = Object.freeze({
  start: 0, end: 0, buffer: NO_BYTES, claimed: new Uint32Array(1),
})

/**
 * The queue with a copy of `chunk` at its back.
 *
 * @category steps
 * @since 0.1.0
 */
export function push(queue: ByteQueue, chunk: Uint8Array): ByteQueue {
  if (chunk.length === 0) return queue
  const end = queue.end + chunk.length
  const mayAppend = queue.claimed[0] === queue.end && end <= queue.buffer.length
  return mayAppend ? appended(queue, chunk, end) : regrown(queue, chunk)
}

/**
 * Takes `count` bytes, a copy, off the front; all there are where there are fewer.
 *
 * @category steps
 * @since 0.1.0
 */
export function take(queue: ByteQueue, count: number): Step<ByteQueue, Uint8Array> {
  const rest = drop(queue, count)
  const taken = size(queue) - size(rest)
  return step(rest, copyBytes(queue.buffer, queue.start, queue.start + taken))
}

/**
 * Drops `count` bytes off the front; all there are where there are fewer.
 *
 * @category steps
 * @since 0.1.0
 */
export function drop(queue: ByteQueue, count: number): ByteQueue {
  if (!(count > 0)) return queue
  if (count >= size(queue)) return EMPTY_QUEUE
  const rest = { ...queue, start: queue.start + count }
  // What is left of a large frame's buffer must not go on holding all of it.
  return size(rest) * 4 < queue.buffer.length && queue.buffer.length > COMPACTED_MIN_BYTES ? regrown(rest, NO_BYTES) : rest
}

/**
 * The number of bytes held.
 *
 * @category queries
 * @since 0.1.0
 */
export function size(queue: ByteQueue): number {
  return queue.end - queue.start
}

function appended(queue: ByteQueue, chunk: Uint8Array, end: number): ByteQueue {
  queue.buffer.set(chunk, queue.end)
  queue.claimed[0] = end
  return { ...queue, end }
}

/** Doubling what is held, not what was ever pushed: bytes taken before are left behind with the old buffer. */
function regrown(queue: ByteQueue, chunk: Uint8Array): ByteQueue {
  const held = size(queue)
  const end = held + chunk.length
  const buffer = new Uint8Array(Math.max(end, 2 * held, LEAST_CAPACITY))
  if (held > 0) buffer.set(queue.buffer.subarray(queue.start, queue.end))
  buffer.set(chunk, held)
  return { start: 0, end, buffer, claimed: claim(end) }
}

function claim(end: number): Uint32Array {
  const claimed = new Uint32Array(1)
  claimed[0] = end
  return claimed
}
