/**
 * What the page shows, as one immutable record, and that record as a link.
 *
 * **Laws**
 *  1. `stateOf(fragmentOf(state))` is the state again.
 *  2. Any fragment gives a state: the beginning's, with a word about it, where it cannot be read.
 */

/** Ways to spoil a request on its way; each is named for who would do so. */
export const BREAKAGES = {
  none: 'nothing',
  truncated: 'the client goes away in the middle',
  garbled: 'one byte is another (the last but seven)',
  envelope: 'the envelope is of version 2',
  reply: 'the frame says that it is a reply',
  compressed: 'the payload says that it is compressed',
  oversized: 'the frame says that it is too long',
  tls: 'it is no Hello at all, but the beginning of TLS',
}

/** Session tokens that a Hello may carry, for a broker that asks for one. */
export const SESSION_TOKENS = {
  none: 'none', sound: 'a sound one', short: 'one that is too short', broker: 'one of an earlier broker', daemon: 'one of an earlier daemon',
}

/** What a Hello says, and who says it. */
export const HELLO = {
  serviceName: 'zccache', wantedVersion: '1.11.20', minProtocol: 1, maxProtocol: 1, wantsToken: true, clientVersion: '0.1.0', keepaliveSecs: 0,
  sessionToken: 'none', claimedPid: 0, requestId: 1, traceparent: '', tracestate: '', breakage: 'none',
}

/** What is up to the broker. */
export const POLICY = { maxPerWindow: 3, minVersion: '1.10.0', allowed: '', asksForSession: false, tokenTtlMs: 30_000, ackDeadlineMs: 5_000 }

/** Nothing has happened yet. */
export const BEGINNING = { hello: HELLO, policy: POLICY, pid: 4_242, nowMs: 0, events: [], selected: -1 }

/** How many things may happen on one page; a link is as long as they are many. */
export const EVENTS_MAX = 300

const same = (kind) => (value) => typeof value === kind
const wholeNumber = (max) => (value) => Number.isSafeInteger(value) && value >= 0 && value <= max
const text = (max) => (value) => typeof value === 'string' && value.length <= max
const record = (fields) => (value) => typeof value === 'object' && value !== null && Object.entries(fields).every(([name, is]) => is(value[name]))
const memberOf = (names) => (value) => typeof value === 'string' && Object.hasOwn(names, value)
const either = (...all) => (value) => all.some((is) => is(value))

const U32 = 0xffff_ffff
const isHello = record({
  serviceName: text(200), wantedVersion: text(200), minProtocol: wholeNumber(U32), maxProtocol: wholeNumber(U32), wantsToken: same('boolean'),
  clientVersion: text(300), keepaliveSecs: wholeNumber(U32), claimedPid: wholeNumber(U32), requestId: wholeNumber(Number.MAX_SAFE_INTEGER),
  traceparent: text(300), tracestate: text(300), sessionToken: memberOf(SESSION_TOKENS), breakage: memberOf(BREAKAGES),
})
const isPolicy = record({
  maxPerWindow: wholeNumber(1_000), minVersion: text(64), allowed: text(200), asksForSession: same('boolean'),
  tokenTtlMs: wholeNumber(1e9), ackDeadlineMs: wholeNumber(1e9),
})
const isInstant = wholeNumber(1e12)
const isEvent = either(
  record({ kind: (kind) => kind === 'hello', atMs: isInstant, pid: wholeNumber(U32), hello: isHello }),
  record({ kind: (kind) => kind === 'acknowledge' || kind === 'consume', atMs: isInstant }),
  record({ kind: (kind) => kind === 'expire', atMs: isInstant }),
)
const isState = record({
  hello: isHello, policy: isPolicy, pid: wholeNumber(U32), nowMs: isInstant, selected: (value) => Number.isSafeInteger(value) && value >= -1,
  events: (value) => Array.isArray(value) && value.length <= EVENTS_MAX && value.every(isEvent),
})

/** A Hello that is said many times is written once: events name it by its place among those that differ. */
function folded(state) {
  const places = new Map()
  const placeOf = (hello) => {
    const text = JSON.stringify(hello)
    if (!places.has(text)) places.set(text, places.size)
    return places.get(text)
  }
  const events = state.events.map((event) => (event.kind === 'hello' ? { ...event, hello: placeOf(event.hello) } : event))
  return { ...state, events, hellos: [...places.keys()].map((text) => JSON.parse(text)) }
}

/** The other way; what names no Hello is left for `isState` to refuse. */
function unfolded({ hellos, events, ...rest }) {
  return { ...rest, events: events.map((event) => (event.kind === 'hello' ? { ...event, hello: hellos[event.hello] } : event)) }
}

/** The state as what stands behind `#` in the link. */
export function fragmentOf(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(folded(state)))
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The state of a link, or the beginning, and what is to be said of that. */
export function stateOf(fragment) {
  if (fragment === '') return { state: BEGINNING, note: '' }
  try {
    const binary = atob(fragment.replaceAll('-', '+').replaceAll('_', '/'))
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))))
    const state = unfolded(value)
    if (isState(state)) return { state, note: '' }
  } catch {
    // What is no base64, no UTF-8, no JSON or has no events is no state either.
  }
  return { state: BEGINNING, note: 'This link could not be read, so the page begins anew.' }
}

/** The state in which something has happened, and is looked at. */
export function happened(state, event) {
  if (state.events.length >= EVENTS_MAX) return state
  return { ...state, events: [...state.events, { ...event, atMs: state.nowMs }], selected: state.events.length }
}
