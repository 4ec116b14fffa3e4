/**
 * Every law, in the order in which a Hello meets what they are about.
 */
import type { AnyLaw, LawGroup } from './Law.js'
import { CLIENT_LAWS } from './clientLaws.js'
import { DEADLINE_LAWS } from './deadlineLaws.js'
import { EXCHANGE_LAWS } from './exchangeLaws.js'
import { HANDOFF_LAWS } from './handoffLaws.js'
import { OWNERSHIP_LAWS } from './ownershipLaws.js'
import { SNAPSHOT_LAWS } from './snapshotLaws.js'
import { TOKEN_LAWS } from './tokenLaws.js'

/**
 * Every law.
 *
 * @category constants
 * @since 0.1.0
 */
export const LAWS: ReadonlyArray<AnyLaw> = Object.freeze([
  ...TOKEN_LAWS,
  ...DEADLINE_LAWS,
  ...SNAPSHOT_LAWS,
  ...EXCHANGE_LAWS,
  ...CLIENT_LAWS,
  ...HANDOFF_LAWS,
  ...OWNERSHIP_LAWS,
])

/**
 * The laws about one thing.
 *
 * @category queries
 * @since 0.1.0
 */
export function lawsAbout(group: LawGroup): ReadonlyArray<AnyLaw> {
  return LAWS.filter((law) => law.group === group)
}

/**
 * A law by its id.
 *
 * @category queries
 * @since 0.1.0
 */
export function lawOf(id: string): AnyLaw | undefined {
  return LAWS.find((law) => law.id === id)
}
