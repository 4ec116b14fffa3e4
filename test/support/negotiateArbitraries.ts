/**
 * Arbitraries of everything that happens to a broker, and `play`, which makes it happen.
 *
 * Pools are tiny so that things collide: three pids, four tokens, instants a half apart from a deadline.
 */
import * as fc from 'fast-check'
import {
  type Ambient, type BrokerState, Deadlines, exchange, Handoffs, type HandoffToken, type HelloRequest, negotiate,
  type PeerIdentity, peerIdentity, type Policy, type Step, tokenBytes, toHex,
} from 'hello-negotiation'
import { type Frame, type Hello, encodeHello, frame } from 'hello-negotiation/wire'
import {
  BACKEND, drawsOf, framedHello, helloFrame, helloWith, OTHER_SERVICE, policyOf, SERVICE, STRANGE_TIMES, token,
} from './negotiate.js'

/** Limits so small that a handful of steps meets them all. */
export const smallPolicy: fc.Arbitrary<Policy> = fc.record({
  rateLimit: fc.record({ maxPerWindow: fc.integer({ min: 0, max: 2 }), windowMs: fc.constantFrom(0, 50, 100) }),
  tokenStore: fc.record({
    maxPending: fc.integer({ min: 0, max: 3 }),
    ttlMs: fc.constantFrom(0, 50, 100.5),
    collisionAttempts: fc.integer({ min: 0, max: 2 }),
  }),
  ackDeadlineMs: fc.constantFrom(0, 50, 100.5),
}).map((limits) => policyOf({
  ...limits,
  services: [
    BACKEND, { ...BACKEND, serviceName: OTHER_SERVICE, minVersion: '1.0.0', serverCapabilities: '9223372036854775809' },
  ],
}))

/** Halves around the small limits, jumps back and far ahead, and what is no instant at all. */
export const anyTime: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 600 }).map((halves) => halves / 2) },
  { weight: 4, arbitrary: fc.constantFrom(0, 49.5, 50, 50.5, 99.5, 100, 100.5, 101, 150, 200, 10_000) },
  { weight: 1, arbitrary: fc.constantFrom(...STRANGE_TIMES) },
)

/** Times of a clock that never jumps, so that most steps happen within some limit. */
export const steadyTime: fc.Arbitrary<number> = fc.integer({ min: 0, max: 1_000 }).map((halves) => halves / 2)

export const anyPeer: fc.Arbitrary<PeerIdentity> = fc.constantFrom(0, 7, 8).map((pid) => peerIdentity(pid))
export const anyToken: fc.Arbitrary<HandoffToken> = fc.integer({ min: 0, max: 3 }).map(token)

const anyOffset = fc.constantFrom(-16, -1, 0, 1, 0.5, 24, Number.NaN)

/** Draws from the pool of four, or none, or fewer than a whole one. */
export const anyDraws: fc.Arbitrary<Ambient['draws']> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }).map((bytes) => drawsOf(...bytes)) },
  { weight: 1, arbitrary: fc.record({ bytes: fc.uint8Array({ maxLength: 40 }), offset: anyOffset }) },
)

/** Hellos that mostly pass, and sometimes fail at each of the checks. */
export const anyHello: fc.Arbitrary<Partial<Hello>> = fc.record({
  clientMinProtocol: mostly(1, 0, 2),
  clientMaxProtocol: mostly(1, 0, 0xffff_ffff),
  serviceName: fc.constantFrom<string>(SERVICE, SERVICE, OTHER_SERVICE, 'nobody', 'constructor', 'UPPER', ''),
  wantedVersion: mostly('1.11.20', '0.9.0', '1.0.0-rc.1', 'latest'),
  clientVersion: mostly('', 'é'.repeat(65)),
  clientLibName: mostly('', 'x'.repeat(65)),
  clientCapabilities: fc.constantFrom(0n, 1n, 1n, 1n, 2n, 0xffff_ffff_ffff_ffffn),
  clientKeepaliveSecs: fc.constantFrom(0n, 1n, 0xffff_ffff_ffff_ffffn),
  peerPid: mostly(0, 7, 9),
})

/** Any frame whatever: any numbers in its envelope, any bytes or a Hello in it. */
export const anyFrame: fc.Arbitrary<Frame> = fc.record({
  envelopeVersion: mostly(1, 0, 2, 0xffff_ffff),
  kind: mostly(0, 1, 3, -1, 0x7fff_ffff),
  payloadProtocol: mostly(0, 1, 0xad01),
  payloadEncoding: mostly(0, 1, 5, -1),
  payload: fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    { weight: 4, arbitrary: anyHello.map((fields) => encodeHello(helloWith(fields))) },
  ),
  requestId: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  deadlineUnixMs: fc.constantFrom(0n, 1n),
  traceparent: fc.string({ unit: 'grapheme', maxLength: 8 }),
  tracestate: fc.string({ maxLength: 8 }),
}).map(frame)

export const anyRequest: fc.Arbitrary<HelloRequest> = fc.record({ frame: anyFrame, peer: anyPeer })

/** One thing that happens to a broker. */
export type Happening =
  | { readonly _tag: 'abandon'; readonly token: HandoffToken }
  | { readonly _tag: 'acknowledge'; readonly token: HandoffToken; readonly nowMs: number }
  | { readonly _tag: 'consume'; readonly expected: HandoffToken; readonly presented: HandoffToken; readonly nowMs: number }
  | { readonly _tag: 'exchange'; readonly bytes: Uint8Array; readonly peer: PeerIdentity; readonly ambient: Ambient }
  | { readonly _tag: 'expire'; readonly nowMs: number }
  | { readonly _tag: 'expireAcks'; readonly nowMs: number }
  | { readonly _tag: 'expireTokens'; readonly nowMs: number }
  | { readonly _tag: 'hello'; readonly request: HelloRequest; readonly ambient: Ambient }

export function happening(time: fc.Arbitrary<number> = anyTime): fc.Arbitrary<Happening> {
  const ambient = fc.record({ nowMs: time, draws: anyDraws })
  const sound = { clientMinProtocol: 1, clientMaxProtocol: 1, wantedVersion: '1.11.20' }
  const passing = anyHello.map((fields) => helloFrame({ ...fields, ...sound }))
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ _tag: fc.constant('hello'), request: fc.record({ frame: passing, peer: anyPeer }), ambient }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant('hello'), request: anyRequest, ambient }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant('exchange'), bytes: anyBytes, peer: anyPeer, ambient }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant('acknowledge'), token: anyToken, nowMs: time }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant('consume'), expected: anyToken, presented: anyToken, nowMs: time }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant('abandon'), token: anyToken }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constantFrom('expire', 'expireAcks', 'expireTokens'), nowMs: time }) },
  )
}

/** Bytes that a peer might send: a Hello, part of one, one with more behind it, noise. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  anyHello.map((fields) => framedHello(fields)),
  fc.tuple(anyHello, fc.nat({ max: 60 })).map(([fields, length]) => framedHello(fields).subarray(0, length)),
  fc.tuple(anyHello, fc.uint8Array({ maxLength: 8 })).map(([fields, more]) => Uint8Array.of(...framedHello(fields), ...more)),
  fc.uint8Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }).map((body) => Uint8Array.of(1, body.length, 0, 0, 0, ...body)),
)

/** Makes it happen. */
export function play(policy: Policy, state: BrokerState, happening: Happening): Step<BrokerState, unknown> {
  switch (happening._tag) {
    case 'abandon':
      return Handoffs.abandon(state, happening.token)
    case 'acknowledge':
      return Handoffs.acknowledge(state, happening.token, happening.nowMs)
    case 'consume':
      return Handoffs.consume(state, happening.expected, happening.presented, happening.nowMs)
    case 'exchange':
      return exchange(policy, state, happening.bytes, happening.peer, happening.ambient)
    case 'expire':
      return Deadlines.expire(state, happening.nowMs)
    case 'expireAcks':
      return Handoffs.expireAcks(state, happening.nowMs)
    case 'expireTokens':
      return Handoffs.expireTokens(state, happening.nowMs)
    case 'hello':
      return negotiate(policy, state, happening.request, happening.ambient)
  }
}

/** Makes all of it happen, in order; the last state, and every answer as a text that can be compared. */
export function playAll(
  policy: Policy, state: BrokerState, happenings: ReadonlyArray<Happening>,
): { readonly state: BrokerState; readonly answers: ReadonlyArray<string> } {
  const answers: Array<string> = []
  let last = state
  for (const one of happenings) {
    const played = play(policy, last, one)
    last = played.state
    answers.push(shown(played.value))
  }
  return { state: last, answers }
}

/** A value as a text, with the bytes of its tokens, which would print as redacted. */
export function shown(value: unknown): string {
  const withoutBigints = (_key: string, inner: unknown): unknown => (typeof inner === 'bigint' ? `${inner}n` : inner)
  return JSON.stringify(unredacted(value), withoutBigints) ?? 'undefined'
}

function unredacted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) || Number.isNaN(value) ? String(value) : value
  if (value instanceof Uint8Array) return `hex:${toHex(value)}`
  if (value instanceof Map || value instanceof Set) return [...value].map(unredacted)
  if (Array.isArray(value)) return value.map(unredacted)
  if (String(value) === '<redacted>') return `token:${toHex(tokenBytes(value as HandoffToken))}`
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unredacted(inner)]))
}

/** Mostly the first, now and then one of the others. */
function mostly<A>(usual: A, ...others: ReadonlyArray<A>): fc.Arbitrary<A> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  )
}
