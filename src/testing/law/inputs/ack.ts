/**
 * What ACK laws take: the life of an ACK registry, and of a registry and a token store that go together.
 */
import fc from 'fast-check'
import type { HandoffToken } from '../../../data/HandoffToken.js'
import type { Handoff } from '../../../step/AckRegistry.js'
import type { Draws, TokenLimits } from '../../../step/TokenStore.js'
import { arbitraryU64 } from '../../arbitrary/bytes.js'
import { arbitraryDuration } from '../../arbitrary/draws.js'
import { arbitraryServiceName } from '../../arbitrary/names.js'
import type { Timeline } from '../live.js'
import type { LawArbitraries } from './LawArbitraries.js'
import { arbitraryLife } from './arbitraryLife.js'
import { arbitraryHotDraws, arbitraryHotToken, arbitraryLimits, arbitraryTooLong, tag } from './token.js'

/**
 * The kinds of input of ACK laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface AckInputs {
  readonly AckLife: AckLife
  readonly HandoffLife: HandoffLife
}

/**
 * The deadline of an ACK registry, and what is done to it, when.
 *
 * @category model
 * @since 0.1.0
 */
export interface AckLife {
  readonly ackDeadlineMs: number
  readonly events: Timeline<AckEvent>
}

/**
 * One thing done to an ACK registry.
 *
 * @category model
 * @since 0.1.0
 */
export type AckEvent =
  | { readonly _tag: 'Abandon'; readonly token: HandoffToken }
  | { readonly _tag: 'Acknowledge'; readonly token: HandoffToken }
  | { readonly _tag: 'Expire' }
  | { readonly _tag: 'Register'; readonly token: HandoffToken; readonly handoff: Handoff }

/**
 * The limits of a broker's tokens and ACKs, and what is done to both, when.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffLife {
  readonly limits: TokenLimits
  readonly ackDeadlineMs: number
  readonly events: Timeline<HandoffEvent>
}

/**
 * One thing done to a broker's tokens and ACKs. What is issued for a handoff is registered at once, as `negotiate` does it.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffEvent =
  | { readonly _tag: 'Abandon'; readonly token: HandoffToken }
  | { readonly _tag: 'Acknowledge'; readonly token: HandoffToken }
  | { readonly _tag: 'Consume'; readonly token: HandoffToken }
  | { readonly _tag: 'ExpireAcks' }
  | { readonly _tag: 'ExpireTokens' }
  | { readonly _tag: 'Issue'; readonly draws: Draws; readonly handoff: Handoff | undefined }

/** @internal */
export const ACK_INPUTS: LawArbitraries<AckInputs> = {
  AckLife: () => arbitraryLife(
    fc.record({ ackDeadlineMs: arbitraryDeadline() }), ({ ackDeadlineMs }) => ackDeadlineMs, arbitraryAckEvent(),
  ),
  HandoffLife: () => arbitraryLife(
    fc.record({ limits: arbitraryLimits(), ackDeadlineMs: arbitraryDeadline() }), ({ ackDeadlineMs }) => ackDeadlineMs,
    arbitraryHandoffEvent(),
  ),
}

function arbitraryDeadline(): fc.Arbitrary<number> {
  return fc.oneof({ arbitrary: arbitraryDuration(), weight: 12 }, { arbitrary: arbitraryTooLong(), weight: 1 })
}

/** Connections are many, so that one handoff can be told from another. */
function arbitraryHandoff(): fc.Arbitrary<Handoff> {
  return fc.record({ serviceName: arbitraryServiceName(), backendPid: fc.constantFrom(0, 7), connectionId: arbitraryU64() })
}

function arbitraryAckEvent(): fc.Arbitrary<AckEvent> {
  const token = arbitraryHotToken()
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ _tag: tag('Register'), token, handoff: arbitraryHandoff() }) },
    { weight: 3, arbitrary: fc.record({ _tag: tag('Acknowledge'), token }) },
    { weight: 1, arbitrary: fc.record({ _tag: tag('Abandon'), token }) },
    { weight: 2, arbitrary: fc.record({ _tag: tag('Expire') }) },
  )
}

function arbitraryHandoffEvent(): fc.Arbitrary<HandoffEvent> {
  const token = arbitraryHotToken()
  const handoff = fc.option(arbitraryHandoff(), { nil: undefined, freq: 3 })
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ _tag: tag('Issue'), draws: arbitraryHotDraws(), handoff }) },
    { weight: 2, arbitrary: fc.record({ _tag: tag('Consume'), token }) },
    { weight: 2, arbitrary: fc.record({ _tag: tag('Acknowledge'), token }) },
    { weight: 1, arbitrary: fc.record({ _tag: tag('Abandon'), token }) },
    { weight: 2, arbitrary: fc.constantFrom({ _tag: 'ExpireAcks' as const }, { _tag: 'ExpireTokens' as const }) },
  )
}
