/**
 * What has happened, folded over the library's own steps: each event with what came of it, and the broker's memory behind it.
 *
 * **Laws**
 *  1. The same state gives the same rows: time and randomness are part of it.
 *  2. Of a request's bytes the answer is what `exchange` gives for them.
 */
import {
  CAP_HANDLE_PASSING, CLIENT_REQUEST_DEFAULTS, Deadlines, draws, exchange, Handoffs, initialState, parsePolicy, peerIdentity, sameToken,
} from 'hello-negotiation'
import { decodeFrame, encodeFrame, encodeFramed, encodeHello, hello } from 'hello-negotiation/wire'

const TLS_CLIENT_HELLO = Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03)

/** The policy that the page's numbers make; its defaults where a version is none. */
export function policyOf({ maxPerWindow, minVersion, tokenTtlMs, ackDeadlineMs }) {
  const input = (minVersion) => ({
    services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', minVersion, serverCapabilities: '1' }],
    rateLimit: { maxPerWindow }, tokenStore: { ttlMs: tokenTtlMs }, ackDeadlineMs,
  })
  const parsed = parsePolicy(input(minVersion))
  return parsed._tag === 'Right' ? { policy: parsed.right, note: '' } : { policy: parsePolicy(input('')).right, note: `“${minVersion}” is no version; there is no least version now` }
}

/** A Hello's request as bytes, spoilt as asked. */
export function requestOf({ serviceName, wantedVersion, minProtocol, maxProtocol, wantsToken, clientVersion, claimedPid, requestId, traceparent, breakage }) {
  const payload = encodeHello(hello({
    clientMinProtocol: minProtocol, clientMaxProtocol: maxProtocol, serviceName, wantedVersion, clientVersion,
    clientCapabilities: wantsToken ? CAP_HANDLE_PASSING : 0n, peerPid: claimedPid, clientLibName: CLIENT_REQUEST_DEFAULTS.clientLibName ?? '',
  }))
  const frame = {
    ...decodeFrame(new Uint8Array(0)).right, envelopeVersion: breakage === 'envelope' ? 2 : 1, kind: breakage === 'reply' ? 1 : 0,
    payload, requestId: BigInt(requestId), payloadEncoding: breakage === 'compressed' ? 1 : 0, traceparent,
  }
  return spoilt(encodeFramed(encodeFrame(frame)).right, breakage)
}

function spoilt(bytes, breakage) {
  switch (breakage) {
    case 'truncated': return bytes.slice(0, Math.floor(bytes.length / 2))
    case 'garbled': return bytes.map((byte, i) => (i === bytes.length - 8 ? byte ^ 0xff : byte))
    case 'oversized': return Uint8Array.of(0x01, 0x01, 0x00, 0x01, 0x00, ...bytes.slice(5))
    case 'tls': return TLS_CLIENT_HELLO
    default: return bytes
  }
}

/** Sixteen bytes a draw, the same every time: the nth token is made of n's. */
const drawsFor = (n) => draws(Uint8Array.from({ length: 64 }, (_, i) => (n * 7 + i * 13 + 1) & 0xff))

/** Every event with what came of it, and what the broker remembers at the end. */
export function fold({ events, policy: numbers, nowMs }) {
  const { policy, note } = policyOf(numbers)
  let state = initialState(policy)
  let tokens = []
  const rows = events.map((event, n) => {
    // What is due makes room for a Hello, and is never taken from under an ACK that comes late: it is to be told so.
    if (event.kind === 'hello') state = Deadlines.expire(state, event.atMs).state
    const { row, state: next, token } = step(policy, state, event, n, tokens)
    state = event.kind === 'hello' ? next : Deadlines.expire(next, event.atMs).state
    if (token !== undefined) tokens = [...tokens, { token, n, issuedMs: event.atMs, isConsumed: false, isAcknowledged: false }]
    if (row.used !== undefined) tokens = tokens.map((one) => (sameToken(one.token, row.used) ? { ...one, ...row.mark } : one))
    return { ...row, event, state }
  })
  return { rows, state: Deadlines.expire(state, nowMs).state, tokens, policy, note }
}

function step(policy, state, event, n, tokens) {
  switch (event.kind) {
    case 'hello': {
      const request = requestOf(event.hello)
      const answered = exchange(policy, state, request, peerIdentity(event.pid), { nowMs: event.atMs, draws: drawsFor(n) })
      const { outcome, bytes } = answered.value
      const token = outcome._tag === 'Negotiated' && outcome.handoff._tag === 'Granted' ? outcome.handoff.token : undefined
      return { state: answered.state, row: { request, reply: bytes, outcome }, token }
    }
    case 'acknowledge': {
      const found = tokens.find(({ isAcknowledged }) => !isAcknowledged)
      if (found === undefined) return { state, row: { nothing: 'there is no handoff to acknowledge' } }
      const { state: next, value } = Handoffs.acknowledge(state, found.token, event.atMs)
      return { state: next, row: { result: value, used: found.token, mark: { isAcknowledged: true } } }
    }
    case 'consume': {
      const found = tokens.find(({ isConsumed }) => !isConsumed) ?? tokens.at(-1)
      if (found === undefined) return { state, row: { nothing: 'there is no token to consume' } }
      const { state: next, value } = Handoffs.consume(state, found.token, found.token, event.atMs)
      return { state: next, row: { result: value, used: found.token, mark: { isConsumed: true } } }
    }
    default: {
      const { state: next, value } = Deadlines.expire(state, event.atMs)
      return { state: next, row: { expired: value } }
    }
  }
}
