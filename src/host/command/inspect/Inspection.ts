/**
 * What there is to say about captured bytes, as plain data.
 *
 * **State** nothing: a report of bytes that were there. Offsets are counts of bytes from the start of
 * the input, unless they are said to be within a message.
 * Invariant: every text is safe to print, and none shows a byte of a token; but for what an `error`
 * carries, which is as the peer sent it.
 */
import type { NegotiationError } from '../../../negotiate/Refusal.js'
import type { DecodeError } from '../../../wire/DecodeError.js'
import type { MessageName } from '../../../wire/messages/schema.js'

/** Everything there is to say. */
export interface Inspection {
  readonly bytes: number
  readonly framing: FramingReport
  /** The Frame, where the bytes have one, or the beginning of one. */
  readonly frame: MessageReport | undefined
  readonly fault: Fault | undefined
  readonly verdict: Verdict
}

/** The five bytes before a frame, or what stands in their place. */
export type FramingReport =
  | { readonly _tag: 'Empty' }
  | { readonly _tag: 'Foreign'; readonly first: number; readonly beginning: string; readonly guess: string | undefined }
  | {
    readonly _tag: 'Framed'
    readonly bodyBytes: number
    readonly hex: string
    readonly missingBytes: number
    readonly extraBytes: number
  }
  | { readonly _tag: 'HeaderCut'; readonly lengthBytes: number; readonly hex: string }
  /** No header, but a Frame all the same: somebody cut the header off. */
  | { readonly _tag: 'Unframed' }

/** One message and its fields, in the order they came. */
export interface MessageReport {
  readonly message: MessageName
  readonly start: number
  readonly bytes: number
  readonly fields: ReadonlyArray<FieldReport>
  /** How many fields after those are not shown. */
  readonly hiddenFields: number
  /** After the hidden ones: the last of each known field, and the broken one. */
  readonly lastFields: ReadonlyArray<FieldReport>
  /** Why the decoder refused the message; its offset is within the message. */
  readonly error: DecodeError | undefined
}

/** One field. */
export interface FieldReport {
  readonly start: number
  /** Where it ends; where the input ends, if it is cut off. */
  readonly end: number
  readonly hex: string
  readonly name: string
  readonly value: string
  readonly notes: ReadonlyArray<string>
  /** Whether decoding stopped in it. */
  readonly isBroken: boolean
  readonly nested: MessageReport | undefined
  /** The bytes that must not be shown. */
  readonly secret: Span | undefined
}

/** The bytes from `start` up to `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Where decoding stopped, and why. */
export interface Fault {
  readonly offset: number
  /** As the decoder told it; its offset is within its message. */
  readonly error: DecodeError
  readonly description: string
  readonly excerpt: Excerpt
}

/** The bytes around an offset, in hex, those of tokens as stars; `caret` is the cell of the offset. */
export interface Excerpt {
  readonly start: number
  readonly cells: ReadonlyArray<string>
  readonly caret: number
}

/** What whoever the bytes are for would make of them. */
export type Verdict =
  | { readonly _tag: 'BrokerProceeds'; readonly claimedPid: number }
  | {
    readonly _tag: 'BrokerRefuses'
    readonly error: NegotiationError
    readonly code: string
    readonly reason: string
    readonly explanation: string
  }
  | { readonly _tag: 'ReaderAccepts'; readonly reader: Reader; readonly explanation: string }
  | { readonly _tag: 'ReaderRejects'; readonly reader: Reader; readonly explanation: string }

/** Who reads a frame that is no Hello. */
export type Reader = 'backend' | 'broker' | 'client'

/** Whether whoever the bytes are for would take them. */
export function isAcceptable({ verdict }: Inspection): boolean {
  return verdict._tag === 'BrokerProceeds' || verdict._tag === 'ReaderAccepts'
}
