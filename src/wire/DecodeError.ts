/**
 * Why bytes are no message: what was wrong, in which message, and the offset where decoding stopped.
 */
import { absurd } from '../data/absurd.js'
import { NESTING_MAX } from './Limits.js'
import { type FieldSchema, type MessageName, SCHEMA } from './messages/schema.js'

/**
 * The bytes are no `message`; decoding stopped at `offset`, a count of bytes from their start.
 *
 * @category model
 * @since 0.1.0
 */
export interface DecodeError {
  readonly _tag: 'DecodeError'
  readonly message: MessageName
  readonly offset: number
  readonly fault: DecodeFault
}

/**
 * What was wrong with the bytes (SPEC W1–W9).
 *
 * @category model
 * @since 0.1.0
 */
export type DecodeFault =
  | { readonly _tag: 'FieldNumberZero' }
  | { readonly _tag: 'InvalidUtf8' }
  | { readonly _tag: 'InvalidWireType'; readonly actual: number }
  | { readonly _tag: 'KeyTooLarge' }
  | { readonly _tag: 'LengthExceedsInput'; readonly actual: number; readonly available: number }
  | { readonly _tag: 'MessageOverrun'; readonly actual: number; readonly expected: number }
  | { readonly _tag: 'NestingTooDeep'; readonly max: number }
  | { readonly _tag: 'Truncated' }
  | { readonly _tag: 'UnmatchedEndGroup'; readonly actual: number; readonly expected: number | undefined }
  | { readonly _tag: 'VarintTooLong' }
  | WrongWireType

/**
 * A field that the message has comes with another wire type than its own (SPEC W2).
 *
 * @category model
 * @since 0.1.0
 */
export interface WrongWireType {
  readonly _tag: 'WrongWireType'
  /** Whose field it is: the message's, that of one nested in it, or that of a map's entry. */
  readonly of: MessageName | 'map entry'
  readonly fieldNumber: number
  readonly actual: number
}

/**
 * The error as one line for a person.
 *
 * @example
 * import assert from 'node:assert'
 * import { decodeHello, describeDecodeError } from 'hello-negotiation/wire'
 *
 * const decoded = decodeHello(Uint8Array.of(0x0a, 0x01, 0x61)) // a text where a number belongs
 * assert.equal(
 *   decoded._tag === 'Left' ? describeDecodeError(decoded.left) : '',
 *   'Hello: byte 0: field 1 (client_min_protocol) has wire type 2 (length-delimited); expected 0 (varint)',
 * )
 *
 * @category queries
 * @since 0.1.0
 */
export function describeDecodeError(error: DecodeError): string {
  return `${error.message}: byte ${error.offset}: ${describeFault(error.message, error.fault)}`
}

/**
 * The name of a protobuf wire type.
 *
 * @category queries
 * @since 0.1.0
 */
export function wireTypeName(wireType: number): string {
  return WIRE_TYPE_NAMES[wireType] ?? 'unknown'
}

const WIRE_TYPE_NAMES = ['varint', '64-bit', 'length-delimited', 'start group', 'end group', '32-bit']

function describeFault(message: MessageName, fault: DecodeFault): string {
  switch (fault._tag) {
    case 'FieldNumberZero':
      return 'field number is 0; the least legal one is 1'
    case 'InvalidUtf8':
      return 'text is not valid UTF-8'
    case 'InvalidWireType':
      return `wire type is ${fault.actual}; the greatest legal one is 5`
    case 'KeyTooLarge':
      return 'field key does not fit in 32 bits'
    case 'LengthExceedsInput':
      return `length says ${fault.actual} bytes, but ${fault.available} are left`
    case 'MessageOverrun':
      return `nested message ends at byte ${fault.actual}; its length said ${fault.expected}`
    case 'NestingTooDeep':
      return `groups and messages nest deeper than ${fault.max}`
    case 'Truncated':
      return 'input ends in the middle of a field'
    case 'UnmatchedEndGroup':
      return fault.expected === undefined
        ? `group ${fault.actual} ends, but none was open`
        : `group ${fault.actual} ends, but group ${fault.expected} was open`
    case 'VarintTooLong':
      return 'varint is longer than 64 bits'
    case 'WrongWireType':
      return `${fault.of === message ? '' : `${fault.of} `}${describeWireType(fault)}`
    default:
      return absurd(fault)
  }
}

function describeWireType({ of, fieldNumber, actual }: WrongWireType): string {
  // Only a field that the message has can have the wrong type; an entry's are its key and its value.
  const { name, wireType } = of === 'map entry'
    ? { name: fieldNumber === 1 ? 'key' : 'value', wireType: 2 }
    : (SCHEMA[of].find(({ number }) => number === fieldNumber) as FieldSchema)
  const [found, expected] = [actual, wireType].map((number) => `${number} (${wireTypeName(number)})`)
  return `field ${fieldNumber} (${name}) has wire type ${found}; expected ${expected}`
}

/**
 * The fault of nesting too deep (SPEC W8).
 *
 * @internal
 */
export const NESTING_TOO_DEEP: DecodeFault = { _tag: 'NestingTooDeep', max: NESTING_MAX }
