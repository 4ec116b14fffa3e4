/**
 * Huge declared lengths: a few bytes that say many more will follow, so that room is made for them.
 *
 * A peer that need not send what it announces can have all the memory there is, at five bytes a time. Here room is
 * made for bytes that are there.
 */
import fc from 'fast-check'
import { ByteQueue, Connection, exchange, UNVERIFIED_PEER } from 'hello-negotiation'
import { arbitraryMalformed, varintBytes } from 'hello-negotiation/testing'
import {
  type Codec, CODECS, decodeFrame, encodeFrame, type FieldSchema, frame, FRAME_BODY_MAX_BYTES, Framing, HELLO_BODY_MAX_BYTES,
  type MessageName, SCHEMA,
} from 'hello-negotiation/wire'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FRESH, leftOf, POLICY } from '../support/negotiate.js'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['wire/Cursor.test.ts', 'may not exceed what is left, at any size (SPEC W6)'],
  ['wire/Framing.test.ts', 'copies each byte a bounded number of times in chunks of %d (law 4)'],
  ['negotiate/Connection.test.ts', 'fails for %s (SPEC C4, F2, F3)'],
  ['host/node/hostility.test.ts', 'is read from no further than is good for it, and let go (SPEC C3)'],
])

const NAMES = Object.keys(SCHEMA) as ReadonlyArray<MessageName>

afterEach(() => void vi.unstubAllGlobals())

/** The sizes of all byte arrays that are made meanwhile. */
function allocationsDuring(work: () => void): ReadonlyArray<number> {
  const sizes: Array<number> = []
  const construct = (target: Uint8ArrayConstructor, args: ReadonlyArray<unknown>, newTarget: Function): object => {
    const made = Reflect.construct(target, args, newTarget) as Uint8Array
    // A view makes no room.
    if (!(args[0] instanceof ArrayBuffer)) sizes.push(made.length)
    return made
  }
  vi.stubGlobal('Uint8Array', new Proxy(Uint8Array, { construct }))
  try {
    work()
  } finally {
    vi.unstubAllGlobals()
  }
  return sizes
}

function header(bodyBytes: number): Uint8Array {
  return Uint8Array.of(0x01, bodyBytes, bodyBytes >>> 8, bodyBytes >>> 16, bodyBytes >>> 24)
}

describe('a header', () => {
  it('makes no room for the body that it announces, however large that may be (SPEC F2, F3)', () => {
    for (const announced of [1, HELLO_BODY_MAX_BYTES, FRAME_BODY_MAX_BYTES, FRAME_BODY_MAX_BYTES + 1, 0xffff_ffff]) {
      const sizes = allocationsDuring(() => {
        const pushed = Framing.push(Framing.push(Framing.framing(), header(announced)), Uint8Array.of(1, 2, 3))
        Framing.next(pushed)
        Connection.next(Connection.push(Connection.connection(0), header(announced)))
        exchange(POLICY, FRESH, header(announced), UNVERIFIED_PEER, { nowMs: 0, draws: { bytes: header(0), offset: 0 } })
      })
      // The queue's least room, and a refusal: neither knows what was announced.
      expect(Math.max(...sizes)).toBeLessThan(200)
    }
  })

  it('is kept with no more than twice what came behind it, at every step of a body', () => {
    let framing = Framing.push(Framing.framing(), header(FRAME_BODY_MAX_BYTES))
    for (let i = 0; i < 2_000; i += 1) {
      framing = Framing.next(Framing.push(framing, Uint8Array.of(i, i, i, i, i, i, i))).state
      expect(framing.pending.buffer.length).toBeLessThanOrEqual(Math.max(64, 2 * ByteQueue.size(framing.pending)))
    }
  })
})

describe('a length in a message', () => {
  const delimited = NAMES.flatMap((name) => SCHEMA[name].filter(({ wireType }) => wireType === 2)
    .map((field): [MessageName, FieldSchema] => [name, field]))

  it('makes room, which would be seen here, for what is there', () => {
    const bytes = encodeFrame(frame({ payload: new Uint8Array(300) }))
    expect(allocationsDuring(() => void decodeFrame(bytes))).toEqual([300])
  })

  it.each(delimited)('makes no room in %s.$name for what is not there (SPEC W6)', (name, { number }) => {
    const { decode } = CODECS[name] as Codec<unknown>
    for (const length of [1n, 0xffffn, 1n << 31n, (1n << 32n) + 1n, (1n << 64n) - 1n]) {
      const bytes = Uint8Array.from([(number << 3) | 2, ...varintBytes(length, 10)])
      let decoded: ReturnType<typeof decode> | undefined
      expect(allocationsDuring(() => void (decoded = decode(bytes)))).toEqual([])
      expect(decoded === undefined ? decoded : leftOf(decoded)).toMatchObject({ fault: { _tag: 'LengthExceedsInput' } })
    }
  })

  it.each(NAMES)('makes %s no room beyond its input, whatever is wrong with it', (name) => {
    const { decode } = CODECS[name] as Codec<unknown>
    fc.assert(fc.property(arbitraryMalformed(name), ({ value }) => {
      const sizes = allocationsDuring(() => void decode(value))
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(value.length)
    }))
  })
})

describe('what is made of a message', () => {
  /** Bytes and characters in a decoded message, and one for each thing in a list or a map. */
  function weight(value: unknown): number {
    if (typeof value === 'string' || value instanceof Uint8Array) return value.length
    if (value instanceof Map) return [...value].reduce((sum, entry) => sum + 1 + weight(entry), 0)
    if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + 1 + weight(item), 0)
    if (typeof value !== 'object' || value === null) return 0
    return Object.values(value).reduce<number>((sum, item) => sum + weight(item), 0)
  }

  it('is no more than its bytes, where all of them are empty texts or entries (SPEC W7)', () => {
    const texts = CODECS.Negotiated.decode(Uint8Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? 0x22 : 0)))
    const entries = CODECS.Refused.decode(Uint8Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? 0x2a : 0)))
    expect([texts, entries].map(({ _tag }) => _tag)).toEqual(['Right', 'Right'])
    expect(weight(texts)).toBeLessThanOrEqual(20_000)
    expect(weight(entries)).toBeLessThanOrEqual(20_000)
  })
})
