/**
 * The switch with which a person turns the broker off: an environment variable, read by somebody else (SPEC G3).
 *
 * **Contract** the name, the one value and the text are frozen.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { printable } from '../data/Printable.js'

/**
 * The name of the variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const DISABLE_VARIABLE = 'RUNNING_PROCESS_DISABLE'

/**
 * Whether the broker is to be used.
 *
 * @category model
 * @since 0.1.0
 */
export type BrokerUse = 'BrokerDisabled' | 'BrokerEnabled'

/**
 * The variable is set to something that means neither; `actual` is that.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidDisableValue {
  readonly _tag: 'InvalidDisableValue'
  readonly actual: string
}

/**
 * What the variable's value says: nothing, or `1`. Anything else is an error rather than a guess, the
 * empty text and `0` included (SPEC G3).
 *
 * @example
 * import assert from 'node:assert'
 * import { escapeHatch } from 'hello-negotiation'
 *
 * assert.deepEqual(escapeHatch(undefined), { _tag: 'Right', right: 'BrokerEnabled' })
 * assert.deepEqual(escapeHatch('1'), { _tag: 'Right', right: 'BrokerDisabled' })
 * assert.equal(escapeHatch('')._tag, 'Left')
 *
 * @category queries
 * @since 0.1.0
 */
export function escapeHatch(value: string | undefined): Either<InvalidDisableValue, BrokerUse> {
  if (value === undefined) return E.right('BrokerEnabled')
  return value === '1' ? E.right('BrokerDisabled') : E.left({ _tag: 'InvalidDisableValue', actual: value })
}

/**
 * The error in the reference's words, the value in quotes (SPEC G3).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeInvalidDisableValue({ actual }: InvalidDisableValue): string {
  return `${DISABLE_VARIABLE} must be unset or 1, got ${printable(JSON.stringify(actual))}`
}
