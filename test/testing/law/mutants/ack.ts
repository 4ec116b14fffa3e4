/**
 * Seeded bugs of ACKs.
 */
import * as E from 'fp-ts/lib/Either.js'
import { DeadlineMap, MAX_INSTANT_MS, tokenBytes, toHex } from 'hello-negotiation'
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { AckRegistry as Modules } from 'hello-negotiation/step'
import type { Mutant } from '../Mutant.js'

const { AckRegistry, Handoffs } = OUR_STEPS

const nameOf = ({ token }: Modules.OverdueAck): string => toHex(tokenBytes(token))

export const ACK_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'ACK-1',
    bug: 'an ACK leaves the handoff pending',
    steps: {
      AckRegistry: { acknowledge: (registry, token, nowMs) => ({ ...AckRegistry.acknowledge(registry, token, nowMs), state: registry }) },
    },
  },
  {
    law: 'ACK-2',
    bug: 'of those overdue only the first is told',
    steps: {
      AckRegistry: {
        expire: (registry, nowMs) => {
          const { state, value } = AckRegistry.expire(registry, nowMs)
          return { state, value: value.slice(0, 1) }
        },
      },
    },
  },
  {
    law: 'ACK-2',
    bug: 'an ACK that is too late is dropped without a word',
    steps: {
      AckRegistry: {
        acknowledge: (registry, token, nowMs) => {
          const { state, value } = AckRegistry.acknowledge(registry, token, nowMs)
          return { state, value: value._tag === 'Left' ? E.left({ _tag: 'TokenNotPending' }) : value }
        },
      },
    },
  },
  {
    law: 'ACK-3',
    bug: 'an ACK leaves its token usable',
    steps: {
      Handoffs: {
        acknowledge: (broker, token, nowMs) => {
          const { state, value } = Handoffs.acknowledge(broker, token, nowMs)
          return { state: { ...state, tokens: broker.tokens }, value }
        },
      },
    },
  },
  {
    law: 'ACK-3',
    bug: 'what is abandoned is taken back only if it was pending',
    steps: {
      Handoffs: {
        abandon: (broker, token) => {
          const { state, value } = Handoffs.abandon(broker, token)
          return { state: value === undefined ? broker : state, value }
        },
      },
    },
  },
  {
    law: 'ACK-3',
    bug: 'handoffs that are overdue leave their tokens usable',
    steps: {
      Handoffs: {
        expireAcks: (broker, nowMs) => {
          const { state, value } = Handoffs.expireAcks(broker, nowMs)
          return { state: { ...state, tokens: broker.tokens }, value }
        },
      },
    },
  },
  {
    law: 'ACK-4',
    bug: 'registering a token again changes nothing',
    steps: {
      AckRegistry: {
        register: (registry, token, handoff, nowMs) => {
          const isPending = AckRegistry.abandon(registry, token).value !== undefined
          return isPending ? registry : AckRegistry.register(registry, token, handoff, nowMs)
        },
      },
    },
  },
  {
    law: 'ACK-5',
    bug: 'at the very deadline an ACK is in time',
    steps: {
      AckRegistry: {
        acknowledge: (registry, token, nowMs) =>
          AckRegistry.acknowledge(registry, token, nowMs === AckRegistry.nextDeadlineMs(registry) ? nowMs - 0.25 : nowMs),
      },
    },
  },
  {
    law: 'ACK-5',
    bug: 'the wait is told as what is left of it',
    steps: {
      AckRegistry: {
        acknowledge: (registry, token, nowMs) => {
          const { state, value } = AckRegistry.acknowledge(registry, token, nowMs)
          if (value._tag === 'Left') return { state, value }
          return { state, value: E.right({ ...value.right, waitedMs: registry.ackDeadlineMs - value.right.waitedMs }) }
        },
      },
    },
  },
  {
    law: 'ACK-6',
    bug: 'those overdue come in the order of their tokens',
    steps: {
      AckRegistry: {
        expire: (registry, nowMs) => {
          const { state, value } = AckRegistry.expire(registry, nowMs)
          return { state, value: value.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) }
        },
      },
    },
  },
  {
    law: 'ACK-7',
    bug: 'the next deadline is that of the newest',
    steps: { AckRegistry: { nextDeadlineMs: ({ pending }) => DeadlineMap.toArray(pending).at(-1)?.deadlineMs } },
  },
  {
    law: 'ACK-7',
    bug: 'a deadline too long to be added never comes, where it should come at once',
    steps: {
      AckRegistry: { ackRegistry: (ackDeadlineMs = 5_000) => AckRegistry.ackRegistry(Math.min(ackDeadlineMs, MAX_INSTANT_MS - 1)) },
    },
  },
  {
    law: 'ACK-8',
    bug: 'consuming a token ends its handoff',
    steps: {
      Handoffs: {
        consume: (broker, expected, presented, nowMs) => {
          const { state, value } = Handoffs.consume(broker, expected, presented, nowMs)
          const acks = AckRegistry.abandon(state.acks, expected).state
          return { state: value._tag === 'Right' ? { ...state, acks } : state, value }
        },
      },
    },
  },
]
