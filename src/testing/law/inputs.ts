/**
 * An arbitrary for every kind of input that a law takes: the one place where laws meet fast-check.
 */
import type fc from 'fast-check'
import { ACK_INPUTS } from './inputs/ack.js'
import { BROKER_INPUTS } from './inputs/brokerLife.js'
import { CLIENT_INPUTS } from './inputs/client.js'
import { CODEC_INPUTS } from './inputs/codec.js'
import { CONNECTION_INPUTS } from './inputs/connection.js'
import { ENVELOPE_INPUTS } from './inputs/envelope.js'
import { FRAMING_INPUTS } from './inputs/framing.js'
import { HANDOFF_INPUTS } from './inputs/handoff.js'
import { lazily } from './inputs/LawArbitraries.js'
import { LIMITER_INPUTS } from './inputs/limiter.js'
import { POLICY_INPUTS } from './inputs/policy.js'
import { SHAPE_INPUTS } from './inputs/shape.js'
import { TOKEN_INPUTS } from './inputs/token.js'
import type { LawInput, LawInputs } from './LawInputs.js'

/**
 * Where the inputs of laws come from; each arbitrary is made when it is first looked at.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const LAW_INPUTS: { readonly [K in LawInput]: fc.Arbitrary<LawInputs[K]> } = lazily({
  ...ACK_INPUTS,
  ...BROKER_INPUTS,
  ...CLIENT_INPUTS,
  ...CODEC_INPUTS,
  ...CONNECTION_INPUTS,
  ...ENVELOPE_INPUTS,
  ...FRAMING_INPUTS,
  ...HANDOFF_INPUTS,
  ...LIMITER_INPUTS,
  ...POLICY_INPUTS,
  ...SHAPE_INPUTS,
  ...TOKEN_INPUTS,
})
