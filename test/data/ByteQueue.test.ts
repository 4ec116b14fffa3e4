import fc from 'fast-check'
import { ByteQueue } from 'hello-negotiation'
import { cut } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const { drop, EMPTY_QUEUE, push, size, take } = ByteQueue

type Move =
  | { readonly _tag: 'Push'; readonly chunk: Uint8Array }
  | { readonly _tag: 'Take'; readonly count: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ _tag: fc.constant('Push' as const), chunk: fc.uint8Array({ maxLength: 100 }) }),
  fc.record({ _tag: fc.constant('Take' as const), count: fc.nat({ max: 80 }) }),
)

interface Both {
  readonly queue: ByteQueue.ByteQueue
  readonly held: ReadonlyArray<number>
}

function moved({ queue, held }: Both, move: Move): Both {
  if (move._tag === 'Push') {
    const chunk = Uint8Array.from(move.chunk)
    const next = { queue: push(queue, chunk), held: [...held, ...move.chunk] }
    // What the caller does with its chunk afterwards is the caller's business.
    chunk.fill(0xee)
    return next
  }
  const { state, value } = take(queue, move.count)
  expect([...value]).toEqual(held.slice(0, move.count))
  // The bytes taken are the taker's: writing into them must reach no queue.
  value.fill(0xdd)
  return { queue: state, held: held.slice(move.count) }
}

function check({ queue, held }: Both): void {
  expect(size(queue)).toBe(held.length)
  expect([...take(queue, held.length + 1).value]).toEqual(held)
}

describe('ByteQueue', () => {
  it('drops what take would take, and nothing for a count that is none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.oneof(fc.nat(3_100), fc.constantFrom(-1, -Infinity, Infinity, Number.NaN)), (bytes, count) => {
      const queue = push(EMPTY_QUEUE, bytes)
      const kept = count > 0 ? bytes.subarray(Math.min(count, bytes.length)) : bytes
      expect(take(drop(queue, count), bytes.length).value).toEqual(new Uint8Array(kept))
      expect(take(take(queue, count).state, bytes.length).value).toEqual(new Uint8Array(kept))
    }))
  })

  it('lets go of a large buffer once little of it is left (law 3)', () => {
    const queue = drop(push(EMPTY_QUEUE, new Uint8Array(0x10_0000).fill(7)), 0xf_ffff)
    expect(take(queue, 2).value).toEqual(Uint8Array.of(7))
    expect(queue.buffer.length).toBeLessThan(1_025)
  })

  it('keeps a buffer that is small, or of which a quarter is left (law 3)', () => {
    const [small, large] = [1_024, 2_048].map((bytes) => push(EMPTY_QUEUE, new Uint8Array(bytes))) as [ByteQueue.ByteQueue, ByteQueue.ByteQueue]
    expect(drop(small, 1_023).buffer).toBe(small.buffer)
    expect(drop(large, 1_536).buffer).toBe(large.buffer)
    expect(drop(large, 1_537).buffer).not.toBe(large.buffer)
  })

  it('fills a buffer to its last byte before it grows (law 3)', () => {
    const begun = push(EMPTY_QUEUE, new Uint8Array(63))
    const full = push(begun, new Uint8Array(1))
    expect(full.buffer).toBe(begun.buffer)
    expect(push(full, new Uint8Array(1)).buffer).not.toBe(begun.buffer)
  })

  it('holds what was pushed and not taken, in every version, whichever version goes on (laws 1 and 2)', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(), move), { maxLength: 40 }), (moves) => {
      const versions: Array<Both> = [{ queue: EMPTY_QUEUE, held: [] }]
      for (const [pick, move] of moves) {
        // Mostly the newest version goes on; now and then an older one branches off.
        const from = pick % 4 === 0 ? pick % versions.length : versions.length - 1
        versions.push(moved(versions[from] as Both, move))
      }
      versions.forEach(check)
    }))
  })

  it('gives the same bytes however they were cut into chunks (law 1)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat({ max: 9 })), (bytes, sizes) => {
      const queue = cut(bytes, sizes).reduce(push, EMPTY_QUEUE)
      expect(take(queue, bytes.length).value).toEqual(bytes)
    }))
  })

  it('gives back the very same queue for an empty chunk, and the empty queue once all is taken', () => {
    const queue = push(EMPTY_QUEUE, Uint8Array.of(1, 2))
    expect(push(queue, new Uint8Array(0))).toBe(queue)
    expect(drop(queue, 0)).toBe(queue)
    expect(take(queue, 2).state).toBe(EMPTY_QUEUE)
    expect(take(EMPTY_QUEUE, 1)).toEqual({ state: EMPTY_QUEUE, value: new Uint8Array(0) })
  })

  it('lets two futures of one version write without seeing each other (law 2)', () => {
    const base = push(EMPTY_QUEUE, Uint8Array.of(1))
    const left = push(base, Uint8Array.of(2))
    const right = push(base, Uint8Array.of(3))
    expect([left, right, base].map((queue) => [...take(queue, 9).value])).toEqual([[1, 2], [1, 3], [1]])
  })

  it('moves each byte a bounded number of times, whatever the chunks (law 3)', () => {
    const total = 100_000
    for (const chunkBytes of [1, 7, 63, 64, 65, 4_096]) {
      let queue = EMPTY_QUEUE
      let isRoomy = false
      const buffers = new Set<Uint8Array>()
      for (let pushed = 0; pushed < total; pushed += chunkBytes) {
        queue = push(queue, new Uint8Array(chunkBytes))
        buffers.add(queue.buffer)
        isRoomy ||= queue.buffer.length > Math.max(64, 2 * size(queue))
      }
      expect(isRoomy).toBe(false)
      // A buffer is filled once, so what was allocated bounds what was copied.
      const allocated = [...buffers].reduce((sum, buffer) => sum + buffer.length, 0)
      expect(allocated).toBeLessThan(4 * (total + chunkBytes))
    }
  })

  it('does not grow where as much is taken as is pushed (law 3)', () => {
    let queue = push(EMPTY_QUEUE, new Uint8Array(1_000))
    const buffers = new Set<Uint8Array>()
    for (let i = 0; i < 50_000; i += 1) {
      queue = take(push(queue, Uint8Array.of(i)), 1).state
      buffers.add(queue.buffer)
    }
    expect(Math.max(...[...buffers].map(({ length }) => length))).toBeLessThanOrEqual(2_002)
    expect(buffers.size).toBeLessThan(60)
  })
})
