/**
 * W3C trace context: the two headers that travel with a Hello, and which of them go on to a backend.
 *
 * In replies they are echoed as they came (SPEC C3). To a backend they go only where they are
 * legal header values, so that nobody smuggles bytes into what a backend logs or forwards (DIV-C1).
 *
 * **Laws**
 *  1. At most two headers, traceparent first; empty ones never go on (SPEC C8).
 *  2. What goes on is printable ASCII and tabs, of bounded length.
 *  3. Without a legal traceparent there is no tracestate: the standard gives it no meaning alone.
 */

/**
 * A header to hand on to a backend.
 *
 * @category model
 * @since 0.1.0
 */
export type TraceHeader = readonly [name: 'traceparent' | 'tracestate', value: string]

/**
 * The trace headers as they came in a frame.
 *
 * @category model
 * @since 0.1.0
 */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate: string
}

/**
 * The headers to hand on to a backend, in their order (SPEC C8, DIV-C1).
 *
 * @example
 * import assert from 'node:assert'
 * import { TraceContext } from 'hello-negotiation/step'
 *
 * const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
 * assert.deepEqual(TraceContext.backendHeaders({ traceparent, tracestate: 'rp=1' }), [
 *   ['traceparent', traceparent], ['tracestate', 'rp=1'],
 * ])
 * assert.deepEqual(TraceContext.backendHeaders({ traceparent: 'x\r\ny: z', tracestate: 'rp=1' }), [])
 *
 * @category queries
 * @since 0.1.0
 */
export function backendHeaders({ traceparent, tracestate }: TraceContext): ReadonlyArray<TraceHeader> {
  if (!isTraceparent(traceparent)) return []
  const parent: TraceHeader = ['traceparent', traceparent]
  return isTracestate(tracestate) ? [parent, ['tracestate', tracestate]] : [parent]
}

/**
 * Whether a text is a legal `traceparent`: version, trace id, parent id and flags, the ids not zero
 * and the version not ff; a version after 00 may have more to it (DIV-C1; W3C Trace Context, 3.2).
 *
 * @category queries
 * @since 0.1.0
 */
export function isTraceparent(text: string): boolean {
  if (text.length > TRACEPARENT_MAX_CHARACTERS) return false
  const [, version, traceId, parentId, more] = TRACEPARENT.exec(text) ?? []
  if (version === undefined || version === 'ff') return false
  if (version === '00' && more !== undefined) return false
  return traceId !== NO_TRACE_ID && parentId !== NO_PARENT_ID
}

/**
 * Whether a text is a legal, non-empty `tracestate`: at most 32 members `key=value`, no key twice
 * (DIV-C1; W3C Trace Context, 3.3).
 *
 * @category queries
 * @since 0.1.0
 */
export function isTracestate(text: string): boolean {
  if (text.length > TRACESTATE_MAX_CHARACTERS) return false
  const members = text.split(',').map(withoutBlanks).filter((member) => member !== '')
  if (members.length === 0 || members.length > TRACESTATE_MAX_MEMBERS) return false
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))))
  return keys.size === members.length && members.every((member) => MEMBER.test(member))
}

/** An index loop, because a pattern for trailing blanks backtracks over every run of them in between. */
function withoutBlanks(member: string): string {
  let [start, end] = [0, member.length]
  while (isBlank(member[start])) start += 1
  while (isBlank(member[end - 1])) end -= 1
  return member.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

// The standard sets no end to a future version's traceparent; 512 is what it asks of a tracestate.
const TRACEPARENT_MAX_CHARACTERS = 512
// 32 members of the longest legal key and value, with their `=` and commas.
const TRACESTATE_MAX_CHARACTERS = 32 * (256 + 1 + 256 + 1)
const TRACESTATE_MAX_MEMBERS = 32

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x21-\x7e]*)?$/
const NO_TRACE_ID = '0'.repeat(32)
const NO_PARENT_ID = '0'.repeat(16)

// A key: simple, or tenant@system. A value: printable ASCII but `,` and `=`, not ending in a space.
const KEY = '(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})'
const MEMBER = new RegExp(`^${KEY}=[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]$`)
