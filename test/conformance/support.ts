/**
 * Brokers without sockets, on a clock of their own: the library's, and the library's made wrong in one thing.
 */
import {
  answer, type BrokerState, Connection, draws, encodeReply, initialState, type NegotiationError, type Outcome, parsePolicy, type PeerIdentity,
  peerIdentity, type Policy, refusedOutcome,
} from 'hello-negotiation'
import {
  type CaseResult, ConformanceRun, type ConformanceReport, DEFAULT_THOROUGHNESS, Dialogue, type Heard, Prng, type Script, subject,
  type Thoroughness, verdictOf,
} from 'hello-negotiation/testing'
import { decodeFrame, encodeFrame, encodeFramed, type Frame, Framing, HELLO_BODY_MAX_BYTES } from 'hello-negotiation/wire'
import { rightOf } from '../support/negotiate.js'

export const SELF: PeerIdentity = peerIdentity(4242, '1000')

export const SERVICES = [
  { serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', minVersion: '1.10.0', serverCapabilities: '2' },
  { serviceName: 'listed', daemonVersion: '2.0.0', backendPipe: '/run/l.sock', minVersion: '1.2.3', versionAllowList: ['1.2.3', '2.0.0-rc.1'] },
  { serviceName: 'any', daemonVersion: '1.0.0', backendPipe: '/run/any.sock', serverCapabilities: '1' },
]

export const SESSIONS = { brokerHalf: 'b0'.repeat(16), daemonHalves: { zccache: 'd0'.repeat(16), any: 'd1'.repeat(16) } }

export function policyOf(fields: object = {}): Policy {
  return rightOf(parsePolicy({ services: SERVICES, rateLimit: { maxPerWindow: 20, windowMs: 1_000 }, ...fields }))
}

/** What a broker does when something comes on a connection: what it says, and whether it closes. */
export interface Reaction {
  readonly says?: Uint8Array
  readonly closes?: boolean
}

/** One connection as a broker sees it. */
export interface Session {
  readonly onChunk: (chunk: Uint8Array, nowMs: number) => Reaction
  readonly onEnd: (nowMs: number) => Reaction
  /** What happens if nothing else has by then. */
  readonly nextDeadlineMs: () => number | undefined
  readonly onTime: (nowMs: number) => Reaction
}

/** A broker that takes connections; `undefined` where it is not there any more. */
export type TestBroker = (nowMs: number) => Session | undefined

/** What a broker is wrong in; nothing, if nothing is given. */
export interface Spoiling {
  /** Changes the request before it is looked at. */
  readonly hears?: (frame: Frame) => Frame
  /** Says something else than the outcome. */
  readonly decides?: (outcome: Outcome, frame: Frame, nowMs: number) => Outcome
  /** Changes what the broker remembers. */
  readonly remembers?: (state: BrokerState, outcome: Outcome) => BrokerState
  /** Changes the reply's frame, or the bytes of it. */
  readonly replies?: (frame: Frame, request: Frame) => Frame
  readonly says?: (bytes: Uint8Array) => Uint8Array
  readonly neverCloses?: boolean
  /** Sees a connection's events first, and may answer in its own way. */
  readonly session?: (sound: Session) => Session
}

const NO_REQUEST: Frame = rightOf(decodeFrame(new Uint8Array(0)))

/** The library's broker, spoilt; it learns the pid of `peer`, which is nobody's where it learns none. */
export function brokerOf(policy: Policy, spoiling: Spoiling = {}, peer: PeerIdentity = SELF): TestBroker {
  let state = initialState(policy)
  let dice = Prng.prng(7, 'tokens')

  function reply(event: Connection.Failed | Connection.HelloFrame, nowMs: number): Reaction {
    const { state: rolled, value: random } = Prng.bytes(dice, 64)
    dice = rolled
    const heard = event._tag === 'HelloFrame' ? { ...event, frame: spoiling.hears?.(event.frame) ?? event.frame } : event
    const answered = answer(policy, state, heard, peer, { nowMs, draws: draws(random) })
    if (answered.value.bytes.length === 0) return { closes: true }
    const request = event._tag === 'HelloFrame' ? event.frame : NO_REQUEST
    const outcome = spoiling.decides?.(answered.value.outcome, request, nowMs) ?? answered.value.outcome
    state = spoiling.remembers?.(answered.state, outcome) ?? answered.state
    const frame = frameIn(encodeReply(outcome, request))
    const bytes = framed(spoiling.replies?.(frame, request) ?? frame)
    return { says: spoiling.says?.(bytes) ?? bytes, closes: spoiling.neverCloses !== true }
  }

  return (openedMs) => {
    let connection = Connection.connection(openedMs, policy.helloTimeoutMs)

    function proceed(next: Connection.Connection, nowMs: number): Reaction {
      const { state: read, value: event } = Connection.next(next)
      const isNews = connection.phase._tag === 'Reading'
      connection = read
      return isNews && (event._tag === 'HelloFrame' || event._tag === 'Failed') ? reply(event, nowMs) : {}
    }

    const sound: Session = {
      onChunk: (chunk, nowMs) => proceed(Connection.push(connection, chunk), nowMs),
      onEnd: (nowMs) => proceed(Connection.pushEnd(connection), nowMs),
      nextDeadlineMs: () => Connection.nextDeadlineMs(connection),
      onTime: (nowMs) => proceed(Connection.expire(connection, nowMs), nowMs),
    }
    return spoiling.session?.(sound) ?? sound
  }
}

/** The one frame that these bytes are. */
export function frameIn(bytes: Uint8Array): Frame {
  const { value } = Framing.next(Framing.push(Framing.framing(), bytes))
  if (value._tag !== 'FrameBody') throw new Error(value._tag)
  return rightOf(decodeFrame(value.body))
}

export function framed(frame: Frame): Uint8Array {
  return rightOf(encodeFramed(encodeFrame(frame)))
}

export function refusal(error: NegotiationError): Uint8Array {
  return encodeReply(refusedOutcome(error))
}

/** A connection that answers once, when all has come that `isEnough` waits for. */
export function answersWhole(sound: Session, isEnough: (bytes: Uint8Array, isEnd: boolean) => Reaction | undefined): Session {
  let bytes = new Uint8Array(0)
  const look = (isEnd: boolean, otherwise: () => Reaction): Reaction => isEnough(bytes, isEnd) ?? otherwise()
  return {
    ...sound,
    onChunk: (chunk, nowMs) => {
      bytes = Uint8Array.of(...bytes, ...chunk)
      return look(false, () => sound.onChunk(chunk, nowMs))
    },
    onEnd: (nowMs) => look(true, () => sound.onEnd(nowMs)),
  }
}

/** Tests a broker in memory, time being what the test says it is. */
export function testInMemory(
  policy: Policy, broker: TestBroker, thoroughness: Partial<Thoroughness> = {}, only: ReadonlyArray<string> = [], self: PeerIdentity = SELF,
): ConformanceReport {
  const how = { ...DEFAULT_THOROUGHNESS, ...thoroughness }
  let run = ConformanceRun.conformanceRun(subject(policy, self), how, only)
  let nowMs = 0
  for (let demands = 0; demands < DEMANDS_MAX; demands += 1) {
    const demand = ConformanceRun.demand(run)
    if (demand._tag === 'Finished') return demand.report
    if (demand._tag === 'Wait') {
      nowMs += demand.ms
      run = ConformanceRun.waited(run)
    } else {
      const heard = converse(demand.script, broker(nowMs), how.timeoutMs, nowMs)
      // Talking takes a little time, as everything does.
      nowMs = heard.doneMs + TALK_MS
      run = ConformanceRun.heard(run, heard)
    }
  }
  throw new Error('the run does not end')
}

const DEMANDS_MAX = 50_000
const TALK_MS = 0.5

/** One script, played to a session. */
export function converse(script: Script, session: Session | undefined, patienceMs: number, beganMs: number): Heard {
  let nowMs = beganMs
  let dialogue = Dialogue.dialogue(script, patienceMs, nowMs)
  if (session === undefined) dialogue = Dialogue.closed(dialogue, 'Unreachable', 'nobody listens')
  for (;;) {
    const { state, value } = Dialogue.next(dialogue, nowMs)
    dialogue = state
    switch (value._tag) {
      case 'Done':
        return value.heard
      case 'Write':
        dialogue = Dialogue.written(reacted(dialogue, session?.onChunk(value.bytes, nowMs)), nowMs)
        break
      case 'End':
        dialogue = reacted(dialogue, session?.onEnd(nowMs))
        break
      case 'Await': {
        const dueMs = Math.min(value.untilMs, session?.nextDeadlineMs() ?? Infinity)
        nowMs = Math.max(nowMs, dueMs)
        if (dueMs < value.untilMs) dialogue = reacted(dialogue, session?.onTime(nowMs))
      }
    }
  }
}

function reacted(dialogue: Dialogue.Dialogue, { says, closes }: Reaction = {}): Dialogue.Dialogue {
  const told = says === undefined ? dialogue : Dialogue.push(dialogue, says)
  return closes === true ? Dialogue.closed(told, 'Closed') : told
}

/** The results of a report that there is. */
export function resultsOf(report: ConformanceReport): ReadonlyArray<CaseResult> {
  if (report._tag === 'Unreachable') throw new Error(report.trouble)
  return report.results
}

/** The names of the results of a verdict, in order. */
export function named(report: ConformanceReport, verdict: ReturnType<typeof verdictOf>): ReadonlyArray<string> {
  return resultsOf(report).filter(({ findings }) => verdictOf(findings) === verdict).map(({ id }) => id)
}

export { HELLO_BODY_MAX_BYTES }
