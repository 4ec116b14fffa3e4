/**
 * What a broker's operator decides: services, limits, deadlines, who may connect. Parsed, never trusted.
 *
 * **Laws**
 *  1. `parsePolicy` answers for every value whatever: a policy, or every fault of it at once.
 *  2. What it lets through needs no further check: names, versions, limits and durations are branded.
 *  3. Zero limits are legal and clamped where they are used (SPEC R3, T1, A1).
 *
 * **Not here** files: the command reads JSON and hands over what it holds.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { fromHex, fromLatin1, toHex } from '../data/Bytes.js'
import { MAX_INSTANT_MS } from '../data/Instant.js'
import { isServiceName, type ServiceName } from '../data/ServiceName.js'
import { isU32, isU64 } from '../data/U64.js'
import { exceedsUtf8Bytes } from '../data/Utf8.js'
import { isVersion, type Version } from '../data/Version.js'
import { DEFAULT_ACK_DEADLINE_MS } from '../step/AckRegistry.js'
import type { PeerPolicy } from '../step/PeerPolicy.js'
import { DEFAULT_RATE_LIMIT } from '../step/RateLimiter.js'
import { backendOf, type ServiceTable } from '../step/ServiceTable.js'
import { parseSessionHalf, type SessionAuthority, type SessionHalf } from '../step/SessionAuthority.js'
import { DEFAULT_TOKEN_LIMITS } from '../step/TokenStore.js'
import { DEFAULT_HELLO_TIMEOUT_MS } from './Connection.js'
import { closed, decodeWith, type Fault, listOf, mapOf, nothing, optional, refined, secret, withDefault } from './Fault.js'

declare const count: unique symbol
declare const durationMs: unique symbol
declare const timeoutMs: unique symbol

/**
 * A number of things: a whole number from 0 to 2^32 − 1.
 *
 * @category model
 * @since 0.1.0
 */
export type Count = number & { readonly [count]: true }

/**
 * A duration in milliseconds: from 0 to less than 2^52, halves allowed.
 *
 * @category model
 * @since 0.1.0
 */
export type DurationMs = number & { readonly [durationMs]: true }

/**
 * A duration in milliseconds that is not 0.
 *
 * @category model
 * @since 0.1.0
 */
export type TimeoutMs = DurationMs & { readonly [timeoutMs]: true }

/**
 * A broker's policy.
 *
 * @category model
 * @since 0.1.0
 */
export interface Policy {
  readonly services: ServiceTable
  readonly peerPolicy: PeerPolicy
  /** How long a peer has for its whole first frame (SPEC C7). */
  readonly helloTimeoutMs: TimeoutMs
  readonly rateLimit: { readonly maxPerWindow: Count; readonly windowMs: DurationMs }
  readonly tokenStore: {
    readonly maxPending: Count
    readonly ttlMs: DurationMs
    readonly collisionAttempts: Count
  }
  readonly ackDeadlineMs: DurationMs
  /** Asked for every Hello's session token where there is one (SPEC K1). */
  readonly sessions: SessionAuthority | undefined
}

/**
 * The longest daemon version and backend pipe in UTF-8 bytes. The protocol sets none; real endpoints
 * have at most 260 (SPEC M3). With this one, every reply fits in a frame.
 *
 * @category constants
 * @since 0.1.0
 */
export const BACKEND_TEXT_MAX_BYTES = 4_096

/**
 * The most tries a policy may allow for a token: with 2^128 tokens the second is never needed, and a
 * bound keeps one Hello from draining the random source.
 *
 * @category constants
 * @since 0.1.0
 */
export const COLLISION_ATTEMPTS_MAX = 256

/**
 * Parses a policy from anything, JSON most of all; only `services` is required.
 *
 * @example
 * import assert from 'node:assert'
 * import { describeFault, parsePolicy } from 'hello-negotiation'
 *
 * const parsed = parsePolicy({
 *   services: [{ serviceName: 'ZCCache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }],
 *   ackDeadlineMs: -1,
 * })
 * assert.deepEqual(parsed._tag === 'Left' && parsed.left.map(describeFault), [
 *   'services[0].serviceName: found "ZCCache"; expected 1 to 64 of a-z, 0-9 and -',
 *   'ackDeadlineMs: found -1; expected a number of milliseconds from 0 to less than 2^52',
 * ])
 *
 * @category constructors
 * @since 0.1.0
 */
export function parsePolicy(input: unknown): Either<ReadonlyArray<Fault>, Policy> {
  const decoded = decodeWith(PolicyInput, input)
  if (decoded._tag === 'Left') return decoded
  const { services, ...others } = decoded.right
  return E.right({ ...others, services: serviceTable(services) })
}

/** @internal */
export const CountCodec: t.Type<Count> = refined<Count>(
  'a whole number from 0 to 4294967295', (value): value is Count => typeof value === 'number' && isU32(value),
)

/** @internal */
export const DurationMsCodec: t.Type<DurationMs> = refined<DurationMs>(
  'a number of milliseconds from 0 to less than 2^52',
  (value): value is DurationMs => typeof value === 'number' && value >= 0 && value < MAX_INSTANT_MS,
)

/** @internal */
export const ServiceNameCodec: t.Type<ServiceName> = refined<ServiceName>(
  '1 to 64 of a-z, 0-9 and -', (value): value is ServiceName => typeof value === 'string' && isServiceName(value),
)

/** @internal Half a session token. */
export const SessionHalfCodec: t.Type<SessionHalf, string> = secretHex(
  parseSessionHalf, (half) => toHex(fromLatin1(half)),
)

const TimeoutMsCodec = refined<TimeoutMs>(
  'a number of milliseconds above 0 and less than 2^52',
  (value): value is TimeoutMs => DurationMsCodec.is(value) && value > 0,
)

const AttemptsCodec = refined<Count>(
  `a whole number from 0 to ${COLLISION_ATTEMPTS_MAX}`,
  (value): value is Count => CountCodec.is(value) && value <= COLLISION_ATTEMPTS_MAX,
)

const VERSION_EXPECTED = 'a version: D.D.D or D.D.D-tail with a tail of a-z, 0-9 and .'

const VersionCodec = refined<Version>(
  VERSION_EXPECTED, (value): value is Version => typeof value === 'string' && isVersion(value),
)

const MinVersionCodec = refined<Version | ''>(
  `${VERSION_EXPECTED}; or nothing, for any`, (value): value is Version | '' => value === '' || VersionCodec.is(value),
)

const BackendText = refined<string>(
  `a text of at most ${BACKEND_TEXT_MAX_BYTES} bytes`,
  (value): value is string => typeof value === 'string' && !exceedsUtf8Bytes(value, BACKEND_TEXT_MAX_BYTES),
)

/** JSON has no u64: a small one may be a number, any one a text of decimal digits. */
const Bitmap = new t.Type<bigint, string, unknown>(
  'a u64: a decimal text, or a whole number up to 2^53 - 1',
  t.bigint.is,
  (value, context) => {
    const isText = typeof value === 'string' && /^\d{1,20}$/.test(value)
    const isNumber = typeof value === 'number' && Number.isSafeInteger(value)
    const bitmap = isText || isNumber || typeof value === 'bigint' ? BigInt(value) : -1n
    return isU64(bitmap) ? t.success(bitmap) : t.failure(value, context)
  },
  String,
)

const Service = closed('a service', {
  serviceName: ServiceNameCodec,
  minVersion: withDefault(MinVersionCodec, ''),
  versionAllowList: withDefault(listOf('a list of versions', VersionCodec), []),
  daemonVersion: BackendText,
  backendPipe: BackendText,
  serverCapabilities: withDefault(Bitmap, 0n),
})

const ServiceList = listOf('a list of services', Service)

/** A name registered twice is a slip of the pen, and which of the two counts would be anybody's guess. */
const DistinctServices = new t.Type<ReadonlyArray<ServiceInput>, unknown, unknown>(
  ServiceList.name, ServiceList.is,
  (value, context) => {
    const decoded = ServiceList.validate(value, context)
    const errors = [...(decoded._tag === 'Left' ? decoded.left : []), ...duplicateNames(value, context)]
    return errors.length === 0 ? decoded : t.failures(errors)
  },
  ServiceList.encode,
)

const OwnerOnly = closed('{"ownerOnly": user id}', { ownerOnly: BackendText })

const PeerPolicyCodec = new t.Type<PeerPolicy, unknown, unknown>(
  '"allow-any" or {"ownerOnly": user id}',
  t.type({ _tag: t.string }).is as t.Is<PeerPolicy>,
  (value, context) => {
    if (value === 'allow-any') return t.success(ALLOW_ANY)
    const owner = OwnerOnly.decode(value)
    return owner._tag === 'Right'
      ? t.success({ _tag: 'OwnerOnly', userId: owner.right.ownerOnly })
      : t.failure(value, context)
  },
  t.identity,
)

const ALLOW_ANY: PeerPolicy = Object.freeze({ _tag: 'AllowAny' })

const NO_HALVES: ReadonlyMap<ServiceName, SessionHalf> = new Map()

const Sessions = secret(closed('session halves', {
  brokerHalf: SessionHalfCodec,
  daemonHalves: withDefault(mapOf('session halves by service', ServiceNameCodec, SessionHalfCodec), NO_HALVES),
}))

const RateLimitInput = closed('a rate limit', {
  maxPerWindow: withDefault(CountCodec, DEFAULT_RATE_LIMIT.maxPerWindow as Count),
  windowMs: withDefault(DurationMsCodec, DEFAULT_RATE_LIMIT.windowMs as DurationMs),
})

const TokenStoreInput = closed('token limits', {
  maxPending: withDefault(CountCodec, DEFAULT_TOKEN_LIMITS.maxPending as Count),
  ttlMs: withDefault(DurationMsCodec, DEFAULT_TOKEN_LIMITS.ttlMs as DurationMs),
  collisionAttempts: withDefault(AttemptsCodec, DEFAULT_TOKEN_LIMITS.collisionAttempts as Count),
})

const PolicyInput = closed('a policy', {
  services: DistinctServices,
  peerPolicy: withDefault(PeerPolicyCodec, ALLOW_ANY),
  helloTimeoutMs: withDefault(TimeoutMsCodec, DEFAULT_HELLO_TIMEOUT_MS as TimeoutMs),
  rateLimit: withDefault(RateLimitInput, DEFAULT_RATE_LIMIT as Policy['rateLimit']),
  tokenStore: withDefault(TokenStoreInput, DEFAULT_TOKEN_LIMITS as Policy['tokenStore']),
  ackDeadlineMs: withDefault(DurationMsCodec, DEFAULT_ACK_DEADLINE_MS as DurationMs),
  sessions: optional(Sessions, undefined),
})

type ServiceInput = t.TypeOf<typeof Service>

/** @internal A codec between sixteen bytes in hex and what is made of them; wrap what holds it in `secret`. */
export function secretHex<A>(parse: (bytes: Uint8Array) => A | undefined, show: (value: A) => string): t.Type<A, string> {
  return new t.Type(
    '32 hex digits',
    (value): value is A => value !== undefined,
    (value, context) => {
      const bytes = typeof value === 'string' ? fromHex(value) : undefined
      const parsed = bytes === undefined ? undefined : parse(bytes)
      return parsed === undefined ? t.failure(value, context) : t.success(parsed)
    },
    show,
  )
}

function duplicateNames(input: unknown, context: t.Context): ReadonlyArray<t.ValidationError> {
  const names = t.UnknownArray.is(input) ? input.map((item) => (t.UnknownRecord.is(item) ? item['serviceName'] : undefined)) : []
  const firsts = new Map<unknown, number>()
  return names.flatMap((value, i) => {
    const first = firsts.get(value)
    if (first === undefined) firsts.set(value, i)
    if (first === undefined || typeof value !== 'string') return []
    const type = nothing(`a name not yet used; services[${first}] has it`)
    return [{ value, context: [...context, { key: `${i}`, type }, { key: 'serviceName', type }] }]
  })
}

function serviceTable(services: ReadonlyArray<ServiceInput>): ServiceTable {
  return new Map(services.map((service) => [service.serviceName, backendOf(service)]))
}
