import { HandoffEnvelope } from 'hello-negotiation/step'
import { encodeFrame, type Frame, frame } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const { ACK_ENVELOPE, describeHandoffFrameError, OFFER_ENVELOPE, READY_ENVELOPE, readHandoffFrame } = HandoffEnvelope

const sound = (kind: number, fields: Partial<Frame> = {}): Frame =>
  frame({ envelopeVersion: 1, kind, payloadProtocol: 0xd0ff, payload: Uint8Array.of(1), requestId: 7n, ...fields })

const KINDS = [
  ['an offer', OFFER_ENVELOPE, 0, 'kind is not REQUEST'],
  ['an ACK', ACK_ENVELOPE, 1, 'kind is not RESPONSE'],
  ['the word to the client', READY_ENVELOPE, 2, 'kind is not EVENT'],
] as const

describe.each(KINDS)('the envelope of %s', (_what, expected, kind, kindText) => {
  it('passes, and the frame is given back (SPEC X1)', () => {
    expect(rightOf(readHandoffFrame(encodeFrame(sound(kind)), expected))).toEqual(sound(kind))
  })

  it('tells the first failing check in the frozen order, in the frozen words (SPEC X2)', () => {
    const checks: ReadonlyArray<readonly [broken: Partial<Frame>, text: string]> = [
      [{ envelopeVersion: 2 }, 'envelope_version is not v1'],
      [{ kind: 3 }, kindText],
      [{ payloadProtocol: 0 }, 'payload_protocol is not handoff'],
      [{ payloadEncoding: 1 }, 'payload is compressed'],
    ]
    checks.forEach(([broken, text], i) => {
      const andAllAfter = checks.slice(i).reduce((fields, [later]) => ({ ...fields, ...later }), broken)
      for (const fields of [broken, andAllAfter]) {
        expect(describeHandoffFrameError(leftOf(readHandoffFrame(encodeFrame(sound(kind, fields)), expected)))).toBe(text)
      }
    })
  })
})

describe('what is no handoff frame', () => {
  it('is told as the decoder tells it, before any check of the envelope (SPEC X2)', () => {
    const error = leftOf(readHandoffFrame(Uint8Array.of(0xff), OFFER_ENVELOPE))
    expect(error).toMatchObject({ _tag: 'DecodeError', message: 'Frame' })
    expect(describeHandoffFrameError(error)).toBe('Frame: byte 0: input ends in the middle of a field')
  })

  it.each([[0, 'REQUEST'], [1, 'RESPONSE'], [2, 'EVENT'], [3, 'CANCEL']])('calls kind %d by its name, %s (SPEC X2)', (expected, name) => {
    expect(describeHandoffFrameError({ _tag: 'UnexpectedFrameKind', actual: 4, expected })).toBe(`kind is not ${name}`)
  })

  it('has words for a kind that no list knows, and for an error that no type lets in', () => {
    expect(describeHandoffFrameError({ _tag: 'UnexpectedFrameKind', actual: 0, expected: 9 })).toBe('kind is not 9')
    expect(describeHandoffFrameError('smuggled' as never)).toBe('smuggled')
  })

  it('is measured against envelopes that nobody can change', () => {
    expect([OFFER_ENVELOPE, ACK_ENVELOPE, READY_ENVELOPE].every(Object.isFrozen)).toBe(true)
  })
})
