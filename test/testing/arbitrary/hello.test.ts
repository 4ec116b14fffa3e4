/**
 * Hellos, envelopes and framings: sound ones pass only just, and the others fail for the reason they name.
 */
import fc from 'fast-check'
import { peerIdentity, UNVERIFIED_PEER, utf8ByteLength } from 'hello-negotiation'
import { Envelope, HandoffEnvelope, HelloShape } from 'hello-negotiation/step'
import {
  arbitraryNearlyEnvelope, arbitraryNearlyFramed, arbitraryNearlyHello, arbitraryPeer, arbitrarySoundHello,
} from 'hello-negotiation/testing'
import { frame, Framing } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { drawn, expectNamedErrors, expectReached, leftOf, tally } from './support.js'

describe('a sound Hello', () => {
  it('passes every check of its shape, for any peer (SPEC H1–H6)', () => {
    const hellos = arbitraryPeer().chain((peer) => arbitrarySoundHello(peer).map((hello) => ({ peer, hello })))
    fc.assert(fc.property(hellos, ({ peer, hello }) => {
      expect(HelloShape.checkShape(hello, peer)._tag).toBe('Right')
    }))
  })

  it('often has as many bytes as it may have, in few characters, and claims its own pid or none (SPEC H3–H6)', () => {
    const counts = tally(drawn(arbitrarySoundHello(peerIdentity(33)), 500), (hello) => [
      ...(hello.wantedVersion.length === 64 ? ['longest wantedVersion'] : []),
      ...(utf8ByteLength(hello.clientVersion) === 128 ? ['longest clientVersion'] : []),
      ...(utf8ByteLength(hello.clientLibName) === 64 ? ['longest clientLibName'] : []),
      ...(utf8ByteLength(hello.clientLibVersion) === 64 ? ['longest clientLibVersion'] : []),
      ...(hello.clientVersion.length < utf8ByteLength(hello.clientVersion) ? ['not ASCII'] : []),
      `pid ${hello.peerPid}`,
      `least ${hello.clientMinProtocol}`,
    ])
    expectReached(counts, [
      'longest wantedVersion', 'longest clientVersion', 'longest clientLibName', 'longest clientLibVersion', 'not ASCII', 'pid 0',
      'pid 33', 'least 0', 'least 1',
    ], 20)
    expect(drawn(arbitrarySoundHello(UNVERIFIED_PEER), 50).some(({ peerPid }) => peerPid !== 0)).toBe(true)
  })
})

it('a Hello with one thing off fails for that and nothing else (SPEC H1–H6)', () => {
  const counts = expectNamedErrors(arbitraryNearlyHello(), ({ hello, peer }) => leftOf(HelloShape.checkShape(hello, peer)), 1_000)
  const checks = tally([...counts.keys()], (off) => [off.replace(/: .*/, '')])
  expectReached(checks, [
    'least protocol above 1', 'no greatest protocol', 'service name', 'version', 'clientVersion too long', 'clientLibName too long',
    'clientLibVersion too long', 'another pid',
  ], 1)
  expect(counts.get('version: 65 bytes')).toBeGreaterThan(10)
})

it('an envelope with one thing off fails for that and nothing else (SPEC E1–E4, X2)', () => {
  const expected = HandoffEnvelope.ACK_ENVELOPE
  const sound = frame({ envelopeVersion: 1, ...expected })
  expect(Envelope.checkEnvelope(sound, expected)._tag).toBe('Right')
  const counts = expectNamedErrors(
    arbitraryNearlyEnvelope(sound, expected), (off) => leftOf(Envelope.checkEnvelope(off, expected)), 300,
  )
  expectReached(counts, ['envelope version', 'kind', 'payload protocol', 'payload encoding'], 30)
})

describe('a stream with one thing off', () => {
  const errorOf = (bytes: Uint8Array): unknown => {
    const { value } = Framing.next(Framing.pushEnd(Framing.push(Framing.framing(100), bytes)))
    return value._tag === 'FramingFailed' ? value.error : value
  }

  it('fails for that, once it has ended (SPEC F2, F3, F5)', () => {
    const counts = expectNamedErrors(arbitraryNearlyFramed(Uint8Array.of(1, 2, 3), 100), errorOf, 300)
    expectReached(counts, [
      'first byte', 'length above the cap', 'end before the first byte', 'end in the header', 'end in the body',
    ], 30)
  })

  it('does not end in a body that has no bytes (SPEC F4)', () => {
    const counts = expectNamedErrors(arbitraryNearlyFramed(new Uint8Array(0), 100), errorOf, 100)
    expectReached(counts, ['first byte', 'length above the cap', 'end before the first byte', 'end in the header'], 5)
  })
})
