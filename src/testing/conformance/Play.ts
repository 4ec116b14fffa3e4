/**
 * A course of conversations, each of which may depend on what was heard in those before it: a description, to be
 * carried out by somebody else.
 *
 * **Laws**
 *  1. Making a play talks to nobody and takes no time.
 *  2. `chain` is associative, and `told` is its identity.
 */
import { absurd } from '../../data/absurd.js'
import type { Heard } from './Dialogue.js'
import type { Script } from './Script.js'

/**
 * Something to say on a connection of its own, a wait, or what all of it came to.
 *
 * @category model
 * @since 0.1.0
 */
export type Play<A> = Talk<A> | Told<A> | Wait<A>

/**
 * A script to be played; the play goes on from what was heard.
 *
 * @category model
 * @since 0.1.0
 */
export interface Talk<A> {
  readonly _tag: 'Talk'
  readonly script: Script
  readonly then: (heard: Heard) => Play<A>
}

/**
 * The end, and what there is to tell.
 *
 * @category model
 * @since 0.1.0
 */
export interface Told<A> {
  readonly _tag: 'Told'
  readonly value: A
}

/**
 * Nothing for `ms` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface Wait<A> {
  readonly _tag: 'Wait'
  readonly ms: number
  readonly then: () => Play<A>
}

/**
 * A play that is over.
 *
 * @category constructors
 * @since 0.1.0
 */
export function told<A>(value: A): Play<A> {
  return { _tag: 'Told', value }
}

/**
 * The play of one script, which tells what was heard.
 *
 * @category constructors
 * @since 0.1.0
 */
export function talk(script: Script): Play<Heard> {
  return { _tag: 'Talk', script, then: told }
}

/**
 * A play of doing nothing for `ms` milliseconds.
 *
 * @category constructors
 * @since 0.1.0
 */
export function wait(ms: number): Play<void> {
  return { _tag: 'Wait', ms, then: () => told(undefined) }
}

/**
 * A play, and then the one that it leads to.
 *
 * @category combinators
 * @since 0.1.0
 */
export function chain<A, B>(play: Play<A>, then: (value: A) => Play<B>): Play<B> {
  switch (play._tag) {
    case 'Talk':
      return { ...play, then: (heard) => chain(play.then(heard), then) }
    case 'Told':
      return then(play.value)
    case 'Wait':
      return { ...play, then: () => chain(play.then(), then) }
    default:
      return absurd(play)
  }
}

/**
 * A play that tells something else of the same.
 *
 * @category combinators
 * @since 0.1.0
 */
export function map<A, B>(play: Play<A>, of: (value: A) => B): Play<B> {
  return chain(play, (value) => told(of(value)))
}

/**
 * Plays one after the other until one of them tells what is not worth going on from; tells of all that were played.
 *
 * @category combinators
 * @since 0.1.0
 */
export function inTurn<A, B>(
  items: ReadonlyArray<A>, playOf: (item: A) => Play<B>, isEnough: (value: B) => boolean = () => false,
): Play<ReadonlyArray<B>> {
  // Collected back to front, so that a long play costs no more a step than a short one.
  const from = (at: number, played: Played<B>): Play<ReadonlyArray<B>> =>
    at === items.length
      ? told(collected(played, at))
      : chain(playOf(items[at] as A), (last) => {
        const next = { last, before: played }
        return isEnough(last) ? told(collected(next, at + 1)) : from(at + 1, next)
      })
  return from(0, undefined)
}

type Played<B> = { readonly last: B; readonly before: Played<B> } | undefined

function collected<B>(played: Played<B>, count: number): ReadonlyArray<B> {
  const all = new Array<B>(count)
  for (let [at, rest] = [count - 1, played]; rest !== undefined; at -= 1, rest = rest.before) all[at] = rest.last
  return all
}
