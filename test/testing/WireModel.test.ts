/**
 * The naive codec and the real one: the same bytes are messages to both, and mean the same.
 */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { fromHex, toHex } from 'hello-negotiation'
import {
  arbitraryFrame, arbitraryHandoffAck, arbitraryHandoffOffer, arbitraryHello, arbitraryHelloReply, arbitraryHostileBytes,
  arbitraryNegotiated, arbitraryRefused, arbitraryServiceDefinition, WireModel,
} from 'hello-negotiation/testing'
import { CODECS, type Codec, type MessageName } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'

const MESSAGES: Readonly<Record<MessageName, fc.Arbitrary<unknown>>> = {
  Frame: arbitraryFrame(),
  HandoffAck: arbitraryHandoffAck(),
  HandoffOffer: arbitraryHandoffOffer(),
  Hello: arbitraryHello(),
  HelloReply: arbitraryHelloReply(),
  Negotiated: arbitraryNegotiated(),
  Refused: arbitraryRefused(),
  ServiceDefinition: arbitraryServiceDefinition(),
}
const NAMES = Object.keys(MESSAGES) as Array<MessageName>

const codecOf = (name: MessageName): Codec<unknown> => CODECS[name] as Codec<unknown>

/** What bytes are to the model, told by its own encoder. */
function modelled(name: MessageName, bytes: Uint8Array): string | null {
  const message = WireModel.decode(name, bytes)
  return message === undefined ? null : toHex(WireModel.encode(name, message))
}

function decoded(name: MessageName, bytes: Uint8Array): string | null {
  const message = codecOf(name).decode(bytes)
  return message._tag === 'Left' ? null : toHex(codecOf(name).encode(message.right))
}

describe('the naive codec', () => {
  it('agrees with the reference on every vector (SPEC W1–W10, §16)', () => {
    const lines = readFileSync(new URL('../vectors/decode.jsonl', import.meta.url), 'utf8').trim().split('\n')
    const vectors = lines.map((line) => JSON.parse(line) as { message: MessageName; bytes: string; canonical: string | null })
    const wrong = vectors.filter(({ message, bytes, canonical }) => modelled(message, fromHex(bytes) as Uint8Array) !== canonical)
    expect(vectors).toHaveLength(2_500)
    expect(wrong).toEqual([])
  })

  it.each(NAMES)('writes a %s as the real one does, and reads it back (SPEC W10)', (name) => {
    fc.assert(fc.property(MESSAGES[name], (message) => {
      const bytes = codecOf(name).encode(message)
      expect(toHex(WireModel.encode(name, message as never))).toBe(toHex(bytes))
      expect(WireModel.decode(name, bytes)).toEqual(message)
    }))
  })

  it.each(NAMES)('takes the same bytes for a %s as the real one does (SPEC W1–W9)', (name) => {
    fc.assert(fc.property(arbitraryHostileBytes(MESSAGES[name].map((message) => codecOf(name).encode(message))), (bytes) => {
      expect(modelled(name, bytes)).toBe(decoded(name, bytes))
    }), { numRuns: 500 })
  })

  it('counts groups and messages down to the hundredth, and no further (SPEC W8)', () => {
    const groups = (depth: number): Uint8Array => Uint8Array.from([...Array<number>(depth).fill(0xa3), ...Array<number>(depth).fill(0xa4)]
      .flatMap((key) => [key, 0x01]))
    for (const depth of [99, 100, 101]) expect(modelled('Frame', groups(depth))).toBe(decoded('Frame', groups(depth)))
    expect(modelled('Frame', groups(100))).toBe('')
    expect(modelled('Frame', groups(101))).toBe(null)
  })
})
