/**
 * Freezes a value through and through, so that a step which writes into its arguments is caught.
 *
 * **Laws**
 *  1. Plain objects and arrays, and all they hold, are frozen; the value given is the value returned.
 *  2. Typed arrays cannot be frozen and are left alone; so are functions, and what is inside a Map or Set.
 */

// What has been frozen through and through stays so, hence a state that grows by steps is walked once.
const frozen = new WeakSet<object>()

/**
 * The same value, frozen with everything in it.
 *
 * @example
 * import assert from 'node:assert'
 * import { deepFreeze } from 'hello-negotiation/testing'
 *
 * const state = deepFreeze({ pending: [{ key: 'a' }] })
 * assert.throws(() => Object.assign(state.pending[0] ?? {}, { key: 'b' }), TypeError)
 *
 * @category utils
 * @since 0.1.0
 */
export function deepFreeze<A>(value: A): A {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || frozen.has(value)) return value
  frozen.add(value)
  Object.freeze(value)
  for (const key of Reflect.ownKeys(value)) deepFreeze(Object.getOwnPropertyDescriptor(value, key)?.value)
  return value
}
