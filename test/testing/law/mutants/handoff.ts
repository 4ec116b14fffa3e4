/**
 * Seeded bugs of handing a stream over, and of who owns it.
 */
import { Adoption, HandoffAttempt, HandoffReceiver, tokenBytes } from 'hello-negotiation'
import { HandoffAcceptance, HandoffPolicy, Latency, PendingHandoffs } from 'hello-negotiation/step'
import { ackFrame, decodeFrame, decodeHandoffAck, encodeFrame, encodeFramed, Framing, type HandoffAck } from 'hello-negotiation/wire'
import type { Mutant } from '../Mutant.js'

function ackIn(bytes: Uint8Array): HandoffAck | undefined {
  const { value } = Framing.next(Framing.push(Framing.framing(), bytes))
  const frame = value._tag === 'FrameBody' ? decodeFrame(value.body) : undefined
  const ack = frame?._tag === 'Right' ? decodeHandoffAck(frame.right.payload) : undefined
  return ack?._tag === 'Right' ? ack.right : undefined
}

function framedAck(ack: HandoffAck): Uint8Array {
  const whole = encodeFramed(encodeFrame(ackFrame(ack)))
  return whole._tag === 'Right' ? whole.right : new Uint8Array(0)
}

/** An attempt that reads an answer as if it said something else. */
function reading(spoil: (ack: HandoffAck, attempt: HandoffAttempt.HandoffAttempt) => HandoffAck): Mutant['steps'] {
  return {
    HandoffAttempt: {
      push: (attempt, chunk) => {
        const ack = ackIn(chunk)
        return HandoffAttempt.push(attempt, ack === undefined ? chunk : framedAck(spoil(ack, attempt)))
      },
    },
  }
}

export const HANDOFF_MUTANTS: ReadonlyArray<Mutant> = [
  { law: 'HANDOFF-1', bug: 'an answer is taken for a yes', steps: reading((ack) => ({ ...ack, accepted: true })) },
  { law: 'HANDOFF-1', bug: 'the token\'s echo is not compared', steps: reading((ack, { offered }) => ({ ...ack, token: tokenBytes(offered.token) })) },
  { law: 'HANDOFF-1', bug: 'the id in the ACK is not compared', steps: reading((ack, { offered }) => ({ ...ack, correlationId: offered.correlationId })) },
  {
    law: 'HANDOFF-2',
    bug: 'only whole frames are understood',
    steps: { HandoffAttempt: { push: (attempt, chunk) => (ackIn(chunk) === undefined && chunk.length < 9 ? attempt : HandoffAttempt.push(attempt, chunk)) } },
  },
  { law: 'HANDOFF-3', bug: 'the deadline is exclusive', steps: { HandoffAttempt: { expire: (attempt, nowMs) => HandoffAttempt.expire(attempt, nowMs - 0.5) } } },
  { law: 'HANDOFF-3', bug: 'an attempt without an answer waits for ever', steps: { HandoffAttempt: { expire: (attempt) => attempt } } },
  {
    law: 'HANDOFF-4',
    bug: 'a failed delivery undoes a transfer',
    steps: {
      HandoffAttempt: {
        deliveryFailed: (attempt, ...how) => HandoffAttempt.deliveryFailed({ ...attempt, phase: { _tag: 'Delivering' } }, ...how),
      },
    },
  },
  {
    law: 'HANDOFF-5',
    bug: 'a token is expected anew as soon as it has been used',
    steps: { HandoffAcceptance: { accept: (acceptance, ...offered) => {
      const { state, value } = HandoffAcceptance.accept(acceptance, ...offered)
      return { state: { ...state, seen: state.open }, value }
    } } },
  },
  {
    law: 'HANDOFF-5',
    bug: 'a token that was accepted stays open',
    steps: { HandoffAcceptance: { accept: (acceptance, ...offered) => ({ ...HandoffAcceptance.accept(acceptance, ...offered), state: acceptance }) } },
  },
  {
    law: 'HANDOFF-6',
    bug: 'the answer shows the token that was expected, not the one presented',
    steps: {
      HandoffReceiver: {
        next: (receiver, ...rest) => {
          const { state, value } = HandoffReceiver.next(receiver, ...rest)
          const ack = value._tag !== 'NeedData' && value.ack !== undefined ? ackIn(value.ack) : undefined
          return ack === undefined || value._tag === 'NeedData'
            ? { state, value }
            : { state, value: { ...value, ack: framedAck({ ...ack, token: tokenBytes(receiver.sidebandToken), accepted: true }) } }
        },
      },
    },
  },
  {
    law: 'HANDOFF-7',
    bug: 'the token of the ready frame is not compared',
    steps: {
      Adoption: {
        next: (adoption) => {
          const { state, value } = Adoption.next(adoption)
          return value._tag === 'Reconnect' && value.why._tag === 'ReadyTokenMismatch' && adoption.phase._tag === 'Waiting'
            ? Adoption.next({ ...adoption, phase: { _tag: 'Adopted', connectionId: adoption.phase.connectionId } })
            : { state, value }
        },
      },
    },
  },
  {
    law: 'HANDOFF-7',
    bug: 'what comes right behind the ready frame is lost',
    steps: {
      Adoption: {
        next: (adoption) => {
          const { state, value } = Adoption.next(adoption)
          return { state, value: value._tag === 'Adopted' ? { ...value, remainder: new Uint8Array(0) } : value }
        },
      },
    },
  },
  { law: 'HANDOFF-8', bug: 'the deadline is never looked at', steps: { Adoption: { expire: (adoption) => adoption } } },
  {
    law: 'HANDOFF-8',
    bug: 'the endpoint is forgotten while waiting',
    steps: { Adoption: { expire: (adoption, nowMs) => Adoption.expire({ ...adoption, endpoint: '' }, nowMs) } },
  },
  {
    law: 'HANDOFF-9',
    bug: 'pressure is looked at before the service\'s wish',
    steps: {
      HandoffPolicy: {
        decide: (policy, facts, nowMs) => (facts.isClientCapable && facts.isUnderFdPressure
          ? { state: policy, value: HandoffPolicy.reconnect('FdPressureDisabled') }
          : HandoffPolicy.decide(policy, facts, nowMs)),
      },
    },
  },
  {
    law: 'HANDOFF-10',
    bug: 'a success does not clear the failures',
    steps: { HandoffPolicy: { recordSuccess: (policy) => policy } },
  },
  {
    law: 'HANDOFF-10',
    bug: 'all backends share one window',
    steps: {
      HandoffPolicy: {
        recordFailure: (policy, _key, ...rest) => HandoffPolicy.recordFailure(policy, 'a', ...rest),
        decide: (policy, facts, nowMs) => HandoffPolicy.decide(policy, { ...facts, backendKey: 'a' }, nowMs),
      },
    },
  },
  {
    law: 'HANDOFF-11',
    bug: 'who waits too long is dropped without a word',
    steps: {
      PendingHandoffs: {
        enqueue: (queue, handoff, nowMs) => PendingHandoffs.enqueue(PendingHandoffs.expire(queue, nowMs).state, handoff, nowMs),
        dequeue: (queue, nowMs) => PendingHandoffs.dequeue(PendingHandoffs.expire(queue, nowMs).state, nowMs),
      },
    },
  },
  {
    law: 'HANDOFF-11',
    bug: 'one more may wait than may',
    steps: { PendingHandoffs: { pendingHandoffs: (limits) => PendingHandoffs.pendingHandoffs({ ttlMs: limits?.ttlMs ?? 100, maxPending: Math.max(1, limits?.maxPending ?? 64) + 1 }) } },
  },
  {
    law: 'HANDOFF-12',
    bug: 'a draw wins',
    steps: { Latency: { compareLatency: (handoff, fallback) => Latency.compareLatency(Array.from(handoff, (ms) => Math.max(0, ms - 0.5)), fallback) } },
  },
  {
    law: 'HANDOFF-12',
    bug: 'only the median is compared',
    steps: {
      Latency: {
        compareLatency: (handoff, fallback) => {
          const compared = Latency.compareLatency(handoff, fallback)
          return compared._tag === 'Left' && compared.left._tag === 'P99NotFaster'
            ? Latency.compareLatency([0], [1])
            : compared
        },
      },
    },
  },
  {
    law: 'OWNERSHIP-1',
    bug: 'without an answer the broker keeps the stream',
    steps: {
      HandoffAttempt: {
        next: (attempt, nowMs) => {
          const { state, value } = HandoffAttempt.next(attempt, nowMs)
          return { state, value: value._tag === 'FellBack' ? { ...value, owner: 'Broker' } : value }
        },
      },
    },
  },
  {
    law: 'OWNERSHIP-2',
    bug: 'a socket that may have arrived is kept too',
    steps: { HandoffAttempt: { deliveryFailed: (attempt, detail) => HandoffAttempt.deliveryFailed(attempt, detail, false) } },
  },
  {
    law: 'OWNERSHIP-2',
    bug: 'every failed delivery gives the stream up',
    steps: { HandoffAttempt: { deliveryFailed: (attempt, detail) => HandoffAttempt.deliveryFailed(attempt, detail, true) } },
  },
  {
    law: 'OWNERSHIP-3',
    bug: 'a client that reconnects keeps the old stream open',
    steps: {
      Adoption: {
        next: (adoption) => {
          const { state, value } = Adoption.next(adoption)
          return { state, value: value._tag === 'Reconnect' ? { ...value, stream: 'ClientKeeps' as never } : value }
        },
      },
    },
  },
]
