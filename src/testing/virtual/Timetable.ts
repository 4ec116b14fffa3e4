/**
 * What will happen and when, for worlds in which much does: an agenda that is changed in place.
 *
 * **State** a binary heap: no entry is due before the one above it. Of one time, the one that went in first counts
 * as due before.
 *
 * **Laws**
 *  1. Entries come out as they come out of an `Agenda`; putting one in or taking one out costs log n.
 */
import type { Entry } from './Agenda.js'

/**
 * Entries to come.
 *
 * @category model
 * @since 0.1.0
 */
export interface Timetable<A> {
  readonly heap: Array<Numbered<A>>
  count: number
}

/**
 * An entry, and which it is of all that were ever put: of two at one instant, the first put is the first taken.
 *
 * @category model
 * @since 0.1.0
 */
export interface Numbered<A> extends Entry<A> {
  readonly number: number
}

/**
 * Nothing to come, yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export function timetable<A>(): Timetable<A> {
  return { heap: [], count: 0 }
}

/**
 * Puts one more entry in, behind those of its time.
 *
 * @category steps
 * @since 0.1.0
 */
export function put<A>(table: Timetable<A>, atMs: number, what: A): void {
  const { heap } = table
  const entry = { atMs, what, number: table.count }
  table.count += 1
  let place = heap.push(entry) - 1
  while (place > 0) {
    const above = (place - 1) >> 1
    if (!isBefore(entry, heap[above] as Numbered<A>)) break
    heap[place] = heap[above] as Numbered<A>
    place = above
  }
  heap[place] = entry
}

/**
 * Takes the first entry, if there is one.
 *
 * @category steps
 * @since 0.1.0
 */
export function take<A>({ heap }: Timetable<A>): Entry<A> | undefined {
  const [first, last] = [heap[0], heap.pop()]
  if (last !== undefined && heap.length > 0) settle(heap, last)
  return first
}

/**
 * When the first entry is due, or `undefined` where there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextAtMs({ heap }: Timetable<unknown>): number | undefined {
  return heap[0]?.atMs
}

/** Finds the place of an entry, from the top down. */
function settle<A>(heap: Array<Numbered<A>>, entry: Numbered<A>): void {
  let place = 0
  for (;;) {
    const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]]
    const isLeft = left !== undefined && (right === undefined || isBefore(left, right))
    const sooner = isLeft ? left : right
    if (sooner === undefined || isBefore(entry, sooner)) break
    heap[place] = sooner
    place = 2 * place + (isLeft ? 1 : 2)
  }
  heap[place] = entry
}

function isBefore(a: Numbered<unknown>, b: Numbered<unknown>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number)
}
