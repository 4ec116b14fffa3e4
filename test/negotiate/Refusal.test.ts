import * as fc from 'fast-check'
import {
  describeError, isVersion, type NegotiationError, refusalOf, refusedMessage, type Version,
} from 'hello-negotiation'
import type { DecodeError } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { PEER, SERVICE } from '../support/negotiate.js'

const CAUSE: DecodeError = { _tag: 'DecodeError', message: 'Hello', offset: 3, fault: { _tag: 'Truncated' } }
const LIMIT = { maxPerWindow: 2, windowMs: 1_000 }

function version(text: string): Version {
  if (!isVersion(text)) throw new Error(`${text} is no version`)
  return text
}

/** One error of every tag, and its row. A tag that is missing here does not compile. */
const ROWS: { readonly [Tag in NegotiationError['_tag']]: readonly [
  error: Extract<NegotiationError, { _tag: Tag }>, code: number, retryAfterMs: number, blame: string, reason: string,
] } = {
  UnsupportedFraming: [
    { _tag: 'UnsupportedFraming', actual: 0x16, expected: 1 },
    1, 0, 'PeerIncompatible', 'unsupported framing version',
  ],
  BodyTooLarge: [
    { _tag: 'BodyTooLarge', actual: 65_537, max: 65_536 },
    6, 0, 'PeerMisbehaved', 'initial Hello frame exceeds 64 KiB',
  ],
  UnexpectedEnd: [{ _tag: 'UnexpectedEnd', context: 'frame body' }, 6, 0, 'PeerMisbehaved', 'incomplete Hello frame'],
  HelloDeadlineExceeded: [
    { _tag: 'HelloDeadlineExceeded', timeoutMs: 30_000 },
    6, 0, 'PeerMisbehaved', 'incomplete Hello frame',
  ],
  MalformedFrame: [{ _tag: 'MalformedFrame', cause: CAUSE }, 6, 0, 'PeerMisbehaved', 'malformed broker Frame'],
  UnsupportedEnvelopeVersion: [
    { _tag: 'UnsupportedEnvelopeVersion', actual: 2, expected: 1 },
    1, 0, 'PeerIncompatible', 'frame envelope_version is not v1',
  ],
  UnexpectedFrameKind: [
    { _tag: 'UnexpectedFrameKind', actual: 9, expected: 0 },
    6, 0, 'PeerMisbehaved', 'Hello frame kind must be REQUEST',
  ],
  UnexpectedPayloadProtocol: [
    { _tag: 'UnexpectedPayloadProtocol', actual: 0xad01, expected: 0 },
    6, 0, 'PeerMisbehaved', 'Hello frame payload_protocol must be control-plane',
  ],
  CompressedPayload: [
    { _tag: 'CompressedPayload', actual: 1 },
    6, 0, 'PeerMisbehaved', 'Hello payload must not be compressed',
  ],
  MalformedHello: [{ _tag: 'MalformedHello', cause: CAUSE }, 6, 0, 'PeerMisbehaved', 'malformed Hello payload'],
  ProtocolRangeExcludesV1: [
    { _tag: 'ProtocolRangeExcludesV1', actualMin: 2, actualMax: 3 },
    1, 0, 'PeerIncompatible', 'client protocol range does not include v1',
  ],
  InvalidServiceName: [{ _tag: 'InvalidServiceName', actual: 'UPPER' }, 6, 0, 'PeerMisbehaved', 'invalid service_name'],
  InvalidWantedVersion: [
    { _tag: 'InvalidWantedVersion', actual: 'latest' },
    6, 0, 'PeerMisbehaved', 'invalid wanted_version',
  ],
  ClientVersionTooLong: [
    { _tag: 'ClientVersionTooLong', actualBytes: 130, maxBytes: 128 },
    6, 0, 'PeerMisbehaved', 'client_version exceeds 128 bytes',
  ],
  ClientLibTooLong: [
    { _tag: 'ClientLibTooLong', actualBytes: 65, maxBytes: 64 },
    6, 0, 'PeerMisbehaved', 'client_lib fields exceed 64 bytes',
  ],
  PeerPidMismatch: [
    { _tag: 'PeerPidMismatch', claimed: 1, verified: 2 },
    6, 0, 'PeerMisbehaved', 'peer_pid does not match verified peer',
  ],
  RateLimited: [
    { _tag: 'RateLimited', pid: 7, limit: LIMIT, retryAfterMs: 749 }, 4, 749, 'Overload', 'Hello rate limit exceeded',
  ],
  UnknownService: [{ _tag: 'UnknownService', actual: SERVICE }, 2, 0, 'PeerIncompatible', 'service is not registered'],
  BelowMinVersion: [
    { _tag: 'BelowMinVersion', actual: version('1.9.99999999999999999999'), minVersion: version('1.10.0') },
    8, 30_000, 'PeerIncompatible', 'wanted_version is below min_version',
  ],
  OutsideAllowList: [
    { _tag: 'OutsideAllowList', actual: version('1.2.3'), allowList: new Set([version('01.2.3')]) },
    8, 30_000, 'PeerIncompatible', 'wanted_version is not in version_allow_list',
  ],
  MalformedSessionToken: [
    { _tag: 'MalformedSessionToken', actualBytes: 0, expectedBytes: 32 },
    6, 0, 'PeerMisbehaved', 'session token malformed: wrong byte length',
  ],
  BrokerRestarted: [
    { _tag: 'BrokerRestarted' },
    6, 0, 'PeerMisbehaved', 'session invalidated: broker was restarted or rotated since this token was issued',
  ],
  DaemonNotRegistered: [
    { _tag: 'DaemonNotRegistered', serviceName: SERVICE },
    6, 0, 'PeerMisbehaved', 'session invalidated: daemon is no longer registered',
  ],
  DaemonRestarted: [
    { _tag: 'DaemonRestarted', serviceName: SERVICE },
    6, 0, 'PeerMisbehaved', 'session invalidated: daemon was restarted since this token was issued',
  ],
  PeerNotOwner: [
    { _tag: 'PeerNotOwner', peer: PEER, owner: '1001' },
    6, 0, 'PeerMisbehaved', 'peer is not the owner',
  ],
}

type Row = readonly [error: NegotiationError, code: number, retryAfterMs: number, blame: string, reason: string]

const TABLE: ReadonlyArray<Row> = Object.values(ROWS)

describe('the table of refusals (SPEC E1–E5, H1–H6, R5, L1, V1, V3, K2, C4)', () => {
  it.each(TABLE.map((row) => [row[0]._tag, ...row] as const))('has the row of %s', (_tag, error, code, retryAfterMs, blame, reason) => {
    expect(refusalOf(error)).toEqual({ code, retryAfterMs, blame, reason })
  })

  it('goes by the tag alone, but for the retry hint of a full window (law 1, SPEC R5)', () => {
    const hint = (retryAfterMs: number): number => refusalOf({ _tag: 'RateLimited', pid: 1, limit: LIMIT, retryAfterMs }).retryAfterMs
    expect([1, 999, 2 ** 52].map(hint)).toEqual([1, 999, 2 ** 52])
    expect(refusalOf({ _tag: 'InvalidServiceName', actual: 'a' }))
      .toEqual(refusalOf({ _tag: 'InvalidServiceName', actual: '' }))
  })

  it.each(TABLE.map((row) => [row[0]._tag, ...row] as const))(
    'makes a message of %s with the range 1 to 1 and no details (law 2, SPEC E7)', (_tag, error, code, retryAfterMs, _blame, reason) => {
      expect(refusedMessage(error)).toEqual({
        code, reason, retryAfterMs: BigInt(retryAfterMs), daemonMinProtocol: 1, daemonMaxProtocol: 1, details: new Map(),
      })
    },
  )
})

/** What moves a terminal's cursor, breaks a line, turns its direction, or is no character at all. */
const NASTY = [
  '\n', '\r', '\u001b[2J', '\u0000', '\u007f', '\u0085', '\u009b', '\u2028', '\u2029', '\u202e', '\u2066', '\ud800', '"', 'a',
]

describe('an error for a person', () => {
  it('tells what was found, what was expected, and what to do', () => {
    const told = TABLE.map(([error]) => describeError(error))
    expect(told).toEqual([
      'unsupported framing version: got 22, expected 1; '
        + 'the peer does not speak this protocol, or spoke before connecting to the right socket',
      'frame body too large: 65537 bytes exceeds cap 65536; a Hello must fit in 64 KiB',
      'unexpected EOF while reading frame (frame body); the peer closed its side too early',
      'timed out waiting for broker peer to send a complete frame; it had 30000 ms',
      'the frame is not a Frame message: Hello: byte 3: input ends in the middle of a field',
      'envelope_version is 2; expected 1',
      'kind is 9; expected 0 (REQUEST)',
      'payload_protocol is 0xad01; expected 0x0000 (control plane)',
      'payload_encoding is 1; expected 0 (none): a Hello is never compressed',
      'the payload is not a Hello message: Hello: byte 3: input ends in the middle of a field',
      'client speaks protocols 2 to 3; the range must include 1 (an absent maximum is 0)',
      'service_name is "UPPER"; expected 1 to 64 of a-z, 0-9 and \'-\'',
      'wanted_version is "latest"; expected D.D.D or D.D.D-tail with a tail of a-z, 0-9 and \'.\', at most 64 bytes',
      'client_version has 130 bytes; at most 128',
      'a client_lib field has 65 bytes; at most 64',
      'peer_pid claims 1, but the kernel says 2; send 0 or the process\'s own pid',
      'pid 7 has used its 2 Hellos in 1000 ms; try again in 749 ms',
      'no service "zccache" is registered; check its spelling, or register it',
      'wanted_version 1.9.99999999999999999999 is below min_version 1.10.0',
      'wanted_version 1.2.3 is not in version_allow_list (01.2.3)',
      'auth_token has 0 bytes; expected 32',
      'auth_token carries another broker half: the broker was restarted or rotated; ask for a new session token',
      'no session half is registered for "zccache"; start its daemon',
      'auth_token carries another half for "zccache": its daemon was restarted; ask for a new session token',
      'pid 4242 (user 1000) is not the owner, user "1001"; it gets silence',
    ])
  })

  it('hands back what no type lets in, rather than throw', () => {
    expect(describeError('smuggled' as never)).toBe('smuggled')
  })

  it('tells an allow list of up to 80 characters whole', () => {
    const outside = (...allowed: ReadonlyArray<string>): string =>
      describeError({ _tag: 'OutsideAllowList', actual: version('1.2.3'), allowList: new Set(allowed.map(version)) })
    expect(outside('1.2.4', '1.2.5')).toBe('wanted_version 1.2.3 is not in version_allow_list (1.2.4, 1.2.5)')
    expect(outside(`1.2.${'4'.repeat(76)}`)).toMatch(/4\)$/)
    expect(outside(`1.2.${'4'.repeat(77)}`)).toMatch(/4…\)$/)
  })

  it('shortens an allow list of any length', () => {
    const allowList = new Set(Array.from({ length: 500 }, (_, i) => version(`${i}.0.0`)))
    const told = describeError({ _tag: 'OutsideAllowList', actual: version('1.2.3'), allowList })
    expect(told.length).toBeLessThan(160)
    expect(told).toContain('…')
  })

  it('shortens what a peer sent, of whatever length', () => {
    expect(describeError({ _tag: 'InvalidServiceName', actual: 'a'.repeat(60_000) }))
      .toBe(`service_name is "${'a'.repeat(80)}…"; expected 1 to 64 of a-z, 0-9 and '-'`)
  })

  it('quotes, shortens and escapes what a peer sent, so that a log line stays one line', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.constantFrom(...NASTY), { maxLength: 100 }).map((parts) => parts.join('')),
    )
    fc.assert(fc.property(hostile, fc.constantFrom('InvalidServiceName', 'InvalidWantedVersion'), (actual, _tag) => {
      const told = describeError({ _tag, actual })
      expect(told).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
      expect(told).not.toMatch(/\p{Surrogate}/u)
      expect(told.length).toBeLessThan(80 * 6 + 120)
    }), { numRuns: 300 })
  })
})

describe('a hint made by hand', () => {
  it.each([[1.5, 1n], [Number.NaN, 0n], [Infinity, 0n], [-3, 0n]])('of %d ms does not make the message throw', (retryAfterMs, hint) => {
    const limit = { maxPerWindow: 1, windowMs: 1 }
    expect(refusedMessage({ _tag: 'RateLimited', pid: 1, limit, retryAfterMs }).retryAfterMs).toBe(hint)
  })
})
