/**
 * Uncontrolled recursion: bytes that nest as deep as they are long, to exhaust whoever follows them.
 *
 * Protobuf decoders have had this more than once (CVE-2024-7254, CVE-2025-4565: nested groups and messages without a
 * bound). Here the bound is the reference's, 100 levels (SPEC W8); what lies beyond is not looked at.
 */
import { ClientConnection, Connection, decodeSnapshot, exchange, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
import {
  type Codec, CODECS, encodeFrame, encodeFramed, frame, FRAME_BODY_MAX_BYTES, HELLO_BODY_MAX_BYTES, type MessageName, SCHEMA,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { inspectBytes } from '../../src/host/command/inspect/index.js'
import { FRESH, leftOf, POLICY, rightOf } from '../support/negotiate.js'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['wire/Cursor.test.ts', '$place may nest $deepest groups, and not one more (SPEC W8)'],
  ['wire/Cursor.test.ts', 'nested a hundred thousand deep are refused, not followed (SPEC W8)'],
])

/** Opens a group of field 20 over and over; each takes two bytes. */
function opened(byteCount: number): Uint8Array {
  return Uint8Array.from({ length: byteCount }, (_, i) => (i % 2 === 0 ? 0xa3 : 0x01))
}

const LIMIT = { offset: 200, fault: { _tag: 'NestingTooDeep', max: 100 } }

describe('bytes that only open groups', () => {
  const names = Object.keys(SCHEMA) as ReadonlyArray<MessageName>

  it.each(names)('are no %s, and are read no further than the hundredth (SPEC W8)', (name) => {
    const { decode } = CODECS[name] as Codec<unknown>
    // Were the rest read, two lengths would give two answers: the shorter ends inside a group.
    for (const length of [202, 0x10_0000]) expect(leftOf(decode(opened(length)))).toMatchObject(LIMIT)
  })

  it('are refused as a frame, and as a Hello in one, by either way into a broker (SPEC E5, C4)', () => {
    const body = opened(HELLO_BODY_MAX_BYTES)
    const inFrame = encodeFrame(frame({ envelopeVersion: 1, payload: opened(65_000) }))
    const ambient = { nowMs: 0, draws: { bytes: new Uint8Array(0), offset: 0 } }
    const errors = [body, inFrame].map((body) => {
      const { outcome } = exchange(POLICY, FRESH, rightOf(encodeFramed(body)), UNVERIFIED_PEER, ambient).value
      return outcome._tag === 'Refused' ? outcome.error : outcome
    })
    expect(errors).toMatchObject([{ _tag: 'MalformedFrame', cause: LIMIT }, { _tag: 'MalformedHello', cause: LIMIT }])
    const { value } = Connection.next(Connection.push(Connection.connection(0), rightOf(encodeFramed(body))))
    expect(value).toMatchObject({ _tag: 'Failed', error: { _tag: 'MalformedFrame', cause: LIMIT } })
  })

  it('are no reply to a client, though a reply may be 16 MiB (SPEC G5)', () => {
    const expected = { frameRequestId: 1n, minProtocol: 1, maxProtocol: 1, offersHandlePassing: true }
    const reply = rightOf(encodeFramed(opened(FRAME_BODY_MAX_BYTES)))
    const { value } = ClientConnection.next(ClientConnection.push(ClientConnection.clientConnection(expected, 0), reply))
    expect(value).toMatchObject({ _tag: 'Broken', error: LIMIT })
  })

  it('are explained by the command, which counts groups and does not follow them', () => {
    expect(JSON.stringify(inspectBytes(rightOf(encodeFramed(opened(60_000)))), (_, value: unknown) =>
      (typeof value === 'bigint' ? String(value) : value))).toContain('NestingTooDeep')
  })
})

describe('JSON that only opens lists or objects', () => {
  /** Built from the inside, because parsing it would recurse. */
  function nested(wrap: (inner: unknown) => unknown): unknown {
    let value: unknown = 0
    for (let i = 0; i < 100_000; i += 1) value = wrap(value)
    return value
  }

  it.each([
    ['lists', nested((inner) => [inner])],
    ['objects', nested((inner) => ({ services: inner }))],
  ])('is no policy and no snapshot, wherever its %s stand, and is not followed', (_what, deep) => {
    const places = [
      deep, { services: deep }, { services: [deep] }, { services: [], sessions: deep }, { services: [], rateLimit: deep },
      { tokens: deep },
    ]
    for (const input of places) {
      expect(parsePolicy(input)._tag).toBe('Left')
      expect(decodeSnapshot(input)._tag).toBe('Left')
    }
  })
})
