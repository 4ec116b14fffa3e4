import { deserialize, serialize } from 'node:v8'
import * as fc from 'fast-check'
import { handoffToken, sameToken } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import {
  type BackendMessage, type BrokerMessage, encodeMessage, readBackendMessage, readBrokerMessage,
} from '../../../../src/host/node/handoff/ChannelMessage.js'

const handoff = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const bytes = fc.uint8Array({ maxLength: 300 })
const token = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
  const token = handoffToken(bytes)
  if (token === undefined) throw new Error('sixteen bytes are a token')
  return token
})

const brokerMessage: fc.Arbitrary<BrokerMessage> = fc.oneof(
  fc.record({ _tag: fc.constant('Offer' as const), handoff, offer: bytes, token, remainder: bytes }),
  fc.record({ _tag: fc.constantFrom('Released' as const, 'Withdrawn' as const), handoff }),
)
const backendMessage: fc.Arbitrary<BackendMessage> = fc.oneof(
  fc.record({ _tag: fc.constant('Answer' as const), handoff, bytes }),
  fc.record({ _tag: fc.constant('AnswerEnd' as const), handoff }),
)

/** What Node makes of a message on its way, by either of its serializations. */
const WAYS: ReadonlyArray<[string, (message: object) => unknown]> = [
  ['json', (message) => JSON.parse(JSON.stringify(message)) as unknown],
  ['advanced', (message) => deserialize(serialize(message)) as unknown],
]

const OFFER = { helloHandoff: 1, handoff: 1, kind: 'Offer', offer: 'AQ==', token: 'AAAAAAAAAAAAAAAAAAAAAA==', remainder: '' }
const ANSWER = { helloHandoff: 1, handoff: 1, kind: 'Answer', bytes: 'AQ==' }

describe('a message between broker and backend', () => {
  it.each(WAYS)('comes back as it was sent, by %s', (_name, carried) => {
    fc.assert(fc.property(brokerMessage, (message) => {
      expect(readBrokerMessage(carried(encodeMessage(message)))).toEqual(message)
    }))
    fc.assert(fc.property(backendMessage, (message) => {
      expect(readBackendMessage(carried(encodeMessage(message)))).toEqual(message)
    }))
  })

  it('carries the token whole, though it prints as nothing (SPEC X10)', () => {
    const read = readBrokerMessage({ ...OFFER, token: Buffer.alloc(16, 7).toString('base64') })
    const sevens = handoffToken(new Uint8Array(16).fill(7))
    expect(read?._tag === 'Offer' && sevens !== undefined && sameToken(read.token, sevens)).toBe(true)
  })

  it('is none of ours without the mark, whatever it is', () => {
    fc.assert(fc.property(fc.anything(), (value) => {
      expect(readBrokerMessage(value)).toBeUndefined()
      expect(readBackendMessage(value)).toBeUndefined()
    }))
  })

  it('is garbled where a field is not what it should be, and says which handoff it is about if it can', () => {
    const fields = fc.dictionary(fc.constantFrom('handoff', 'kind', 'offer', 'token', 'remainder', 'bytes'), fc.anything())
    fc.assert(fc.property(fc.constantFrom<object>(OFFER, ANSWER), fields, (message, spoilt) => {
      const value = { ...message, ...spoilt }
      for (const read of [readBrokerMessage(value), readBackendMessage(value)]) {
        const isNumbered = Number.isSafeInteger(value['handoff']) && (value['handoff'] as number) > 0
        if (read?._tag === 'Garbled') expect(read.handoff).toBe(isNumbered ? value['handoff'] : undefined)
        else expect(read?.handoff).toBe(value['handoff'])
      }
    }), { numRuns: 1_000 })
  })

  it.each<[string, object]>([
    ['a token of 15 bytes', { token: Buffer.alloc(15).toString('base64') }],
    ['a token of 17 bytes', { token: Buffer.alloc(17).toString('base64') }],
    ['an offer of more than 64 KiB', { offer: Buffer.alloc(0x1_0001).toString('base64') }],
    ['a remainder of more than 128 KiB', { remainder: Buffer.alloc(0x2_0001).toString('base64') }],
    ['bytes that are no base64', { offer: 'AQ=*' }],
    ['base64 without its padding', { offer: 'AQ' }],
    ['no token', { token: undefined }],
    ['another kind', { kind: 'Answer' }],
  ])('is garbled with %s', (_name, spoilt) => {
    expect(readBrokerMessage({ ...OFFER, ...spoilt })).toEqual({ _tag: 'Garbled', handoff: 1 })
  })

  it('takes what is exactly as long as it may be', () => {
    expect(readBrokerMessage({ ...OFFER, offer: Buffer.alloc(0x1_0000).toString('base64') })?._tag).toBe('Offer')
    expect(readBrokerMessage({ ...OFFER, remainder: Buffer.alloc(0x2_0000).toString('base64') })?._tag).toBe('Offer')
    expect(readBackendMessage({ ...ANSWER, bytes: Buffer.alloc(0x1_0000).toString('base64') })?._tag).toBe('Answer')
  })
})
