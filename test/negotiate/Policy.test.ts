import * as fc from 'fast-check'
import {
  BACKEND_TEXT_MAX_BYTES, COLLISION_ATTEMPTS_MAX, describeFault, exchange, initialState, parsePolicy, type Policy, toHex,
} from 'hello-negotiation'
import { RateLimiter, TokenStore } from 'hello-negotiation/step'
import { deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { BACKEND, framedHello, leftOf, OTHER_SERVICE, PEER, policyOf, rightOf, SERVICE } from '../support/negotiate.js'

const HALF = '0123456789abcdefABCDEF9876543210'

/** Every field set, so that the parser has nothing to fill in. */
const WHOLE = {
  services: [
    { ...BACKEND, minVersion: '1.10.0', versionAllowList: ['1.11.20', '01.2.3'], serverCapabilities: '18446744073709551615' },
    { ...BACKEND, serviceName: OTHER_SERVICE, minVersion: '', versionAllowList: [], serverCapabilities: 3 },
  ],
  peerPolicy: { ownerOnly: '1000' },
  helloTimeoutMs: 0.5,
  rateLimit: { maxPerWindow: 3, windowMs: 250.5 },
  tokenStore: { maxPending: 2, ttlMs: 10, collisionAttempts: COLLISION_ATTEMPTS_MAX },
  ackDeadlineMs: 7.5,
  sessions: { brokerHalf: HALF, daemonHalves: { [SERVICE]: HALF.toLowerCase() } },
}

const FIELDS = 'services, peerPolicy, helloTimeoutMs, rateLimit, tokenStore, ackDeadlineMs, sessions'

function faults(input: unknown): ReadonlyArray<string> {
  return leftOf(parsePolicy(input)).map(describeFault)
}

/** The paths of the faults of a policy that is sound but for these fields. */
function pathsOf(fields: Readonly<Record<string, unknown>>): ReadonlyArray<string> {
  return leftOf(parsePolicy({ services: [], ...fields })).map(({ path }) => path)
}

function servicePaths(fields: Readonly<Record<string, unknown>>): ReadonlyArray<string> {
  return pathsOf({ services: [{ ...BACKEND, ...fields }] })
}

describe('a sound policy', () => {
  it('needs its services alone; the rest is the reference\'s (SPEC R3, T1, A1, C7)', () => {
    expect(rightOf(parsePolicy({ services: [] }))).toEqual({
      services: new Map(),
      peerPolicy: { _tag: 'AllowAny' },
      helloTimeoutMs: 30_000,
      rateLimit: { maxPerWindow: 256, windowMs: 1_000 },
      tokenStore: { maxPending: 1_024, ttlMs: 30_000, collisionAttempts: 16 },
      ackDeadlineMs: 5_000,
      sessions: undefined,
    })
  })

  it('asks for no version where a service says none (SPEC V1)', () => {
    const service = rightOf(parsePolicy({ services: [{ serviceName: SERVICE, daemonVersion: '1.0.0', backendPipe: '/run/a.sock' }] })).services.get(SERVICE)
    expect(service?.versions).toEqual({ minVersion: undefined, allowList: new Set() })
  })

  it('is taken over field by field', () => {
    const policy = rightOf(parsePolicy(WHOLE))
    expect([...policy.services.values()]).toEqual([
      {
        serviceName: SERVICE, daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', capabilities: 0xffff_ffff_ffff_ffffn,
        versions: { minVersion: '1.10.0', allowList: new Set(['1.11.20', '01.2.3']) },
      },
      {
        serviceName: OTHER_SERVICE, daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', capabilities: 3n,
        versions: { minVersion: undefined, allowList: new Set() },
      },
    ])
    const { helloTimeoutMs, rateLimit, tokenStore, ackDeadlineMs } = WHOLE
    expect(policy)
      .toMatchObject({ helloTimeoutMs, rateLimit, tokenStore, ackDeadlineMs })
    expect(policy.peerPolicy).toEqual({ _tag: 'OwnerOnly', userId: '1000' })
    expect(toHex(Buffer.from(policy.sessions?.brokerHalf ?? '', 'latin1'))).toBe(HALF.toLowerCase())
    expect([...policy.sessions?.daemonHalves.keys() ?? []]).toEqual([SERVICE])
  })

  it('may say of its peers what it would be without a word: anybody (SPEC C1)', () => {
    expect(policyOf({ peerPolicy: 'allow-any' })).toEqual(policyOf())
  })

  it('may give a bitmap as a text, a number or a bigint', () => {
    const capabilities = (serverCapabilities: unknown): unknown =>
      policyOf({ services: [{ ...BACKEND, serverCapabilities }] }).services.get(SERVICE)?.capabilities
    expect(['3', 3, 3n].map(capabilities)).toEqual([3n, 3n, 3n])
  })

  it('fills in the rest of a limit that is given in part', () => {
    const { rateLimit, tokenStore } = policyOf({ rateLimit: { maxPerWindow: 1 }, tokenStore: { ttlMs: 5 } })
    expect(rateLimit).toEqual({ maxPerWindow: 1, windowMs: 1_000 })
    expect(tokenStore).toEqual({ maxPending: 1_024, ttlMs: 5, collisionAttempts: 16 })
  })

  it('may have limits of zero, which are clamped where they are used (law 3, SPEC R3, T1, A1)', () => {
    const zero = policyOf({
      rateLimit: { maxPerWindow: 0, windowMs: 0 },
      tokenStore: { maxPending: 0, ttlMs: 0, collisionAttempts: 0 },
      ackDeadlineMs: 0,
    })
    expect(zero).toMatchObject({ rateLimit: { maxPerWindow: 0, windowMs: 0 }, ackDeadlineMs: 0 })
    expect(RateLimiter.rateLimiter(zero.rateLimit).limit).toEqual({ maxPerWindow: 1, windowMs: 1 })
    expect(TokenStore.tokenStore(zero.tokenStore).limits).toEqual({ maxPending: 1, ttlMs: 1, collisionAttempts: 1 })
  })

  it('may have a service by the name of `constructor`, and knows none where it has not (SPEC L1)', () => {
    const ask = (policy: Policy): string => {
      const ambient = { nowMs: 0, draws: TokenStore.NO_DRAWS }
      const { value } = exchange(policy, initialState(policy), framedHello({ serviceName: 'constructor' }), PEER, ambient)
      return value.outcome._tag
    }
    const registered = policyOf({ services: [{ ...BACKEND, serviceName: 'constructor' }] })
    expect([ask(registered), ask(policyOf())]).toEqual(['Negotiated', 'Refused'])
  })

  it('does not change when what it was parsed from does', () => {
    const input = structuredClone(WHOLE)
    const policy = rightOf(parsePolicy(input))
    const before = structuredClone(policy)
    input.rateLimit.maxPerWindow = -1
    input.tokenStore.collisionAttempts = Infinity
    input.services.length = 0
    expect(policy).toEqual(before)
  })

  it('has no negative zero in it, which JSON would write as another number (Snapshot, law 1)', () => {
    const policy = rightOf(parsePolicy({ services: [], ackDeadlineMs: -0, rateLimit: { windowMs: -0 } }))
    expect([policy.ackDeadlineMs, policy.rateLimit.windowMs].map((value) => Object.is(value, 0))).toEqual([true, true])
  })

  it('may be frozen: parsing writes into nothing', () => {
    expect(parsePolicy(deepFreeze(structuredClone(WHOLE)))._tag).toBe('Right')
  })
})

describe('the faults of a policy', () => {
  it('are told all at once, each with its path, what was found and what was expected (law 1)', () => {
    expect(faults({
      services: [{ ...BACKEND, serviceName: 'UPPER', versionAllowList: ['1.0.0', 2] }, BACKEND, BACKEND],
      peerPolicy: 'everybody',
      helloTimeoutMs: 0,
      rateLimit: { maxPerWindow: 1.5, windowMs: -1 },
      tokenStore: null,
      ackDeadlineMs: '5',
      ackDeadline: 5,
    })).toEqual([
      'services[0].serviceName: found "UPPER"; expected 1 to 64 of a-z, 0-9 and -',
      'services[0].versionAllowList[1]: found 2; expected a version: D.D.D or D.D.D-tail with a tail of a-z, 0-9 and .',
      'services[2].serviceName: found "zccache"; expected a name not yet used; services[1] has it',
      'peerPolicy: found "everybody"; expected "allow-any" or {"ownerOnly": user id}',
      'helloTimeoutMs: found 0; expected a number of milliseconds above 0 and less than 2^52',
      'rateLimit.maxPerWindow: found 1.5; expected a whole number from 0 to 4294967295',
      'rateLimit.windowMs: found -1; expected a number of milliseconds from 0 to less than 2^52',
      'tokenStore: found null; expected token limits',
      'ackDeadlineMs: found "5"; expected a number of milliseconds from 0 to less than 2^52',
      `ackDeadline: found an unexpected field; expected one of the fields ${FIELDS}`,
    ])
  })

  it.each([Number.NaN, Infinity, -1, -0.5, 2 ** 52, '5', null, 5n])('include a duration of %s', (ms) => {
    expect(pathsOf({ ackDeadlineMs: ms, rateLimit: { windowMs: ms }, tokenStore: { ttlMs: ms }, helloTimeoutMs: ms }))
      .toEqual(['helloTimeoutMs', 'rateLimit.windowMs', 'tokenStore.ttlMs', 'ackDeadlineMs'])
  })

  it.each([-1, 0.5, 2 ** 32, Number.NaN, '1', null])('include a count of %s', (count) => {
    expect(pathsOf({ rateLimit: { maxPerWindow: count }, tokenStore: { maxPending: count, collisionAttempts: count } }))
      .toEqual(['rateLimit.maxPerWindow', 'tokenStore.maxPending', 'tokenStore.collisionAttempts'])
  })

  it('include more tries for a token than would ever be needed', () => {
    expect(leftOf(parsePolicy({ services: [], tokenStore: { collisionAttempts: COLLISION_ATTEMPTS_MAX + 1 } })))
      .toMatchObject([{ path: 'tokenStore.collisionAttempts', expected: `a whole number from 0 to ${COLLISION_ATTEMPTS_MAX}` }])
  })

  it.each([-1, 1.5, 2 ** 53, '0x1', '18446744073709551616', '', '1'.repeat(21), 18_446_744_073_709_551_616n, null, true])(
    'include a bitmap of %s', (serverCapabilities) => {
      expect(servicePaths({ serverCapabilities })).toEqual(['services[0].serverCapabilities'])
    },
  )

  it('include texts longer than a reply has room for, counted in bytes (SPEC M3)', () => {
    const [fits, tooLong] = ['é'.repeat(BACKEND_TEXT_MAX_BYTES / 2), 'é'.repeat(BACKEND_TEXT_MAX_BYTES / 2 + 1)]
    expect(parsePolicy({ services: [{ ...BACKEND, daemonVersion: fits, backendPipe: fits }] })._tag).toBe('Right')
    expect(servicePaths({ daemonVersion: tooLong, backendPipe: tooLong }))
      .toEqual(['services[0].daemonVersion', 'services[0].backendPipe'])
  })

  it.each(['latest', '1.2', '1.2.3+b', '1.2.3-RC', 1, null, ['1.2.3']])('include %j as a version (SPEC L2)', (version) => {
    expect(servicePaths({ minVersion: version, versionAllowList: [version] }))
      .toEqual(['services[0].minVersion', 'services[0].versionAllowList[0]'])
  })

  it.each([undefined, null, {}, 'zccache', [null], ['zccache']])('include services that are %j', (services) => {
    expect(parsePolicy({ services })._tag).toBe('Left')
  })

  it('include a name used three times, twice', () => {
    const faults = leftOf(parsePolicy({ services: [BACKEND, BACKEND, BACKEND] }))
    expect(faults.map(({ path }) => path)).toEqual(['services[1].serviceName', 'services[2].serviceName'])
    for (const { expected } of faults) expect(expected).toBe('a name not yet used; services[0] has it')
  })

  it('include what is no name once, however often it stands there', () => {
    expect(pathsOf({ services: [{ ...BACKEND, serviceName: 7 }, { ...BACKEND, serviceName: 7 }] }))
      .toEqual(['services[0].serviceName', 'services[1].serviceName'])
  })

  it('say at each place what would do there (law 1)', () => {
    const expected = (input: unknown) => leftOf(parsePolicy(input)).map(({ path, expected }) => [path, expected])
    const version = 'a version: D.D.D or D.D.D-tail with a tail of a-z, 0-9 and .'
    expect(expected(null)).toEqual([['', 'a policy']])
    expect(expected({ services: null, rateLimit: null, tokenStore: null, sessions: null })).toEqual([
      ['services', 'a list of services'], ['rateLimit', 'a rate limit'], ['tokenStore', 'token limits'], ['sessions', 'session halves'],
    ])
    expect(expected({
      services: [null, {
        serviceName: null, minVersion: null, versionAllowList: null, daemonVersion: null, backendPipe: null, serverCapabilities: null,
      }],
      sessions: { brokerHalf: HALF, daemonHalves: null },
    })).toEqual([
      ['services[0]', 'a service'],
      ['services[1].serviceName', '1 to 64 of a-z, 0-9 and -'],
      ['services[1].minVersion', `${version}; or nothing, for any`],
      ['services[1].versionAllowList', 'a list of versions'],
      ['services[1].daemonVersion', `a text of at most ${BACKEND_TEXT_MAX_BYTES} bytes`],
      ['services[1].backendPipe', `a text of at most ${BACKEND_TEXT_MAX_BYTES} bytes`],
      ['services[1].serverCapabilities', 'a u64: a decimal text, or a whole number up to 2^53 - 1'],
      ['sessions.daemonHalves', 'session halves by service'],
    ])
  })

  it.each([{ ownerOnly: 7 }, {}, 'AllowAny', { ownerOnly: '1', more: 1 }, null, { ownerOnly: 'x'.repeat(5_000) }])(
    'include a peer policy of %j', (peerPolicy) => {
      expect(pathsOf({ peerPolicy })).toEqual(['peerPolicy'])
    },
  )
})

describe('the secrets of a policy (Fault, law 2)', () => {
  const SECRETS = [
    '5ec2e75ec2e75ec2e75ec2e75ec2e7', 'not-hex-but-a-secret-all-the-same', '5ec2e75ec2e75ec2e75ec2e75ec2e7ff00',
  ]

  it.each(SECRETS)('never show in a fault, wherever %s stands among the sessions', (secret) => {
    const misplaced = [
      secret, [secret], { brokerHalf: secret }, { brokerHalf: { secret } }, { brokerHalf: HALF, brokerHalv: secret },
      { brokerHalf: HALF, daemonHalves: secret }, { brokerHalf: HALF, daemonHalves: { [SERVICE]: secret } },
      { brokerHalf: HALF, daemonHalves: { UPPER: secret } },
    ]
    for (const sessions of misplaced) expect(faults({ services: [], sessions }).join('\n'))
      .not.toContain(secret.slice(0, 8))
  })

  it('never show under a misspelt name', () => {
    expect(faults({ services: [], session: { brokerHalf: HALF }, brokerHalf: HALF }).join('\n'))
      .not.toContain(HALF.slice(0, 8))
  })

  it('are told of by path alone', () => {
    const sessions = { brokerHalf: '12', daemonHalves: { [SERVICE]: 5 } }
    expect(faults({ services: [], sessions })).toEqual([
      'sessions.brokerHalf: found something else, not shown here; expected 32 hex digits',
      'sessions.daemonHalves.zccache: found something else, not shown here; expected 32 hex digits',
    ])
  })

  it('may belong to no name that no service can have', () => {
    expect(pathsOf({ sessions: { brokerHalf: HALF, daemonHalves: { UPPER: HALF } } })).toHaveLength(1)
  })
})

describe('what is no policy at all', () => {
  const NO_POLICIES: ReadonlyArray<readonly [string, unknown]> = [
    ['undefined', undefined], ['null', null], ['a number', 1], ['a text', 'x'], ['a list', []], ['a function', () => 1],
    ['a symbol', Symbol('x')], ['a bigint', 1n], ['a Map', new Map([['services', []]])],
    [
      'a getter that throws', Object.defineProperty({}, 'services', { enumerable: true, get: () => { throw new Error('no') } }),
    ],
    ['a Proxy that throws', new Proxy({}, { get: () => { throw new Error('no') } })],
    ['a revoked Proxy', revoked()],
  ]

  it.each(NO_POLICIES)('is answered with a fault: %s', (_what, input) => {
    expect(faults(input)).toHaveLength(1)
  })

  it('is answered even where a getter throws only the nth time it is read (law 1)', () => {
    for (let reads = 0; reads < 40; reads += 1) {
      let left = reads
      const reading = <A extends object>(target: A): A => new Proxy(target, {
        get: (from, key) => {
          left -= 1
          if (left < 0) throw new Error('read once too often')
          const value: unknown = Reflect.get(from, key)
          return typeof value === 'object' && value !== null ? reading(value) : value
        },
      })
      expect(() => parsePolicy(reading(structuredClone(WHOLE)))).not.toThrow()
    }
  })

  it('is answered for every value whatever (law 1)', () => {
    const field = fc.constantFrom(...Object.keys(WHOLE))
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true, withSparseArray: true })
    fc.assert(fc.property(anything, field, (value, field) => {
      for (const input of [value, { services: [value] }, { ...WHOLE, [field]: value }]) {
        const parsed = parsePolicy(input)
        if (parsed._tag === 'Left') expect(parsed.left.map(describeFault).filter((line) => line.includes('\n'))).toEqual([])
        else expect(initialState(parsed.right).nextConnectionId).toBe(1n)
      }
    }), { numRuns: 300 })
  })

  function revoked(): unknown {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }
})

describe('an input that answers twice', () => {
  it('is asked once: what was checked is what is used (law 2)', () => {
    let asked = 0
    const service = Object.defineProperty({ daemonVersion: '1', backendPipe: 'p' }, 'serviceName', {
      enumerable: true,
      get: () => ((asked += 1) === 1 ? 'legal' : 'NOT LEGAL'),
    })
    const parsed = parsePolicy({ services: [service] })
    const names = parsed._tag === 'Right' ? [...parsed.right.services.keys()] : []
    expect(names).toEqual(['legal'])
  })

  it('finds duplicates among many services by going through them once', () => {
    const services = Array.from({ length: 20_000 }, (_, i) => ({ serviceName: `s${i % 19_999}`, daemonVersion: '', backendPipe: '' }))
    const parsed = parsePolicy({ services })
    expect(parsed._tag === 'Left' && parsed.left.map(({ path }) => path)).toEqual(['services[19999].serviceName'])
  })
})
