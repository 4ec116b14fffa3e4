/**
 * Seeded bugs of a connection's opening.
 */
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { Connection, Framing } = OUR_STEPS

export const CONNECTION_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'CONNECTION-1',
    bug: 'a chunk too short for a header is passed over',
    steps: {
      Connection: {
        push: (connection, chunk) => {
          const isFirst = Connection.remainder(connection).length === 0
          return isFirst && chunk.length < 5 ? connection : Connection.push(connection, chunk)
        },
      },
    },
  },
  {
    law: 'CONNECTION-2',
    bug: 'the Hello is told again whenever one asks',
    steps: {
      Connection: {
        next: (connection) => {
          const { state, value } = Connection.next(connection)
          return { state: value._tag === 'HelloFrame' ? connection : state, value }
        },
      },
    },
  },
  {
    law: 'CONNECTION-3',
    bug: 'a connection that has failed reads on',
    steps: {
      Connection: {
        next: (connection) =>
          Connection.next(connection.phase._tag === 'Failed' ? { ...connection, phase: { _tag: 'Reading' } } : connection),
      },
    },
  },
  {
    law: 'CONNECTION-4',
    bug: 'what comes once the Hello is told is thrown away',
    steps: {
      Connection: {
        push: (connection, chunk) => (connection.phase._tag === 'Finished' ? connection : Connection.push(connection, chunk)),
      },
    },
  },
  {
    law: 'CONNECTION-5',
    bug: 'at its very deadline a peer still has time',
    steps: {
      Connection: {
        expire: (connection, nowMs) => (nowMs === connection.deadlineMs ? connection : Connection.expire(connection, nowMs)),
      },
    },
  },
  {
    law: 'CONNECTION-5',
    bug: 'a frame that came in time and was not read yet is late',
    steps: {
      Connection: {
        expire: (connection, nowMs) => (nowMs >= connection.deadlineMs
          ? { ...connection, phase: { _tag: 'Failed', error: { _tag: 'HelloDeadlineExceeded', timeoutMs: connection.timeoutMs } } }
          : connection),
      },
    },
  },
  {
    law: 'CONNECTION-6',
    bug: 'the cap is that of any frame',
    steps: {
      Connection: {
        connection: (openedMs, timeoutMs) => ({ ...Connection.connection(openedMs, timeoutMs), framing: Framing.framing() }),
      },
    },
  },
  {
    law: 'CONNECTION-7',
    bug: 'a peer that closes takes its frame with it',
    steps: {
      Connection: {
        pushEnd: (connection) => Connection.pushEnd({ ...connection, framing: Framing.framing() }),
      },
    },
  },
]
