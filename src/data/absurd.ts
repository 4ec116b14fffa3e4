/**
 * The end of every `switch` over a union: the compiler proves it is never reached.
 *
 * A value smuggled past the types is handed back as it came, because a total function has no
 * other honest answer and floors 0–4 never throw.
 *
 * @category utils
 * @since 0.1.0
 */
export function absurd<A>(value: never): A {
  return value
}
