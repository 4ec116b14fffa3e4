import fc from 'fast-check'
import { arbitraryChunkSizes, cut, deepFreeze } from 'hello-negotiation/testing'
import {
  decodeFrame, describeFramingError, EMPTY_FRAME, encodeFramed, FRAME_BODY_MAX_BYTES, Framing, type FramingError,
  type FramingEvent, HELLO_BODY_MAX_BYTES,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { bytesOf, join, rightOf } from './support.js'

const { framing, next, push, pushEnd, remainder } = Framing

/** Everything a stream has to say until it waits or fails, and what is left of it. */
function drained(start: Framing.Framing): { readonly state: Framing.Framing; readonly events: ReadonlyArray<FramingEvent> } {
  const events: Array<FramingEvent> = []
  for (let at = next(start); ; at = next(at.state)) {
    events.push(at.value)
    if (at.value._tag !== 'FrameBody') return { state: at.state, events }
  }
}

/** Reads as a program does: after every chunk, all there is to read; empty waits are left out. */
function readInChunks(chunks: ReadonlyArray<Uint8Array>, isEnded: boolean, bodyMaxBytes: number): unknown {
  let state = framing(bodyMaxBytes)
  const events: Array<FramingEvent> = []
  let last: FramingEvent = Framing.NEED_DATA
  for (const chunk of chunks) {
    const read = drained(push(state, chunk))
    state = read.state
    events.push(...read.events.filter(({ _tag }) => _tag === 'FrameBody'))
    last = read.events[read.events.length - 1] ?? last
  }
  if (isEnded) {
    const read = drained(pushEnd(state))
    state = read.state
    last = read.events[read.events.length - 1] ?? last
  }
  return { events: [...events, last], rest: remainder(state) }
}

function framed(body: Uint8Array): Uint8Array {
  const framed = encodeFramed(body)
  if (framed._tag === 'Left') throw new Error(describeFramingError(framed.left))
  return framed.right
}

function header(length: number): Uint8Array {
  return Uint8Array.of(0x01, length, length >>> 8, length >>> 16, length >>> 24)
}

function failedWith(error: FramingError): FramingEvent {
  return { _tag: 'FramingFailed', error }
}

const body = fc.uint8Array({ maxLength: 24 })
const tail = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ maxLength: 12 }),
  body.chain((body) => fc.nat({ max: body.length + 4 }).map((end) => framed(body).subarray(0, end))),
  fc.constantFrom(header(21), header(0xffff_ffff), bytesOf('00'), bytesOf('02 01'), bytesOf('01')),
)
const stream = fc.tuple(fc.array(body, { maxLength: 5 }), tail).map(([bodies, tail]) => join(...bodies.map(framed), tail))

describe('Framing', () => {
  it('gives the same frames, error and remainder however the bytes are cut (law 1)', () => {
    const bodyMaxBytes = fc.constantFrom(20, 24, FRAME_BODY_MAX_BYTES)
    fc.assert(fc.property(stream, arbitraryChunkSizes(), fc.boolean(), bodyMaxBytes, (bytes, sizes, isEnded, max) => {
      expect(readInChunks(cut(bytes, sizes), isEnded, max)).toEqual(readInChunks([bytes], isEnded, max))
    }), { numRuns: 500 })
  })

  it('gives back the bodies that were framed, and leaves what follows untouched', () => {
    fc.assert(fc.property(fc.array(body, { maxLength: 5 }), arbitraryChunkSizes(), (bodies, sizes) => {
      const rest = bytesOf('01 09')
      const chunks = cut(join(...bodies.map(framed), rest), sizes)
      const { state, events } = drained(chunks.reduce(push, framing()))
      expect(events).toEqual([...bodies.map((body) => ({ _tag: 'FrameBody', body })), { _tag: 'NeedData' }])
      expect(remainder(state)).toEqual(rest)
    }))
  })

  it('reads 0x01, a little-endian u32 of length, and the body (SPEC F1)', () => {
    const bytes = join(bytesOf('01 03 01 00 00'), new Uint8Array(259).fill(7))
    expect(next(push(framing(), bytes)).value).toEqual({ _tag: 'FrameBody', body: new Uint8Array(259).fill(7) })
    expect(next(push(framing(), bytes.subarray(0, 263))).value).toEqual({ _tag: 'NeedData' })
  })

  it('refuses a wrong first byte at once, before the other four (law 2, SPEC F2, F8)', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const { value } = next(push(framing(), Uint8Array.of(byte)))
      expect(value).toEqual(byte === 1 ? { _tag: 'NeedData' } : failedWith({ _tag: 'UnsupportedFraming', actual: byte, expected: 1 }))
    }
  })

  it('needs more of nothing and of every part of a header or body, and takes none of it (law 3, SPEC F8)', () => {
    const whole = framed(bytesOf('08 01 10 02'))
    for (let length = 0; length < whole.length; length += 1) {
      const state = deepFreeze(push(framing(), whole.subarray(0, length)))
      expect(next(state)).toEqual({ state, value: { _tag: 'NeedData' } })
      expect(next(next(state).state)).toEqual({ state, value: { _tag: 'NeedData' } })
      expect(remainder(state)).toEqual(whole.subarray(0, length))
    }
    expect(next(push(framing(), whole)).value._tag).toBe('FrameBody')
  })

  it.each([
    { name: 'a Hello', cap: HELLO_BODY_MAX_BYTES, max: 65_536 },
    { name: 'any frame', cap: undefined, max: 16_777_216 },
  ])('caps the body of $name at exactly $max, on the header alone (SPEC F2, F3, F8)', ({ cap, max }) => {
    const tooLarge = (actual: number): FramingEvent => failedWith({ _tag: 'BodyTooLarge', actual, max })
    const eventOf = (length: number): FramingEvent => next(push(framing(cap), header(length))).value
    expect(eventOf(max)).toEqual({ _tag: 'NeedData' })
    expect(eventOf(max + 1)).toEqual(tooLarge(max + 1))
    expect(eventOf(0xffff_ffff)).toEqual(tooLarge(0xffff_ffff))
    const { value } = next(push(push(framing(cap), header(max)), new Uint8Array(max)))
    expect(value._tag === 'FrameBody' && value.body.length).toBe(max)
  })

  it('takes a length of 0 for the default Frame (SPEC F4)', () => {
    const { state, value } = next(push(framing(), bytesOf('01 00 00 00 00')))
    expect(value).toEqual({ _tag: 'FrameBody', body: new Uint8Array(0) })
    expect(remainder(state)).toHaveLength(0)
    expect(rightOf(decodeFrame(new Uint8Array(0)))).toEqual(EMPTY_FRAME)
  })

  it('says in which part of a frame the stream ended (SPEC F5)', () => {
    const whole = framed(bytesOf('08 01'))
    const contextOf = (length: number): string => {
      const { value } = next(pushEnd(push(framing(), whole.subarray(0, length))))
      return value._tag === 'FramingFailed' && value.error._tag === 'UnexpectedEnd' ? value.error.context : value._tag
    }
    const header = 'body length header'
    expect(Array.from(whole, (_, length) => contextOf(length)))
      .toEqual(['framing byte', header, header, header, header, 'frame body', 'frame body'])
    expect(contextOf(whole.length)).toBe('FrameBody')
  })

  it('tells the end only after the frames that came before it', () => {
    const { events } = drained(pushEnd(push(framing(), framed(bytesOf('08 01')))))
    const end = failedWith({ _tag: 'UnexpectedEnd', context: 'framing byte' })
    expect(events).toEqual([{ _tag: 'FrameBody', body: bytesOf('08 01') }, end])
  })

  it('stores nothing after the end, and notes the end once', () => {
    const ended = pushEnd(push(framing(), bytesOf('01')))
    expect(push(ended, bytesOf('00*4'))).toBe(ended)
    expect(pushEnd(ended)).toBe(ended)
    expect(remainder(ended)).toEqual(bytesOf('01'))
  })

  it('says the same thing again once it has failed, whatever is pushed after', () => {
    fc.assert(fc.property(stream, fc.boolean(), fc.uint8Array({ maxLength: 30 }), (bytes, isEnded, more) => {
      const pushed = push(framing(20), bytes)
      const { state, events } = drained(isEnded ? pushEnd(pushed) : pushed)
      const last = events[events.length - 1]
      fc.pre(last?._tag === 'FramingFailed')
      expect(next(state)).toEqual({ state, value: last })
      expect(next(pushEnd(push(state, more))).value).toEqual(last)
    }))
  })

  it('keeps nothing of what comes behind a failure (SPEC F2, F3)', () => {
    for (const start of [Uint8Array.of(0x02), Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff)]) {
      const { state } = next(push(framing(), join(start, new Uint8Array(10))))
      expect(remainder(push(state, new Uint8Array(1_000)))).toEqual(start)
    }
  })

  it('owns what it was given and hands out what it does not keep', () => {
    const chunk = framed(bytesOf('08 01'))
    const state = push(framing(), chunk)
    chunk.fill(0xee)
    const first = next(state).value
    if (first._tag === 'FrameBody') first.body.fill(0xee)
    remainder(state).fill(0xee)
    expect(next(state).value).toEqual({ _tag: 'FrameBody', body: bytesOf('08 01') })
  })

  it.each([1, 3, 1_000])('copies each byte a bounded number of times in chunks of %d (law 4)', (chunkBytes) => {
    const bytes = framed(new Uint8Array(HELLO_BODY_MAX_BYTES))
    const buffers = new Set<Uint8Array>()
    let state = framing(HELLO_BODY_MAX_BYTES)
    for (const chunk of cut(bytes, [chunkBytes])) {
      state = next(push(state, chunk)).state
      buffers.add(state.pending.buffer)
    }
    // Each buffer is filled once; doubling makes their sum a small multiple of the stream.
    const allocated = [...buffers].reduce((sum, buffer) => sum + buffer.length, 0)
    expect(allocated).toBeLessThan(4 * bytes.length)
    expect(remainder(state)).toHaveLength(0)
  })

  it('moves the rest of a large chunk a few times at most while small frames are read out of it (law 4)', () => {
    const frames = 20_000
    const bytes = new Uint8Array(frames * 6)
    for (let at = 0; at < bytes.length; at += 6) bytes.set(bytesOf('01 01 00 00 00 aa'), at)
    let state = push(framing(), bytes)
    let moves = 0
    for (let i = 1; i < frames; i += 1) {
      const before = state.pending.buffer
      state = next(state).state
      if (state.pending.buffer !== before) moves += 1
    }
    // Each move leaves a buffer of less than half, and one of 1 KiB is left alone: 120 000 is less than 2^7 KiB.
    expect(moves).toBeLessThanOrEqual(7)
    expect(remainder(state)).toEqual(bytesOf('01 01 00 00 00 aa'))
  })
})

describe('encodeFramed', () => {
  it('writes the header that the reader reads, 5 bytes more than the body (SPEC F1, F7)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
      const framed = encodeFramed(body)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(body.length)
      expect(framed).toEqual({ _tag: 'Right', right: join(bytesOf('01'), Uint8Array.from(length), body) })
    }))
  })

  it('stops a body above 16 MiB, but not one above the cap of a Hello (SPEC F7)', () => {
    expect(encodeFramed(new Uint8Array(HELLO_BODY_MAX_BYTES + 1))._tag).toBe('Right')
    expect(encodeFramed(new Uint8Array(FRAME_BODY_MAX_BYTES))._tag).toBe('Right')
    expect(encodeFramed(new Uint8Array(FRAME_BODY_MAX_BYTES + 1))).toEqual({
      _tag: 'Left', left: { _tag: 'BodyTooLarge', actual: 16_777_217, max: 16_777_216 },
    })
  })

  it('shares no memory with the body', () => {
    const body = bytesOf('aa')
    const written = framed(body)
    body.fill(0)
    expect(written).toEqual(bytesOf('01 01 00 00 00 aa'))
  })
})

describe('describeFramingError', () => {
  it.each<[FramingError, string]>([
    [{ _tag: 'UnsupportedFraming', actual: 71, expected: 1 }, 'unsupported framing version: got 71, expected 1'],
    [{ _tag: 'BodyTooLarge', actual: 65_537, max: 65_536 }, 'frame body too large: 65537 bytes exceeds cap 65536'],
    [{ _tag: 'UnexpectedEnd', context: 'framing byte' }, 'unexpected EOF while reading frame (framing byte)'],
    [{ _tag: 'UnexpectedEnd', context: 'body length header' }, 'unexpected EOF while reading frame (body length header)'],
    [{ _tag: 'UnexpectedEnd', context: 'frame body' }, 'unexpected EOF while reading frame (frame body)'],
  ])('says %o in the reference\'s words (SPEC F6)', (error, text) => {
    expect(describeFramingError(error)).toBe(text)
  })

  it('does not throw at an error smuggled past the types', () => {
    const smuggled = { _tag: 'Smuggled' } as unknown as FramingError
    expect(describeFramingError(smuggled)).toBe(smuggled)
  })
})
