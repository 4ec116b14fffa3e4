import * as fc from 'fast-check'
import { compareVersions, isVersion, type Version } from 'hello-negotiation'
import { VersionPolicy } from 'hello-negotiation/step'
import { arbitraryVersion, deepFreeze } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { comparedBeforehand } from '../../src/step/VersionPolicy.js'
import { leftOf, rightOf } from '../support/negotiate.js'

const { checkVersion } = VersionPolicy

/** Neither a floor nor a list (SPEC V4). */
const ANY_VERSION: VersionPolicy.VersionPolicy = { minVersion: undefined, allowList: new Set() }

function version(text: string): Version {
  if (!isVersion(text)) throw new Error(`${text} is no version`)
  return text
}

function policy(minVersion: string, ...allowList: ReadonlyArray<string>): VersionPolicy.VersionPolicy {
  const floor = minVersion === '' ? undefined : version(minVersion)
  return deepFreeze({ minVersion: floor, allowList: new Set(allowList.map(version)) })
}

function answer(of: VersionPolicy.VersionPolicy, wanted: string): string {
  const checked = checkVersion(of, version(wanted))
  return checked._tag === 'Right' ? 'allowed' : checked.left._tag
}

/** The three parts as exact numbers, the naive way. */
function parts(text: Version): ReadonlyArray<bigint> {
  return (text.split('-')[0] ?? '').split('.').map(BigInt)
}

/** What SPEC V1, V3, V4 and DIV-V2 say, spelled out over exact numbers. */
function naiveAnswer({ minVersion, allowList }: VersionPolicy.VersionPolicy, wanted: Version): string {
  const [own, floor] = [parts(wanted), minVersion === undefined ? [0n, 0n, 0n] : parts(minVersion)]
  const differing = [0, 1, 2].find((i) => own[i] !== floor[i])
  if (differing !== undefined && (own[differing] ?? 0n) < (floor[differing] ?? 0n)) return 'BelowMinVersion'
  return allowList.size === 0 || [...allowList].includes(wanted) ? 'allowed' : 'OutsideAllowList'
}

const bigPart = fc.oneof(
  fc.constantFrom('0', '00', '1', '9', '10', '18446744073709551615', '18446744073709551616', '99999999999999999999'),
  fc.stringMatching(/^[0-9]{1,30}$/),
)
const tail = fc.constantFrom('', '-rc.1', '-0', '-...')
const bigVersion = fc.tuple(bigPart, bigPart, bigPart, tail)
  .map(([major, minor, patch, end]) => version(`${major}.${minor}.${patch}${end}`))
const anyVersion = fc.oneof(arbitraryVersion(), bigVersion)
const anyPolicy: fc.Arbitrary<VersionPolicy.VersionPolicy> = fc.record({
  minVersion: fc.option(anyVersion, { nil: undefined }),
  allowList: fc.array(anyVersion, { maxLength: 3 }).map((list) => new Set(list)),
})

describe('checkVersion', () => {
  it('compares major, minor and patch as numbers, not as texts (SPEC V1)', () => {
    const floor = policy('1.10.0')
    const wanted = ['1.9.9', '1.10.0', '1.10.1', '1.11.0', '2.0.0', '0.99.99', '01.010.00']
    expect(wanted.filter((text) => answer(floor, text) === 'BelowMinVersion')).toEqual(['1.9.9', '0.99.99'])
    expect(wanted.filter((text) => answer(floor, text) === 'allowed')).toHaveLength(5)
  })

  it('ignores the pre-release on either side of the floor (SPEC V1)', () => {
    expect(answer(policy('1.10.0'), '1.10.0-rc.1')).toBe('allowed')
    expect(answer(policy('1.10.0-rc.1'), '1.10.0-alpha')).toBe('allowed')
    expect(answer(policy('1.10.0-rc.1'), '1.9.9')).toBe('BelowMinVersion')
  })

  it('keeps the floor against a part above 2^64 − 1, which switches it off in the reference (SPEC V2, DIV-V2)', () => {
    // The worked example of SPEC §15.
    expect(leftOf(checkVersion(policy('1.10.0'), version('1.9.99999999999999999999')))).toEqual({
      _tag: 'BelowMinVersion', actual: '1.9.99999999999999999999', minVersion: '1.10.0',
    })
    expect(answer(policy('18446744073709551616.0.0'), '18446744073709551615.0.0')).toBe('BelowMinVersion')
    expect(answer(policy('18446744073709551616.0.0'), '18446744073709551617.0.0')).toBe('allowed')
    expect(answer(policy(`1.0.${'9'.repeat(200)}`), `1.0.${'9'.repeat(199)}8`)).toBe('BelowMinVersion')
    expect(answer(policy(`1.0.${'9'.repeat(200)}`), `1.0.1${'0'.repeat(200)}`)).toBe('allowed')
  })

  it('compares the list by the letter: leading zeros and pre-releases matter (SPEC V3)', () => {
    const listed = policy('', '1.2.3', '2.0.0-rc.1')
    expect(['1.2.3', '01.2.3', '1.2.3-rc.1', '2.0.0-rc.1', '2.0.0'].map((wanted) => answer(listed, wanted)))
      .toEqual(['allowed', 'OutsideAllowList', 'OutsideAllowList', 'allowed', 'OutsideAllowList'])
  })

  it('tests the floor first (SPEC V3)', () => {
    expect(answer(policy('2.0.0', '3.0.0'), '1.0.0')).toBe('BelowMinVersion')
    expect(answer(policy('2.0.0', '1.0.0'), '1.0.0')).toBe('BelowMinVersion')
    expect(answer(policy('2.0.0', '3.0.0'), '2.5.0')).toBe('OutsideAllowList')
  })

  it('carries the wanted version and the list in the error', () => {
    const listed = policy('', '1.2.3')
    expect(leftOf(checkVersion(listed, version('1.2.4'))))
      .toEqual({ _tag: 'OutsideAllowList', actual: '1.2.4', allowList: listed.allowList })
  })

  it('restricts nothing without a floor and a list (SPEC V4)', () => {
    fc.assert(fc.property(anyVersion, (wanted) => {
      expect(rightOf(checkVersion(ANY_VERSION, wanted))).toBe(wanted)
      expect(rightOf(checkVersion(policy(''), wanted))).toBe(wanted)
    }))
  })

  it('answers as exact numbers and texts say, at any size (SPEC V1–V4, DIV-V2)', () => {
    fc.assert(fc.property(anyPolicy, anyVersion, (of, wanted) => {
      expect(answer(deepFreeze(of), wanted)).toBe(naiveAnswer(of, wanted))
    }), { numRuns: 1_000 })
  })

  it('answers the same once the list has been compared beforehand, with that floor or with another (law 5)', () => {
    fc.assert(fc.property(anyPolicy, anyVersion, anyVersion, (of, wanted, floor) => {
      const plain = { ...of, allowList: new Set(of.allowList) }
      const compared = comparedBeforehand(of)
      for (const asked of [wanted, ...of.allowList]) {
        expect(checkVersion(compared, asked)).toEqual(checkVersion(plain, asked))
        expect(checkVersion({ ...compared, minVersion: floor }, asked)).toEqual(checkVersion({ ...plain, minVersion: floor }, asked))
      }
    }), { numRuns: 500 })
  })

  it('never finds a higher version below the floor where a lower one was not', () => {
    fc.assert(fc.property(anyVersion, anyVersion, anyVersion, (floor, a, b) => {
      const [lower, higher] = compareVersions(a, b) <= 0 ? [a, b] : [b, a]
      const of = { minVersion: floor, allowList: new Set<Version>() }
      if (answer(of, lower) === 'allowed') expect(answer(of, higher)).toBe('allowed')
    }), { numRuns: 500 })
  })

  it('only narrows by a list: what passes it, passes the floor alone', () => {
    fc.assert(fc.property(anyPolicy, anyVersion, (of, wanted) => {
      const listed = { ...of, allowList: new Set([...of.allowList, wanted]) }
      expect(answer(listed, wanted)).toBe(answer({ ...of, allowList: new Set() }, wanted))
      if (answer(of, wanted) === 'allowed') expect(answer({ ...of, allowList: new Set() }, wanted)).toBe('allowed')
    }))
  })
})
