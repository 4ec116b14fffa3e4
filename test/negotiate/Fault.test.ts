import * as fc from 'fast-check'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import {
  closed, decodeWith, describeFault, mapOf, optional, refined, secret, shown, withDefault,
} from '../../src/negotiate/Fault.js'
import { SessionHalfCodec } from '../../src/negotiate/Policy.js'
import { leftOf } from '../support/negotiate.js'

const Small = refined<number>('a number below 10', (value): value is number => typeof value === 'number' && value < 10)
const Point = closed('a point', { x: Small, y: withDefault(Small, 7) })

function lines<A, O>(codec: t.Type<A, O>, input: unknown): ReadonlyArray<string> {
  return leftOf(decodeWith(codec, input)).map(describeFault)
}

describe('a fault', () => {
  it('reads as one line, and says "input" where it has no path', () => {
    const fault = { _tag: 'Fault', path: 'a.b', found: '5', expected: 'a text' } as const
    expect(describeFault(fault)).toBe('a.b: found 5; expected a text')
    expect(describeFault({ ...fault, path: '' })).toBe('input: found 5; expected a text')
  })

  it.each([
    [null, 'null'], [undefined, 'nothing'], [true, 'true'], [-0.5, '-0.5'], [12n, '12'], ['x"\n', '"x\\"\\n"'],
    [[1, 2], 'a list of 2'], [{ a: 1 }, 'an object'], [() => 1, 'a function'], [Symbol('x'), 'a symbol'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`], ['x'.repeat(61), `"${'x'.repeat(60)}"… (61 characters)`],
  ])('shows %o as %s (law 2)', (value, found) => {
    expect(shown(value)).toBe(found)
  })

  it('is one for each place, by paths of fields, places in lists, and odd names in quotes (law 1)', () => {
    const nested = closed('a nest', { points: t.readonlyArray(Point), by: t.record(t.string, Small) })
    const by = { '7': 10, '7th': 10, no7: 10, 'a b': 10, ok: 1, [`${'k'.repeat(70)} `]: 10 }
    expect(lines(nested, { points: [{ x: 1 }, { x: 11, y: 12 }], by })).toEqual([
      'points[1].x: found 11; expected a number below 10',
      'points[1].y: found 12; expected a number below 10',
      'by[7]: found 10; expected a number below 10',
      'by["7th"]: found 10; expected a number below 10',
      'by.no7: found 10; expected a number below 10',
      'by["a b"]: found 10; expected a number below 10',
      `by["${'k'.repeat(60)}"]: found 10; expected a number below 10`,
    ])
  })
})

describe('the codecs that find faults', () => {
  it('fill in a default where there is nothing, and only there', () => {
    expect(decodeWith(Point, { x: 1 })).toEqual({ _tag: 'Right', right: { x: 1, y: 7 } })
    expect(leftOf(decodeWith(Point, { x: 1, y: null })))
      .toEqual([{ _tag: 'Fault', path: 'y', found: 'null', expected: 'a number below 10' }])
  })

  it('name the fields there are for one there is not, and never show what stands in it', () => {
    expect(lines(Point, { x: 11, z: 'a secret' })).toEqual([
      'x: found 11; expected a number below 10', 'z: found an unexpected field; expected one of the fields x, y',
    ])
    expect(lines(Point, JSON.parse('{"x": 1, "__proto__": 1, "constructor": 1}'))).toHaveLength(2)
  })

  it('never show what stands in a secret (law 2)', () => {
    const hiding = closed('outer', { inner: secret(Point) })
    expect(lines(hiding, { inner: { x: 4242, z: 1 } })).toEqual([
      'inner.x: found something else, not shown here; expected a number below 10',
      'inner.z: found an unexpected field; expected one of the fields x, y',
    ])
    expect(lines(hiding, { inner: 'hush' })).toEqual(['inner: found something else, not shown here; expected a point'])
  })

  it('answer for a value that cannot be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(leftOf(decodeWith(Point, proxy)))
      .toEqual([{ _tag: 'Fault', path: '', found: 'something that cannot be read', expected: 'a point' }])
  })

  it('give every value back that they encode', () => {
    fc.assert(fc.property(fc.record({ x: fc.integer({ max: 9 }), y: fc.integer({ max: 9 }) }), (point) => {
      expect(decodeWith(Point, secret(Point).encode(point))).toEqual({ _tag: 'Right', right: point })
    }))
  })

  it('take what may be missing for `undefined`, and write it as it came', () => {
    const maybe = optional(Point, null)
    expect(decodeWith(maybe, null)).toEqual({ _tag: 'Right', right: undefined })
    expect([maybe.encode(undefined), maybe.encode({ x: 1, y: 2 })]).toEqual([null, { x: 1, y: 2 }])
    expect(lines(maybe, undefined)).toEqual(['input: found nothing; expected a point'])
    expect([undefined, { x: 1, y: 2 }, null, 'x'].map(maybe.is)).toEqual([true, true, false, false])
  })

  it('find the fault in a key of a map as well as in its value (law 1)', () => {
    const Key = refined<string>('a short text', (value): value is string => typeof value === 'string' && value.length < 3)
    const map = mapOf('a map', Key, Small)
    expect(decodeWith(map, { a: 1, b: 2 })).toEqual({ _tag: 'Right', right: new Map([['a', 1], ['b', 2]]) })
    expect(lines(map, { a: 11, long: 1 })).toEqual([
      'a: found 11; expected a number below 10', 'long: found "long"; expected a short text',
    ])
    expect(lines(map, [])).toEqual(['input: found a list of 0; expected a map'])
    expect(map.encode(new Map([['a', 1]]))).toEqual({ a: 1 })
    expect([new Map(), {}].map(map.is)).toEqual([true, false])
  })

  it('recognise what they decode, and nothing else', () => {
    expect([SessionHalfCodec.is('sixteen characts'), SessionHalfCodec.is(undefined)]).toEqual([true, false])
    expect([Point, secret(Point)].map((codec) => [codec.is({ x: 1, y: 2 }), codec.is({ x: 11, y: 2 })]))
      .toEqual([[true, false], [true, false]])
  })
})
