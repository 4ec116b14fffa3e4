import * as fc from 'fast-check'
import { Connection, type ConnectionEvent, type Step } from 'hello-negotiation'
import { encodeFrame, frame, HELLO_BODY_MAX_BYTES } from 'hello-negotiation/wire'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { framedHello, helloFrame, STRANGE_TIMES } from '../support/negotiate.js'
import { anyBytes, anyTime } from '../support/negotiateArbitraries.js'

const OPENED = Connection.connection(0, 100)
const HELLO = framedHello()

function header(bodyBytes: number): Uint8Array {
  return Uint8Array.of(1, bodyBytes & 0xff, (bodyBytes >> 8) & 0xff, (bodyBytes >> 16) & 0xff, (bodyBytes >>> 24) & 0xff)
}

function pushed(...chunks: ReadonlyArray<Uint8Array>): Connection.Connection {
  return chunks.reduce(Connection.push, OPENED)
}

function failure(connection: Connection.Connection): unknown {
  const { value } = Connection.next(connection)
  return value._tag === 'Failed' ? value.error : value._tag
}

describe('the one Hello of a connection', () => {
  it('tells the frame once it is whole, then that it has finished (SPEC C3)', () => {
    const whole = Connection.next(pushed(HELLO))
    expect(whole.value).toEqual({ _tag: 'HelloFrame', frame: helloFrame() })
    const again = Connection.next(whole.state)
    expect(again.value).toEqual({ _tag: 'Finished' })
    expect(again.state).toBe(whole.state)
  })

  it('leaves the bytes behind the Hello, a second Hello too, for whoever comes next (SPEC C3)', () => {
    const { state } = Connection.next(pushed(HELLO, HELLO, Uint8Array.of(1, 2, 3)))
    expect(Connection.next(state).value._tag).toBe('Finished')
    expect(Connection.remainder(state)).toEqual(Uint8Array.of(...HELLO, 1, 2, 3))
    expect(Connection.remainder(Connection.push(state, Uint8Array.of(4)))).toEqual(Uint8Array.of(...HELLO, 1, 2, 3, 4))
  })

  it('keeps what comes after it was told, byte by byte, whatever the bytes are (law 1, SPEC C3)', () => {
    const told = Connection.next(pushed(HELLO)).state
    const later = [0, 0, 1].map((byte) => Uint8Array.of(byte)).reduce(Connection.push, told)
    expect(Connection.remainder(later)).toEqual(Uint8Array.of(0, 0, 1))
  })

  it('takes a frame of no bytes for an empty frame (SPEC F4)', () => {
    expect(Connection.next(pushed(header(0))).value).toEqual({ _tag: 'HelloFrame', frame: frame({}) })
  })

  it('tells a frame that was whole before its peer closed (SPEC C3)', () => {
    expect(Connection.next(Connection.pushEnd(pushed(HELLO))).value._tag).toBe('HelloFrame')
  })
})

describe('the ways to fail', () => {
  it.each([
    [
      'a wrong first byte, whatever follows', [Uint8Array.of(0x16), HELLO],
      { _tag: 'UnsupportedFraming', actual: 0x16, expected: 1 },
    ],
    ['a header above 64 KiB', [header(HELLO_BODY_MAX_BYTES + 1)], { _tag: 'BodyTooLarge', actual: 65_537, max: 65_536 }],
    ['a header of 4 GiB less one', [header(0xffff_ffff)], { _tag: 'BodyTooLarge', actual: 0xffff_ffff, max: 65_536 }],
    [
      'a body that is no Frame', [header(1), Uint8Array.of(0xff)],
      { _tag: 'MalformedFrame', cause: expect.objectContaining({ message: 'Frame' }) },
    ],
  ])('fails for %s (SPEC C4, F2, F3)', (_what, chunks, error) => {
    expect(failure(pushed(...chunks))).toEqual(error)
  })

  it.each([
    [0, 'framing byte'],
    [1, 'body length header'],
    [4, 'body length header'],
    [5, 'frame body'],
    [HELLO.length - 1, 'frame body'],
  ])('fails for an end after %i bytes, in the %s (SPEC C4, F5)', (length, context) => {
    expect(failure(Connection.pushEnd(pushed(HELLO.subarray(0, length))))).toEqual({ _tag: 'UnexpectedEnd', context })
  })

  it('takes a body of exactly 64 KiB (SPEC F3)', () => {
    const overhead = encodeFrame(frame({ payload: new Uint8Array(65_000) })).length - 65_000
    const body = encodeFrame(frame({ payload: new Uint8Array(HELLO_BODY_MAX_BYTES - overhead) }))
    expect(body.length).toBe(HELLO_BODY_MAX_BYTES)
    expect(Connection.next(pushed(header(body.length), body)).value._tag).toBe('HelloFrame')
  })

  it('leaves what came behind a frame that is no Frame message untouched', () => {
    const { state } = Connection.next(pushed(header(1), Uint8Array.of(0xff), HELLO))
    expect(Connection.remainder(state)).toEqual(HELLO)
  })

  it('says the same thing again, whatever comes after, and keeps none of it (law 3)', () => {
    const failed = Connection.next(pushed(Uint8Array.of(9, 9))).state
    const later = Connection.pushEnd(Connection.push(failed, HELLO))
    expect(failure(later)).toEqual(failure(failed))
    expect(Connection.remainder(later)).toEqual(Connection.remainder(failed))
    expect(Connection.remainder(failed).length).toBeLessThan(HELLO.length)
    expect(Connection.push(failed, HELLO)).toBe(failed)
    expect(failure(Connection.expire(later, 1_000))).toEqual(failure(failed))
  })
})

describe('the deadline for a whole frame (SPEC C7)', () => {
  it('is 30 seconds by default', () => {
    expect(Connection.nextDeadlineMs(Connection.connection(7.5))).toBe(30_007.5)
  })

  it.each([99.5, 100, 100.5, ...STRANGE_TIMES])('fails at %d ms only if that is not before it', (nowMs) => {
    const { value } = Connection.next(Connection.expire(pushed(HELLO.subarray(0, 9)), nowMs))
    expect(value._tag).toBe(nowMs >= 100 ? 'Failed' : 'NeedData')
  })

  it('fails with the time the peer had, and waits for nothing more', () => {
    const expired = Connection.expire(OPENED, 100)
    expect(failure(expired)).toEqual({ _tag: 'HelloDeadlineExceeded', timeoutMs: 100 })
    expect(Connection.nextDeadlineMs(expired)).toBeUndefined()
  })

  it('passes over a frame that is whole and not yet read, a failure not yet told, and one that has finished (law 5)', () => {
    const finished = Connection.next(pushed(HELLO)).state
    const connections = [pushed(HELLO), Connection.pushEnd(OPENED), pushed(Uint8Array.of(9)), finished]
    for (const connection of connections) expect(Connection.expire(connection, 1_000)).toBe(connection)
    expect(Connection.nextDeadlineMs(finished)).toBeUndefined()
  })
})

describe('the laws of a connection', () => {
  it('is deaf to how its bytes are cut: same event, same error, same remainder (law 1)', () => {
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 6 })
    fc.assert(fc.property(anyBytes, cuts, fc.boolean(), (bytes, cuts, ends) => {
      const whole = ended(Connection.push(OPENED, bytes), ends)
      const expected = drained(whole)
      expect(drained(ended(cut(bytes, cuts).reduce(Connection.push, OPENED), ends))).toEqual(expected)
      const byteByByte = [...bytes].map((byte) => Uint8Array.of(byte)).reduce(Connection.push, OPENED)
      expect(drained(ended(byteByByte, ends))).toEqual(expected)
    }), { numRuns: 300 })
  })

  it('gives the same event when it is asked after every byte, and the same remainder behind a Hello (law 1)', () => {
    fc.assert(fc.property(anyBytes, fc.boolean(), (bytes, ends) => {
      const asked = [...bytes].reduce<Step<Connection.Connection, ConnectionEvent>>(({ state, value }, byte) => {
        const { state: next, value: event } = Connection.next(Connection.push(state, Uint8Array.of(byte)))
        return { state: next, value: value._tag === 'NeedData' ? event : value }
      }, Connection.next(OPENED))
      const told = asked.value._tag === 'NeedData' ? Connection.next(ended(asked.state, ends)) : asked
      const { events: [expected], remainder } = drained(ended(Connection.push(OPENED, bytes), ends))
      expect(told.value).toEqual(expected)
      // What a failed connection is sent is not kept, so only a Hello's remainder is the same.
      if (told.value._tag === 'HelloFrame') expect(Connection.remainder(told.state)).toEqual(remainder)
    }), { numRuns: 300 })
  })

  it('tells at most one Hello, and everything that can be told of bytes that have ended (laws 2, 3)', () => {
    fc.assert(fc.property(anyBytes, (bytes) => {
      const { events } = drained(Connection.pushEnd(Connection.push(OPENED, bytes)))
      expect([['HelloFrame', 'Finished'], ['Failed', 'Failed']]).toContainEqual(events.map(({ _tag }) => _tag))
      if (events[0]?._tag === 'Failed') expect(events[1]).toEqual(events[0])
    }))
  })

  it('never writes into the connection or the chunk it is given, and keeps no hold of the chunk', () => {
    fc.assert(fc.property(anyBytes, anyTime, (bytes, nowMs) => {
      const chunk = Uint8Array.from(bytes)
      const connection = deepFreeze(Connection.push(OPENED, chunk))
      const before = drained(connection)
      chunk.fill(0xee)
      deepFreeze(Connection.next(connection))
      Connection.next(deepFreeze(Connection.expire(connection, nowMs)))
      Connection.push(connection, Uint8Array.of(1, 2, 3))
      expect(drained(connection)).toEqual(before)
    }))
  })

  it('hands out a remainder that is the caller\'s own', () => {
    const { state } = Connection.next(pushed(HELLO, Uint8Array.of(1, 2)))
    Connection.remainder(state).fill(0)
    expect(Connection.remainder(state)).toEqual(Uint8Array.of(1, 2))
  })
})

function ended(connection: Connection.Connection, ends: boolean): Connection.Connection {
  return ends ? Connection.pushEnd(connection) : connection
}

interface Drained {
  readonly events: ReadonlyArray<ConnectionEvent>
  readonly remainder: Uint8Array
}

/** The first two events, and what is left then. */
function drained(connection: Connection.Connection): Drained {
  const first = Connection.next(connection)
  const second = Connection.next(first.state)
  return { events: [first.value, second.value], remainder: Connection.remainder(second.state) }
}

function cut(bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> {
  const places = [0, ...cuts.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end))
}
