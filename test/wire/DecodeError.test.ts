import {
  type DecodeError, decodeFrame, type DecodeFault, decodeHelloReply, decodeRefused, describeDecodeError, wireTypeName,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { bytesOf, errorOf, messageNamed } from './support.js'

describe('describeDecodeError', () => {
  it.each([
    ['00 00', 'Frame: byte 0: field number is 0; the least legal one is 1'],
    ['08 01 42 01 ff', 'Frame: byte 4: text is not valid UTF-8'],
    ['a6 01', 'Frame: byte 0: wire type is 6; the greatest legal one is 5'],
    ['88 80 80 80 10 01', 'Frame: byte 0: field key does not fit in 32 bits'],
    ['08 01 22 05 aa', 'Frame: byte 3: length says 5 bytes, but 1 are left'],
    ['08', 'Frame: byte 1: input ends in the middle of a field'],
    ['a4 01', 'Frame: byte 0: group 20 ends, but none was open'],
    ['a3 01 ac 01', 'Frame: byte 2: group 21 ends, but group 20 was open'],
    ['08 80*9 02', 'Frame: byte 1: varint is longer than 64 bits'],
    ['0a 00', 'Frame: byte 0: field 1 (envelope_version) has wire type 2 (length-delimited); expected 0 (varint)'],
    ['0f 00', 'Frame: byte 0: field 1 (envelope_version) has wire type 7 (unknown); expected 0 (varint)'],
    ['20 00', 'Frame: byte 0: field 4 (payload) has wire type 0 (varint); expected 2 (length-delimited)'],
    ['45 00*4', 'Frame: byte 0: field 8 (traceparent) has wire type 5 (32-bit); expected 2 (length-delimited)'],
  ])('explains %s', (hex, text) => {
    expect(describeDecodeError(errorOf(decodeFrame(bytesOf(hex))))).toBe(text)
  })

  it('explains a nested message that runs over its end (SPEC W6)', () => {
    expect(describeDecodeError(errorOf(decodeHelloReply(bytesOf('0a 02 12 03 61 62 63')))))
      .toBe('HelloReply: byte 4: nested message ends at byte 7; its length said 4')
  })

  it('explains groups that nest too deep (SPEC W8)', () => {
    const error = errorOf(decodeFrame(bytesOf('83 01'.repeat(101))))
    expect(describeDecodeError(error)).toBe('Frame: byte 200: groups and messages nest deeper than 100')
  })

  it.each([
    ['HelloReply', '0a 02 18 00', 'HelloReply: byte 2: Negotiated field 3 (backend_pipe) has wire type 0 (varint); expected 2 (length-delimited)'],
    ['HelloReply', '0a 02 0a 00', 'HelloReply: byte 2: Negotiated field 1 (negotiated_protocol) has wire type 2 (length-delimited); expected 0 (varint)'],
    ['Refused', '2a 02 08 01', 'Refused: byte 2: map entry field 1 (key) has wire type 0 (varint); expected 2 (length-delimited)'],
    ['Refused', '2a 02 10 01', 'Refused: byte 2: map entry field 2 (value) has wire type 0 (varint); expected 2 (length-delimited)'],
  ] as const)('says whose field it is inside a %s: %s', (name, hex, text) => {
    expect(describeDecodeError(errorOf(messageNamed(name).codec.decode(bytesOf(hex))))).toBe(text)
  })

  it('names the message that was asked for', () => {
    for (const name of ['Hello', 'HandoffOffer', 'ServiceDefinition'] as const) {
      expect(describeDecodeError(errorOf(messageNamed(name).codec.decode(bytesOf('00'))))).toMatch(new RegExp(`^${name}: byte 0: `))
    }
    expect(errorOf(decodeRefused(bytesOf('00'))).message).toBe('Refused')
  })

  it('does not throw at a fault smuggled past the types', () => {
    const fault = 'smuggled' as unknown as DecodeFault
    const error: DecodeError = { _tag: 'DecodeError', message: 'Hello', offset: 3, fault }
    expect(describeDecodeError(error)).toBe('Hello: byte 3: smuggled')
  })
})

describe('wireTypeName', () => {
  it('knows the six wire types, and that there are no others (SPEC W2)', () => {
    expect(Array.from({ length: 8 }, (_, wireType) => wireTypeName(wireType)))
      .toEqual(['varint', '64-bit', 'length-delimited', 'start group', 'end group', '32-bit', 'unknown', 'unknown'])
  })
})
