import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { replyPool } from '../../src/shell/ReplyPool.js'

describe('the reply pool', () => {
  it('gives as many bytes as asked, and none twice', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 }), (sizes) => {
      const allocate = replyPool()
      const given = sizes.map((size, i) => allocate(size).fill(i + 1))
      expect(given.map(({ length }) => length)).toEqual(sizes)
      given.forEach((bytes, i) => expect(bytes.every((byte) => byte === i + 1)).toBe(true))
    }))
  })

  it('goes on when somebody has transferred what it gave out', () => {
    const allocate = replyPool()
    const buffer = allocate(10).buffer as ArrayBuffer
    structuredClone(buffer, { transfer: [buffer] })
    expect(allocate(10)).toHaveLength(10)
  })
})
