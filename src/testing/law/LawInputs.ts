/**
 * The kinds of input that laws take, by name. Each is plain data, and small enough to be read when a law fails.
 *
 * What a kind holds, and an arbitrary for it, is with its group in `inputs/`.
 */
import type { AckInputs } from './inputs/ack.js'
import type { BrokerInputs } from './inputs/brokerLife.js'
import type { ClientInputs } from './inputs/client.js'
import type { CodecInputs } from './inputs/codec.js'
import type { ConnectionInputs } from './inputs/connection.js'
import type { EnvelopeInputs } from './inputs/envelope.js'
import type { FramingInputs } from './inputs/framing.js'
import type { HandoffInputs } from './inputs/handoff.js'
import type { LimiterInputs } from './inputs/limiter.js'
import type { PolicyInputs } from './inputs/policy.js'
import type { ShapeInputs } from './inputs/shape.js'
import type { TokenInputs } from './inputs/token.js'

/**
 * What a law may ask for.
 *
 * @category model
 * @since 0.1.0
 */
export interface LawInputs extends
  AckInputs,
  BrokerInputs,
  ClientInputs,
  CodecInputs,
  ConnectionInputs,
  EnvelopeInputs,
  FramingInputs,
  HandoffInputs,
  LimiterInputs,
  PolicyInputs,
  ShapeInputs,
  TokenInputs {}

/**
 * The name of a kind of input.
 *
 * @category model
 * @since 0.1.0
 */
export type LawInput = keyof LawInputs
