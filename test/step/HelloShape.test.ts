import * as fc from 'fast-check'
import { type PeerIdentity, peerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
import { HelloShape } from 'hello-negotiation/step'
import { arbitraryPeer, arbitraryServiceName, arbitraryVersion, deepFreeze } from 'hello-negotiation/testing'
import type { Hello } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { checkFacts } from '../../src/step/HelloShape.js'
import { type Backend, parseRegistration } from '../../src/step/ServiceTable.js'
import { factsOf } from '../../src/wire/HelloFacts.js'
import { helloWith, leftOf, PEER, rightOf } from '../support/negotiate.js'

const { checkShape } = HelloShape

function errorOf(fields: Partial<Hello>, peer: PeerIdentity = PEER): HelloShape.ShapeError {
  return leftOf(checkShape(helloWith(fields), peer))
}

function passes(fields: Partial<Hello>, peer: PeerIdentity = PEER): boolean {
  return checkShape(helloWith(fields), peer)._tag === 'Right'
}

const REGISTRATION = { minVersion: '', daemonVersion: '', backendPipe: '', serverCapabilities: 0n }

/** One way to fail each check, in the order of the checks. */
const BREAKS: ReadonlyArray<readonly [tag: HelloShape.ShapeError['_tag'], fields: Partial<Hello>]> = [
  ['ProtocolRangeExcludesV1', { clientMaxProtocol: 0 }],
  ['InvalidServiceName', { serviceName: 'ZCCache' }],
  ['InvalidWantedVersion', { wantedVersion: 'latest' }],
  ['ClientVersionTooLong', { clientVersion: 'v'.repeat(129) }],
  ['ClientLibTooLong', { clientLibName: 'l'.repeat(65) }],
  ['PeerPidMismatch', { peerPid: PEER.pid + 1 }],
]

describe('checkShape', () => {
  it('gives the parts that later steps work with', () => {
    const authToken = new Uint8Array(32)
    const asked = helloWith({ clientCapabilities: 3n, clientKeepaliveSecs: 60n, authToken })
    expect(rightOf(checkShape(asked, PEER))).toEqual({
      serviceName: 'zccache', wantedVersion: '1.11.20', capabilities: 3n, keepaliveSecs: 60n, authToken,
    })
  })

  describe('the protocol range (SPEC H1)', () => {
    it('passes ranges that hold 1, a minimum of 0 included', () => {
      const ranges = [[0, 1], [1, 1], [0, 2], [1, 0xffff_ffff]] as const
      const passing = ranges.filter(([clientMinProtocol, clientMaxProtocol]) => passes({ clientMinProtocol, clientMaxProtocol }))
      expect(passing).toEqual(ranges)
    })

    it('refuses ranges that do not, inverted ones and an absent maximum included', () => {
      const ranges = [[2, 2], [2, 1], [2, 0], [1, 0], [0, 0]] as const
      expect(ranges.map(([clientMinProtocol, clientMaxProtocol]) => errorOf({ clientMinProtocol, clientMaxProtocol })))
        .toEqual(ranges.map(([actualMin, actualMax]) => ({ _tag: 'ProtocolRangeExcludesV1', actualMin, actualMax })))
    })
  })

  describe('the service name (SPEC H2)', () => {
    it.each(['-', '---', '0', 'a'.repeat(64), 'constructor', '--proto--'])('passes %j', (serviceName) => {
      expect(passes({ serviceName })).toBe(true)
    })

    it.each([
      '', 'A', 'ZCCache', 'a'.repeat(65), 'a b', 'a_b', 'a\n', 'é', '\u0430', 'a\u0000',
    ])('refuses %j', (serviceName) => {
      expect(errorOf({ serviceName })).toEqual({ _tag: 'InvalidServiceName', actual: serviceName })
    })
  })

  describe('the wanted version (SPEC H3, H7)', () => {
    it.each([
      '0.0.0', '01.002.0003', '1.2.3-rc.1', '1.0.0-...', '1.0.0-0', `1.0.${'9'.repeat(60)}`,
    ])('passes %j', (wantedVersion) => {
      expect(passes({ wantedVersion })).toBe(true)
    })

    it.each([
      '', '1', '1.2', '1.2.3.4', '1..3', '.1.2', 'v1.2.3', '1.2.3-', '1.2.3-a-b', '1.2.3-RC', '1.2.3+build',
      '1.2.3-a+b', ' 1.2.3', '1.2.3\n', '١.٢.٣', '+1.2.3', `1.0.${'9'.repeat(61)}`,
    ])('refuses %j', (wantedVersion) => {
      expect(errorOf({ wantedVersion })).toEqual({ _tag: 'InvalidWantedVersion', actual: wantedVersion })
    })
  })

  describe('the client version (SPEC H4)', () => {
    it('passes 128 bytes and nothing, in any characters', () => {
      const longest = ['', 'v'.repeat(128), 'é'.repeat(64), '\u{1F600}'.repeat(32)]
      expect(longest.filter((clientVersion) => passes({ clientVersion }))).toEqual(longest)
    })

    it('refuses 129 bytes', () => {
      expect(errorOf({ clientVersion: 'v'.repeat(129) }))
        .toEqual({ _tag: 'ClientVersionTooLong', actualBytes: 129, maxBytes: 128 })
    })

    it('counts UTF-8 bytes: 65 times é is 65 characters and 130 bytes', () => {
      expect(errorOf({ clientVersion: 'é'.repeat(65) }))
        .toEqual({ _tag: 'ClientVersionTooLong', actualBytes: 130, maxBytes: 128 })
    })
  })

  describe.each(['clientLibName', 'clientLibVersion'] as const)('%s (SPEC H5)', (field) => {
    it('passes 64 bytes and nothing, in any characters', () => {
      const longest = ['', 'l'.repeat(64), 'é'.repeat(32), '\u{1F600}'.repeat(16)]
      expect(longest.filter((text) => passes({ [field]: text }))).toEqual(longest)
    })

    it('refuses 65 bytes', () => {
      expect(errorOf({ [field]: 'l'.repeat(65) })).toEqual({ _tag: 'ClientLibTooLong', actualBytes: 65, maxBytes: 64 })
    })

    it('counts UTF-8 bytes: 65 times é is 65 characters and 130 bytes', () => {
      expect(errorOf({ [field]: 'é'.repeat(65) })).toEqual({ _tag: 'ClientLibTooLong', actualBytes: 130, maxBytes: 64 })
      expect(errorOf({ [field]: 'é'.repeat(33) })).toEqual({ _tag: 'ClientLibTooLong', actualBytes: 66, maxBytes: 64 })
    })
  })

  it('reports the name where both client_lib fields are too long (SPEC H5)', () => {
    expect(errorOf({ clientLibName: 'n'.repeat(70), clientLibVersion: 'v'.repeat(80) }))
      .toEqual({ _tag: 'ClientLibTooLong', actualBytes: 70, maxBytes: 64 })
    expect(errorOf({ clientLibName: 'n'.repeat(64), clientLibVersion: 'v'.repeat(80) }))
      .toEqual({ _tag: 'ClientLibTooLong', actualBytes: 80, maxBytes: 64 })
  })

  describe('the claimed pid (SPEC H6)', () => {
    it('refuses one that is not the verified one', () => {
      expect(errorOf({ peerPid: 1 }, peerIdentity(2))).toEqual({ _tag: 'PeerPidMismatch', claimed: 1, verified: 2 })
    })

    it('passes the verified one, none, and any where nobody vouches for the peer', () => {
      expect(passes({ peerPid: 2 }, peerIdentity(2))).toBe(true)
      expect(passes({ peerPid: 0 }, peerIdentity(2))).toBe(true)
      expect(passes({ peerPid: 1 }, UNVERIFIED_PEER)).toBe(true)
    })
  })

  it('reports the first failing check in the frozen order, whichever of them fail (SPEC H1–H6)', () => {
    for (let broken = 1; broken < 2 ** BREAKS.length; broken += 1) {
      const chosen = BREAKS.filter((_, i) => (broken & (1 << i)) !== 0)
      const fields = chosen.reduce((all, [, field]) => ({ ...all, ...field }), {})
      expect(errorOf(fields)._tag).toBe(chosen[0]?.[0])
    }
  })

  it('passes whatever keeps to the limits, and never looks at the ignored fields (SPEC H8)', () => {
    const legal = fc.record({
      serviceName: arbitraryServiceName(),
      wantedVersion: arbitraryVersion(),
      clientVersion: fc.string({ unit: 'grapheme', maxLength: 128 }).filter((text) => Buffer.byteLength(text) <= 128),
      clientLibName: fc.string({ unit: 'grapheme', maxLength: 64 }).filter((text) => Buffer.byteLength(text) <= 64),
    })
    const ignored = fc.record({
      requestId: fc.string({ unit: 'grapheme', maxLength: 1_000 }),
      connectionId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      authToken: fc.uint8Array(),
      peerAttestationNonce: fc.uint8Array({ maxLength: 1_000 }),
      capabilityToken: fc.uint8Array({ maxLength: 1_000 }),
    })
    fc.assert(fc.property(legal, ignored, arbitraryPeer(), (fields, others, peer) => {
      const { serviceName, wantedVersion } = fields
      expect(rightOf(checkShape(deepFreeze(helloWith({ ...fields, ...others })), peer)))
        .toEqual({ serviceName, wantedVersion, capabilities: 0n, keepaliveSecs: 0n, authToken: others.authToken })
    }))
  })

  it('draws the line where Buffer counts one byte too many, for any text (SPEC H4, H5)', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 140 }),
      fc.tuple(fc.constantFrom('a', 'é', '漢', '\u{1F600}', '\ud800'), fc.nat({ max: 140 }))
        .map(([unit, times]) => unit.repeat(times)),
    )
    fc.assert(fc.property(text, (long) => {
      expect(passes({ clientVersion: long })).toBe(Buffer.byteLength(long) <= 128)
      expect(passes({ clientLibName: long })).toBe(Buffer.byteLength(long) <= 64)
      expect(passes({ clientLibVersion: long })).toBe(Buffer.byteLength(long) <= 64)
    }), { numRuns: 150 })
  })

  it('is the same whatever backend is known, of that name or another, with that version or without', () => {
    const text = fc.oneof(arbitraryServiceName(), arbitraryVersion(), fc.string({ maxLength: 70 }), fc.constant('1'.repeat(65) + '.0.0'))
    const registered = fc.tuple(arbitraryServiceName(), fc.array(arbitraryVersion(), { maxLength: 2 }))
    fc.assert(fc.property(text, text, registered, fc.boolean(), fc.boolean(), (name, version, [known, list], isNamed, isListed) => {
      const { right: backend } = parseRegistration({ ...REGISTRATION, serviceName: known, versionAllowList: list }) as { right: Backend }
      const facts = factsOf(helloWith({ serviceName: isNamed ? known : name, wantedVersion: (isListed ? list[0] : undefined) ?? version }))
      expect(checkFacts(facts, PEER, backend)).toEqual(checkFacts(facts, PEER))
    }), { numRuns: 500 })
  })

  it('answers for any texts and any numbers, twice the same', () => {
    const text = fc.string({ unit: 'binary', maxLength: 150 })
    const number = fc.oneof(fc.constantFrom(0, 1, 2), fc.double())
    const fields = fc.record({
      serviceName: text, wantedVersion: text, clientVersion: text, clientLibName: text, clientLibVersion: text,
      clientMinProtocol: number, clientMaxProtocol: number, peerPid: number,
    }, { requiredKeys: [] })
    fc.assert(fc.property(fields, arbitraryPeer(), (present, peer) => {
      const asked = deepFreeze(helloWith(present))
      expect(checkShape(asked, peer)).toEqual(checkShape(asked, peer))
    }))
  })
})
