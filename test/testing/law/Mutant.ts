/**
 * A seeded bug: our steps with one of them spoilt in a small way that somebody could write by mistake.
 */
import type { OwnSteps } from 'hello-negotiation/testing'

/** A bug, the law that it breaks, and what somebody would say of it in a review. */
export interface Mutant {
  readonly law: string
  readonly bug: string
  readonly steps: OwnSteps
  /** Only where throwing is the bug: any other must be found by what the law forbids. */
  readonly throws?: true
}
