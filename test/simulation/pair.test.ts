/**
 * Client, broker and backend joined in memory, on virtual time: what each fault does to a life that would
 * otherwise end with the client handed over, and what holds of every life.
 */
import * as fc from 'fast-check'
import {
  arbitraryPairScenario, deepFreeze, endViolations, execute, faultName, forge, isHarmless, outcomeName, PAIR_FAULTS, type PairFault,
  type PairLife, type PairScenario, pairScenario, pairWorld, type PairWorld, runPair, SMOOTH_PAIR, stepPair, stepViolations,
  streamOwner, traceDigest, traceText,
} from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const HANDED_OVER = 'Connected HandlePassed'
const BY_ENDPOINT = 'Connected BrokerNegotiated'

function play(faults: ReadonlyArray<PairFault>, bumps: Partial<PairScenario> = {}): PairLife {
  return runPair({ ...SMOOTH_PAIR, faults, ...bumps })
}

/** What matters of a life, in order: what the client met with, how handoffs ended, what the backend declined. */
function storyOf({ world }: PairLife): ReadonlyArray<string> {
  return world.trace.flatMap(({ fact }) => {
    switch (fact._tag) {
      case 'Declined':
        return [`backend: ${fact.error}`]
      case 'HandoffEnded':
        return [`broker: ${fact.as}, ${fact.owner}`]
      case 'Happened':
        return [`client: ${fact.what}`]
      default:
        return []
    }
  })
}

function struckIn({ world }: PairLife): ReadonlyArray<string> {
  return world.trace.flatMap(({ fact }) => (fact._tag === 'Struck' ? [fact.fault] : []))
}

function issuedAndLeft({ world }: PairLife): ReadonlyArray<string> {
  return world.trace.flatMap(({ fact }) => (fact._tag === 'Issued' ? ['Issued'] : fact._tag === 'TokenLeft' ? [fact.how] : []))
}

/** The world of a scenario at the first moment that satisfies a predicate. */
function worldWhere(scenario: PairScenario, isIt: (world: PairWorld) => boolean): PairWorld {
  for (let world: PairWorld | undefined = pairWorld(scenario); world !== undefined; world = stepPair(world)) {
    if (isIt(world)) return world
  }
  throw new Error('the life is over, and that never was')
}

type Row = readonly [what: string, fault: PairFault, outcome: string, ...story: ReadonlyArray<string>]

const tampered = (message: 'Ack' | 'Hello' | 'Offer' | 'Ready' | 'Reply', how: Extract<PairFault, { _tag: 'Tampered' }>['how']): PairFault =>
  ({ _tag: 'Tampered', message, how })
const forged = (field: Extract<PairFault, { _tag: 'Forged' }>['field']): PairFault => ({ _tag: 'Forged', field })
const refusal = (code: number, retryAfterMs: bigint, times = 1): PairFault =>
  ({ _tag: 'Refusal', code, retryAfterMs, times, sharesProtocol: true })

const YES = 'client: Negotiated'
const TAKEN = 'broker: Transferred, Backend'
const TIMED_OUT = 'client: Reconnect ReadyTimedOut'
const CUT_OFF = 'client: Reconnect UnexpectedEnd'

const BROKER_ROWS: ReadonlyArray<Row> = [
  ['is not there (SPEC G7)', { _tag: 'BrokerDead' }, 'DirectPath', 'client: BrokerUnreachable'],
  ['never lets anybody in (SPEC G9)', { _tag: 'BrokerSilent', phase: 'Connecting' }, 'DirectPath', 'client: TimedOut Connecting'],
  ['says nothing (SPEC G9)', { _tag: 'BrokerSilent', phase: 'AwaitingReply' }, 'DirectPath', TAKEN, 'client: TimedOut AwaitingReply'],
  ['stops halfway (SPEC G9)', { _tag: 'BrokerSilent', phase: 'MidReply' }, 'DirectPath', TAKEN, 'client: TimedOut AwaitingReply'],
  ['says yes and nothing more (SPEC G10)', { _tag: 'BrokerSilent', phase: 'AfterReply' }, BY_ENDPOINT,
    YES, 'broker: NoAckInTime, Relinquished', TIMED_OUT],
  ['cannot write its reply (DIV-T2)', { _tag: 'ReplyUnwritable' }, 'DirectPath', 'client: Broken UnexpectedEnd'],
  ['serves another user (SPEC C1)', { _tag: 'PeerRejected' }, 'DirectPath', 'client: Broken UnexpectedEnd'],
  ['does not know the service (SPEC G8, L1)', { _tag: 'ServiceUnknown' }, 'GaveUp Final', 'client: Refused ServiceUnknown'],
  ['blocks the version, and the client has no other (SPEC V1, G15)', { _tag: 'VersionBlocked' }, 'GaveUp NoVersionLeft',
    'client: Refused VersionBlocked'],
  ['limits the client, which comes back when it may (SPEC R5, G15)', { _tag: 'PeerLimited' }, HANDED_OVER,
    'client: Refused RateLimited', TAKEN, YES],
  ['has no room for a token (SPEC N6, T3)', { _tag: 'TokenStoreFull' }, BY_ENDPOINT, YES],
  ['draws a pending token once (SPEC T2)', { _tag: 'DrawsCollideOnce' }, HANDED_OVER, YES, TAKEN],
  ['draws nothing but pending tokens (SPEC N6, T3)', { _tag: 'DrawsCollide' }, BY_ENDPOINT, YES],
  ['has no random source (SPEC N6, T3)', { _tag: 'DrawsRunOut' }, BY_ENDPOINT, YES],
]

const REPLY_ROWS: ReadonlyArray<Row> = [
  ['cut short (SPEC G5, F5)', tampered('Reply', { _tag: 'Truncated', at: 30 }), 'DirectPath', 'client: Broken UnexpectedEnd', TAKEN],
  ['garbled (SPEC G5, F2)', tampered('Reply', { _tag: 'Garbled', at: 0, bit: 1 }), 'DirectPath', 'client: Broken UnsupportedFraming', TAKEN],
  ['lost, so that the ready frame is read for it (SPEC G5)', tampered('Reply', { _tag: 'Lost' }), 'DirectPath',
    TAKEN, 'client: Broken UnexpectedFrameKind'],
  ['said twice, so that the second is read for the ready frame (SPEC G10, X2)', tampered('Reply', { _tag: 'Duplicated' }), BY_ENDPOINT,
    YES, 'client: Reconnect UnexpectedFrameKind', TAKEN],
  ['trickling (SPEC G5)', tampered('Reply', { _tag: 'Trickled', everyMs: 0.5 }), HANDED_OVER, TAKEN, YES],
  ['trickling too slowly (SPEC G9)', tampered('Reply', { _tag: 'Trickled', everyMs: 20 }), 'DirectPath', TAKEN, 'client: TimedOut AwaitingReply'],
  ['too late (SPEC G9)', tampered('Reply', { _tag: 'Late', byMs: 700 }), 'DirectPath', TAKEN, 'client: TimedOut AwaitingReply'],
  ['to another request (DIV-G1)', forged('ReplyRequestId'), 'DirectPath', 'client: Broken RequestIdMismatch', TAKEN],
  ['in a protocol that was not offered (DIV-G1)', forged('ReplyProtocol'), 'DirectPath', 'client: Broken ProtocolNotOffered', TAKEN],
  ['with a token too short (DIV-G1)', forged('ReplyTokenShort'), 'DirectPath', 'client: Broken InvalidTokenLength', TAKEN],
  ['with a token too long (DIV-G1)', forged('ReplyTokenLong'), 'DirectPath', 'client: Broken InvalidTokenLength', TAKEN],
  ['without an endpoint, which the handoff makes good (SPEC G6)', forged('ReplyNoEndpoint'), HANDED_OVER, YES, TAKEN],
  ['without a result (SPEC G5)', forged('ReplyNoResult'), 'DirectPath', 'client: Broken MissingResult', TAKEN],
  ['of another kind (SPEC G5)', forged('ReplyKind'), 'DirectPath', 'client: Broken UnexpectedFrameKind', TAKEN],
]

const REFUSAL_ROWS: ReadonlyArray<Row> = [
  ['limited, with a hint that can be waited for (SPEC G15)', refusal(4, 250n, 2), HANDED_OVER,
    'client: Refused RateLimited', 'client: Refused RateLimited', YES, TAKEN],
  ['limited for ever (SPEC G15)', refusal(4, 10n, Infinity), 'GaveUp AttemptsExhausted',
    'client: Refused RateLimited', 'client: Refused RateLimited', 'client: Refused RateLimited', 'client: Refused RateLimited'],
  ['a hint of a minute, which is too far (SPEC G15)', refusal(4, 60_000n), 'GaveUp RetryTooFar', 'client: Refused RateLimited'],
  ['a hint of 2^64 − 1 ms (DIV-G2)', refusal(4, (1n << 64n) - 1n), 'GaveUp RetryTooFar', 'client: Refused RateLimited'],
  ['shutting down (SPEC G8, G15)', refusal(5, 0n), HANDED_OVER, 'client: Refused ShuttingDown', TAKEN, YES],
  ['a spawn that failed (DIV-G2)', refusal(3, 0n), HANDED_OVER, 'client: Refused Other', TAKEN, YES],
  ['a code that nobody knows (DIV-G2)', refusal(99, 0n), 'GaveUp Final', 'client: Refused Other'],
  ['a rejected peer (SPEC G8)', refusal(6, 0n), 'GaveUp Final', 'client: Refused Other'],
  ['an unknown service (SPEC G8)', refusal(2, 0n), 'GaveUp Final', 'client: Refused ServiceUnknown'],
  ['a blocked version (SPEC G8)', refusal(8, 30_000n, Infinity), 'GaveUp NoVersionLeft', 'client: Refused VersionBlocked'],
  ['no protocol in common (DIV-G2)', { _tag: 'Refusal', code: 1, retryAfterMs: 0n, times: Infinity, sharesProtocol: false },
    'GaveUp NoCommonProtocol', 'client: Refused VersionUnsupported'],
]

const HELLO_ROWS: ReadonlyArray<Row> = [
  ['is cut short (SPEC C4)', tampered('Hello', { _tag: 'Truncated', at: 20 }), 'GaveUp Final', 'client: Refused Other'],
  ['is garbled in its first byte (SPEC C4)', tampered('Hello', { _tag: 'Garbled', at: 0, bit: 0 }), 'GaveUp NoVersionLeft',
    'client: Refused VersionUnsupported'],
  ['trickles (SPEC C7)', tampered('Hello', { _tag: 'Trickled', everyMs: 0.5 }), HANDED_OVER, YES, TAKEN],
  ['trickles too slowly (SPEC C7)', tampered('Hello', { _tag: 'Trickled', everyMs: 20 }), 'GaveUp Final', 'client: Refused Other'],
  ['is said twice (SPEC C3)', tampered('Hello', { _tag: 'Duplicated' }), HANDED_OVER, YES, TAKEN],
  ['is late (SPEC C7)', tampered('Hello', { _tag: 'Late', byMs: 700 }), 'GaveUp Final', 'client: Refused Other'],
]

const BACKEND_ROWS: ReadonlyArray<Row> = [
  ['is dead (SPEC X8, G7)', { _tag: 'BackendDead' }, 'DirectPath',
    'broker: DeliveryFailed, Broker', YES, CUT_OFF, 'client: BackendUnreachable'],
  ['dies with the socket in its hand (SPEC X8)', { _tag: 'BackendCrashes', when: 'Offered' }, 'DirectPath',
    YES, 'broker: UnexpectedEnd, Relinquished', CUT_OFF, 'client: BackendUnreachable'],
  ['dies before it can say that it has accepted (SPEC X8)', { _tag: 'BackendCrashes', when: 'Accepted' }, 'DirectPath',
    YES, 'broker: UnexpectedEnd, Relinquished', CUT_OFF, 'client: BackendUnreachable'],
  ['says nothing (SPEC X8, A5)', { _tag: 'BackendSilent' }, BY_ENDPOINT,
    YES, 'broker: NoAckInTime, Relinquished', 'backend: UnexpectedEnd', CUT_OFF],
  ['was told another token, and refuses (SPEC X8, T8)', { _tag: 'SidebandMismatch' }, BY_ENDPOINT,
    YES, 'backend: TokenMismatch', 'broker: BackendRefused, Broker', CUT_OFF],
  ['expects no more tokens, and refuses (SPEC X8, T8)', { _tag: 'AcceptanceFull' }, BY_ENDPOINT,
    YES, 'backend: TokenNotPending', 'broker: BackendRefused, Broker', CUT_OFF],
  ['greets before the broker\'s word is there (SPEC G10)', { _tag: 'BackendSpeaksFirst' }, BY_ENDPOINT,
    YES, 'client: Reconnect UnsupportedFraming', TAKEN],
  ['is offered one stream twice, and takes it once (SPEC T4, T8)', { _tag: 'OfferReplayed' }, HANDED_OVER, YES, TAKEN, 'backend: TokenNotPending'],
  ['cannot be sent the socket (SPEC X8)', { _tag: 'DeliveryFails' }, BY_ENDPOINT, 'broker: DeliveryFailed, Broker', YES, CUT_OFF],
  ['may have been sent the socket, and was (SPEC X8)', { _tag: 'DeliveryUnclear', arrives: true }, BY_ENDPOINT,
    'broker: DeliveryFailed, Relinquished', YES, TIMED_OUT],
  ['may have been sent the socket, and was not (SPEC X8)', { _tag: 'DeliveryUnclear', arrives: false }, BY_ENDPOINT,
    'broker: DeliveryFailed, Relinquished', YES, CUT_OFF],
]

const OFFER_ROWS: ReadonlyArray<Row> = [
  ['cut short (SPEC X3, F5)', tampered('Offer', { _tag: 'Truncated', at: 20 }), BY_ENDPOINT,
    YES, 'backend: UnexpectedEnd', 'broker: UnexpectedEnd, Relinquished', CUT_OFF],
  ['garbled (SPEC X3)', tampered('Offer', { _tag: 'Garbled', at: 0, bit: 3 }), BY_ENDPOINT,
    YES, 'backend: UnsupportedFraming', 'broker: UnexpectedEnd, Relinquished', CUT_OFF],
  ['too late (SPEC A5, X8)', tampered('Offer', { _tag: 'Late', byMs: 700 }), BY_ENDPOINT,
    YES, 'broker: NoAckInTime, Relinquished', 'backend: OfferDeadlineExceeded', CUT_OFF],
  ['trickling (SPEC X3)', tampered('Offer', { _tag: 'Trickled', everyMs: 0.5 }), HANDED_OVER, YES, TAKEN],
  ['said twice in one breath (SPEC X3)', tampered('Offer', { _tag: 'Duplicated' }), HANDED_OVER, YES, TAKEN],
]

const ACK_ROWS: ReadonlyArray<Row> = [
  ['lost (SPEC X8, A5)', tampered('Ack', { _tag: 'Lost' }), BY_ENDPOINT, YES, 'broker: NoAckInTime, Relinquished', TIMED_OUT],
  ['cut short (SPEC X5, X8)', tampered('Ack', { _tag: 'Truncated', at: 10 }), BY_ENDPOINT, YES, 'broker: UnexpectedEnd, Relinquished', TIMED_OUT],
  ['garbled (SPEC X5, X8)', tampered('Ack', { _tag: 'Garbled', at: 0, bit: 7 }), BY_ENDPOINT,
    YES, 'broker: UnsupportedFraming, Relinquished', TIMED_OUT],
  ['said twice (SPEC A3)', tampered('Ack', { _tag: 'Duplicated' }), HANDED_OVER, YES, TAKEN],
  ['trickling (SPEC X5)', tampered('Ack', { _tag: 'Trickled', everyMs: 0.5 }), HANDED_OVER, YES, TAKEN],
  ['late, but in time (SPEC A2)', tampered('Ack', { _tag: 'Late', byMs: 10 }), HANDED_OVER, YES, TAKEN],
  ['too late (SPEC A5, X8)', tampered('Ack', { _tag: 'Late', byMs: 700 }), BY_ENDPOINT, YES, 'broker: NoAckInTime, Relinquished', TIMED_OUT],
  ['for another token (SPEC X5)', forged('AckToken'), BY_ENDPOINT, YES, 'broker: AckTokenMismatch, Relinquished', TIMED_OUT],
  ['for another connection (SPEC X5)', forged('AckCorrelationId'), BY_ENDPOINT, YES, 'broker: AckCorrelationMismatch, Relinquished', TIMED_OUT],
  ['under another request id (SPEC X5)', forged('AckRequestId'), BY_ENDPOINT, YES, 'broker: AckRequestIdMismatch, Relinquished', TIMED_OUT],
  ['1 ms before the deadline (SPEC A2)', { _tag: 'AckAtDeadline', offsetMs: -1 }, HANDED_OVER, YES, TAKEN],
  ['at the very deadline (SPEC A2, X5)', { _tag: 'AckAtDeadline', offsetMs: 0 }, BY_ENDPOINT,
    YES, 'broker: AckDeadlineExceeded, Relinquished', TIMED_OUT],
  ['1 ms after the deadline (SPEC A5)', { _tag: 'AckAtDeadline', offsetMs: 1 }, BY_ENDPOINT, YES, 'broker: NoAckInTime, Relinquished', TIMED_OUT],
]

const READY_ROWS: ReadonlyArray<Row> = [
  ['lost (SPEC G10, X8)', tampered('Ready', { _tag: 'Lost' }), BY_ENDPOINT, YES, TAKEN, TIMED_OUT],
  ['too late (SPEC G10)', tampered('Ready', { _tag: 'Late', byMs: 700 }), BY_ENDPOINT, YES, TAKEN, TIMED_OUT],
  ['late, but in time (SPEC G10)', tampered('Ready', { _tag: 'Late', byMs: 10 }), HANDED_OVER, YES, TAKEN],
  ['cut short (SPEC G10)', tampered('Ready', { _tag: 'Truncated', at: 7 }), BY_ENDPOINT, YES, TAKEN, CUT_OFF],
  ['garbled (SPEC G10)', tampered('Ready', { _tag: 'Garbled', at: 0, bit: 2 }), BY_ENDPOINT, YES, TAKEN, 'client: Reconnect UnsupportedFraming'],
  ['with another token (SPEC G10)', forged('ReadyToken'), BY_ENDPOINT, YES, TAKEN, 'client: Reconnect ReadyTokenMismatch'],
  ['saying no (SPEC G10)', forged('ReadyRefused'), BY_ENDPOINT, YES, TAKEN, 'client: Reconnect HandoffRefused'],
  ['trickling (SPEC G10)', tampered('Ready', { _tag: 'Trickled', everyMs: 0.5 }), HANDED_OVER, YES, TAKEN],
  ['said twice: the second is read for the backend\'s first word (SPEC G10, G13)', tampered('Ready', { _tag: 'Duplicated' }), 'DirectPath',
    YES, TAKEN, 'client: BackendUnreachable'],
]

const CLIENT_ROWS: ReadonlyArray<Row> = [
  ['before it is connected (SPEC C4)', { _tag: 'ClientVanishes', at: 'Connecting' }, 'Vanished'],
  ['halfway through its Hello (SPEC C4)', { _tag: 'ClientVanishes', at: 'MidHello' }, 'Vanished'],
  ['before the reply (DIV-T2)', { _tag: 'ClientVanishes', at: 'AwaitingReply' }, 'Vanished'],
  ['before the ready frame (SPEC X8)', { _tag: 'ClientVanishes', at: 'Adopting' }, 'Vanished', YES, TAKEN],
  ['once it has been handed over (SPEC G10)', { _tag: 'ClientVanishes', at: 'Asking' }, 'Vanished', YES, TAKEN],
  ['never, but the backend\'s clock jumps back (DIV-R2)', { _tag: 'ClockJumpsBack', who: 'Backend' }, HANDED_OVER, YES, TAKEN],
  ['never, but the broker\'s clock jumps back (DIV-R2)', { _tag: 'ClockJumpsBack', who: 'Broker' }, HANDED_OVER, YES, TAKEN],
  ['never, but its own clock jumps back (DIV-R2)', { _tag: 'ClockJumpsBack', who: 'Client' }, HANDED_OVER, YES, TAKEN],
  ['never, but the broker\'s clock stalls (DIV-R2)', { _tag: 'ClockStalls', who: 'Broker' }, HANDED_OVER, YES, TAKEN],
]

const GROUPS: Readonly<Record<string, ReadonlyArray<Row>>> = {
  'a broker that': BROKER_ROWS,
  'a reply that is': REPLY_ROWS,
  'a refusal for': REFUSAL_ROWS,
  'a Hello that': HELLO_ROWS,
  'a backend that': BACKEND_ROWS,
  'an offer that comes': OFFER_ROWS,
  'an ACK that comes': ACK_ROWS,
  'a ready frame that comes': READY_ROWS,
  'a client that vanishes': CLIENT_ROWS,
}

for (const [group, rows] of Object.entries(GROUPS)) {
  describe(group, () => {
    for (const [name, fault, outcome, ...story] of rows) {
      it(name, () => {
        const life = play([fault])
        expect(life.violations).toEqual([])
        expect(struckIn(life)).toContain(faultName(fault))
        expect([outcomeName(life.outcome), ...storyOf(life)]).toEqual([outcome, ...story])
      })
    }
  })
}

describe('a life without a fault', () => {
  it('ends with the client handed over, and the token acknowledged (SPEC G10, X1–X8)', () => {
    const life = play([])
    expect(life.violations).toEqual([])
    expect(life.outcome).toEqual({ _tag: 'Connected', route: 'HandlePassed', endpoint: '/run/zccache.sock' })
    expect(storyOf(life)).toEqual([YES, TAKEN])
    expect(issuedAndLeft(life)).toEqual(['Issued', 'Acknowledged'])
  })

  it.each<[string, Partial<PairScenario['client']>, string]>([
    ['the client does not take what it is handed (SPEC G10)', { adopts: false }, BY_ENDPOINT],
    ['the client does not offer to be handed over (SPEC N6, X7)', { offersHandoff: false }, BY_ENDPOINT],
    ['the client remembers the endpoint (SPEC G4)', { remembers: 'Right' }, 'Connected HelloSkip'],
    ['what the client remembers is stale (SPEC G4)', { remembers: 'Stale' }, HANDED_OVER],
  ])('ends connected where %s', (_what, bumps, outcome) => {
    const life = play([], { client: { ...SMOOTH_PAIR.client, ...bumps } })
    expect([outcomeName(life.outcome), ...life.violations]).toEqual([outcome])
  })

  it('passes the stream from the broker through the offer to the backend, and never has it twice (SPEC X8)', () => {
    const owners: Array<string> = []
    for (let world: PairWorld | undefined = pairWorld(SMOOTH_PAIR); world !== undefined; world = stepPair(world)) {
      const owner = world.links.has('hello-1') ? streamOwner(world, 'hello-1') : 'Closed'
      if (owners.at(-1) !== owner) owners.push(owner)
    }
    expect(owners).toEqual(['Closed', 'Broker', 'InFlight', 'Backend'])
  })
})

describe('a token', () => {
  it('is taken back at once where the reply could not be written (DIV-T2)', () => {
    const life = play([{ _tag: 'ReplyUnwritable' }])
    const [issued, left] = life.world.trace.filter(({ fact }) => fact._tag === 'Issued' || fact._tag === 'TokenLeft')
    expect(issuedAndLeft(life)).toEqual(['Issued', 'Abandoned'])
    expect(left?.atMs).toBe(issued?.atMs)
  })

  it('may be consumed without the ACK being lost, and then no more (SPEC T4, A3)', () => {
    const life = play([{ _tag: 'TokenTouched', operation: 'Consume', afterMs: 0 }, { _tag: 'TokenTouched', operation: 'Consume', afterMs: 0 }])
    expect(issuedAndLeft(life)).toEqual(['Issued', 'Consumed', 'Acknowledged'])
    expect(outcomeName(life.outcome)).toBe(HANDED_OVER)
  })

  it('leaves once, whatever is done to it and when: ACK, expiry, consume, abandon (SPEC A2–A4, T4)', () => {
    const operations = ['Abandon', 'Acknowledge', 'Consume', 'Sweep'] as const
    const ends = new Set<string>()
    for (const operation of operations) {
      for (let afterMs = 0; afterMs <= 60; afterMs += 0.5) {
        for (const offsetMs of [-1, 0, 1]) {
          const life = play([{ _tag: 'TokenTouched', operation, afterMs }, { _tag: 'AckAtDeadline', offsetMs }], { timersFirst: afterMs % 1 > 0 })
          expect(life.violations).toEqual([])
          ends.add(`${operation}: ${issuedAndLeft(life).join(' ')}`)
        }
      }
    }
    expect([...ends].sort()).toEqual([
      'Abandon: Issued Abandoned', 'Abandon: Issued Acknowledged', 'Abandon: Issued Overdue',
      'Acknowledge: Issued Abandoned', 'Acknowledge: Issued Acknowledged', 'Acknowledge: Issued Overdue',
      'Consume: Issued Abandoned', 'Consume: Issued Acknowledged', 'Consume: Issued Consumed Abandoned',
      'Consume: Issued Consumed Acknowledged', 'Consume: Issued Consumed Overdue', 'Consume: Issued Overdue',
      'Sweep: Issued Abandoned', 'Sweep: Issued Acknowledged', 'Sweep: Issued Overdue',
    ])
  })

  it.each([true, false])('counts as overdue at its very deadline, whichever is seen first, timer or ACK: %s (SPEC A2, A5)', (timersFirst) => {
    const life = play([{ _tag: 'AckAtDeadline', offsetMs: 0 }], { timersFirst })
    expect(life.violations).toEqual([])
    expect(outcomeName(life.outcome)).toBe(BY_ENDPOINT)
    expect(issuedAndLeft(life)).toEqual(['Issued', timersFirst ? 'Abandoned' : 'Overdue'])
  })
})

describe('a client that tries again', () => {
  it('finds another version where its own is blocked (SPEC V1, G15)', () => {
    const life = play([{ _tag: 'VersionBlocked' }], { client: { ...SMOOTH_PAIR.client, hasAlternatives: true } })
    expect(life.violations).toEqual([])
    expect([outcomeName(life.outcome), ...storyOf(life)]).toEqual([HANDED_OVER, 'client: Refused VersionBlocked', TAKEN, YES])
  })

  it('waits for the limiter\'s own hint, not a moment less (SPEC R5, G15)', () => {
    const attempts = play([{ _tag: 'PeerLimited' }]).world.trace.filter(({ fact }) => fact._tag === 'Attempted')
    expect(attempts.map(({ atMs }) => atMs >= 500)).toEqual([false, true])
  })

  it('may vanish while it waits, and leaves nothing behind (SPEC G15)', () => {
    const life = play([{ _tag: 'PeerLimited' }, { _tag: 'ClientVanishes', at: 'Waiting' }])
    expect([outcomeName(life.outcome), ...storyOf(life), ...life.violations]).toEqual(['Vanished', 'client: Refused RateLimited'])
  })

  it('ends up connected once broker and backend are themselves again, if it keeps trying (SPEC G15)', () => {
    const passing: ReadonlyArray<PairFault> = [
      { _tag: 'BrokerDead' }, { _tag: 'ReplyUnwritable' }, forged('ReplyRequestId'), forged('ReplyProtocol'), forged('ReplyTokenShort'),
      ...(['AwaitingReply', 'Connecting', 'MidReply'] as const).map((phase) => ({ _tag: 'BrokerSilent', phase }) as const),
      tampered('Reply', { _tag: 'Truncated' }), tampered('Reply', { _tag: 'Lost' }), tampered('Reply', { _tag: 'Late', byMs: 700 }),
    ]
    const client = { ...SMOOTH_PAIR.client, isPersistent: true }
    fc.assert(fc.property(fc.nat(), fc.constantFrom(...passing), fc.constantFrom(1, 2, 3), (seed, fault, healsAfter) => {
      const life = play([fault], { seed, healsAfter, client })
      expect(life.violations).toEqual([])
      expect(outcomeName(life.outcome)).toBe(HANDED_OVER)
      expect(life.world.client.helloCount).toBe(healsAfter + 1)
    }))
  })
})

describe('every life', () => {
  it('keeps every law, whatever goes wrong, three things at once too (SPEC G1–G10, X1–X9, A2–A4, T4, T8)', () => {
    fc.assert(fc.property(arbitraryPairScenario(), (scenario) => {
      expect(runPair(scenario).violations).toEqual([])
    }), { numRuns: 600 })
  })

  it('is the same for the same seed, byte for byte, and another for another', () => {
    fc.assert(fc.property(arbitraryPairScenario(), (scenario) => {
      const [once, again] = [runPair(scenario), runPair(scenario)]
      expect(traceText(again.world.trace)).toBe(traceText(once.world.trace))
      expect(again.world.stepCount).toBe(once.world.stepCount)
    }), { numRuns: 60 })
    const digests = Array.from({ length: 40 }, (_, seed) => traceDigest(play([], { seed }).world.trace))
    expect(new Set(digests).size).toBe(40)
  })

  it('ends the same however messages are cut (SPEC G5, X3, X5)', () => {
    fc.assert(fc.property(arbitraryPairScenario(), (scenario) => {
      // At the very deadline an ACK and its expiry are due at once, and which comes first is the world's to say.
      fc.pre(!scenario.faults.some((fault) => fault._tag === 'AckAtDeadline' && fault.offsetMs === 0))
      const [whole, ...others] = (['Whole', 'Bytewise', 'Seeded'] as const).map((sizes) => {
        const { world } = runPair({ ...scenario, cutting: { sizes, pace: 'Burst' } })
        return traceText(world.trace.filter(({ fact }) => fact._tag !== 'Came' || fact.input !== 'Bytes'))
      })
      for (const other of others) expect(other).toBe(whole)
    }), { numRuns: 100 })
  })

  it('is made of worlds that nothing changes, each of which can be gone on from again', () => {
    fc.assert(fc.property(arbitraryPairScenario(), (scenario) => {
      let world = deepFreeze(pairWorld(scenario))
      for (let i = 0; i < 60; i += 1) {
        const next = stepPair(world)
        if (next === undefined) break
        // Queues of bytes share their buffers, so what they hold is compared by what comes of it.
        expect(traceText(stepPair(world)?.trace ?? [])).toBe(traceText(next.trace))
        world = deepFreeze(next)
      }
      expect(traceText(world.trace)).toBe(traceText(runPair(scenario).world.trace.slice(0, world.trace.length)))
    }), { numRuns: 20 })
  })

  it('keeps every law wherever a message is cut short (SPEC F5, C4, X8, G10)', () => {
    for (const message of ['Hello', 'Reply', 'Offer', 'Ack', 'Ready'] as const) {
      for (let at = 0; at < 72; at += 1) {
        expect([at, message, ...play([tampered(message, { _tag: 'Truncated', at })]).violations]).toEqual([at, message])
      }
    }
  })

  it('keeps every law whichever bit of a message is flipped, and connects where an offer or an ACK was hurt (SPEC X8, G10)', () => {
    const failed: Array<string> = []
    for (const message of ['Hello', 'Reply', 'Offer', 'Ack', 'Ready'] as const) {
      for (let i = 0; i < 72 * 8; i += 1) {
        const life = play([tampered(message, { _tag: 'Garbled', at: i >> 3, bit: i & 7 })])
        failed.push(...life.violations.map(({ law, detail }) => `${message} bit ${i}: ${law}: ${detail}`))
      }
    }
    expect(failed).toEqual([])
  }, 120_000)
})

describe('the fixed campaign', () => {
  const focused = PAIR_FAULTS.flatMap((fault, i) => [0, 1, 2].map((turn): PairScenario =>
    ({ ...pairScenario(1_000 * turn + i), faults: [fault], healsAfter: Infinity })))
  const smooth = PAIR_FAULTS.map((fault): PairScenario => ({ ...SMOOTH_PAIR, faults: [fault] }))
  const swarm = Array.from({ length: 300 }, (_, seed) => pairScenario(seed))
  const special: ReadonlyArray<PairScenario> = [
    { ...SMOOTH_PAIR, faults: [{ _tag: 'PeerLimited' }, { _tag: 'ClientVanishes', at: 'Waiting' }] },
    { ...SMOOTH_PAIR, faults: [{ _tag: 'ClientVanishes', at: 'Dialling' }], client: { ...SMOOTH_PAIR.client, adopts: false } },
    { ...SMOOTH_PAIR, faults: [forged('ReplyNoEndpoint'), { _tag: 'DrawsRunOut' }] },
    { ...SMOOTH_PAIR, faults: [forged('ReplyNoEndpoint'), tampered('Ready', { _tag: 'Lost' })] },
  ]
  const lives = [...focused, ...smooth, ...swarm, ...special].map(runPair)

  it('breaks no law', () => {
    expect(lives.flatMap(({ violations, world }) => violations.map((violation) => ({ ...violation, of: world.scenario })))).toEqual([])
  })

  it('has every fault take effect', () => {
    const struck = new Set(lives.flatMap(struckIn))
    expect(PAIR_FAULTS.map(faultName).filter((name) => !struck.has(name))).toEqual([])
  })

  it('tells all faults apart, and has harmless and harmful ones', () => {
    expect(new Set(PAIR_FAULTS.map(faultName)).size).toBe(PAIR_FAULTS.length)
    expect(new Set(PAIR_FAULTS.map(isHarmless))).toEqual(new Set([true, false]))
  })

  it('comes to every outcome', () => {
    expect([...new Set(lives.map(({ outcome }) => outcomeName(outcome)))].sort()).toEqual([
      'Connected BrokerNegotiated', 'Connected HandlePassed', 'Connected HelloSkip', 'DirectPath', 'GaveUp AttemptsExhausted',
      'GaveUp EmptyBackendPipe', 'GaveUp Final', 'GaveUp NoCommonProtocol', 'GaveUp NoVersionLeft', 'GaveUp RetryTooFar', 'Vanished',
    ])
  })

  it('comes to every owner after a handoff, and every way for a token to leave (SPEC X8, A2–A5)', () => {
    const facts = lives.flatMap(({ world }) => world.trace.map(({ fact }) => fact))
    const owners = facts.flatMap((fact) => (fact._tag === 'HandoffEnded' ? [fact.owner] : []))
    const ways = facts.flatMap((fact) => (fact._tag === 'TokenLeft' ? [fact.how] : []))
    expect([...new Set(owners)].sort()).toEqual(['Backend', 'Broker', 'Relinquished'])
    expect([...new Set(ways)].sort()).toEqual(['Abandoned', 'Acknowledged', 'Consumed', 'Overdue'])
  })

  it('meets with every kind of failure that a client knows (SPEC G5–G10)', () => {
    const met = new Set(lives.flatMap(storyOf).filter((line) => line.startsWith('client: ')).map((line) => line.slice('client: '.length)))
    const expected = [
      'BackendUnreachable', 'Broken DecodeError', 'Broken EmptyBackendPipe', 'Broken InvalidTokenLength', 'Broken MissingResult',
      'Broken ProtocolNotOffered', 'Broken RequestIdMismatch', 'Broken UnexpectedEnd', 'Broken UnexpectedFrameKind', 'BrokerUnreachable',
      'Negotiated', 'Reconnect HandoffRefused', 'Reconnect ReadyTimedOut', 'Reconnect ReadyTokenMismatch', 'Reconnect UnexpectedEnd',
      'Reconnect UnexpectedFrameKind', 'Reconnect UnsupportedFraming', 'Refused Other', 'Refused RateLimited', 'Refused ServiceUnknown',
      'Refused ShuttingDown', 'Refused VersionBlocked', 'Refused VersionUnsupported', 'TimedOut AwaitingReply', 'TimedOut Connecting',
    ]
    expect(expected.filter((what) => !met.has(what))).toEqual([])
  })
})

describe('the laws', () => {
  const isServed = ({ backend }: PairWorld): boolean => backend.serving.has('hello-1')
  const served = worldWhere(SMOOTH_PAIR, isServed)
  const lawsOf = (violations: PairLife['violations']): ReadonlyArray<string> => violations.map(({ law }) => law)

  it('would see a stream with two owners (SPEC X8)', () => {
    const streams = new Map([['hello-1', { _tag: 'Kept' } as const]])
    const both = { ...served, broker: { ...served.broker, streams } }
    expect(streamOwner(both, 'hello-1')).toBe('Both')
    expect(lawsOf(stepViolations(served, both))).toContain('the stream has exactly one owner (SPEC X8)')
  })

  it('would see a stream that nobody has, and a copy that nobody will close (SPEC X8)', () => {
    const nobody = { ...served, broker: { ...served.broker, streams: new Map() }, backend: { ...served.backend, serving: new Map() } }
    expect(streamOwner(nobody, 'hello-1')).toBe('Nobody')
    expect(lawsOf(stepViolations(served, nobody))).toEqual([
      'the stream has exactly one owner (SPEC X8)',
      'every open copy of a stream has somebody who will close it (SPEC X8)', 'every open copy of a stream has somebody who will close it (SPEC X8)',
    ])
  })

  it('would see time run backwards, and an outcome that changes', () => {
    const { world: over } = play([])
    const again = { ...over, client: { ...over.client, phase: { _tag: 'Ended', outcome: { _tag: 'Vanished' } } } } as const
    expect(lawsOf(stepViolations(over, { ...over, nowMs: 0 }))).toEqual(['time never runs backwards'])
    expect(lawsOf(stepViolations(over, again))).toEqual(['an outcome is final'])
  })

  it('would see a life broken off, a link left open, and a client that should have been connected (SPEC G9, G10)', () => {
    expect(lawsOf(endViolations(served))).toEqual([
      'the client has exactly one outcome',
      'the outcome comes in bounded time and steps (SPEC G9)',
      'a token leaves the registry once, and is consumed at most once, before that (SPEC A2–A5)',
      'nothing is pending once all deadlines are past (SPEC A5, T6)',
      'nothing stays open but the link of a connected client (SPEC X8)', 'nothing stays open but the link of a connected client (SPEC X8)',
      'a client whose broker and backend are sound ends up connected (SPEC G10)',
    ])
  })

  it('would see a token accepted twice, and an attempt before its time (SPEC T4, G15)', () => {
    const { world } = play([{ _tag: 'PeerLimited' }])
    const accepted = world.trace.find(({ fact }) => fact._tag === 'Accepted')
    const twice = { ...world, trace: [...world.trace, ...(accepted === undefined ? [] : [accepted])] }
    expect(lawsOf(endViolations(twice))).toContain('a token is accepted at most once (SPEC T4, T8)')
    const hurried = world.trace.map((event) => (event.fact._tag === 'Attempted' ? { ...event, atMs: 20 } : event))
    expect(lawsOf(endViolations({ ...world, trace: hurried }))).toEqual(['no attempt is made before its time (SPEC G15)'])
  })
})

describe('the world', () => {
  it('does nothing with what it does not know: a link, a message that cannot be forged', () => {
    const world = pairWorld(SMOOTH_PAIR)
    expect(execute(world, 'Client', { _tag: 'Close', link: 'nowhere' })).toBe(world)
    expect(execute(world, 'Client', { _tag: 'Write', link: 'nowhere', message: 'Hello', bytes: new Uint8Array(1) })).toBe(world)
    const noise = Uint8Array.of(1, 2, 3)
    expect(forge('ReplyKind', noise)).toBe(noise)
  })
})
