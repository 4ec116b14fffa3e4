import { systemClock, systemRandom } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'

describe('the process\'s own clock and randomness', () => {
  it('never jumps back', () => {
    const readings = Array.from({ length: 1_000 }, () => systemClock())
    expect(readings).toEqual([...readings].sort((a, b) => a - b))
    expect(readings[0]).toBeGreaterThan(0)
  })

  it.each([0, 1, 4_096, 65_536, 65_537, 200_000])('gives %i bytes, beyond what the platform gives at once too', (byteCount) => {
    expect(systemRandom(byteCount)).toHaveLength(byteCount)
  })

  it('fills every part of what it gives', () => {
    const bytes = systemRandom(200_000)
    // A thousand zeros in a row come up by chance once in 2^8000 draws: they would be a part never filled.
    const parts = Array.from({ length: 200 }, (_, i) => bytes.subarray(1_000 * i, 1_000 * (i + 1)))
    expect(parts.filter((part) => part.every((byte) => byte === 0))).toEqual([])
  })
})
