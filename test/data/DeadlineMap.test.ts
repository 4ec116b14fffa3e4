import fc from 'fast-check'
import { DeadlineMap, PersistentMap } from 'hello-negotiation'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const { empty, expire, get, oldest, put, remove, removeAll, size, toArray } = DeadlineMap

const TTL_MS = 10

type Move =
  | { readonly _tag: 'Expire'; readonly kept: string | undefined }
  | { readonly _tag: 'Put'; readonly key: string; readonly value: number }
  | { readonly _tag: 'Remove'; readonly key: string }
  | { readonly _tag: 'Wait'; readonly ms: number }

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ _tag: fc.constant('Put' as const), key, value: fc.nat() }),
  fc.record({ _tag: fc.constant('Remove' as const), key }),
  fc.record({ _tag: fc.constant('Expire' as const), kept: fc.option(key, { nil: undefined }) }),
  fc.record({ _tag: fc.constant('Wait' as const), ms: fc.constantFrom(0.5, 1, 4, TTL_MS) }),
)

interface Row {
  readonly key: string
  readonly value: number
  readonly deadlineMs: number
}

/** The map, and the naive model of it: rows in the order they were put. */
interface Both {
  readonly map: DeadlineMap.DeadlineMap<number>
  readonly rows: ReadonlyArray<Row>
  readonly nowMs: number
}

const rowOf = ({ key, value, deadlineMs }: DeadlineMap.Entry<number>): Row => ({ key, value, deadlineMs })

function moved({ map, rows, nowMs }: Both, move: Move): Both {
  switch (move._tag) {
    case 'Expire': {
      const isTaken = (row: Row): boolean => nowMs >= row.deadlineMs && row.key !== move.kept
      const { state, value } = expire(map, nowMs, move.kept)
      expect(value.map(rowOf)).toEqual(rows.filter(isTaken))
      return { map: state, rows: rows.filter((row) => !isTaken(row)), nowMs }
    }
    case 'Put': {
      const row = { key: move.key, value: move.value, deadlineMs: nowMs + TTL_MS }
      return { map: put(map, row.key, row.value, row.deadlineMs), rows: [...without(rows, move.key), row], nowMs }
    }
    case 'Remove':
      return { map: remove(map, move.key), rows: without(rows, move.key), nowMs }
    case 'Wait':
      return { map, rows, nowMs: nowMs + move.ms }
  }
}

function without(rows: ReadonlyArray<Row>, key: string): ReadonlyArray<Row> {
  return rows.filter((row) => row.key !== key)
}

function check({ map, rows }: Both): void {
  expect(toArray(map).map(rowOf)).toEqual(rows)
  expect(size(map)).toBe(rows.length)
  const first = oldest(map)
  expect(first && rowOf(first)).toEqual(rows[0])
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    const entry = get(map, key)
    expect(entry && rowOf(entry)).toEqual(rows.find((row) => row.key === key))
  }
}

describe('DeadlineMap', () => {
  it('agrees with a list of rows at every step, and old versions go on answering (laws 1 and 2, DIV-A1)', () => {
    fc.assert(fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const versions: Array<Both> = [{ map: deepFreeze(empty<number>()), rows: [], nowMs: 0 }]
      for (const move of moves) {
        const next = moved(versions[versions.length - 1] as Both, move)
        versions.push({ ...next, map: deepFreeze(next.map) })
      }
      for (const version of versions.reverse()) check(version)
    }))
  })

  it('takes out an entry at the very instant of its deadline, and not before (SPEC T6)', () => {
    const map = put(empty<string>(), 'a', 'x', 30_000)
    expect(expire(map, 29_999.5)).toEqual({ state: map, value: [] })
    expect(expire(map, 30_000).value).toEqual([{ key: 'a', value: 'x', deadlineMs: 30_000, sequence: 0 }])
    expect(size(expire(map, 30_000).state)).toBe(0)
  })

  it('makes an entry that is put again the newest one', () => {
    const map = put(put(put(empty<number>(), 'a', 1, 5), 'b', 2, 5), 'a', 3, 5)
    expect(expire(map, 5).value.map(({ key, value }) => [key, value])).toEqual([['b', 2], ['a', 3]])
  })

  it('gives up what is overdue around a key that is kept', () => {
    const map = ['a', 'b', 'c'].reduce((all, key) => put(all, key, key, 5), empty<string>())
    const { state, value } = expire(map, 5, 'b')
    expect(value.map(({ key }) => key)).toEqual(['a', 'c'])
    expect(oldest(state)?.key).toBe('b')
    expect(size(state)).toBe(1)
  })

  it('removes many keys as it removes each of them', () => {
    const map = ['a', 'b', 'c', 'd'].reduce((all, key) => put(all, key, key, 5), empty<string>())
    const gone = ['d', 'x', 'b']
    expect(removeAll(map, gone)).toEqual(gone.reduce(remove, map))
    expect(toArray(removeAll(map, gone)).map(({ key }) => key)).toEqual(['a', 'c'])
  })

  it('gives back the very same map where there is nothing to take out', () => {
    const map = put(empty<number>(), 'a', 1, 5)
    expect(remove(map, 'b')).toBe(map)
    expect(removeAll(map, ['b', 'c', 'd'])).toBe(map)
    expect(expire(map, 4).state).toBe(map)
    expect(expire(map, 5, 'a').state).toBe(map)
    expect(oldest(empty())).toBeUndefined()
  })

  it('expires at the cost of what is overdue, not of what is pending (law 3)', () => {
    const costOf = (pending: number): number => {
      const { map: start, asked, at } = counted()
      let map = start
      for (let i = 0; i < pending; i += 1) {
        map = put(map, keyOf(i), i, at(i))
        // Two of three leave again at once, so that the numbers of those that stay have gaps.
        if (i >= 10 && i % 3 !== 0) map = remove(map, keyOf(i))
      }
      const before = asked()
      expect(expire(map, 9).value).toHaveLength(10)
      return asked() - before
    }
    // The trie is a level deeper at 16 times the size; a scan would ask 16 times as often.
    expect(costOf(8_000)).toBeLessThan(4 * costOf(500))
  })

  it('costs the same at every turn, however long it goes on (law 3)', () => {
    const costOf = (turns: number): number => {
      const { map: start, asked, at } = counted()
      let map = start
      for (let i = 0; i < turns; i += 1) map = expire(put(map, keyOf(i), i, at(i + TTL_MS)), i).state
      expect(size(map)).toBe(TTL_MS)
      return asked()
    }
    expect(costOf(2_000)).toBeLessThan(12 * costOf(250))
  })
})

function keyOf(i: number): string {
  return i.toString(16).padStart(16, 'x')
}

/** An empty map that counts how often it looks at a key, an entry's age or its deadline: its cost, without a clock. */
function counted() {
  let asked = 0
  const counting = <A extends ReadonlyArray<unknown>, B>(f: (...args: A) => B) => (...args: A): B => {
    asked += 1
    return f(...args)
  }
  const { entries: { bitsOf, rankOf }, next } = empty<number>()
  const entries = PersistentMap.empty(counting(bitsOf), counting((entry: DeadlineMap.Entry<number>) => rankOf?.(entry) ?? 0))
  const map: DeadlineMap.DeadlineMap<number> = { entries, next }
  /** A deadline that notes when it is compared. */
  const at = (ms: number): number => ({ valueOf: counting(() => ms) }) as unknown as number
  return { map, asked: () => asked, at }
}
