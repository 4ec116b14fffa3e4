/**
 * The client's half for fast-check: requests, what may come back for one, and what a plan may be asked.
 *
 * Replies are mostly sound or wrong in one place, because any other is told apart by its first byte.
 */
import fc from 'fast-check'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import type { ReplyExpectation } from '../../client/ClientHello.js'
import type { ClientOutcome, NegotiatedReply, RefusedReply } from '../../client/ClientOutcome.js'
import type { ClientRequestFields } from '../../client/ClientRequest.js'
import type { Happened } from '../../client/Plan.js'
import { DEFAULT_REACTIONS, type PlanPolicy, type Reaction } from '../../client/PlanPolicy.js'
import { refusalKind } from '../../client/RefusalKind.js'
import { FrameKind } from '../../wire/messages/enums.js'
import { encodeFrame, frame } from '../../wire/messages/Frame.js'
import { encodeHelloReply, type HelloReply } from '../../wire/messages/HelloReply.js'
import { arbitraryHostileBytes, arbitraryText, arbitraryU32, arbitraryU64 } from './bytes.js'
import { arbitraryToken } from './draws.js'
import { framed } from './envelopes.js'
import { arbitraryHelloReply, arbitraryNegotiated, arbitraryRefused } from './messages.js'
import { arbitraryPid } from './peer.js'
import { arbitraryServiceName, arbitraryVersion } from './names.js'

/**
 * A request without a fault; any field but those it needs may be absent.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryClientRequest(): fc.Arbitrary<ClientRequestFields> {
  const bytes = fc.uint8Array({ maxLength: 40 })
  const short = fc.string({ unit: 'grapheme', maxLength: 4 })
  return fc.record({
    serviceName: arbitraryServiceName(),
    wantedVersion: arbitraryVersion(),
    clientVersion: short,
    clientLibName: short,
    clientLibVersion: short,
    peerPid: arbitraryPid(),
    capabilities: arbitraryU64(),
    keepaliveSecs: arbitraryU64(),
    minProtocol: fc.constantFrom(0, 1),
    maxProtocol: fc.oneof(fc.constant(1), arbitraryU32().filter((protocol) => protocol > 0)),
    requestId: arbitraryText(),
    connectionId: arbitraryU64(),
    authToken: bytes,
    peerAttestationNonce: bytes,
    capabilityToken: bytes,
    frameRequestId: arbitraryU64(),
    deadlineUnixMs: arbitraryU64(),
    traceparent: arbitraryText(),
    tracestate: arbitraryText(),
  }, { requiredKeys: ['serviceName', 'wantedVersion'], noNullPrototype: true })
}

/**
 * What a request is held against: few request ids, so that they meet by chance; ranges that take in 1.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryExpectation(): fc.Arbitrary<ReplyExpectation> {
  return fc.record({
    frameRequestId: fc.constantFrom(0n, 1n, 2n, 0xffff_ffff_ffff_ffffn),
    minProtocol: fc.constantFrom(0, 1),
    maxProtocol: fc.constantFrom(1, 2, 0xffff_ffff),
    offersHandlePassing: fc.boolean(),
  }, { noNullPrototype: true })
}

/**
 * A stream that answers this request, or is wrong in some way; more may follow the reply.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryReplyBytes(expected: ReplyExpectation): fc.Arbitrary<Uint8Array> {
  const mostly = <A>(usual: A, ...others: ReadonlyArray<A>): fc.Arbitrary<A> =>
    fc.oneof({ arbitrary: fc.constant(usual), weight: 20 }, { arbitrary: fc.constantFrom(...others), weight: 1 })
  const reply = fc.oneof(
    { arbitrary: arbitraryLikelyYes(), weight: 4 },
    { arbitrary: arbitraryHelloReply(), weight: 3 },
  )
  const payload = reply.map(encodeHelloReply)
  const body = fc.record({
    envelopeVersion: mostly(1, 0, 2),
    kind: mostly<number>(FrameKind.FRAME_KIND_RESPONSE, 0, 2, -1),
    payloadProtocol: mostly(0, 0xad01),
    payloadEncoding: mostly(0, 1, -1),
    payload: fc.oneof({ arbitrary: payload, weight: 6 }, { arbitrary: arbitraryHostileBytes(payload), weight: 1 }),
    requestId: mostly(expected.frameRequestId, 0n, 3n),
    traceparent: mostly('', 'x'),
  }).map((fields) => encodeFrame(frame(fields)))
  const stream = fc.tuple(body, fc.uint8Array({ maxLength: 8 }))
    .map(([body, more]) => Uint8Array.of(...framed(body), ...more))
  return fc.oneof({ arbitrary: stream, weight: 6 }, { arbitrary: arbitraryHostileBytes(stream), weight: 2 })
}

/** A yes of which each part is mostly one that can be taken. */
function arbitraryLikelyYes(): fc.Arbitrary<HelloReply> {
  return fc.record({
    any: arbitraryNegotiated(),
    negotiatedProtocol: fc.constantFrom(0, 1, 1, 1, 2),
    backendPipe: fc.constantFrom('', '/run/zccache.sock', '/run/zccache.sock'),
    serverCapabilities: fc.constantFrom(0n, CAP_HANDLE_PASSING, 2n, 3n),
    handlePassedToken: fc.constantFrom(0, 0, 15, 16, 16, 16, 17).map((length) => new Uint8Array(length).fill(7)),
  }).map(({ any, ...parts }) => ({ result: { _tag: 'Negotiated', negotiated: { ...any, ...parts } } }))
}

/**
 * A broker's no as a client keeps it: mostly a code that has a kind, and hints up to 2^64 − 1.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryRefusedReply(): fc.Arbitrary<RefusedReply> {
  const code = fc.oneof({ arbitrary: fc.integer({ min: 0, max: 10 }), weight: 6 }, { arbitrary: fc.integer(), weight: 1 })
  const hint = fc.oneof(fc.constantFrom(0n, 1n, 249n, 250n, 1_000n, 30_000n, 60_000n, 60_001n), arbitraryU64())
  return fc.record({ code, any: arbitraryRefused(), retryAfterMs: hint, sharesProtocol: fc.boolean() })
    .map(({ code, any, retryAfterMs, sharesProtocol }) => ({
      _tag: 'Refused',
      kind: refusalKind(code),
      code,
      reason: any.reason,
      details: any.details,
      versionRange: { min: any.daemonMinProtocol, max: any.daemonMaxProtocol },
      sharesProtocol,
      retryAfterMs,
    }))
}

/**
 * What became of a Hello, refusals most of all.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryClientOutcome(): fc.Arbitrary<ClientOutcome> {
  const timedOut: ClientOutcome = { _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 30_000 }
  const broken: ClientOutcome = { _tag: 'Broken', error: { _tag: 'UnexpectedEnd', context: 'framing byte' }, offset: 0 }
  return fc.oneof(
    { arbitrary: arbitraryRefusedReply(), weight: 6 },
    { arbitrary: arbitraryNegotiatedReply(), weight: 2 },
    { arbitrary: fc.constantFrom(timedOut, broken), weight: 2 },
  )
}

function arbitraryNegotiatedReply(): fc.Arbitrary<NegotiatedReply> {
  return fc.record({
    any: arbitraryNegotiated(),
    backendPipe: fc.constantFrom('', '/run/zccache.sock'),
    token: fc.option(arbitraryToken(), { nil: undefined }),
    isOffered: fc.boolean(),
  }).map(({ any: { handlePassedToken: _, ...any }, backendPipe, token, isOffered }) => ({
    _tag: 'Negotiated', ...any, backendPipe, token, isAdoptable: isOffered && token !== undefined,
  }))
}

/**
 * Anything that a plan may be asked about.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryHappened(): fc.Arbitrary<Happened> {
  const others: ReadonlyArray<Happened> = [
    { _tag: 'BackendUnreachable' },
    { _tag: 'BrokerUnreachable' },
    {
      _tag: 'Reconnect', route: 'BrokerNegotiated', endpoint: '/run/zccache.sock', why: { _tag: 'ReadyTokenMismatch' },
      stream: 'ClientCloses',
    },
    { _tag: 'Reconnect', route: 'BrokerNegotiated', endpoint: '', why: { _tag: 'NotNegotiated' }, stream: 'ClientCloses' },
  ]
  return fc.oneof(
    { arbitrary: arbitraryClientOutcome(), weight: 6 },
    { arbitrary: fc.constantFrom(...others), weight: 2 },
  )
}

/**
 * A plan's policy: any reaction to anything, limits that are zero, small, huge, or no limits at all.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryPlanPolicy(): fc.Arbitrary<PlanPolicy> {
  const reaction = fc.constantFrom<Reaction>('BackOff', 'BackOff', 'DirectPath', 'Later', 'OtherVersion', 'Stop')
  const limit = fc.constantFrom(0, 0.5, 1, 250, 10_000, 60_000, 2 ** 52, 1e300, Number.NaN, Infinity, -1)
  const kinds = Object.keys(DEFAULT_REACTIONS).filter((kind) => kind !== 'byCode')
  const byKind = fc.record(Object.fromEntries(kinds.map((kind) => [kind, reaction])))
  const byCode = fc.dictionary(fc.integer({ min: 0, max: 10 }).map(String), reaction, { maxKeys: 3 })
  return fc.record({
    adopts: fc.boolean(),
    alternatives: fc.array(arbitraryVersion(), { maxLength: 3 }),
    attemptsMax: fc.oneof(fc.nat({ max: 6 }), fc.constantFrom(Number.NaN, -1, 2.5)),
    backOffMs: limit,
    backOffMaxMs: limit,
    retryAfterMaxMs: limit,
    reactions: fc.tuple(byKind, byCode).map(([byKind, byCode]) => ({ ...DEFAULT_REACTIONS, ...byKind, byCode })),
  }, { noNullPrototype: true })
}
