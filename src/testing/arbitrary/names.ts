/**
 * Service names and versions for fast-check, legal ones and texts that are one but for one thing (SPEC H2, H7).
 *
 * The legal ones come from small pools, so that a Hello made from the same pools often finds its service.
 */
import fc from 'fast-check'
import { type InvalidServiceName, isServiceName, type ServiceName } from '../../data/ServiceName.js'
import { type InvalidVersion, isVersion, type Version } from '../../data/Version.js'
import { arbitraryTextFrom } from './bytes.js'
import type { Nearly } from './Nearly.js'

/**
 * Legal names, those among them that a careless look-up in an object would find.
 *
 * @category constants
 * @since 0.1.0
 */
export const SERVICE_NAME_POOL: ReadonlyArray<ServiceName> = Object.freeze(
  ['zccache', 'clud', 'constructor', '-', 'a'.repeat(64)].filter(isServiceName),
)

/**
 * Legal versions around one floor: pre-releases, leading zeros, and parts no u64 holds.
 *
 * @category constants
 * @since 0.1.0
 */
export const VERSION_POOL: ReadonlyArray<Version> = Object.freeze([
  '0.0.0', '1.2.3', '01.2.3', '1.9.9', '1.9.99999999999999999999', '1.10.0', '1.10.0-rc.1', '2.0.0',
  '18446744073709551615.0.0', '18446744073709551616.0.0',
].filter(isVersion))

/**
 * A legal service name: mostly one of the pool.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryServiceName(): fc.Arbitrary<ServiceName> {
  const any = arbitraryTextFrom(fc.constantFrom(...'abcxyz0189-'), { minLength: 1, maxLength: 64 }).filter(isServiceName)
  return fc.oneof({ arbitrary: fc.constantFrom(...SERVICE_NAME_POOL), weight: 9 }, { arbitrary: any, weight: 1 })
}

/**
 * A legal version of at most 64 characters: mostly one of the pool.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryVersion(): fc.Arbitrary<Version> {
  const part = arbitraryTextFrom(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: 12 })
  const tail = arbitraryTextFrom(fc.constantFrom(...'abcrxyz0189.'), { minLength: 1, maxLength: 20 }).map((tail) => `-${tail}`)
  const any = fc.tuple(fc.tuple(part, part, part), fc.option(tail, { nil: '' }))
    .map(([core, tail]) => core.join('.') + tail).filter(isVersion)
  return fc.oneof({ arbitrary: fc.constantFrom(...VERSION_POOL), weight: 5 }, { arbitrary: any, weight: 1 })
}

/**
 * A service name with one character too many, none at all, or one that no name has.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyServiceName(): fc.Arbitrary<Nearly<string, InvalidServiceName>> {
  const spoilt = fc.tuple(arbitraryServiceName(), fc.nat(), fc.constantFrom(...Object.entries(NOT_IN_A_NAME)))
    .map(([name, place, [off, character]]) => ({ off, value: replaced(name, place, character) }))
  const behind = fc.tuple(arbitraryServiceName().filter((name) => name.length < 64), fc.constantFrom('\n', ' ', '\0'))
    .map(([name, more]) => ({ off: 'something behind it', value: `${name}${more}` }))
  const long = fc.integer({ min: 0, max: 64 })
    .map((length) => ({ off: '65 characters', value: 'a'.repeat(length) + '-'.repeat(65 - length) }))
  return fc.oneof({ arbitrary: spoilt, weight: 4 }, behind, long, fc.constant({ off: 'empty', value: '' }))
    .map(({ off, value }) => ({ off, value, error: { _tag: 'InvalidServiceName', actual: value } }))
}

const NOT_IN_A_NAME: Readonly<Record<string, string>> = {
  'upper case': 'Z',
  'an underscore': '_',
  'a dot': '.',
  'a slash': '/',
  'a letter that folds to ASCII': '\u212a',
  'a digit of another script': '\uff11',
  'a control character': '\0',
}

/**
 * A version with a part missing, one too many, or a character where none like it may be.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyVersion(): fc.Arbitrary<Nearly<string, InvalidVersion>> {
  return fc.tuple(arbitraryVersion(), fc.constantFrom(...Object.entries(VERSION_SLIPS))).map(([version, [off, slip]]) => {
    const at = version.indexOf('-')
    const [core, tail] = at < 0 ? [version, ''] : [version.slice(0, at), version.slice(at)]
    const value = slip(core, tail)
    return { off, value, error: { _tag: 'InvalidVersion', actual: value } }
  })
}

/** Of the core, `1.2.3`, and the tail, which is empty or `-rc.1`. */
const VERSION_SLIPS: Readonly<Record<string, (core: string, tail: string) => string>> = {
  'two parts': (core, tail) => core.slice(0, core.lastIndexOf('.')) + tail,
  'four parts': (core, tail) => `${core}.0${tail}`,
  'an empty part': (core, tail) => core.replace(/\d+/, '') + tail,
  'a letter in a part': (core, tail) => core.replace(/\d/, 'x') + tail,
  'a digit of another script': (core, tail) => core.replace(/\d/, '\uff11') + tail,
  'a v before it': (core, tail) => `v${core}${tail}`,
  'a sign': (core, tail) => `+${core}${tail}`,
  'an empty tail': (core) => `${core}-`,
  'a second tail': (core, tail) => `${core}${tail}-a-b`,
  'upper case in the tail': (core) => `${core}-RC`,
  'build metadata': (core, tail) => `${core}${tail}+build`,
  'a space before it': (core, tail) => ` ${core}${tail}`,
  'a line feed behind it': (core, tail) => `${core}${tail}\n`,
}

function replaced(text: string, place: number, character: string): string {
  const at = place % text.length
  return text.slice(0, at) + character + text.slice(at + 1)
}
