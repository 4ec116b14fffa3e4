import * as fc from 'fast-check'
import { FrameClient, MAX_U64 } from 'hello-negotiation'
import { arbitraryFrame, deepFreeze } from 'hello-negotiation/testing'
import { encodeFrame, encodeFramed, EMPTY_FRAME, type Frame, Framing, responseTo } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const { describeResponseError, FRESH_FRAME_CLIENT, judgeResponse, mayHandBack, request } = FrameClient

const PROTOCOL = 0x7a63
const PAYLOAD = Uint8Array.of(1, 2, 3)
const ASKED = request({ nextRequestId: 7n }, PROTOCOL, PAYLOAD).value

/** The body of a sound response to `ASKED`, but for the parts of it given. */
function response(fields: Partial<Frame> = {}): Uint8Array {
  return encodeFrame({ ...responseTo(ASKED, PAYLOAD), ...fields })
}

describe('request', () => {
  it('is a plain request frame that carries the next id (SPEC G13, F9)', () => {
    expect(ASKED)
      .toEqual({ ...EMPTY_FRAME, envelopeVersion: 1, payloadProtocol: PROTOCOL, payload: PAYLOAD, requestId: 7n })
  })

  it('counts ids from 1 (SPEC G13)', () => {
    const first = request(deepFreeze(FRESH_FRAME_CLIENT), PROTOCOL, PAYLOAD)
    const second = request(first.state, PROTOCOL, PAYLOAD)
    expect([first.value.requestId, second.value.requestId, second.state.nextRequestId]).toEqual([1n, 2n, 3n])
  })

  it('goes from 2^64 − 1 to 1, past 0 (SPEC G13)', () => {
    const last = request({ nextRequestId: MAX_U64 }, PROTOCOL, PAYLOAD)
    expect([last.value.requestId, last.state.nextRequestId]).toEqual([MAX_U64, 1n])
  })
})

describe('judgeResponse', () => {
  it('gives the frame that answers the request (SPEC G13)', () => {
    expect(rightOf(judgeResponse(ASKED, response()))).toEqual(responseTo(ASKED, PAYLOAD))
  })

  it('never looks at envelope version, encoding, deadline or trace (SPEC G13)', () => {
    const odd = { envelopeVersion: 9, payloadEncoding: 1, deadlineUnixMs: 1n, traceparent: 'x', tracestate: 'y' }
    expect(rightOf(judgeResponse(ASKED, response(odd)))).toEqual({ ...responseTo(ASKED, PAYLOAD), ...odd })
  })

  const broken: ReadonlyArray<readonly [tag: string, fields: Partial<Frame>, error: object, line: string]> = [
    ['ResponseIdMismatch', { requestId: 0n }, { actual: 0n, expected: 7n }, 'the response answers request 0, not 7'],
    ['ResponseProtocolMismatch', { payloadProtocol: 0 }, { actual: 0, expected: PROTOCOL },
      'the response speaks payload protocol 0x0000, not 0x7a63'],
    ['NotAResponse', { kind: 2 }, { actual: 2, expected: 1 }, 'the frame is no response: kind 2'],
  ]

  it.each(broken)('refuses with %s, and says so on one line (SPEC G13)', (tag, fields, error, line) => {
    const refused = leftOf(judgeResponse(ASKED, response(fields)))
    expect(refused).toEqual({ _tag: tag, ...error })
    expect(describeResponseError(refused)).toBe(line)
  })

  it('tells the first failing check, in the order id, payload protocol, kind (SPEC G13)', () => {
    for (let set = 1; set < 8; set += 1) {
      const failing = broken.filter((_, i) => (set & (1 << i)) !== 0)
      const fields = failing.reduce((all, [, some]) => ({ ...all, ...some }), {})
      expect(leftOf(judgeResponse(ASKED, response(fields)))._tag).toBe(failing[0]?.[0])
    }
  })

  it('takes no other kind for a response, unknown ones neither (SPEC G13)', () => {
    for (const kind of [0, 2, 3, 4, -1]) expect(leftOf(judgeResponse(ASKED, response({ kind })))._tag).toBe('NotAResponse')
  })

  it('refuses a body that is no Frame, and says so on one line', () => {
    const refused = leftOf(judgeResponse(ASKED, Uint8Array.of(0xff)))
    expect(refused).toMatchObject({ _tag: 'DecodeError', message: 'Frame' })
    expect(describeResponseError(refused)).toBe('Frame: byte 0: input ends in the middle of a field')
  })

  it('gives a response or an error for any bytes', () => {
    const bodies = fc.oneof(fc.uint8Array({ maxLength: 60 }), arbitraryFrame().map(encodeFrame))
    fc.assert(fc.property(bodies, (body) => {
      const judged = judgeResponse(ASKED, body)
      if (judged._tag === 'Left') expect(describeResponseError(judged.left)).toMatch(/^[^\n]+$/)
      else expect(judged.right).toMatchObject({ requestId: 7n, payloadProtocol: PROTOCOL, kind: 1 })
    }))
  })

  it('takes every true response to any request, and that to another request never (SPEC G13)', () => {
    const id = fc.oneof(fc.constant(MAX_U64), fc.bigInt({ min: 1n, max: MAX_U64 }))
    fc.assert(fc.property(id, fc.nat({ max: 0xffff }), fc.uint8Array(), (nextRequestId, protocol, payload) => {
      const { state, value: asked } = request({ nextRequestId }, protocol, payload)
      const body = encodeFrame(responseTo(asked, payload))
      expect(rightOf(judgeResponse(asked, body)).payload).toEqual(payload)
      expect(leftOf(judgeResponse(request(state, protocol, payload).value, body))._tag).toBe('ResponseIdMismatch')
    }))
  })

  it('hands back an error that no type lets in, rather than throw', () => {
    expect(describeResponseError('smuggled' as never)).toBe('smuggled')
  })
})

describe('mayHandBack', () => {
  const framed = rightOf(encodeFramed(response()))

  it('lets a connection go of which nothing is buffered (SPEC G13)', () => {
    expect(mayHandBack(Framing.framing())._tag).toBe('Right')
    expect(mayHandBack(Framing.next(Framing.push(Framing.framing(), framed)).state)._tag).toBe('Right')
  })

  it('keeps one of which bytes are buffered, and says how many (SPEC G13)', () => {
    const ahead = Framing.push(Framing.push(Framing.framing(), framed), Uint8Array.of(1, 0))
    expect(leftOf(mayHandBack(Framing.next(ahead).state))).toEqual({ _tag: 'BytesBuffered', actualBytes: 2 })
  })

  it('decides as the remainder does, however the bytes are cut (SPEC G13)', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 8 })), (chunks) => {
      const framing = Framing.next(chunks.reduce(Framing.push, Framing.framing())).state
      const kept = Framing.remainder(framing).length
      const decided = mayHandBack(framing)
      if (kept === 0) expect(decided._tag).toBe('Right')
      else expect(leftOf(decided)).toEqual({ _tag: 'BytesBuffered', actualBytes: kept })
    }))
  })
})
