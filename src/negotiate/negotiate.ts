/**
 * The negotiation: a Hello's frame in, an outcome and the next state out.
 *
 * **Laws**
 *  1. Total and deterministic: any frame, any numbers, any draws give an outcome, always the same one.
 *  2. The first failing check decides, in the order envelope, Hello, shape, rate, service, version,
 *     session (SPEC E, H, R1, L1, V3, K1).
 *  3. A refusal takes no connection id, no token and no draw (SPEC N5).
 *  4. A token is in the reply exactly where bit 0 of its capabilities was added for it (SPEC N6, N7).
 *
 * **Not here** bytes and time: `Connection` reads, `Reply` writes, and `ambient` brings the clock's
 * reading and the draws.
 */
import { CAP_HANDLE_PASSING, hasCapability } from '../data/Capabilities.js'
import type { HandoffToken } from '../data/HandoffToken.js'
import type { PeerIdentity } from '../data/PeerIdentity.js'
import type { ServiceName } from '../data/ServiceName.js'
import { type Step, step } from '../data/Step.js'
import { nextU64 } from '../data/U64.js'
import * as AckRegistry from '../step/AckRegistry.js'
import { agree } from '../step/Agreement.js'
import { checkEnvelope, type EnvelopeFields, HELLO_ENVELOPE } from '../step/Envelope.js'
import { checkFacts, type ShapedHello } from '../step/HelloShape.js'
import { admit, type RateLimiter } from '../step/RateLimiter.js'
import { type Backend, unknownService } from '../step/ServiceTable.js'
import { checkSession } from '../step/SessionAuthority.js'
import * as TokenStore from '../step/TokenStore.js'
import { checkVersion } from '../step/VersionPolicy.js'
import { readHelloFacts } from '../wire/HelloFacts.js'
import type { Frame } from '../wire/messages/Frame.js'
import type { Negotiated } from '../wire/messages/Negotiated.js'
import type { Refused } from '../wire/messages/Refused.js'
import type { Allocate } from '../wire/ReplyFrame.js'
import { type BrokerState, withHandoffs, withLimiter } from './BrokerState.js'
import type { Policy } from './Policy.js'
import { type NegotiationError, refusedMessage } from './Refusal.js'

/**
 * A Hello's frame and the peer it came from.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloRequest {
  readonly frame: Frame
  readonly peer: PeerIdentity
}

/**
 * What the world contributes: the clock's reading, and random draws already made.
 *
 * @category model
 * @since 0.1.0
 */
export interface Ambient {
  readonly nowMs: number
  readonly draws: TokenStore.Draws
  /** Where replies without a token get their bytes; where it is left out, each gets an array of its own. */
  readonly allocate?: Allocate
}

/**
 * The end of a negotiation: the reply, and what there is to know about it.
 *
 * @category model
 * @since 0.1.0
 */
export type Outcome = NegotiatedOutcome | RefusedOutcome

/**
 * The client and its backend were brought together.
 *
 * @category model
 * @since 0.1.0
 */
export interface NegotiatedOutcome {
  readonly _tag: 'Negotiated'
  readonly reply: Negotiated
  readonly serviceName: ServiceName
  readonly handoff: HandoffGrant
}

/**
 * The client was refused, and why.
 *
 * @category model
 * @since 0.1.0
 */
export interface RefusedOutcome {
  readonly _tag: 'Refused'
  readonly reply: Refused
  readonly error: NegotiationError
}

/**
 * Whether a handoff token came with the reply. Where one was wanted and none could be issued, the
 * client is not told: it connects to the backend itself (SPEC N6).
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffGrant =
  | { readonly _tag: 'Granted'; readonly token: HandoffToken; readonly drawsUsed: number }
  | { readonly _tag: 'NotRequested' }
  | { readonly _tag: 'Withheld'; readonly error: TokenStore.IssueError }

/**
 * Negotiates one Hello (SPEC §3–§8).
 *
 * @example
 * import assert from 'node:assert'
 * import { initialState, negotiate, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { TokenStore } from 'hello-negotiation/step'
 * import { requestFrame } from 'hello-negotiation/wire'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const request = { frame: requestFrame(0, new Uint8Array(0)), peer: UNVERIFIED_PEER }
 * const ambient = { nowMs: 0, draws: TokenStore.NO_DRAWS }
 * const { value } = negotiate(policy.right, initialState(policy.right), request, ambient)
 * assert.equal(value._tag === 'Refused' && value.reply.reason, 'client protocol range does not include v1')
 *
 * @category steps
 * @since 0.1.0
 */
export function negotiate(
  policy: Policy, state: BrokerState, { frame, peer }: HelloRequest, ambient: Ambient,
): Step<BrokerState, Outcome> {
  return negotiatePayload(policy, state, frame, frame.payload, 0, frame.payload.length, peer, ambient)
}

/**
 * @internal The same for an envelope whose payload is `[start, end)` of `bytes`; none of them is kept.
 */
export function negotiatePayload(
  policy: Policy, state: BrokerState, envelope: EnvelopeFields,
  bytes: Uint8Array, start: number, end: number, peer: PeerIdentity, ambient: Ambient,
): Step<BrokerState, Outcome> {
  const enveloped = checkEnvelope(envelope, HELLO_ENVELOPE)
  if (enveloped._tag === 'Left') return refuse(state, enveloped.left)
  const hello = readHelloFacts(bytes, start, end)
  if (hello._tag === 'Left') return refuse(state, { _tag: 'MalformedHello', cause: hello.left })
  const backend = policy.services.get(hello.right.serviceName)
  const shaped = checkFacts(hello.right, peer, backend)
  if (shaped._tag === 'Left') return refuse(state, shaped.left)
  const { state: limiter, value: admitted } = admit(state.limiter, peer, ambient.nowMs)
  // From here on a refusal has been paid for: the limiter's new state goes with it (SPEC R1).
  if (admitted._tag === 'Left') return refuse(withLimiter(state, limiter), admitted.left)
  const { serviceName, wantedVersion, authToken } = shaped.right
  if (backend === undefined) return refuse(withLimiter(state, limiter), unknownService(serviceName))
  const version = checkVersion(backend.versions, wantedVersion)
  if (version._tag === 'Left') return refuse(withLimiter(state, limiter), version.left)
  if (state.sessions !== undefined) {
    const session = checkSession(state.sessions, serviceName, authToken)
    if (session._tag === 'Left') return refuse(withLimiter(state, limiter), session.left)
  }
  return grant(state, limiter, backend, shaped.right, ambient)
}

/**
 * The outcome of an error that kept a request from being negotiated.
 *
 * @category constructors
 * @since 0.1.0
 */
export function refusedOutcome(error: NegotiationError): RefusedOutcome {
  return { _tag: 'Refused', reply: refusedMessage(error), error }
}

/**
 * How many draws an outcome used up, whether or not they became a token.
 *
 * @category queries
 * @since 0.1.0
 */
export function drawsUsed(outcome: Outcome): number {
  if (outcome._tag === 'Refused' || outcome.handoff._tag === 'NotRequested') return 0
  return outcome.handoff._tag === 'Granted' ? outcome.handoff.drawsUsed : outcome.handoff.error.drawsUsed
}

function refuse(state: BrokerState, error: NegotiationError): Step<BrokerState, Outcome> {
  return step(state, refusedOutcome(error))
}

/** Every check has passed: a connection id is taken first, then a token if the client can use one (SPEC N5). */
function grant(
  state: BrokerState, limiter: RateLimiter, backend: Backend, hello: ShapedHello, ambient: Ambient,
): Step<BrokerState, Outcome> {
  const { tokens, acks, nextConnectionId: connectionId, sessions } = state
  const numbered = { limiter, tokens, acks, nextConnectionId: nextU64(connectionId), sessions }
  const { state: next, value: handoff } = hasCapability(hello.capabilities, CAP_HANDLE_PASSING)
    ? grantHandoff(numbered, backend.serviceName, connectionId, ambient)
    : step(numbered, NOT_REQUESTED)
  const token = handoff._tag === 'Granted' ? handoff.token : undefined
  const reply = agree(backend, hello.keepaliveSecs, connectionId, token)
  return step(next, { _tag: 'Negotiated', reply, serviceName: backend.serviceName, handoff })
}

const NOT_REQUESTED: HandoffGrant = Object.freeze({ _tag: 'NotRequested' })

/** A token issued is at once a handoff to be acknowledged, by a backend whose pid is not known (SPEC N8). */
function grantHandoff(
  state: BrokerState, serviceName: ServiceName, connectionId: bigint, { nowMs, draws }: Ambient,
): Step<BrokerState, HandoffGrant> {
  const { state: tokens, value: issued } = TokenStore.issue(state.tokens, nowMs, draws)
  if (issued._tag === 'Left') {
    return step(withHandoffs(state, tokens, state.acks), { _tag: 'Withheld', error: issued.left })
  }
  const { token, drawsUsed } = issued.right
  const acks = AckRegistry.register(state.acks, token, { serviceName, backendPid: 0, connectionId }, nowMs)
  return step(withHandoffs(state, tokens, acks), { _tag: 'Granted', token, drawsUsed })
}
