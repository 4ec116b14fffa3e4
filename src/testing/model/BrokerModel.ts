/**
 * A whole broker that is plainly right: bytes in, bytes out, and its memory in lists. To be read beside SPEC.
 *
 * **State** the policy, the models of the three records, and the next connection id. It is its own snapshot.
 *
 * **Not here** when it sweeps, what it tells and where its time and draws come from: `ShellModel`.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import { type Step, step } from '../../data/Step.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { AckError, Acknowledged, Handoff, OverdueAck } from '../../step/AckRegistry.js'
import type { Backend } from '../../step/ServiceTable.js'
import type { ConsumeError, Draws, IssueError } from '../../step/TokenStore.js'
import { EMPTY_FRAME, type Frame } from '../../wire/messages/Frame.js'
import type { Hello } from '../../wire/messages/Hello.js'
import type { HelloReply } from '../../wire/messages/HelloReply.js'
import * as AckRegistryModel from './AckRegistryModel.js'
import { framed, type Heard, heard } from './ConnectionModel.js'
import { envelopeFault, isAdmitted, sessionFault, shapeFault, versionFault } from './HelloModel.js'
import * as RateLimiterModel from './RateLimiterModel.js'
import { REFUSAL_ROWS, type RefusalName } from './RefusalModel.js'
import * as TokenStoreModel from './TokenStoreModel.js'
import * as WireModel from './WireModel.js'

/**
 * A broker's policy and memory.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerModel {
  readonly policy: Policy
  readonly limiter: RateLimiterModel.RateLimiterModel
  readonly tokens: TokenStoreModel.TokenStoreModel
  readonly acks: AckRegistryModel.AckRegistryModel
  readonly nextConnectionId: bigint
}

/**
 * The end of a Hello: the reply, what it was, and what became of a token, where one was asked for.
 *
 * @category model
 * @since 0.1.0
 */
export interface Verdict {
  readonly reply: HelloReply
  readonly name: 'Negotiated' | RefusalName
  readonly backend: Backend | undefined
  readonly token: HandoffToken | undefined
  readonly withheld: IssueError['_tag'] | undefined
  readonly drawsUsed: number
}

/**
 * A verdict, and the framed bytes that tell it; none for a peer that is not admitted.
 *
 * @category model
 * @since 0.1.0
 */
export interface Answered {
  readonly bytes: Uint8Array
  readonly verdict: Verdict
}

/**
 * What was due.
 *
 * @category model
 * @since 0.1.0
 */
export interface Due {
  readonly overdueAcks: ReadonlyArray<OverdueAck>
  readonly expiredTokens: number
}

/**
 * A broker that has just started (SPEC R3, T1, A1, N5).
 *
 * @category constructors
 * @since 0.1.0
 */
export function brokerModel(policy: Policy): BrokerModel {
  return {
    policy,
    limiter: RateLimiterModel.rateLimiterModel(policy.rateLimit),
    tokens: TokenStoreModel.tokenStoreModel(policy.tokenStore),
    acks: AckRegistryModel.ackRegistryModel(policy.ackDeadlineMs),
    nextConnectionId: 1n,
  }
}

/**
 * Answers all the bytes of a connection that has ended (SPEC C1, C3, C4).
 *
 * @example
 * import assert from 'node:assert'
 * import { initialState, exchange, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { TokenStore } from 'hello-negotiation/step'
 * import { BrokerModel } from 'hello-negotiation/testing'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const [bytes, draws] = [Uint8Array.of(0x01, 0x00), TokenStore.NO_DRAWS]
 * const expected = BrokerModel.exchange(BrokerModel.brokerModel(policy.right), bytes, UNVERIFIED_PEER, 0, draws)
 * const actual = exchange(policy.right, initialState(policy.right), bytes, UNVERIFIED_PEER, { nowMs: 0, draws })
 * assert.deepEqual(actual.value.bytes, expected.value.bytes)
 *
 * @category steps
 * @since 0.1.0
 */
export function exchange(
  model: BrokerModel, bytes: Uint8Array, peer: PeerIdentity, nowMs: number, draws: Draws,
): Step<BrokerModel, Answered> {
  return answer(model, heard({ bytes: [...bytes], hasEnded: true, isOverdue: false }), peer, nowMs, draws)
}

/**
 * Answers what was heard on a connection (SPEC C1, C3, C4).
 *
 * @category steps
 * @since 0.1.0
 */
export function answer(
  model: BrokerModel, opening: Heard, peer: PeerIdentity, nowMs: number, draws: Draws,
): Step<BrokerModel, Answered> {
  if (!isAdmitted(model.policy, peer)) return step(model, { bytes: new Uint8Array(0), verdict: no('PeerNotOwner') })
  if (opening._tag !== 'Frame') {
    const verdict = no(opening._tag === 'Refusal' ? opening.name : 'UnexpectedEnd')
    return step(model, { bytes: replyBytes(verdict.reply, EMPTY_FRAME), verdict })
  }
  const { state, value: verdict } = negotiate(model, opening.frame, peer, nowMs, draws)
  return step(state, { bytes: replyBytes(verdict.reply, opening.frame), verdict })
}

/**
 * Negotiates a Hello's frame: the first check that fails decides, and those behind the limiter are paid for
 * (SPEC E1–E7, H1–H6, R1, L1, V1–V4, K1, K2).
 *
 * @category steps
 * @since 0.1.0
 */
export function negotiate(
  model: BrokerModel, frame: Frame, peer: PeerIdentity, nowMs: number, draws: Draws,
): Step<BrokerModel, Verdict> {
  const { policy } = model
  const envelope = envelopeFault(frame)
  if (envelope !== undefined) return step(model, no(envelope))
  const hello = WireModel.decode('Hello', frame.payload)
  if (hello === undefined) return step(model, no('MalformedHello'))
  const shape = shapeFault(hello, peer)
  if (shape !== undefined) return step(model, no(shape))
  const { state: limiter, value: admitted } = RateLimiterModel.admit(model.limiter, peer, nowMs)
  const paid = { ...model, limiter }
  if (admitted._tag === 'Left') return step(paid, no('RateLimited', admitted.left.retryAfterMs))
  const backend = [...policy.services.values()].find(({ serviceName }) => serviceName === hello.serviceName)
  if (backend === undefined) return step(paid, no('UnknownService'))
  const blocked = versionFault(backend, hello.wantedVersion) ?? sessionFault(policy, hello)
  if (blocked !== undefined) return step(paid, no(blocked))
  return agreed(paid, backend, hello, nowMs, draws)
}

/**
 * Takes a backend's ACK: whatever leaves the registry has its token revoked (SPEC A2, A3).
 *
 * @category steps
 * @since 0.1.0
 */
export function acknowledge(
  model: BrokerModel, token: HandoffToken, nowMs: number,
): Step<BrokerModel, Either<AckError, Acknowledged>> {
  const { state: acks, value } = AckRegistryModel.acknowledge(model.acks, token, nowMs)
  const isUnknown = value._tag === 'Left' && value.left._tag === 'TokenNotPending'
  return step({ ...(isUnknown ? model : revoked(model, token)), acks }, value)
}

/**
 * Consumes a token (SPEC T4).
 *
 * @category steps
 * @since 0.1.0
 */
export function consume(
  model: BrokerModel, expected: HandoffToken, presented: HandoffToken, nowMs: number,
): Step<BrokerModel, Either<ConsumeError, void>> {
  const { state: tokens, value } = TokenStoreModel.consume(model.tokens, expected, presented, nowMs)
  return step({ ...model, tokens }, value)
}

/**
 * Gives a handoff up; its token is revoked in any case (SPEC A4).
 *
 * @category steps
 * @since 0.1.0
 */
export function abandon(model: BrokerModel, token: HandoffToken): Step<BrokerModel, Handoff | undefined> {
  const { state: acks, value } = AckRegistryModel.abandon(model.acks, token)
  return step({ ...revoked(model, token), acks }, value)
}

/**
 * Removes overdue handoffs, and revokes their tokens (SPEC A5).
 *
 * @category steps
 * @since 0.1.0
 */
export function expireAcks(model: BrokerModel, nowMs: number): Step<BrokerModel, ReadonlyArray<OverdueAck>> {
  const { state: acks, value } = AckRegistryModel.expire(model.acks, nowMs)
  return step({ ...value.reduce((next, { token }) => revoked(next, token), model), acks }, value)
}

/**
 * Removes expired tokens; tells how many (SPEC T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function expireTokens(model: BrokerModel, nowMs: number): Step<BrokerModel, number> {
  const { state: tokens, value } = TokenStoreModel.expire(model.tokens, nowMs)
  return step({ ...model, tokens }, value)
}

/**
 * Removes everything that is due: handoffs first, and then the tokens that are left (SPEC A5, T6).
 *
 * @category steps
 * @since 0.1.0
 */
export function expire(model: BrokerModel, nowMs: number): Step<BrokerModel, Due> {
  const { state: limited, value: overdueAcks } = expireAcks(model, nowMs)
  const { state, value: expiredTokens } = expireTokens(limited, nowMs)
  return step({ ...state, limiter: RateLimiterModel.expire(state.limiter, nowMs) }, { overdueAcks, expiredTokens })
}

/**
 * When the next token or handoff is due, or `undefined` where none is pending (DIV-A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs({ acks, tokens }: BrokerModel): number | undefined {
  const next = [AckRegistryModel.nextDeadlineMs(acks), TokenStoreModel.nextDeadlineMs(tokens)].filter((atMs) => atMs !== undefined)
  return next.length === 0 ? undefined : Math.min(...next)
}

/**
 * Goes on under another policy: a limit that changes discards what was counted by it, tokens and handoffs
 * together; tells the handoffs that are dropped (SPEC R3, A6).
 *
 * @category steps
 * @since 0.1.0
 */
export function reconfigure(model: BrokerModel, policy: Policy): Step<BrokerModel, ReadonlyArray<Handoff>> {
  const fresh = brokerModel(policy)
  const { acks, limiter, nextConnectionId, tokens } = model
  const counted = isSame(limiter.limit, fresh.limiter.limit) ? { ...fresh, nextConnectionId, limiter } : { ...fresh, nextConnectionId }
  const isKept = isSame(tokens.limits, fresh.tokens.limits) && acks.ackDeadlineMs === fresh.acks.ackDeadlineMs
  return isKept ? step({ ...counted, tokens, acks }, []) : step(counted, acks.pending.map(({ handoff }) => handoff))
}

/** The yes (SPEC N1–N9). */
function agreed(
  model: BrokerModel, backend: Backend, hello: Hello, nowMs: number, draws: Draws,
): Step<BrokerModel, Verdict> {
  const connectionId = model.nextConnectionId
  const numbered = { ...model, nextConnectionId: (connectionId + 1n) % 2n ** 64n }
  const { state, value } = hello.clientCapabilities % 2n === 1n
    ? granted(numbered, backend, connectionId, nowMs, draws)
    : step(numbered, { token: undefined, withheld: undefined, drawsUsed: 0 })
  const negotiated = {
    negotiatedProtocol: 1,
    daemonVersion: backend.daemonVersion,
    backendPipe: backend.backendPipe,
    warnings: [],
    serverCapabilities: value.token === undefined ? backend.capabilities : backend.capabilities | 1n,
    keepaliveIntervalSecs: hello.clientKeepaliveSecs === 0n ? 1_800n : hello.clientKeepaliveSecs,
    handlePassedToken: value.token === undefined ? new Uint8Array(0) : tokenBytes(value.token),
    connectionId,
  }
  return step(state, { reply: { result: { _tag: 'Negotiated', negotiated } }, name: 'Negotiated', backend, ...value })
}

/** A token, and with it a handoff to be acknowledged (SPEC T2, N6, N8). */
function granted(
  model: BrokerModel, { serviceName }: Backend, connectionId: bigint, nowMs: number, draws: Draws,
): Step<BrokerModel, Pick<Verdict, 'drawsUsed' | 'token' | 'withheld'>> {
  const { state: tokens, value } = TokenStoreModel.issue(model.tokens, nowMs, draws)
  if (value._tag === 'Left') {
    const { _tag: withheld, drawsUsed } = value.left
    return step({ ...model, tokens }, { token: undefined, withheld, drawsUsed })
  }
  const { token, drawsUsed } = value.right
  const acks = AckRegistryModel.register(model.acks, token, { serviceName, backendPid: 0, connectionId }, nowMs)
  return step({ ...model, tokens, acks }, { token, withheld: undefined, drawsUsed })
}

/** The no (SPEC E7, and the row's own). */
function no(name: RefusalName, hintMs?: number): Verdict {
  const [code, reason, retryAfterMs] = REFUSAL_ROWS[name]
  const refused = {
    reason, daemonMinProtocol: 1, daemonMaxProtocol: 1, code, details: new Map(), retryAfterMs: BigInt(hintMs ?? retryAfterMs),
  }
  return { reply: { result: { _tag: 'Refused', refused } }, name, backend: undefined, token: undefined, withheld: undefined, drawsUsed: 0 }
}

/** The reply's frame echoes the request's id and trace headers (SPEC C3). */
function replyBytes(reply: HelloReply, { requestId, traceparent, tracestate }: Frame): Uint8Array {
  const payload = WireModel.encode('HelloReply', reply)
  return framed(WireModel.encode('Frame', {
    envelopeVersion: 1, kind: 1, payloadProtocol: 0, payload, requestId, payloadEncoding: 0, deadlineUnixMs: 0n, traceparent, tracestate,
  }))
}

function revoked(model: BrokerModel, token: HandoffToken): BrokerModel {
  return { ...model, tokens: TokenStoreModel.revoke(model.tokens, token).state }
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
