import fc from 'fast-check'
import { arbitraryHostileBytes, deepFreeze } from 'hello-negotiation/testing'
import {
  CODECS, EMPTY_FRAME, EMPTY_HANDOFF_ACK, EMPTY_HANDOFF_OFFER, EMPTY_HELLO, EMPTY_NEGOTIATED, EMPTY_REFUSED, EMPTY_SERVICE_DEFINITION,
  frame, handoffAck, handoffOffer, hello, negotiated, refused, SCHEMA, serviceDefinition,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { cursor } from '../../../src/wire/Cursor.js'
import { readServiceDefinition } from '../../../src/wire/messages/ServiceDefinition.js'
import { bytesOf, errorOf, fieldNumbers, MESSAGES, rightOf } from '../support.js'

/** Every byte array in a message, nested ones too. */
function byteArraysIn(value: unknown): ReadonlyArray<Uint8Array> {
  if (value instanceof Uint8Array) return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(byteArraysIn) : []
}

it('has every message of the schema under test', () => {
  expect(MESSAGES.map(({ name }) => name).sort()).toEqual(Object.keys(SCHEMA).sort())
  expect(Object.keys(CODECS).sort()).toEqual(Object.keys(SCHEMA).sort())
})

describe.each(MESSAGES)('the codec of $name', ({ name, any, empty, codec }) => {
  const hostile = arbitraryHostileBytes(any.map(codec.encode))

  it('gives back what it encoded, and does not touch it', () => {
    fc.assert(fc.property(any, (message) => {
      expect(rightOf(codec.decode(codec.encode(deepFreeze(message))))).toEqual(message)
    }), { numRuns: 200 })
  })

  it('writes nothing for a message of defaults, and reads defaults from nothing (SPEC W10)', () => {
    expect(codec.encode(empty)).toEqual(new Uint8Array(0))
    expect(rightOf(codec.decode(new Uint8Array(0)))).toEqual(empty)
  })

  it('answers for any bytes with a value or a tagged error, and never throws', () => {
    const seen = { Left: 0, Right: 0 }
    fc.assert(fc.property(hostile, (bytes) => {
      const decoded = codec.decode(bytes)
      seen[decoded._tag] += 1
      if (decoded._tag === 'Right') return
      const { _tag, message, offset, fault } = errorOf(decoded)
      expect([_tag, message]).toEqual(['DecodeError', name])
      expect(Number.isInteger(offset) && offset >= 0 && offset <= bytes.length).toBe(true)
      expect(typeof fault._tag).toBe('string')
    }), { numRuns: 1_000 })
    // Both answers are common, so neither half of this is idle.
    expect(Math.min(seen.Left, seen.Right) / (seen.Left + seen.Right)).toBeGreaterThan(0.05)
  })

  it('encodes what it decoded to bytes that decode and encode to the same again (SPEC W10)', () => {
    fc.assert(fc.property(hostile, (bytes) => {
      const decoded = codec.decode(bytes)
      fc.pre(decoded._tag === 'Right')
      const canonical = codec.encode(rightOf(decoded))
      expect(rightOf(codec.decode(canonical))).toEqual(rightOf(decoded))
      expect(codec.encode(rightOf(codec.decode(canonical)))).toEqual(canonical)
    }), { numRuns: 300 })
  })

  it('neither changes its input nor shares memory with it', () => {
    fc.assert(fc.property(any, fc.boolean(), (message, isBuffer) => {
      const encoded = codec.encode(message)
      const padded = new Uint8Array(encoded.length + 9)
      padded.set(encoded, 5)
      const input = isBuffer ? Buffer.from(encoded) : padded.subarray(5, 5 + encoded.length)
      const decoded = rightOf(codec.decode(input))
      expect(Uint8Array.from(input)).toEqual(encoded)
      input.fill(0xee)
      expect(codec.encode(decoded)).toEqual(encoded)
      expect(byteArraysIn(decoded).filter(({ buffer, length }) => length > 0 && buffer === input.buffer)).toEqual([])
    }))
  })

  it('hands out bytes of exactly their own length, which share nothing with the message', () => {
    fc.assert(fc.property(any, (message) => {
      const encoded = codec.encode(message)
      const kept = Uint8Array.from(encoded)
      expect(encoded.buffer.byteLength).toBe(encoded.length)
      encoded.fill(0xee)
      expect(codec.encode(message)).toEqual(kept)
    }))
  })

  it('gives two decodings of the same bytes nothing to share', () => {
    fc.assert(fc.property(any, (message) => {
      const bytes = codec.encode(message)
      const [first, second] = [rightOf(codec.decode(bytes)), rightOf(codec.decode(bytes))]
      byteArraysIn(first).forEach((array) => array.fill(0xee))
      expect(second).toEqual(message)
    }))
  })

  it('writes its fields in ascending order (SPEC W10)', () => {
    fc.assert(fc.property(any, (message) => {
      const numbers = fieldNumbers(codec.encode(message))
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
      const known = SCHEMA[name].map(({ number }) => number)
      expect(numbers.filter((number) => !known.includes(number))).toEqual([])
    }))
  })
})

describe('the constructors', () => {
  it('set the fields they are given and leave the others at their defaults', () => {
    expect(frame({ kind: 2 })).toEqual({ ...EMPTY_FRAME, kind: 2 })
    expect(hello({ peerPid: 7 })).toEqual({ ...EMPTY_HELLO, peerPid: 7 })
    expect(negotiated({ warnings: ['w'] })).toEqual({ ...EMPTY_NEGOTIATED, warnings: ['w'] })
    expect(refused({ code: 4 })).toEqual({ ...EMPTY_REFUSED, code: 4 })
    expect(handoffOffer({ handleValue: 1n })).toEqual({ ...EMPTY_HANDOFF_OFFER, handleValue: 1n })
    expect(handoffAck({ accepted: true })).toEqual({ ...EMPTY_HANDOFF_ACK, accepted: true })
    expect(serviceDefinition({ minVersion: '1.0.0' })).toEqual({ ...EMPTY_SERVICE_DEFINITION, minVersion: '1.0.0' })
  })
})

describe('readServiceDefinition', () => {
  // No message of the wire holds this one, so only a caller inside the floor can merge it.
  it('merges over a value that this very decode made, as the members of a oneof do (SPEC W7)', () => {
    const base = serviceDefinition({ serviceName: 'a', versionAllowList: ['1.0.0'], labels: new Map([['k', 'v']]) })
    const bytes = bytesOf('3a 01 32 42 06 0a 01 6c 12 01 77')
    expect(readServiceDefinition(cursor(bytes), bytes.length, 0, base)).toEqual(
      serviceDefinition({ serviceName: 'a', versionAllowList: ['1.0.0', '2'], labels: new Map([['k', 'v'], ['l', 'w']]) }),
    )
  })
})
