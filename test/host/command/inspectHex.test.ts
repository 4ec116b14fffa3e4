/**
 * Hex as people paste it.
 */
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { toHex } from 'hello-negotiation'
import { describeHexError, parseHex } from '../../../src/host/command/inspect/index.js'

const bytesOf = (...bytes: ReadonlyArray<number>): unknown => ({ _tag: 'Right', right: Uint8Array.from(bytes) })

describe('parseHex', () => {
  it.each([
    ['', []],
    ['01ff', [1, 255]],
    ['01 FF\n\t0a\r\n', [1, 255, 10]],
    ['0x01, 0XfF, 0x0a', [1, 255, 10]],
    ['01:ff:0a', [1, 255, 10]],
    ['0x01ff0a', [1, 255, 10]],
    ['\ufeff01', [1]],
  ])('reads %j', (text, bytes) => {
    expect(parseHex(text)).toEqual(bytesOf(...bytes))
  })

  it.each([
    ['01 0g', { _tag: 'NotHexDigit', offset: 4, character: 'g' }],
    ['z', { _tag: 'NotHexDigit', offset: 0, character: 'z' }],
    ['010', { _tag: 'HalfByte', offset: 2, character: '0' }],
    ['01 f 02', { _tag: 'HalfByte', offset: 3, character: 'f' }],
    ['0x', { _tag: 'NotHexDigit', offset: 1, character: 'x' }],
    ['0x1', { _tag: 'HalfByte', offset: 2, character: '1' }],
    ['0x0x01', { _tag: 'NotHexDigit', offset: 3, character: 'x' }],
    ['01-02', { _tag: 'NotHexDigit', offset: 2, character: '-' }],
    ['01😀', { _tag: 'NotHexDigit', offset: 2, character: '😀' }],
  ])('refuses %j and says where', (text, left) => {
    expect(parseHex(text)).toEqual({ _tag: 'Left', left })
  })

  it('describes an error in a text that a terminal can print', () => {
    expect(describeHexError({ _tag: 'NotHexDigit', offset: 3, character: '\u001b' })).toBe(
      '"\\u001b" at offset 3 is not a hex digit',
    )
    expect(describeHexError({ _tag: 'HalfByte', offset: 0, character: 'f' })).toBe(
      '"f" at offset 0 is half a byte: hex digits go in pairs',
    )
  })

  it('reads bytes back from any grouping of their digits', () => {
    const separator = fc.constantFrom('', ' ', ':', ', ', '\n', ' 0x', '\t')
    const chunk = fc.record({ bytes: fc.uint8Array({ minLength: 1 }), separator, isUpper: fc.boolean() })
    fc.assert(fc.property(fc.array(chunk), (chunks) => {
      const text = chunks.map(({ bytes, separator, isUpper }) =>
        separator + (isUpper ? toHex(bytes).toUpperCase() : toHex(bytes))).join('')
      expect(parseHex(text)).toEqual(bytesOf(...chunks.flatMap(({ bytes }) => [...bytes])))
    }))
  })

  it('answers for any text, and an error names a character that stands at its offset', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0fxX: ,\ng') }))
    fc.assert(fc.property(text, (text) => {
      const parsed = parseHex(text)
      if (parsed._tag === 'Left') expect(text.slice(parsed.left.offset).startsWith(parsed.left.character)).toBe(true)
    }))
  })
})
