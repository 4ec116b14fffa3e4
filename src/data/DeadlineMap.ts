/**
 * An immutable map of pending things, each with a deadline, that gives up the overdue ones in order.
 *
 * **State** `byKey`: the entries; `bySequence`: their keys in the order they were put; `head` and
 * `next`: the sequence numbers of the oldest entry and of the one to come.
 * Invariant: deadlines never decrease along the sequence, and the entry at `head`, if any, is there.
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
  readonly byKey: PersistentMap.PersistentMap<string, Entry<V>>
  readonly bySequence: PersistentMap.PersistentMap<number, string>
  readonly head: number
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
  return {
    byKey: PersistentMap.empty(PersistentMap.latin1Bits),
    bySequence: PersistentMap.empty(PersistentMap.numberBits),
    head: 0,
    next: 0,
  }
}

/**
 * Binds `key`, as the newest entry; an entry it was bound to before is replaced.
 *
 * @category steps
 * @since 0.1.0
 */
export function put<V>(map: DeadlineMap<V>, key: string, value: V, deadlineMs: number): DeadlineMap<V> {
  const { byKey, bySequence, head, next } = remove(map, key)
  return {
    byKey: PersistentMap.set(byKey, key, { key, value, deadlineMs, sequence: next }),
    bySequence: PersistentMap.set(bySequence, next, key),
    head,
    next: next + 1,
  }
}

/**
 * The map without `key`; the very same map where it was not bound.
 *
 * @category steps
 * @since 0.1.0
 */
export function remove<V>(map: DeadlineMap<V>, key: string): DeadlineMap<V> {
  const entry = get(map, key)
  return entry === undefined ? map : without(map, [entry])
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
  const expired: Array<Entry<V>> = []
  for (let sequence = map.head; sequence < map.next; sequence += 1) {
    const entry = at(map, sequence)
    if (entry === undefined) continue
    if (!(nowMs >= entry.deadlineMs)) break
    if (entry.key !== keptKey) expired.push(entry)
  }
  return step(expired.length === 0 ? map : without(map, expired), expired)
}

/**
 * The entry bound to `key`, overdue or not.
 *
 * @category queries
 * @since 0.1.0
 */
export function get<V>(map: DeadlineMap<V>, key: string): Entry<V> | undefined {
  return PersistentMap.get(map.byKey, key)
}

/**
 * The entry due first, or `undefined` where nothing is pending.
 *
 * @category queries
 * @since 0.1.0
 */
export function oldest<V>(map: DeadlineMap<V>): Entry<V> | undefined {
  return at(map, map.head)
}

/**
 * The number of entries.
 *
 * @category queries
 * @since 0.1.0
 */
export function size<V>(map: DeadlineMap<V>): number {
  return PersistentMap.size(map.byKey)
}

/**
 * All entries, oldest first.
 *
 * @category queries
 * @since 0.1.0
 */
export function toArray<V>(map: DeadlineMap<V>): ReadonlyArray<Entry<V>> {
  const entries = PersistentMap.reduce(map.byKey, [] as Array<Entry<V>>, (all, _, entry) => {
    all.push(entry)
    return all
  })
  return entries.sort((a, b) => a.sequence - b.sequence)
}

function without<V>(map: DeadlineMap<V>, entries: ReadonlyArray<Entry<V>>): DeadlineMap<V> {
  let { byKey, bySequence, head } = map
  for (const { key, sequence } of entries) {
    byKey = PersistentMap.remove(byKey, key)
    bySequence = PersistentMap.remove(bySequence, sequence)
  }
  // Gaps that earlier removals left behind the head are passed here, each of them once.
  while (head < map.next && PersistentMap.get(bySequence, head) === undefined) head += 1
  return { byKey, bySequence, head, next: map.next }
}

function at<V>(map: DeadlineMap<V>, sequence: number): Entry<V> | undefined {
  const key = PersistentMap.get(map.bySequence, sequence)
  return key === undefined ? undefined : get(map, key)
}
