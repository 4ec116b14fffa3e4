/**
 * Whether a Hello is needed at all: a client of the very version it wants, which remembers its backend's
 * endpoint, goes there without asking (SPEC G4).
 *
 * **Not here** the memory. Where the remembered endpoint does not answer, nobody is told: forget it and ask
 * again, which gives `SayHello`.
 */
import type { ConnectBackend } from './Plan.js'

/**
 * Where to begin: at the remembered endpoint, or with a Hello to the broker.
 *
 * @category model
 * @since 0.1.0
 */
export type FirstMove = ConnectBackend | { readonly _tag: 'SayHello' }

/**
 * Where to begin. Versions compare as texts, letter for letter; an empty endpoint counts as none, because
 * nobody could answer there (SPEC G4).
 *
 * @example
 * import assert from 'node:assert'
 * import { helloSkip } from 'hello-negotiation'
 *
 * assert.deepEqual(helloSkip('/run/zccache.sock', '1.11.20', '1.11.20'), {
 *   _tag: 'ConnectBackend', endpoint: '/run/zccache.sock', route: 'HelloSkip',
 * })
 * assert.deepEqual(helloSkip('/run/zccache.sock', '1.11.20', '01.11.20'), { _tag: 'SayHello' })
 *
 * @category queries
 * @since 0.1.0
 */
export function helloSkip(cachedEndpoint: string | undefined, wantedVersion: string, selfVersion: string): FirstMove {
  return cachedEndpoint !== undefined && cachedEndpoint !== '' && wantedVersion === selfVersion
    ? { _tag: 'ConnectBackend', endpoint: cachedEndpoint, route: 'HelloSkip' }
    : { _tag: 'SayHello' }
}
