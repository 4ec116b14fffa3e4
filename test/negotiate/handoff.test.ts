/**
 * Both halves of a handoff joined in memory, with the broker's own state between them: a token that
 * `negotiate` issued, a registry that takes the ACK or has given it up. The way between the two loses,
 * cuts, delays and repeats.
 */
import * as fc from 'fast-check'
import {
  type AttemptEvent, type BrokerState, Deadlines, HandoffAttempt, HandoffReceiver, Handoffs, initialState, negotiate,
  type ReceiverEvent, sameToken, tokenBytes, UNVERIFIED_PEER,
} from 'hello-negotiation'
import { AckRegistry, HandoffAcceptance, HandoffEnvelope, TokenStore } from 'hello-negotiation/step'
import { arbitraryChunkSizes, cut, deepFreeze } from 'hello-negotiation/testing'
import { decodeHandoffAck, Framing } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { drawsOf, helloFrame, policyOf, rightOf, SERVICE, token, WANTS_HANDOFF } from '../support/negotiate.js'

const TOKEN = token(7)
const POLICY = policyOf({ ackDeadlineMs: 100 })
const ACCEPTANCE = HandoffAcceptance.handoffAcceptance({ maxTokens: 2, ttlMs: 80 })

/** How the way between broker and backend behaves this time; all times are on one clock. */
interface Way {
  /** What the host says of the delivery, and whether the socket gets there. */
  readonly delivery: 'delivered' | 'lost' | 'lostOrNot' | 'lostOrNotButThere'
  readonly isSidebandRight: boolean
  readonly isOfferRepeated: boolean
  readonly offerSizes: ReadonlyArray<number>
  readonly begunMs: number
  readonly readMs: number
  /** How many bytes of the ACK come through; beyond its end, all of them. */
  readonly ackBytes: number
  readonly ackSizes: ReadonlyArray<number>
  readonly observedMs: number
  readonly isSweptBefore: boolean
}

const SMOOTH: Way = {
  delivery: 'delivered', isSidebandRight: true, isOfferRepeated: false, offerSizes: [], begunMs: 5, readMs: 6,
  ackBytes: Infinity, ackSizes: [], observedMs: 7, isSweptBefore: false,
}

interface End {
  readonly broker: BrokerState
  readonly attempt: HandoffAttempt.HandoffAttempt
  readonly told: AttemptEvent
  /** What the backend made of each delivery that got there. */
  readonly backend: ReadonlyArray<ReceiverEvent>
}

/** The broker after one Hello whose client wants a handoff, and the ticket in its yes, at 0 ms. */
function negotiated(): { readonly broker: BrokerState; readonly ticket: HandoffAttempt.HandoffTicket } {
  const request = { frame: helloFrame(WANTS_HANDOFF), peer: UNVERIFIED_PEER }
  const { state, value } = negotiate(POLICY, initialState(POLICY), request, { nowMs: 0, draws: drawsOf(7) })
  if (value._tag !== 'Negotiated') throw new Error('the small broker negotiates this Hello')
  return { broker: state, ticket: rightOf(HandoffAttempt.attemptable(value.reply)) }
}

function play(way: Way): End {
  const { broker, ticket } = negotiated()
  const begun = HandoffAttempt.begin({ ...ticket, serviceName: SERVICE, handleValue: 0n }, way.begunMs, 100)
  const backend = way.delivery === 'lost' || way.delivery === 'lostOrNot' ? [] : received(way, begun.offer)
  const sent = way.delivery === 'delivered'
    ? HandoffAttempt.delivered(begun)
    : HandoffAttempt.deliveryFailed(begun, 'EPIPE', way.delivery !== 'lost')
  const [first] = backend
  const ack = first === undefined || first._tag === 'NeedData' ? undefined : first.ack
  const arriving = cut((ack ?? new Uint8Array(0)).subarray(0, way.ackBytes), way.ackSizes)
  const answered = HandoffAttempt.pushEnd(arriving.reduce(HandoffAttempt.push, sent))
  const swept = way.isSweptBefore ? Deadlines.expire(broker, way.observedMs).state : broker
  return { ...settled(deepFreeze(swept), deepFreeze(answered), way.observedMs), backend }
}

/** The backend reads the offer; where it is repeated, it gets both before it reads the first. */
function received(way: Way, offer: Uint8Array): ReadonlyArray<ReceiverEvent> {
  const sideband = way.isSidebandRight ? TOKEN : token(8)
  const first = HandoffReceiver.begin(ACCEPTANCE, sideband, way.begunMs)
  const second = HandoffReceiver.begin(first.state, sideband, way.begunMs)
  const events: Array<ReceiverEvent> = []
  let acceptance = second.state
  for (const receiver of way.isOfferRepeated ? [first.value, second.value] : [first.value]) {
    const whole = cut(offer, way.offerSizes).reduce(HandoffReceiver.push, receiver)
    const { state, value } = HandoffReceiver.next(whole, acceptance, way.readMs)
    acceptance = state.acceptance
    events.push(value)
  }
  return events
}

/** What a host does with the events of an attempt: it asks the registry, and abandons what fell back (SPEC X9). */
function settled(broker: BrokerState, attempt: HandoffAttempt.HandoffAttempt, nowMs: number): Omit<End, 'backend'> {
  const { state, value: told } = HandoffAttempt.next(attempt, nowMs)
  if (told._tag === 'AckObserved') {
    const answer = Handoffs.acknowledge(broker, told.token, nowMs)
    return settled(answer.state, HandoffAttempt.acknowledged(state, answer.value), nowMs)
  }
  if (told._tag !== 'FellBack') return { broker, attempt: state, told }
  return { broker: Handoffs.abandon(broker, told.token).state, attempt: state, told }
}

const instant = fc.nat({ max: 240 }).map((halves) => halves / 2)
const anyWay: fc.Arbitrary<Way> = fc.record({
  delivery: fc.oneof(
    { weight: 6, arbitrary: fc.constant('delivered' as const) },
    { weight: 2, arbitrary: fc.constantFrom('lost' as const, 'lostOrNot' as const, 'lostOrNotButThere' as const) },
  ),
  isSidebandRight: mostly(true),
  isOfferRepeated: fc.boolean(),
  offerSizes: arbitraryChunkSizes(),
  begunMs: fc.nat({ max: 20 }).map((halves) => halves / 2),
  readMs: instant,
  ackBytes: fc.oneof({ weight: 4, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat({ max: 60 }) }),
  ackSizes: arbitraryChunkSizes(),
  observedMs: instant,
  isSweptBefore: mostly(false),
})

function mostly(usual: boolean): fc.Arbitrary<boolean> {
  return fc.nat({ max: 5 }).map((dice) => (dice === 0 ? !usual : usual))
}

const hasStream = (end: End): boolean => end.backend.some(({ _tag }) => _tag === 'Accepted')
const ownerOf = ({ told }: End): string => (told._tag === 'FellBack' || told._tag === 'Transferred' ? told.owner : told._tag)

describe('a handoff, both halves joined', () => {
  it('is transferred on a smooth way: the backend has the stream, and the client is told so (SPEC X1–X8)', () => {
    const end = play(SMOOTH)
    expect(end.backend.map(({ _tag }) => _tag)).toEqual(['Accepted'])
    if (end.told._tag !== 'Transferred') throw new Error(end.told._tag)
    expect(end.told.waitedMs).toBe(7)
    const { value } = Framing.next(Framing.push(Framing.framing(), end.told.ready))
    if (value._tag !== 'FrameBody') throw new Error(value._tag)
    const ready = rightOf(HandoffEnvelope.readHandoffFrame(value.body, HandoffEnvelope.READY_ENVELOPE))
    expect(ready.requestId).toBe(1n)
    expect(rightOf(decodeHandoffAck(ready.payload))).toEqual({
      token: tokenBytes(TOKEN), accepted: true, errorDetail: '', correlationId: 1n,
    })
  })

  it.each<[string, Partial<Way>, string, boolean]>([
    ['the socket was not sent', { delivery: 'lost' }, 'Broker', false],
    ['nobody knows whether the socket arrived, and it did not', { delivery: 'lostOrNot' }, 'Relinquished', false],
    ['nobody knows whether the socket arrived, and it did', { delivery: 'lostOrNotButThere' }, 'Relinquished', true],
    ['the backend was told another token', { isSidebandRight: false }, 'Broker', false],
    ['the backend reads the offer after its TTL', { readMs: 85, observedMs: 90 }, 'Broker', false],
    ['the ACK is lost', { ackBytes: 0 }, 'Relinquished', true],
    ['the ACK is cut short', { ackBytes: 20 }, 'Relinquished', true],
    ['the registry has already given it up', { observedMs: 100, isSweptBefore: true }, 'Relinquished', true],
    ['the registry\'s deadline has just come', { observedMs: 100 }, 'Relinquished', true],
    ['the ACK is observed after the deadline', { observedMs: 105.5 }, 'Relinquished', true],
  ])('falls back where %s (SPEC X8, A2, T5)', (_what, bumps, owner, has) => {
    const end = play({ ...SMOOTH, ...bumps })
    expect([end.told._tag, ownerOf(end), hasStream(end)]).toEqual(['FellBack', owner, has])
  })

  it('never leaves the stream with both, nor with the broker while the backend may have it (SPEC X8)', () => {
    const seen = new Set<string>()
    fc.assert(fc.property(anyWay, (way) => {
      const end = play(way)
      const owner = ownerOf(end)
      expect(['Backend', 'Broker', 'Relinquished']).toContain(owner)
      if (owner === 'Broker') expect(hasStream(end)).toBe(false)
      if (owner === 'Backend') expect(hasStream(end)).toBe(true)
      expect(end.backend.filter(({ _tag }) => _tag === 'Accepted').length).toBeLessThanOrEqual(1)
      seen.add(`${owner} ${hasStream(end)}`)
    }), { numRuns: 1_000 })
    expect([...seen].sort()).toEqual(['Backend true', 'Broker false', 'Relinquished false', 'Relinquished true'])
  })

  it('is transferred exactly where everything came in time, and whatever happens the token is spent (SPEC A2, A4, X9)', () => {
    fc.assert(fc.property(anyWay, (way) => {
      const end = play(way)
      const cameThrough = way.delivery === 'delivered' && way.isSidebandRight && way.readMs < way.begunMs + 80 && way.ackBytes > 57
      // The registry's clock started with the reply, at 0 ms, so its deadline is the first of the two.
      if (way.ackBytes > 57 || way.ackBytes < 30) expect(end.told._tag === 'Transferred').toBe(cameThrough && way.observedMs < 100)
      expect([TokenStore.pendingCount(end.broker.tokens), AckRegistry.pendingCount(end.broker.acks)]).toEqual([0, 0])
      expect(end.told._tag !== 'FellBack' || sameToken(end.told.token, TOKEN)).toBe(true)
      const again = HandoffAttempt.next(end.attempt, Infinity)
      expect(again.value).toEqual(end.told)
    }), { numRuns: 500 })
  })
})
