/**
 * Whether a broker's yes lets its connection be handed over, and what a handoff needs of it (SPEC X7).
 *
 * **Contract** the first failing check is the one reported: bit 0, a token, its length.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { CAP_HANDLE_PASSING, hasCapability } from '../data/Capabilities.js'
import { HANDOFF_TOKEN_BYTES, handoffToken, type HandoffToken } from '../data/HandoffToken.js'
import type { Negotiated } from '../wire/messages/Negotiated.js'

/**
 * What a broker's yes has to say for a handoff to be attempted: the token, and the connection it is for,
 * whose id is the handoff's correlation id (SPEC X7).
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffTicket {
  readonly token: HandoffToken
  readonly connectionId: bigint
}

/**
 * Why a broker's yes is no ticket (SPEC X7).
 *
 * @category model
 * @since 0.1.0
 */
export type NotAttemptable =
  | { readonly _tag: 'HandlePassingNotAgreed'; readonly actual: bigint }
  | { readonly _tag: 'TokenMissing' }
  | { readonly _tag: 'WrongTokenLength'; readonly actualBytes: number; readonly expectedBytes: number }

/**
 * The ticket in a broker's yes: bit 0 of its capabilities set, and a token of exactly 16 bytes (SPEC X7).
 *
 * @category constructors
 * @since 0.1.0
 */
export function attemptable(negotiated: Negotiated): Either<NotAttemptable, HandoffTicket> {
  const { connectionId, handlePassedToken, serverCapabilities } = negotiated
  if (!hasCapability(serverCapabilities, CAP_HANDLE_PASSING)) {
    return E.left({ _tag: 'HandlePassingNotAgreed', actual: serverCapabilities })
  }
  if (handlePassedToken.length === 0) return E.left({ _tag: 'TokenMissing' })
  const token = handoffToken(handlePassedToken)
  return token === undefined
    ? E.left({ _tag: 'WrongTokenLength', actualBytes: handlePassedToken.length, expectedBytes: HANDOFF_TOKEN_BYTES })
    : E.right({ token, connectionId })
}
