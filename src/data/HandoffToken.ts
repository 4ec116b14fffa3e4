/**
 * A one-time handoff token: 16 secret bytes that print as `<redacted>`.
 *
 * **State** its bytes, under a symbol. They are a value, not a closure, so that equal tokens are deeply
 * equal, and so are the states and outcomes that hold them; the price is law 1's last sentence.
 *
 * **Laws**
 *  1. `String(token)`, a template literal, `JSON.stringify` and Node's `inspect` never show a byte of it
 *     (SPEC T7, DIV-T3). `console.dir` switches redaction off, for this as for everything.
 *  2. `sameToken` takes the same path whatever the bytes are (DIV-T1).
 *  3. `handoffToken(tokenBytes(token))` is the same token; the bytes handed out are a copy.
 *
 * **Not here** issuing and consuming: `TokenStore`. The store draws no randomness of its own.
 */
import { equalSecrets, fromLatin1, latin1Of16 } from './Bytes.js'

const KEY: unique symbol = Symbol('HandoffToken')

/**
 * Sixteen opaque bytes.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffToken {
  readonly [KEY]: string
}

/**
 * The length of a token in bytes (SPEC T1).
 *
 * @category constants
 * @since 0.1.0
 */
export const HANDOFF_TOKEN_BYTES = 16

const REDACTED = '<redacted>'
const redact = (): string => REDACTED

// The methods sit on a prototype, so that a token is one small object. `inspect.custom` is a
// registered symbol: naming it needs no import of node:util.
const redacted = Object.freeze({
  toString: redact,
  toJSON: redact,
  [Symbol.toPrimitive]: redact,
  [Symbol.for('nodejs.util.inspect.custom')]: redact,
})

/**
 * The token with these bytes, or `undefined` where they are not exactly 16 (SPEC T1).
 *
 * @example
 * import assert from 'node:assert'
 * import { handoffToken } from 'hello-negotiation'
 *
 * assert.equal(`${handoffToken(new Uint8Array(16))}`, '<redacted>')
 * assert.equal(handoffToken(new Uint8Array(15)), undefined)
 *
 * @category constructors
 * @since 0.1.0
 */
export function handoffToken(bytes: Uint8Array): HandoffToken | undefined {
  return bytes.length === HANDOFF_TOKEN_BYTES ? tokenFromKey(latin1Of16(bytes, 0)) : undefined
}

/** @internal The token whose bytes are the 16 characters of `key`; the way back from `tokenKey`. */
export function tokenFromKey(key: string): HandoffToken {
  // Made and then written to, an object keeps its shape; a literal that names its prototype changes it each time.
  const token = Object.create(redacted) as { [KEY]: string }
  token[KEY] = key
  return token
}

/** @internal The token's bytes as 16 characters: the key of state records, never to be printed. */
export function tokenKey(token: HandoffToken): string {
  return token[KEY]
}

/**
 * A copy of the token's bytes, for the wire.
 *
 * @category encodings
 * @since 0.1.0
 */
export function tokenBytes(token: HandoffToken): Uint8Array {
  return fromLatin1(token[KEY])
}

/**
 * Whether two tokens are the same, compared without regard to where they differ (DIV-T1).
 *
 * @category queries
 * @since 0.1.0
 */
export function sameToken(a: HandoffToken, b: HandoffToken): boolean {
  return equalSecrets(a[KEY], b[KEY])
}
