import fc from 'fast-check'
import { Framing, HELLO_BODY_MAX_BYTES } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { locateFrame } from '../../src/wire/FrameHeader.js'
import { bytesOf, join } from './support.js'

describe('the place of a body in the bytes of a frame', () => {
  it('is behind the header, as long as the header says, whatever follows (SPEC F1)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 9 }), (body, behind) => {
      const bytes = join(Uint8Array.of(0x01, body.length, body.length >>> 8, 0, 0), body, behind)
      expect(locateFrame(bytes, 300)).toEqual({ _tag: 'Right', right: { start: 5, end: 5 + body.length } })
    }))
  })

  it.each([
    ['', { _tag: 'UnexpectedEnd', context: 'framing byte' }],
    ['01 02 00 00', { _tag: 'UnexpectedEnd', context: 'body length header' }],
    ['01 02 00 00 00 aa', { _tag: 'UnexpectedEnd', context: 'frame body' }],
    ['02', { _tag: 'UnsupportedFraming', actual: 2, expected: 1 }],
    ['01 04 00 00 80', { _tag: 'BodyTooLarge', actual: 0x8000_0004, max: 3 }],
  ])('is nowhere in %j (SPEC F2)', (hex, error) => {
    expect(locateFrame(bytesOf(hex), 3)).toEqual({ _tag: 'Left', left: error })
  })

  it('is where a stream that ends there finds it, or fails in the same way (SPEC F2)', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 9 }).map((rest) => join(Uint8Array.of(1), rest)))
    fc.assert(fc.property(bytes, (bytes) => {
      const located = locateFrame(bytes, HELLO_BODY_MAX_BYTES)
      const { value } = Framing.next(Framing.pushEnd(Framing.push(Framing.framing(HELLO_BODY_MAX_BYTES), bytes)))
      expect(value).toEqual(located._tag === 'Left'
        ? { _tag: 'FramingFailed', error: located.left }
        : { _tag: 'FrameBody', body: bytes.slice(located.right.start, located.right.end) })
    }))
  })
})
