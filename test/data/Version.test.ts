import fc from 'fast-check'
import { compareVersions, isVersion, parseVersion, type Version } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'

const digits = fc.oneof(
  fc.nat({ max: 12 }).map(String),
  fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  fc.constantFrom('18446744073709551615', '18446744073709551616', '9'.repeat(40)),
)
const part = fc.tuple(fc.nat({ max: 3 }), digits).map(([zeros, digits]) => '0'.repeat(zeros) + digits)
const tail = fc.option(fc.string({ unit: fc.constantFrom('a', 'z', '0', '.'), minLength: 1, maxLength: 5 }), { nil: undefined })
const version: fc.Arbitrary<Version> = fc.tuple(part, part, part, tail)
  .map(([major, minor, patch, tail]) => [major, minor, patch].join('.') + (tail === undefined ? '' : `-${tail}`))
  .filter(isVersion)

/** The grammar as SPEC H7 tells it, without a regular expression. */
function isLegal(text: string): boolean {
  const dash = text.indexOf('-')
  const [core, tail] = dash < 0 ? [text, undefined] : [text.slice(0, dash), text.slice(dash + 1)]
  const consistsOf = (text: string, characters: string): boolean => text !== '' && [...text].every((one) => characters.includes(one))
  const parts = core.split('.')
  return parts.length === 3 && parts.every((part) => consistsOf(part, '0123456789'))
    && (tail === undefined || consistsOf(tail, 'abcdefghijklmnopqrstuvwxyz0123456789.'))
}

/** Exact triples of numbers: the order that the comparison must agree with. */
function tripleOf(version: Version): ReadonlyArray<bigint> {
  return (version.split('-')[0] ?? '').split('.').map(BigInt)
}

function compareTriples(a: ReadonlyArray<bigint>, b: ReadonlyArray<bigint>): number {
  const i = a.findIndex((part, i) => part !== b[i])
  return i < 0 ? 0 : (a[i] ?? 0n) < (b[i] ?? 0n) ? -1 : 1
}

function versionOf(text: string): Version {
  if (!isVersion(text)) throw new Error(`${text} is no version`)
  return text
}

describe('parseVersion', () => {
  it('agrees with the grammar on every text (SPEC H3, H7)', () => {
    const unit = fc.constantFrom('0', '1', '12', '.', '.', '-', 'a', 'rc', 'A', '+', ' ', '٣', '\n')
    const almost = fc.string({ unit, maxLength: 10 })
    const changed = fc.tuple(version, fc.nat(), fc.constantFrom('', '.', '-', 'A', '+', '0')).map(([text, where, change]) => {
      const at = where % (text.length + 1)
      return text.slice(0, at) + change + text.slice(at + (change === '' ? 1 : 0))
    })
    fc.assert(fc.property(fc.oneof(almost, changed, version, fc.string()), (text) => {
      expect(parseVersion(text)).toEqual(
        isLegal(text) ? { _tag: 'Right', right: text } : { _tag: 'Left', left: { _tag: 'InvalidVersion', actual: text } },
      )
    }), { numRuns: 1_000 })
  })

  it('takes leading zeros, many digits and a tail of dots (SPEC H7)', () => {
    const legal = ['0.0.0', '01.002.0003', `${'9'.repeat(100)}.0.0`, '1.0.0-...', '1.0.0-rc.1', '1.0.0-0']
    expect(legal.filter((text) => !isVersion(text))).toEqual([])
  })

  it('refuses what a semantic version may have and this one may not (SPEC H7)', () => {
    const illegal = [
      '', '1', '1.2', '1.2.3.4', '1..3', '.1.2', '1.2.', '1.2.3-', '1.2.3-a-b', '1.2.3+build', '1.2.3-RC', '1.2.3-a+b',
      'v1.2.3', '1.2.x', ' 1.2.3', '1.2.3\n', '1.2.3-rc\n', '١.٢.٣', '-1.2.3', '1.2.3-é',
    ]
    expect(illegal.filter(isVersion)).toEqual([])
  })
})

describe('compareVersions', () => {
  it('orders as exact triples do, at any size (laws 1–3, SPEC V1, DIV-V2)', () => {
    fc.assert(fc.property(version, version, (a, b) => {
      expect(compareVersions(a, b)).toBe(compareTriples(tripleOf(a), tripleOf(b)))
    }), { numRuns: 1_000 })
  })

  it('is reflexive and antisymmetric (law 1)', () => {
    fc.assert(fc.property(version, version, (a, b) => {
      expect(compareVersions(a, a)).toBe(0)
      // Zero has a sign, and this zero must not: `-0` is not what `toBe(0)` means.
      expect(compareVersions(b, a)).toBe(0 - compareVersions(a, b))
    }))
  })

  it('is transitive: sorting gives one order (law 1)', () => {
    fc.assert(fc.property(fc.array(version, { maxLength: 8 }), (versions) => {
      const sorted = [...versions].sort(compareVersions)
      expect(sorted.map(tripleOf)).toEqual(versions.map(tripleOf).sort(compareTriples))
    }))
  })

  it('passes over leading zeros and the tail (law 3, SPEC V1)', () => {
    fc.assert(fc.property(version, fc.nat({ max: 4 }), fc.constantFrom('', '-rc.1', '-...'), (a, zeros, tail) => {
      const core = a.split('-')[0] ?? ''
      const dressed = core.split('.').map((part) => '0'.repeat(zeros) + part).join('.') + tail
      expect(compareVersions(a, versionOf(dressed))).toBe(0)
    }))
    expect(compareVersions(versionOf('1.10.0-rc.1'), versionOf('1.10.0'))).toBe(0)
    expect(compareVersions(versionOf('1.10.0-1'), versionOf('1.10.0-2'))).toBe(0)
  })

  it('puts a huge patch below a greater minor, where the reference gives up (DIV-V2)', () => {
    expect(compareVersions(versionOf('1.9.99999999999999999999'), versionOf('1.10.0'))).toBe(-1)
    expect(compareVersions(versionOf('18446744073709551616.0.0'), versionOf('18446744073709551615.0.0'))).toBe(1)
  })
})
