/**
 * What happens, as one line of JSON: for logs that programs read.
 *
 * **Laws**
 *  1. A line is one JSON object with `time`, `tag` and `text` first, and no line break in it.
 *  2. No line has a byte of a token or of a session half.
 */
import { type BrokerEvent, describeEvent } from '../../shell/BrokerEvent.js'
import { describeHostNotice, type HostNotice } from '../transport/HostNotice.js'

/**
 * An event of a broker's, or a notice of a host's, as a line. Numbers of 64 bits are texts, because JSON's readers round them.
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
  return JSON.stringify({ time: time.toISOString(), tag, text, ...rest }, plain)
}

function isNotice(happened: BrokerEvent | HostNotice): happened is HostNotice {
  return happened._tag === 'ConnectionFailed' || happened._tag === 'ConnectionLimitReached' || happened._tag === 'ReplyUnwritten'
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map) return Object.fromEntries(value)
  return value instanceof Uint8Array ? `${value.length} bytes` : value
}
