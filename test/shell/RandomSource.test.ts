import * as fc from 'fast-check'
import { TokenStore } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { spend, topUp } from '../../src/shell/RandomSource.js'
import { countingRandom } from '../support/negotiateShell.js'

describe('the block of draws', () => {
  it('is topped up only where fewer draws are left than may be needed', () => {
    const random = countingRandom()
    const full = topUp(TokenStore.NO_DRAWS, 16, random.read)
    expect(topUp(spend(full, 240), 16, random.read)).toEqual(spend(full, 240))
    expect(topUp(spend(full, 241), 16, random.read).offset).toBe(0)
    expect(random.asked).toEqual([4_096, 4_096])
  })

  it('is as large as the tries need, where they need more than a block', () => {
    const random = countingRandom()
    expect(topUp(TokenStore.NO_DRAWS, 1_000, random.read).bytes).toHaveLength(16_000)
  })

  it('keeps what it has where the source fails or gives too little (law 1)', () => {
    const left = TokenStore.draws(new Uint8Array(32))
    expect(topUp(left, 16, () => { throw new Error('no entropy') })).toBe(left)
    expect(topUp(left, 16, () => new Uint8Array(15))).toBe(left)
  })

  it('is a copy: the source may write into its buffer again', () => {
    const buffer = Buffer.alloc(4_096, 1)
    const draws = topUp(TokenStore.NO_DRAWS, 16, () => buffer)
    buffer.fill(2)
    expect(draws.bytes.every((byte) => byte === 1)).toBe(true)
  })

  it('never offers a byte again once it is used', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 16 }), { maxLength: 60 }), (uses) => {
      const random = countingRandom()
      const seen = new Set<string>()
      uses.reduce((draws, count) => {
        const topped = topUp(draws, 16, random.read)
        for (let i = 0; i < count; i += 1) {
          const start = topped.offset + 16 * i
          const offered = Buffer.from(topped.bytes.subarray(start, start + 16)).toString('latin1')
          expect(offered).toHaveLength(16)
          expect(seen.has(offered)).toBe(false)
          seen.add(offered)
        }
        return spend(topped, count)
      }, TokenStore.NO_DRAWS)
    }))
  })
})
