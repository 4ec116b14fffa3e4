/**
 * What has happened, folded over the library's own steps: each event with what came of it, and the broker's memory behind it.
 *
 * **Laws**
 *  1. The same state gives the same rows: time and randomness are part of it.
 *  2. What is answered and what is remembered, event by event, is what a broker (`createBroker`) answers and remembers.
 */
import {
  CAP_HANDLE_PASSING, CLIENT_REQUEST_DEFAULTS, Deadlines, draws, exchange, Handoffs, initialState, parsePolicy, peerIdentity, sameToken,
} from 'hello-negotiation'
import { decodeFrame, encodeFrame, encodeFramed, encodeHello, hello } from 'hello-negotiation/wire'

const TLS_CLIENT_HELLO = Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03)

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Session halves of this page's broker and its one daemon. They are no secrets: nobody else has them. */
const [BROKER_HALF, DAEMON_HALF, EARLIER_HALF] = [0xb0, 0xd0, 0xe0].map((byte) => new Uint8Array(16).fill(byte))
const SESSIONS = { brokerHalf: toHex(BROKER_HALF), daemonHalves: { zccache: toHex(DAEMON_HALF) } }
const SESSION_TOKEN_PARTS = {
  none: [], sound: [BROKER_HALF, DAEMON_HALF], short: [BROKER_HALF], broker: [EARLIER_HALF, DAEMON_HALF], daemon: [BROKER_HALF, EARLIER_HALF],
}

/** The policy that the page's numbers make, without the versions that are none, and a word about those. */
export function policyOf({ maxPerWindow, minVersion, allowed, asksForSession, tokenTtlMs, ackDeadlineMs }) {
  const parsed = ({ minVersion = '', versionAllowList = [] }) => parsePolicy({
    services: [{
      serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', minVersion, versionAllowList, serverCapabilities: '1',
    }],
    rateLimit: { maxPerWindow }, tokenStore: { ttlMs: tokenTtlMs }, ackDeadlineMs, ...(asksForSession ? { sessions: SESSIONS } : {}),
  })
  const isListable = (text) => parsed({ versionAllowList: [text] })._tag === 'Right'
  const listed = allowed.split(/[\s,]+/).filter((text) => text !== '')
  const wrong = [...(parsed({ minVersion })._tag === 'Right' ? [] : [minVersion]), ...listed.filter((text) => !isListable(text))]
  return {
    policy: parsed({ minVersion: wrong.includes(minVersion) ? '' : minVersion, versionAllowList: listed.filter(isListable) }).right,
    note: wrong.map((text) => `“${text}” is no version, so the broker goes without it.`).join(' '),
  }
}

/** A Hello's request as bytes, spoilt as asked. */
export function requestOf({
  serviceName, wantedVersion, minProtocol, maxProtocol, wantsToken, clientVersion, keepaliveSecs, sessionToken, claimedPid,
  requestId, traceparent, tracestate, breakage,
}) {
  const payload = encodeHello(hello({
    clientMinProtocol: minProtocol, clientMaxProtocol: maxProtocol, serviceName, wantedVersion, clientVersion,
    clientCapabilities: wantsToken ? CAP_HANDLE_PASSING : 0n, peerPid: claimedPid, clientLibName: CLIENT_REQUEST_DEFAULTS.clientLibName ?? '',
    clientKeepaliveSecs: BigInt(keepaliveSecs), authToken: Uint8Array.from(SESSION_TOKEN_PARTS[sessionToken].flatMap((part) => [...part])),
  }))
  const frame = {
    ...decodeFrame(new Uint8Array(0)).right, envelopeVersion: breakage === 'envelope' ? 2 : 1, kind: breakage === 'reply' ? 1 : 0,
    payload, requestId: BigInt(requestId), payloadEncoding: breakage === 'compressed' ? 1 : 0, traceparent, tracestate,
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

const NOTHING_DUE = { overdueAcks: [], expiredTokens: 0 }

/** Removes what is due, and touches nothing where nothing is: as a broker does. */
function swept(state, nowMs) {
  const deadlineMs = Deadlines.nextDeadlineMs(state)
  return deadlineMs === undefined || nowMs < deadlineMs ? { state, value: NOTHING_DUE } : Deadlines.expire(state, nowMs)
}

/** Every event with what came of it, and what the broker remembers at the end. */
export function fold({ events, policy: numbers, nowMs }) {
  const { policy, note } = policyOf(numbers)
  let state = initialState(policy)
  let tokens = []
  let latestMs = 0
  const rows = events.map((event, n) => {
    // A broker's clock never runs backwards: where the page's has been set back, it stands still.
    latestMs = Math.max(latestMs, event.atMs)
    // What is due makes room for a Hello, and is never taken from under an ACK that comes late: it is to be told so.
    if (event.kind === 'hello') state = swept(state, latestMs).state
    const { row, state: next, token } = step(policy, state, { ...event, atMs: latestMs }, n, tokens)
    state = swept(next, latestMs).state
    if (token !== undefined) tokens = [...tokens, { token, n, isConsumed: false, isAcknowledged: false }]
    if (row.used !== undefined) tokens = tokens.map((one) => (sameToken(one.token, row.used) ? { ...one, ...row.mark } : one))
    return { ...row, event, state }
  })
  const brokerMs = Math.max(latestMs, nowMs)
  const late = brokerMs > nowMs ? `The clock has been set back: the broker’s stands still at ${brokerMs} ms until this one is there again.` : ''
  const notes = [note, late].filter((text) => text !== '')
  return { rows, state: swept(state, brokerMs).state, brokerMs, tokens, policy, note: notes.join(' ') }
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
      const { state: next, value } = swept(state, event.atMs)
      return { state: next, row: { expired: value } }
    }
  }
}
