import * as fc from 'fast-check'
import { type ServiceName } from 'hello-negotiation'
import { ServiceTable } from 'hello-negotiation/step'
import { arbitraryServiceName, arbitraryVersion, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf, SERVICE, serviceName } from '../support/negotiate.js'

const { find, NO_SERVICES, parseRegistration, register } = ServiceTable

type Registration = ServiceTable.Registration

const REGISTRATION: Registration = deepFreeze({
  serviceName: 'zccache', minVersion: '1.10.0', versionAllowList: ['1.11.20', '1.11.20', '1.12.0-rc.1'],
  daemonVersion: 'not checked', backendPipe: '/run/zccache.sock', serverCapabilities: 0x8000_0000_0000_0000n,
})

const legal: fc.Arbitrary<Registration> = fc.record({
  serviceName: arbitraryServiceName(),
  minVersion: fc.oneof(fc.constant(''), arbitraryVersion()),
  versionAllowList: fc.array(arbitraryVersion(), { maxLength: 3 }),
  daemonVersion: fc.string(), backendPipe: fc.string(), serverCapabilities: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
})

const any: fc.Arbitrary<Registration> = fc.record({
  serviceName: fc.oneof(arbitraryServiceName(), fc.string({ maxLength: 70 })),
  minVersion: fc.oneof(fc.constant(''), arbitraryVersion(), fc.string()),
  versionAllowList: fc.array(
    fc.oneof({ weight: 4, arbitrary: arbitraryVersion() }, { weight: 1, arbitrary: fc.string() }), { maxLength: 4 },
  ),
  daemonVersion: fc.string(), backendPipe: fc.string(), serverCapabilities: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
})

function tableOf(registrations: ReadonlyArray<Registration>): ServiceTable.ServiceTable {
  return registrations.reduce((table, registration) => rightOf(register(table, registration)), NO_SERVICES)
}

describe('parseRegistration', () => {
  it('gives the backend with its versions parsed (SPEC L2)', () => {
    expect(rightOf(parseRegistration(REGISTRATION))).toEqual({
      serviceName: 'zccache',
      versions: { minVersion: '1.10.0', allowList: new Set(['1.11.20', '1.12.0-rc.1']) },
      daemonVersion: 'not checked',
      backendPipe: '/run/zccache.sock',
      capabilities: 0x8000_0000_0000_0000n,
    })
  })

  it('reads an empty minVersion and an empty list as "any" (SPEC L2, V4)', () => {
    expect(rightOf(parseRegistration({ ...REGISTRATION, minVersion: '', versionAllowList: [] })).versions)
      .toEqual({ minVersion: undefined, allowList: new Set() })
  })

  it('checks the name, then minVersion, then every entry of the list (SPEC L2)', () => {
    const wrong = { ...REGISTRATION, serviceName: 'ZC', minVersion: '1.10', versionAllowList: ['1.0.0', '', 'x'] }
    const errors = [
      wrong,
      { ...wrong, serviceName: 'zc' },
      { ...wrong, serviceName: 'zc', minVersion: '' },
      { ...wrong, serviceName: 'zc', minVersion: '', versionAllowList: ['1.0', ''] },
    ].map((registration) => leftOf(parseRegistration(registration)))
    expect(errors).toEqual([
      { _tag: 'InvalidServiceName', actual: 'ZC' },
      { _tag: 'InvalidMinVersion', actual: '1.10' },
      { _tag: 'InvalidAllowListEntry', actual: '', index: 1 },
      { _tag: 'InvalidAllowListEntry', actual: '1.0', index: 0 },
    ])
  })

  it('keeps nothing of the list it was given', () => {
    const versionAllowList = ['1.0.0']
    const { versions } = rightOf(parseRegistration({ ...REGISTRATION, versionAllowList }))
    versionAllowList.push('2.0.0')
    expect(versions.allowList).toEqual(new Set(['1.0.0']))
  })
})

describe('register and find', () => {
  it('finds nothing under a name that was never registered (SPEC L1)', () => {
    expect(leftOf(find(NO_SERVICES, SERVICE))).toEqual({ _tag: 'UnknownService', actual: 'zccache' })
  })

  it.each(['constructor', 'tostring', 'valueof', 'prototype', '-', 'size', 'get'])(
    'finds %j only where it was registered (SPEC L1)', (text) => {
      const name = serviceName(text)
      expect(find(tableOf([REGISTRATION]), name)._tag).toBe('Left')
      const registered = tableOf([REGISTRATION, { ...REGISTRATION, serviceName: name }])
      expect(rightOf(find(registered, name)).serviceName).toBe(name)
    },
  )

  it('finds what was registered last under a name, like a list searched from its end (SPEC L1, L2)', () => {
    fc.assert(fc.property(fc.array(legal, { maxLength: 12 }), arbitraryServiceName(), (registrations, name) => {
      const last = registrations.findLast((registration) => registration.serviceName === name)
      const found = find(tableOf(deepFreeze(registrations)), name)
      expect(found).toEqual(last === undefined
        ? { _tag: 'Left', left: { _tag: 'UnknownService', actual: name } }
        : parseRegistration(last))
      const names = registrations.map((registration) => registration.serviceName)
      expect(tableOf(registrations).size).toBe(new Set(names).size)
    }))
  })

  it('changes nothing by a registration that is not legal, nor an older table by any (SPEC L2)', () => {
    fc.assert(fc.property(fc.array(legal, { maxLength: 4 }), any, (registrations, registration) => {
      const table = tableOf(registrations)
      const before = new Map(table)
      const registered = register(table, deepFreeze(registration))
      expect(table).toEqual(before)
      const parsed = parseRegistration(registration)
      expect(registered._tag).toBe(parsed._tag)
      if (registered._tag === 'Left') expect(registered).toEqual(parsed)
      else expect(find(registered.right, registration.serviceName as ServiceName)).toEqual(parsed)
    }), { numRuns: 300 })
  })
})
