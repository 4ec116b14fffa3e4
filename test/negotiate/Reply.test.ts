import * as fc from 'fast-check'
import { encodeReply, helloReply, initialState, negotiate, type Outcome, refusedOutcome } from 'hello-negotiation'
import {
  decodeFrame, decodeHelloReply, type Frame, FRAME_BODY_MAX_BYTES, frame, Framing, HELLO_BODY_MAX_BYTES,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import {
  BACKEND, drawsOf, FRESH, helloFrame, PEER, POLICY, policyOf, rightOf, WANTS_HANDOFF,
} from '../support/negotiate.js'
import { anyDraws, anyFrame, anyPeer, anyTime } from '../support/negotiateArbitraries.js'

const REFUSED = refusedOutcome({ _tag: 'BrokerRestarted' })
const NOW = { nowMs: 0, draws: drawsOf(1) }
const NEGOTIATED = negotiate(POLICY, FRESH, { frame: helloFrame(WANTS_HANDOFF), peer: PEER }, NOW).value

/** The one frame in these bytes, and the whole of them. */
function responseIn(bytes: Uint8Array): Frame {
  const { state, value } = Framing.next(Framing.push(Framing.framing(FRAME_BODY_MAX_BYTES), bytes))
  if (value._tag !== 'FrameBody') throw new Error(value._tag)
  expect(Framing.remainder(state).length).toBe(0)
  return rightOf(decodeFrame(value.body))
}

function isTold(outcome: Outcome, response: Frame): void {
  expect(rightOf(decodeHelloReply(response.payload))).toEqual(helloReply(outcome))
}

describe('the framed answer (SPEC C3)', () => {
  it.each([['a yes', NEGOTIATED], ['a no', REFUSED]])('echoes the request\'s id and trace headers with %s', (_what, outcome) => {
    const request = helloFrame({}, {
      envelopeVersion: 7, kind: 2, payloadProtocol: 0xad01, payloadEncoding: 3, deadlineUnixMs: 9n,
      requestId: 0xffff_ffff_ffff_ffffn, traceparent: 'anything\r\n', tracestate: 'é',
    })
    const response = responseIn(encodeReply(outcome, request))
    expect(response).toEqual(frame({
      envelopeVersion: 1, kind: 1, payload: response.payload,
      requestId: 0xffff_ffff_ffff_ffffn, traceparent: 'anything\r\n', tracestate: 'é',
    }))
    isTold(outcome, response)
  })

  it('has id 0 and empty trace headers where no frame was decoded', () => {
    const response = responseIn(encodeReply(REFUSED))
    expect(response).toEqual(frame({ envelopeVersion: 1, kind: 1, payload: response.payload }))
  })

  it('is a control-plane response of one whole frame, whatever was asked (law 1)', () => {
    fc.assert(fc.property(anyFrame, anyPeer, anyTime, anyDraws, (request, peer, nowMs, draws) => {
      const { value: outcome } = negotiate(POLICY, initialState(POLICY), { frame: request, peer }, { nowMs, draws })
      const response = responseIn(encodeReply(outcome, request))
      const { requestId, traceparent, tracestate } = request
      expect({ ...response, payload: request.payload }).toEqual(frame({
        envelopeVersion: 1, kind: 1, payload: request.payload, requestId, traceparent, tracestate,
      }))
      isTold(outcome, response)
    }))
  })

  it('fits in a frame for the longest headers a Hello can carry and the longest texts a policy can hold (SPEC F7)', () => {
    const longest = 'x'.repeat(4_096)
    const policy = policyOf({ services: [{ ...BACKEND, daemonVersion: longest, backendPipe: longest }] })
    const request = helloFrame({}, { traceparent: 'é'.repeat(HELLO_BODY_MAX_BYTES / 2) })
    const outcome = negotiate(policy, initialState(policy), { frame: request, peer: PEER }, NOW).value
    expect(outcome._tag).toBe('Negotiated')
    isTold(outcome, responseIn(encodeReply(outcome, request)))
  })
})

describe('the reply in it', () => {
  it('says yes with what was agreed and no with why', () => {
    expect(helloReply(NEGOTIATED).result).toEqual({ _tag: 'Negotiated', negotiated: NEGOTIATED.reply })
    expect(helloReply(REFUSED).result).toEqual({ _tag: 'Refused', refused: REFUSED.reply })
  })
})
