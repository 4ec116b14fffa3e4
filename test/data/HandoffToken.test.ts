import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import {
  fromLatin1, HANDOFF_TOKEN_BYTES, handoffToken, type HandoffToken, sameToken, tokenBytes,
} from 'hello-negotiation'
import { describe, expect, it, vi } from 'vitest'
import { tokenFromKey, tokenKey } from '../../src/data/HandoffToken.js'

const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 })

function tokenOf(bytes: Uint8Array): HandoffToken {
  const token = handoffToken(bytes)
  if (token === undefined) throw new Error(`${bytes.length} bytes are no token`)
  return token
}

describe('handoffToken', () => {
  it('is made of exactly 16 bytes (SPEC T1)', () => {
    expect(HANDOFF_TOKEN_BYTES).toBe(16)
    const lengths = Array.from({ length: 40 }, (_, length) => length)
    expect(lengths.filter((length) => handoffToken(new Uint8Array(length)) !== undefined)).toEqual([16])
  })

  it('gives its bytes back, as a copy, and as a key (law 3)', () => {
    fc.assert(fc.property(sixteen, (bytes) => {
      const input = Uint8Array.from(bytes)
      const token = tokenOf(input)
      input.fill(0xee)
      expect(tokenBytes(token)).toEqual(bytes)
      tokenBytes(token).fill(0xee)
      expect(tokenBytes(token)).toEqual(bytes)
      expect(fromLatin1(tokenKey(token))).toEqual(bytes)
      expect(sameToken(tokenFromKey(tokenKey(token)), token)).toBe(true)
    }))
  })
})

describe('sameToken', () => {
  it('holds for equal bytes and no others', () => {
    fc.assert(fc.property(sixteen, fc.nat({ max: 15 }), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
      const other = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ change : byte))
      expect(sameToken(tokenOf(bytes), tokenOf(Uint8Array.from(bytes)))).toBe(true)
      expect(sameToken(tokenOf(bytes), tokenOf(other))).toBe(false)
    }))
  })

  it('takes the same path wherever the first difference is (law 2, DIV-T1)', () => {
    const token = tokenOf(new Uint8Array(16))
    const looked = vi.spyOn(String.prototype, 'charCodeAt')
    const counts = Array.from({ length: 16 }, (_, at) => {
      const other = tokenOf(Uint8Array.from({ length: 16 }, (_, i) => (i === at ? 1 : 0)))
      looked.mockClear()
      sameToken(token, other)
      return looked.mock.calls.length
    })
    looked.mockRestore()
    expect(new Set(counts)).toEqual(new Set([32]))
  })
})

describe('a printed token', () => {
  const secret = 'SixteenSecrets!!'
  const token = tokenFromKey(secret)
  const frozen = Object.freeze({ nested: { token, list: [token], map: new Map([['token', token]]) } })

  it('is <redacted> as a string, in a template, joined and added (law 1, SPEC T7, DIV-T3)', () => {
    expect(String(token)).toBe('<redacted>')
    expect(`${token as unknown as string}`).toBe('<redacted>')
    expect([token, token].join()).toBe('<redacted>,<redacted>')
    expect(`token ${String(frozen.nested.list)}`).toBe('token <redacted>')
    expect(Number(token)).toBeNaN()
  })

  it('is <redacted> in JSON, however deep (law 1, DIV-T3)', () => {
    expect(JSON.stringify(token)).toBe('"<redacted>"')
    expect(JSON.stringify({ a: [{ token }] })).toBe('{"a":[{"token":"<redacted>"}]}')
  })

  it('shows no byte where its properties are written as JSON, and is deeply equal to its like alone', () => {
    const bytes = 'secretsecretsecr'
    expect(JSON.stringify({ ...tokenFromKey(bytes) })).not.toContain('secret')
    expect(tokenFromKey(bytes)).toEqual(tokenFromKey(bytes))
    expect(tokenFromKey(bytes)).not.toEqual(tokenFromKey('secretsecretsecs'))
  })

  it('is <redacted> to util.inspect, alone and nested (law 1, DIV-T3)', () => {
    expect(inspect(token)).toBe('<redacted>')
    expect(inspect({ token })).toBe('{ token: <redacted> }')
    const shown = [{ depth: Infinity }, { showHidden: true, depth: Infinity }, { compact: false }, { getters: true }]
      .map((options) => inspect(frozen, options))
    expect(shown.filter((text) => text.includes(secret))).toEqual([])
    expect(shown[0]).toContain('<redacted>')
  })

  it.each(['%s', '%d', '%i', '%f', '%j', '%o', '%O'])('shows no byte to the console as %s (law 1, DIV-T3)', (specifier) => {
    expect(format(specifier, token)).toMatch(/redacted|NaN/)
    expect(format(specifier, token)).not.toContain(secret)
    expect(format(specifier, frozen)).not.toContain(secret)
  })

  it('is <redacted> in what console.log and console.error write (law 1, DIV-T3)', () => {
    const written: Array<string> = []
    const stream = new Writable({
      write: (chunk, _, done) => {
        written.push(String(chunk))
        done()
      },
    })
    const console = new Console(stream, stream)
    console.log(token, frozen)
    console.error('%s', token)
    console.table([{ token }])
    expect(written.join('')).toContain('<redacted>')
    expect(written.join('')).not.toContain(secret)
  })

  it('shows nothing to enumeration', () => {
    expect(Object.keys(token)).toEqual([])
    expect(Object.entries(token)).toEqual([])
    expect(Object.getOwnPropertyNames(token)).toEqual([])
  })
})
