/**
 * An immutable map of pending things, each with a deadline, that gives up the overdue ones in order.
 *
 * **State** the entries by key, in a trie whose nodes know the oldest of their entries; and the number that
 * the next one gets. Invariant: an older entry is due no later than a younger one.
 *
 * **Laws**
 *  1. A key is bound by `put` until `remove` or `expire` takes it out, once.
 *  2. `expire` takes exactly the entries with `now >= deadline`, ordered by deadline, then by age (DIV-A1).
 *  3. Its cost follows the number of entries taken, not the number held.
 *
 * **Not here** the clock: the caller puts entries with deadlines that never decrease, which holds by
 * itself where each is one constant duration after a time that never runs backwards (`Instant.advance`).
 */
import * as PersistentMap from './PersistentMap.js'
import { type Step, step } from './Step.js'

/**
 * Pending things by key, a string of characters that are each one byte.
 *
 * @category model
 * @since 0.1.0
 */
export interface DeadlineMap<V> {
  readonly entries: PersistentMap.PersistentMap<string, Entry<V>>
  readonly next: number
}

/**
 * One pending thing; it is overdue at the very instant `deadlineMs`.
 *
 * @category model
 * @since 0.1.0
 */
export interface Entry<V> {
  readonly key: string
  readonly value: V
  readonly deadlineMs: number
  readonly sequence: number
}

/**
 * The map without entries.
 *
 * @category constructors
 * @since 0.1.0
 */
export function empty<V>(): DeadlineMap<V> {
  return { entries: PersistentMap.empty<string, Entry<V>>(PersistentMap.latin1Bits, ageOf), next: 0 }
}

/**
 * Binds `key`, as the newest entry; an entry it was bound to before is replaced.
 *
 * @category steps
 * @since 0.1.0
 */
export function put<V>(map: DeadlineMap<V>, key: string, value: V, deadlineMs: number): DeadlineMap<V> {
  const { entries, next } = map
  return { entries: PersistentMap.set(entries, key, { key, value, deadlineMs, sequence: next }), next: next + 1 }
}

/**
 * The map without `key`; the very same map where it was not bound.
 *
 * @category steps
 * @since 0.1.0
 */
export function remove<V>(map: DeadlineMap<V>, key: string): DeadlineMap<V> {
  return withEntries(map, PersistentMap.remove(map.entries, key))
}

/**
 * The map without any of `keys`.
 *
 * @category steps
 * @since 0.1.0
 */
export function removeAll<V>(map: DeadlineMap<V>, keys: ReadonlyArray<string>): DeadlineMap<V> {
  return withEntries(map, PersistentMap.removeAll(map.entries, keys))
}

/**
 * Takes out every entry overdue at `nowMs`, but for `keptKey`; tells them oldest first.
 *
 * @category steps
 * @since 0.1.0
 */
export function expire<V>(
  map: DeadlineMap<V>, nowMs: number, keptKey?: string,
): Step<DeadlineMap<V>, ReadonlyArray<Entry<V>>> {
  const first = oldest(map)
  if (first === undefined || !(nowMs >= first.deadlineMs)) return step(map, [])
  const kept = keptKey === undefined ? undefined : get(map, keptKey)
  const others = kept === undefined ? map.entries : PersistentMap.remove(map.entries, kept.key)
  const { state, value } = PersistentMap.takeWhile(others, ({ deadlineMs }) => nowMs >= deadlineMs)
  const expired = value.toSorted(byAge)
  if (expired.length === 0) return step(map, expired)
  return step(withEntries(map, kept === undefined ? state : PersistentMap.set(state, kept.key, kept)), expired)
}

/**
 * The entry bound to `key`, overdue or not.
 *
 * @category queries
 * @since 0.1.0
 */
export function get<V>(map: DeadlineMap<V>, key: string): Entry<V> | undefined {
  return PersistentMap.get(map.entries, key)
}

/**
 * The entry due first, or `undefined` where nothing is pending.
 *
 * @category queries
 * @since 0.1.0
 */
export function oldest<V>(map: DeadlineMap<V>): Entry<V> | undefined {
  return PersistentMap.first(map.entries)
}

/**
 * The number of entries.
 *
 * @category queries
 * @since 0.1.0
 */
export function size<V>(map: DeadlineMap<V>): number {
  return PersistentMap.size(map.entries)
}

/**
 * All entries, oldest first.
 *
 * @category queries
 * @since 0.1.0
 */
export function toArray<V>(map: DeadlineMap<V>): ReadonlyArray<Entry<V>> {
  const collect = (all: Array<Entry<V>>, _: string, entry: Entry<V>): Array<Entry<V>> => {
    all.push(entry)
    return all
  }
  return PersistentMap.reduce(map.entries, [] as Array<Entry<V>>, collect).sort(byAge)
}

function withEntries<V>(map: DeadlineMap<V>, entries: DeadlineMap<V>['entries']): DeadlineMap<V> {
  return entries === map.entries ? map : { entries, next: map.next }
}

/** The order of age: the oldest has the lowest number. */
function ageOf({ sequence }: Entry<unknown>): number {
  return sequence
}

function byAge(a: Entry<unknown>, b: Entry<unknown>): number {
  return a.sequence - b.sequence
}
