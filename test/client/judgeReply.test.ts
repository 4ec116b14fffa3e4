import {
  type AnswerError, ClientConnection, type ClientOutcome, clientHello, createBroker, describeAnswerError, tokenBytes, UNVERIFIED_PEER,
} from 'hello-negotiation'
import { encodeHelloReply, type Frame, frame, encodeFrame, HEADER_BYTES, negotiated, type Negotiated } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { POLICY, rightOf } from '../support/negotiate.js'
import { ASKED, HELLO, joined, no, replied, yes } from './support.js'

const TOKEN = new Uint8Array(16).fill(7)

function outcomeOf(bytes: Uint8Array, dialect: 'v1' | 'v2' = 'v1', hello = HELLO): ClientOutcome {
  const opened = ClientConnection.connected(ClientConnection.clientConnection(hello, 0, 100, dialect), 1)
  const { value } = ClientConnection.next(ClientConnection.pushEnd(ClientConnection.push(opened, bytes)))
  if (value._tag === 'NeedData') throw new Error('the bytes have ended')
  return value
}

function brokenBy(bytes: Uint8Array): { readonly error: AnswerError; readonly offset: number; readonly line: string } {
  const outcome = outcomeOf(bytes)
  if (outcome._tag !== 'Broken') throw new Error(`not broken: ${outcome._tag}`)
  return { error: outcome.error, offset: outcome.offset, line: describeAnswerError(outcome.error) }
}

describe('a yes', () => {
  it('is told whole, its token parsed and redacted (SPEC G5, G6)', () => {
    const reply = outcomeOf(yes({
      warnings: ['a', 'b'], serverCapabilities: 5n, handlePassedToken: TOKEN, keepaliveIntervalSecs: 60n, connectionId: 0xffff_ffff_ffff_ffffn,
    }))
    expect(reply).toEqual({
      _tag: 'Negotiated', negotiatedProtocol: 1, daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', warnings: ['a', 'b'],
      serverCapabilities: 5n, keepaliveIntervalSecs: 60n, connectionId: 0xffff_ffff_ffff_ffffn, isAdoptable: true,
      token: expect.anything(),
    })
    if (reply._tag !== 'Negotiated' || reply.token === undefined) throw new Error('there is a token')
    expect(tokenBytes(reply.token)).toEqual(TOKEN)
    expect(`${reply.token}`).toBe('<redacted>')
  })

  it('may have any protocol that was offered, and no other (DIV-G1)', () => {
    const hello = rightOf(clientHello({ ...ASKED, minProtocol: 0, maxProtocol: 2 }))
    for (const negotiatedProtocol of [0, 1, 2]) expect(outcomeOf(yes({ negotiatedProtocol }), 'v1', hello)._tag).toBe('Negotiated')
    expect(outcomeOf(yes({ negotiatedProtocol: 3 }), 'v1', hello)).toMatchObject({
      error: { _tag: 'ProtocolNotOffered', actual: 3, min: 0, max: 2 },
    })
  })

  it('is not held to any keepalive, connection id or bitmap (SPEC G6)', () => {
    expect(outcomeOf(yes({ keepaliveIntervalSecs: 0n, connectionId: 0n, serverCapabilities: 0xffff_ffff_ffff_ffffn }))._tag).toBe('Negotiated')
  })

  it.each<readonly [what: string, capabilities: bigint, fields: Partial<Negotiated>, isAdoptable: boolean]>([
    ['offered, bit 0, token', 1n, { serverCapabilities: 1n, handlePassedToken: TOKEN }, true],
    ['not offered', 2n, { serverCapabilities: 1n, handlePassedToken: TOKEN }, false],
    ['no bit 0', 1n, { serverCapabilities: 2n, handlePassedToken: TOKEN }, false],
    ['no token', 1n, { serverCapabilities: 1n }, false],
  ])('can be adopted only if all of it is there: %s (SPEC G10)', (_what, capabilities, fields, isAdoptable) => {
    const hello = rightOf(clientHello({ ...ASKED, capabilities }))
    expect(outcomeOf(yes(fields), 'v1', hello)).toMatchObject({ _tag: 'Negotiated', isAdoptable })
  })
})

describe('an empty endpoint', () => {
  it('is no yes of a v1 broker (DIV-G1, SPEC G6)', () => {
    expect(brokenBy(yes({ backendPipe: '' }))).toMatchObject({
      error: { _tag: 'EmptyBackendPipe' }, line: 'broker negotiated an empty backend endpoint',
    })
  })

  it('is let pass until the adoption has been tried, where there is one to try (SPEC G6)', () => {
    const adoptable = yes({ backendPipe: '', serverCapabilities: 1n, handlePassedToken: TOKEN })
    expect(outcomeOf(adoptable)).toMatchObject({ _tag: 'Negotiated', backendPipe: '', isAdoptable: true })
  })

  it('is normal in the second dialect, as are a keepalive of 0 and an echoed connection id (SPEC G14)', () => {
    const reply = yes({ backendPipe: '', keepaliveIntervalSecs: 0n, connectionId: 42n })
    expect(outcomeOf(reply, 'v2')).toMatchObject({ _tag: 'Negotiated', backendPipe: '', keepaliveIntervalSecs: 0n, connectionId: 42n })
    expect(outcomeOf(yes({ backendPipe: '' }, { requestId: 2n }), 'v2')).toMatchObject({ error: { _tag: 'RequestIdMismatch' } })
  })
})

describe('a no', () => {
  it('is kept with its number, reason, details, range and hint, known or not (DIV-G2, SPEC G8)', () => {
    const details = new Map([['__proto__', 'x']])
    const bytes = no({ code: -77, reason: 'never heard of', details, daemonMinProtocol: 2, daemonMaxProtocol: 5, retryAfterMs: 0xffff_ffff_ffff_ffffn })
    expect(outcomeOf(bytes)).toEqual({
      _tag: 'Refused', kind: { _tag: 'Other', code: -77 }, code: -77, reason: 'never heard of', details,
      versionRange: { min: 2, max: 5 }, sharesProtocol: false, retryAfterMs: 0xffff_ffff_ffff_ffffn,
    })
  })

  it.each([[0, 0, false], [0, 1, true], [1, 1, true], [1, 9, true], [2, 9, false], [2, 1, false]])(
    'of a broker that speaks %i to %i shares a protocol with a client of 1: %s (SPEC G8)', (min, max, sharesProtocol) => {
      expect(outcomeOf(no({ daemonMinProtocol: min, daemonMaxProtocol: max }))).toMatchObject({ sharesProtocol })
    },
  )

  it('answers this request too, or nothing (DIV-G1)', () => {
    expect(brokenBy(no({}, { requestId: 2n })).error).toEqual({ _tag: 'RequestIdMismatch', actual: 2n, expected: 1n })
  })

  it('is taken from a broker that could not read the frame, and so has no id to echo (law 3, SPEC C3, C4, DIV-G1)', () => {
    const bytes = no({ code: 6, reason: 'malformed broker Frame' }, { requestId: 0n })
    for (const dialect of ['v1', 'v2'] as const) {
      expect(outcomeOf(bytes, dialect)).toMatchObject({ _tag: 'Refused', code: 6, reason: 'malformed broker Frame' })
    }
  })

  it.each([
    ['a yes', yes({}, { requestId: 0n })],
    ['neither yes nor no', replied(new Uint8Array(0), { requestId: 0n })],
    ['no reply at all', replied(Uint8Array.of(0xff), { requestId: 0n })],
  ])('is the only answer that may have the id 0: %s may not (law 3, DIV-G1)', (_what, bytes) => {
    expect(brokenBy(bytes).error).toEqual({ _tag: 'RequestIdMismatch', actual: 0n, expected: 1n })
  })

  it('is what a real broker says to a frame that it cannot read, whatever the client\'s id is (SPEC C3, C4)', () => {
    const { bytes } = createBroker({ policy: POLICY }).exchange(Uint8Array.of(1, 1, 0, 0, 0, 0xff), UNVERIFIED_PEER)
    const hello = rightOf(clientHello({ ...ASKED, frameRequestId: 0xffff_ffff_ffff_ffffn }))
    expect(outcomeOf(bytes, 'v1', hello)).toMatchObject({ _tag: 'Refused', reason: 'malformed broker Frame' })
  })
})

/** Each check's failure, in the order of the checks, as parts of an envelope; the places of what is wrong. */
const WRONG: ReadonlyArray<readonly [tag: string, envelope: Partial<Frame>, line: string, field: number]> = [
  ['UnsupportedEnvelopeVersion', { envelopeVersion: 2 }, 'envelope_version is not v1: found 2', 1],
  ['UnexpectedFrameKind', { kind: 2 }, 'kind is not RESPONSE: found 2', 2],
  ['UnexpectedPayloadProtocol', { payloadProtocol: 0xad01 }, 'payload_protocol is not control-plane: found 44289', 3],
  ['CompressedPayload', { payloadEncoding: 1 }, 'payload is compressed: encoding 1', 6],
  ['RequestIdMismatch', { requestId: 5n }, 'request_id does not match the Hello request: found 5, sent 1', 5],
  ['DecodeError', { payload: Uint8Array.of(0xff) }, 'HelloReply: byte 0: input ends in the middle of a field', 4],
  ['MissingResult', { payload: new Uint8Array(0) }, 'the reply says neither yes nor no', 4],
]

describe('what is no answer', () => {
  it.each(WRONG)('is %s, and says so on one line (SPEC G5, DIV-G1)', (tag, envelope, line) => {
    expect(brokenBy(yes({}, envelope))).toMatchObject({ error: { _tag: tag }, line })
  })

  it('is told by its first failing check, in the order of the checks (law 1, SPEC G5)', () => {
    WRONG.slice(0, -1).forEach(([tag, envelope], i) => {
      for (const [, later] of WRONG.slice(i + 1)) expect(brokenBy(yes({}, { ...later, ...envelope })).error._tag).toBe(tag)
    })
  })

  it('tells of a yes the protocol before the token, and the token before the endpoint (law 1, DIV-G1)', () => {
    const [protocol, token, endpoint] = [{ negotiatedProtocol: 2 }, { handlePassedToken: TOKEN.subarray(1) }, { backendPipe: '' }]
    expect(brokenBy(yes({ ...endpoint, ...token, ...protocol })).error._tag).toBe('ProtocolNotOffered')
    expect(brokenBy(yes({ ...endpoint, ...token })).error._tag).toBe('InvalidTokenLength')
    expect(brokenBy(yes(endpoint)).error._tag).toBe('EmptyBackendPipe')
  })

  it.each([1, 15, 17, 32])('is a yes with a token of %i bytes (DIV-G1)', (length) => {
    expect(brokenBy(yes({ handlePassedToken: new Uint8Array(length) }))).toMatchObject({
      error: { _tag: 'InvalidTokenLength', actual: length, expected: 16 },
      line: `handoff token length was ${length} bytes; expected 16, or none at all`,
    })
  })

  it('says what was offered of a protocol that was not (DIV-G1)', () => {
    expect(brokenBy(yes({ negotiatedProtocol: 2 })).line).toBe('negotiated protocol 2 was not offered; the request said 1 to 1')
  })

  it('hands back an error that no type lets in, rather than throw', () => {
    expect(describeAnswerError({ _tag: 'Smuggled' } as never)).toEqual({ _tag: 'Smuggled' })
  })
})

describe('the byte where it went wrong', () => {
  it.each(WRONG.filter(([, envelope]) => envelope.payload === undefined))('is that of the field, for %s', (_tag, envelope, _line, field) => {
    const bytes = yes({}, envelope)
    expect((bytes[brokenBy(bytes).offset] as number) >>> 3).toBe(field)
  })

  it('is the start of the frame, where the field is not there at all', () => {
    expect(brokenBy(yes({}, { envelopeVersion: 0 })).offset).toBe(HEADER_BYTES)
  })

  it('is the last one, where a field is said twice, because the last one wins (SPEC W7)', () => {
    const sound = yes().subarray(HEADER_BYTES)
    const body = joined(sound, Uint8Array.of(0x08, 0x02))
    expect(brokenBy(joined(Uint8Array.of(1, body.length, 0, 0, 0), body)).offset).toBe(HEADER_BYTES + sound.length)
  })

  it('is inside the frame, for one that does not decode after its payload', () => {
    const body = joined(yes().subarray(HEADER_BYTES), Uint8Array.of(0xf8, 0x01))
    const bytes = joined(Uint8Array.of(1, body.length, 0, 0, 0), body)
    expect(brokenBy(bytes)).toMatchObject({ error: { _tag: 'DecodeError', message: 'Frame' }, offset: bytes.length })
  })

  it('is inside the payload, for a reply that does not decode', () => {
    const bytes = replied(Uint8Array.of(0x0a, 0x02, 0x08, 0x01, 0x3f))
    expect(bytes[brokenBy(bytes).offset]).toBe(0x3f)
  })

  it('is where the payload begins, for one that says neither yes nor no', () => {
    const body = encodeFrame(frame({ envelopeVersion: 1, kind: 1, requestId: 1n }))
    const bytes = joined(Uint8Array.of(1, body.length + 4, 0, 0, 0), body, Uint8Array.of(0x22, 2, 0xf8, 0x01))
    // Field 31 is nobody's: a varint without a value ends too soon.
    expect(brokenBy(bytes)).toMatchObject({ error: { _tag: 'DecodeError' }, offset: HEADER_BYTES + body.length + 4 })
    const empty = joined(Uint8Array.of(1, body.length + 2, 0, 0, 0), body, Uint8Array.of(0x22, 0))
    expect(brokenBy(empty)).toMatchObject({ error: { _tag: 'MissingResult' }, offset: empty.length })
  })

  it.each<readonly [field: number, fields: Partial<Negotiated>]>([
    [1, { negotiatedProtocol: 2 }],
    [7, { handlePassedToken: TOKEN.subarray(1) }],
  ])('is field %i of the yes in the reply in the frame', (field, fields) => {
    const bytes = yes(fields)
    expect((bytes[brokenBy(bytes).offset] as number) >>> 3).toBe(field)
  })

  it('is where the yes begins, for an endpoint that is not there', () => {
    const bytes = yes({ backendPipe: '' })
    const { offset } = brokenBy(bytes)
    expect(bytes[offset]).toBe(0x08)
    expect(bytes[offset - 2]).toBe(0x0a)
  })

  it('is found in spite of unknown fields and groups around it', () => {
    const inner = encodeHelloReply({ result: { _tag: 'Negotiated', negotiated: negotiated({ negotiatedProtocol: 9 }) } })
    const unknown = Uint8Array.of(0x53, 0x54, 0x59, 1, 2, 3, 4, 5, 6, 7, 8, 0x5d, 1, 2, 3, 4, 0x62, 1, 0)
    const body = joined(unknown, encodeFrame(frame({ envelopeVersion: 1, kind: 1, requestId: 1n, payload: joined(unknown, inner) })), unknown)
    const bytes = joined(Uint8Array.of(1, body.length, 0, 0, 0), body)
    const { error, offset } = brokenBy(bytes)
    expect(error._tag).toBe('ProtocolNotOffered')
    expect([...bytes.subarray(offset, offset + 2)]).toEqual([0x08, 9])
  })
})
