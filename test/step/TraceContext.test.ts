import * as fc from 'fast-check'
import { TraceContext } from 'hello-negotiation/step'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const { backendHeaders, isTraceparent, isTracestate } = TraceContext

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT_ID = 'b7ad6b7169203331'
const PARENT = `00-${TRACE_ID}-${PARENT_ID}-01`

const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`))
const notZero = (text: string) => !/^0*$/.test(text)
const version = hex(2).filter((text) => text !== 'ff')
const traceparent = fc.tuple(version, hex(32).filter(notZero), hex(16).filter(notZero), hex(2))
  .map((parts) => parts.join('-'))

const key = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_*\/-]{0,20}$/),
  fc.stringMatching(/^[a-z0-9][a-z0-9_*\/-]{0,20}@[a-z][a-z0-9_*\/-]{0,13}$/),
)
const value = fc.stringMatching(/^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,30}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/)
const blank = fc.constantFrom('', '', ' ', '\t', ' \t ')
const member = fc.tuple(blank, key, value, blank)
const tracestate = fc.uniqueArray(member, { minLength: 1, maxLength: 32, selector: ([, name]) => name })
  .map((members) => members.map(([before, name, text, after]) => `${before}${name}=${text}${after}`).join(','))

describe('isTraceparent (DIV-C1)', () => {
  it.each([
    PARENT,
    `00-${TRACE_ID}-${PARENT_ID}-00`,
    `00-${TRACE_ID}-${PARENT_ID}-ff`,
    `01-${TRACE_ID}-${PARENT_ID}-01`,
    `fe-${TRACE_ID}-${PARENT_ID}-01`,
    `cc-${TRACE_ID}-${PARENT_ID}-01-what-the-future-will-be-like`,
    `cc-${TRACE_ID}-${PARENT_ID}-01-`,
    `00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01`,
  ])('takes %j', (text) => {
    expect(isTraceparent(text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['upper case', PARENT.toUpperCase()],
    ['the forbidden version', `ff-${TRACE_ID}-${PARENT_ID}-01`],
    ['no trace id', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['no parent id', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['more than version 00 has', `${PARENT}-more`],
    ['an end of version 00 that is one dash', `${PARENT}-`],
    ['more without a dash', `cc-${TRACE_ID}-${PARENT_ID}-01.what`],
    ['a short trace id', `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`],
    ['a long parent id', `00-${TRACE_ID}-${PARENT_ID}0-01`],
    ['no flags', `00-${TRACE_ID}-${PARENT_ID}`],
    ['flags of one digit', `00-${TRACE_ID}-${PARENT_ID}-1`],
    ['other letters', `00-${TRACE_ID.replace('a', 'g')}-${PARENT_ID}-01`],
    ['digits that are not ASCII', `00-${TRACE_ID}-${PARENT_ID}-٠١`],
    ['space around it', ` ${PARENT}`],
    ['a line end after it', `${PARENT}\n`],
    ['another header behind it', `${PARENT}\r\nx: y`],
    ['another header in its future', `cc-${TRACE_ID}-${PARENT_ID}-01-a\r\nx: y`],
    ['a zero byte', `${PARENT}\0`],
    ['a space in its future', `cc-${TRACE_ID}-${PARENT_ID}-01-a b`],
  ])('refuses %s', (_, text) => {
    expect(isTraceparent(text)).toBe(false)
  })

  it('takes a future one of 512 characters, and none longer', () => {
    const future = (length: number) => `cc-${TRACE_ID}-${PARENT_ID}-01-`.padEnd(length, 'x')
    expect([512, 513].map((length) => isTraceparent(future(length)))).toEqual([true, false])
  })

  it('takes every one that the standard’s grammar makes', () => {
    fc.assert(fc.property(traceparent, (text) => {
      expect(isTraceparent(text)).toBe(true)
    }))
  })
})

describe('isTracestate (DIV-C1)', () => {
  it.each([
    'rojo=00f067aa0ba902b7',
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'rojo=1 , \tcongo=2',
    'a=1,,b=2,',
    'fw529a3039@dt=FfAxAYIsm4s',
    '0tenant@system=1',
    'a=1 2',
    'a= x',
    'a*_-/9=~!"#',
    `${'a'.repeat(256)}=1`,
    `${'1'.repeat(241)}@${'a'.repeat(14)}=1`,
    `a=${'v'.repeat(256)}`,
  ])('takes %j', (text) => {
    expect(isTracestate(text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['commas alone', ',,'],
    ['blanks alone', ' \t '],
    ['no value', 'a='],
    ['a blank value', 'a= '],
    ['no key', '=1'],
    ['no equals sign', 'rojo'],
    ['two equals signs', 'a=b=c'],
    ['an upper-case key', 'Rojo=1'],
    ['a key that begins with a digit, and has no tenant', '1a=1'],
    ['a key with a blank', 'a =1'],
    ['a tenant without a system', 'a@=1'],
    ['two at signs', 'a@b@c=1'],
    ['a key of 257 characters', `${'a'.repeat(257)}=1`],
    ['a tenant of 242 characters', `${'a'.repeat(242)}@b=1`],
    ['a system of 15 characters', `a@${'b'.repeat(15)}=1`],
    ['a value of 257 characters', `a=${'v'.repeat(257)}`],
    ['a value that is not ASCII', 'a=é'],
    ['a line end', 'a=1\r\nx: y'],
    ['a line end at its end', 'a=1\n'],
    ['a line end in a blank', 'a=1,\r\nb=2'],
    ['a zero byte', 'a=\0'],
    ['a delete', 'a=\x7f'],
    ['a key twice', 'a=1,b=2,a=3'],
    ['one bad member among good ones', 'a=1,B=2,c=3'],
  ])('refuses %s', (_, text) => {
    expect(isTracestate(text)).toBe(false)
  })

  it('takes 32 members, empty ones not counted, and no more', () => {
    const members = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=v`).join(',,')
    expect([32, 33].map((count) => isTracestate(members(count)))).toEqual([true, false])
  })

  it('takes 32 members of the greatest length, and no text that is longer', () => {
    const longest = Array.from({ length: 32 }, (_, i) => `${`k${i}`.padEnd(256, 'k')}=${'v'.repeat(256)}`).join(',')
    expect(isTracestate(longest)).toBe(true)
    expect([1, 2].map((commas) => isTracestate(longest + ','.repeat(commas)))).toEqual([true, false])
  })

  it('takes every one that the standard’s grammar makes', () => {
    fc.assert(fc.property(tracestate, (text) => {
      expect(isTracestate(text)).toBe(true)
    }))
  })
})

describe('backendHeaders', () => {
  it('hands on both headers as they are, traceparent first (SPEC C8)', () => {
    expect(backendHeaders(deepFreeze({ traceparent: PARENT, tracestate: 'rp=1' })))
      .toEqual([['traceparent', PARENT], ['tracestate', 'rp=1']])
  })

  it('never hands on an empty header (SPEC C8)', () => {
    expect(backendHeaders({ traceparent: PARENT, tracestate: '' })).toEqual([['traceparent', PARENT]])
    expect(backendHeaders({ traceparent: '', tracestate: '' })).toEqual([])
  })

  it('hands on no tracestate alone, and a traceparent without an illegal tracestate (DIV-C1)', () => {
    expect(backendHeaders({ traceparent: '', tracestate: 'rp=1' })).toEqual([])
    expect(backendHeaders({ traceparent: `${PARENT}\r\nx: y`, tracestate: 'rp=1' })).toEqual([])
    expect(backendHeaders({ traceparent: PARENT, tracestate: 'rp=1\r\nx: y' })).toEqual([['traceparent', PARENT]])
  })

  it('hands on nothing that could end a header, whatever comes (DIV-C1)', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), traceparent, tracestate)
    const suffix = fc.constantFrom('', '\r\n', '\n', '\0', '\x7f', 'é', ' ', ',', '-')
    const spoilt = fc.tuple(text, suffix, text).map((parts) => parts.join(''))
    fc.assert(fc.property(fc.oneof(traceparent, spoilt), fc.oneof(tracestate, spoilt), (parent, state) => {
      const headers = backendHeaders({ traceparent: parent, tracestate: state })
      expect(headers.map(([name]) => name)).toEqual(['traceparent', 'tracestate'].slice(0, headers.length))
      for (const [name, handedOn] of headers) {
        expect(handedOn).toBe(name === 'traceparent' ? parent : state)
        expect(handedOn).toMatch(/^[\t\x20-\x7e]+$/)
        expect(handedOn.length).toBeLessThanOrEqual(name === 'traceparent' ? 512 : 16_448)
      }
    }), { numRuns: 500 })
  })
})
