/**
 * The test of a broker, held against brokers that are wrong in one thing each: it tells them so, under the row that
 * says otherwise, and under no other.
 */
import { CAP_HANDLE_PASSING, isVersion, type NegotiationError, type Outcome, refusedOutcome } from 'hello-negotiation'
import { type ConformanceReport, type Differed, rowsOf, type Thoroughness, verdictOnRow } from 'hello-negotiation/testing'
import {
  decodeFrame, decodeHello, decodeHelloReply, encodeFramed, encodeHello, encodeHelloReply, type Frame, type Hello, type HelloReply,
  type Negotiated, type Refused,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { rightOf } from '../support/negotiate.js'
import {
  answersWhole, brokerOf, framed, frameIn, named, policyOf, type Reaction, refusal, resultsOf, SERVICES, type Session, type Spoiling, type TestBroker, testInMemory,
} from './support.js'

const POLICY = policyOf()

/** The rows of a verdict, in SPEC's order. */
function rows(report: ConformanceReport, verdict: ReturnType<typeof verdictOnRow>): ReadonlyArray<string> {
  const results = resultsOf(report)
  return rowsOf(results).filter((row) => verdictOnRow(results, row) === verdict)
}

function differences(report: ConformanceReport): ReadonlyArray<Differed> {
  return resultsOf(report).flatMap(({ findings }) => findings.filter((finding): finding is Differed => finding._tag === 'Differed'))
}

/** Generated conversations meet everything by chance; what is said here is about what is looked for on purpose. */
function tested(broker: TestBroker, thoroughness: Partial<Thoroughness> = {}): ConformanceReport {
  return testInMemory(POLICY, broker, { generated: 0, ...thoroughness })
}

function withResult(frame: Frame, change: (result: HelloReply['result']) => HelloReply['result']): Frame {
  const { result } = rightOf(decodeHelloReply(frame.payload))
  return { ...frame, payload: encodeHelloReply({ result: change(result) }) }
}

function inYes(change: (yes: Negotiated) => Partial<Negotiated>): Spoiling {
  return {
    replies: (frame) => withResult(frame, (result) =>
      (result._tag === 'Negotiated' ? { ...result, negotiated: { ...result.negotiated, ...change(result.negotiated) } } : result)),
  }
}

function inNo(change: (no: Refused) => Partial<Refused>): Spoiling {
  return {
    replies: (frame) => withResult(frame, (result) =>
      (result._tag === 'Refused' ? { ...result, refused: { ...result.refused, ...change(result.refused) } } : result)),
  }
}

/** Changes the Hello before the broker looks at it, where it is one. */
function hearing(change: (hello: Hello) => Partial<Hello>): Spoiling {
  return {
    hears: (frame) => {
      const hello = decodeHello(frame.payload)
      return hello._tag === 'Left' ? frame : { ...frame, payload: encodeHello({ ...hello.right, ...change(hello.right) }) }
    },
  }
}

/** Refuses first for another reason. */
function refusingFirst(errorIn: (hello: Hello) => NegotiationError | undefined, isDue: (outcome: Outcome) => boolean): Spoiling {
  return {
    decides: (outcome, frame) => {
      const hello = decodeHello(frame.payload)
      const error = hello._tag === 'Left' || !isDue(outcome) ? undefined : errorIn(hello.right)
      return error === undefined ? outcome : refusedOutcome(error)
    },
  }
}

const isRefused = (outcome: Outcome, tag: NegotiationError['_tag']): boolean => outcome._tag === 'Refused' && outcome.error._tag === tag

/** The payload with whatever is no UTF-8 in it replaced, length and all: what a careless reader of texts makes of it. */
function laxly(frame: Frame): Frame {
  const strict = decodeHello(frame.payload)
  if (strict._tag === 'Right' || strict.left.fault._tag !== 'InvalidUtf8') return frame
  const payload = frame.payload.map((byte) => (byte >= 0x80 ? 0x3f : byte))
  const hello = decodeHello(payload)
  return hello._tag === 'Left' ? frame : { ...frame, payload }
}

/** A connection of which nothing is looked at before `isEnough` has come. */
function late(isEnough: (bytes: Uint8Array) => boolean): NonNullable<Spoiling['session']> {
  return (sound) => {
    let held: Uint8Array = new Uint8Array(0)
    let isOpen = false
    const release = (nowMs: number): Reaction => {
      const bytes = held
      held = new Uint8Array(0)
      return sound.onChunk(bytes, nowMs)
    }
    return {
      ...sound,
      onChunk: (chunk, nowMs) => {
        held = Uint8Array.of(...held, ...chunk)
        isOpen ||= isEnough(held)
        return isOpen ? release(nowMs) : {}
      },
      onEnd: (nowMs) => {
        const early = release(nowMs)
        return early.says === undefined ? sound.onEnd(nowMs) : early
      },
    }
  }
}

/** Whether a frame is whole, whatever its first byte and its length. */
function isWhole(bytes: Uint8Array): boolean {
  return bytes.length >= 5 + lengthIn(bytes)
}

type Row = readonly [what: string, spoiling: Spoiling, rows: ReadonlyArray<string>]

const WRONG_NO: ReadonlyArray<Row> = [
  ['says a reason in other words', inNo(({ reason }) => (reason === 'invalid service_name' ? { reason: 'bad service_name' } : {})), ['H2']],
  ['says another code', inNo(({ code }) => (code === 2 ? { code: 6 } : {})), ['L1']],
  ['forgets to say when to come back', inNo(({ code }) => (code === 8 ? { retryAfterMs: 0n } : {})), ['V1', 'V3']],
  ['says another range', inNo(() => ({ daemonMaxProtocol: 2 })), ['E7']],
  ['says more than it should', inNo(() => ({ details: new Map([['host', 'here']]) })), ['E7']],
]

const WRONG_YES: ReadonlyArray<Row> = [
  ['gives ids that do not ascend', inYes(({ connectionId }) => ({ connectionId: 1_000n - connectionId })), ['N5']],
  ['gives a token without the bit', inYes(({ serverCapabilities, handlePassedToken }) =>
    (handlePassedToken.length > 0 ? { serverCapabilities: serverCapabilities & ~CAP_HANDLE_PASSING } : {})), ['N7', 'N9']],
  ['gives everybody a token', inYes(() => ({ handlePassedToken: new Uint8Array(16).fill(1) })), ['N6', 'N7', 'N9']],
  ['gives the same token twice', inYes(({ handlePassedToken }) =>
    (handlePassedToken.length > 0 ? { handlePassedToken: new Uint8Array(16) } : {})), ['N6']],
  ['gives a token that is too short', inYes(({ handlePassedToken }) => ({ handlePassedToken: handlePassedToken.slice(1) })), ['N6']],
  ['has a ceiling for keepalives', inYes(({ keepaliveIntervalSecs }) =>
    (keepaliveIntervalSecs > 3_600n ? { keepaliveIntervalSecs: 3_600n } : {})), ['N4']],
  ['says its own version for the backend’s', inYes(() => ({ daemonVersion: '0.1.0' })), ['N2']],
  ['speaks protocol 2', inYes(() => ({ negotiatedProtocol: 2 })), ['N1']],
  ['warns', inYes(() => ({ warnings: ['be careful'] })), ['N3']],
]

const WRONG_FRAME: ReadonlyArray<Row> = [
  ['does not echo the request id', { replies: (frame) => ({ ...frame, requestId: 0n }) }, ['C3']],
  ['does not echo the trace', { replies: (frame) => ({ ...frame, traceparent: '' }) }, ['C8']],
  ['answers with a request', { replies: (frame) => ({ ...frame, kind: 0 }) }, ['C3']],
  ['sends more than one frame', { says: (bytes) => Uint8Array.of(...bytes, ...bytes) }, ['C3']],
  ['says defaults', { says: (bytes) => rightOf(encodeFramed(Uint8Array.of(...bytes.subarray(5), 0x30, 0x00))) }, ['W10']],
  ['never closes', { neverCloses: true }, ['C3']],
]

const WRONG_CHECKS: ReadonlyArray<Row> = [
  ['looks at the service before the range', refusingFirst(
    ({ serviceName }) => (/^[a-z0-9-]{1,64}$/.test(serviceName) ? undefined : { _tag: 'InvalidServiceName', actual: serviceName }),
    (outcome) => isRefused(outcome, 'ProtocolRangeExcludesV1'),
  ), ['H1', 'H2']],
  ['looks at the kind before the version', {
    decides: (outcome, { kind }) => (isRefused(outcome, 'UnsupportedEnvelopeVersion') && kind !== 0
      ? refusedOutcome({ _tag: 'UnexpectedFrameKind', actual: kind, expected: 0 }) : outcome),
  }, ['E1', 'E2']],
  ['takes upper case for lower', hearing(({ serviceName }) => ({ serviceName: serviceName.toLowerCase() })), ['H2']],
  ['counts characters where it should count bytes', hearing(({ clientVersion }) =>
    (clientVersion.length <= 128 ? { clientVersion: clientVersion.slice(0, 64) } : {})), ['H4']],
  ['takes a byte order mark for nothing', hearing(({ serviceName }) => ({ serviceName: serviceName.replace('\ufeff', '') })), ['W5', 'H2']],
  ['reads texts that are none', { hears: laxly }, ['W5']],
  ['enforces deadlines', {
    decides: (outcome, { deadlineUnixMs }) =>
      (deadlineUnixMs === 1n ? refusedOutcome({ _tag: 'HelloDeadlineExceeded', timeoutMs: 1 }) : outcome),
  }, ['W1', 'E6']],
  ['compares versions as texts', hearing(({ wantedVersion, serviceName }) =>
    (serviceName === 'zccache' && isVersion(wantedVersion) && wantedVersion >= '1.10.0' ? { wantedVersion: '1.10.0' } : {})), ['V1']],
  ['takes ids for refusals', {
    remembers: (state, outcome) => (outcome._tag === 'Refused' ? { ...state, nextConnectionId: state.nextConnectionId + 1n } : state),
  }, ['N5']],
]

const WRONG_READING: ReadonlyArray<Row> = [
  ['waits for the body of what is too long', { session: late((bytes) => bytes[0] !== 1 || isWhole(bytes)) }, ['F2', 'F3', 'C4', 'C5']],
  ['waits for a length before it looks at the first byte', { session: late((bytes) => bytes.length >= 5) }, ['F2', 'C4']],
  ['has a lower cap', {
    session: (sound) => answersWhole(sound, (bytes) => (lengthIn(bytes) > 60_000
      ? { says: refusal({ _tag: 'BodyTooLarge', actual: lengthIn(bytes), max: 60_000 }), closes: true } : undefined)),
  }, ['F3']],
  ['answers before it has heard everything', {
    session: (sound) => answersWhole(sound, (bytes) => (bytes.length > 1 && bytes.length < 5
      ? { says: refusal({ _tag: 'UnexpectedEnd', context: 'body length header' }), closes: true } : undefined)),
  }, ['F1', 'F2', 'F8']],
  ['does not look at the end', { session: (sound) => ({ ...sound, onEnd: () => ({ closes: true }) }) }, ['F5', 'C4']],
  ['answers every Hello there is', { session: answersAgain }, ['C3']],
]

/** Says everything twice where what it has heard is there twice. */
function answersAgain(sound: Session): Session {
  return {
    ...sound,
    onChunk: (chunk, nowMs) => {
      const reaction = sound.onChunk(chunk, nowMs)
      const isTwice = reaction.says !== undefined && isWhole(chunk) && chunk.length > 5 + lengthIn(chunk) && chunk[5 + lengthIn(chunk)] === 1
      return isTwice ? { ...reaction, says: Uint8Array.of(...(reaction.says ?? []), ...(reaction.says ?? [])) } : reaction
    },
  }
}

function wantedIn(frame: Frame): string {
  const hello = decodeHello(frame.payload)
  return hello._tag === 'Right' ? hello.right.wantedVersion : ''
}

function lengthIn(bytes: Uint8Array): number {
  return bytes.length < 5 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true)
}

describe('a broker that is wrong in one thing', () => {
  it.each([...WRONG_NO, ...WRONG_YES, ...WRONG_FRAME, ...WRONG_CHECKS, ...WRONG_READING])('and %s is told so under its rows', (_, spoiling, expected) => {
    expect(rows(tested(brokerOf(POLICY, spoiling)), 'Differs')).toEqual(expected)
  })

  it('is shown what it was told, and what it said to that', () => {
    const report = tested(brokerOf(POLICY, inNo(({ code }) => (code === 2 ? { code: 6 } : {}))))
    const [difference] = differences(report)
    expect(difference).toMatchObject({
      rows: ['L1'],
      expected: 'no, code 2 "service is not registered", retry_after_ms 0',
      actual: 'no, code 6 "service is not registered", retry_after_ms 0',
    })
    expect(difference?.sent[0]).toBe(1)
    expect(new TextDecoder('latin1').decode(difference?.received)).toContain('service is not registered')
  })

  it('is met by chance too, by conversations that nobody thought of, and told under its row', () => {
    const broker = brokerOf(POLICY, refusingFirst(
      ({ serviceName }) => (serviceName === 'any' ? { _tag: 'UnknownService', actual: serviceName as never } : undefined),
      (outcome) => outcome._tag === 'Negotiated',
    ))
    const report = testInMemory(POLICY, broker, { seed: 3 }, ['generated'])
    expect(rows(report, 'Differs')).toContain('N1')
  })
})

interface Limiting {
  readonly counts: (outcome: Outcome) => boolean
  readonly refuses: (outcome: Outcome) => boolean
  readonly max?: number
  readonly hint?: (ms: number) => number
  /** Whether a refusal opens the window anew. */
  readonly extendsWindow?: boolean
}

/** A broker whose limiter is its own, and leaves the library's nothing to do. */
function limiting({ counts, refuses, max = 20, hint = Math.floor, extendsWindow = false }: Limiting): TestBroker {
  let [openedMs, count] = [-Infinity, 0]
  return brokerOf(policyOf({ rateLimit: { maxPerWindow: 1_000_000 } }), {
    decides: (outcome, _, nowMs) => {
      if (nowMs - openedMs >= 1_000) [openedMs, count] = [nowMs, 0]
      if (refuses(outcome) && count >= max) {
        const retryAfterMs = hint(1_000 - (nowMs - openedMs))
        if (extendsWindow) openedMs = nowMs
        return refusedOutcome({ _tag: 'RateLimited', pid: 1, limit: { maxPerWindow: max, windowMs: 1_000 }, retryAfterMs })
      }
      if (counts(outcome)) count += 1
      return outcome
    },
  })
}

const isPaid = (outcome: Outcome): boolean => outcome._tag === 'Negotiated' || [2, 8].includes(outcome.reply.code)
const isGranted = (outcome: Outcome): boolean => outcome._tag === 'Negotiated'
const always = (): boolean => true

describe('a broker whose limit is wrong', () => {
  it('agrees where it is right', () => {
    expect(rows(testInMemory(POLICY, limiting({ counts: isPaid, refuses: isPaid }), {}, ['R1']), 'Differs')).toEqual([])
  })

  it.each([
    ['counts Hellos of the wrong shape (SPEC R1)', { counts: always, refuses: isPaid }],
    ['refuses Hellos of the wrong shape too (SPEC R1)', { counts: isPaid, refuses: always }],
    ['limits grants alone, and looks for the service first (SPEC R1)', { counts: isGranted, refuses: isGranted }],
    ['admits one more (SPEC R4)', { counts: isPaid, refuses: isPaid, max: 21 }],
    ['admits one less (SPEC R4)', { counts: isPaid, refuses: isPaid, max: 19 }],
    ['opens the window anew with every refusal (SPEC R4)', { counts: isPaid, refuses: isPaid, extendsWindow: true }],
    ['has no limit at all', { counts: isPaid, refuses: () => false }],
    ['says that it may be tried again at once (SPEC R5)', { counts: isPaid, refuses: isPaid, hint: () => 0 }],
    ['says that it may be tried again in an hour (SPEC R5)', { counts: isPaid, refuses: isPaid, hint: () => 3_600_000 }],
  ])('and %s', (_, limit) => {
    const report = testInMemory(POLICY, limiting(limit), {}, ['R1'])
    const found = rows(report, 'Differs')
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter((row) => !row.startsWith('R'))).toEqual([])
  })
})

describe('a broker with other faults', () => {
  it('that answers strangers is told so (SPEC C1)', () => {
    const policy = policyOf({ peerPolicy: { ownerOnly: '0' } })
    const report = testInMemory(policy, brokerOf(POLICY), {}, ['H3'])
    expect(rows(report, 'Differs')).toEqual(['C1'])
  })

  it('that turns everybody away is told so (SPEC C1)', () => {
    const report = tested(() => ({ ...NEVER, onChunk: () => ({ closes: true }) }))
    expect(rows(report, 'Differs')).toEqual(['C1'])
    expect(rows(report, 'Agrees')).toEqual([])
  })

  it('that keeps silent is not asked everything', () => {
    const report = tested(() => NEVER)
    expect(rows(report, 'Differs')).toEqual(['C1'])
    expect(report).toMatchObject({ conversations: 1 })
  })

  it('that does not outlive something is told what it was, and the rest is not shown', () => {
    let isGone = false
    const sound = brokerOf(POLICY)
    const report = tested((nowMs) => {
      const session = isGone ? undefined : sound(nowMs)
      return session && { ...session, onChunk: (chunk, at) => {
        isGone = chunk.length === 5 && lengthIn(chunk) === 0xffff_ffff
        return isGone ? { closes: true } : session.onChunk(chunk, at)
      } }
    })
    expect(rows(report, 'Differs')).toContain('F3')
    const last = differences(report).at(-1)
    expect(last).toMatchObject({ what: 'the last that the broker was told', actual: 'no connection: nobody listens' })
    expect(last?.sent).toEqual(Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff))
    expect(rows(report, 'NotShown')).toContain('H3')
  })

  it('that is not there cannot be talked to', () => {
    expect(tested(() => undefined)).toEqual({ _tag: 'Unreachable', trouble: 'nobody listens' })
  })

  it.each([
    ['gives no deadline', { nextDeadlineMs: () => undefined }],
    ['gives each byte a deadline of its own', 'renewed'],
    ['gives less time than its policy says', 'hasty'],
  ])('that %s is told so (SPEC C7)', (_, how) => {
    const policy = policyOf({ helloTimeoutMs: 600 })
    const broker = typeof how === 'object'
      ? brokerOf(policy, { session: (sound) => ({ ...sound, ...how }) })
      : impatient(brokerOf(policyOf({ helloTimeoutMs: 3_600_000 })), how === 'hasty' ? 300 : 600, how === 'renewed')
    expect(rows(testInMemory(policy, broker, { isSlow: true }, ['C7']), 'Differs')).toEqual(['C7'])
  })
})

/** A connection on which nothing is ever said. */
const NEVER: Session = { onChunk: () => ({}), onEnd: () => ({}), nextDeadlineMs: () => undefined, onTime: () => ({}) }

/** A broker that closes connections by a clock of its own. */
function impatient(broker: TestBroker, timeoutMs: number, isRenewed: boolean): TestBroker {
  return (openedMs) => {
    const session = broker(openedMs)
    let deadlineMs = openedMs + timeoutMs
    return session && {
      ...session,
      onChunk: (chunk, nowMs) => {
        if (isRenewed) deadlineMs = nowMs + timeoutMs
        return session.onChunk(chunk, nowMs)
      },
      nextDeadlineMs: () => deadlineMs,
      onTime: () => ({ closes: true }),
    }
  }
}

describe('a broker that is as the reference', () => {
  it('where a part that no u64 holds switches the floor off is told so, and not blamed (DIV-V2)', () => {
    const isHuge = (frame: Frame): boolean => /\d{20}/.test(wantedIn(frame))
    const unfloored = policyOf({ services: SERVICES.map((service) => ({ ...service, minVersion: '' })) })
    const [strict, lax] = [brokerOf(POLICY), brokerOf(unfloored)]
    const report = tested((nowMs) => {
      const [first, second] = [strict(nowMs), lax(nowMs)]
      return first && second && { ...first, onChunk: (chunk, at) => {
        const frame = isWhole(chunk) && chunk[0] === 1 ? decodeFrame(chunk.subarray(5, 5 + lengthIn(chunk))) : undefined
        return (frame?._tag === 'Right' && isHuge(frame.right) ? second : first).onChunk(chunk, at)
      } }
    })
    expect(named(report, 'Differs')).toEqual(['ids-ascend'])
    expect(named(report, 'AsReference')).toEqual(['huge-parts'])
  })

  it('where it reads a body of more than 64 KiB before it refuses it, with an echo, is told so, and not blamed (SPEC C5)', () => {
    const broker = brokerOf(POLICY, { session: late((bytes) => bytes[0] !== 1 || lengthIn(bytes) > 0x100_0000 || isWhole(bytes)) })
    const echoing: TestBroker = (nowMs) => {
      const session = broker(nowMs)
      let said = new Uint8Array(0)
      return session && { ...session, onChunk: (chunk, at) => {
        said = Uint8Array.of(...said, ...chunk)
        const reaction = session.onChunk(chunk, at)
        const isLong = reaction.says !== undefined && isWhole(said) && lengthIn(said) > 0x1_0000
        const request = isLong ? decodeFrame(said.subarray(5)) : undefined
        return request?._tag === 'Right' ? { ...reaction, says: framed({ ...frameIn(reaction.says as Uint8Array), requestId: request.right.requestId }) } : reaction
      } }
    }
    const report = tested(echoing)
    expect(named(report, 'Differs')).toEqual([])
    expect(named(report, 'AsReference')).toEqual(['length-alone'])
  })
})
