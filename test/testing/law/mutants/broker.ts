/**
 * Seeded bugs of the whole broker: its exchange, its deadlines, its snapshots.
 */
import { type Answer, type BrokerState, Connection, encodeReply, FIRST_CONNECTION_ID, type Outcome } from 'hello-negotiation'
import { OUR_STEPS, type Steps } from 'hello-negotiation/testing'
import { decodeFrame, type Frame, Framing, type Negotiated, type Refused } from 'hello-negotiation/wire'
import type { Mutant } from '../Mutant.js'

const { AckRegistry, Deadlines, Exchange, Handoffs, Snapshot, TokenStore } = OUR_STEPS

type Exchanging = Steps['Exchange']['exchange']

/** Our exchange, with its answer put wrong in some place. */
function answering(spoil: (answer: Answer, request: Frame | undefined) => Answer): Mutant['steps'] {
  const exchange: Exchanging = (policy, state, bytes, peer, ambient) => {
    const { state: next, value } = Exchange.exchange(policy, state, bytes, peer, ambient)
    return { state: next, value: spoil(value, requestIn(bytes)) }
  }
  return { Exchange: { exchange } }
}

/** Our exchange, that goes on from another state than the one it came to. */
function leaving(spoil: (next: BrokerState, before: BrokerState, outcome: Outcome) => BrokerState): Mutant['steps'] {
  const exchange: Exchanging = (policy, state, bytes, peer, ambient) => {
    const { state: next, value } = Exchange.exchange(policy, state, bytes, peer, ambient)
    return { state: spoil(next, state, value.outcome), value }
  }
  return { Exchange: { exchange } }
}

/** An answer whose yes says something else. */
function sayingYes(spoil: (yes: Negotiated) => Negotiated): Mutant['steps'] {
  return answering((answer, request) => {
    const { outcome } = answer
    if (outcome._tag !== 'Negotiated') return answer
    const spoilt = { ...outcome, reply: spoil(outcome.reply) }
    return { outcome: spoilt, bytes: encodeReply(spoilt, request) }
  })
}

/** An answer whose no says something else. */
function sayingNo(spoil: (no: Refused) => Refused): Mutant['steps'] {
  return answering((answer, request) => {
    const { outcome, bytes } = answer
    if (outcome._tag !== 'Refused' || bytes.length === 0) return answer
    const spoilt = { ...outcome, reply: spoil(outcome.reply) }
    return { outcome: spoilt, bytes: encodeReply(spoilt, request) }
  })
}

function requestIn(bytes: Uint8Array): Frame | undefined {
  const { value } = Framing.next(Framing.push(Framing.framing(0x1_0000), bytes))
  const frame = value._tag === 'FrameBody' ? decodeFrame(value.body) : undefined
  return frame?._tag === 'Right' ? frame.right : undefined
}

let isSecond = false

export const BROKER_MUTANTS: ReadonlyArray<Mutant> = [
  { law: 'EXCHANGE-1', bug: 'bytes that are no frame get no answer', steps: answering((answer, request) => (request === undefined ? { ...answer, bytes: new Uint8Array(0) } : answer)) },
  {
    law: 'EXCHANGE-1',
    bug: 'a peer that is not admitted is told so',
    steps: answering((answer, request) => (answer.bytes.length === 0 ? { ...answer, bytes: encodeReply(answer.outcome, request) } : answer)),
  },
  {
    law: 'EXCHANGE-2',
    bug: 'something outside the state is remembered',
    steps: sayingYes((yes) => {
      isSecond = !isSecond
      return isSecond ? { ...yes, warnings: ['once'] } : yes
    }),
  },
  {
    law: 'EXCHANGE-3',
    bug: 'the connection id is taken before the checks',
    steps: leaving((next, before, outcome) => (outcome._tag === 'Refused' ? { ...next, nextConnectionId: before.nextConnectionId + 1n } : next)),
  },
  { law: 'EXCHANGE-4', bug: 'ids are counted from 0', steps: { Exchange: { initialState: (policy) => ({ ...Exchange.initialState(policy), nextConnectionId: FIRST_CONNECTION_ID - 1n }) } } },
  {
    law: 'EXCHANGE-4',
    bug: 'an id is given twice',
    steps: leaving((next, before) => ({ ...next, nextConnectionId: before.nextConnectionId === 2n ? 2n : next.nextConnectionId })),
  },
  { law: 'EXCHANGE-5', bug: 'the token is forgotten in the reply', steps: sayingYes((yes) => ({ ...yes, handlePassedToken: new Uint8Array(0) })) },
  {
    law: 'EXCHANGE-5',
    bug: 'bit 0 is not set where there is a token',
    steps: sayingYes((yes) => ({ ...yes, serverCapabilities: yes.serverCapabilities & ~1n })),
  },
  {
    law: 'EXCHANGE-6',
    bug: 'the trace is not echoed',
    steps: answering((answer, request) => (request && answer.bytes.length > 0 ? { ...answer, bytes: encodeReply(answer.outcome, { ...request, tracestate: '' }) } : answer)),
  },
  {
    law: 'EXCHANGE-6',
    bug: 'the request id is not echoed in refusals',
    steps: answering((answer, request) =>
      (request && answer.outcome._tag === 'Refused' && answer.bytes.length > 0 ? { ...answer, bytes: encodeReply(answer.outcome, { ...request, requestId: 0n }) } : answer)),
  },
  {
    law: 'EXCHANGE-7',
    bug: 'a chunk that comes by itself is lost',
    steps: { Connection: { push: (connection, chunk) => (chunk.length === 1 && connection.phase._tag === 'Reading' ? connection : Connection.push(connection, chunk)) } },
  },
  { law: 'EXCHANGE-8', bug: 'the hint is 0 where the client is to wait', steps: sayingNo((no) => ({ ...no, retryAfterMs: 0n })) },
  { law: 'EXCHANGE-8', bug: 'a refusal says that it speaks nothing', steps: sayingNo((no) => ({ ...no, daemonMaxProtocol: 0 })) },
  {
    law: 'EXCHANGE-9',
    bug: 'the keepalive is capped',
    steps: sayingYes((yes) => ({ ...yes, keepaliveIntervalSecs: yes.keepaliveIntervalSecs > 86_400n ? 86_400n : yes.keepaliveIntervalSecs })),
  },
  { law: 'EXCHANGE-9', bug: 'the backend\'s own bits are masked out', steps: sayingYes((yes) => ({ ...yes, serverCapabilities: yes.serverCapabilities & 1n })) },
  {
    law: 'EXCHANGE-10',
    bug: 'more bytes than the frame needs are taken for a bad frame',
    steps: {
      Exchange: {
        exchange: (policy, state, bytes, peer, ambient) => {
          const isMore = bytes.length > 5 + (bytes[1] ?? 0) + 256 * (bytes[2] ?? 0)
          return Exchange.exchange(policy, state, isMore ? bytes.subarray(0, 4) : bytes, peer, ambient)
        },
      },
    },
  },
  { law: 'EXCHANGE-11', bug: 'the token is not registered for its ACK', steps: leaving((next, before) => ({ ...next, acks: before.acks })) },
  {
    law: 'DEADLINE-1',
    bug: 'tokens expire a millisecond early',
    steps: { Deadlines: { expire: (state, nowMs) => Deadlines.expire(state, nowMs + 1) } },
  },
  { law: 'DEADLINE-2', bug: 'a deadline is not yet due at its own instant', steps: { Deadlines: { expire: (state, nowMs) => Deadlines.expire(state, nowMs - 0.5) } } },
  {
    law: 'DEADLINE-2',
    bug: 'only the tokens\' deadlines are told',
    steps: {
      Deadlines: { nextDeadlineMs: (state) => TokenStore.nextDeadlineMs(state.tokens), expire: (state, nowMs) => {
        const { state: next, value } = Deadlines.expire(state, nowMs)
        return { state: { ...next, tokens: state.tokens }, value }
      } },
    },
  },
  {
    law: 'DEADLINE-3',
    bug: 'what has expired is told, and kept',
    steps: { Deadlines: { expire: (state, nowMs) => ({ state, value: Deadlines.expire(state, nowMs).value }) } },
  },
  {
    law: 'DEADLINE-4',
    bug: 'an ACK that comes too late removes its entry without a word',
    steps: {
      Handoffs: {
        acknowledge: (state, token, nowMs) => {
          const { state: next, value } = Handoffs.acknowledge(state, token, nowMs)
          return { state: next, value: value._tag === 'Left' ? { _tag: 'Left', left: { _tag: 'TokenNotPending' } } : value }
        },
      },
    },
  },
  {
    law: 'DEADLINE-4',
    bug: 'an abandoned handoff stays registered',
    steps: { Handoffs: { abandon: (state, token) => ({ state: { ...Handoffs.abandon(state, token).state, acks: state.acks }, value: Handoffs.abandon(state, token).value }) } },
  },
  {
    law: 'DEADLINE-5',
    bug: 'the ACK does not revoke the token',
    steps: {
      Handoffs: {
        acknowledge: (state, token, nowMs) => {
          const { state: next, value } = Handoffs.acknowledge(state, token, nowMs)
          return { state: { ...next, tokens: state.tokens }, value }
        },
      },
    },
  },
  {
    law: 'SNAPSHOT-1',
    bug: 'the limiter starts anew',
    steps: {
      Snapshot: {
        encodeSnapshot: (state) => {
          const snapshot = Snapshot.encodeSnapshot(state)
          return { ...snapshot, limiter: { ...snapshot.limiter, windows: [] } }
        },
      },
    },
  },
  {
    law: 'SNAPSHOT-1',
    bug: 'what is pending is not carried over',
    steps: {
      Snapshot: {
        encodeSnapshot: (state) => Snapshot.encodeSnapshot({
          ...state, acks: AckRegistry.ackRegistry(state.acks.ackDeadlineMs), tokens: TokenStore.tokenStore(state.tokens.limits),
        }),
      },
    },
  },
  {
    law: 'SNAPSHOT-2',
    bug: 'a snapshot of another shape throws',
    throws: true,
    steps: {
      Snapshot: {
        decodeSnapshot: (input) => {
          void (input as { readonly limiter: { readonly latestMs: number } }).limiter.latestMs
          return Snapshot.decodeSnapshot(input)
        },
      },
    },
  },
  {
    law: 'SNAPSHOT-3',
    bug: 'the connection id is left a bigint',
    throws: true,
    steps: {
      Snapshot: { encodeSnapshot: (state) => ({ ...Snapshot.encodeSnapshot(state), nextConnectionId: state.nextConnectionId as unknown as string }) },
    },
  },
]
