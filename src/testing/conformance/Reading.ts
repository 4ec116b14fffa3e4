/**
 * What came back from a broker, taken apart as far as it can be, and with more patience than a client may have:
 * an envelope that is wrong does not hide the yes or no inside.
 *
 * **Laws**
 *  1. Any bytes have a reading.
 */
import { absurd } from '../../data/absurd.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { printable } from '../../data/Printable.js'
import type { DecodeError } from '../../wire/DecodeError.js'
import { describeDecodeError } from '../../wire/DecodeError.js'
import * as Framing from '../../wire/Framing.js'
import { describeFramingError, type FramingError } from '../../wire/FramingError.js'
import { ErrorCode } from '../../wire/messages/enums.js'
import { decodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { decodeHelloReply, type HelloReply } from '../../wire/messages/HelloReply.js'
import type { Heard } from './Dialogue.js'

/**
 * What bytes from a broker are.
 *
 * @category model
 * @since 0.1.0
 */
export type Reading =
  | { readonly _tag: 'NoBytes' }
  | { readonly _tag: 'NoFrame'; readonly error: FramingError }
  | { readonly _tag: 'NoMessage'; readonly error: DecodeError }
  | ReadReply

/**
 * A reply: the frame, the message in it, how long the two are on the wire, and what came behind them.
 *
 * @category model
 * @since 0.1.0
 */
export interface ReadReply {
  readonly _tag: 'Reply'
  readonly frame: Frame
  readonly body: Uint8Array
  readonly result: HelloReply['result']
  readonly behind: Uint8Array
}

/**
 * Reads what came.
 *
 * @category queries
 * @since 0.1.0
 */
export function readHeard({ bytes }: Heard): Reading {
  return readBytes(bytes)
}

function readBytes(bytes: Uint8Array): Reading {
  if (bytes.length === 0) return { _tag: 'NoBytes' }
  const { state, value } = Framing.next(Framing.pushEnd(Framing.push(Framing.framing(), bytes)))
  if (value._tag === 'FramingFailed') return { _tag: 'NoFrame', error: value.error }
  // After the end there is nothing to wait for.
  if (value._tag === 'NeedData') return { _tag: 'NoBytes' }
  const { body } = value
  const frame = decodeFrame(body)
  if (frame._tag === 'Left') return { _tag: 'NoMessage', error: frame.left }
  const reply = decodeHelloReply(frame.right.payload)
  if (reply._tag === 'Left') return { _tag: 'NoMessage', error: reply.left }
  return { _tag: 'Reply', frame: frame.right, body, result: reply.right.result, behind: Framing.remainder(state) }
}

/** @internal What came, in words. */
export function describeHeard(heard: Heard): string {
  const reading = readHeard(heard)
  switch (reading._tag) {
    case 'NoBytes':
      return describeSilence(heard)
    case 'NoFrame':
      return `no frame: ${describeFramingError(reading.error)}`
    case 'NoMessage':
      return `no reply: ${describeDecodeError(reading.error)}`
    case 'Reply':
      return describeResult(reading.result)
    default:
      return absurd(reading)
  }
}

/** @internal A yes or no, in words. */
export function describeResult(result: HelloReply['result']): string {
  switch (result._tag) {
    case 'Missing':
      return 'a reply that says neither yes nor no'
    case 'Negotiated':
      return 'yes'
    case 'Refused': {
      const { code, reason, retryAfterMs } = result.refused
      return `no, code ${code} ${printable(JSON.stringify(reason))}, retry_after_ms ${retryAfterMs}`
    }
    default:
      return absurd(result)
  }
}

function describeSilence({ ending, trouble, beganMs, doneMs }: Heard): string {
  switch (ending) {
    case 'Closed':
      return 'no byte, and the end of the connection'
    case 'Lost':
      return `no byte, and a connection that broke: ${printable(trouble)}`
    case 'Open':
      return `silence for ${Math.round(doneMs - beganMs)} ms`
    case 'Unreachable':
      return `no connection: ${printable(trouble)}`
    default:
      return absurd(ending)
  }
}

/** @internal Where the rate limiter has refused a Hello: when it may be said again, in milliseconds (SPEC R5). */
export function limitedFor(heard: Heard): number | undefined {
  return refusedFor(heard, ErrorCode.ERROR_RATE_LIMITED, 'Hello rate limit exceeded')
}

/** @internal Where a broker is short of descriptors: when it may not be any more, in milliseconds (SPEC C6). */
export function pressedFor(heard: Heard): number | undefined {
  return refusedFor(heard, ErrorCode.ERROR_FD_PRESSURE, 'broker is low on file descriptors; retry shortly')
}

function refusedFor(heard: Heard, code: number, reason: string): number | undefined {
  const reading = readHeard(heard)
  if (reading._tag !== 'Reply' || reading.result._tag !== 'Refused') return undefined
  const { refused } = reading.result
  return refused.code === code && refused.reason === reason ? Number(refused.retryAfterMs) : undefined
}

/** @internal The handoff token in what came, or no bytes where there is none. */
export function tokenIn(bytes: Uint8Array): Uint8Array {
  const reading = readBytes(bytes)
  return reading._tag === 'Reply' && reading.result._tag === 'Negotiated' ? reading.result.negotiated.handlePassedToken : NO_BYTES
}
