/**
 * What is valid but for one thing, with the error that this one thing must give.
 *
 * A law can then say more than "rejected": rejected for that reason. What is off is named by words that
 * never vary, so that a test can count how often each was met.
 */

/**
 * A value with one thing off.
 *
 * @category model
 * @since 0.1.0
 */
export interface Nearly<A, E> {
  /** What is off, in a few words: one of a fixed list for each arbitrary. */
  readonly off: string
  readonly value: A
  /** The whole error, with the values that it carries. */
  readonly error: E
}
