/**
 * The environment's word on how long a peer has for its Hello (SPEC C7).
 */
import { MAX_INSTANT_MS } from '../../data/Instant.js'
import type { TimeoutMs } from '../../negotiate/Policy.js'

/** A whole number of milliseconds above 0, with white space around it; anything else is passed over. */
export function helloTimeoutOverride(text: string | undefined): TimeoutMs | undefined {
  const digits = text?.trim() ?? ''
  const timeoutMs = /^\d+$/.test(digits) ? Number(digits) : 0
  return timeoutMs > 0 && timeoutMs < MAX_INSTANT_MS ? (timeoutMs as TimeoutMs) : undefined
}
