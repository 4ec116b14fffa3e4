/**
 * What envelope laws take: frames of which any checked field may be wrong, and what a reader expects of them.
 */
import fc from 'fast-check'
import type { ExpectedEnvelope } from '../../../step/Envelope.js'
import type { Frame } from '../../../wire/messages/Frame.js'
import { arbitraryFrame } from '../../arbitrary/messages.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of envelope laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface EnvelopeInputs {
  readonly ReadEnvelope: ReadEnvelope
}

/**
 * A frame, what its reader expects of it, and another frame.
 *
 * @category model
 * @since 0.1.0
 */
export interface ReadEnvelope {
  readonly frame: Frame
  readonly expected: ExpectedEnvelope
  readonly other: Frame
}

/** @internal */
export const ENVELOPE_INPUTS: LawArbitraries<EnvelopeInputs> = {
  ReadEnvelope: () => fc.tuple(arbitraryFrame(), arbitraryExpected(), arbitraryWrong(), arbitraryFrame())
    .map(([frame, expected, wrong, other]) => ({
      frame: { ...frame, envelopeVersion: 1, payloadEncoding: 0, ...expected, ...wrong }, expected, other,
    })),
}

function arbitraryExpected(): fc.Arbitrary<ExpectedEnvelope> {
  return fc.record({ kind: fc.constantFrom(0, 1, 2), payloadProtocol: fc.constantFrom(0, 0xd0ff) })
}

/** Some of the checked fields, with numbers next to sound ones, numbers that are not known, and those that 32 bits hide. */
function arbitraryWrong(): fc.Arbitrary<Partial<Frame>> {
  const wrong = fc.record({
    envelopeVersion: fc.constantFrom(0, 2, 0xffff_ffff),
    kind: fc.constantFrom(0, 1, 2, 3, 4, -1),
    payloadProtocol: fc.constantFrom(0, 1, 0xad01, 0xd0ff),
    payloadEncoding: fc.constantFrom(1, 2, 3, 5, -1),
  })
  const chosen = fc.subarray(['envelopeVersion', 'kind', 'payloadProtocol', 'payloadEncoding'] as const)
  return fc.tuple(wrong, chosen).map(([wrong, chosen]) => Object.fromEntries(chosen.map((field) => [field, wrong[field]])))
}
