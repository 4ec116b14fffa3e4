/**
 * The laws of the whole exchange: a connection's bytes in, one framed reply out (SPEC §3–§7, C1, C3, C4).
 */
import { CAP_HANDLE_PASSING, hasCapability } from '../../data/Capabilities.js'
import { DEFAULT_KEEPALIVE_SECS } from '../../step/Agreement.js'
import * as Framing from '../../wire/Framing.js'
import { FrameKind, PayloadEncoding } from '../../wire/messages/enums.js'
import { decodeFrame, EMPTY_FRAME, type Frame } from '../../wire/messages/Frame.js'
import { decodeHelloReply } from '../../wire/messages/HelloReply.js'
import type { Negotiated } from '../../wire/messages/Negotiated.js'
import type { Refused } from '../../wire/messages/Refused.js'
import { deepFreeze } from '../deepFreeze.js'
import { type AnsweredHello, type BrokerLife, hellosOf, lived } from './BrokerLife.js'
import { type AnyLaw, firstBreach, law } from './Law.js'
import { shown } from './shown.js'
import type { Steps } from './Steps.js'

/** @internal */
export const EXCHANGE_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'EXCHANGE-1',
    group: 'exchange',
    sentence: 'Any bytes of an admitted peer get one whole frame with a reply in it, and those of any other peer get none.',
    rows: ['C1', 'C3', 'C4'],
    input: 'BrokerLife',
    breach: eachHello(({ value, event }, { policy }) => {
      const isAdmitted = policy.peerPolicy._tag === 'AllowAny' || (policy.peerPolicy.userId !== '' && policy.peerPolicy.userId === event.peer.userId)
      if (!isAdmitted) return value.bytes.length === 0 ? undefined : `a peer that is not admitted got ${value.bytes.length} bytes`
      return replyIn(value.bytes) === undefined ? `${shown(value.bytes)} is no reply` : undefined
    }),
  }),
  law({
    id: 'EXCHANGE-2',
    group: 'exchange',
    sentence: 'The same life gives the same answers, and what a step was given it leaves as it was.',
    rows: ['W10', 'N5'],
    input: 'BrokerLife',
    breach: (steps, life) => {
      const once = shown(lived(steps, deepFreeze(life)).map(({ value }) => value))
      return once === shown(lived(steps, life).map(({ value }) => value)) ? undefined : 'it does not go the same way twice'
    },
  }),
  law({
    id: 'EXCHANGE-3',
    group: 'exchange',
    sentence: 'A refusal takes neither a connection id nor a token.',
    rows: ['N5', 'R1', 'L1', 'V1', 'V3'],
    input: 'BrokerLife',
    breach: eachHello(({ before, after, value }, _life, steps) => {
      if (value.outcome._tag !== 'Refused') return undefined
      if (after.nextConnectionId !== before.nextConnectionId) return `the next connection id is ${after.nextConnectionId} after a refusal`
      const more = steps.TokenStore.pendingCount(after.tokens) - steps.TokenStore.pendingCount(before.tokens)
      return more > 0 ? `${more} token(s) more are pending after a refusal` : undefined
    }),
  }),
  law({
    id: 'EXCHANGE-4',
    group: 'exchange',
    sentence: 'Connection ids are 1, 2, 3 and so on, one for every yes.',
    rows: ['N5'],
    input: 'BrokerLife',
    breach: (steps, life) => {
      const ids = hellosOf(steps, life).flatMap((one) => yesOf(one)?.connectionId ?? [])
      return ids.every((id, i) => id === BigInt(i) + 1n) ? undefined : `the ids were ${ids.join(', ')}`
    },
  }),
  law({
    id: 'EXCHANGE-5',
    group: 'exchange',
    sentence: 'A yes has a token exactly where the client offered bit 0 and one was issued, and says bit 0 then.',
    rows: ['N6', 'N7', 'N9'],
    input: 'BrokerLife',
    breach: eachHello((one) => {
      const yes = yesOf(one)
      const { outcome } = one.value
      if (yes === undefined || outcome._tag !== 'Negotiated') return undefined
      const isWanted = hasCapability(one.event.hello?.clientCapabilities ?? 0n, CAP_HANDLE_PASSING)
      if (isWanted === (outcome.handoff._tag === 'NotRequested')) return `a client with bit 0 ${isWanted ? 'set' : 'clear'} got ${outcome.handoff._tag}`
      const bytes = yes.handlePassedToken.length
      if (bytes !== (outcome.handoff._tag === 'Granted' ? 16 : 0)) return `the token has ${bytes} bytes, and the grant was ${outcome.handoff._tag}`
      const isSaid = hasCapability(yes.serverCapabilities, CAP_HANDLE_PASSING)
      return bytes > 0 && !isSaid ? 'there is a token, and bit 0 is not set' : undefined
    }),
  }),
  law({
    id: 'EXCHANGE-6',
    group: 'exchange',
    sentence: 'A reply is a plain v1 response that echoes its request\'s id and trace, or nothing where the request was no frame.',
    rows: ['C3', 'F9'],
    input: 'BrokerLife',
    breach: eachHello(({ event, value }) => {
      const reply = frameIn(value.bytes)
      if (reply === undefined) return undefined
      const request = frameIn(event.bytes) ?? EMPTY_FRAME
      const { payload: _, ...envelope } = reply
      const wanted = {
        envelopeVersion: 1, kind: FrameKind.FRAME_KIND_RESPONSE, payloadProtocol: 0, requestId: request.requestId,
        payloadEncoding: PayloadEncoding.PAYLOAD_ENCODING_NONE, deadlineUnixMs: 0n, traceparent: request.traceparent,
        tracestate: request.tracestate,
      }
      return Object.entries(wanted).every(([key, value]) => envelope[key as keyof typeof envelope] === value)
        ? undefined
        : `the reply's envelope is ${shown(envelope)}, not ${shown(wanted)}`
    }),
  }),
  law({
    id: 'EXCHANGE-7',
    group: 'exchange',
    sentence: 'Bytes that are answered whole are answered the same by a connection that gets them cut anywhere.',
    rows: ['C3', 'C4', 'F2'],
    input: 'CutExchange',
    breach: ({ Connection, Exchange }, { policy, came: { bytes, peer, draws }, chunks }) => {
      const ambient = { nowMs: 0, draws }
      const whole = Exchange.exchange(policy, Exchange.initialState(policy), bytes, peer, ambient).value
      const fed = Connection.pushEnd(chunks.reduce(Connection.push, Connection.connection(0, policy.helloTimeoutMs)))
      const { value: event } = Connection.next(fed)
      if (event._tag === 'NeedData' || event._tag === 'Finished') return `a connection that has ended says ${event._tag}`
      const inParts = Exchange.answer(policy, Exchange.initialState(policy), event, peer, ambient).value
      return shown(whole.bytes) === shown(inParts.bytes) ? undefined : `whole ${shown(whole.bytes)}, in parts ${shown(inParts.bytes)}`
    },
  }),
  law({
    id: 'EXCHANGE-8',
    group: 'exchange',
    sentence: 'A refusal says the protocols 1 to 1, one reason, no details, and a hint only where waiting may help.',
    rows: ['E7', 'R5', 'V1', 'V3', 'C12'],
    input: 'BrokerLife',
    breach: eachHello((one, { policy }) => {
      const no = noOf(one)
      if (no === undefined) return undefined
      if (no.daemonMinProtocol !== 1 || no.daemonMaxProtocol !== 1 || no.details.size > 0 || no.reason === '') return `the refusal is ${shown(no)}`
      const mostMs = no.code === 8 ? 30_000n : no.code === 4 ? BigInt(Math.ceil(Math.max(1, policy.rateLimit.windowMs))) : 0n
      const leastMs = no.code === 8 ? 30_000n : no.code === 4 ? 1n : 0n
      return no.retryAfterMs < leastMs || no.retryAfterMs > mostMs ? `code ${no.code} hints at ${no.retryAfterMs} ms` : undefined
    }),
  }),
  law({
    id: 'EXCHANGE-9',
    group: 'exchange',
    sentence: 'A yes repeats what was registered of the backend, and the client\'s own keepalive, or half an hour where it names none.',
    rows: ['N1', 'N2', 'N3', 'N4', 'N7'],
    input: 'BrokerLife',
    breach: eachHello((one, { policy }) => {
      const yes = yesOf(one)
      const backend = [...policy.services.values()].find(({ serviceName }) => serviceName === one.event.hello?.serviceName)
      if (yes === undefined || backend === undefined) return undefined
      const wanted = one.event.hello?.clientKeepaliveSecs
      const keepalive = wanted === undefined || wanted === 0n ? DEFAULT_KEEPALIVE_SECS : wanted
      if (yes.keepaliveIntervalSecs !== keepalive) return `the keepalive is ${yes.keepaliveIntervalSecs}, not ${keepalive}`
      const isCopied = yes.daemonVersion === backend.daemonVersion && yes.backendPipe === backend.backendPipe
      const keepsBits = (yes.serverCapabilities & ~CAP_HANDLE_PASSING) === (backend.capabilities & ~CAP_HANDLE_PASSING)
      const isPlain = yes.negotiatedProtocol === 1 && yes.warnings.length === 0
      return isCopied && keepsBits && isPlain ? undefined : `the yes is ${shown(yes)}`
    }),
  }),
  law({
    id: 'EXCHANGE-10',
    group: 'exchange',
    sentence: 'What comes behind a whole first frame changes nothing about its answer.',
    rows: ['C3'],
    input: 'CutExchange',
    breach: ({ Exchange }, { policy, came: { bytes, peer, draws }, chunks }) => {
      if (frameIn(bytes) === undefined) return undefined
      const ambient = { nowMs: 0, draws }
      const more = Uint8Array.of(...bytes, ...chunks.flatMap((chunk) => [...chunk]), 0xff)
      const [alone, followed] = [bytes, more].map((all) => Exchange.exchange(policy, Exchange.initialState(policy), all, peer, ambient).value.bytes)
      return shown(alone) === shown(followed) ? undefined : `alone ${shown(alone)}, followed ${shown(followed)}`
    },
  }),
  law({
    id: 'EXCHANGE-11',
    group: 'exchange',
    sentence: 'Between a yes with a token and the end of its handoff there is one ACK entry for it, under the same connection id.',
    rows: ['N8', 'X7'],
    input: 'BrokerLife',
    breach: eachHello((one, _life, { AckRegistry }) => {
      const yes = yesOf(one)
      if (yes === undefined || yes.handlePassedToken.length === 0) return undefined
      const entries = AckRegistry.pendingHandoffs(one.after.acks).filter(({ connectionId }) => connectionId === yes.connectionId)
      const isSound = entries.length === 1 && entries[0]?.backendPid === 0 && entries[0].serviceName === one.event.hello?.serviceName
      return isSound ? undefined : `the registry has ${shown(entries)} for connection ${yes.connectionId}`
    }),
  }),
]

type OfHello = (one: AnsweredHello, life: BrokerLife, steps: Steps) => string | undefined

/** A law about each Hello of a life by itself. */
function eachHello(breach: OfHello): (steps: Steps, life: BrokerLife) => string | undefined {
  return (steps, life) => firstBreach(hellosOf(steps, life), (one) => breach(one, life, steps))
}

/** The whole frame that bytes begin with, if they do. */
function frameIn(bytes: Uint8Array): Frame | undefined {
  const { value } = Framing.next(Framing.push(Framing.framing(0x1_0000), bytes))
  const frame = value._tag === 'FrameBody' ? decodeFrame(value.body) : undefined
  return frame?._tag === 'Right' ? frame.right : undefined
}

function replyIn(bytes: Uint8Array): { readonly yes?: Negotiated; readonly no?: Refused } | undefined {
  const frame = frameIn(bytes)
  const reply = frame && decodeHelloReply(frame.payload)
  const result = reply?._tag === 'Right' ? reply.right.result : undefined
  if (result?._tag === 'Negotiated') return { yes: result.negotiated }
  return result?._tag === 'Refused' ? { no: result.refused } : undefined
}

function yesOf({ value }: AnsweredHello): Negotiated | undefined {
  return replyIn(value.bytes)?.yes
}

function noOf({ value }: AnsweredHello): Refused | undefined {
  return replyIn(value.bytes)?.no
}
