/**
 * Where the shell reads the time.
 */

/**
 * A reading of a clock, in milliseconds from any beginning; only differences matter.
 *
 * A reading that jumps back, or is no number, is harmless: time stands still until it catches up (DIV-R2).
 *
 * @category model
 * @since 0.1.0
 */
export type Clock = () => number
