/**
 * What the tests of the wire share: bytes by hand, answers by force, and a table of all messages.
 */
import { readFileSync } from 'node:fs'
import type fc from 'fast-check'
import type { Either } from 'fp-ts/lib/Either.js'
import { fromHex } from 'hello-negotiation'
import {
  arbitraryFrame, arbitraryHandoffAck, arbitraryHandoffOffer, arbitraryHello, arbitraryHelloReply, arbitraryNegotiated,
  arbitraryRefused, arbitraryServiceDefinition,
} from 'hello-negotiation/testing'
import {
  type Codec, CODECS, type DecodeError, describeDecodeError, EMPTY_FRAME, EMPTY_HANDOFF_ACK, EMPTY_HANDOFF_OFFER, EMPTY_HELLO,
  EMPTY_HELLO_REPLY, EMPTY_NEGOTIATED, EMPTY_REFUSED, EMPTY_SERVICE_DEFINITION, type MessageName,
} from 'hello-negotiation/wire'

/** Bytes from hex digits, spaced as the reader likes; `a3 01*3` says `a3 01 01 01`. */
export function bytesOf(hex: string): Uint8Array {
  const spelled = hex.replace(/([0-9a-f]{2})\*(\d+)/g, (_, byte: string, times: string) => byte.repeat(Number(times)))
  const bytes = fromHex(spelled.replace(/\s/g, ''))
  if (bytes === undefined) throw new Error(`not hex: ${hex}`)
  return bytes
}

export function join(...parts: ReadonlyArray<Uint8Array>): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export function textBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text))
}

/** A length-delimited field of fewer than 128 bytes. */
export function delimited(key: number, body: Uint8Array): Uint8Array {
  if (body.length > 127) throw new Error(`${body.length} bytes need more than one byte of length`)
  return join(Uint8Array.of(key, body.length), body)
}

export function rightOf<A>(decoded: Either<DecodeError, A>): A {
  if (decoded._tag === 'Left') throw new Error(describeDecodeError(decoded.left))
  return decoded.right
}

export function errorOf(decoded: Either<DecodeError, unknown>): DecodeError {
  if (decoded._tag === 'Right') throw new Error('decoded, and should not have')
  return decoded.left
}

export interface Message {
  readonly name: MessageName
  readonly any: fc.Arbitrary<unknown>
  readonly empty: unknown
  readonly codec: Codec<unknown>
}

export const MESSAGES: ReadonlyArray<Message> = [
  { name: 'Frame', any: arbitraryFrame(), empty: EMPTY_FRAME, codec: CODECS.Frame as Codec<unknown> },
  { name: 'Hello', any: arbitraryHello(), empty: EMPTY_HELLO, codec: CODECS.Hello as Codec<unknown> },
  { name: 'Negotiated', any: arbitraryNegotiated(), empty: EMPTY_NEGOTIATED, codec: CODECS.Negotiated as Codec<unknown> },
  { name: 'Refused', any: arbitraryRefused(), empty: EMPTY_REFUSED, codec: CODECS.Refused as Codec<unknown> },
  { name: 'HelloReply', any: arbitraryHelloReply(), empty: EMPTY_HELLO_REPLY, codec: CODECS.HelloReply as Codec<unknown> },
  { name: 'HandoffOffer', any: arbitraryHandoffOffer(), empty: EMPTY_HANDOFF_OFFER, codec: CODECS.HandoffOffer as Codec<unknown> },
  { name: 'HandoffAck', any: arbitraryHandoffAck(), empty: EMPTY_HANDOFF_ACK, codec: CODECS.HandoffAck as Codec<unknown> },
  {
    name: 'ServiceDefinition',
    any: arbitraryServiceDefinition(),
    empty: EMPTY_SERVICE_DEFINITION,
    codec: CODECS.ServiceDefinition as Codec<unknown>,
  },
]

export function messageNamed(name: MessageName): Message {
  const found = MESSAGES.find((message) => message.name === name)
  if (found === undefined) throw new Error(`no message ${name}`)
  return found
}

export interface Golden {
  readonly message: MessageName
  readonly bytes: string
}

/** The reference's own samples: every field of a message set, and the exact bytes (SPEC W12). */
export function goldenSamples(): ReadonlyArray<Golden> {
  return JSON.parse(readFileSync(new URL('../vectors/golden.json', import.meta.url), 'utf8')) as ReadonlyArray<Golden>
}

/** The field numbers of well-formed bytes whose wire types are 0 and 2. */
export function fieldNumbers(bytes: Uint8Array): ReadonlyArray<number> {
  const numbers: Array<number> = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let i = 0; ; i += 1) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    numbers.push(key >>> 3)
    const value = varint()
    if ((key & 7) === 2) at += value
  }
  return numbers
}
