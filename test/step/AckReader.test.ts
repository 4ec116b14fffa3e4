import fc from 'fast-check'
import { tokenBytes } from 'hello-negotiation'
import { AckReader } from 'hello-negotiation/step'
import { arbitraryHandoffAck, arbitraryHostileBytes } from 'hello-negotiation/testing'
import { ackFrame, encodeFrame, type Frame, type HandoffAck, handoffAck } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf, token } from '../support/negotiate.js'

const { describeAckFault, judgeAck } = AckReader

const OFFERED: AckReader.Offered = { token: token(0xa), correlationId: 7n, deadlineMs: 100 }
const ACK = handoffAck({ token: tokenBytes(OFFERED.token), accepted: true, correlationId: 7n })

/** The body of a sound ACK, but for the fields given. */
function body(ack: Partial<HandoffAck> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  return encodeFrame({ ...ackFrame({ ...ACK, ...ack }), requestId: 7n, ...envelope })
}

/** A token that differs in one byte. */
function tokenBut(at: number): Uint8Array {
  return tokenBytes(OFFERED.token).map((byte, i) => (i === at ? byte ^ 1 : byte))
}

describe('judging an ACK (SPEC X5)', () => {
  it('gives the ACK that answers the offer in time', () => {
    expect(rightOf(judgeAck(OFFERED, body(), 0))).toEqual(ACK)
  })

  it('takes one at the very deadline, and none after it (SPEC X5)', () => {
    expect(judgeAck(OFFERED, body(), 100)._tag).toBe('Right')
    expect(leftOf(judgeAck(OFFERED, body(), 100.5))).toEqual({ _tag: 'AckTooLate', observedMs: 100.5, deadlineMs: 100 })
  })

  it('takes an accepted ACK whatever its detail says', () => {
    expect(rightOf(judgeAck(OFFERED, body({ errorDetail: 'fine' }), 0)).errorDetail).toBe('fine')
  })

  /** Each check broken on its own, in the frozen order, with its words (SPEC X5, X6). */
  const broken: ReadonlyArray<readonly [tag: string, ack: Partial<HandoffAck>, envelope: Partial<Frame>, text: string]> = [
    ['UnsupportedEnvelopeVersion', {}, { envelopeVersion: 0 }, 'envelope_version is not v1'],
    ['UnexpectedFrameKind', {}, { kind: 2 }, 'kind is not RESPONSE'],
    ['UnexpectedPayloadProtocol', {}, { payloadProtocol: 0 }, 'payload_protocol is not handoff'],
    ['CompressedPayload', {}, { payloadEncoding: 1 }, 'payload is compressed'],
    ['AckRequestIdMismatch', {}, { requestId: 8n }, 'HandoffAck frame request_id 8 does not match correlation id 7'],
    ['DecodeError', {}, { payload: Uint8Array.of(0xff) }, 'HandoffAck: byte 0: input ends in the middle of a field'],
    ['AckCorrelationMismatch', { correlationId: 9n }, {}, 'HandoffAck correlation id 9 does not match offer correlation id 7'],
    ['AckTokenMismatch', { token: tokenBut(0) }, {}, 'HandoffAck token echo does not match the offered token'],
    ['BackendRefused', { accepted: false, errorDetail: 'busy' }, {}, 'backend refused the handoff: busy'],
  ]

  it.each(broken)('faults %s, and has the words for it (SPEC X5, X6)', (tag, ack, envelope, text) => {
    const fault = leftOf(judgeAck(OFFERED, body(ack, envelope), 0))
    expect(fault._tag).toBe(tag)
    expect(describeAckFault(fault)).toBe(text)
  })

  it('tells the first failing check, in exactly that order, lateness last (SPEC X5)', () => {
    broken.forEach(([tag, ack, envelope], i) => {
      for (const [, laterAck, laterEnvelope] of broken.slice(i)) {
        const both = body({ ...laterAck, ...ack }, { ...laterEnvelope, ...envelope })
        expect(leftOf(judgeAck(OFFERED, both, 1_000))._tag).toBe(tag)
      }
    })
    expect(describeAckFault(leftOf(judgeAck(OFFERED, body(), 1_000)))).toBe('backend HandoffAck arrived after the ACK deadline')
  })

  it('reads the frame before anything of it is judged (SPEC X5)', () => {
    expect(leftOf(judgeAck(OFFERED, Uint8Array.of(0xff), 1_000))).toMatchObject({ _tag: 'DecodeError', message: 'Frame' })
  })

  it('takes no token but the one offered, wherever it differs, longer and shorter ones too (SPEC X5, DIV-T1)', () => {
    const echoes = [...Array.from({ length: 16 }, (_, i) => tokenBut(i)), new Uint8Array(0), new Uint8Array(15), new Uint8Array(17)]
    for (const echo of [...echoes, tokenBytes(OFFERED.token).subarray(0, 15)]) {
      expect(leftOf(judgeAck(OFFERED, body({ token: echo }), 0))).toEqual({ _tag: 'AckTokenMismatch' })
    }
  })

  it('says so where a backend refuses without a word, and keeps its words on one line (SPEC X6)', () => {
    const refused = (errorDetail: string): string =>
      describeAckFault(leftOf(judgeAck(OFFERED, body({ accepted: false, errorDetail }), 0)))
    expect(refused('')).toBe('backend refused the handoff: no detail provided')
    expect(refused('a\nb\u001b[31m')).toBe('backend refused the handoff: a\\u000ab\\u001b[31m')
  })

  it('never takes a reading that is no instant for a late one (DIV-R2)', () => {
    expect(judgeAck(OFFERED, body(), Number.NaN)._tag).toBe('Right')
  })

  it('gives the ACK or a fault on one line for any bytes, and the ACK only where all of it fits (law 1)', () => {
    const valid = fc.oneof(arbitraryHandoffAck().map((ack) => encodeFrame(ackFrame(ack))), fc.constant(body()))
    fc.assert(fc.property(arbitraryHostileBytes(valid), (bytes) => {
      const judged = judgeAck(OFFERED, bytes, 0)
      if (judged._tag === 'Left') expect(describeAckFault(judged.left)).toMatch(/^[^\n]+$/)
      else expect(judged.right).toEqual({ ...ACK, errorDetail: judged.right.errorDetail })
    }), { numRuns: 500 })
  })

  it('hands back a fault that no type lets in, rather than throw', () => {
    expect(describeAckFault('smuggled' as never)).toBe('smuggled')
  })
})
