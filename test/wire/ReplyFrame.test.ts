/**
 * The reply written in one pass, held against the plain version that encodes, wraps and frames.
 */
import fc from 'fast-check'
import { arbitraryFrame, arbitraryHelloReply } from 'hello-negotiation/testing'
import {
  decodeFrame, EMPTY_FRAME, encodeFrame, encodeFramed, encodeHelloReply, type Frame, negotiated, PAYLOAD_PROTOCOL_CONTROL, refused, responseTo,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { replyToFrame, replyToView, type ReplyResult } from '../../src/wire/ReplyFrame.js'
import { viewRequest } from '../../src/wire/RequestView.js'
import { bytesOf, join, rightOf } from './support.js'

function plainReply(result: ReplyResult, request: Frame): unknown {
  return encodeFramed(encodeFrame({ ...responseTo(request, encodeHelloReply({ result })), payloadProtocol: PAYLOAD_PROTOCOL_CONTROL }))
}

const replies = arbitraryHelloReply().map(({ result }) => result).filter((result) => result._tag !== 'Missing')

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

  it('copy trace headers that are not encoded as a reply would encode them, or not in that order (law 2)', () => {
    const reply: ReplyResult = { _tag: 'Refused', refused: refused({ code: 6, reason: 'no' }) }
    const headers = ['42 01 61', '4a 01 62', '42 81 00 61', 'c2 00 01 61', '4a 81 00 62', '42 00', '4a 00', '22 01 42']
    fc.assert(fc.property(fc.array(fc.constantFrom(...headers), { maxLength: 4 }), (fields) => {
      const bytes = bytesOf(fields.join(' '))
      const viewed = replyToView(reply, rightOf(viewRequest(bytes, 0, bytes.length)), dirty)
      expect({ _tag: 'Right', right: viewed }).toEqual(plainReply(reply, rightOf(decodeFrame(bytes))))
    }), { numRuns: 500 })
  })

  it('look for trace headers nowhere but in the request (law 2)', () => {
    // The traceparent's length takes a byte more than it needs, and what stands behind the request looks like a header's key.
    const request = bytesOf('42 81 00 61 4a 01 62')
    const view = rightOf(viewRequest(join(request, new Uint8Array(32).fill(0x42)), 0, request.length))
    const reply: ReplyResult = { _tag: 'Refused', refused: refused({ code: 6, reason: 'no' }) }
    expect({ _tag: 'Right', right: replyToView(reply, view, dirty) }).toEqual(plainReply(reply, rightOf(decodeFrame(request))))
  })

  it('remember no text for longer than it stands, and nothing that can change (ReplyHead, laws 1 and 2)', () => {
    const pipes = Array.from({ length: 1_100 }, (_, i) => `/run/${i}.sock`)
    const versions = ['1.0.0', '2.0.0']
    // More pipes than are remembered, each with two versions in turn.
    for (const backendPipe of [...pipes, ...pipes]) {
      for (const daemonVersion of versions) {
        const result: ReplyResult = { _tag: 'Negotiated', negotiated: negotiated({ backendPipe, daemonVersion, connectionId: 1n }) }
        expect({ _tag: 'Right', right: replyToFrame(result, EMPTY_FRAME, dirty) }).toEqual(plainReply(result, EMPTY_FRAME))
      }
    }
    const warnings: Array<string> = []
    const details = new Map<string, string>()
    const yes: ReplyResult = { _tag: 'Negotiated', negotiated: negotiated({ backendPipe: '/run/w.sock', warnings }) }
    const no: ReplyResult = { _tag: 'Refused', refused: refused({ reason: 'details', details }) }
    const changes = [
      () => undefined, () => warnings.push('w'), () => details.set('k', 'v'), () => details.set('k', 'w'),
      () => warnings.splice(0), () => details.clear(),
    ]
    for (const change of changes) {
      change()
      for (const result of [yes, no]) {
        expect({ _tag: 'Right', right: replyToFrame(result, EMPTY_FRAME, dirty) }).toEqual(plainReply(result, EMPTY_FRAME))
      }
    }
  })
})
