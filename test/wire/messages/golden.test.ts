import { toHex } from 'hello-negotiation'
import {
  decodeHello, decodeHelloReply, decodeNegotiated, EMPTY_NEGOTIATED, EMPTY_REFUSED, encodeHelloReply, ErrorCode, handoffAck, negotiated, refused,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { bytesOf, goldenSamples, messageNamed, rightOf } from '../support.js'

describe('the golden samples (SPEC W12)', () => {
  it('are seven, of the lengths the reference has (SPEC W12)', () => {
    expect(goldenSamples().map(({ message, bytes }) => [message, bytes.length / 2])).toEqual([
      ['Frame', 88], ['Hello', 100], ['Negotiated', 52], ['Refused', 42], ['HelloReply', 54], ['HandoffOffer', 36], ['HandoffAck', 26],
    ])
  })

  it.each(goldenSamples())('of $message comes back byte for byte (SPEC W12)', ({ message, bytes }) => {
    const { codec } = messageNamed(message)
    expect(toHex(codec.encode(rightOf(codec.decode(bytesOf(bytes)))))).toBe(bytes)
  })

  it('hold a bitmap with the highest bit set (SPEC W12)', () => {
    const bytes = (name: string): Uint8Array => bytesOf(goldenSamples().find(({ message }) => message === name)?.bytes ?? '')
    expect(rightOf(decodeHello(bytes('Hello'))).clientCapabilities).toBe(0x8000_0000_0000_0001n)
    expect(rightOf(decodeNegotiated(bytes('Negotiated'))).serverCapabilities).toBe(0x8000_0000_0000_0001n)
  })

  it('of an ack is what its fields say (SPEC W12)', () => {
    const token = Uint8Array.from({ length: 16 }, (_, i) => i)
    const message = handoffAck({ token, accepted: true, errorDetail: 'ok', correlationId: 7n })
    expect(toHex(messageNamed('HandoffAck').codec.encode(message))).toBe(goldenSamples()[6]?.bytes)
  })
})

describe('HelloReply', () => {
  it('writes a member that holds only defaults, and nothing where there is none (SPEC W10)', () => {
    expect(encodeHelloReply({ result: { _tag: 'Negotiated', negotiated: EMPTY_NEGOTIATED } })).toEqual(bytesOf('0a 00'))
    expect(encodeHelloReply({ result: { _tag: 'Refused', refused: EMPTY_REFUSED } })).toEqual(bytesOf('12 00'))
    expect(encodeHelloReply({ result: { _tag: 'Missing' } })).toEqual(bytesOf(''))
  })

  it('skips fields it does not know beside its members (SPEC W8)', () => {
    expect(rightOf(decodeHelloReply(bytesOf('18 01 12 02 20 05 22 00'))).result).toMatchObject({
      _tag: 'Refused', refused: { code: ErrorCode.ERROR_SHUTTING_DOWN },
    })
  })

  it('has an encoding, an empty one, for a result smuggled past the types', () => {
    expect(encodeHelloReply({ result: { _tag: 'Smuggled' } } as never)).toHaveLength(0)
  })
})

describe('a message made of some of its fields', () => {
  it('has the others at their defaults (SPEC W10)', () => {
    expect(negotiated({})).toEqual(EMPTY_NEGOTIATED)
    expect(refused({})).toEqual(EMPTY_REFUSED)
  })
})
