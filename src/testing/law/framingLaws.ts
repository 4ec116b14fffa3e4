/**
 * The laws of frames in a stream of bytes (SPEC §1).
 */
import type { Framing, FramingEvent } from '../../wire/Framing.js'
import { cut } from '../arbitrary/bytes.js'
import { framed, headerOf, partAfter } from './framed.js'
import type { ByteStream, FrameStream } from './inputs/framing.js'
import { type AnyLaw, firstBreach, forbid, law } from './Law.js'
import { same, shown } from './shown.js'
import type { Steps } from './Steps.js'

/** @internal */
export const FRAMING_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'FRAMING-1',
    group: 'framing',
    sentence: 'However the bytes of a stream are cut, it gives the same frames and error, and where there is none leaves the same bytes.',
    rows: ['F1', 'F8'],
    input: 'ByteStream',
    breach: ({ Framing }, stream) => {
      const inChunks = read(Framing, stream, cut(stream.bytes, stream.sizes))
      const atOnce = read(Framing, stream, [stream.bytes])
      return forbid(!same(inChunks, atOnce), () => `in chunks ${shown(inChunks)}, at once ${shown(atOnce)}`)
    },
  }),
  law({
    id: 'FRAMING-2',
    group: 'framing',
    sentence: 'The bodies that were framed come out, in order, and what is behind them is left untouched.',
    rows: ['F1', 'F4', 'F8'],
    input: 'FrameStream',
    breach: ({ Framing }, stream) => {
      const { bodies, rest } = drained(Framing, cut(bytesOf(stream), stream.sizes).reduce(Framing.push, Framing.framing()))
      const isAll = same(bodies, stream.bodies) && same(rest, partOf(stream))
      return forbid(!isAll, () => `out came ${shown(bodies)}, and ${shown(rest)} was left`)
    },
  }),
  law({
    id: 'FRAMING-3',
    group: 'framing',
    sentence: 'A frame is written as 0x01, the length of its body in four bytes, the least first, and the body.',
    rows: ['F1', 'F7'],
    input: 'FrameStream',
    breach: ({ Framing }, { bodies }) => firstBreach(bodies, (body) => {
      const written = Framing.encodeFramed(body)
      return forbid(written._tag === 'Left' || !same(written.right, framed(body)), () =>
        `${shown(body)} was written as ${shown(written)}`)
    }),
  }),
  law({
    id: 'FRAMING-4',
    group: 'framing',
    sentence: 'As long as a frame is not whole, more is asked for and nothing is taken, however often one asks.',
    rows: ['F8'],
    input: 'FrameStream',
    breach: ({ Framing }, stream) => {
      const first = Framing.next(Framing.push(Framing.framing(), partOf(stream)))
      const again = Framing.next(first.state)
      const isWaiting = first.value._tag === 'NeedData' && again.value._tag === 'NeedData'
      const rest = Framing.remainder(again.state)
      return forbid(!isWaiting || !same(rest, partOf(stream)), () =>
        `after ${shown(partOf(stream))} came ${shown([first.value, again.value])}, and ${shown(rest)} was left`)
    },
  }),
  law({
    id: 'FRAMING-5',
    group: 'framing',
    sentence: 'The first byte is compared before anything else is waited for.',
    rows: ['F2', 'F8'],
    input: 'ByteStream',
    breach: ({ Framing }, { bytes, bodyMaxBytes }) => firstBreach(bytes.slice(0, 1), (byte) => {
      const { value } = Framing.next(Framing.push(Framing.framing(bodyMaxBytes), Uint8Array.of(byte)))
      const expected = byte === 0x01
        ? { _tag: 'NeedData' }
        : { _tag: 'FramingFailed', error: { _tag: 'UnsupportedFraming', actual: byte, expected: 0x01 } }
      return forbid(!same(value, expected), () => `the byte ${byte} alone gave ${shown(value)}`)
    }),
  }),
  law({
    id: 'FRAMING-6',
    group: 'framing',
    sentence: 'A body that says it is longer than the cap is refused on its header alone, and one of exactly the cap is not.',
    rows: ['F2', 'F3'],
    input: 'HeaderAtCap',
    breach: ({ Framing }, { bodyBytes, bodyMaxBytes }) => {
      const { value } = Framing.next(Framing.push(Framing.framing(bodyMaxBytes), headerOf(bodyBytes)))
      const expected = bodyBytes > bodyMaxBytes
        ? { _tag: 'FramingFailed', error: { _tag: 'BodyTooLarge', actual: bodyBytes, max: bodyMaxBytes } }
        : bodyBytes === 0 ? { _tag: 'FrameBody', body: new Uint8Array(0) } : { _tag: 'NeedData' }
      return forbid(!same(value, expected), () => `the header alone gave ${shown(value)}`)
    },
  }),
  law({
    id: 'FRAMING-7',
    group: 'framing',
    sentence: 'A stream that has failed says the same thing again, whatever comes after.',
    rows: ['F2', 'F5'],
    input: 'ByteStream',
    breach: ({ Framing }, stream) => {
      const { last, state } = drained(Framing, pushed(Framing, stream, [stream.bytes]))
      if (last._tag !== 'FramingFailed') return undefined
      const later = Framing.pushEnd(Framing.push(state, framed(stream.bytes)))
      return firstBreach([Framing.next(state).value, Framing.next(later).value], (again) =>
        forbid(!same(again, last), () => `first it said ${shown(last)}, then ${shown(again)}`))
    },
  }),
  law({
    id: 'FRAMING-8',
    group: 'framing',
    sentence: 'The end of a stream is told after its whole frames, with the part of a frame that it fell in.',
    rows: ['F5'],
    input: 'FrameStream',
    breach: ({ Framing }, stream) => {
      const { bodies, last } = drained(Framing, Framing.pushEnd(Framing.push(Framing.framing(), bytesOf(stream))))
      const context = partAfter(stream.last.bytesCome)
      const isTold = same(last, { _tag: 'FramingFailed', error: { _tag: 'UnexpectedEnd', context } })
      return forbid(!isTold || bodies.length !== stream.bodies.length, () =>
        `after ${bodies.length} of ${stream.bodies.length} frames came ${shown(last)}, and not the end in a ${context}`)
    },
  }),
  law({
    id: 'FRAMING-9',
    group: 'framing',
    sentence: 'A stream keeps what was pushed, though the chunk be overwritten, and keeps no hold of a body that it gave out.',
    rows: ['F8'],
    input: 'FrameStream',
    breach: ({ Framing }, stream) => {
      const chunk = bytesOf(stream)
      const state = Framing.push(Framing.framing(), chunk)
      chunk.fill(0xee)
      const first = Framing.next(state).value
      if (first._tag === 'FrameBody') first.body.fill(0xee)
      const { bodies } = drained(Framing, state)
      return forbid(!same(bodies, stream.bodies), () => `${shown(stream.bodies)} became ${shown(bodies)}`)
    },
  }),
]

/** The part of the last frame that has come. */
function partOf({ last }: FrameStream): Uint8Array {
  return framed(last.body).slice(0, last.bytesCome)
}

function bytesOf(stream: FrameStream): Uint8Array {
  return Uint8Array.from([...stream.bodies.map(framed), partOf(stream)].flatMap((part) => [...part]))
}

interface Drained {
  readonly bodies: ReadonlyArray<Uint8Array>
  /** The event behind the bodies. */
  readonly last: FramingEvent
  readonly state: Framing
  readonly rest: Uint8Array
}

/** More frames than any stream here has: a stream that takes nothing would go on for ever. */
const FRAMES_MAX = 100

/** All that a stream has to say until it waits or fails. */
function drained(framing: Steps['Framing'], start: Framing): Drained {
  const bodies: Array<Uint8Array> = []
  for (let at = framing.next(start); ; at = framing.next(at.state)) {
    const { state, value: last } = at
    if (last._tag !== 'FrameBody' || bodies.length > FRAMES_MAX) return { bodies, last, state, rest: framing.remainder(state) }
    bodies.push(last.body)
  }
}

function pushed(framing: Steps['Framing'], { isEnded, bodyMaxBytes }: ByteStream, chunks: ReadonlyArray<Uint8Array>): Framing {
  const state = chunks.reduce(framing.push, framing.framing(bodyMaxBytes))
  return isEnded ? framing.pushEnd(state) : state
}

/** Reads as a program does: after every chunk all that there is to read. What a stream that failed keeps is its own business. */
function read(framing: Steps['Framing'], stream: ByteStream, chunks: ReadonlyArray<Uint8Array>): unknown {
  const bodies: Array<Uint8Array> = []
  let state = framing.framing(stream.bodyMaxBytes)
  for (const chunk of chunks) {
    const part = drained(framing, framing.push(state, chunk))
    bodies.push(...part.bodies)
    state = part.state
  }
  const { bodies: after, last, rest } = drained(framing, stream.isEnded ? framing.pushEnd(state) : state)
  return { bodies: [...bodies, ...after], last, rest: last._tag === 'FramingFailed' ? undefined : rest }
}
