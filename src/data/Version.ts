/**
 * A legal version, `D+.D+.D+` and perhaps `-` and a tail of `a-z`, `0-9` and `.` (SPEC H3, H7).
 *
 * Parts may have leading zeros and any number of digits. A Hello's is capped at 64 bytes, which is a
 * rule about Hellos, not about versions: `HelloShape` has it.
 *
 * **Laws**
 *  1. `compareVersions` is a total order on (major, minor, patch): reflexive, antisymmetric, transitive.
 *  2. It compares exactly at any size: no part is ever rounded or skipped (DIV-V2).
 *  3. Leading zeros and the tail never matter to it (SPEC V1).
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'

declare const version: unique symbol

/**
 * A text that has passed `parseVersion`.
 *
 * @category model
 * @since 0.1.0
 */
export type Version = string & { readonly [version]: true }

/**
 * The text is no version; `actual` is the text.
 *
 * @category model
 * @since 0.1.0
 */
export interface InvalidVersion {
  readonly _tag: 'InvalidVersion'
  readonly actual: string
}

/**
 * Parses a version (SPEC H3, H7).
 *
 * @example
 * import assert from 'node:assert'
 * import { parseVersion } from 'hello-negotiation'
 *
 * assert.equal(parseVersion('1.11.20-rc.1')._tag, 'Right')
 * assert.deepEqual(parseVersion('1.2'), { _tag: 'Left', left: { _tag: 'InvalidVersion', actual: '1.2' } })
 *
 * @category constructors
 * @since 0.1.0
 */
export function parseVersion(text: string): Either<InvalidVersion, Version> {
  return isVersion(text) ? E.right(text) : E.left({ _tag: 'InvalidVersion', actual: text })
}

/**
 * Whether a text is a version (SPEC H3, H7).
 *
 * @category refinements
 * @since 0.1.0
 */
export function isVersion(text: string): text is Version {
  return /^\d+\.\d+\.\d+(?:-[a-z0-9.]+)?$/.test(text)
}

/**
 * Compares two versions by major, minor and patch: negative, zero or positive (SPEC V1, DIV-V2).
 *
 * @example
 * import assert from 'node:assert'
 * import { compareVersions, isVersion } from 'hello-negotiation'
 *
 * const [floor, rc, huge] = ['1.10.0', '1.10.0-rc.1', '1.9.99999999999999999999']
 * if (isVersion(floor) && isVersion(rc) && isVersion(huge)) {
 *   assert.equal(compareVersions(rc, floor), 0)
 *   assert.equal(compareVersions(huge, floor), -1)
 * }
 *
 * @category queries
 * @since 0.1.0
 */
export function compareVersions(a: Version, b: Version): -1 | 0 | 1 {
  let i = 0
  let j = 0
  for (let part = 0; part < 3; part += 1) {
    i = skipZeros(a, i)
    j = skipZeros(b, j)
    let order: -1 | 0 | 1 = 0
    let [x, y] = [digitAt(a, i), digitAt(b, j)]
    while (x >= 0 && y >= 0) {
      if (order === 0 && x !== y) order = x < y ? -1 : 1
      i += 1
      j += 1
      x = digitAt(a, i)
      y = digitAt(b, j)
    }
    // Without leading zeros the longer run of digits is the greater; of two as long, the first digits that differ decide.
    if (x !== y) return x < y ? -1 : 1
    if (order !== 0) return order
    // Past the dot, or past the end of the core after the third part.
    i += 1
    j += 1
  }
  return 0
}

function skipZeros(text: string, from: number): number {
  let i = from
  while (text.charCodeAt(i) === 0x30) i += 1
  return i
}

/** The digit there, −1 where there is none. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30
  return digit >= 0 && digit <= 9 ? digit : -1
}
