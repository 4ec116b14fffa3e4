/**
 * The page's table of steps, from which a diagram is drawn too, is the library's own: its refusals by each step's type, its order by trying.
 */
import * as fc from 'fast-check'
import type { ConnectionError, NegotiationError } from 'hello-negotiation'
import type { Envelope, HelloShape, PeerPolicy, RateLimiter, ServiceTable, SessionAuthority, VersionPolicy } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { BEGINNING, fold, happened, HELLO, type PlayState, progress, STAGES } from './page.js'

/** Every error of a step's own type, and no other: the compiler sees to it. */
type Errors<E extends { readonly _tag: string }> = Readonly<Record<E['_tag'], true>>
/** A frame that is none is told by the connection, and is of the envelope. */
type FramingFault = Exclude<ConnectionError, { readonly _tag: 'MalformedFrame' }>

const framing: Errors<FramingFault> = { UnsupportedFraming: true, BodyTooLarge: true, UnexpectedEnd: true, HelloDeadlineExceeded: true }
const envelope: Errors<Envelope.EnvelopeError | Exclude<ConnectionError, FramingFault>> = {
  MalformedFrame: true, UnsupportedEnvelopeVersion: true, UnexpectedFrameKind: true, UnexpectedPayloadProtocol: true, CompressedPayload: true,
}
const shape: Errors<HelloShape.ShapeError> = {
  ProtocolRangeExcludesV1: true, InvalidServiceName: true, InvalidWantedVersion: true, ClientVersionTooLong: true, ClientLibTooLong: true,
  PeerPidMismatch: true,
}
const rate: Errors<RateLimiter.RateLimited> = { RateLimited: true }
const service: Errors<ServiceTable.UnknownService> = { UnknownService: true }
const version: Errors<VersionPolicy.VersionPolicyError> = { BelowMinVersion: true, OutsideAllowList: true }
const session: Errors<SessionAuthority.SessionTokenError> = {
  MalformedSessionToken: true, BrokerRestarted: true, DaemonNotRegistered: true, DaemonRestarted: true,
}
type Stepped = keyof (typeof framing & typeof envelope & typeof shape & typeof rate & typeof service & typeof version & typeof session)
/** What is left of all refusals: a payload that is no Hello, and a peer that gets silence, before any step (SPEC C1). */
const rest: Readonly<Record<Exclude<NegotiationError['_tag'], Stepped>, true>> & Errors<PeerPolicy.PeerNotOwner> = {
  MalformedHello: true, PeerNotOwner: true,
}

const HAS: Readonly<Record<string, object>> = {
  'Framing': framing, 'Envelope': envelope, 'Hello': { MalformedHello: true }, 'Shape': shape, 'Rate limit': rate, 'Service': service,
  'Version': version, 'Session': session, 'Token': {}, 'Reply': {},
}

/** One fault at each step that a form of the page can make, all of which may be there at once. */
const FAULTS: Readonly<Record<string, object>> = {
  'Envelope': { breakage: 'envelope' }, 'Shape': { claimedPid: 7 }, 'Service': { serviceName: 'nobody' },
  'Version': { wantedVersion: '1.9.0' }, 'Session': { sessionToken: 'short' },
}

describe('the steps of the page', () => {
  it('have the refusals of the library’s own steps, each at the step whose type has it', () => {
    expect(Object.fromEntries(STAGES.map(({ name, refuses }) => [name, [...refuses].sort()])))
      .toEqual(Object.fromEntries(Object.entries(HAS).map(([name, errors]) => [name, Object.keys(errors).sort()])))
    expect(Object.keys(rest).sort()).toEqual(['MalformedHello', 'PeerNotOwner'])
  })

  it('are in the library’s order: of any faults at once, the first step’s is told (SPEC E, H, R1, L1, V3, K1)', () => {
    fc.assert(fc.property(fc.subarray(['Rate limit', ...Object.keys(FAULTS)], { minLength: 1 }), (faulty) => {
      const begun = { ...BEGINNING, policy: { ...BEGINNING.policy, maxPerWindow: 1, asksForSession: true } }
      const sound = { ...HELLO, sessionToken: 'sound' }
      const spoilt = faulty.reduce((one, name) => ({ ...one, ...FAULTS[name] }), sound)
      const said = (state: PlayState, hello: object): PlayState => happened(state, { kind: 'hello', pid: 4_242, hello })
      const { rows } = fold(said(faulty.includes('Rate limit') ? said(begun, sound) : begun, spoilt))
      const outcome = rows.at(-1)?.outcome
      const steps = progress(outcome, { hasSessions: true })
      const first = STAGES.findIndex(({ name }) => faulty.includes(name))
      const expected = STAGES.map(({ name }, i) => (name === 'Reply' || i < first ? 'passed' : i === first ? 'refused' : 'unreached'))
      expect(steps.map(({ is }) => is)).toEqual(expected)
    }))
  })

  it('say of a session that is not configured that nobody has passed it, and of no Hello that nothing is reached', () => {
    const { rows } = fold(happened(BEGINNING, { kind: 'hello', pid: 1, hello: HELLO }))
    const others = progress(rows[0]?.outcome, { hasSessions: false }).filter(({ is }) => is !== 'passed')
    expect(others.map(({ name, is }) => [name, is])).toEqual([['Session', 'skipped']])
    expect(new Set(progress(undefined).map(({ is }) => is))).toEqual(new Set(['unreached']))
  })
})
