/**
 * Seeded bugs of the client's half.
 */
import { ClientConnection, type ClientEvent, type Move } from 'hello-negotiation'
import { OUR_STEPS, type Steps } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { Plan, Requests } = OUR_STEPS

type Planning = Steps['Plan']['plan']

/** Our connection, whose event is another one where it is of this kind. */
function hearing<T extends ClientEvent['_tag']>(tag: T, spoil: (event: Extract<ClientEvent, { readonly _tag: T }>) => ClientEvent): Mutant['steps'] {
  return {
    ClientConnection: {
      next: (connection) => {
        const { state, value } = ClientConnection.next(connection)
        return { state, value: value._tag === tag ? spoil(value as Extract<ClientEvent, { readonly _tag: T }>) : value }
      },
    },
  }
}

/** Our plan, asked by a policy or about a thing that is another one. */
function planning(spoil: (...asked: Parameters<Planning>) => Parameters<Planning>): Mutant['steps'] {
  return { Plan: { plan: (...asked) => Plan.plan(...spoil(...asked)) } }
}

function moving(spoil: (move: Move) => Move): Mutant['steps'] {
  return {
    Plan: {
      plan: (...asked) => {
        const { state, value } = Plan.plan(...asked)
        return { state, value: spoil(value) }
      },
    },
  }
}

export const CLIENT_MUTANTS: ReadonlyArray<Mutant> = [
  { law: 'CLIENT-1', bug: 'the end of the stream is not noticed', steps: { ClientConnection: { pushEnd: (connection) => connection } } },
  {
    law: 'CLIENT-1',
    bug: 'an outcome is forgotten when more comes',
    steps: {
      ClientConnection: {
        push: (connection, chunk) => ({ ...ClientConnection.push(connection, chunk), phase: { _tag: 'AwaitingReply' } }),
      },
    },
  },
  {
    law: 'CLIENT-2',
    bug: 'each chunk is looked at by itself',
    steps: {
      ClientConnection: {
        push: (connection, chunk) => ClientConnection.push({ ...connection, framing: ClientConnection.clientConnection(connection.expected, 0).framing }, chunk),
      },
    },
  },
  {
    law: 'CLIENT-3',
    bug: 'a deadline passes a millisecond late',
    steps: { ClientConnection: { expire: (connection, nowMs) => ClientConnection.expire(connection, nowMs - 1) } },
  },
  {
    law: 'CLIENT-3',
    bug: 'the deadline takes away an answer that has come',
    steps: {
      ClientConnection: {
        expire: (connection, nowMs) => (nowMs >= connection.deadlineMs
          ? { ...connection, phase: { _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: connection.timeoutMs } }
          : connection),
      },
    },
  },
  {
    law: 'CLIENT-4',
    bug: 'the request id is not compared, as in the reference',
    steps: {
      ClientConnection: {
        next: (connection) => {
          const asIfAsked = [0n, 1n, 2n, 3n].map((frameRequestId) => ClientConnection.next({ ...connection, expected: { ...connection.expected, frameRequestId } }))
          return asIfAsked.find(({ value }) => value._tag === 'Negotiated') ?? ClientConnection.next(connection)
        },
      },
    },
  },
  {
    law: 'CLIENT-4',
    bug: 'any protocol is taken',
    steps: {
      ClientConnection: {
        clientConnection: (hello, ...times) => ClientConnection.clientConnection({ ...hello, minProtocol: 0, maxProtocol: 9 }, ...times),
      },
    },
  },
  { law: 'CLIENT-5', bug: 'a code that is not known becomes 0, as in the reference', steps: hearing('Refused', (no) => ({ ...no, code: no.code > 9 || no.code < 0 ? 0 : no.code })) },
  { law: 'CLIENT-5', bug: 'the details are dropped', steps: hearing('Refused', (no) => ({ ...no, details: new Map() })) },
  {
    law: 'CLIENT-6',
    bug: 'the hint is not looked at',
    steps: planning((policy, attempts, happened, ...rest) => [policy, attempts, happened._tag === 'Refused' ? { ...happened, retryAfterMs: 0n } : happened, ...rest]),
  },
  {
    law: 'CLIENT-6',
    bug: 'a wait is due at once',
    steps: { Plan: { isDue: () => true } },
  },
  { law: 'CLIENT-7', bug: 'there is one attempt too many', steps: planning((policy, ...rest) => [{ ...policy, attemptsMax: Math.max(1, policy.attemptsMax || 1) + 1 }, ...rest]) },
  {
    law: 'CLIENT-8',
    bug: 'the last of the versions is tried first',
    steps: planning((policy, ...rest) => [{ ...policy, alternatives: [...policy.alternatives].reverse() }, ...rest]),
  },
  {
    law: 'CLIENT-8',
    bug: 'the same version is tried over and over',
    steps: planning((policy, attempts, ...rest) => [policy, { ...attempts, alternativesTried: 0 }, ...rest]),
  },
  { law: 'CLIENT-9', bug: 'the back-off has no bound', steps: planning((policy, ...rest) => [{ ...policy, backOffMaxMs: 1e9 }, ...rest]) },
  { law: 'CLIENT-9', bug: 'a wait is twice what was planned', steps: moving((move) => (move._tag === 'RetryAfter' ? { ...move, ms: move.ms * 2 } : move)) },
  {
    law: 'CLIENT-10',
    bug: 'the range is sent the wrong way round',
    steps: { Requests: { clientHello: ({ minProtocol = 1, maxProtocol = 1, ...fields }) => Requests.clientHello({ ...fields, minProtocol: maxProtocol, maxProtocol: minProtocol }) } },
  },
  { law: 'CLIENT-10', bug: 'the version is sent as it was before', steps: { Requests: { clientHello: (fields) => Requests.clientHello({ ...fields, wantedVersion: '1.0.0' }) } } },
  {
    law: 'CLIENT-11',
    bug: 'only the first fault is told',
    steps: {
      Requests: {
        clientHello: (fields) => {
          const sent = Requests.clientHello(fields)
          return sent._tag === 'Left' ? { _tag: 'Left', left: sent.left.slice(0, 1) } : sent
        },
      },
    },
  },
  { law: 'CLIENT-11', bug: 'lengths are counted in UTF-16 units', steps: { Requests: { clientHello: (fields) => Requests.clientHello({ ...fields, clientVersion: (fields.clientVersion ?? '').replace(/[^a-z0-9.]/g, '.') }) } } },
]
