/**
 * Seeded bugs of the envelope.
 */
import * as E from 'fp-ts/lib/Either.js'
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { Envelope } = OUR_STEPS

export const ENVELOPE_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'ENVELOPE-1',
    bug: 'the kind is looked at before the version',
    steps: {
      Envelope: {
        checkEnvelope: (frame, expected) => (frame.kind !== expected.kind
          ? E.left({ _tag: 'UnexpectedFrameKind', actual: frame.kind, expected: expected.kind })
          : Envelope.checkEnvelope(frame, expected)),
      },
    },
  },
  {
    law: 'ENVELOPE-1',
    bug: 'an encoding that is not known passes for none',
    steps: {
      Envelope: {
        checkEnvelope: (frame, expected) => (frame.payloadEncoding > 3
          ? E.map(() => frame)(Envelope.checkEnvelope({ ...frame, payloadEncoding: 0 }, expected))
          : Envelope.checkEnvelope(frame, expected)),
      },
    },
  },
  {
    law: 'ENVELOPE-2',
    bug: 'the control plane is expected, whatever the reader expects',
    steps: {
      Envelope: { checkEnvelope: (frame, expected) => Envelope.checkEnvelope(frame, { ...expected, payloadProtocol: 0 }) },
    },
  },
  {
    law: 'ENVELOPE-3',
    bug: 'a frame whose deadline has passed counts as cancelled',
    steps: {
      Envelope: {
        checkEnvelope: (frame, expected) => {
          const { deadlineUnixMs } = frame as { readonly deadlineUnixMs?: bigint }
          const isLate = deadlineUnixMs !== undefined && deadlineUnixMs > 0n && deadlineUnixMs < 1_700_000_000_000n
          return Envelope.checkEnvelope(isLate ? { ...frame, kind: 3 } : frame, expected)
        },
      },
    },
  },
]
