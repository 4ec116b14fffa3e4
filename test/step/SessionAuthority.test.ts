import * as fc from 'fast-check'
import { fromLatin1, type ServiceName } from 'hello-negotiation'
import { SessionAuthority } from 'hello-negotiation/step'
import { arbitraryServiceName, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { countingReads } from '../support/countingReads.js'
import { leftOf, OTHER_SERVICE, SERVICE, serviceName, sessionHalf } from '../support/negotiate.js'

const { checkSession, parseSessionHalf, register, revoke, rotate, sessionAuthority } = SessionAuthority

type Authority = SessionAuthority.SessionAuthority

const BROKER = sessionHalf('broker-half-----')
const DAEMON = sessionHalf('daemon-half-----')
const OTHER = sessionHalf('another-half----')

const AUTHORITY: Authority = deepFreeze(register(sessionAuthority(BROKER), SERVICE, DAEMON))

function tokenOf(...halves: ReadonlyArray<string>): Uint8Array {
  return fromLatin1(halves.join(''))
}

function answer(authority: Authority, authToken: Uint8Array, name: ServiceName = SERVICE): string {
  const checked = checkSession(authority, name, authToken)
  return checked._tag === 'Right' ? 'valid' : checked.left._tag
}

const half = fc.constantFrom(BROKER, DAEMON, OTHER)

type Operation =
  | { readonly _tag: 'Register'; readonly name: ServiceName; readonly half: SessionAuthority.SessionHalf }
  | { readonly _tag: 'Revoke'; readonly name: ServiceName }
  | { readonly _tag: 'Rotate'; readonly half: SessionAuthority.SessionHalf }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ _tag: fc.constant('Register'), name: arbitraryServiceName(), half }),
  fc.record({ _tag: fc.constant('Revoke'), name: arbitraryServiceName() }),
  fc.record({ _tag: fc.constant('Rotate'), half }),
)

function run(authority: Authority, op: Operation): Authority {
  switch (op._tag) {
    case 'Register':
      return register(authority, op.name, op.half)
    case 'Revoke':
      return revoke(authority, op.name).state
    case 'Rotate':
      return rotate(authority, op.half)
  }
}

describe('parseSessionHalf', () => {
  it('takes sixteen bytes and no other number of them (SPEC K1)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const parsed = parseSessionHalf(bytes)
      expect(parsed === undefined ? undefined : fromLatin1(parsed)).toEqual(bytes.length === 16 ? bytes : undefined)
    }))
    expect([15, 16, 17].filter((length) => parseSessionHalf(new Uint8Array(length)) !== undefined)).toEqual([16])
  })
})

describe('checkSession', () => {
  it('passes the broker half followed by the half of the daemon, which is named by the service (SPEC K1)', () => {
    expect(answer(AUTHORITY, tokenOf(BROKER, DAEMON))).toBe('valid')
    expect(answer(AUTHORITY, tokenOf(DAEMON, BROKER))).toBe('BrokerRestarted')
  })

  it('refuses any other length, and an empty token most of all (SPEC K2, K3)', () => {
    for (const length of [0, 1, 16, 31, 33, 64]) {
      expect(leftOf(checkSession(AUTHORITY, SERVICE, new Uint8Array(length))))
        .toEqual({ _tag: 'MalformedSessionToken', actualBytes: length, expectedBytes: 32 })
    }
  })

  it('tells a restarted broker, an unregistered daemon and a restarted daemon apart (SPEC K2)', () => {
    expect(leftOf(checkSession(AUTHORITY, SERVICE, tokenOf(OTHER, DAEMON)))).toEqual({ _tag: 'BrokerRestarted' })
    expect(leftOf(checkSession(AUTHORITY, OTHER_SERVICE, tokenOf(BROKER, DAEMON))))
      .toEqual({ _tag: 'DaemonNotRegistered', serviceName: OTHER_SERVICE })
    expect(leftOf(checkSession(AUTHORITY, SERVICE, tokenOf(BROKER, OTHER))))
      .toEqual({ _tag: 'DaemonRestarted', serviceName: SERVICE })
  })

  it('reports the first failing check: length, broker half, registration, daemon half (SPEC K2)', () => {
    expect(answer(AUTHORITY, tokenOf(OTHER), OTHER_SERVICE)).toBe('MalformedSessionToken')
    expect(answer(AUTHORITY, tokenOf(OTHER, OTHER), OTHER_SERVICE)).toBe('BrokerRestarted')
    expect(answer(AUTHORITY, tokenOf(OTHER, OTHER))).toBe('BrokerRestarted')
    expect(answer(AUTHORITY, tokenOf(BROKER, OTHER), OTHER_SERVICE)).toBe('DaemonNotRegistered')
  })

  it('knows daemons by exact name: constructor only where it was registered (SPEC K2)', () => {
    expect(answer(AUTHORITY, tokenOf(BROKER, DAEMON), serviceName('constructor'))).toBe('DaemonNotRegistered')
  })

  it('refuses a token with any one bit changed (SPEC K2)', () => {
    const valid = tokenOf(BROKER, DAEMON)
    const answers = Array.from({ length: 256 }, (_, bit) =>
      answer(AUTHORITY, valid.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))))
    expect(answers).toEqual(Array.from({ length: 256 }, (_, bit) => (bit < 128 ? 'BrokerRestarted' : 'DaemonRestarted')))
  })

  it('reads every byte of its own half whichever of the token differs first (DIV-T1)', () => {
    const all = Array.from({ length: 16 }, (_, i) => i)
    for (let differing = 0; differing <= 16; differing += 1) {
      // Where differing is 16, no byte differs.
      const presented = tokenOf(BROKER, DAEMON).map((byte, i) => (i % 16 === differing ? byte ^ 1 : byte))
      const [broker, daemon] = [countingReads(BROKER), countingReads(DAEMON)]
      answer({ ...AUTHORITY, brokerHalf: broker.text as SessionAuthority.SessionHalf }, presented)
      const sound = presented.map((byte, i) => (i < 16 ? BROKER.charCodeAt(i) : byte))
      answer(register(AUTHORITY, SERVICE, daemon.text as SessionAuthority.SessionHalf), sound)
      expect([broker.reads(), daemon.reads()]).toEqual([all, all])
    }
  })
})

describe('an authority over time', () => {
  it('replaces a half that is registered again (SPEC K3)', () => {
    const restarted = register(AUTHORITY, SERVICE, OTHER)
    expect([DAEMON, OTHER].map((own) => answer(restarted, tokenOf(BROKER, own)))).toEqual(['DaemonRestarted', 'valid'])
  })

  it('forgets a daemon, and tells whether it was registered (SPEC K3)', () => {
    const revoked = revoke(AUTHORITY, SERVICE)
    expect(revoked.value).toBe(true)
    expect(answer(revoked.state, tokenOf(BROKER, DAEMON))).toBe('DaemonNotRegistered')
    expect(revoke(revoked.state, SERVICE).value).toBe(false)
  })

  it('invalidates every token by another broker half, and none of the daemons’ (SPEC K3)', () => {
    const rotated = rotate(AUTHORITY, OTHER)
    expect([BROKER, OTHER].map((own) => answer(rotated, tokenOf(own, DAEMON)))).toEqual(['BrokerRestarted', 'valid'])
  })

  it('answers like the last operations on a half, found in a list from its end (SPEC K1–K3)', () => {
    const operations = fc.array(operation, { maxLength: 20 })
    fc.assert(fc.property(operations, arbitraryServiceName(), half, half, (ops, name, broker, daemon) => {
      const authority = deepFreeze(ops).reduce((state, op) => deepFreeze(run(state, op)), sessionAuthority(BROKER))
      const rotation = ops.findLast((op) => op._tag === 'Rotate')
      const last = ops.findLast((op) => op._tag !== 'Rotate' && op.name === name)
      const own = last?._tag === 'Register' ? last.half : undefined
      const expected = broker !== (rotation?.half ?? BROKER) ? 'BrokerRestarted'
        : own === undefined ? 'DaemonNotRegistered'
        : own === daemon ? 'valid' : 'DaemonRestarted'
      expect(answer(authority, tokenOf(broker, daemon), name)).toBe(expected)
    }), { numRuns: 500 })
  })

  it('changes no older authority', () => {
    fc.assert(fc.property(fc.array(operation, { maxLength: 10 }), operation, (ops, op) => {
      const authority = ops.reduce(run, sessionAuthority(BROKER))
      const before = { brokerHalf: authority.brokerHalf, daemonHalves: new Map(authority.daemonHalves) }
      run(authority, op)
      expect(authority).toEqual(before)
    }))
  })
})
