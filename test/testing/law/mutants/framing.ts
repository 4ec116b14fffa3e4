/**
 * Seeded bugs of frames in a stream.
 */
import * as E from 'fp-ts/lib/Either.js'
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { Framing } = OUR_STEPS
type Stream = ReturnType<typeof Framing.framing>

/** A stream of the same cap, of which just these bytes have come. */
function streamOf({ bodyMaxBytes }: Stream, bytes: Uint8Array): Stream {
  return Framing.push(Framing.framing(bodyMaxBytes), bytes)
}

export const FRAMING_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'FRAMING-1',
    bug: 'a header that is split between two chunks is lost',
    steps: {
      Framing: {
        push: (stream, chunk) => (Framing.remainder(stream).length < 5 ? streamOf(stream, chunk) : Framing.push(stream, chunk)),
      },
    },
  },
  {
    law: 'FRAMING-2',
    bug: 'the buffer is cleared once a frame is out',
    steps: {
      Framing: {
        next: (stream) => {
          const { state, value } = Framing.next(stream)
          return { state: value._tag === 'FrameBody' ? Framing.framing(stream.bodyMaxBytes) : state, value }
        },
      },
    },
  },
  {
    law: 'FRAMING-3',
    bug: 'the length is written with its greatest byte first',
    steps: {
      Framing: {
        encodeFramed: (body) => {
          const whole = new Uint8Array(5 + body.length)
          whole.set(body, 5)
          new DataView(whole.buffer).setUint32(1, body.length)
          whole[0] = 0x01
          return E.right(whole)
        },
      },
    },
  },
  {
    law: 'FRAMING-4',
    bug: 'a header is taken before its body is there',
    steps: {
      Framing: {
        next: (stream) => {
          const { state, value } = Framing.next(stream)
          const isBodyMissing = value._tag === 'NeedData' && Framing.remainder(stream).length >= 5
          return { state: isBodyMissing ? streamOf(stream, Framing.remainder(stream).slice(5)) : state, value }
        },
      },
    },
  },
  {
    law: 'FRAMING-5',
    bug: 'nothing is looked at until the header is whole',
    steps: {
      Framing: {
        next: (stream) => (Framing.remainder(stream).length < 5
          ? { state: stream, value: Framing.NEED_DATA }
          : Framing.next(stream)),
      },
    },
  },
  {
    law: 'FRAMING-6',
    bug: 'a body of exactly the cap is too large',
    steps: {
      Framing: {
        next: (stream) => {
          const { state, value } = Framing.next({ ...stream, bodyMaxBytes: stream.bodyMaxBytes - 1 })
          const isTooLarge = value._tag === 'FramingFailed' && value.error._tag === 'BodyTooLarge'
          return { state, value: isTooLarge ? { ...value, error: { ...value.error, max: stream.bodyMaxBytes } } : value }
        },
      },
    },
  },
  {
    law: 'FRAMING-6',
    bug: 'the cap is looked at once the body is there',
    steps: {
      Framing: {
        next: (stream) => {
          const { state, value } = Framing.next(stream)
          const isTooLarge = value._tag === 'FramingFailed' && value.error._tag === 'BodyTooLarge'
          return isTooLarge ? { state: stream, value: Framing.NEED_DATA } : { state, value }
        },
      },
    },
  },
  {
    law: 'FRAMING-7',
    bug: 'a failure is forgotten when more comes',
    steps: {
      Framing: {
        push: (stream, chunk) => (Framing.next(stream).value._tag === 'FramingFailed'
          ? streamOf(stream, chunk)
          : Framing.push(stream, chunk)),
      },
    },
  },
  {
    law: 'FRAMING-8',
    bug: 'the end is told before the frames that came with it',
    steps: {
      Framing: {
        next: (stream) => (stream.ended
          ? { state: stream, value: { _tag: 'FramingFailed', error: { _tag: 'UnexpectedEnd', context: 'frame body' } } }
          : Framing.next(stream)),
      },
    },
  },
  {
    law: 'FRAMING-9',
    bug: 'the first chunk is kept as it was handed in',
    steps: {
      Framing: {
        push: (stream, chunk) => (Framing.remainder(stream).length > 0
          ? Framing.push(stream, chunk)
          : { ...stream, pending: { start: 0, end: chunk.length, buffer: chunk, claimed: Uint32Array.of(chunk.length) } }),
      },
    },
  },
]
