/**
 * `inspect` against the decoders: it stops where they stop, and nowhere else, on any bytes.
 */
import { readFileSync } from 'node:fs'
import type { Either } from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from 'hello-negotiation'
import {
  CODECS, type DecodeError, encodeFrame, encodeFramed, encodeHandoffAck, encodeHandoffOffer, encodeHello,
  encodeHelloReply, frame, HEADER_BYTES, handoffAck, handoffOffer, hello, type MessageName, negotiated, refused, SCHEMA,
} from 'hello-negotiation/wire'
import { inspectBytes, type MessageReport, renderInspection } from '../../../src/host/command/inspect/index.js'
import { findFields, SHOWN_MAX_FIELDS } from '../../../src/host/command/inspect/findFields.js'
import { inspectMessage } from '../../../src/host/command/inspect/inspectMessage.js'

const MESSAGES = Object.keys(SCHEMA) as ReadonlyArray<MessageName>
const decode = (message: MessageName, bytes: Uint8Array): Either<DecodeError, unknown> => CODECS[message].decode(bytes)

function framed(body: Uint8Array): Uint8Array {
  const bytes = encodeFramed(body)
  if (bytes._tag === 'Left') throw new Error('the body is small')
  return bytes.right
}

const TOKEN = new Uint8Array(16).fill(0xe7)
const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }))
const u32 = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 0xffff_ffff }))
const u64 = fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 2n ** 64n - 1n))

const anyHello = fc.record({
  clientMinProtocol: u32, clientMaxProtocol: u32, serviceName: text, clientVersion: text, clientCapabilities: u64,
  peerPid: u32,
}).map((fields) => encodeHello(hello({ ...fields, authToken: TOKEN, capabilityToken: TOKEN })))

const anyYes = fc.record({
  negotiatedProtocol: u32, backendPipe: text, warnings: fc.array(text, { maxLength: 3 }), connectionId: u64,
}).map((fields) => {
  const yes = negotiated({ ...fields, handlePassedToken: TOKEN })
  return encodeHelloReply({ result: { _tag: 'Negotiated', negotiated: yes } })
})

const anyNo = fc.record({
  reason: text, code: u32, retryAfterMs: u64, details: fc.array(fc.tuple(text, text), { maxLength: 3 }),
}).map((fields) => {
  const no = refused({ ...fields, details: new Map(fields.details) })
  return encodeHelloReply({ result: { _tag: 'Refused', refused: no } })
})

const anyOffer = fc.record({ serviceName: text, correlationId: u64 })
  .map((fields) => encodeHandoffOffer(handoffOffer({ ...fields, token: TOKEN })))

const anyAck = fc.record({ accepted: fc.boolean(), errorDetail: text })
  .map((fields) => encodeHandoffAck(handoffAck({ ...fields, token: TOKEN })))

const KEYS = [
  0x08, 0x0a, 0x10, 0x12, 0x1a, 0x22, 0x28, 0x2a, 0x2d, 0x30, 0x42, 0x4b, 0x4c, 0x50, 0x80, 0x83, 0x84, 0xff,
]

/** Bytes that are rich in keys, lengths, groups and over-long varints. */
const wireBytes = fc.array(fc.oneof(
  fc.constantFrom(...KEYS).map((byte) => [byte]),
  fc.nat(5).map((byte) => [byte]),
  fc.nat(255).map((byte) => [byte]),
  fc.constantFrom(
    [0x0a, 0x02, 0x08, 0x01], [0x12, 0x04, 0x2a, 0x02, 0x0a, 0x00], [0x4b, 0x4c], [0x4a, 0x01, 0xff],
    [0x88, 0x80, 0x00, 0x01], [0x12, 0x04, 0x2a, 0x01, 0x0a, 0x08], [0x0a, 0x01, 0x08],
  ),
), { maxLength: 24 }).map((parts) => Uint8Array.from(parts.flat()))

interface Edit {
  readonly at: number
  readonly kind: 'cut' | 'drop' | 'insert' | 'replace'
  readonly byte: number
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(), kind: fc.constantFrom('cut', 'drop', 'insert', 'replace'), byte: fc.nat(255),
})

function edited(bytes: Uint8Array, { at, kind, byte }: Edit): Uint8Array {
  const i = at % (bytes.length + 1)
  const after = bytes.subarray(i + 1)
  const rest = { cut: [], drop: after, insert: [byte, ...bytes.subarray(i)], replace: [byte, ...after] }[kind]
  return Uint8Array.of(...bytes.subarray(0, i), ...rest)
}

const mutated = (valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(valid, fc.array(edit, { maxLength: 2 })).map(([bytes, edits]) => edits.reduce(edited, bytes))

interface Case {
  readonly message: MessageName
  readonly kind: number
  readonly payloadProtocol: number
  readonly payload: Uint8Array
}

/** A valid payload, and the frames it may be in. */
const anyValid: fc.Arbitrary<Case> = fc.oneof(
  caseOf('Hello', [0], 0, anyHello),
  caseOf('HelloReply', [1], 0, fc.oneof(anyYes, anyNo)),
  caseOf('HandoffOffer', [0], 0xd0ff, anyOffer),
  caseOf('HandoffAck', [1, 2], 0xd0ff, anyAck),
)

function caseOf(
  message: MessageName, kinds: ReadonlyArray<number>, payloadProtocol: number, payload: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<Case> {
  return fc.record({
    message: fc.constant(message), kind: fc.constantFrom(...kinds), payloadProtocol: fc.constant(payloadProtocol), payload,
  })
}

const anyPayload = (valid: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(mutated(fc.constant(valid)), wireBytes, fc.uint8Array({ maxLength: 40 }))

const anyCase = anyValid.chain((valid) => anyPayload(valid.payload).map((payload) => ({ ...valid, payload })))

/** A valid message with a token in it, and no byte of the token's kind anywhere else. */
const anyTokenCase = anyValid.filter(({ payload }) => {
  const rest = toHex(payload).replaceAll(toHex(TOKEN), '..')
  return rest.includes('..') && !rest.includes('e7')
})

const bodyOf = ({ kind, payloadProtocol, payload }: Case): Uint8Array =>
  encodeFrame(frame({ envelopeVersion: 1, kind, payloadProtocol, payload }))

const anyInput = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  wireBytes,
  wireBytes.map(framed),
  mutated(anyCase.map((each) => framed(bodyOf(each)))),
  mutated(anyCase.map(bodyOf)).map(framed),
  mutated(anyCase.map(bodyOf)),
)

/** Law 1 of `inspectMessage`, for a message and every message in it. */
function checkFields(report: MessageReport, bytes: Uint8Array): void {
  const decoded = decode(report.message, bytes)
  expect(report.error).toEqual(decoded._tag === 'Left' ? decoded.left : undefined)
  const broken = report.fields.filter(({ isBroken }) => isBroken)
  const last = report.fields.at(-1)
  expect(broken).toEqual(report.error === undefined ? [] : [last])
  report.fields.forEach((field, i) => {
    expect(field.start).toBe(report.fields[i - 1]?.end ?? report.start)
    if (field.nested !== undefined) {
      const start = field.nested.start - report.start
      checkFields(field.nested, bytes.subarray(start, start + field.nested.bytes))
    }
  })
  if (report.error === undefined) expect(last?.end ?? report.start).toBe(report.start + bytes.length)
  else {
    const offset = report.start + report.error.offset
    expect(last?.start).toBeLessThanOrEqual(offset)
    expect(last?.end).toBeGreaterThanOrEqual(offset)
  }
}

describe('inspectMessage', () => {
  it('finds every field, and the one in which the decoder stopped, in any message of any bytes', () => {
    fc.assert(fc.property(fc.constantFrom(...MESSAGES), fc.oneof(wireBytes, fc.uint8Array()), (message, bytes) => {
      checkFields(inspectMessage(message, bytes, 7), bytes)
    }), { numRuns: 3000 })
  })

  it('finds them in mutated messages', () => {
    fc.assert(fc.property(anyCase, ({ message, payload }) => {
      checkFields(inspectMessage(message, payload, 0), payload)
    }), { numRuns: 2000 })
  })

  it('stops exactly where the reference refuses a message (SPEC §16, decode.jsonl)', () => {
    const path = new URL('../../vectors/decode.jsonl', import.meta.url)
    const vectors = readFileSync(path, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Vector)
    expect(vectors.length).toBeGreaterThan(2000)
    for (const { message, bytes, canonical } of vectors) {
      const { fields, lastFields } = inspectMessage(message, fromHex(bytes) ?? new Uint8Array(0), 0)
      const isBroken = [...fields, ...lastFields].some(({ isBroken }) => isBroken)
      expect([bytes, isBroken]).toEqual([bytes, canonical === null])
    }
  })

  it('follows groups as deep as they nest, and no further than the decoder (SPEC W8)', () => {
    for (const depth of [1, 99, 100, 101, 5000]) {
      const bytes = Uint8Array.of(...new Array<number>(depth).fill(0x7b), ...new Array<number>(depth).fill(0x7c))
      checkFields(inspectMessage('Frame', bytes, 0), bytes)
    }
  })
})

interface Vector {
  readonly message: MessageName
  readonly bytes: string
  readonly canonical: string | null
}

describe('inspectBytes', () => {
  it('reports the fault of a payload as its decoder does, at its place in the input', () => {
    fc.assert(fc.property(anyCase, (each) => {
      const { message, payload } = each
      const bytes = framed(bodyOf(each))
      const decoded = decode(message, payload)
      const { fault } = inspectBytes(bytes)
      // The payload is the last field of these frames.
      const start = bytes.length - payload.length
      if (decoded._tag === 'Right') expect(fault).toBeUndefined()
      else expect(fault).toMatchObject({ error: decoded.left, offset: start + decoded.left.offset })
    }), { numRuns: 2000 })
  })

  it('reports the fault of a Frame as its decoder does, at its place in the input', () => {
    fc.assert(fc.property(fc.oneof(wireBytes, fc.uint8Array(), mutated(anyCase.map(bodyOf))), (body) => {
      const decoded = decode('Frame', body)
      const { fault } = inspectBytes(framed(body))
      if (decoded._tag === 'Right') expect(fault?.error.message).not.toBe('Frame')
      else expect(fault).toMatchObject({ error: decoded.left, offset: HEADER_BYTES + decoded.left.offset })
    }), { numRuns: 2000 })
  })

  it('points its caret at the byte of the fault, or just past the last one', () => {
    fc.assert(fc.property(anyInput, (bytes) => {
      const { fault, framing } = inspectBytes(bytes)
      if (fault === undefined) return
      const end = framing._tag === 'Framed' ? Math.min(bytes.length, HEADER_BYTES + framing.bodyBytes) : bytes.length
      const { start, cells, caret } = fault.excerpt
      expect(start + caret).toBe(fault.offset)
      expect(fault.offset).toBeLessThanOrEqual(end)
      cells.forEach((cell, i) => expect(['**', toHex(bytes.subarray(start + i, start + i + 1))]).toContain(cell))
    }))
  })

  it('shows no byte of a token, wherever a frame is cut off', () => {
    fc.assert(fc.property(anyTokenCase, fc.nat(), (each, cut) => {
      const bytes = framed(bodyOf(each))
      const inspection = inspectBytes(bytes.subarray(0, cut % (bytes.length + 1)))
      expect(renderInspection(inspection)).not.toMatch(/\be7\b/)
      expect(JSON.stringify(inspection)).not.toMatch(/\be7\b/)
    }), { numRuns: 1000 })
  })
})

describe('renderInspection', () => {
  it('gives lines of visible characters, whatever the bytes', () => {
    fc.assert(fc.property(anyInput, (bytes) => {
      const lines = renderInspection(inspectBytes(bytes)).split('\n')
      for (const line of lines) expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    }), { numRuns: 2000 })
  })

  it('keeps lines within 100 columns, unless a word is longer than its column', () => {
    fc.assert(fc.property(anyInput, (bytes) => {
      for (const line of renderInspection(inspectBytes(bytes)).split('\n')) {
        const lastWord = line.trimStart().split(' ').at(-1) ?? ''
        expect(line.length <= 100 || lastWord.length > 30).toBe(true)
      }
    }), { numRuns: 1000 })
  })

  it('does not grow with what it is given', () => {
    const fields = (count: number): Uint8Array =>
      framed(Uint8Array.from({ length: 3 * count }, (_, i) => [0x28, 0x81, 0x01][i % 3] ?? 0))
    const lines = (bytes: Uint8Array): number => renderInspection(inspectBytes(bytes)).split('\n').length
    expect(lines(fields(20_000))).toBe(lines(fields(200)))
    const traceparent = framed(encodeFrame(frame({ traceparent: '\u202e'.repeat(20_000) })))
    expect(renderInspection(inspectBytes(traceparent)).length).toBeLessThan(2_000)
  })

  it('shows the first fields, how many are hidden, the last of each, and the broken one', () => {
    const many = Array.from({ length: 200 }, () => [0x28, 0x01]).flat()
    const body = Uint8Array.of(...many, 0x08, 0x01, 0x28, 0x02, 0x0f)
    const { frame: report } = inspectBytes(framed(body))
    expect(report?.fields.length).toBe(SHOWN_MAX_FIELDS)
    expect(report?.hiddenFields).toBe(200 - SHOWN_MAX_FIELDS)
    expect(report?.lastFields.map(({ name, value }) => [name, value])).toEqual([
      ['envelope_version', '1'], ['request_id', '2'], ['envelope_version', 'decoding stopped here'],
    ])
    expect(findFields('Frame', body, report?.error).soundBytes).toBe(body.length - 1)
  })
})
