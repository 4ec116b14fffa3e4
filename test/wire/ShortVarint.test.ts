import fc from 'fast-check'
import { varintBytes } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { cursor, readUint64 } from '../../src/wire/Cursor.js'
import { NOT_SHORT, shortVarint, sizeOf, valueOf } from '../../src/wire/ShortVarint.js'
import { join } from './support.js'

/** Values of every length, often at the edge of one, written in as many bytes as they need or in more. */
const varints = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.nat({ max: 2 }), fc.nat({ max: 4 })).map(([bits, off, spare]) => {
  const value = BigInt(Math.max(0, 2 ** bits + off - 1))
  return Uint8Array.from(varintBytes(value, Math.ceil(value.toString(2).length / 7) + spare))
})

describe('shortVarint', () => {
  it('reads what a cursor reads, where it takes one to three bytes (laws 1 and 2, SPEC W1)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3 }), varints, fc.uint8Array({ maxLength: 3 }), (before, bytes, after) => {
      const all = join(before, bytes, after)
      const varint = shortVarint(all, before.length, all.length)
      if (bytes.length > 3) {
        expect(varint).toBe(NOT_SHORT)
        return
      }
      const c = cursor(all, before.length)
      expect([BigInt(valueOf(varint)), before.length + sizeOf(varint)]).toEqual([readUint64(c), c.position])
    }), { numRuns: 1_000 })
  })

  it('does not look beyond the end that it is told (law 2, SPEC W9)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3 }), varints, (before, bytes) => {
      const all = join(before, bytes)
      for (let end = before.length; end < all.length; end += 1) expect(shortVarint(all, before.length, end)).toBe(NOT_SHORT)
    }))
  })
})
