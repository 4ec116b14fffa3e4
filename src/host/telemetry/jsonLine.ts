/**
 * What happens, as one line of JSON: for logs that programs read.
 *
 * **Laws**
 *  1. A line is one JSON object with `time`, `tag` and `text` first, and no line break in it.
 *  2. No line has a byte of a token or of a session half.
 *  3. No line has a character that moves a cursor, colours a screen or turns reading around: such are escaped, as JSON has
 *     it, and whoever reads the JSON reads what was sent.
 *  4. No text in a line has more than 256 characters of it, so that a stranger cannot fill a log with one Hello.
 */
import { type BrokerEvent, describeEvent } from '../../shell/BrokerEvent.js'
import { describeHostNotice, type HostNotice } from '../transport/HostNotice.js'

/**
 * An event of a broker's, or a notice of a host's, as a line. Numbers of 64 bits are texts, because JSON's
 * readers round them; a time that is no date is `null`.
 *
 * @example
 * import assert from 'node:assert'
 * import { jsonLine } from 'hello-negotiation/telemetry'
 *
 * assert.equal(
 *   jsonLine({ _tag: 'TokensExpired', count: 2, nowMs: 7 }, new Date(0)),
 *   '{"time":"1970-01-01T00:00:00.000Z","tag":"TokensExpired","text":"tokens expired: 2","count":2,"nowMs":7}',
 * )
 *
 * @category encodings
 * @since 0.1.0
 */
export function jsonLine(happened: BrokerEvent | HostNotice, time: Date): string {
  const { _tag: tag, ...rest } = happened
  return told(time, tag, isNotice(happened) ? describeHostNotice(happened) : describeEvent(happened), rest)
}

/** @internal The line of whatever happened, with its text. */
export function told(time: Date, tag: string, text: string, rest: object): string {
  return JSON.stringify({ time: time.toJSON(), tag, text, ...plainFields(rest) }).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)
}

function isNotice(happened: BrokerEvent | HostNotice): happened is HostNotice {
  return happened._tag === 'ConnectionFailed' || happened._tag === 'ConnectionLimitReached' || happened._tag === 'ReplyUnwritten'
}

/** Before JSON sees a value: a `Buffer` has a word of its own for JSON, which tells its bytes. A token's word does not. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return shortened(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if ('toJSON' in value) return value
  if (value instanceof Map) return plainFields(Object.fromEntries(value))
  return Array.isArray(value) || value instanceof Set ? Array.from(value, plain) : plainFields(value)
}

function plainFields(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]))
}

const TEXT_MAX_CHARACTERS = 256

function shortened(text: string): string {
  return text.length > TEXT_MAX_CHARACTERS ? `${text.slice(0, TEXT_MAX_CHARACTERS)}… (${text.length} in all)` : text
}

/** One escape for each half of a pair: JSON knows no longer ones. */
function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
}
