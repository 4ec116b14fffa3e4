/**
 * The environment's word on how long a client waits for its broker, read by somebody else (SPEC G9).
 */
import { MAX_INSTANT_MS } from '../data/Instant.js'

/**
 * The name of the variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const CLIENT_TIMEOUT_VARIABLE = 'RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS'

/**
 * A whole number of milliseconds above 0, with white space around it; anything else is passed over (SPEC G9).
 *
 * @example
 * import assert from 'node:assert'
 * import { clientTimeoutOverride, ClientConnection } from 'hello-negotiation'
 *
 * assert.equal(clientTimeoutOverride(' 500 ') ?? ClientConnection.DEFAULT_CLIENT_TIMEOUT_MS, 500)
 * assert.equal(clientTimeoutOverride('0') ?? ClientConnection.DEFAULT_CLIENT_TIMEOUT_MS, 30_000)
 *
 * @category constructors
 * @since 0.1.0
 */
export function clientTimeoutOverride(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? ''
  const timeoutMs = /^\d+$/.test(digits) ? Number(digits) : 0
  return timeoutMs > 0 && timeoutMs < MAX_INSTANT_MS ? timeoutMs : undefined
}
