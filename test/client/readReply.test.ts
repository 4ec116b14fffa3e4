import * as fc from 'fast-check'
import { describeReplyError, exchange, readReply, type ReplyError } from 'hello-negotiation'
import {
  EMPTY_NEGOTIATED, encodeFrame, encodeHelloReply, type Frame, frame, HEADER_BYTES, type HelloReply, refused,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { drawsOf, framedHello, FRESH, leftOf, PEER, POLICY, rightOf } from '../support/negotiate.js'

const YES: HelloReply = { result: { _tag: 'Negotiated', negotiated: EMPTY_NEGOTIATED } }

/** The body of a sound reply, but for the parts of its envelope given. */
function body(envelope: Partial<Frame> = {}, reply: HelloReply = YES): Uint8Array {
  return encodeFrame(frame({ envelopeVersion: 1, kind: 1, payload: encodeHelloReply(reply), ...envelope }))
}

function errorOf(bytes: Uint8Array): ReplyError {
  return leftOf(readReply(bytes))
}

describe('reading a reply (SPEC G5)', () => {
  it('gives the yes or the no that the broker wrote', () => {
    const told = refused({ code: 99, reason: 'no', details: new Map([['a', 'b']]), retryAfterMs: 5n })
    const no: HelloReply = { result: { _tag: 'Refused', refused: told } }
    expect(rightOf(readReply(body()))).toEqual(YES.result)
    expect(rightOf(readReply(body({}, no)))).toEqual(no.result)
  })

  it('reads what this library\'s own broker answers', () => {
    for (const bytes of [framedHello({ clientCapabilities: 1n }), framedHello({ serviceName: 'nobody' }), new Uint8Array(0)]) {
      const { bytes: answer, outcome } = exchange(POLICY, FRESH, bytes, PEER, { nowMs: 0, draws: drawsOf(1) }).value
      const read = rightOf(readReply(answer.subarray(HEADER_BYTES)))
      expect(read._tag === 'Negotiated' ? read.negotiated : read.refused).toEqual(outcome.reply)
    }
  })

  it('never reads the request id, the deadline or the trace headers', () => {
    expect(readReply(body({ requestId: 99n, deadlineUnixMs: 1n, traceparent: 'x\r\n', tracestate: 'y' })))
      .toEqual(readReply(body()))
  })

  const broken: ReadonlyArray<readonly [tag: string, envelope: Partial<Frame>, line: string]> = [
    ['UnsupportedEnvelopeVersion', { envelopeVersion: 2 }, 'envelope_version is not v1: found 2'],
    ['UnexpectedFrameKind', { kind: 0 }, 'kind is not RESPONSE: found 0'],
    ['UnexpectedPayloadProtocol', { payloadProtocol: 0xad01 }, 'payload_protocol is not control-plane: found 44289'],
    ['CompressedPayload', { payloadEncoding: 1 }, 'payload is compressed: encoding 1'],
    ['DecodeError', { payload: Uint8Array.of(0xff) }, 'HelloReply: byte 0: input ends in the middle of a field'],
    ['MissingResult', { payload: new Uint8Array(0) }, 'the reply says neither yes nor no'],
  ]

  it.each(broken)('refuses with %s, and says so on one line', (tag, envelope, line) => {
    const error = errorOf(body(envelope))
    expect(error._tag).toBe(tag)
    expect(describeReplyError(error)).toBe(line)
  })

  it('tells the first failing check, in the order version, kind, protocol, encoding, reply', () => {
    broken.slice(0, -1).forEach(([tag, envelope], i) => {
      for (const [, later] of broken.slice(i + 1)) expect(errorOf(body({ ...later, ...envelope }))._tag).toBe(tag)
    })
  })

  it('refuses a body that is no Frame', () => {
    expect(errorOf(Uint8Array.of(0xff))).toMatchObject({ _tag: 'DecodeError', message: 'Frame' })
  })

  it('hands back an error that no type lets in, rather than throw', () => {
    expect(describeReplyError('smuggled' as never)).toBe('smuggled')
  })

  it('gives a reply or an error for any bytes (law 1)', () => {
    const mutated = fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 0, max: 255 })).map(([at, byte]) => {
      const bytes = Uint8Array.from(body())
      bytes[at % bytes.length] = byte
      return bytes
    })
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), (bytes) => {
      const read = readReply(bytes)
      if (read._tag === 'Left') expect(describeReplyError(read.left)).toMatch(/^[^\n]+$/)
      else expect(['Negotiated', 'Refused']).toContain(read.right._tag)
    }), { numRuns: 500 })
  })
})
