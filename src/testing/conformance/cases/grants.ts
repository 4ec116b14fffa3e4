/**
 * The yes: to every service, with every wish a client may have, and the numbers it is given (SPEC N1–N9).
 *
 * The fields of a yes are judged with all other replies; what is played here is what makes them differ.
 */
import { MAX_U64 } from '../../../data/U64.js'
import type { Hello } from '../../../wire/messages/Hello.js'
import { type ConformanceCase, head, playedCase, type Probe, probedCase, unplayedCase } from '../ConformanceCase.js'
import { saying } from '../Script.js'
import { type Ask, request, type Subject } from '../Subject.js'
import { idPlay } from './ids.js'

/** @internal */
export function grantCases(subject: Subject): ReadonlyArray<ConformanceCase> {
  const [first] = subject.asks
  if (first === undefined) {
    return [unplayedCase(head('grant', 'N1 N2 N4 N5 N6 N7 N9', GRANT), 'the policy has no service that a Hello could be granted')]
  }
  return [
    probedCase(subject, head('grant', 'N1 N2', GRANT), subject.asks.slice(0, SERVICES_MAX).map((ask) =>
      probe(ask, `${ask.serviceName} ${ask.wantedVersion}`, {}))),
    probedCase(subject, head('wishes', 'N4 N6 N7 N9', 'a Hello with any keepalive and any capabilities is granted'), [
      ...KEEPALIVES.map((clientKeepaliveSecs) =>
        probe(first, `client_keepalive_secs ${clientKeepaliveSecs}`, { clientKeepaliveSecs })),
      ...CAPABILITIES.map((clientCapabilities) =>
        probe(first, `client_capabilities 0x${clientCapabilities.toString(16)}`, { clientCapabilities })),
    ]),
    playedCase(head('connection-ids', 'N5', 'a connection id is taken by a yes, and by nothing else'), idPlay(subject, first)),
  ]
}

const GRANT = 'every service that may be had is granted'

const SERVICES_MAX = 8

const KEEPALIVES = [0n, 1n, 59n, 1_800n, 86_400n, 1n << 32n, MAX_U64]

/** With and without bit 0, the only one that means anything (SPEC N9). */
const CAPABILITIES = [0n, 1n, 2n, 3n, MAX_U64 - 1n, MAX_U64, 1n]

function probe(ask: Ask, what: string, fields: Partial<Hello>): Probe {
  return { what, script: saying(request(ask, fields)) }
}
