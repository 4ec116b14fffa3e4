/**
 * One transition of a state record: the next state, and what the caller learns.
 *
 * **Laws**
 *  1. A step never throws and never changes the state it was given.
 *  2. The same state and arguments give an equal step.
 *
 * A step that can fail is `Step<S, Either<E, A>>`, never `Either<E, Step<S, A>>`: a failure moves
 * state too (an expired token is removed, then reported).
 */

/**
 * The next state, and what the caller learns.
 *
 * @category model
 * @since 0.1.0
 */
export interface Step<S, A> {
  readonly state: S
  readonly value: A
}

/**
 * Pairs the next state with what the caller learns.
 *
 * @category constructors
 * @since 0.1.0
 */
export function step<S, A>(state: S, value: A): Step<S, A> {
  return { state, value }
}
