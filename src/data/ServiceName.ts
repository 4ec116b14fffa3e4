/**
 * A legal service name: 1 to 64 of `a-z`, `0-9` and `-` (SPEC H2).
 *
 * Upper case is refused, not folded; `-` alone is legal; `constructor` is a name like any other.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'

declare const serviceName: unique symbol

/**
 * A text that has passed `parseServiceName`.
 *
 * @category model
 * @since 0.1.0
 */
export type ServiceName = string & { readonly [serviceName]: true }

/**
 * The text is no service name; `actual` is the text.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidServiceName {
  readonly _tag: 'InvalidServiceName'
  readonly actual: string
}

/**
 * Parses a service name (SPEC H2).
 *
 * @example
 * import assert from 'node:assert'
 * import { parseServiceName } from 'hello-negotiation'
 *
 * assert.equal(parseServiceName('zccache')._tag, 'Right')
 * assert.deepEqual(parseServiceName('ZCCache'), {
 *   _tag: 'Left', left: { _tag: 'InvalidServiceName', actual: 'ZCCache' },
 * })
 *
 * @category constructors
 * @since 0.1.0
 */
export function parseServiceName(text: string): Either<InvalidServiceName, ServiceName> {
  return isServiceName(text) ? E.right(text) : E.left({ _tag: 'InvalidServiceName', actual: text })
}

/**
 * Whether a text is a service name (SPEC H2).
 *
 * @category refinements
 * @since 0.1.0
 */
export function isServiceName(text: string): text is ServiceName {
  return /^[a-z0-9-]{1,64}$/.test(text)
}
