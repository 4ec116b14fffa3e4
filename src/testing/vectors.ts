/**
 * Runs the reference's answers against the library: golden bytes, names, decoding, whole sessions.
 *
 * Each runner takes the text of one vector file and gives a report; it never throws, so a file that
 * cannot be read is a failure like any other.
 *
 * **Not here** files: a script or a test reads them.
 */
import * as E from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { fromHex, toHex } from '../data/Bytes.js'
import { handoffToken, type HandoffToken, tokenBytes } from '../data/HandoffToken.js'
import { peerIdentity } from '../data/PeerIdentity.js'
import { isServiceName } from '../data/ServiceName.js'
import { isVersion } from '../data/Version.js'
import { exchange } from '../negotiate/answer.js'
import { type BrokerState, initialState } from '../negotiate/BrokerState.js'
import * as Handoffs from '../negotiate/Handoffs.js'
import { drawsUsed, negotiate, refusedOutcome } from '../negotiate/negotiate.js'
import { parsePolicy, type Policy } from '../negotiate/Policy.js'
import { helloReply } from '../negotiate/Reply.js'
import * as AckRegistry from '../step/AckRegistry.js'
import { register } from '../step/ServiceTable.js'
import * as TokenStore from '../step/TokenStore.js'
import { type Codec, CODECS } from '../wire/messages/codecs.js'
import { decodeFrame } from '../wire/messages/Frame.js'
import { encodeHelloReply } from '../wire/messages/HelloReply.js'
import { type FieldSchema, type MessageName, SCHEMA } from '../wire/messages/schema.js'
import { camelName } from './camelName.js'

/**
 * What a run over one file found.
 *
 * @category model
 * @since 0.1.0
 */
export interface VectorReport {
  readonly passed: number
  readonly failures: ReadonlyArray<VectorFailure>
}

/**
 * One vector on which the library differs: its id, the step within it, what was expected and what came.
 *
 * @category model
 * @since 0.1.0
 */
export interface VectorFailure {
  readonly id: string
  readonly step: string
  readonly expected: string
  readonly got: string
}

/**
 * The runner of each vector file, by the file's name.
 *
 * @example
 * import assert from 'node:assert'
 * import { VECTOR_RUNNERS } from 'hello-negotiation/testing'
 *
 * const line = JSON.stringify({ input: 'constructor', serviceName: true, version: false })
 * assert.deepEqual(VECTOR_RUNNERS['names.jsonl'](line), { passed: 1, failures: [] })
 *
 * @category constants
 * @since 0.1.0
 */
export const VECTOR_RUNNERS = {
  'golden.json': (text: string): VectorReport => report(E.map((all: ReadonlyArray<Golden>) => all.map((golden) => () => golden))(parse(text)), checkGolden),
  'names.jsonl': (text: string): VectorReport => report(lines<NameVector>(text), checkName),
  'decode.jsonl': (text: string): VectorReport => report(lines<DecodeVector>(text), checkDecode),
  'sessions.jsonl': (text: string): VectorReport => report(lines<SessionVector>(text), checkSession),
} as const

/**
 * A failure on a few lines.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeVectorFailure({ id, step, expected, got }: VectorFailure): string {
  return `${id} ${step}\n  expected ${expected}\n  got      ${got}`
}

type Check<A> = (vector: A, index: number) => ReadonlyArray<VectorFailure>

function report<A>(vectors: E.Either<VectorFailure, ReadonlyArray<() => A>>, check: Check<A>): VectorReport {
  if (vectors._tag === 'Left') return { passed: 0, failures: [vectors.left] }
  const results = vectors.right.map((vector, index) => guarded(() => check(vector(), index), index))
  return { passed: results.filter((failures) => failures.length === 0).length, failures: results.flat() }
}

function guarded(check: () => ReadonlyArray<VectorFailure>, index: number): ReadonlyArray<VectorFailure> {
  const checked = E.tryCatch(check, (error) => [failure(`line ${index + 1}`, 'reading', 'a vector', String(error))])
  return checked._tag === 'Left' ? checked.left : checked.right
}

function parse<A>(text: string): E.Either<VectorFailure, A> {
  return E.tryCatch(() => JSON.parse(text) as A, (error) => failure('file', 'reading', 'JSON', String(error)))
}

/** Line by line, so that one that cannot be read costs itself alone; it is told when its turn comes. */
function lines<A>(text: string): E.Either<VectorFailure, ReadonlyArray<() => A>> {
  return E.right(text.split('\n').filter((line) => line.trim() !== '').map((line) => () => JSON.parse(line) as A))
}

function failure(id: string, step: string, expected: string, got: string): VectorFailure {
  return { id, step, expected, got }
}

function expectEqual(id: string, step: string, expected: unknown, got: unknown): ReadonlyArray<VectorFailure> {
  const [wanted, found] = [shown(expected), shown(got)]
  return wanted === found ? [] : [failure(id, step, wanted, found)]
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (inner instanceof Uint8Array) return `hex:${toHex(inner)}`
    return inner instanceof Map ? { map: [...inner] } : inner
  })
}

/** Throws, which makes the vector a failure: read as no bytes, it might pass. */
function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  if (bytes === undefined) throw new Error(`not hex: ${hex}`)
  return bytes
}

// ---------------------------------------------------------------- golden.json, names.jsonl, decode.jsonl

interface Golden {
  readonly message: MessageName
  readonly fields: Readonly<Record<string, unknown>>
  readonly bytes: string
}

function checkGolden({ message, fields, bytes }: Golden): ReadonlyArray<VectorFailure> {
  const codec = codecOf(message)
  const value = messageOf(message, fields)
  const decoded = codec.decode(bytesOf(bytes))
  return [
    ...expectEqual(message, 'encode', bytes, toHex(codec.encode(value))),
    ...expectEqual(message, 'decode', value, decoded._tag === 'Right' ? decoded.right : decoded.left),
  ]
}

/** All codecs under one type, for code that goes by name. */
function codecOf(message: MessageName): Codec<unknown> {
  return CODECS[message] as Codec<unknown>
}

function messageOf(message: MessageName, fields: Readonly<Record<string, unknown>>): unknown {
  const members = SCHEMA[message].filter(({ kind }) => kind === 'message')
  const chosen = members.find(({ name }) => fields[name] !== undefined)
  if (chosen !== undefined) return { result: { _tag: chosen.of, [camelName(chosen.name)]: fieldOf(chosen, fields[chosen.name]) } }
  return Object.fromEntries(SCHEMA[message].map((field) => [camelName(field.name), fieldOf(field, fields[field.name])]))
}

function fieldOf(field: FieldSchema, value: unknown): unknown {
  switch (field.kind) {
    case 'uint64':
      return BigInt(value as string)
    case 'bytes':
      return bytesOf(String(value).replace('hex:', ''))
    case 'map':
      return new Map(Object.entries(value as Record<string, string>))
    case 'message':
      return messageOf(field.of as MessageName, value as Record<string, unknown>)
    default:
      return value
  }
}

interface NameVector {
  readonly input: string
  readonly serviceName: boolean
  readonly version: boolean
}

function checkName({ input, serviceName, version }: NameVector): ReadonlyArray<VectorFailure> {
  return [
    ...expectEqual(JSON.stringify(input), 'service name', serviceName, isServiceName(input)),
    ...expectEqual(JSON.stringify(input), 'version', version, isVersion(input)),
  ]
}

interface DecodeVector {
  readonly message: MessageName
  readonly bytes: string
  readonly canonical: string | null
}

function checkDecode({ message, bytes, canonical }: DecodeVector, index: number): ReadonlyArray<VectorFailure> {
  const codec = codecOf(message)
  const decoded = codec.decode(bytesOf(bytes))
  const got = decoded._tag === 'Left' ? null : toHex(codec.encode(decoded.right))
  return expectEqual(`line ${index + 1}`, `${message} ${bytes}`, canonical, got)
}

// ---------------------------------------------------------------- sessions.jsonl

interface SessionVector {
  readonly id: string
  readonly rateLimit: unknown
  readonly ackDeadlineMs: number
  readonly tokenStore: unknown
  readonly backends: ReadonlyArray<BackendVector>
  readonly steps: ReadonlyArray<StepVector>
}

interface BackendVector {
  readonly serviceName: string
  readonly minVersion: string
  readonly versionAllowList: ReadonlyArray<string>
  readonly daemonVersion: string
  readonly backendPipe: string
  readonly serverCapabilities: string
  readonly accepted: boolean
}

type StepVector = { readonly nowMs: number; readonly after: { readonly pendingTokens: number; readonly pendingAcks: number } } & (
  | { readonly op: 'hello'; readonly frame: string; readonly pid: number; readonly entropy: ReadonlyArray<string>; readonly reply: string; readonly entropyLeft: number }
  | { readonly op: 'connection'; readonly bytes: string; readonly pid: number; readonly entropy: ReadonlyArray<string>; readonly response: string; readonly entropyLeft: number }
  | { readonly op: 'acknowledge'; readonly token: string; readonly result: unknown }
  | { readonly op: 'expire'; readonly expired: ReadonlyArray<ExpiredVector> }
  | { readonly op: 'consume'; readonly expected: string; readonly presented: string; readonly result: string }
  | { readonly op: 'abandon'; readonly token: string; readonly serviceName: string | null }
  | { readonly op: 'prune'; readonly pruned: number }
)

interface ExpiredVector {
  readonly token: string
  readonly serviceName: string
  readonly deadlineMs: number
}

/** What a step did: the next state, and where it differed from the reference. */
interface Played {
  readonly state: BrokerState
  readonly expected: unknown
  readonly got: unknown
}

function checkSession(vector: SessionVector): ReadonlyArray<VectorFailure> {
  const { policy, failures } = policyOf(vector)
  const start = { state: initialState(policy), failures }
  return vector.steps.reduce(({ state, failures }, step, i) => {
    const { state: next, expected, got } = play(policy, state, step)
    const after = { pendingTokens: TokenStore.pendingCount(next.tokens), pendingAcks: AckRegistry.pendingCount(next.acks) }
    const id = `step ${i} (${step.op} at ${step.nowMs} ms)`
    return {
      state: next,
      failures: [
        ...failures,
        ...expectEqual(vector.id, id, expected, got),
        ...expectEqual(vector.id, `${id}, counts after`, step.after, after),
      ],
    }
  }, start).failures
}

function policyOf(vector: SessionVector): { readonly policy: Policy; readonly failures: ReadonlyArray<VectorFailure> } {
  const { id, rateLimit, ackDeadlineMs, tokenStore } = vector
  const parsed = parsePolicy({ services: [], rateLimit, ackDeadlineMs, tokenStore })
  const policy = E.getOrElse((): Policy => EMPTY_POLICY)(parsed)
  return vector.backends.reduce(({ policy, failures }, backend, i) => {
    const registered = register(policy.services, { ...backend, serverCapabilities: BigInt(backend.serverCapabilities) })
    const services = registered._tag === 'Right' ? registered.right : policy.services
    const isAccepted = registered._tag === 'Right'
    return {
      policy: { ...policy, services },
      failures: [...failures, ...expectEqual(id, `backend ${i} accepted`, backend.accepted, isAccepted)],
    }
  }, { policy, failures: expectEqual(id, 'limits', 'Right', parsed._tag) })
}

const EMPTY_POLICY = (parsePolicy({ services: [] }) as E.Right<Policy>).right

function play(policy: Policy, state: BrokerState, step: StepVector): Played {
  const { nowMs } = step
  switch (step.op) {
    case 'hello': {
      const ambient = { nowMs, draws: drawsOf(step.entropy) }
      const frame = decodeFrame(bytesOf(step.frame))
      const { state: next, value: outcome } = frame._tag === 'Left'
        ? { state, value: refusedOutcome({ _tag: 'MalformedFrame', cause: frame.left }) }
        : negotiate(policy, state, { frame: frame.right, peer: peerIdentity(step.pid) }, ambient)
      const got = { reply: toHex(encodeHelloReply(helloReply(outcome))), entropyLeft: step.entropy.length - drawsUsed(outcome) }
      return { state: next, expected: { reply: step.reply, entropyLeft: step.entropyLeft }, got }
    }
    case 'connection': {
      const ambient = { nowMs, draws: drawsOf(step.entropy) }
      const { state: next, value } = exchange(policy, state, bytesOf(step.bytes), peerIdentity(step.pid), ambient)
      const got = { response: toHex(value.bytes), entropyLeft: step.entropy.length - drawsUsed(value.outcome) }
      return { state: next, expected: { response: step.response, entropyLeft: step.entropyLeft }, got }
    }
    case 'acknowledge': {
      const { state: next, value } = Handoffs.acknowledge(state, tokenOf(step.token), nowMs)
      return { state: next, expected: step.result, got: ackResult(value) }
    }
    case 'expire': {
      const { state: next, value } = Handoffs.expireAcks(state, nowMs)
      const { ackDeadlineMs: deadlineMs } = state.acks
      const got = value.map(({ token, handoff: { serviceName } }) => ({ token: toHex(tokenBytes(token)), serviceName, deadlineMs }))
      return { state: next, expected: sorted(step.expired), got: sorted(got) }
    }
    case 'consume': {
      const { state: next, value } = Handoffs.consume(state, tokenOf(step.expected), tokenOf(step.presented), nowMs)
      return { state: next, expected: step.result, got: value._tag === 'Right' ? 'ok' : value.left._tag }
    }
    case 'abandon': {
      const { state: next, value } = Handoffs.abandon(state, tokenOf(step.token))
      return { state: next, expected: step.serviceName, got: value?.serviceName ?? null }
    }
    case 'prune': {
      const { state: next, value } = Handoffs.expireTokens(state, nowMs)
      return { state: next, expected: step.pruned, got: value }
    }
    default:
      return absurd(step)
  }
}

function drawsOf(entropy: ReadonlyArray<string>): TokenStore.Draws {
  return TokenStore.draws(bytesOf(entropy.join('')))
}

function tokenOf(hex: string): HandoffToken {
  return handoffToken(bytesOf(hex)) as HandoffToken
}

function ackResult(value: E.Either<AckRegistry.AckError, AckRegistry.Acknowledged>): unknown {
  if (value._tag === 'Right') {
    const { handoff, waitedMs } = value.right
    return { ok: { serviceName: handoff.serviceName, backendPid: handoff.backendPid, waitedMs } }
  }
  return value.left._tag === 'AckDeadlineExceeded'
    ? { err: value.left._tag, serviceName: value.left.handoff.serviceName, deadlineMs: value.left.ackDeadlineMs }
    : { err: value.left._tag }
}

/** The reference's order of expiry is not fixed, so the two are compared as sets. */
function sorted(expired: ReadonlyArray<ExpiredVector>): ReadonlyArray<ExpiredVector> {
  return [...expired].sort((a, b) => (a.token < b.token ? -1 : 1))
}
