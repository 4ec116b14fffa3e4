/**
 * Every law, in the order in which a Hello meets what they are about.
 */
import { ACK_LAWS } from './ackLaws.js'
import { CLIENT_LAWS } from './clientLaws.js'
import { CODEC_LAWS } from './codecLaws.js'
import { CONNECTION_LAWS } from './connectionLaws.js'
import { DEADLINE_LAWS } from './deadlineLaws.js'
import { ENVELOPE_LAWS } from './envelopeLaws.js'
import { EXCHANGE_LAWS } from './exchangeLaws.js'
import { FRAMING_LAWS } from './framingLaws.js'
import { HANDOFF_LAWS } from './handoffLaws.js'
import type { AnyLaw, LawGroup } from './Law.js'
import { LIMITER_LAWS } from './limiterLaws.js'
import { OWNERSHIP_LAWS } from './ownershipLaws.js'
import { POLICY_LAWS } from './policyLaws.js'
import { SHAPE_LAWS } from './shapeLaws.js'
import { SNAPSHOT_LAWS } from './snapshotLaws.js'
import { TOKEN_LAWS } from './tokenLaws.js'

/**
 * Every law.
 *
 * @category constants
 * @since 0.1.0
 */
export const LAWS: ReadonlyArray<AnyLaw> = Object.freeze([
  ...CODEC_LAWS,
  ...FRAMING_LAWS,
  ...CONNECTION_LAWS,
  ...ENVELOPE_LAWS,
  ...SHAPE_LAWS,
  ...LIMITER_LAWS,
  ...POLICY_LAWS,
  ...TOKEN_LAWS,
  ...ACK_LAWS,
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
