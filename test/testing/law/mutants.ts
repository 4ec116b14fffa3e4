/**
 * Seeded bugs, one or more a law. For each the law that it names must fail.
 */
import type { Mutant } from './Mutant.js'
import { BROKER_MUTANTS } from './mutants/broker.js'
import { CLIENT_MUTANTS } from './mutants/client.js'
import { HANDOFF_MUTANTS } from './mutants/handoff.js'
import { TOKEN_MUTANTS } from './mutants/token.js'

export const MUTANTS: ReadonlyArray<Mutant> = [
  ...TOKEN_MUTANTS,
  ...BROKER_MUTANTS,
  ...CLIENT_MUTANTS,
  ...HANDOFF_MUTANTS,
]
