/**
 * A broker's state as plain JSON, and back: what an upgrade carries over, so that no token is lost.
 *
 * **Laws**
 *  1. `decodeSnapshot(JSON.parse(JSON.stringify(encodeSnapshot(state))))` is a state that answers every
 *     later step as `state` does.
 *  2. `decodeSnapshot` answers for every value whatever: a state whose invariants hold, or every fault.
 *
 * **Not here** time: instants in a snapshot are of the clock that made them. A process whose clock
 * starts anew goes on from `latestMs` (`createBroker` does so).
 * A snapshot holds tokens in the clear: keep it as you would keep a key.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { toHex } from '../data/Bytes.js'
import * as DeadlineMap from '../data/DeadlineMap.js'
import { handoffToken, type HandoffToken, tokenBytes, tokenFromKey, tokenKey } from '../data/HandoffToken.js'
import { MAX_INSTANT_MS } from '../data/Instant.js'
import { isU32, isU64 } from '../data/U64.js'
import { type AckRegistry, ackRegistry, type PendingAck } from '../step/AckRegistry.js'
import { type RateLimiter, rateLimiter, restoreWindows, windows } from '../step/RateLimiter.js'
import { type TokenStore, tokenStore } from '../step/TokenStore.js'
import type { BrokerState } from './BrokerState.js'
import { closed, decodeWith, type Fault, listOf, mapOf, optional, refined, secret } from './Fault.js'
import { secretHex, ServiceNameCodec, SessionHalfCodec } from './Policy.js'

/**
 * The version of the format below; another one is a fault.
 *
 * @category constants
 * @since 0.1.0
 */
export const SNAPSHOT_VERSION = 1 as const

const Instant = refined<number>(
  'an instant: a number of milliseconds from 0 to 2^52',
  (value): value is number => typeof value === 'number' && value >= 0 && value <= MAX_INSTANT_MS,
)
const Duration = refined<number>(
  'a duration: a number of milliseconds above 0 and up to 2^52',
  (value): value is number => typeof value === 'number' && value > 0 && value <= MAX_INSTANT_MS,
)
const Pid = refined<number>(
  'a pid: a whole number from 0 to 4294967295', (value): value is number => typeof value === 'number' && isU32(value),
)
const Count = refined<number>(
  'a whole number from 1 to 2^52',
  (value): value is number => Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_INSTANT_MS,
)
const U64 = new t.Type<bigint, string, unknown>(
  'a u64 in decimal digits',
  t.bigint.is,
  (value, context) => {
    const u64 = typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : -1n
    return isU64(u64) ? t.success(u64) : t.failure(value, context)
  },
  String,
)
const Token: t.Type<HandoffToken, string> = secretHex(handoffToken, (token) => toHex(tokenBytes(token)))

const Window = closed('an open window', { pid: Pid, openedMs: Instant, count: Count })

const Limiter = closed('a rate limiter', {
  limit: closed('a rate limit', { maxPerWindow: Count, windowMs: Duration }),
  latestMs: Instant,
  windows: listOf('a list of open windows', Window),
})

const PendingToken = closed('a pending token', { token: Token, expiresMs: Instant })

const Tokens = secret(closed('a token store', {
  limits: closed('token limits', { maxPending: Count, ttlMs: Duration, collisionAttempts: Count }),
  latestMs: Instant,
  pending: listOf('a list of pending tokens', PendingToken),
}))

const PendingHandoff = closed('a pending handoff', {
  token: Token,
  serviceName: ServiceNameCodec,
  backendPid: Pid,
  connectionId: U64,
  issuedMs: Instant,
  deadlineMs: Instant,
})

const Acks = secret(closed('an ACK registry', {
  ackDeadlineMs: Duration,
  latestMs: Instant,
  pending: listOf('a list of pending handoffs', PendingHandoff),
}))

const Sessions = secret(closed('a session authority', {
  brokerHalf: SessionHalfCodec,
  daemonHalves: mapOf('session halves by service', ServiceNameCodec, SessionHalfCodec),
}))

const SnapshotCodec = closed('a snapshot', {
  version: t.literal(SNAPSHOT_VERSION, `the version ${SNAPSHOT_VERSION}`),
  nextConnectionId: U64,
  limiter: ordered(Limiter, 'windows in the order of openedMs, none after latestMs, no pid twice', windowsInOrder),
  tokens: ordered(Tokens, 'at most maxPending tokens, in the order of expiresMs, none more than a TTL away, none twice', tokensInOrder),
  acks: ordered(Acks, 'handoffs in the order of deadlineMs, none more than a deadline away, no token twice', acksInOrder),
  sessions: optional(Sessions, null),
})

/**
 * A state as plain JSON values: numbers of milliseconds, u64 in decimal digits, secrets in hex.
 *
 * @category model
 * @since 0.1.0
 */
export interface Snapshot {
  readonly version: typeof SNAPSHOT_VERSION
  readonly nextConnectionId: string
  readonly limiter: {
    readonly limit: { readonly maxPerWindow: number; readonly windowMs: number }
    readonly latestMs: number
    readonly windows: ReadonlyArray<{ readonly pid: number; readonly openedMs: number; readonly count: number }>
  }
  readonly tokens: {
    readonly limits: { readonly maxPending: number; readonly ttlMs: number; readonly collisionAttempts: number }
    readonly latestMs: number
    readonly pending: ReadonlyArray<{ readonly token: string; readonly expiresMs: number }>
  }
  readonly acks: {
    readonly ackDeadlineMs: number
    readonly latestMs: number
    readonly pending: ReadonlyArray<{
      readonly token: string
      readonly serviceName: string
      readonly backendPid: number
      readonly connectionId: string
      readonly issuedMs: number
      readonly deadlineMs: number
    }>
  }
  readonly sessions: null | {
    readonly brokerHalf: string
    readonly daemonHalves: Readonly<Record<string, string>>
  }
}

/**
 * Writes a state out.
 *
 * @example
 * import assert from 'node:assert'
 * import { decodeSnapshot, encodeSnapshot, initialState, parsePolicy } from 'hello-negotiation'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const written = JSON.stringify(encodeSnapshot(initialState(policy.right)))
 * assert.equal(decodeSnapshot(JSON.parse(written))._tag, 'Right')
 * assert.equal(decodeSnapshot({ version: 2 })._tag, 'Left')
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeSnapshot(state: BrokerState): Snapshot {
  return SnapshotCodec.encode({
    version: SNAPSHOT_VERSION,
    nextConnectionId: state.nextConnectionId,
    limiter: limiterOut(state.limiter),
    tokens: tokensOut(state.tokens),
    acks: acksOut(state.acks),
    sessions: state.sessions,
  })
}

/**
 * Reads a state back, from anything whatever.
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeSnapshot(input: unknown): Either<ReadonlyArray<Fault>, BrokerState> {
  return E.map(stateOf)(decodeWith(SnapshotCodec, input))
}

type LimiterRecord = t.TypeOf<typeof Limiter>
type TokensRecord = t.TypeOf<typeof Tokens>
type AcksRecord = t.TypeOf<typeof Acks>

function stateOf(snapshot: t.TypeOf<typeof SnapshotCodec>): BrokerState {
  const { limiter, tokens, acks, sessions, nextConnectionId } = snapshot
  return {
    limiter: restoreWindows(rateLimiter(limiter.limit), limiter.latestMs, limiter.windows.map(({ pid, ...window }) => [pid, window])),
    tokens: tokensIn(tokens),
    acks: acksIn(acks),
    nextConnectionId,
    sessions,
  }
}

function limiterOut(limiter: RateLimiter): LimiterRecord {
  const opened = [...windows(limiter)].map(([pid, { openedMs, count }]) => ({ pid, openedMs, count }))
  return { limit: limiter.limit, latestMs: limiter.latestMs, windows: opened.sort((a, b) => a.openedMs - b.openedMs) }
}

function tokensOut({ limits, latestMs, pending }: TokenStore): TokensRecord {
  const entries = DeadlineMap.toArray(pending)
  return { limits, latestMs, pending: entries.map(({ key, deadlineMs }) => ({ token: tokenFromKey(key), expiresMs: deadlineMs })) }
}

function tokensIn({ limits, latestMs, pending }: TokensRecord): TokenStore {
  const entries = pending.reduce(
    (map, { token, expiresMs }) => DeadlineMap.put(map, tokenKey(token), null, expiresMs), DeadlineMap.empty<null>(),
  )
  return { ...tokenStore(limits), latestMs, pending: entries }
}

function acksOut({ ackDeadlineMs, latestMs, pending }: AckRegistry): AcksRecord {
  const entries = DeadlineMap.toArray(pending).map(({ key, value, deadlineMs }) => ({
    token: tokenFromKey(key), ...value.handoff, issuedMs: value.issuedMs, deadlineMs,
  }))
  return { ackDeadlineMs, latestMs, pending: entries }
}

function acksIn({ ackDeadlineMs, latestMs, pending }: AcksRecord): AckRegistry {
  const entries = pending.reduce(
    (map, { token, issuedMs, deadlineMs, ...handoff }) =>
      DeadlineMap.put(map, tokenKey(token), { handoff, issuedMs }, deadlineMs),
    DeadlineMap.empty<PendingAck>(),
  )
  return { ...ackRegistry(ackDeadlineMs), latestMs, pending: entries }
}

/** The codec, with a further condition that its fields must meet together. */
function ordered<A, O>(codec: t.Type<A, O>, expected: string, holds: (value: A) => boolean): t.Type<A, O> {
  return new t.Type(
    codec.name, codec.is,
    (input, context) => {
      const decoded = codec.validate(input, context)
      if (decoded._tag === 'Left' || holds(decoded.right)) return decoded
      const entry = { ...(context[context.length - 1] as t.ContextEntry), type: refined(expected, t.never.is) }
      return t.failure(input, [...context.slice(0, -1), entry], 'something else')
    },
    codec.encode,
  )
}

function windowsInOrder({ windows, latestMs }: LimiterRecord): boolean {
  const opened = windows.map(({ openedMs }) => openedMs)
  return isSortedUpTo(opened, latestMs) && isDistinct(windows.map(({ pid }) => pid))
}

function tokensInOrder({ pending, latestMs, limits }: TokensRecord): boolean {
  const expiries = pending.map(({ expiresMs }) => expiresMs)
  if (pending.length > limits.maxPending) return false
  return isSortedUpTo(expiries, latestMs + limits.ttlMs) && isDistinct(pending.map(({ token }) => tokenKey(token)))
}

function acksInOrder({ pending, latestMs, ackDeadlineMs }: AcksRecord): boolean {
  const deadlines = pending.map(({ deadlineMs }) => deadlineMs)
  const areIssued = pending.every(({ issuedMs, deadlineMs }) => issuedMs <= Math.min(latestMs, deadlineMs))
  return areIssued && isSortedUpTo(deadlines, latestMs + ackDeadlineMs) && isDistinct(pending.map(({ token }) => tokenKey(token)))
}

function isSortedUpTo(values: ReadonlyArray<number>, last: number): boolean {
  return values.every((value, i) => value <= (values[i + 1] ?? last))
}

function isDistinct(values: ReadonlyArray<unknown>): boolean {
  return new Set(values).size === values.length
}
