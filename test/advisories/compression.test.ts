/**
 * Decompression bombs: a frame may say that its payload is compressed, and nothing here ever acts on it.
 */
import { builtinModules } from 'node:module'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { ClientConnection, exchange, FrameClient, readReply, UNVERIFIED_PEER } from 'hello-negotiation'
import { AckReader, OfferReader } from 'hello-negotiation/step'
import { arbitraryMatch, TOKEN_POOL } from 'hello-negotiation/testing'
import {
  ackFrame, encodeFrame, encodeFramed, encodeHello, encodeHelloReply, frame, handoffAck, handoffOffer, negotiated, offerFrame,
  PayloadEncoding, requestFrame, responseTo,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { frameIn, FRESH, helloWith, leftOf, POLICY, rightOf } from '../support/negotiate.js'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['negotiate/checkOrder.test.ts', 'tells %s rather than %s'],
  ['client/FrameClient.test.ts', 'never looks at envelope version, encoding, deadline or trace (SPEC G13)'],
])

/** Those that there are, the next one, and the ends of what an enum can say. */
const FLAGS = [...Object.values(PayloadEncoding).filter((flag) => flag !== 0), 4, -(2 ** 31), 0x7fff_ffff]

const REASON = 'Hello payload must not be compressed'

/** A megabyte in a thousand bytes. */
const BOMB = new Uint8Array(gzipSync(new Uint8Array(0x10_0000)))

describe.each(FLAGS)('a payload flagged as encoding %i', (payloadEncoding) => {
  const payloads = { 'a bomb': BOMB, 'no bytes': new Uint8Array(0), 'a sound message': encodeHello(helloWith()) }
  const compressed = { _tag: 'CompressedPayload', actual: payloadEncoding }

  it.each(Object.entries(payloads))('is refused by a broker before it is looked at: %s (SPEC E4)', (_what, payload) => {
    const bytes = rightOf(encodeFramed(encodeFrame({ ...requestFrame(0, payload), payloadEncoding })))
    const { state, value } = exchange(POLICY, FRESH, bytes, UNVERIFIED_PEER, { nowMs: 0, draws: { bytes: BOMB, offset: 0 } })
    expect(value.outcome).toMatchObject({ _tag: 'Refused', error: compressed, reply: { code: 6, reason: REASON } })
    expect(state).toBe(FRESH)
    // The answer is as short as any other no.
    expect(value.bytes.length).toBeLessThan(100)
  })

  it('is refused by a client, by a backend and by a broker that waits for an ACK (SPEC G5, X2)', () => {
    const [token, correlationId] = [TOKEN_POOL[0], 7n]
    if (token === undefined) throw new Error('the pool holds tokens')
    const yes = encodeHelloReply({ result: { _tag: 'Negotiated', negotiated: negotiated({}) } })
    const reply = responseTo(frame({ requestId: 1n }), yes)
    const flagged = (sound: typeof reply): Uint8Array => encodeFrame({ ...sound, payloadEncoding })
    expect(leftOf(readReply(flagged(reply)))).toEqual(compressed)
    expect(leftOf(OfferReader.readOffer(flagged(offerFrame(handoffOffer({ correlationId })))))).toEqual(compressed)
    const offered = { token, correlationId, deadlineMs: 1 }
    expect(leftOf(AckReader.judgeAck(offered, flagged(ackFrame(handoffAck({ correlationId }))), 0))).toEqual(compressed)
    const expected = { frameRequestId: 1n, minProtocol: 1, maxProtocol: 1, offersHandlePassing: false }
    const opened = ClientConnection.clientConnection(expected, 0)
    const { value } = ClientConnection.next(ClientConnection.push(opened, rightOf(encodeFramed(flagged(reply)))))
    expect(value).toMatchObject({ _tag: 'Broken', error: compressed })
  })

  it('is handed on as it is by a client of another protocol, which does not look at the flag either (SPEC G13)', () => {
    const { value: ping } = FrameClient.request(FrameClient.FRESH_FRAME_CLIENT, 0x7a63, new Uint8Array(0))
    const judged = FrameClient.judgeResponse(ping, encodeFrame({ ...responseTo(ping, BOMB), payloadEncoding }))
    expect(rightOf(judged)).toMatchObject({ payload: BOMB, payloadEncoding })
  })
})

describe('a reply', () => {
  it('is never flagged, whatever the request is like (SPEC C3)', () => {
    fc.assert(fc.property(arbitraryMatch(), ({ policy, state, bytes, peer, ambient }) => {
      expect(frameIn(exchange(policy, state, bytes, peer, ambient).value).payloadEncoding).toBe(0)
    }))
  })
})

describe('the sources', () => {
  it('name no decompressor: neither Node\'s, nor the Web\'s, nor a package\'s', () => {
    expect(builtinModules).toContain('zlib')
    const src = fileURLToPath(new URL('../../src', import.meta.url))
    const named = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
      .filter((path) => /zlib|inflate|gunzip|unzip|brotli|(?:De)?[cC]ompressionStream/.test(readFileSync(join(src, path), 'utf8')))
    expect(named).toEqual([])
  })
})
