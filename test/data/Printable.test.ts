import { printable } from 'hello-negotiation'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('printable', () => {
  it.each([
    ['a\nb', 'a\\u000ab'],
    ['\u001b[2J', '\\u001b[2J'],
    ['\u202eevil', '\\u202eevil'],
    ['\u200b\ufeff', '\\u200b\\ufeff'],
    ['\ud800', '\\ud800'],
    ['\uffff', '\\uffff'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('escapes %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('leaves nothing that could move a cursor or turn reading around, whatever comes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    }))
  })

  it('leaves visible text as it is', () => {
    fc.assert(fc.property(fc.stringMatching(/^[ -~é漢🐚]*$/u), (text) => {
      expect(printable(text)).toBe(text)
    }))
  })
})
