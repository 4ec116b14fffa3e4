/**
 * What a comparison found: that a broker or client agrees with the contract, differs from it, or did not show.
 */
import { absurd } from '../../data/absurd.js'

/**
 * What one comparison found.
 *
 * @category model
 * @since 0.1.0
 */
export type Finding = Agreed | Differed | NotShown

/**
 * What came is what SPEC says.
 *
 * @category model
 * @since 0.1.0
 */
export interface Agreed {
  readonly _tag: 'Agreed'
}

/**
 * Something else came. `asReference` names the row by which the reference differs from this library in the same
 * way, where it does: such a broker is no less a v1 broker (SPEC §15, C5).
 *
 * @category model
 * @since 0.1.0
 */
export interface Differed {
  readonly _tag: 'Differed'
  /** What was tried. */
  readonly what: string
  /** The rows that it is about. */
  readonly rows: ReadonlyArray<string>
  readonly expected: string
  readonly actual: string
  readonly sent: Uint8Array
  readonly received: Uint8Array
  readonly asReference?: string
}

/**
 * What came says nothing about the row either way, and why.
 *
 * @category model
 * @since 0.1.0
 */
export interface NotShown {
  readonly _tag: 'NotShown'
  readonly why: string
}

/**
 * @internal
 */
export const AGREED: Agreed = Object.freeze({ _tag: 'Agreed' })

/** @internal */
export function notShown(why: string): NotShown {
  return { _tag: 'NotShown', why }
}

/**
 * All findings about one thing in a word; a single difference outweighs everything else.
 *
 * @category model
 * @since 0.1.0
 */
export type Verdict = 'Agrees' | 'AsReference' | 'Differs' | 'NotShown'

/**
 * Findings in a word.
 *
 * @example
 * import assert from 'node:assert'
 * import { verdictOf } from 'hello-negotiation/testing'
 *
 * assert.equal(verdictOf([{ _tag: 'Agreed' }, { _tag: 'NotShown', why: 'no token was issued' }]), 'Agrees')
 * assert.equal(verdictOf([]), 'NotShown')
 *
 * @category queries
 * @since 0.1.0
 */
export function verdictOf(findings: ReadonlyArray<Finding>): Verdict {
  const found = new Set(findings.map(weightOf))
  return VERDICTS.find((verdict) => found.has(verdict)) ?? 'NotShown'
}

/** The heaviest first. */
const VERDICTS: ReadonlyArray<Verdict> = ['Differs', 'AsReference', 'Agrees']

function weightOf(finding: Finding): Verdict {
  switch (finding._tag) {
    case 'Agreed':
      return 'Agrees'
    case 'Differed':
      return finding.asReference === undefined ? 'Differs' : 'AsReference'
    case 'NotShown':
      return 'NotShown'
    default:
      return absurd(finding)
  }
}
