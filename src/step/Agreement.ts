/**
 * What a broker agrees to: the `Negotiated` reply to a Hello that has passed every check (SPEC N1–N9).
 *
 * **Laws**
 *  1. A token is in the reply exactly where one was issued, and only then is bit 0 added (SPEC N6, N7).
 *  2. No other bit of the backend's is ever added or masked out (SPEC N7).
 */
import { CAP_HANDLE_PASSING } from '../data/Capabilities.js'
import { type HandoffToken, tokenBytes } from '../data/HandoffToken.js'
import { NO_BYTES } from '../data/Bytes.js'
import type { Negotiated } from '../wire/messages/Negotiated.js'
import { PROTOCOL_VERSION } from '../wire/Limits.js'
import type { Backend } from './ServiceTable.js'

/**
 * The keepalive interval of a client that has no wish of its own, in seconds (SPEC N4).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_KEEPALIVE_SECS = 1_800n

const NO_WARNINGS: ReadonlyArray<string> = Object.freeze([])

/**
 * The reply to a client that wants `keepaliveSecs` of a backend, with a token where one was issued (SPEC N1–N7).
 *
 * @category constructors
 * @since 0.1.0
 */
export function agree(
  backend: Backend, keepaliveSecs: bigint, connectionId: bigint, token: HandoffToken | undefined,
): Negotiated {
  return {
    negotiatedProtocol: PROTOCOL_VERSION,
    daemonVersion: backend.daemonVersion,
    backendPipe: backend.backendPipe,
    warnings: NO_WARNINGS,
    serverCapabilities: token === undefined ? backend.capabilities : backend.capabilities | CAP_HANDLE_PASSING,
    keepaliveIntervalSecs: keepaliveSecs === 0n ? DEFAULT_KEEPALIVE_SECS : keepaliveSecs,
    handlePassedToken: token === undefined ? NO_BYTES : tokenBytes(token),
    connectionId,
  }
}
