/**
 * The reply written in one pass, held against the plain version that encodes, wraps and frames.
 */
import fc from 'fast-check'
import { arbitraryFrame, arbitraryHelloReply } from 'hello-negotiation/testing'
import {
  encodeFrame, encodeFramed, encodeHelloReply, type Frame, type HelloReply, PAYLOAD_PROTOCOL_CONTROL, responseTo,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { replyToFrame, replyToView } from '../../src/wire/ReplyFrame.js'
import { viewRequest } from '../../src/wire/RequestView.js'
import { rightOf } from './support.js'

function plainReply(reply: HelloReply, request: Frame): unknown {
  return encodeFramed(encodeFrame({ ...responseTo(request, encodeHelloReply(reply)), payloadProtocol: PAYLOAD_PROTOCOL_CONTROL }))
}

const replies = arbitraryHelloReply().filter(({ result }) => result._tag !== 'Missing')

/** Bytes that are not zero, so that one left unwritten shows. */
const dirty = (byteCount: number): Uint8Array => new Uint8Array(byteCount).fill(0xee)

describe('replyToFrame and replyToView', () => {
  it('write what the plain version writes, to the last byte (laws 1 and 2)', () => {
    fc.assert(fc.property(replies, arbitraryFrame(), (reply, request) => {
      const bytes = encodeFrame(request)
      const right = replyToFrame(reply, request, dirty)
      expect({ _tag: 'Right', right }).toEqual(plainReply(reply, request))
      expect(replyToView(reply, rightOf(viewRequest(bytes, 0, bytes.length)), dirty)).toEqual(right)
    }), { numRuns: 500 })
  })

  it('ask once for exactly the bytes they write', () => {
    fc.assert(fc.property(replies, arbitraryFrame(), (reply, request) => {
      const asked: Array<number> = []
      const out = replyToFrame(reply, request, (byteCount) => {
        asked.push(byteCount)
        return dirty(byteCount)
      })
      expect(asked).toEqual([out.length])
    }))
  })
})
