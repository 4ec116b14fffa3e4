/**
 * Which versions of a service a client may ask for: a floor, and a list of the only ones allowed.
 *
 * **Laws**
 *  1. The floor is tested first (SPEC V3).
 *  2. Raising the wanted version never turns "allowed by the floor" into "below it".
 *  3. A list only narrows: what it lets through, the floor alone lets through too.
 *  4. No number of digits switches the floor off (DIV-V2).
 *  5. What was compared beforehand gets the answer that it would have got without.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { compareVersions, type Version } from '../data/Version.js'

/**
 * The lowest version allowed, `undefined` for any; and the only ones allowed, none for any (SPEC V4).
 *
 * @category model
 * @since 0.1.0
 */
export interface VersionPolicy {
  readonly minVersion: Version | undefined
  readonly allowList: ReadonlySet<Version>
}

/**
 * Why a version is not allowed; carries it, and what would be.
 *
 * @category model
 * @since 0.1.0
 */
export type VersionPolicyError =
  | { readonly _tag: 'BelowMinVersion'; readonly actual: Version; readonly minVersion: Version }
  | { readonly _tag: 'OutsideAllowList'; readonly actual: Version; readonly allowList: ReadonlySet<Version> }

/**
 * Checks a wanted version; the version itself is the answer where it is allowed (SPEC V1–V4, DIV-V2).
 *
 * @example
 * import assert from 'node:assert'
 * import { isVersion } from 'hello-negotiation'
 * import { VersionPolicy } from 'hello-negotiation/step'
 *
 * const [floor, wanted] = ['1.10.0', '1.9.99999999999999999999']
 * if (isVersion(floor) && isVersion(wanted)) {
 *   const checked = VersionPolicy.checkVersion({ minVersion: floor, allowList: new Set() }, wanted)
 *   assert.equal(checked._tag === 'Left' && checked.left._tag, 'BelowMinVersion')
 * }
 *
 * @category steps
 * @since 0.1.0
 */
export function checkVersion(policy: VersionPolicy, wanted: Version): Either<VersionPolicyError, Version> {
  const { minVersion, allowList } = policy
  if (isCleared(policy, wanted)) return E.right(wanted)
  if (minVersion !== undefined && compareVersions(wanted, minVersion) < 0) {
    return E.left({ _tag: 'BelowMinVersion', actual: wanted, minVersion })
  }
  // The list compares texts: 01.2.3 is not 1.2.3, and a pre-release is not its release (SPEC V3).
  if (allowList.size > 0 && !allowList.has(wanted)) {
    return E.left({ _tag: 'OutsideAllowList', actual: wanted, allowList })
  }
  return E.right(wanted)
}

/** The versions of a list that are not below a floor. */
interface Cleared {
  readonly minVersion: Version | undefined
  readonly versions: ReadonlySet<Version>
}

/** By list. A policy that is not in here is as good, and takes longer to ask. */
const clearedOf = new WeakMap<ReadonlySet<Version>, Cleared>()

/**
 * @internal The policy itself, its list compared with its floor once and for all; the list must not change afterwards.
 */
export function comparedBeforehand(policy: VersionPolicy): VersionPolicy {
  const { minVersion, allowList } = policy
  const versions = new Set([...allowList].filter((version) => minVersion === undefined || compareVersions(version, minVersion) >= 0))
  clearedOf.set(allowList, { minVersion, versions })
  return policy
}

function isCleared({ minVersion, allowList }: VersionPolicy, wanted: Version): boolean {
  const cleared = clearedOf.get(allowList)
  return cleared !== undefined && cleared.minVersion === minVersion && cleared.versions.has(wanted)
}
