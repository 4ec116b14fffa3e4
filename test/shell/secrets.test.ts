/**
 * No event contains a byte of a token or of a session half, however it is printed (BrokerEvent, law 1; DIV-T3).
 */
import { inspect } from 'node:util'
import { describeEvent, fromLatin1, handoffToken, peerIdentity } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { framedHello, PEER, policyOf, SERVICE, WANTS_HANDOFF } from '../support/negotiate.js'
import { type Bench, bench, nthToken } from '../support/negotiateShell.js'

const BROKER_HALF = 'broker~half~@001'
const DAEMON_HALF = 'daemon~half~@001'
const SECRETS = [BROKER_HALF, DAEMON_HALF, ...Array.from({ length: 8 }, (_, n) => nthToken(n))]

/** Every way in which sixteen bytes might be seen in a text. */
function spellings(secret: string): ReadonlyArray<string> {
  const bytes = Buffer.from(secret, 'latin1')
  const hex = bytes.toString('hex')
  return [secret, hex, hex.toUpperCase(), bytes.toString('base64').slice(0, 20), [...bytes].join(','), [...bytes].join(', ')]
}

/** A value printed in every usual way, with everything in it shown. */
function printed(value: unknown): string {
  const json = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
  const everything = { depth: Infinity, showHidden: true, maxArrayLength: null, breakLength: Infinity, compact: true }
  return [json, String(value), inspect(value, everything)].join('\n')
}

function seen(text: string): ReadonlyArray<string> {
  return SECRETS.filter((secret) => spellings(secret).some((spelling) => text.includes(spelling)))
}

function hexOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

/** A life in which every kind of event happens. */
function life(): Bench {
  const made = bench({
    policy: policyOf({
      tokenStore: { maxPending: 2, ttlMs: 50 },
      ackDeadlineMs: 30,
      peerPolicy: { ownerOnly: '1000' },
      sessions: { brokerHalf: hexOf(BROKER_HALF), daemonHalves: { [SERVICE]: hexOf(DAEMON_HALF) } },
    }),
  })
  const { broker, clock } = made
  const authToken = fromLatin1(BROKER_HALF + DAEMON_HALF)
  const ask = (): void => void broker.exchange(framedHello({ ...WANTS_HANDOFF, authToken }), PEER)
  const tokens = Array.from({ length: 8 }, (_, n) => handoffToken(fromLatin1(nthToken(n))))
  const [first, second, third] = tokens
  if (first === undefined || second === undefined || third === undefined) throw new Error('sixteen bytes are a token')
  broker.accept(peerIdentity(7, '1001'))
  ask()
  broker.consume(first, second)
  broker.consume(first, first)
  broker.acknowledge(first)
  broker.acknowledge(first)
  ask()
  broker.abandon(second)
  ask()
  ask()
  ask()
  broker.exchange(framedHello({ authToken: fromLatin1(DAEMON_HALF + BROKER_HALF) }), PEER)
  broker.exchange(framedHello({ authToken: fromLatin1(BROKER_HALF + BROKER_HALF) }), PEER)
  broker.exchange(framedHello({ authToken: authToken.subarray(1) }), PEER)
  clock.set(30)
  broker.acknowledge(third)
  broker.sweep()
  broker.reconfigure(policyOf({ tokenStore: { maxPending: 2, ttlMs: 50 }, ackDeadlineMs: 100 }))
  ask()
  clock.set(80)
  broker.sweep()
  return made
}

describe('the secrets of a broker', () => {
  const { events } = life()

  it('have every kind of event to hide in', () => {
    expect([...new Set(events.map(({ _tag }) => _tag))].sort()).toEqual([
      'AckRefused', 'HandoffAbandoned', 'HandoffAcknowledged', 'HandoffExpired', 'HandoffIssued', 'HandoffWithheld', 'Negotiated',
      'PeerRejected', 'Refused', 'TokenConsumed', 'TokenRefused', 'TokensExpired',
    ])
  })

  it('are in no event and in no line about one', () => {
    for (const event of events) expect([event._tag, seen(printed(event) + describeEvent(event))])
      .toEqual([event._tag, []])
  })

  it('would be found: the search sees them in a snapshot and in a reply\'s bytes', () => {
    const { broker } = bench()
    const answer = broker.exchange(framedHello(WANTS_HANDOFF), PEER)
    expect(seen(printed(answer))).toEqual([nthToken(0)])
    expect(seen(printed(broker.snapshot()))).toEqual([nthToken(0)])
  })
})
