import * as fc from 'fast-check'
import { Envelope } from 'hello-negotiation/step'
import { type Frame, frame } from 'hello-negotiation/wire'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { leftOf } from '../support/negotiate.js'

const { checkEnvelope, HELLO_ENVELOPE } = Envelope

const versions = [0, 1, 2, 0xffff_ffff]
const kinds = [0, 1, 2, 3, 4, -1]
const protocols = [0, 1, 0xad01, 0xd0ff]
const encodings = [0, 1, 2, 3, 5, -1]

const everyEnvelope: ReadonlyArray<Frame> = versions.flatMap((envelopeVersion) =>
  kinds.flatMap((kind) => protocols.flatMap((payloadProtocol) => encodings.map((payloadEncoding) =>
    frame({ envelopeVersion, kind, payloadProtocol, payloadEncoding })))))

/** The checks as SPEC §3 lists them, each with the tag of its failure, the first failing one first. */
function failuresInOrder(f: Frame, expected: Envelope.ExpectedEnvelope): ReadonlyArray<string> {
  const checks = [
    [f.envelopeVersion === 1, 'UnsupportedEnvelopeVersion'],
    [f.kind === expected.kind, 'UnexpectedFrameKind'],
    [f.payloadProtocol === expected.payloadProtocol, 'UnexpectedPayloadProtocol'],
    [f.payloadEncoding === 0, 'CompressedPayload'],
  ] as const
  return checks.filter(([passes]) => !passes).map(([, tag]) => tag)
}

describe('checkEnvelope', () => {
  it('passes a v1 request on the control plane without compression, and gives the frame back (SPEC E1–E4)', () => {
    const sound = frame({ envelopeVersion: 1 })
    const checked = checkEnvelope(sound, HELLO_ENVELOPE)
    expect(checked._tag === 'Right' && checked.right).toBe(sound)
  })

  it('refuses an envelope version other than 1 (SPEC E1)', () => {
    expect(leftOf(checkEnvelope(frame({ envelopeVersion: 0 }), HELLO_ENVELOPE)))
      .toEqual({ _tag: 'UnsupportedEnvelopeVersion', actual: 0, expected: 1 })
  })

  it('refuses a kind other than REQUEST, unknown ones too (SPEC E2)', () => {
    expect(leftOf(checkEnvelope(frame({ envelopeVersion: 1, kind: 4 }), HELLO_ENVELOPE)))
      .toEqual({ _tag: 'UnexpectedFrameKind', actual: 4, expected: 0 })
  })

  it('refuses a payload protocol other than the control plane (SPEC E3)', () => {
    expect(leftOf(checkEnvelope(frame({ envelopeVersion: 1, payloadProtocol: 0xad01 }), HELLO_ENVELOPE)))
      .toEqual({ _tag: 'UnexpectedPayloadProtocol', actual: 0xad01, expected: 0 })
  })

  it('refuses any encoding but NONE, unknown ones too (SPEC E4)', () => {
    expect(leftOf(checkEnvelope(frame({ envelopeVersion: 1, payloadEncoding: 5 }), HELLO_ENVELOPE)))
      .toEqual({ _tag: 'CompressedPayload', actual: 5 })
  })

  it('reports the first failing check in the frozen order, for every combination of fields (SPEC E1–E4)', () => {
    for (const expected of [HELLO_ENVELOPE, { kind: 1, payloadProtocol: 0 }, { kind: 2, payloadProtocol: 0xd0ff }]) {
      const differing = everyEnvelope.filter((envelope) => {
        const checked = checkEnvelope(deepFreeze(envelope), expected)
        return (checked._tag === 'Left' ? checked.left._tag : undefined) !== failuresInOrder(envelope, expected)[0]
      })
      expect(differing).toEqual([])
    }
  })

  it('lets exactly one of those combinations pass', () => {
    const passing = everyEnvelope.filter((envelope) => checkEnvelope(envelope, HELLO_ENVELOPE)._tag === 'Right')
    expect(passing).toEqual([frame({ envelopeVersion: 1 })])
  })

  it('never looks at request id, deadline, trace headers or payload (SPEC E6)', () => {
    const unlooked = fc.record({
      requestId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      deadlineUnixMs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      traceparent: fc.string({ unit: 'binary' }),
      tracestate: fc.string({ unit: 'binary' }),
      payload: fc.uint8Array(),
    })
    fc.assert(fc.property(fc.constantFrom(...everyEnvelope), unlooked, (envelope, fields) => {
      const plain = checkEnvelope(envelope, HELLO_ENVELOPE)
      const decorated = checkEnvelope({ ...envelope, ...fields }, HELLO_ENVELOPE)
      expect(decorated._tag).toBe(plain._tag)
      if (plain._tag === 'Left') expect(decorated).toEqual(plain)
    }), { numRuns: 500 })
  })
})
