import { describe, expect, it } from 'vitest'
import { quoted } from '../../src/client/quoted.js'

describe('a text in quotes', () => {
  it('is shown whole up to 60 characters, and by its beginning and its length beyond', () => {
    expect(quoted('x'.repeat(60))).toBe(`"${'x'.repeat(60)}"`)
    expect(quoted('x'.repeat(61))).toBe(`"${'x'.repeat(60)}"… (61 characters)`)
  })
})
