/**
 * The client's half and the backend's: what has one thing off is told for that and nothing else.
 */
import fc from 'fast-check'
import { ClientConnection, clientHello, type ReplyExpectation } from 'hello-negotiation'
import { AckReader, OfferReader } from 'hello-negotiation/step'
import {
  arbitraryClientRequest, arbitraryExpectation, arbitraryHandoffSubject, arbitraryNearlyAck, arbitraryNearlyClientRequest,
  arbitraryNearlyOffer, arbitraryNearlyReply, type Nearly,
} from 'hello-negotiation/testing'
import { expect, it } from 'vitest'
import { type Counts, expectNamedErrors, expectReached, leftOf, tally } from './support.js'

it('a request has no fault, whichever of its fields there are (SPEC H1–H5)', () => {
  fc.assert(fc.property(arbitraryClientRequest(), (request) => {
    expect(clientHello(request)._tag).toBe('Right')
  }))
})

it('a request with one thing off has one fault, and that one (SPEC H1–H5, F3)', () => {
  const counts = expectNamedErrors(arbitraryNearlyClientRequest(), (request) => {
    const made = clientHello(request)
    if (made._tag === 'Right' || made.left.length !== 1) return made
    return made.left.map(({ _tag, field, actual }) => ({ _tag, field, actual }))[0]
  }, 800)
  expectReached(tally([...counts.keys()], (off) => [off.replace(/.*: /, '')]), [
    'above 1', 'below 1', 'no name', 'no version', '65 bytes', 'no u32', 'no u64', 'a lone surrogate', 'too long', 'too large',
  ], 1)
})

/** The things that can be off in what depends on something else, and the check that each is told for. */
function countsOf<A, B, E>(
  subjects: fc.Arbitrary<A>,
  nearly: (subject: A) => fc.Arbitrary<Nearly<B, E>>,
  errorOf: (subject: A, value: B) => unknown,
  numRuns: number,
): Counts {
  const both = subjects.chain((subject) =>
    nearly(subject).map(({ off, value, error }) => ({ off, value: { subject, value }, error })))
  return expectNamedErrors(both, ({ subject, value }) => errorOf(subject, value), numRuns)
}

it('a reply with one thing off is broken for that and nothing else (SPEC G5, G6, DIV-G1)', () => {
  const errorOf = (expected: ReplyExpectation, bytes: Uint8Array): unknown => {
    const opened = ClientConnection.clientConnection(expected, 0)
    const { value } = ClientConnection.next(ClientConnection.pushEnd(ClientConnection.push(opened, bytes)))
    return value._tag === 'Broken' ? value.error : value
  }
  expectReached(countsOf(arbitraryExpectation(), arbitraryNearlyReply, errorOf, 800), [
    'first byte', 'length above the cap', 'end before the first byte', 'end in the header', 'end in the body', 'Frame',
    'envelope version', 'kind', 'payload protocol', 'payload encoding', 'request id', 'HelloReply', 'neither yes nor no', 'protocol',
    'token', 'endpoint',
  ], 5)
})

it('an offer with one thing off is no offer for that and nothing else (SPEC X2, X3)', () => {
  const counts = countsOf(arbitraryHandoffSubject(), arbitraryNearlyOffer, (_, body) => leftOf(OfferReader.readOffer(body)), 400)
  expectReached(counts, [
    'Frame', 'envelope version', 'kind', 'payload protocol', 'payload encoding', 'HandoffOffer', 'request id',
  ], 5)
})

it('an ACK with one thing off is no ACK for that and nothing else (SPEC X2, X5)', () => {
  const offered = arbitraryHandoffSubject()
    .map(({ token, connectionId: correlationId }): AckReader.Offered => ({ token, correlationId, deadlineMs: 5_000 }))
  const counts = countsOf(offered, arbitraryNearlyAck, (offered, { body, observedMs }) =>
    leftOf(AckReader.judgeAck(offered, body, observedMs)), 800)
  expectReached(counts, [
    'Frame', 'envelope version', 'kind', 'payload protocol', 'payload encoding', 'HandoffAck', 'request id', 'correlation id', 'token',
    'a no', 'time',
  ], 1)
})
