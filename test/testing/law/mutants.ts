/**
 * Seeded bugs, one or more a law. For each the law that it names must fail.
 */
import type { Mutant } from './Mutant.js'
import { ACK_MUTANTS } from './mutants/ack.js'
import { BROKER_MUTANTS } from './mutants/broker.js'
import { CLIENT_MUTANTS } from './mutants/client.js'
import { CODEC_MUTANTS } from './mutants/codec.js'
import { CONNECTION_MUTANTS } from './mutants/connection.js'
import { ENVELOPE_MUTANTS } from './mutants/envelope.js'
import { FRAMING_MUTANTS } from './mutants/framing.js'
import { HANDOFF_MUTANTS } from './mutants/handoff.js'
import { LIMITER_MUTANTS } from './mutants/limiter.js'
import { POLICY_MUTANTS } from './mutants/policy.js'
import { SHAPE_MUTANTS } from './mutants/shape.js'
import { TOKEN_MUTANTS } from './mutants/token.js'

export const MUTANTS: ReadonlyArray<Mutant> = [
  ...CODEC_MUTANTS,
  ...FRAMING_MUTANTS,
  ...CONNECTION_MUTANTS,
  ...ENVELOPE_MUTANTS,
  ...SHAPE_MUTANTS,
  ...LIMITER_MUTANTS,
  ...POLICY_MUTANTS,
  ...TOKEN_MUTANTS,
  ...ACK_MUTANTS,
  ...BROKER_MUTANTS,
  ...CLIENT_MUTANTS,
  ...HANDOFF_MUTANTS,
]
