import fc from 'fast-check'
import { PersistentMap } from 'hello-negotiation'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const { empty, first, get, latin1Bits, numberBits, reduce, remove, removeAll, set, size, takeWhile } = PersistentMap

// Few keys, so that they are set twice and removed, and many that agree on all but a few bits.
const numbers = fc.oneof(
  fc.nat({ max: 40 }),
  fc.constantFrom(0, 2 ** 30, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 35, 2 ** 52, 2 ** 53 - 2, 2 ** 53 - 1),
  fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(2 ** 5, 2 ** 29, 2 ** 31, 2 ** 40, 2 ** 50)).map(([n, step]) => n * step),
)
const strings = fc.oneof(
  fc.nat({ max: 255 }).map((last) => 'x'.repeat(15) + String.fromCharCode(last)),
  fc.nat({ max: 255 }).map((first) => String.fromCharCode(first) + 'x'.repeat(15)),
  fc.tuple(fc.nat({ max: 15 }), fc.constantFrom('\x00', '\x01', '\x80', '\xff'))
    .map(([at, character]) => '\x00'.repeat(at) + character + '\x00'.repeat(15 - at)),
)

const families = [
  { name: 'numbers up to 2^53 - 1', keys: numbers as fc.Arbitrary<unknown>, bitsOf: numberBits as PersistentMap.KeyBits<unknown> },
  { name: 'strings of 16 bytes', keys: strings as fc.Arbitrary<unknown>, bitsOf: latin1Bits as PersistentMap.KeyBits<unknown> },
]

interface Edit {
  readonly key: unknown
  /** Undefined to remove the key. */
  readonly value: number | undefined
}

const editsOf = (keys: fc.Arbitrary<unknown>): fc.Arbitrary<ReadonlyArray<Edit>> =>
  fc.array(fc.record({ key: keys, value: fc.option(fc.nat(), { nil: undefined }) }), { maxLength: 60 })

type Pmap = PersistentMap.PersistentMap<unknown, number>

function edited(map: Pmap, { key, value }: Edit): Pmap {
  return value === undefined ? remove(map, key) : set(map, key, value)
}

function editedModel(model: ReadonlyMap<unknown, number>, { key, value }: Edit): ReadonlyMap<unknown, number> {
  const next = new Map(model)
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  return next
}

function entriesOf(map: Pmap): ReadonlyMap<unknown, number> {
  return reduce(map, new Map<unknown, number>(), (all, key, value) => all.set(key, value))
}

describe.each(families)('PersistentMap over $name', ({ keys, bitsOf }) => {
  it('answers as a Map does, in every version and in any order of use (laws 1–4)', () => {
    fc.assert(fc.property(editsOf(keys), keys, (edits, stranger) => {
      const start: { map: Pmap; model: ReadonlyMap<unknown, number> } = { map: deepFreeze(empty(bitsOf)), model: new Map() }
      const versions = [start]
      for (const edit of edits) {
        const { map, model } = versions[versions.length - 1] ?? start
        versions.push({ map: deepFreeze(edited(map, edit)), model: editedModel(model, edit) })
      }
      const asked = [stranger, ...edits.map(({ key }) => key)]
      for (const { map, model } of [...versions].reverse()) {
        expect(size(map)).toBe(model.size)
        expect(asked.map((key) => get(map, key))).toEqual(asked.map((key) => model.get(key)))
        expect(entriesOf(map)).toEqual(model)
      }
    }))
  })

  it('grows different histories from one version without either seeing the other (law 3)', () => {
    fc.assert(fc.property(editsOf(keys), editsOf(keys), editsOf(keys), (shared, left, right) => {
      const base = shared.reduce(edited, empty<unknown, number>(bitsOf))
      const model = shared.reduce(editedModel, new Map<unknown, number>())
      const [a, b] = [left.reduce(edited, base), right.reduce(edited, base)]
      expect(entriesOf(a)).toEqual(left.reduce(editedModel, model))
      expect(entriesOf(b)).toEqual(right.reduce(editedModel, model))
      expect(entriesOf(base)).toEqual(model)
    }))
  })

  it('has one shape for one content, however it came about', () => {
    const contents = fc.uniqueArray(fc.tuple(keys, fc.nat()), { selector: ([key]) => key, maxLength: 30 })
    fc.assert(fc.property(contents, fc.array(keys, { maxLength: 30 }), (entries, others) => {
      const straight = entries.reduce<Pmap>((map, [key, value]) => set(map, key, value), empty(bitsOf))
      const crowded = others.reduce<Pmap>((map, key) => set(map, key, -1), empty(bitsOf))
      const full = [...entries].reverse().reduce((map, [key, value]) => set(map, key, value), crowded)
      const kept = new Set(entries.map(([key]) => key))
      const detour = others.filter((key) => !kept.has(key)).reduce(remove, full)
      expect(detour.root).toEqual(straight.root)
    }))
  })

  it('removes many keys as it removes each of them', () => {
    const manyKeys = fc.array(keys, { maxLength: 40 })
    fc.assert(fc.property(editsOf(keys), manyKeys, fc.nat({ max: 40 }), (edits, others, kept) => {
      const map = deepFreeze(edits.reduce(edited, empty<unknown, number>(bitsOf)))
      const gone = [...edits.slice(kept).map(({ key }) => key), ...others]
      const rest = removeAll(map, gone)
      expect(rest.root).toEqual(gone.reduce(remove, map).root)
      expect(removeAll(rest, gone)).toBe(rest)
    }))
  })

  it('gives back the very same map where there is nothing to remove', () => {
    fc.assert(fc.property(editsOf(keys), keys, (edits, key) => {
      const map = edits.reduce(edited, empty<unknown, number>(bitsOf))
      const without = remove(map, key)
      expect(remove(without, key)).toBe(without)
      expect(without === map).toBe(get(map, key) === undefined)
    }))
  })
})

describe('PersistentMap that knows its first value', () => {
  const itself: PersistentMap.RankOf<number> = (value) => value
  const keys = fc.nat({ max: 200 })
  const edits = fc.array(fc.record({ key: keys, value: fc.option(fc.nat({ max: 1_000 }), { nil: undefined }) }), { maxLength: 80 })
  const editedIn = (map: PersistentMap.PersistentMap<number, number>, { key, value }: { key: number; value: number | undefined }) =>
    // No two values are equal: the order must tell any two apart.
    value === undefined ? remove(map, key) : set(map, key, value * 256 + key)

  it('has it at hand in every version, with and without what is taken (law 6)', () => {
    fc.assert(fc.property(edits, fc.nat({ max: 256_000 }), (edits, bound) => {
      let map = deepFreeze(empty<number, number>(numberBits, itself))
      for (const edit of edits) {
        map = deepFreeze(editedIn(map, edit))
        const values = [...reduce(map, [] as ReadonlyArray<number>, (all, _, value) => [...all, value])].sort((a, b) => a - b)
        expect(first(map)).toBe(values[0])
        const { state, value: taken } = takeWhile(map, (value) => value < bound)
        expect([...taken].sort((a, b) => a - b)).toEqual(values.filter((value) => value < bound))
        expect(size(state)).toBe(values.length - taken.length)
        expect(first(state)).toBe(values.find((value) => value >= bound))
        expect(state === map).toBe(taken.length === 0)
      }
    }), { numRuns: 500 })
  })

  it('has one shape for one content, whether values were taken together or one by one', () => {
    fc.assert(fc.property(edits, fc.nat({ max: 256_000 }), (edits, bound) => {
      const map = edits.reduce(editedIn, empty<number, number>(numberBits, itself))
      const keys = reduce(map, [] as ReadonlyArray<number>, (all, key, value) => (value < bound ? [...all, key] : all))
      expect(takeWhile(map, (value) => value < bound).state.root).toEqual(keys.reduce(remove, map).root)
    }), { numRuns: 1_000 })
  })

  it('has one shape for one content, whichever of a few neighbours were removed, in either order of values', () => {
    const few = [0, 32, 64, 1, 33, 7]
    const subsets = Array.from({ length: 2 ** few.length }, (_, bits) => few.filter((_, i) => ((bits >>> i) & 1) === 1))
    for (const valueOf of [(key: number) => key, (key: number) => 100 - key]) {
      const holding = (keys: ReadonlyArray<number>) => keys.reduce((map, key) => set(map, key, valueOf(key)), empty<number, number>(numberBits, itself))
      for (const gone of subsets) expect(gone.reduce(remove, holding(few)).root).toEqual(holding(few.filter((key) => !gone.includes(key))).root)
    }
  })

  it('has one first value, whether many keys were removed together or one by one', () => {
    fc.assert(fc.property(edits, fc.array(keys, { maxLength: 80 }), (edits, gone) => {
      const map = edits.reduce(editedIn, empty<number, number>(numberBits, itself))
      expect(removeAll(map, gone).root).toEqual(gone.reduce(remove, map).root)
    }), { numRuns: 1_000 })
  })

  it('takes the first few without looking at the many (law 6)', () => {
    const map = Array.from({ length: 10_000 }, (_, i) => i).reduce((all, i) => set(all, i, i), empty<number, number>(numberBits, itself))
    let asked = 0
    const { value } = takeWhile(map, (value) => {
      asked += 1
      return value < 4
    })
    expect([...value].sort()).toEqual([0, 1, 2, 3])
    expect(asked).toBeLessThan(400)
  })

  it('asks no part of what lies behind one that is not due, nor of what lies before one that is (law 6)', () => {
    const asked = (bound: number): number => {
      let count = 0
      // Each part has 32 parts, and those 32 values each; the first value of a part is smaller than any but a few of the others'.
      const map = Array.from({ length: 32 ** 3 }, (_, i) => i).reduce((all, i) => set(all, i, i), empty<number, number>(numberBits, itself))
      takeWhile(map, (value) => {
        count += 1
        return value < bound
      })
      return count
    }
    expect(asked(0)).toBe(1)
    // The one value due, the 31 beside it, and three parts' first values: each says for all parts behind it that they are not due either.
    expect(asked(1)).toBe(35)
    // Every value is asked for once; of the parts, only those whose first value is behind all those asked for before.
    expect(asked(32 ** 3)).toBe(32 ** 3 + 32 + 31)
  })

  it('knows none where it was told no order', () => {
    const map = set(set(empty<number, number>(numberBits), 1, 1), 33, 2)
    expect(first(map)).toBeUndefined()
    expect(takeWhile(map, () => true)).toEqual({ state: map, value: [] })
  })
})

describe('PersistentMap', () => {
  it('visits numbers in the order of their lowest bits', () => {
    const map = [33, 2, 1].reduce((all, key) => set(all, key, key), empty<number, number>(numberBits))
    // 33 and 1 share their lowest five bits, so they sit together one level below 2.
    expect(reduce(map, [] as Array<number>, (keys, key) => [...keys, key])).toEqual([2, 1, 33])
  })

  it('tells apart keys that differ in one bit alone, wherever it is', () => {
    const powers = Array.from({ length: 53 }, (_, bit) => 2 ** bit)
    const map = powers.reduce((all, key) => set(all, key, key), empty<number, number>(numberBits))
    expect(powers.map((key) => get(map, key))).toEqual(powers)
    expect(size(map)).toBe(53)
  })

  it('spells a number five bits at a time, lowest first', () => {
    const digits = [1, 2, 4, 8, 16, 31, 25, 26, 28, 30, 7]
    const key = digits.reduce((sum, digit, level) => sum + digit * 32 ** level, 0)
    expect(Number.isSafeInteger(key)).toBe(true)
    expect(digits.map((_, level) => numberBits(key, level))).toEqual(digits)
  })

  it('spells a key of bytes five bits at a time, first byte first', () => {
    const spelled = Array.from({ length: 5 }, (_, level) => latin1Bits('\xff\x00\xaa', level).toString(2).padStart(5, '0'))
    expect(spelled.join('')).toBe('11111111' + '00000000' + '10101010' + '0')
  })

  it('costs the depth of the key, never the size of the map (law 5)', () => {
    let asked = 0
    const counted = <K>(bitsOf: PersistentMap.KeyBits<K>): PersistentMap.KeyBits<K> => (key, level) => {
      asked += 1
      return bitsOf(key, level)
    }
    const costOf = (f: () => unknown): number => {
      asked = 0
      f()
      return asked
    }
    const pids = Array.from({ length: 10_000 }, (_, i) => i * 65_537 + 3)
    const byPid = pids.reduce((map, pid) => set(map, pid, pid), empty<number, number>(counted(numberBits)))
    expect(Math.max(...pids.map((pid) => costOf(() => get(byPid, pid))))).toBeLessThanOrEqual(7)
    expect(Math.max(...pids.map((pid) => costOf(() => remove(byPid, pid))))).toBeLessThanOrEqual(7)
    // A new key that shares 32 bits with one that is there asks for both keys' bits below it.
    expect(costOf(() => set(byPid, 3 + 2 ** 31, 1))).toBeLessThanOrEqual(14)

    const tokens = Array.from({ length: 256 }, (_, last) => 'x'.repeat(15) + String.fromCharCode(last))
    const byToken = tokens.reduce((map, token) => set(map, token, 1), empty<string, number>(counted(latin1Bits)))
    expect(Math.max(...tokens.map((token) => costOf(() => get(byToken, token))))).toBeLessThanOrEqual(26)
  })
})
