/**
 * The page's state, and that state as a link.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BEGINNING, EVENTS_MAX, fold, fragmentOf, happened, HELLO, type PlayState, stateOf, states } from './page.js'

const linkOf = (value: unknown): string => btoa(unescape(encodeURIComponent(JSON.stringify(value))))

describe('the state of the page', () => {
  it('is what its link says (law 1)', () => {
    fc.assert(fc.property(states, (state) => {
      expect(stateOf(fragmentOf(state))).toEqual({ state, note: '' })
    }))
  })

  it('is the beginning, with a word about it, where a link cannot be read (law 2)', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.jsonValue().map(linkOf)), (fragment) => {
      const { state, note } = stateOf(fragment)
      expect(note === '' ? fragment : state).toBe(note === '' ? '' : BEGINNING)
    }))
  })

  it('is one that can be folded, whatever has been done to a link that could be read (law 2)', () => {
    const value = fc.oneof(fc.constantFrom(-1, 0, 1, 1e9, 1e12, 2 ** 53, null, '', 'x', true, [], {}, '__proto__'), fc.jsonValue())
    fc.assert(fc.property(states, fc.array(fc.tuple(fc.nat(), value), { minLength: 1, maxLength: 3 }), (state, changes) => {
      const link = JSON.parse(decodeURIComponent(escape(atob(fragmentOf(state).replaceAll('-', '+').replaceAll('_', '/'))))) as object
      for (const [at, to] of changes) {
        const places = placesOf(link)
        const place = places[at % places.length]
        if (place !== undefined) place.holder[place.name] = to
      }
      const { state: read, note } = stateOf(linkOf(link))
      expect(note === '' || read === BEGINNING).toBe(true)
      expect(() => fold(read)).not.toThrow()
    }))
  })

  it.each<[string, object]>([
    ['a negative clock', { nowMs: -1 }], ['a clock beyond its end', { nowMs: 1e12 + 1 }], ['a pid with a fraction', { pid: 1.5 }],
    ['a pid of 33 bits', { pid: 2 ** 32 }], ['a name that is long', { hello: { ...HELLO, serviceName: 'a'.repeat(201) } }],
    ['a way to break that there is not', { hello: { ...HELLO, breakage: 'toString' } }],
    ['a limit beyond its end', { policy: { ...BEGINNING.policy, maxPerWindow: 1_001 } }], ['nothing selected, twice', { selected: -2 }],
    ['too many events', { events: Array.from({ length: EVENTS_MAX + 1 }, () => ({ kind: 'expire', atMs: 0 })) }],
  ])('is not read from a link with %s (law 2)', (_, change) => {
    expect(stateOf(linkOf({ ...BEGINNING, hellos: [], ...change })).state).toBe(BEGINNING)
    expect(stateOf(linkOf({ ...BEGINNING, hellos: [] })).note).toBe('')
  })

  it('is not read from a link whose event names a Hello that is not there (law 2)', () => {
    const { hellos: _, ...link } = { ...BEGINNING, events: [{ kind: 'hello', atMs: 0, pid: 1, hello: 7 }], hellos: [HELLO] }
    expect(stateOf(linkOf({ ...link, hellos: [HELLO] })).state).toBe(BEGINNING)
    expect(stateOf(linkOf(link)).note).not.toBe('')
  })

  it('holds no more than a link can, and a link is short for its events', () => {
    const more = (state: PlayState): PlayState => happened(state, { kind: 'hello', pid: 1, hello: HELLO })
    const full = Array.from({ length: EVENTS_MAX + 5 }).reduce<PlayState>(more, BEGINNING)
    expect(full.events).toHaveLength(EVENTS_MAX)
    expect(fragmentOf(full).length).toBeLessThan(32_768)
  })
})

interface Place { readonly holder: Record<string, unknown>; readonly name: string }

/** Every place in a JSON value at which something else could stand. */
function placesOf(value: unknown): ReadonlyArray<Place> {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [{ holder: value as Record<string, unknown>, name }, ...placesOf(inner)])
}
