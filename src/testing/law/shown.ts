/**
 * A value as a text, for laws to compare and to tell: they know no test library.
 */
import { toHex } from '../../data/Bytes.js'
import { type HandoffToken, tokenBytes, tokenKey } from '../../data/HandoffToken.js'

/**
 * @internal A plain value as a text that is the same for equal values, whatever the order of a record, map or set. The
 * bytes of tokens are in it, which would print as redacted.
 */
export function shown(value: unknown): string {
  return JSON.stringify(plain(value)) ?? 'undefined'
}

/** @internal Whether two plain values are equal, through and through. */
export function same(a: unknown, b: unknown): boolean {
  return shown(a) === shown(b)
}

/** @internal A token by its bytes. */
export function nameOf(token: HandoffToken): string {
  return toHex(tokenBytes(token))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return `hex:${toHex(value)}`
  if (value instanceof Map) return byKey([...value].map(([key, inner]) => [shown(key), plain(inner)] as const))
  if (value instanceof Set) return [...value].map(shown).sort()
  if (Array.isArray(value)) return value.map(plain)
  if (tokenKey(value as HandoffToken) !== undefined) return `token:${nameOf(value as HandoffToken)}`
  return Object.fromEntries(byKey(Object.entries(value).map(([key, inner]) => [key, plain(inner)] as const)))
}

function byKey<A>(entries: ReadonlyArray<readonly [key: string, value: A]>): ReadonlyArray<readonly [key: string, value: A]> {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
