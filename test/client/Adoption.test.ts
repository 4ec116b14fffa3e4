import * as fc from 'fast-check'
import {
  Adoption, type AdoptionEvent, ClientConnection, clientHello, type ReconnectReason, tokenBytes,
} from 'hello-negotiation'
import {
  arbitraryChunkSizes, arbitraryHandoffAck, arbitraryHostileBytes, arbitraryNow, arbitraryToken, cut, deepFreeze,
} from 'hello-negotiation/testing'
import { encodeHandoffAck, type Frame, type HandoffAck, handoffAck, type Negotiated } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { rightOf, STRANGE_TIMES, token } from '../support/negotiate.js'
import { ASKED, framed, HELLO, joined, no, yes } from './support.js'

const TOKEN = tokenBytes(token(7))
const AGREED: Partial<Negotiated> = { serverCapabilities: 1n, handlePassedToken: TOKEN }

/** A ready frame that is accepted, but for the parts given; its ids are nobody's. */
function ready(ack: Partial<HandoffAck> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  const payload = encodeHandoffAck(handoffAck({ token: TOKEN, accepted: true, correlationId: 99n, ...ack }))
  return framed({ envelopeVersion: 1, kind: 2, payloadProtocol: 0xd0ff, requestId: 5n, payload, ...envelope })
}

/** A client that got such a yes, with these bytes behind it. */
function negotiated(fields: Partial<Negotiated> = AGREED, behind: Uint8Array = new Uint8Array(0)): ClientConnection.ClientConnection {
  const opened = ClientConnection.clientConnection(HELLO, 0)
  return ClientConnection.next(ClientConnection.push(opened, joined(yes(fields), behind))).state
}

const WAITING = Adoption.adoption(negotiated(), true, 0, 100)

function eventOf(adoption: Adoption.Adoption): AdoptionEvent {
  return Adoption.next(adoption).value
}

function whyNot(adoption: Adoption.Adoption): ReconnectReason {
  const event = eventOf(adoption)
  if (event._tag !== 'Reconnect') throw new Error(event._tag)
  return event.why
}

const after = (...chunks: ReadonlyArray<Uint8Array>): Adoption.Adoption => chunks.reduce(Adoption.push, WAITING)

describe('an adoption', () => {
  it('is made by a ready frame with the token, and the stream is the client\'s to keep (SPEC G10)', () => {
    expect(eventOf(WAITING)).toEqual({ _tag: 'NeedData' })
    const { state, value } = Adoption.next(after(ready(), Uint8Array.of(1, 2, 3)))
    expect(value).toEqual({
      _tag: 'Adopted', route: 'HandlePassed', endpoint: '/run/zccache.sock', connectionId: 7n, remainder: Uint8Array.of(1, 2, 3),
      stream: 'ClientKeeps',
    })
    expect(Adoption.next(state).value).toEqual(value)
  })

  it('begins with what came behind the yes: the ready frame may be there already, and more (SPEC G10)', () => {
    const whole = Adoption.adoption(negotiated(AGREED, joined(ready(), Uint8Array.of(9))), true, 0)
    expect(eventOf(whole)).toMatchObject({ _tag: 'Adopted', remainder: Uint8Array.of(9) })
    const half = Adoption.adoption(negotiated(AGREED, ready().subarray(0, 8)), true, 0)
    expect(eventOf(Adoption.push(half, ready().subarray(8)))).toMatchObject({ _tag: 'Adopted' })
  })

  it('begins where nobody has yet asked the connection for its outcome', () => {
    const unread = ClientConnection.push(ClientConnection.clientConnection(HELLO, 0), joined(yes(AGREED), ready()))
    expect(eventOf(Adoption.adoption(unread, true, 0))._tag).toBe('Adopted')
  })

  it('stands, though the stream ends behind the ready frame', () => {
    expect(eventOf(Adoption.pushEnd(after(ready())))._tag).toBe('Adopted')
  })

  it('shows no byte of the token, whatever is printed', () => {
    expect(JSON.stringify(WAITING, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).toContain('<redacted>')
  })
})

describe('the gate (law 2, SPEC G10)', () => {
  it.each<readonly [what: string, reply: Partial<Negotiated>, isOptedIn: boolean, tag: string]>([
    ['the caller does not want it', AGREED, false, 'NotOptedIn'],
    ['bit 0 is not set', { ...AGREED, serverCapabilities: 2n }, true, 'NotAgreed'],
    ['there is no token', { serverCapabilities: 1n }, true, 'NotAgreed'],
  ])('is closed where %s', (_what, reply, isOptedIn, tag) => {
    const adoption = Adoption.adoption(negotiated(reply, ready()), isOptedIn, 0)
    expect(eventOf(adoption)).toEqual({
      _tag: 'Reconnect', route: 'BrokerNegotiated', endpoint: '/run/zccache.sock', why: { _tag: tag }, stream: 'ClientCloses',
    })
    expect(Adoption.nextDeadlineMs(adoption)).toBeUndefined()
  })

  it('is closed to a client that never offered to take a connection over', () => {
    const hello = rightOf(clientHello({ ...ASKED, capabilities: 0n }))
    const connection = ClientConnection.push(ClientConnection.clientConnection(hello, 0), joined(yes(AGREED), ready()))
    expect(whyNot(Adoption.adoption(connection, true, 0))).toEqual({ _tag: 'NotAgreed' })
  })

  it.each([['a no', no()], ['half an answer', yes(AGREED).subarray(0, 20)]])('is closed behind %s', (_what, bytes) => {
    const connection = ClientConnection.push(ClientConnection.clientConnection(HELLO, 0), bytes)
    expect(eventOf(Adoption.adoption(connection, true, 0))).toMatchObject({ _tag: 'Reconnect', endpoint: '', why: { _tag: 'NotNegotiated' } })
  })

  it('is closed for a reply made by hand that says so without a token', () => {
    const reply = ClientConnection.next(negotiated()).value
    if (reply._tag !== 'Negotiated') throw new Error(reply._tag)
    expect(Adoption.adoptionGate({ ...reply, token: undefined }, true)).toMatchObject({ left: { _tag: 'NotAgreed' } })
    expect(Adoption.adoptionGate(reply, true)._tag).toBe('Right')
  })
})

/** The checks in their order: what is wrong, as bytes, and how it is told. */
const WRONG: ReadonlyArray<readonly [tag: string, parts: readonly [Partial<HandoffAck>, Partial<Frame>], line: string]> = [
  ['UnsupportedEnvelopeVersion', [{}, { envelopeVersion: 2 }], 'envelope_version is not v1'],
  ['UnexpectedFrameKind', [{}, { kind: 1 }], 'kind is not EVENT'],
  ['UnexpectedPayloadProtocol', [{}, { payloadProtocol: 0 }], 'payload_protocol is not handoff'],
  ['CompressedPayload', [{}, { payloadEncoding: 1 }], 'payload is compressed'],
  ['DecodeError', [{}, { payload: Uint8Array.of(0xff) }], 'HandoffAck: byte 0: input ends in the middle of a field'],
  ['ReadyTokenMismatch', [{ token: tokenBytes(token(8)) }, {}], 'the ready frame does not show the token that was agreed on'],
  ['HandoffRefused', [{ accepted: false, errorDetail: 'full\n' }, {}], 'backend refused the handoff: "full\\n"'],
]

describe('a failed adoption', () => {
  it.each(WRONG)('is told as %s, on one line, with the endpoint to go to (SPEC G10, X2)', (tag, [ack, envelope], line) => {
    const failed = after(ready(ack, envelope))
    expect(eventOf(failed)).toMatchObject({ _tag: 'Reconnect', endpoint: '/run/zccache.sock', route: 'BrokerNegotiated', stream: 'ClientCloses' })
    expect(whyNot(failed)._tag).toBe(tag)
    expect(Adoption.describeReconnectReason(whyNot(failed))).toBe(line)
  })

  it('is told by the first failing check, in the order of the checks (SPEC G10)', () => {
    WRONG.slice(0, -1).forEach(([tag, [ack, envelope]], i) => {
      for (const [, [laterAck, laterEnvelope]] of WRONG.slice(i + 1)) {
        expect(whyNot(after(ready({ ...laterAck, ...ack }, { ...laterEnvelope, ...envelope })))._tag).toBe(tag)
      }
    })
  })

  it.each([0, 15, 17, 32])('has no use for a token of %i bytes', (length) => {
    expect(whyNot(after(ready({ token: new Uint8Array(length).fill(7) })))).toEqual({ _tag: 'ReadyTokenMismatch' })
  })

  it('fails for a token that differs in any one of its bits (law 3, DIV-T1)', () => {
    for (let bit = 0; bit < 128; bit += 1) {
      const other = Uint8Array.from(TOKEN)
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(whyNot(after(ready({ token: other })))._tag).toBe('ReadyTokenMismatch')
    }
  })

  it.each([
    [Uint8Array.of(0x48), 'UnsupportedFraming', 'unsupported framing version: got 72, expected 1'],
    [Uint8Array.of(1, 1, 0, 0, 1), 'BodyTooLarge', 'frame body too large: 16777217 bytes exceeds cap 16777216'],
    [Uint8Array.of(1, 9), 'UnexpectedEnd', 'unexpected EOF while reading frame (body length header)'],
    [Uint8Array.of(1, 1, 0, 0, 0, 0xff), 'DecodeError', 'Frame: byte 0: input ends in the middle of a field'],
  ])('fails for a stream of %o that ends (SPEC G10)', (bytes, tag, line) => {
    const failed = Adoption.pushEnd(after(bytes))
    expect(whyNot(failed)._tag).toBe(tag)
    expect(Adoption.describeReconnectReason(whyNot(failed))).toBe(line)
  })

  it('says the same again, and keeps nothing (law 4)', () => {
    const { state, value } = Adoption.next(after(Uint8Array.of(9), ready()))
    const later = Adoption.pushEnd(Adoption.push(state, ready()))
    expect(eventOf(later)).toEqual(value)
    expect(later.framing.pending.buffer.length).toBe(0)
  })

  it.each<readonly [ReconnectReason, string]>([
    [{ _tag: 'HandoffRefused', detail: '' }, 'backend refused the handoff: no detail provided'],
    [{ _tag: 'NotAgreed' }, 'the connection was not offered and agreed to be handed over'],
    [{ _tag: 'NotNegotiated' }, 'the broker has not said yes'],
    [{ _tag: 'NotOptedIn' }, 'adopting connections is switched off'],
    [{ _tag: 'ReadyTimedOut', timeoutMs: 2_000 }, 'no ready frame came within 2000 ms'],
  ])('tells %o on one line', (why, line) => {
    expect(Adoption.describeReconnectReason(why)).toBe(line)
  })

  it('hands back what no type lets in, rather than throw', () => {
    expect(Adoption.describeReconnectReason({ _tag: 'Smuggled' } as never)).toEqual({ _tag: 'Smuggled' })
    const smuggled = { ...WAITING, phase: { _tag: 'Smuggled' } } as never
    expect(Adoption.next(smuggled)).toEqual({ _tag: 'Smuggled' })
  })
})

describe('the wait for the ready frame (SPEC G10)', () => {
  it('is 2 seconds', () => {
    expect(Adoption.nextDeadlineMs(Adoption.adoption(negotiated(), true, 7.5))).toBe(2_007.5)
  })

  it.each([99.5, 100, 100.5, ...STRANGE_TIMES])('is over at %d ms only if that is not before its deadline (law 5)', (nowMs) => {
    const expired = Adoption.expire(after(ready().subarray(0, 9)), nowMs)
    if (nowMs >= 100) expect(whyNot(expired)).toEqual({ _tag: 'ReadyTimedOut', timeoutMs: 100 })
    else expect(eventOf(expired)._tag).toBe('NeedData')
  })

  it('is not cut short where the frame has come and nobody has read it, or there is nothing to wait for (law 5)', () => {
    const told = Adoption.next(after(ready())).state
    for (const adoption of [told, after(ready()), Adoption.pushEnd(WAITING), Adoption.next(after(Uint8Array.of(9))).state]) {
      expect(Adoption.expire(adoption, 1_000)).toBe(adoption)
    }
    expect(Adoption.nextDeadlineMs(told)).toBeUndefined()
  })
})

/** Ready frames that are sound, shown another token, refused, or wrong in some other way; more may follow. */
const streams = fc.tuple(
  fc.oneof(
    fc.record({ token: fc.oneof(fc.constant(TOKEN), arbitraryToken().map(tokenBytes)), accepted: fc.boolean() }).map((ack) => ready(ack)),
    arbitraryHandoffAck().map((ack) => ready(ack)),
    arbitraryHostileBytes(fc.constant(ready())),
  ),
  fc.uint8Array({ maxLength: 6 }),
).map(([frame, more]) => joined(frame, more))

describe('the laws of an adoption', () => {
  it('is deaf to how its bytes are cut, also between the connection and itself (law 1)', () => {
    fc.assert(fc.property(streams, arbitraryChunkSizes(), fc.nat({ max: 60 }), (bytes, sizes, early) => {
      const whole = eventOf(Adoption.pushEnd(after(bytes)))
      const begun = Adoption.adoption(negotiated(AGREED, bytes.subarray(0, early)), true, 0, 100)
      const inParts = cut(bytes.subarray(early), sizes).reduce(Adoption.push, begun)
      expect(eventOf(Adoption.pushEnd(inParts))).toEqual(whole)
    }), { numRuns: 500 })
  })

  it('gives any bytes that end one event, and adopts for the token alone (laws 3, 4)', () => {
    let adoptions = 0
    fc.assert(fc.property(streams, arbitraryNow(), fc.uint8Array(), (bytes, nowMs, more) => {
      const { state, value } = Adoption.next(Adoption.pushEnd(after(bytes)))
      expect(['Adopted', 'Reconnect']).toContain(value._tag)
      expect(eventOf(Adoption.expire(Adoption.push(state, more), nowMs))).toEqual(value)
      if (value._tag === 'Reconnect') expect(Adoption.describeReconnectReason(value.why)).toMatch(/^[^\n]+$/)
      else {
        adoptions += 1
        expect(Buffer.from(bytes).includes(Buffer.from(TOKEN))).toBe(true)
      }
    }), { numRuns: 500 })
    expect(adoptions).toBeGreaterThan(0)
  })

  it('never writes into the adoption it is given', () => {
    fc.assert(fc.property(streams, arbitraryNow(), (bytes, nowMs) => {
      const adoption = deepFreeze(after(bytes))
      const before = eventOf(adoption)
      Adoption.next(deepFreeze(Adoption.expire(adoption, nowMs)))
      Adoption.push(adoption, Uint8Array.of(1))
      expect(eventOf(adoption)).toEqual(before)
    }))
  })
})
