/**
 * The laws of handing a stream over: the broker's attempt, the backend's acceptance, the client's adoption, and
 * whether to try at all (SPEC §10, §11, G10).
 */
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import { tokenBytes } from '../../data/HandoffToken.js'
import { MAX_INSTANT_MS } from '../../data/Instant.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import * as Framing from '../../wire/Framing.js'
import { FrameKind } from '../../wire/messages/enums.js'
import { decodeFrame, encodeFrame, frame, type Frame } from '../../wire/messages/Frame.js'
import { decodeHandoffAck, type HandoffAck } from '../../wire/messages/HandoffAck.js'
import { handoffOffer } from '../../wire/messages/HandoffOffer.js'
import { encodeHelloReply } from '../../wire/messages/HelloReply.js'
import { EMPTY_NEGOTIATED } from '../../wire/messages/Negotiated.js'
import { type AnyLaw, firstBreach, forbid, law } from './Law.js'
import type { AckStream, ReadyStream } from './inputs/handoff.js'
import { shown } from './shown.js'
import type { Steps } from './Steps.js'

const ACK_DEADLINE_MS = 50
const READY_TIMEOUT_MS = 50
const TAKEN = { _tag: 'Right', right: { waitedMs: 1 } } as const

/** @internal */
export const HANDOFF_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'HANDOFF-1',
    group: 'handoff',
    sentence: 'A stream is transferred only on an ACK that says yes, under the offer\'s id in both places, with the offer\'s token.',
    rows: ['X2', 'X5', 'X6'],
    input: 'AckStream',
    breach: (steps, stream) => {
      const { value } = steps.HandoffAttempt.next(attempted(steps, stream, [stream.bytes]), 1)
      const [envelope, ack] = ackIn(stream.bytes)
      const { connectionId, token } = stream.subject
      const isYes = envelope !== undefined && ack?.accepted === true && ack.correlationId === connectionId
        && envelope.requestId === connectionId && envelope.payloadProtocol === 0xd0ff && envelope.kind === FrameKind.FRAME_KIND_RESPONSE
        && envelope.envelopeVersion === 1 && envelope.payloadEncoding === 0 && shown(ack.token) === shown(tokenBytes(token))
      return forbid((value._tag === 'AckObserved') !== isYes, () => `${value._tag} on ${isYes ? 'a' : 'no'} yes: ${shown(ack)}`)
    },
  }),
  law({
    id: 'HANDOFF-2',
    group: 'handoff',
    sentence: 'However an ACK is cut, the attempt ends the same.',
    rows: ['X5', 'F2'],
    input: 'AckStream',
    breach: (steps, stream) => {
      const [whole, cut] = [[stream.bytes], stream.chunks].map((chunks) => shown(steps.HandoffAttempt.next(attempted(steps, stream, chunks), 1).value))
      return forbid(whole !== cut, () => `whole ${whole}, cut ${cut}`)
    },
  }),
  law({
    id: 'HANDOFF-3',
    group: 'handoff',
    sentence: 'At its deadline, and not before, an attempt without an answer has fallen back.',
    rows: ['A2', 'X9', 'B3'],
    input: 'AckStream',
    breach: (steps, stream) => {
      const { HandoffAttempt } = steps
      const waiting = attempted(steps, stream, stream.chunks)
      const tagAt = (nowMs: number): string => HandoffAttempt.next(HandoffAttempt.expire(waiting, nowMs), nowMs).value._tag
      const before = HandoffAttempt.next(waiting, 1).value._tag
      if (before !== 'NeedData') return undefined
      if (tagAt(ACK_DEADLINE_MS - 0.5) !== 'NeedData') return 'it has given up before its deadline'
      return forbid(tagAt(ACK_DEADLINE_MS) !== 'FellBack', () => `it says ${tagAt(ACK_DEADLINE_MS)} at its deadline`)
    },
  }),
  law({
    id: 'HANDOFF-4',
    group: 'handoff',
    sentence: 'An attempt that has ended says the same again, whatever else comes.',
    rows: ['X9'],
    input: 'AckStream',
    breach: ({ HandoffAttempt, ...steps }, stream) => {
      const first = HandoffAttempt.next(attempted({ HandoffAttempt, ...steps }, stream, [stream.bytes]), 1)
      const ended = first.value._tag === 'AckObserved' ? HandoffAttempt.acknowledged(first.state, TAKEN) : HandoffAttempt.expire(first.state, ACK_DEADLINE_MS)
      const said = shown(HandoffAttempt.next(ended, 60).value)
      const later = HandoffAttempt.deliveryFailed(HandoffAttempt.expire(HandoffAttempt.pushEnd(HandoffAttempt.push(ended, stream.bytes)), 1e9), 'late', true)
      return forbid(said !== shown(HandoffAttempt.next(later, 1e9).value), () => `first ${said}, then ${shown(HandoffAttempt.next(later, 1e9).value)}`)
    },
  }),
  law({
    id: 'HANDOFF-5',
    group: 'handoff',
    sentence: 'A backend accepts a token at most once for every time it expects it, and expects it again only after it may forget it.',
    rows: ['T4', 'T8'],
    input: 'TokensAtBackend',
    breach: ({ HandoffAcceptance }, { limits, events }) => {
      let state = HandoffAcceptance.handoffAcceptance(limits)
      let latestMs = 0
      const memoryMs = limits.ttlMs > 0 ? limits.ttlMs : 1
      const expectedMs = new Map<string, number>()
      const open = new Set<string>()
      return firstBreach(events, ([nowMs, event]) => {
        latestMs = Math.max(latestMs, nowMs > 0 ? Math.min(nowMs, MAX_INSTANT_MS) : 0)
        if (event._tag === 'Expire') {
          state = HandoffAcceptance.expire(state, nowMs).state
        } else if (event._tag === 'Expect') {
          const name = shown(tokenBytes(event.token))
          const { state: next, value } = HandoffAcceptance.expect(state, event.token, nowMs)
          state = next
          if (value._tag === 'Left') return undefined
          const sinceMs = latestMs - (expectedMs.get(name) ?? -Infinity)
          expectedMs.set(name, latestMs)
          open.add(name)
          return forbid(sinceMs < memoryMs && latestMs < MAX_INSTANT_MS, () => `token ${name} is expected again after ${sinceMs} ms`)
        } else {
          const offer = handoffOffer({ token: event.presented, serviceName: 'zccache', correlationId: 7n })
          const { state: next, value: { ack } } = HandoffAcceptance.accept(state, event.token, offer, nowMs)
          state = next
          return forbid(ack.accepted && !open.delete(shown(event.presented)), () => `token ${shown(event.presented)} was accepted unexpected`)
        }
        return undefined
      })
    },
  }),
  law({
    id: 'HANDOFF-6',
    group: 'handoff',
    sentence: 'A backend\'s answer shows the token and the id that were presented to it, and says yes only to the token that came with the stream.',
    rows: ['X3', 'X4', 'T8'],
    input: 'OfferStream',
    breach: ({ HandoffAcceptance, HandoffReceiver }, { subject, bytes, chunks }) => {
      const begun = HandoffReceiver.begin(HandoffAcceptance.handoffAcceptance(), subject.token, 0)
      const fed = HandoffReceiver.pushEnd(chunks.reduce(HandoffReceiver.push, begun.value))
      const { value } = HandoffReceiver.next(fed, begun.state, 1)
      if (value._tag === 'NeedData') return 'a stream that has ended is waited for'
      if (value.ack === undefined) return forbid(value._tag === 'Accepted', () => 'it is accepted without an answer')
      const [offered] = frameIn(bytes)
      const [envelope, ack] = ackIn(value.ack)
      if (envelope === undefined || ack === undefined) return 'its answer is no ACK'
      if (envelope.requestId !== offered?.requestId || ack.correlationId !== offered.requestId) return `it answers ${ack.correlationId} to ${offered?.requestId}`
      const isOwn = shown(ack.token) === shown(tokenBytes(subject.token))
      return forbid(ack.accepted !== (value._tag === 'Accepted') || (ack.accepted && !isOwn), () => `it says ${ack.accepted} to ${shown(ack.token)}`)
    },
  }),
  law({
    id: 'HANDOFF-7',
    group: 'handoff',
    sentence: 'A client takes a connection over only on a ready frame with its own token that says yes, and reads on right behind it.',
    rows: ['G10', 'X1', 'X2'],
    input: 'ReadyStream',
    breach: (steps, stream) => {
      const { value } = steps.Adoption.next(adopting(steps, stream, stream.chunks))
      const [envelope, ack, consumed] = ackIn(stream.bytes)
      const isYes = envelope?.kind === FrameKind.FRAME_KIND_EVENT && envelope.payloadProtocol === 0xd0ff && envelope.envelopeVersion === 1
        && envelope.payloadEncoding === 0 && ack?.accepted === true && shown(ack.token) === shown(tokenBytes(stream.token))
      if ((value._tag === 'Adopted') !== isYes) return `${value._tag} on ${isYes ? 'a' : 'no'} ready frame: ${shown(ack)}`
      return value._tag === 'Adopted' && shown(value.remainder) !== shown(stream.bytes.slice(consumed))
        ? `${shown(value.remainder)} is read on from, not ${shown(stream.bytes.slice(consumed))}`
        : undefined
    },
  }),
  law({
    id: 'HANDOFF-8',
    group: 'handoff',
    sentence: 'An adoption that comes to nothing by its deadline leads back to the endpoint that was negotiated.',
    rows: ['G10', 'B2'],
    input: 'ReadyStream',
    breach: (steps, stream) => {
      const { Adoption } = steps
      const waiting = adopting(steps, stream, stream.chunks)
      const early = Adoption.next(Adoption.expire(waiting, READY_TIMEOUT_MS - 0.5)).value
      if (early._tag !== Adoption.next(waiting).value._tag) return `before its deadline it says ${early._tag}`
      const late = Adoption.next(Adoption.expire(waiting, READY_TIMEOUT_MS)).value
      if (late._tag === 'NeedData') return 'it waits on, past its deadline'
      return forbid(late.endpoint !== ENDPOINT, () => `it leads to ${late.endpoint}`)
    },
  }),
  law({
    id: 'HANDOFF-9',
    group: 'handoff',
    sentence: 'A handoff is tried where nothing speaks against it, and of what does the first in the contract\'s order is told.',
    rows: ['B1'],
    input: 'HandoffFacts',
    breach: ({ HandoffPolicy }, facts) => {
      const { value } = HandoffPolicy.decide(HandoffPolicy.handoffPolicy(), facts, 0)
      const wanted = !facts.isClientCapable ? 'ClientUnsupported'
        : !facts.isServiceWilling ? 'ServicePolicyDisabled'
        : facts.isUnderFdPressure ? 'FdPressureDisabled'
        : facts.isBackendAdopted ? 'AdoptedBackend'
        : 'Attempt'
      const told = value._tag === 'Attempt' ? 'Attempt' : value.reason
      return forbid(told !== wanted, () => `it says ${told}, not ${wanted}`)
    },
  }),
  law({
    id: 'HANDOFF-10',
    group: 'handoff',
    sentence: 'A backend that has failed as often as it may in its window is left alone until the window is over, and no other backend with it.',
    rows: ['B1', 'B2'],
    input: 'FailureLife',
    breach: ({ HandoffPolicy }, { limit, events }) => {
      let policy = HandoffPolicy.handoffPolicy(limit)
      const [max, windowMs] = [Math.max(1, limit.maxFailures), limit.windowMs > 0 ? limit.windowMs : 1]
      const open = new Map<string, { readonly sinceMs: number; readonly count: number }>()
      return firstBreach(events, ([nowMs, { what, backendKey }]) => {
        const window = open.get(backendKey)
        const isOpen = window !== undefined && nowMs - window.sinceMs < windowMs
        if (what === 'Succeeded') {
          policy = HandoffPolicy.recordSuccess(policy, backendKey)
          open.delete(backendKey)
        } else if (what === 'Failed') {
          policy = HandoffPolicy.recordFailure(policy, backendKey, 'BackendAckTimeout', nowMs).state
          open.set(backendKey, isOpen ? { ...window, count: window.count + 1 } : { sinceMs: nowMs, count: 1 })
        }
        const facts = { backendKey, isClientCapable: true, isServiceWilling: true, isUnderFdPressure: false, isBackendAdopted: false }
        const { value } = HandoffPolicy.decide(policy, facts, nowMs)
        const now = open.get(backendKey)
        const isLimited = now !== undefined && nowMs - now.sinceMs < windowMs && now.count >= max
        return forbid((value._tag === 'Attempt') === isLimited, () => `after ${now?.count ?? 0} failure(s) of ${max} it says ${value._tag} at ${nowMs} ms`)
      })
    },
  }),
  law({
    id: 'HANDOFF-11',
    group: 'handoff',
    sentence: 'Who waits for a backend is taken in the order of coming, no more than may and no longer than may, and nobody is lost.',
    rows: ['Q1'],
    input: 'QueueLife',
    breach: ({ PendingHandoffs }, { limits, events }) => {
      let queue = PendingHandoffs.pendingHandoffs<{ readonly number: number }>(limits)
      let model: ReadonlyArray<{ readonly number: number; readonly untilMs: number }> = []
      const [max, ttlMs] = [Math.max(1, limits.maxPending), limits.ttlMs > 0 ? limits.ttlMs : 1]
      let number = 0
      return firstBreach(events, ([nowMs, what]) => {
        const alive = model.filter(({ untilMs }) => nowMs < untilMs)
        const gone = model.length - alive.length
        if (what === 'Enqueue') {
          number += 1
          const { state, value } = PendingHandoffs.enqueue(queue, { number }, nowMs)
          queue = state
          const fits = alive.length < max
          model = fits ? [...alive, { number, untilMs: nowMs + ttlMs }] : alive
          return forbid((value.result._tag === 'Right') !== fits || value.expired.length !== gone, () => `${alive.length} of ${max} waited, and it says ${shown(value)}`)
        }
        const { state, value } = PendingHandoffs.dequeue(queue, nowMs)
        queue = state
        model = alive.slice(1)
        return forbid(value.handoff?.number !== alive[0]?.number || value.expired.length !== gone, () => `${shown(alive[0])} was next, and it says ${shown(value)}`)
      })
    },
  }),
  law({
    id: 'HANDOFF-12',
    group: 'handoff',
    sentence: 'Handing over wins only where it is strictly faster at both the median and the 99th percentile.',
    rows: ['Y1'],
    input: 'LatencySamples',
    breach: ({ Latency }, { handoffMs, fallbackMs }) => {
      const { _tag } = Latency.compareLatency(handoffMs, fallbackMs)
      const isFaster = handoffMs.length > 0 && fallbackMs.length > 0 && [50, 99].every((percent) => ranked(handoffMs, percent) < ranked(fallbackMs, percent))
      return forbid((_tag === 'Right') !== isFaster, () => `it ${isFaster ? 'is' : 'is not'} faster, and the comparison says ${_tag}`)
    },
  }),
]

/** @internal An attempt whose socket is on its way, and to which this has come back. */
export function attempted(
  { HandoffAttempt }: Steps, { subject }: Pick<AckStream, 'subject'>, chunks: ReadonlyArray<Uint8Array>,
): ReturnType<Steps['HandoffAttempt']['push']> {
  return chunks.reduce(HandoffAttempt.push, HandoffAttempt.delivered(HandoffAttempt.begin(subject, 0, ACK_DEADLINE_MS)))
}

const ENDPOINT = '/run/zccache.sock'

/** @internal A client that waits for its ready frame, and to which this has come. */
export function adopting(
  { Adoption }: Pick<Steps, 'Adoption'>, { token }: ReadyStream, chunks: ReadonlyArray<Uint8Array>,
): ReturnType<Steps['Adoption']['push']> {
  const yes = encodeHelloReply({
    result: {
      _tag: 'Negotiated',
      negotiated: {
        ...EMPTY_NEGOTIATED, negotiatedProtocol: 1, backendPipe: ENDPOINT, serverCapabilities: CAP_HANDLE_PASSING, handlePassedToken: tokenBytes(token),
      },
    },
  })
  const reply = Framing.encodeFramed(encodeFrame(frame({ envelopeVersion: 1, kind: FrameKind.FRAME_KIND_RESPONSE, payload: yes, requestId: 1n })))
  const expected = { frameRequestId: 1n, minProtocol: 1, maxProtocol: 1, offersHandlePassing: true }
  const opened = ClientConnection.connected(ClientConnection.clientConnection(expected, 0), 0)
  const answered = ClientConnection.next(ClientConnection.push(opened, reply._tag === 'Right' ? reply.right : new Uint8Array(0))).state
  return chunks.reduce(Adoption.push, Adoption.adoption(answered, true, 0, READY_TIMEOUT_MS))
}

function frameIn(bytes: Uint8Array): readonly [frame: Frame | undefined, consumed: number] {
  const { state, value } = Framing.next(Framing.push(Framing.framing(), bytes))
  const decoded = value._tag === 'FrameBody' ? decodeFrame(value.body) : undefined
  return [decoded?._tag === 'Right' ? decoded.right : undefined, bytes.length - Framing.remainder(state).length]
}

function ackIn(bytes: Uint8Array): readonly [envelope: Frame | undefined, ack: HandoffAck | undefined, consumed: number] {
  const [envelope, consumed] = frameIn(bytes)
  const ack = envelope && decodeHandoffAck(envelope.payload)
  return [envelope, ack?._tag === 'Right' ? ack.right : undefined, consumed]
}

/** The nearest rank, counted: the least sample that so many percent are no greater than. */
function ranked(samples: ReadonlyArray<number>, percent: number): number {
  const enough = samples.filter((sample) => samples.filter((other) => other <= sample).length * 100 >= samples.length * percent)
  return Math.min(...enough)
}
