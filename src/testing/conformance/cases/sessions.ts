/**
 * Session tokens, where the policy asks for them (SPEC K1–K3).
 */
import { fromLatin1, NO_BYTES } from '../../../data/Bytes.js'
import type { Backend } from '../../../step/ServiceTable.js'
import { SESSION_HALF_BYTES, type SessionAuthority } from '../../../step/SessionAuthority.js'
import { type ConformanceCase, head, type Probe, probedCase, unplayedCase } from '../ConformanceCase.js'
import { concat, saying } from '../Script.js'
import { type Ask, request, type Subject } from '../Subject.js'

const ABOUT = head(
  'session-token', 'K1 K2 K3', 'the session token is checked after the version: length, broker half, daemon, daemon half',
)

/** @internal */
export function sessionCases(subject: Subject): ReadonlyArray<ConformanceCase> {
  const { sessions, services } = subject.policy
  if (sessions === undefined) return [unplayedCase(ABOUT, 'the policy asks for no session tokens')]
  const hasHalf = ({ serviceName }: Backend): boolean => sessions.daemonHalves.has(serviceName)
  const backends = [...services.values()]
  return [probedCase(subject, ABOUT, [
    ...subject.asks.slice(0, 1).flatMap((ask) => tokensFor(ask, sessions)),
    ...backends.filter((backend) => !hasHalf(backend)).slice(0, 1).flatMap((backend) => unregistered(subject, backend, sessions)),
    ...backends.filter(hasHalf).slice(0, 1).map(({ serviceName }) =>
      probe('version 0.0.0, and no token', { serviceName, wantedVersion: '0.0.0', authToken: NO_BYTES })),
    probe('a service that is not there, and no token', { ...subject.base, serviceName: subject.nobody, authToken: NO_BYTES }),
  ])]
}

function probe(what: string, ask: Ask): Probe {
  return { what, script: saying(request(ask)) }
}

/** Nothing wrong here is made of a right half: a report shows what was sent. */
function tokensFor(ask: Ask, { brokerHalf }: SessionAuthority): ReadonlyArray<Probe> {
  const broker = fromLatin1(brokerHalf)
  const daemon = ask.authToken.subarray(SESSION_HALF_BYTES)
  const tokens: ReadonlyArray<readonly [what: string, token: Uint8Array]> = [
    ['no token', NO_BYTES],
    ['a token of 31 bytes', new Uint8Array(2 * SESSION_HALF_BYTES - 1)],
    ['a token of 33 bytes', concat([ask.authToken, Uint8Array.of(0)])],
    ['another broker half', concat([WRONG_HALF, daemon])],
    ['another daemon half', concat([broker, WRONG_HALF])],
    ['both halves others', concat([WRONG_HALF, WRONG_HALF])],
    ['the halves the wrong way round', concat([daemon, broker])],
    ['the token as it should be', ask.authToken],
  ]
  return tokens.map(([what, authToken]) => probe(what, { ...ask, authToken }))
}

/** A half that nobody has drawn. */
const WRONG_HALF = new TextEncoder().encode('no half of yours')

/** A service whose daemon has no half, asked for in the version that would do if it had one. */
function unregistered(subject: Subject, backend: Backend, { brokerHalf }: SessionAuthority): ReadonlyArray<Probe> {
  const { serviceName, versions } = backend
  const [listed] = versions.allowList
  const ask = { serviceName, wantedVersion: listed ?? versions.minVersion ?? subject.base.wantedVersion }
  const broker = fromLatin1(brokerHalf)
  return [
    probe('a daemon that is not registered', { ...ask, authToken: concat([broker, WRONG_HALF]) }),
    probe('a daemon that is not registered, and another broker half', { ...ask, authToken: concat([WRONG_HALF, broker]) }),
  ]
}
