/**
 * The laws of a frame's envelope (SPEC §3).
 */
import type { ExpectedEnvelope } from '../../step/Envelope.js'
import type { Frame } from '../../wire/messages/Frame.js'
import { type AnyLaw, forbid, law } from './Law.js'
import { same, shown } from './shown.js'

/** @internal */
export const ENVELOPE_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'ENVELOPE-1',
    group: 'envelope',
    sentence: 'Of version, kind, payload protocol and encoding the first that is not as expected is told, with its number.',
    rows: ['E1', 'E2', 'E3', 'E4', 'X2'],
    input: 'ReadEnvelope',
    breach: ({ Envelope }, { frame, expected }) => {
      const checked = Envelope.checkEnvelope(frame, expected)
      const [first] = faultsOf(frame, expected)
      const found = checked._tag === 'Left' ? [checked.left._tag, checked.left.actual] : undefined
      return forbid(!same(found, first), () => `${shown(first)} was told as ${shown(checked)}`)
    },
  }),
  law({
    id: 'ENVELOPE-2',
    group: 'envelope',
    sentence: 'A frame of which all four are as expected passes as it is.',
    rows: ['E1', 'E2', 'E3', 'E4'],
    input: 'ReadEnvelope',
    breach: ({ Envelope }, { frame, expected }) => {
      const sound = { ...frame, ...expected, envelopeVersion: 1, payloadEncoding: 0 }
      const checked = Envelope.checkEnvelope(sound, expected)
      return forbid(checked._tag === 'Left' || !same(checked.right, sound), () => `${shown(sound)} became ${shown(checked)}`)
    },
  }),
  law({
    id: 'ENVELOPE-3',
    group: 'envelope',
    sentence: 'Request id, deadline, trace headers and payload make no difference.',
    rows: ['E6'],
    input: 'ReadEnvelope',
    breach: ({ Envelope }, { frame, expected, other }) => {
      const { requestId, deadlineUnixMs, traceparent, tracestate, payload } = other
      const checked = Envelope.checkEnvelope(frame, expected)
      const disguised = Envelope.checkEnvelope({ ...frame, requestId, deadlineUnixMs, traceparent, tracestate, payload }, expected)
      const isSame = checked._tag === 'Left' ? same(disguised, checked) : disguised._tag === 'Right'
      return forbid(!isSame, () => `${shown(checked)} became ${shown(disguised)}`)
    },
  }),
]

/** What is wrong with an envelope, in the order of SPEC §3, each with the number found. */
function faultsOf(frame: Frame, expected: ExpectedEnvelope): ReadonlyArray<readonly [tag: string, actual: number]> {
  const checks = [
    ['UnsupportedEnvelopeVersion', frame.envelopeVersion, 1],
    ['UnexpectedFrameKind', frame.kind, expected.kind],
    ['UnexpectedPayloadProtocol', frame.payloadProtocol, expected.payloadProtocol],
    ['CompressedPayload', frame.payloadEncoding, 0],
  ] as const
  return checks.filter(([, actual, sound]) => actual !== sound).map(([tag, actual]) => [tag, actual])
}
