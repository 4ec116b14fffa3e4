import {
  type BrokerEvent, describeConsumeError, describeEvent, describeIssueError, peerIdentity,
  UNVERIFIED_PEER,
} from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { PEER, SERVICE } from '../support/negotiate.js'

const HANDOFF = { serviceName: SERVICE, backendPid: 0, connectionId: 7n }
const AT = { nowMs: 1 }

const LINES: ReadonlyArray<readonly [event: BrokerEvent, line: string]> = [
  [{ ...AT, _tag: 'AckRefused', error: { _tag: 'TokenNotPending' } }, 'ACK refused: handoff ACK token is not pending'],
  [
    { ...AT, _tag: 'HandoffAbandoned', handoff: HANDOFF }, 'handoff abandoned: zccache connection 7; its token is revoked',
  ],
  [
    { ...AT, _tag: 'HandoffAcknowledged', handoff: HANDOFF, waitedMs: 2.5 }, 'handoff acknowledged: zccache connection 7 after 2.5 ms',
  ],
  [
    { ...AT, _tag: 'HandoffExpired', handoff: HANDOFF, ackDeadlineMs: 5_000 },
    'handoff expired: zccache connection 7 was not acknowledged within 5000 ms; its token is revoked',
  ],
  [{ ...AT, _tag: 'HandoffIssued', handoff: HANDOFF }, 'handoff issued: zccache connection 7'],
  [
    {
      ...AT, _tag: 'HandoffWithheld', serviceName: SERVICE, connectionId: 7n,
      error: { _tag: 'PendingLimitReached', max: 3, drawsUsed: 0 },
    },
    'handoff withheld: zccache connection 7: handoff token pending limit reached (3)',
  ],
  [
    { ...AT, _tag: 'Negotiated', peer: PEER, serviceName: SERVICE, connectionId: 7n, daemonVersion: '1.11.20', trace: [] },
    'negotiated: zccache 1.11.20 connection 7 for pid 4242 (user 1000)',
  ],
  [
    { ...AT, _tag: 'PeerRejected', error: { _tag: 'PeerNotOwner', peer: UNVERIFIED_PEER, owner: '1000' } },
    'peer rejected: an unverified peer is not the owner, user 1000; closed without an answer',
  ],
  [
    {
      ...AT, _tag: 'Refused', peer: peerIdentity(9), code: 6, blame: 'PeerMisbehaved',
      error: { _tag: 'InvalidServiceName', actual: 'a\nb' },
    },
    'refused: pid 9: invalid service_name (code 6): service_name is "a\\nb"; expected 1 to 64 of a-z, 0-9 and \'-\'',
  ],
  [{ ...AT, _tag: 'TokenConsumed' }, 'token consumed'],
  [{ ...AT, _tag: 'TokenRefused', error: { _tag: 'TokenMismatch' } }, 'token refused: handoff token mismatch'],
  [{ ...AT, _tag: 'TokensExpired', count: 3 }, 'tokens expired: 3'],
]

describe('an event for a person', () => {
  it.each(LINES)('is one line: %o', (event, line) => {
    expect(describeEvent(event)).toBe(line)
  })

  it('hands back what no type lets in, rather than throw', () => {
    const described = [describeEvent, describeConsumeError, describeIssueError].map((describe) => describe('smuggled' as never))
    expect(described).toEqual(['smuggled', 'smuggled', 'smuggled'])
  })

  it.each([
    [
      'a daemon version',
      { ...AT, _tag: 'Negotiated', peer: PEER, serviceName: SERVICE, connectionId: 7n, daemonVersion: '1\n\u001b[2J', trace: [] },
    ],
    [
      'an owner', { ...AT, _tag: 'PeerRejected', error: { _tag: 'PeerNotOwner', peer: UNVERIFIED_PEER, owner: '1\n\u001b[2J' } },
    ],
    [
      'a user id', { ...AT, _tag: 'PeerRejected', error: { _tag: 'PeerNotOwner', peer: peerIdentity(7, '1\n\u001b[2J'), owner: '' } },
    ],
  ] satisfies ReadonlyArray<readonly [string, BrokerEvent]>)('is one line even for %s with control characters', (_what, event) => {
    expect(describeEvent(event)).not.toMatch(/[\u0000-\u001f]/)
  })
})

describe('the reference\'s words', () => {
  it('for a token that was not consumed (SPEC T5)', () => {
    expect(describeConsumeError({ _tag: 'TokenNotPending' })).toBe('handoff token is not pending')
    expect(describeConsumeError({ _tag: 'TokenExpired', expiredForMs: 1 })).toBe('handoff token expired')
    expect(describeConsumeError({ _tag: 'TokenMismatch' })).toBe('handoff token mismatch')
  })
})
