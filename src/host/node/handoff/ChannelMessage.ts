/**
 * What broker and backend say to each other over a channel: the handoff's own frames, and around them
 * what only these two need, who has the stream.
 *
 *   broker ── Offer, with the socket ──▶ backend      broker ◀── Answer | AnswerEnd ── backend
 *   broker ── Released | Withdrawn ────▶ backend
 *
 * **Laws**
 *  1. Any value at all is read: as a message, as a garbled one, or as none of ours. Nothing here throws.
 *  2. Reading what was encoded gives the message back, by either of Node's two serializations.
 *  3. What is longer than its bound is garbled, and not decoded.
 *
 * **Not here** a bound on what Node itself reads from a channel before anybody is asked: it has none.
 */
import { NO_BYTES } from '../../../data/Bytes.js'
import { handoffToken, HANDOFF_TOKEN_BYTES, type HandoffToken, tokenBytes } from '../../../data/HandoffToken.js'

/** @internal What a broker says; `handoff` tells the handoffs of one channel apart. */
export type BrokerMessage =
  | {
      readonly _tag: 'Offer'
      readonly handoff: number
      /** The framed offer (SPEC X1). */
      readonly offer: Uint8Array
      /** The sideband's sixteen bytes (SPEC X10). */
      readonly token: HandoffToken
      /** What the broker has read of the stream behind the Hello. */
      readonly remainder: Uint8Array
    }
  | { readonly _tag: 'Released'; readonly handoff: number }
  | { readonly _tag: 'Withdrawn'; readonly handoff: number }

/** @internal What a backend says: bytes of its ACK, or that there will be none any more. */
export type BackendMessage =
  | { readonly _tag: 'Answer'; readonly handoff: number; readonly bytes: Uint8Array }
  | { readonly _tag: 'AnswerEnd'; readonly handoff: number }

/** @internal One of our messages that makes no sense, and which handoff it is about, if it says so. */
export interface Garbled {
  readonly _tag: 'Garbled'
  readonly handoff: number | undefined
}

/** The field by which our messages are known among a program's own, and the version of their shape. */
const MARK = 'helloHandoff'
const MARK_VALUE = 1

/** An offer and an ACK are some hundred bytes; an ACK's detail is a line of text. */
const FRAME_MAX_BYTES = 0x1_0000
/** Reading stops with the Hello, so that a remainder is what two reads of 64 KiB can bring. */
const REMAINDER_MAX_BYTES = 0x2_0000

/** @internal The message as a value that a channel carries; bytes are text, so that JSON carries them too. */
export function encodeMessage(message: BackendMessage | BrokerMessage): object {
  const { _tag: kind, handoff } = message
  const marked = { [MARK]: MARK_VALUE, kind, handoff }
  switch (message._tag) {
    case 'Answer':
      return { ...marked, bytes: toText(message.bytes) }
    case 'Offer':
      return {
        ...marked,
        offer: toText(message.offer),
        token: toText(tokenBytes(message.token)),
        remainder: toText(message.remainder),
      }
    default:
      return marked
  }
}

/** @internal Reads what a broker says; `undefined` for what is none of ours. */
export function readBrokerMessage(value: unknown): BrokerMessage | Garbled | undefined {
  return readMessage(value, ({ kind, handoff, ...fields }) => {
    if (kind === 'Released' || kind === 'Withdrawn') return { _tag: kind, handoff }
    if (kind !== 'Offer') return undefined
    const offer = fromText(fields['offer'], FRAME_MAX_BYTES)
    const token = handoffToken(fromText(fields['token'], HANDOFF_TOKEN_BYTES) ?? NO_BYTES)
    const remainder = fromText(fields['remainder'], REMAINDER_MAX_BYTES)
    return offer === undefined || token === undefined || remainder === undefined
      ? undefined
      : { _tag: 'Offer', handoff, offer, token, remainder }
  })
}

/** @internal Reads what a backend says; `undefined` for what is none of ours. */
export function readBackendMessage(value: unknown): BackendMessage | Garbled | undefined {
  return readMessage(value, ({ kind, handoff, ...fields }) => {
    if (kind === 'AnswerEnd') return { _tag: 'AnswerEnd', handoff }
    const bytes = kind === 'Answer' ? fromText(fields['bytes'], FRAME_MAX_BYTES) : undefined
    return bytes === undefined ? undefined : { _tag: 'Answer', handoff, bytes }
  })
}

type Fields = Readonly<Record<string, unknown>>

function readMessage<M>(
  value: unknown, read: (fields: Fields & { readonly handoff: number }) => M | undefined,
): Garbled | M | undefined {
  if (typeof value !== 'object' || value === null || (value as Fields)[MARK] !== MARK_VALUE) return undefined
  const { handoff, ...fields } = value as Fields
  const garbled: Garbled = { _tag: 'Garbled', handoff: isHandoffNumber(handoff) ? handoff : undefined }
  return isHandoffNumber(handoff) ? read({ ...fields, handoff }) ?? garbled : garbled
}

function isHandoffNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Node decodes leniently whatever looks a little like base64, so what it decodes must encode to the same. */
function fromText(value: unknown, maxBytes: number): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length > Math.ceil(maxBytes / 3) * 4) return undefined
  const bytes = new Uint8Array(Buffer.from(value, 'base64'))
  return bytes.length <= maxBytes && toText(bytes) === value ? bytes : undefined
}
