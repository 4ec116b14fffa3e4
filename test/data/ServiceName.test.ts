import fc from 'fast-check'
import { isServiceName, parseServiceName } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'

const LEGAL = 'abcdefghijklmnopqrstuvwxyz0123456789-'

/** The rule as SPEC H2 says it, character by character. */
function isLegal(text: string): boolean {
  return text.length >= 1 && text.length <= 64 && [...text].every((character) => LEGAL.includes(character))
}

describe('parseServiceName', () => {
  it('accepts exactly 37 of all single code units (SPEC H2)', () => {
    const units = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit))
    expect(units.filter(isServiceName).sort().join('')).toBe([...LEGAL].sort().join(''))
  })

  it('agrees with the rule on every text (SPEC H2)', () => {
    const almost = fc.string({ unit: fc.constantFrom(...LEGAL, ...LEGAL, 'A', '_', '.', 'é', '\n'), maxLength: 70 })
    const legal = fc.string({ unit: fc.constantFrom(...LEGAL), maxLength: 70 })
    fc.assert(fc.property(fc.oneof(fc.string(), almost, legal), (text) => {
      expect(isServiceName(text)).toBe(isLegal(text))
      expect(parseServiceName(text)).toEqual(
        isLegal(text) ? { _tag: 'Right', right: text } : { _tag: 'Left', left: { _tag: 'InvalidServiceName', actual: text } },
      )
    }), { numRuns: 500 })
  })

  it('takes 64 characters and not 65, nor none (SPEC H2)', () => {
    expect(['', 'a', 'a'.repeat(64), 'a'.repeat(65)].map(isServiceName)).toEqual([false, true, true, false])
  })

  it('refuses upper case rather than folding it (SPEC H2)', () => {
    expect(parseServiceName('ZCCache')).toEqual({ _tag: 'Left', left: { _tag: 'InvalidServiceName', actual: 'ZCCache' } })
  })

  it('knows no special names, and no line end after a good one (SPEC H2)', () => {
    expect(['-', '---', 'constructor', '0'].every(isServiceName)).toBe(true)
    expect(['zccache\n', ' zccache', '__proto__'].some(isServiceName)).toBe(false)
  })
})
