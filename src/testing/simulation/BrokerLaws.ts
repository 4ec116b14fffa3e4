/**
 * What holds of every step of a broker, whatever its peers do: predicates over what was seen and what came before.
 *
 * They look at bytes, events and memory. The first of them holds the step against the model; the others do not
 * know the model, so that what both get wrong is caught as well.
 *
 * **Laws**
 *  1. A law that is broken says by what.
 */
import { CAP_HANDLE_PASSING, hasCapability } from '../../data/Capabilities.js'
import * as DeadlineMap from '../../data/DeadlineMap.js'
import type { Answer } from '../../negotiate/answer.js'
import type { BrokerState } from '../../negotiate/BrokerState.js'
import * as Deadlines from '../../negotiate/Deadlines.js'
import { describeFault } from '../../negotiate/Fault.js'
import { decodeSnapshot, encodeSnapshot } from '../../negotiate/Snapshot.js'
import type { BrokerEvent } from '../../shell/BrokerEvent.js'
import * as RateLimiter from '../../step/RateLimiter.js'
import { decodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { decodeHello } from '../../wire/messages/Hello.js'
import { decodeHelloReply } from '../../wire/messages/HelloReply.js'
import { admittedPid, type BrokerLedger, leftIn } from './BrokerLedger.js'
import type { Seen, StepName } from './Twin.js'

/**
 * A law over one step: what breaks it, a line each. The ledger has the step in it already.
 *
 * @category model
 * @since 0.1.0
 */
export type BrokerLaw = (seen: Seen, ledger: BrokerLedger) => ReadonlyArray<string>

const NOTHING: ReadonlyArray<string> = []

/** The steps after which everything due is swept, with or without an answer. */
const SWEEPING: ReadonlyArray<StepName> = ['Abandon', 'Acknowledge', 'Consume', 'Exchange', 'Reconfigure', 'Resume', 'Sweep']

/**
 * The laws of a broker, by name.
 *
 * @category constants
 * @since 0.1.0
 */
export const BROKER_LAWS: Readonly<Record<string, BrokerLaw>> = Object.freeze<Record<string, BrokerLaw>>({
  'a broker does as its model does, and throws nothing': ({ differences }) => differences,
  'a pid is admitted at most so often a window (SPEC R4)': (seen, { windows }) => {
    const [pid, { maxPerWindow }] = [admittedPid(seen), seen.after.limiter.limit]
    const count = pid === undefined ? 0 : windows.get(pid)?.count ?? 0
    return count > maxPerWindow ? [`pid ${pid}: ${count} of ${maxPerWindow}`] : NOTHING
  },
  'a pid is limited for its own Hellos only, and told a time within its window (SPEC R2, R4, R5)': (seen, { windows }) => {
    const { outcome } = seen.answer ?? {}
    if (outcome?._tag !== 'Refused' || outcome.error._tag !== 'RateLimited') return NOTHING
    const { limit, pid, retryAfterMs } = outcome.error
    const window = windows.get(pid)
    const isItsOwn = pid === seen.peer?.pid && window?.count === limit.maxPerWindow
    const leftMs = limit.windowMs - (seen.nowMs - (window?.openedMs ?? -Infinity))
    return isItsOwn && retryAfterMs >= 1 && retryAfterMs <= Math.max(1, leftMs) ? NOTHING
      : [`pid ${pid}: ${window?.count} of ${limit.maxPerWindow}, again in ${retryAfterMs} ms of ${leftMs}`]
  },
  'connection ids go up by one, and refusals take none (SPEC N5)': ({ after, before, events }) => {
    const given = events.flatMap((event) => (event._tag === 'Negotiated' ? [event.connectionId] : []))
    const expected = given.map((_, i) => before.nextConnectionId + BigInt(i))
    const isNext = after.nextConnectionId === before.nextConnectionId + BigInt(given.length)
    return isNext && given.join() === expected.join() ? NOTHING : [`${given.join()} given, ${after.nextConnectionId} next, ${before.nextConnectionId} before`]
  },
  'a reply is one whole frame that echoes its request, and says yes or no (SPEC C3)': ({ answer, request }) =>
    answer === undefined || answer.bytes.length === 0 ? NOTHING : replyFaults(answer, request ?? []),
  'a token is given where it is asked for, can be issued, and is announced (SPEC N6–N8)': ({ after, answer, events, request }) =>
    answer === undefined ? NOTHING : grantFaults(answer, events, request ?? [], DeadlineMap.size(after.acks.pending)),
  'a peer that is not admitted gets no byte, and changes nothing (SPEC C1)': ({ after, answer, before }) => {
    const isSilenced = answer?.outcome._tag === 'Refused' && answer.outcome.error._tag === 'PeerNotOwner'
    const isChanged = after.nextConnectionId !== before.nextConnectionId || DeadlineMap.size(after.acks.pending) > DeadlineMap.size(before.acks.pending)
    return isSilenced && (isChanged || answer.bytes.length > 0) ? [`${answer.bytes.length} bytes`] : NOTHING
  },
  'a handoff leaves once, and is told of when it does (SPEC A2–A5)': ({ events }, { handoffs }) =>
    leftIn(events).flatMap(([connectionId, way]) => {
      const times = handoffs.get(connectionId) ?? 0
      return times === 1 ? NOTHING : [`connection ${connectionId}, ${way}: ${times === 2 ? 'never issued' : 'again'}`]
    }),
  'handoffs issued are those pending, acknowledged, expired, abandoned and replaced (SPEC A1–A5)': ({ after }, { issuedCount, ways }) => {
    const pending = DeadlineMap.size(after.acks.pending)
    const sum = pending + ways.Acknowledged + ways.Expired + ways.Abandoned + ways.Replaced
    return sum === issuedCount ? NOTHING : [`${issuedCount} issued, ${pending} pending and ${JSON.stringify(ways)}`]
  },
  'no token leaves unsaid: consumed, expired, or revoked with its handoff (SPEC T4, T6, A2, A4, A5)': tokenFaults,
  'no more tokens are pending than may be (SPEC T2)': ({ after: { tokens } }) => {
    const [count, max] = [DeadlineMap.size(tokens.pending), tokens.limits.maxPending]
    return count > max ? [`${count} of ${max}`] : NOTHING
  },
  'nothing that is due is left after a step (DIV-A2)': ({ after, answer, nowMs, step }) => {
    const deadlineMs = Deadlines.nextDeadlineMs(after)
    const isSwept = answer !== undefined || SWEEPING.includes(step)
    return isSwept && deadlineMs !== undefined && deadlineMs <= nowMs ? [`due at ${deadlineMs} ms, and it is ${nowMs} ms`] : NOTHING
  },
  'windows are kept for as long as they matter, and not much longer (DIV-R1)': ({ after: { limiter } }) => {
    // Two windows' lengths, and one more for a limiter that was restored, whose windows are one generation.
    const boundMs = 3 * limiter.limit.windowMs
    const old = [...RateLimiter.windows(limiter)].filter(([, { openedMs }]) => limiter.latestMs - openedMs > boundMs)
    return old.map(([pid, { openedMs }]) => `pid ${pid}: opened at ${openedMs} ms, and it is ${limiter.latestMs} ms`)
  },
  'a broker is what its snapshot says (SPEC T1, A1)': ({ after, step }) => {
    if (step === 'Push' || step === 'Accept') return NOTHING
    const read = decodeSnapshot(JSON.parse(JSON.stringify(encodeSnapshot(after))))
    if (read._tag === 'Left') return read.left.map(describeFault)
    return writtenOut(read.right) === writtenOut(after) ? NOTHING : ['it reads as something else']
  },
})

function replyFaults({ bytes, outcome }: Answer, request: ReadonlyArray<number>): ReadonlyArray<string> {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true)
  const frame = decodeFrame(bytes.subarray(5))
  if (bytes[0] !== 1 || length !== bytes.length - 5 || frame._tag === 'Left') return ['it is no whole frame']
  const { kind, payload, payloadEncoding, payloadProtocol, requestId, traceparent, tracestate } = frame.right
  const asked = requestFrame(request)
  const echoed = [requestId, traceparent, tracestate].join()
  const expected = asked === undefined ? ['0', '', ''].join() : [asked.requestId, asked.traceparent, asked.tracestate].join()
  const reply = decodeHelloReply(payload)
  return [
    ...(kind === 1 && payloadProtocol === 0 && payloadEncoding === 0 ? [] : ['its envelope is no plain response on the control plane']),
    ...(echoed === expected ? [] : [`it echoes ${echoed}, not ${expected}`]),
    ...(reply._tag === 'Right' && reply.right.result._tag === outcome._tag ? [] : [`it does not say ${outcome._tag}`]),
  ]
}

function grantFaults(
  { bytes, outcome }: Answer, events: ReadonlyArray<BrokerEvent>, request: ReadonlyArray<number>, pendingCount: number,
): ReadonlyArray<string> {
  const frame = decodeFrame(bytes.subarray(5))
  const reply = frame._tag === 'Right' ? decodeHelloReply(frame.right.payload) : frame
  if (reply._tag === 'Left' || reply.right.result._tag !== 'Negotiated' || outcome._tag !== 'Negotiated') return NOTHING
  const { handlePassedToken: { length }, serverCapabilities } = reply.right.result.negotiated
  const asked = requestFrame(request)
  const hello = asked === undefined ? undefined : decodeHello(asked.payload)
  const isAsked = hello?._tag === 'Right' && hasCapability(hello.right.clientCapabilities, CAP_HANDLE_PASSING)
  const told = events.map(({ _tag }) => _tag)
  const expected = isAsked ? ['HandoffIssued', 'HandoffWithheld'] : []
  const announced = told.filter((tag) => tag === 'HandoffIssued' || tag === 'HandoffWithheld')
  const isGiven = announced.includes('HandoffIssued')
  return [
    ...(announced.length === (isAsked ? 1 : 0) && announced.every((tag) => expected.includes(tag)) ? [] : [`asked ${isAsked}, told ${announced.join()}`]),
    ...(length === (isGiven ? 16 : 0) ? [] : [`${length} bytes of token`]),
    ...(isGiven && !hasCapability(serverCapabilities, CAP_HANDLE_PASSING) ? ['the token is there, and its bit is not'] : []),
    ...(isGiven && pendingCount === 0 ? ['there is no handoff of it'] : []),
  ]
}

/** A state as text; windows that opened at the same instant have no order. */
function writtenOut(state: BrokerState): string {
  const { limiter, ...rest } = encodeSnapshot(state)
  const windows = [...limiter.windows].sort((a, b) => a.openedMs - b.openedMs || a.pid - b.pid)
  return JSON.stringify({ ...rest, limiter: { ...limiter, windows } })
}

/**
 * What left the store between two states, held against what was told of it: no more, and no less. A token that
 * expired and was drawn again has left, and another of its name has come.
 */
function tokenFaults({ after, before, events }: Seen): ReadonlyArray<string> {
  const kept = new Map(DeadlineMap.toArray(after.tokens.pending).map(({ deadlineMs, key }) => [key, deadlineMs]))
  const left = DeadlineMap.toArray(before.tokens.pending).filter(({ deadlineMs, key }) => kept.get(key) !== deadlineMs)
  const gone = leftIn(events).map(([connectionId]) => connectionId)
  const revoked = DeadlineMap.toArray(before.acks.pending)
    .filter(({ key, value }) => gone.includes(value.handoff.connectionId) && left.some((token) => token.key === key))
  const told = events.reduce((sum, event) => sum + toldCount(event), 0)
  return left.length > revoked.length + told || told > left.length
    ? [`${left.length} left, of which ${revoked.length} with their handoff and ${told} told`]
    : NOTHING
}

/** How many tokens an event says are gone. */
function toldCount(event: BrokerEvent): number {
  switch (event._tag) {
    case 'TokenConsumed':
      return 1
    case 'TokenRefused':
      return event.error._tag === 'TokenExpired' ? 1 : 0
    case 'TokensExpired':
      return event.count
    default:
      return 0
  }
}

/** The frame at the front of a request, if there is a whole one. */
function requestFrame(request: ReadonlyArray<number>): Frame | undefined {
  const bytes = Uint8Array.from(request)
  if (bytes.length < 5 || bytes[0] !== 1) return undefined
  const length = new DataView(bytes.buffer).getUint32(1, true)
  if (length > 65_536 || bytes.length < 5 + length) return undefined
  const frame = decodeFrame(bytes.subarray(5, 5 + length))
  return frame._tag === 'Right' ? frame.right : undefined
}
