import * as fc from 'fast-check'
import { MAX_U64, tokenBytes } from 'hello-negotiation'
import { Agreement, type ServiceTable } from 'hello-negotiation/step'
import { arbitraryToken, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { SERVICE, token } from '../support/negotiate.js'

const { agree } = Agreement

const BACKEND: ServiceTable.Backend = deepFreeze({
  serviceName: SERVICE,
  versions: { minVersion: undefined, allowList: new Set() },
  daemonVersion: '1.11.20',
  backendPipe: '/run/zccache.sock',
  capabilities: 0x8000_0000_0000_0000n,
})

const u64 = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 63n, MAX_U64), fc.bigInt({ min: 0n, max: MAX_U64 }))
const backend = fc.record({
  daemonVersion: fc.string(), backendPipe: fc.string(), capabilities: u64,
}).map((fields) => deepFreeze({ ...BACKEND, ...fields }))

describe('agree', () => {
  it('makes the reply of a client without handle passing (SPEC N1–N7)', () => {
    expect(agree(BACKEND, 0n, 1n, undefined)).toEqual({
      negotiatedProtocol: 1,
      daemonVersion: '1.11.20',
      backendPipe: '/run/zccache.sock',
      warnings: [],
      serverCapabilities: 0x8000_0000_0000_0000n,
      keepaliveIntervalSecs: 1_800n,
      handlePassedToken: new Uint8Array(0),
      connectionId: 1n,
    })
  })

  it('puts a token in, and bit 0 beside the other bits (SPEC N6, N7, N9)', () => {
    const reply = agree(BACKEND, 0n, 1n, token(7))
    expect(reply.handlePassedToken).toEqual(new Uint8Array(16).fill(7))
    expect(reply.serverCapabilities).toBe(0x8000_0000_0000_0001n)
  })

  it('always says protocol 1 and no warnings, and copies what the backend and the broker say (SPEC N1–N3, N5)', () => {
    const granted = fc.option(arbitraryToken(), { nil: undefined })
    fc.assert(fc.property(backend, u64, u64, granted, (of, keepaliveSecs, connectionId, issued) => {
      const { daemonVersion, backendPipe } = of
      expect(agree(of, keepaliveSecs, connectionId, issued))
        .toMatchObject({ negotiatedProtocol: 1, daemonVersion, backendPipe, warnings: [], connectionId })
    }))
  })

  it('keeps the keepalive a client asks for, without a ceiling, and gives 1 800 s where it asks for none (SPEC N4)', () => {
    expect([0n, 1n, 1_799n, MAX_U64].map((secs) => agree(BACKEND, secs, 1n, undefined).keepaliveIntervalSecs))
      .toEqual([1_800n, 1n, 1_799n, MAX_U64])
  })

  it('adds bit 0 exactly where a token was issued, and changes no other bit ever (SPEC N6, N7)', () => {
    fc.assert(fc.property(backend, arbitraryToken(), (of, granted) => {
      const [plain, handed] = [agree(of, 0n, 1n, undefined), agree(of, 0n, 1n, granted)]
      expect(plain.handlePassedToken.length).toBe(0)
      expect(plain.serverCapabilities).toBe(of.capabilities)
      expect(handed.handlePassedToken).toEqual(tokenBytes(granted))
      expect(handed.serverCapabilities).toBe(of.capabilities | 1n)
    }))
  })

  it('hands out bytes that are nobody else’s: writing into them changes no later reply', () => {
    const granted = token(7)
    agree(BACKEND, 0n, 1n, granted).handlePassedToken.fill(0)
    expect(agree(BACKEND, 0n, 1n, granted).handlePassedToken).toEqual(new Uint8Array(16).fill(7))
  })
})
