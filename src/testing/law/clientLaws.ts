/**
 * The laws of the client's half: what it sends, what it makes of any answer, and what it does next (SPEC §13).
 */
import type { Move } from '../../client/Plan.js'
import { checkShape } from '../../step/HelloShape.js'
import { UNVERIFIED_PEER } from '../../data/PeerIdentity.js'
import { HELLO_BODY_MAX_BYTES } from '../../wire/Limits.js'
import * as Framing from '../../wire/Framing.js'
import { decodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { decodeHello } from '../../wire/messages/Hello.js'
import { decodeHelloReply } from '../../wire/messages/HelloReply.js'
import { type AnyLaw, firstBreach, forbid, law } from './Law.js'
import type { Planning, ReplyStream } from './inputs/client.js'
import { shown } from './shown.js'
import type { Steps } from './Steps.js'

const OPENED_MS = 10
const TIMEOUT_MS = 100

/** @internal */
export const CLIENT_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'CLIENT-1',
    group: 'client',
    sentence: 'Any stream that ends comes to exactly one outcome, which is told again whatever else comes.',
    rows: ['G5', 'G7'],
    input: 'ReplyStream',
    breach: (steps, stream) => {
      const { ClientConnection } = steps
      const { state, value } = ClientConnection.next(ClientConnection.pushEnd(fed(steps, stream, stream.chunks)))
      if (value._tag === 'NeedData') return 'an ended stream has come to no outcome'
      const later = ClientConnection.expire(ClientConnection.push(state, Uint8Array.of(1, 0, 0, 0, 0)), Number.MAX_VALUE)
      return sameText(value, ClientConnection.next(later).value)
    },
  }),
  law({
    id: 'CLIENT-2',
    group: 'client',
    sentence: 'However a stream is cut, its outcome is the same.',
    rows: ['G5', 'F2'],
    input: 'ReplyStream',
    breach: (steps, stream) => {
      const whole = steps.ClientConnection.next(fed(steps, stream, [stream.bytes])).value
      return sameText(whole, steps.ClientConnection.next(fed(steps, stream, stream.chunks)).value)
    },
  }),
  law({
    id: 'CLIENT-3',
    group: 'client',
    sentence: 'At its deadline, and not before, a client that has read no answer has timed out.',
    rows: ['G9'],
    input: 'ReplyStream',
    breach: (steps, stream) => {
      const { ClientConnection } = steps
      const waiting = fed(steps, stream, stream.chunks)
      const before = ClientConnection.next(waiting).value
      const early = ClientConnection.next(ClientConnection.expire(waiting, OPENED_MS + TIMEOUT_MS - 0.5)).value
      const atDeadline = ClientConnection.next(ClientConnection.expire(waiting, OPENED_MS + TIMEOUT_MS)).value
      if (early._tag !== before._tag) return `half a millisecond before its deadline it says ${early._tag}, not ${before._tag}`
      const wanted = before._tag === 'NeedData' ? 'TimedOut' : before._tag
      return forbid(atDeadline._tag !== wanted, () => `at its deadline it says ${atDeadline._tag}, not ${wanted}`)
    },
  }),
  law({
    id: 'CLIENT-4',
    group: 'client',
    sentence: 'A yes is taken only where it answers the request: its id, a protocol that was offered, and a token of sixteen bytes or none.',
    rows: ['DIV-G1', 'G6'],
    input: 'ReplyStream',
    breach: (steps, stream) => {
      const event = steps.ClientConnection.next(fed(steps, stream, [stream.bytes])).value
      if (event._tag !== 'Negotiated') return undefined
      const frame = firstFrame(stream.bytes)
      const reply = frame && decodeHelloReply(frame.payload)
      const result = reply?._tag === 'Right' ? reply.right.result : undefined
      if (frame === undefined || result?._tag !== 'Negotiated') return 'there was no yes'
      const { frameRequestId, minProtocol, maxProtocol } = stream.expected
      const { negotiatedProtocol, handlePassedToken } = result.negotiated
      if (frame.requestId !== frameRequestId) return `a yes to request ${frame.requestId} was taken for one to ${frameRequestId}`
      if (negotiatedProtocol < minProtocol || negotiatedProtocol > maxProtocol) return `protocol ${negotiatedProtocol} was not offered`
      return forbid(![0, 16].includes(handlePassedToken.length), () => `the token has ${handlePassedToken.length} bytes`)
    },
  }),
  law({
    id: 'CLIENT-5',
    group: 'client',
    sentence: 'A refusal is kept whole: its code, known or not, its reason, details, protocols and hint.',
    rows: ['DIV-G2', 'G8'],
    input: 'ReplyStream',
    breach: (steps, stream) => {
      const event = steps.ClientConnection.next(fed(steps, stream, [stream.bytes])).value
      const frame = firstFrame(stream.bytes)
      const reply = frame && decodeHelloReply(frame.payload)
      const result = reply?._tag === 'Right' ? reply.right.result : undefined
      if (event._tag !== 'Refused' || result?._tag !== 'Refused') return forbid(event._tag === 'Refused', () => 'there was no refusal')
      const { code, reason, details, daemonMinProtocol: min, daemonMaxProtocol: max, retryAfterMs } = result.refused
      return sameText([code, reason, details, min, max, retryAfterMs], [event.code, event.reason, event.details, event.versionRange.min, event.versionRange.max, event.retryAfterMs])
    },
  }),
  law({
    id: 'CLIENT-6',
    group: 'client',
    sentence: 'No attempt is due before the broker\'s hint has passed.',
    rows: ['G15', 'R5'],
    input: 'Planning',
    breach: (steps, planning) => firstBreach(planned(steps, planning), ({ happened, move, atMs, isDueAt }) => {
      if (move._tag !== 'RetryAfter' || happened._tag !== 'Refused' || happened.retryAfterMs === 0n) return undefined
      const earlyMs = atMs + Number(happened.retryAfterMs) - 0.5
      return forbid(earlyMs < 2 ** 51 && isDueAt(earlyMs), () => `it is due at ${earlyMs}, ${happened.retryAfterMs} ms after ${atMs} were asked for`)
    }),
  }),
  law({
    id: 'CLIENT-7',
    group: 'client',
    sentence: 'A plan makes no more attempts than it may, and ends.',
    rows: ['G9', 'G15'],
    input: 'Planning',
    breach: (steps, planning) => {
      const moves = planned(steps, planning)
      const firstEnd = moves.findIndex(({ move }) => move._tag !== 'RetryAfter' && move._tag !== 'TryVersion')
      const attempts = 1 + (firstEnd === -1 ? moves.length : firstEnd)
      const max = planning.policy.attemptsMax >= 1 ? planning.policy.attemptsMax : 1
      return forbid(attempts > Math.max(1, Math.ceil(max)), () => `${attempts} attempts were made where ${max} may be`)
    },
  }),
  law({
    id: 'CLIENT-8',
    group: 'client',
    sentence: 'Of other versions that would do, each is tried at most once, in order, and no version but these.',
    rows: ['G15', 'V1', 'V3'],
    input: 'Planning',
    breach: (steps, planning) => {
      const tried = planned(steps, planning).flatMap(({ move }) => (move._tag === 'TryVersion' ? [move.version] : []))
      return sameText(planning.policy.alternatives.slice(0, tried.length), tried)
    },
  }),
  law({
    id: 'CLIENT-9',
    group: 'client',
    sentence: 'A wait is never longer than its bounds, nor than a hint and a bound together.',
    rows: ['G15'],
    input: 'Planning',
    breach: (steps, planning) => firstBreach(planned(steps, planning), ({ happened, move }) => {
      if (move._tag !== 'RetryAfter') return undefined
      const own = planning.policy.backOffMaxMs >= 1 ? planning.policy.backOffMaxMs : 1
      const hint = happened._tag === 'Refused' ? Number(happened.retryAfterMs) : 0
      return forbid(!(move.ms <= hint + own), () => `it waits ${move.ms} ms, with a hint of ${hint} and a bound of ${own}`)
    }),
  }),
  law({
    id: 'CLIENT-10',
    group: 'client',
    sentence: 'What a client sends for a sound request fits the Hello\'s cap, and passes every check of a broker\'s but the rate and the service.',
    rows: ['G1', 'F3', 'E1', 'H1', 'H2', 'H3', 'H4', 'H5'],
    input: 'Request',
    breach: ({ Requests }, fields) => {
      const sent = Requests.clientHello(fields)
      if (sent._tag === 'Left') return `a sound request is told to be at fault: ${shown(sent.left)}`
      const frame = firstFrame(sent.right.bytes, HELLO_BODY_MAX_BYTES)
      if (frame === undefined || frame.envelopeVersion !== 1 || frame.kind !== 0 || frame.payloadProtocol !== 0) return 'it is no request frame'
      const hello = decodeHello(frame.payload)
      if (hello._tag === 'Left') return 'its payload is no Hello'
      if (hello.right.serviceName !== fields.serviceName || hello.right.wantedVersion !== fields.wantedVersion) return 'it asks for something else'
      const shape = checkShape(hello.right, UNVERIFIED_PEER)
      return shape._tag === 'Left' ? `a broker refuses it: ${shape.left._tag}` : undefined
    },
  }),
  law({
    id: 'CLIENT-11',
    group: 'client',
    sentence: 'Of a request that is not sound every fault is told, and nothing is sent.',
    rows: ['G1', 'H2', 'H3', 'H4', 'H5'],
    input: 'SpoiltRequest',
    breach: ({ Requests }, { fields, spoilt }) => {
      const sent = Requests.clientHello(fields)
      if (sent._tag === 'Right') return forbid(spoilt.length > 0, () => `it is sent though ${spoilt.join(', ')} cannot be`)
      const told = new Set(sent.left.map(({ field }) => String(field)))
      const missing = spoilt.filter((field) => !told.has(field))
      return forbid(missing.length > 0, () => `nothing is said of ${missing.join(', ')}`)
    },
  }),
]

function fed(
  { ClientConnection }: Steps, { expected }: ReplyStream, chunks: ReadonlyArray<Uint8Array>,
): ReturnType<Steps['ClientConnection']['push']> {
  const begun = ClientConnection.connected(ClientConnection.clientConnection(expected, OPENED_MS, TIMEOUT_MS), OPENED_MS)
  return chunks.reduce(ClientConnection.push, begun)
}

interface Planned {
  readonly happened: Planning['events'][number]['happened']
  readonly move: Move
  readonly atMs: number
  readonly isDueAt: (nowMs: number) => boolean
}

/** What a plan says to each of the things that happen, each as soon as it may after the one before; it ends with the plan. */
function planned({ Plan }: Steps, { policy, events }: Planning): ReadonlyArray<Planned> {
  const all: Array<Planned> = []
  let attempts = Plan.NO_ATTEMPTS
  let atMs = 0
  for (const { happened, draw, laterMs } of events) {
    const { state, value: move } = Plan.plan(policy, attempts, happened, draw, atMs)
    all.push({ happened, move, atMs, isDueAt: (nowMs) => Plan.isDue(state, nowMs) })
    if (move._tag !== 'RetryAfter' && move._tag !== 'TryVersion') return all
    attempts = state
    atMs = Math.max(atMs, state.notBeforeMs) + laterMs
  }
  return all
}

function firstFrame(bytes: Uint8Array, maxBytes?: number): Frame | undefined {
  const { value } = Framing.next(Framing.push(Framing.framing(maxBytes), bytes))
  const frame = value._tag === 'FrameBody' ? decodeFrame(value.body) : undefined
  return frame?._tag === 'Right' ? frame.right : undefined
}

function sameText(wanted: unknown, found: unknown): string | undefined {
  return forbid(shown(wanted) !== shown(found), () => `${shown(found)} instead of ${shown(wanted)}`)
}
