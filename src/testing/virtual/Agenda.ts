/**
 * What will happen and when, in the order of time, then of its being put there.
 *
 * **State** the entries in that order, as one array: a pair's agenda is short. A world of many peers has a
 * `Timetable`.
 *
 * **Laws**
 *  1. Entries come out in the order of their times; of one time, in the order in which they went in.
 *  2. No operation changes an older version.
 */
import { type Step, step } from '../../data/Step.js'

/**
 * Entries to come.
 *
 * @category model
 * @since 0.1.0
 */
export interface Agenda<A> {
  readonly entries: ReadonlyArray<Entry<A>>
}

/**
 * One entry, at an instant in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface Entry<A> {
  readonly atMs: number
  readonly what: A
}

/**
 * Nothing to come.
 *
 * @category constructors
 * @since 0.1.0
 */
export const EMPTY_AGENDA: Agenda<never> = Object.freeze({ entries: Object.freeze([]) })

/**
 * The agenda with one more entry, behind those of its time.
 *
 * @category steps
 * @since 0.1.0
 */
export function put<A>({ entries }: Agenda<A>, atMs: number, what: A): Agenda<A> {
  const after = entries.findIndex((entry) => entry.atMs > atMs)
  const place = after < 0 ? entries.length : after
  return { entries: [...entries.slice(0, place), { atMs, what }, ...entries.slice(place)] }
}

/**
 * Takes the first entry, if there is one.
 *
 * @category steps
 * @since 0.1.0
 */
export function take<A>(agenda: Agenda<A>): Step<Agenda<A>, Entry<A> | undefined> {
  const [first, ...entries] = agenda.entries
  return first === undefined ? step(agenda, undefined) : step({ entries }, first)
}

/**
 * When the first entry is due, or `undefined` where there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextAtMs({ entries }: Agenda<unknown>): number | undefined {
  return entries[0]?.atMs
}
