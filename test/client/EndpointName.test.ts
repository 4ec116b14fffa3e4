import * as fc from 'fast-check'
import { backendName, instanceBrokerName, privateBrokerName, sharedBrokerName } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const HASH = '0123456789abcdef'
const RANDOM = Uint8Array.from({ length: 16 }, (_, i) => i * 17)
const PART = fc.stringMatching(/^[a-z0-9-]{1,64}$/)

describe('the names of endpoints', () => {
  it('are one of four, behind the host\'s hash (SPEC M1)', () => {
    expect(rightOf(sharedBrokerName(HASH))).toBe('rpb-v1-0123456789abcdef-shared')
    expect(rightOf(privateBrokerName(HASH, 'zccache'))).toBe('rpb-v1-0123456789abcdef-svc-zccache')
    expect(rightOf(instanceBrokerName(HASH, 'nightly-2'))).toBe('rpb-v1-0123456789abcdef-inst-nightly-2')
    expect(rightOf(backendName(HASH, RANDOM)))
      .toBe('rpb-v1-0123456789abcdef-be-00112233445566778899aabbccddeeff')
  })

  it('need a hash of sixteen lower-case hex digits, which is looked at first (SPEC M1)', () => {
    for (const hash of ['', '0123456789abcde', '0123456789ABCDEF', '0123456789abcdef0']) {
      const error = { _tag: 'InvalidHostHash', actual: hash }
      expect(leftOf(sharedBrokerName(hash))).toEqual(error)
      expect(leftOf(privateBrokerName(hash, 'NO'))).toEqual(error)
      expect(leftOf(instanceBrokerName(hash, 'NO'))).toEqual(error)
      expect(leftOf(backendName(hash, new Uint8Array(1)))).toEqual(error)
    }
  })

  it('refuse upper case, what is empty and what is too long, rather than fold or cut it (SPEC M1)', () => {
    for (const text of ['', 'ZCCache', 'a b', 'a/b', 'é', 'a'.repeat(65)]) {
      expect(leftOf(privateBrokerName(HASH, text))).toEqual({ _tag: 'InvalidServiceName', actual: text })
      expect(leftOf(instanceBrokerName(HASH, text))).toEqual({ _tag: 'InvalidInstanceName', actual: text })
    }
  })

  it('need exactly 16 random bytes for a backend (SPEC M1)', () => {
    for (const length of [0, 15, 17]) {
      expect(leftOf(backendName(HASH, new Uint8Array(length))))
        .toEqual({ _tag: 'InvalidBackendSuffix', actualBytes: length, expectedBytes: 16 })
    }
  })

  it('are lower-case letters, digits and hyphens, and different for what is different (laws 1 and 2)', () => {
    fc.assert(fc.property(PART, PART, fc.uint8Array({ minLength: 16, maxLength: 16 }), (a, b, random) => {
      const names = [
        rightOf(sharedBrokerName(HASH)), rightOf(backendName(HASH, random)),
        ...[a, b].flatMap((part) => [rightOf(privateBrokerName(HASH, part)), rightOf(instanceBrokerName(HASH, part))]),
      ]
      for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,93}$/)
      expect(new Set(names).size).toBe(a === b ? 4 : 6)
    }))
  })
})
