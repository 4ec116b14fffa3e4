/**
 * What `inspect` prints, by hand, for the frames that people paste.
 */
import { describe, expect, it } from 'vitest'
import { encodeHelloRequest } from 'hello-negotiation'
import {
  encodeFrame, encodeFramed, encodeHandoffAck, encodeHelloReply, type Frame, frame, FrameKind, handoffAck, negotiated,
  PayloadEncoding, refused,
} from 'hello-negotiation/wire'
import { inspectBytes, isAcceptable, parseHex, renderInspection } from '../../../src/host/command/inspect/index.js'

function right<A>(either: { readonly _tag: 'Left' } | { readonly _tag: 'Right'; readonly right: A }): A {
  if (either._tag === 'Left') throw new Error('expected a Right')
  return either.right
}

const hex = (text: string): Uint8Array => right(parseHex(text))
const framed = (fields: Partial<Frame>): Uint8Array =>
  right(encodeFramed(encodeFrame(frame({ envelopeVersion: 1, ...fields }))))
const render = (bytes: Uint8Array): string => renderInspection(inspectBytes(bytes))
const text = (...lines: ReadonlyArray<string>): string => lines.join('\n')
const response = (payload: Uint8Array): Uint8Array => framed({ kind: FrameKind.FRAME_KIND_RESPONSE, payload })

const hello = right(encodeHelloRequest({
  serviceName: 'zccache', wantedVersion: '1.11.20', clientCapabilities: 1n, peerPid: 4242,
  authToken: new Uint8Array(32).fill(0xe7),
}))

const refusal = response(encodeHelloReply({
  result: {
    _tag: 'Refused',
    refused: refused({ reason: 'service is not registered', daemonMinProtocol: 1, daemonMaxProtocol: 1, code: 2 }),
  },
}))

describe('renderInspection', () => {
  it('explains a good Hello field by field, and shows of a token its length alone', () => {
    expect(render(hello)).toBe(text(
      '98 bytes, one whole frame.',
      '',
      '   0  01           framing_byte           1',
      "   1  5d 00 00 00  body_length            93 bytes, within the cap of a Hello's frame, 65536",
      '   5  08 01        envelope_version       1',
      '   7  22 57 …      payload                Hello, 87 bytes',
      '   9  08 01          client_min_protocol  1',
      '  11  10 01          client_max_protocol  1',
      '  13  1a 07 …        service_name         "zccache"',
      '  22  22 07 …        wanted_version       "1.11.20"',
      '  31  30 01          client_capabilities  0x1 (handle passing)',
      '  33  3a 20 …        auth_token           32 bytes, not shown',
      '  67  42 05 …        request_id           "hello"',
      '  74  50 92 21       peer_pid             4242',
      '  77  5a 11 …        client_lib_name      "hello-negotiation"',
      '  96  28 01        request_id             1',
      '',
      "A broker would go on to rate limit, look-up and version policy. Where the system tells it the peer's",
      'pid, that must be 4242.',
    ))
  })

  it('explains a refusal as its client would read it (SPEC G5)', () => {
    expect(render(refusal)).toBe(text(
      '46 bytes, one whole frame.',
      '',
      '   0  01           framing_byte             1',
      "   1  29 00 00 00  body_length              41 bytes, within the cap of a Hello's frame, 65536",
      '   5  08 01        envelope_version         1',
      '   7  10 01        kind                     1 FRAME_KIND_RESPONSE',
      '   9  22 23 …      payload                  HelloReply, 35 bytes',
      '  11  12 21 …        refused                Refused, 33 bytes',
      '  13  0a 19 …          reason               "service is not registered"',
      '  40  10 01            daemon_min_protocol  1',
      '  42  18 01            daemon_max_protocol  1',
      '  44  20 02            code                 2 ERROR_SERVICE_UNKNOWN',
      '',
      'A client would read a no: 2 ERROR_SERVICE_UNKNOWN, "service is not registered".',
    ))
  })

  it('explains a truncated frame as far as it goes, and says how much is missing (SPEC F5)', () => {
    expect(render(hello.subarray(0, 50))).toBe(text(
      '50 bytes; the frame is truncated, 48 bytes missing at its end.',
      '',
      '   0  01           framing_byte           1',
      "   1  5d 00 00 00  body_length            93 bytes, within the cap of a Hello's frame, 65536",
      '   5  08 01        envelope_version       1',
      '   7  22 57 …      payload                Hello, cut off, 41 bytes of it here',
      '   9  08 01          client_min_protocol  1',
      '  11  10 01          client_max_protocol  1',
      '  13  1a 07 …        service_name         "zccache"',
      '  22  22 07 …        wanted_version       "1.11.20"',
      '  31  30 01          client_capabilities  0x1 (handle passing)',
      '  33  3a 20 …        auth_token           cut off, 15 bytes of it here',
      '',
      'Decoding stopped at byte 8:',
      '  Frame: byte 3: length says 87 bytes, but 41 are left',
      '  0: 01 5d 00 00 00 08 01 22 57 08 01 10 01 1a 07 7a',
      '                             ^^',
      '',
      'A broker would refuse it:',
      '  code    6 ERROR_PEER_REJECTED',
      '  reason  incomplete Hello frame',
      '  because unexpected EOF while reading frame (frame body); the peer closed its side too early',
    ))
  })

  it('explains a truncated header', () => {
    expect(render(hello.subarray(0, 3))).toBe(text(
      '3 bytes; the frame is truncated, 2 of its 5 header bytes missing.',
      '',
      '   0  01     framing_byte  1',
      '   1  5d 00  body_length   cut off, 2 bytes of 4 here',
      '',
      'A broker would refuse it:',
      '  code    6 ERROR_PEER_REJECTED',
      '  reason  incomplete Hello frame',
      '  because unexpected EOF while reading frame (body length header); the peer closed its side too',
      '  early',
    ))
  })

  it('covers a compressed payload, in which a token may be anywhere (SPEC E4)', () => {
    const payload = new Uint8Array(40).fill(0xe7)
    expect(render(framed({ payload, payloadEncoding: PayloadEncoding.PAYLOAD_ENCODING_ZSTD }))).toBe(text(
      '51 bytes, one whole frame.',
      '',
      '   0  01           framing_byte      1',
      "   1  2e 00 00 00  body_length       46 bytes, within the cap of a Hello's frame, 65536",
      '   5  08 01        envelope_version  1',
      '   7  22 28 …      payload           40 bytes, not shown: a token may be in it',
      '  49  30 01        payload_encoding  1 PAYLOAD_ENCODING_ZSTD',
      '',
      'A broker would refuse it:',
      '  code    6 ERROR_PEER_REJECTED',
      '  reason  Hello payload must not be compressed',
      '  because payload_encoding is 1; expected 0 (none): a Hello is never compressed',
    ))
  })

  it('points at the byte where decoding a Hello stopped (SPEC E5)', () => {
    expect(render(framed({ payload: hex('0801 1001 1a07 7a636361636865 22ff') }))).toBe(text(
      '24 bytes, one whole frame.',
      '',
      '   0  01           framing_byte           1',
      "   1  13 00 00 00  body_length            19 bytes, within the cap of a Hello's frame, 65536",
      '   5  08 01        envelope_version       1',
      '   7  22 0f …      payload                Hello, 15 bytes',
      '   9  08 01          client_min_protocol  1',
      '  11  10 01          client_max_protocol  1',
      '  13  1a 07 …        service_name         "zccache"',
      '  22  22 …           wanted_version       decoding stopped here',
      '',
      'Decoding stopped at byte 23:',
      '  Hello: byte 14: input ends in the middle of a field',
      '  15: 7a 63 63 61 63 68 65 22 ff',
      '                              ^^',
      '',
      'A broker would refuse it:',
      '  code    6 ERROR_PEER_REJECTED',
      '  reason  malformed Hello payload',
      '  because the payload is not a Hello message: Hello: byte 14: input ends in the middle of a field',
    ))
  })

  it('says of garbage that it is no frame (SPEC C4)', () => {
    expect(render(hex('de ad be ef'))).toBe(text(
      '4 bytes, which are no frame.',
      '',
      '   0  de  framing_byte  222; expected 1',
      '',
      'A broker would refuse it:',
      '  code    1 ERROR_VERSION_UNSUPPORTED',
      '  reason  unsupported framing version',
      '  because unsupported framing version: got 222, expected 1; the peer does not speak this protocol,',
      '  or spoke before connecting to the right socket',
    ))
  })

  it('recognises an HTTP request, and shows its first line alone', () => {
    const request = Buffer.from('GET / HTTP/1.1\r\nAuthorization: Bearer sesame\r\n\r\n')
    expect(render(hex(request.toString('hex')))).toBe(text(
      '48 bytes, which are no frame; this looks like an HTTP request.',
      '',
      '   0  47  framing_byte  71; expected 1',
      '                        the first line: "GET / HTTP/1.1"',
      '',
      'A broker would refuse it:',
      '  code    1 ERROR_VERSION_UNSUPPORTED',
      '  reason  unsupported framing version',
      '  because unsupported framing version: got 71, expected 1; the peer does not speak this protocol, or',
      '  spoke before connecting to the right socket',
    ))
  })

  it('says of no bytes that there is nothing to explain', () => {
    expect(render(new Uint8Array(0))).toBe(text(
      'No bytes: there is nothing to explain.',
      '',
      'A broker would refuse it:',
      '  code    6 ERROR_PEER_REJECTED',
      '  reason  incomplete Hello frame',
      '  because unexpected EOF while reading frame (framing byte); the peer closed its side too early',
    ))
  })

  it('recognises a Frame without its header, and explains it as one', () => {
    const lines = render(hello.subarray(5)).split('\n')
    expect(lines.slice(0, 4)).toEqual([
      '93 bytes without a framing header: this looks like a Frame on its own, and is explained as one. Sent',
      'as it stands, it would be refused: unsupported framing version.',
      '',
      '   0  08 01     envelope_version       1',
    ])
    expect(lines.at(-2)).toMatch(/^A broker would go on to rate limit/)
  })
})

describe('the framing', () => {
  const framingOf = (bytes: Uint8Array): string => inspectBytes(bytes).framing._tag

  it('takes for a bare Frame what begins with an envelope_version, and what decodes as one from its first byte', () => {
    expect(framingOf(hex('08 01'))).toBe('Unframed')
    expect(framingOf(hex('08'))).toBe('Unframed')
    expect(framingOf(hex('22 00'))).toBe('Unframed')
    expect(framingOf(hex('22 05'))).toBe('Foreign')
    expect(framingOf(hex('78 01'))).toBe('Foreign')
  })

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n', 'an HTTP response'],
    ['SSH-2.0-OpenSSH_9.6\r\n', 'an SSH greeting'],
    ['01 05 00 00 00 08 01', 'hex that was not decoded'],
    ['\u0016\u0003\u0001\u0002\u0000', 'a TLS handshake'],
  ])('guesses what %j is', (text, guess) => {
    expect(inspectBytes(Buffer.from(text, 'latin1')).framing).toMatchObject({ _tag: 'Foreign', guess })
  })

  it('tells apart the two caps (SPEC F3)', () => {
    expect(render(hex('01 00 00 01 00'))).toContain('65536 bytes, within the cap of a Hello')
    expect(render(hex('01 01 00 01 00'))).toContain('65537 bytes, over the cap of a Hello')
    expect(render(hex('01 00 00 00 01'))).toContain('16777216 bytes, over the cap of a Hello')
    expect(render(hex('01 01 00 00 01'))).toContain('16777217 bytes, over the cap of any frame')
    expect(inspectBytes(hex('01 01 00 01 00')).verdict).toMatchObject({ error: { _tag: 'BodyTooLarge' } })
  })

  it('leaves alone what follows the frame (SPEC C3)', () => {
    const inspection = inspectBytes(Uint8Array.of(...hello, 0xff, 0xff))
    expect(inspection.framing).toMatchObject({ _tag: 'Framed', extraBytes: 2, missingBytes: 0 })
    expect(inspection.frame).toEqual(inspectBytes(hello).frame)
    expect(renderInspection(inspection)).toContain('100 bytes, of which the last 2 follow the frame')
  })

  it('explains an empty frame: every field has its default (SPEC F4)', () => {
    const inspection = inspectBytes(hex('01 00 00 00 00'))
    expect(renderInspection(inspection)).toContain('(no bytes: every field of the Frame has its default)')
    expect(inspection.verdict).toMatchObject({ _tag: 'BrokerRefuses', reason: 'frame envelope_version is not v1' })
  })
})

describe('a field', () => {
  const fieldOf = (bytes: Uint8Array, name: string): unknown => {
    const { frame } = inspectBytes(bytes)
    const nested = frame?.fields.flatMap((field) => [field, ...(field.nested?.fields ?? [])])
    const found = nested?.find((field) => field.name === name)
    return found === undefined ? undefined : { value: found.value, notes: found.notes }
  }
  const ofFrame = (body: string, name: string): unknown => fieldOf(right(encodeFramed(hex(body))), name)
  const ofHello = (payload: string, name: string): unknown => fieldOf(framed({ payload: hex(payload) }), name)

  it('tells a number that is cut to 32 bits, and what is left of it (SPEC W3)', () => {
    expect(ofFrame('08 81 80 80 80 10', 'envelope_version')).toEqual({
      value: '1', notes: ['written as 4294967297, of which the low 32 bits count'],
    })
    expect(ofFrame('10 80 80 80 80 10', 'kind')).toMatchObject({
      value: '0 FRAME_KIND_REQUEST', notes: ['written as 4294967296, of which the low 32 bits count'],
    })
    expect(ofFrame('10 ffffffffffffffffff01', 'kind')).toEqual({ value: '-1 (no FrameKind that is known)', notes: [] })
  })

  it('tells a varint that is longer than it need be (SPEC W1)', () => {
    const notes = ['written 3 bytes longer than it need be, which every reader accepts']
    expect(ofFrame('88 80 00 81 00', 'envelope_version')).toEqual({ value: '1', notes })
    expect(ofFrame('c2 80 00 81 00 61', 'traceparent')).toEqual({ value: '"a"', notes })
  })

  it('tells a default that is written out (SPEC W11)', () => {
    const notes = ['the default, written out: the same as leaving it out']
    expect(ofFrame('18 00', 'payload_protocol')).toEqual({ value: '0x0000 (control plane)', notes })
    expect(ofHello('1a 00', 'service_name')).toEqual({ value: '""', notes })
  })

  it('tells numbers without a name as such (SPEC W4)', () => {
    expect(ofFrame('30 09', 'payload_encoding')).toMatchObject({ value: '9 (no PayloadEncoding that is known)' })
    expect(ofFrame('18 81da02', 'payload_protocol')).toMatchObject({ value: '0xad01 (admin)' })
    expect(ofFrame('18 07', 'payload_protocol')).toMatchObject({ value: '0x0007 (none that is known)' })
    expect(ofHello('30 00', 'client_capabilities')).toMatchObject({ value: '0x0 (none)' })
    expect(ofHello('30 03', 'client_capabilities')).toMatchObject({
      value: '0x3 (handle passing, bits that are not assigned)',
    })
  })

  it('tells unknown fields, and reserved ones among them (SPEC W8, W13)', () => {
    expect(ofFrame('50 05', '(field 10)')).toEqual({
      value: 'unknown, skipped: varint 5', notes: ['a number that is reserved for later versions'],
    })
    expect(ofFrame('8201 03 e7e7e7', '(field 16)')).toEqual({
      value: 'unknown, skipped: length-delimited, 3 bytes', notes: [],
    })
    expect(ofFrame('81 01 0102030405060708', '(field 16)')).toMatchObject({ value: 'unknown, skipped: 64-bit, 8 bytes' })
    expect(ofFrame('85 01 01020304', '(field 16)')).toMatchObject({ value: 'unknown, skipped: 32-bit, 4 bytes' })
    expect(ofFrame('83 01 83 01 84 01 08 01 84 01', '(field 16)')).toMatchObject({
      value: 'unknown, skipped: start group, 8 bytes',
    })
  })

  it('tells that a later field counts (SPEC W7)', () => {
    const notes = ['set again at byte 7: the last one counts']
    expect(ofFrame('08 02 08 01', 'envelope_version')).toEqual({ value: '2', notes })
    expect(inspectBytes(response(hex('0a 02 08 01 12 00'))).frame?.fields[2]?.nested?.fields[0]?.notes).toEqual([
      'another result follows: it is merged if of the same kind, else it replaces this one',
    ])
  })

  it('tells units and dates', () => {
    expect(ofFrame('38 80d095ffbc31', 'deadline_unix_ms')).toMatchObject({
      value: '1700000000000 (2023-11-14T22:13:20.000Z)',
    })
    expect(ofFrame('38 ffffffffffffffffff01', 'deadline_unix_ms')).toMatchObject({ value: '18446744073709551615' })
    expect(ofHello('78 1e', 'client_keepalive_secs')).toMatchObject({ value: '30 s' })
  })

  it('reads the entries of a map as the decoder does, wrong wire types and all (SPEC W8)', () => {
    const details = (entry: string): unknown => {
      const reply = inspectBytes(response(Uint8Array.of(0x12, hex(entry).length, ...hex(entry))))
      return reply.frame?.fields[2]?.nested?.fields[0]?.nested?.fields[0]
    }
    expect(details('2a 08 0a01 61 1203 62 20 63')).toMatchObject({ value: '"a" is "b c"', notes: [], isBroken: false })
    expect(details('28 06 1201 62 1a 01 63')).toMatchObject({
      value: '"" is "b"', notes: ['its wire type is wrong, and no reader looks at it'], isBroken: false,
    })
  })

  it('escapes what would move a cursor or turn reading around, and cuts what is long', () => {
    const rude = 'a\u001b[2J\u009b\u202e\u2066\u200f\u061c\ufeff\u{e0041}\n'
    const reply = encodeHelloReply({ result: { _tag: 'Refused', refused: refused({ reason: rude }) } })
    expect(render(response(reply))).toContain('"a\\u001b[2J\\u009b\\u202e\\u2066\\u200f\\u061c\\ufeff\\u{e0041}\\n"')
    expect(ofFrame(`42 e807 ${'61'.repeat(1000)}`, 'traceparent')).toMatchObject({
      value: `"${'a'.repeat(64)}"… (1000 bytes)`,
    })
  })
})

describe('the verdict', () => {
  const verdictOf = (bytes: Uint8Array): unknown => inspectBytes(bytes).verdict
  const handoff = (payload: Uint8Array, fields: Partial<Frame>): Uint8Array =>
    framed({ payloadProtocol: 0xd0ff, payload, ...fields })
  const offer = (correlationId: string): Uint8Array =>
    handoff(hex(`0800 1210 ${'e7'.repeat(16)} 1a07 7a636361636865 20 ${correlationId}`), { requestId: 5n })
  const ack = (fields: Partial<Frame>, accepted = true): Uint8Array =>
    handoff(encodeHandoffAck(handoffAck({ accepted, correlationId: 5n, token: new Uint8Array(16) })), fields)

  it('is the first objection of the broker, in its order (SPEC E1–E5, H1–H5)', () => {
    const refusals = [
      [framed({ envelopeVersion: 2, kind: 3 }), 'frame envelope_version is not v1'],
      [framed({ kind: 3, payloadProtocol: 1 }), 'Hello frame kind must be REQUEST'],
      [framed({ payloadProtocol: 1, payloadEncoding: 9 }), 'Hello frame payload_protocol must be control-plane'],
      [framed({ payloadEncoding: 9, payload: hex('ff') }), 'Hello payload must not be compressed'],
      [framed({ payload: hex('ff') }), 'malformed Hello payload'],
      [framed({}), 'client protocol range does not include v1'],
      [framed({ payload: hex('10 01 1a 01 41') }), 'invalid service_name'],
      [framed({ payload: hex('10 01 1a 01 61') }), 'invalid wanted_version'],
      [right(encodeFramed(hex('ff'))), 'malformed broker Frame'],
    ] as const
    for (const [bytes, reason] of refusals) expect(verdictOf(bytes)).toMatchObject({ _tag: 'BrokerRefuses', reason })
  })

  it('of a yes says where to go', () => {
    const handlePassedToken = new Uint8Array(16).fill(0xe7)
    const yes = negotiated({ daemonVersion: '1.11.20', backendPipe: '/run/rpb.sock', handlePassedToken })
    const bytes = response(encodeHelloReply({ result: { _tag: 'Negotiated', negotiated: yes } }))
    expect(verdictOf(bytes)).toEqual({
      _tag: 'ReaderAccepts', reader: 'client', explanation: 'a yes: version "1.11.20" at "/run/rpb.sock"',
    })
    expect(render(bytes)).not.toMatch(/e7/)
    expect(render(response(hex('0a 00')))).toContain('A client would read a yes, but without an endpoint')
  })

  it('of a reply that cannot be read says why (SPEC G5)', () => {
    expect(verdictOf(response(hex('')))).toEqual({
      _tag: 'ReaderRejects', reader: 'client', explanation: 'the reply says neither yes nor no',
    })
    expect(verdictOf(refusal.subarray(0, 20))).toEqual({
      _tag: 'ReaderRejects', reader: 'client', explanation: 'unexpected EOF while reading frame (frame body)',
    })
    expect(verdictOf(framed({ kind: 1, envelopeVersion: 7 }))).toMatchObject({
      explanation: 'envelope_version is not v1: found 7',
    })
    expect(verdictOf(response(hex('ff')))).toMatchObject({
      explanation: 'HelloReply: byte 0: input ends in the middle of a field',
    })
  })

  it('of an offer checks its ids (SPEC X3, W11)', () => {
    expect(verdictOf(offer('05'))).toEqual({
      _tag: 'ReaderAccepts', reader: 'backend',
      explanation: 'an offer of connection 5 for "zccache", with a token of 16 bytes',
    })
    expect(verdictOf(offer('06'))).toEqual({
      _tag: 'ReaderRejects', reader: 'backend',
      explanation: 'frame request_id does not match HandoffOffer correlation_id',
    })
    expect(render(offer('05'))).not.toMatch(/e7/)
  })

  it('of an answer to an offer says whether the connection was taken (SPEC X1, X5)', () => {
    expect(verdictOf(ack({ kind: 1, requestId: 5n }))).toMatchObject({
      _tag: 'ReaderAccepts', reader: 'broker', explanation: 'an answer for connection 5, taken, echoing a token of 16 bytes',
    })
    expect(verdictOf(ack({ kind: 1, requestId: 5n }, false))).toMatchObject({
      explanation: 'an answer for connection 5, refused: "no detail provided", echoing a token of 16 bytes',
    })
    expect(verdictOf(ack({ kind: 1, requestId: 6n }))).toMatchObject({ _tag: 'ReaderRejects', reader: 'broker' })
    expect(verdictOf(ack({ kind: 2, requestId: 6n }))).toMatchObject({ _tag: 'ReaderAccepts', reader: 'client' })
  })

  it('of a handoff frame checks the envelope first (SPEC X2)', () => {
    expect(verdictOf(ack({ kind: 2, envelopeVersion: 2 }))).toMatchObject({ explanation: 'envelope_version is not v1' })
    expect(verdictOf(ack({ kind: 2, payloadEncoding: 1 }))).toMatchObject({ explanation: 'payload is compressed' })
    expect(verdictOf(framed({ payloadProtocol: 0xd0ff, payload: hex('ff') }))).toMatchObject({
      _tag: 'ReaderRejects', explanation: 'HandoffOffer: byte 0: input ends in the middle of a field',
    })
    expect(verdictOf(framed({ kind: 1, payloadProtocol: 0xd0ff, payload: hex('ff') }))).toMatchObject({
      _tag: 'ReaderRejects', explanation: 'HandoffAck: byte 0: input ends in the middle of a field',
    })
  })

  it('is acceptable where whoever the frame is for would take it', () => {
    const taken = [hello, refusal, hello.subarray(5)].map((bytes) => isAcceptable(inspectBytes(bytes)))
    const refusedAll = [hello.subarray(0, 50), framed({}), response(hex(''))]
    expect(taken).toEqual([true, true, true])
    expect(refusedAll.map((bytes) => isAcceptable(inspectBytes(bytes)))).toEqual([false, false, false])
  })

  it('names the field of the innermost message where decoding a reply stopped', () => {
    const { fault } = inspectBytes(response(hex('0a 02 0a 00')))
    expect(fault).toMatchObject({
      offset: 13,
      error: { message: 'HelloReply', offset: 2 },
      description:
        'Negotiated: byte 0: field 1 (negotiated_protocol) has wire type 2 (length-delimited); expected 0 (varint)',
    })
  })

  it('finds the fault at the very end of the input, and where a nested message should have ended (SPEC W6, W9)', () => {
    const brokenAt = (payload: string): unknown => {
      const { frame, fault } = inspectBytes(response(hex(payload)))
      const reply = frame?.fields[2]?.nested
      return [fault?.offset, fault?.error.fault._tag, reply?.fields.map(({ isBroken }) => isBroken)]
    }
    expect(brokenAt('0a 01 08')).toEqual([14, 'Truncated', [true]])
    expect(brokenAt('0a 03 12 02 61 62')).toEqual([16, 'MessageOverrun', [true]])
    expect(brokenAt('0a 03 12 01 61 08')).toEqual([16, 'WrongWireType', [false, true]])
  })
})

describe('a frame of which only the header came', () => {
  it('is not said to have its defaults', () => {
    const text = renderInspection(inspectBytes(Uint8Array.of(1, 0, 0, 0, 0xff)))
    expect(text).toContain('(none of its bytes are here)')
    expect(text).not.toContain('has its default')
  })
})
