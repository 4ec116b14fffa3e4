/**
 * A trace of events as a text that is the same where the run is the same, and as a digest of it.
 *
 * **Laws**
 *  1. Two runs with one text had the same events at the same instants, byte for byte as far as a mark can tell.
 *
 * **Not here** what there is to tell: a trace shows bytes and tokens by their marks only.
 */

/**
 * One event: when in true milliseconds, whose, and what.
 *
 * @category model
 * @since 0.1.0
 */
export interface TraceEvent {
  readonly atMs: number
  readonly who: string
  readonly fact: object
}

/**
 * Events as a text, a line each.
 *
 * @category encodings
 * @since 0.1.0
 */
export function traceText(events: ReadonlyArray<TraceEvent>): string {
  return events.map(({ atMs, who, fact }) => `${atMs} ${who} ${shown(fact)}\n`).join('')
}

/**
 * Events as eight hex digits.
 *
 * @category encodings
 * @since 0.1.0
 */
export function traceDigest(events: ReadonlyArray<TraceEvent>): string {
  return mark(new TextEncoder().encode(traceText(events)))
}

/** @internal Eight hex digits that differ where the bytes do, but for one chance in 2^32 (FNV-1a). */
export function mark(bytes: Uint8Array): string {
  const hash = bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193), 0x811c_9dc5)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** @internal A plain value on one line. */
export function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([key, field]) => (key === '_tag' ? String(field) : `${key}=${shown(field)}`))
  return `{ ${fields.join(' ')} }`
}
