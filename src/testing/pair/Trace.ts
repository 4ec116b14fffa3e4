/**
 * What happened in a life, as plain data in order, and as a text that is the same where the life is the same.
 *
 * **Laws**
 *  1. The text shows no byte of a message: bytes and tokens are told by a mark, which differs where they do.
 *  2. Two lives with one text had the same events at the same instants, byte for byte as far as a mark can tell.
 */
import type { ActorName, LinkId } from './PairNames.js'
import type { PairOutcome } from './PairOutcome.js'

/**
 * One event: when in true milliseconds, whose, and what.
 *
 * @category model
 * @since 0.1.0
 */
export interface PairEvent {
  readonly atMs: number
  readonly who: ActorName | 'World'
  readonly fact: PairFact
}

/**
 * What can be told of a life. `Came` is an input that reached its actor, `Struck` a fault that took effect.
 *
 * @category model
 * @since 0.1.0
 */
export type PairFact =
  | { readonly _tag: 'Accepted'; readonly link: LinkId; readonly channel: LinkId; readonly token: string }
  | { readonly _tag: 'Answered'; readonly link: LinkId; readonly as: string; readonly grant: string }
  | { readonly _tag: 'Attempted'; readonly link: LinkId; readonly version: string }
  | { readonly _tag: 'Came'; readonly input: string; readonly link: LinkId; readonly size: number; readonly mark: string }
  | { readonly _tag: 'Declined'; readonly link: LinkId; readonly channel: LinkId; readonly error: string }
  | { readonly _tag: 'Ended'; readonly outcome: PairOutcome }
  | { readonly _tag: 'HandoffEnded'; readonly link: LinkId; readonly as: string; readonly owner: string }
  | { readonly _tag: 'Happened'; readonly what: string; readonly hintMs: number }
  | { readonly _tag: 'Issued'; readonly link: LinkId; readonly token: string }
  | { readonly _tag: 'Moved'; readonly move: string; readonly waitMs: number }
  | { readonly _tag: 'Struck'; readonly fault: string }
  | { readonly _tag: 'TokenLeft'; readonly how: 'Abandoned' | 'Acknowledged' | 'Consumed' | 'Overdue'; readonly token: string }

/**
 * A life's events as a text, a line each.
 *
 * @category encodings
 * @since 0.1.0
 */
export function traceText(events: ReadonlyArray<PairEvent>): string {
  return events.map(({ atMs, who, fact }) => `${atMs} ${who} ${shown(fact)}\n`).join('')
}

/**
 * A life's events as eight hex digits.
 *
 * @category encodings
 * @since 0.1.0
 */
export function traceDigest(events: ReadonlyArray<PairEvent>): string {
  return mark(new TextEncoder().encode(traceText(events)))
}

/** @internal Eight hex digits that differ where the bytes do, but for one chance in 2^32 (FNV-1a). */
export function mark(bytes: Uint8Array): string {
  const hash = bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193), 0x811c_9dc5)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([key, field]) => (key === '_tag' ? String(field) : `${key}=${shown(field)}`))
  return `{ ${fields.join(' ')} }`
}
