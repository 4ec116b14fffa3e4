/**
 * The checks of a request's envelope, each alone and in their order (SPEC E1–E6, C3, C8).
 */
import { MAX_U32, MAX_U64 } from '../../../data/U64.js'
import { encodeHello } from '../../../wire/messages/Hello.js'
import type { Frame } from '../../../wire/messages/Frame.js'
import { type ConformanceCase, head, type Probe, probedCase } from '../ConformanceCase.js'
import { saying } from '../Script.js'
import { helloFor, request, requestOf, type Subject } from '../Subject.js'
import { combinations } from './combinations.js'

/** @internal */
export function envelopeCases(subject: Subject): ReadonlyArray<ConformanceCase> {
  const { base } = subject
  const enveloped = (what: string, envelope: Partial<Frame>): Probe => ({ what, script: saying(request(base, {}, envelope)) })
  return [
    probedCase(subject, head('envelope-version', 'E1', 'the envelope version must be 1'),
      [0, 2, 0x100, MAX_U32].map((envelopeVersion) => enveloped(`envelope_version ${envelopeVersion}`, { envelopeVersion }))),
    probedCase(subject, head('kind', 'E2 W4', 'the kind must be REQUEST; a number that nobody knows is kept, and is none'),
      [1, 2, 3, 4, 99, -1].map((kind) => enveloped(`kind ${kind}`, { kind }))),
    probedCase(subject, head('payload-protocol', 'E3', 'the payload protocol must be the control plane'),
      [1, 0x7a63, 0xffff, MAX_U32].map((payloadProtocol) => enveloped(`payload_protocol ${payloadProtocol}`, { payloadProtocol }))),
    probedCase(subject, head('payload-encoding', 'E4 W4', 'the payload must not be compressed, whatever with'),
      [1, 2, 3, 4, -1].map((payloadEncoding) => enveloped(`payload_encoding ${payloadEncoding}`, { payloadEncoding }))),
    probedCase(subject, head('no-hello', 'E5', 'a payload that is no Hello is answered'), [
      { what: 'bytes at random', script: saying(requestOf(Uint8Array.of(0xff, 0xfe, 0xfd))) },
      { what: 'a text cut short', script: saying(requestOf(TEXT_CUT_SHORT)) },
      { what: 'field number 0', script: saying(requestOf(Uint8Array.of(0x00, 0x01))) },
    ]),
    probedCase(subject, head('envelope-order', 'E1 E2 E3 E4 E5', 'the first failing check of the envelope decides'),
      envelopeFaults(subject)),
    probedCase(subject, head('unchecked', 'E6', 'request id, deadline and trace headers may be anything'), [
      enveloped('request_id 2^64-1', { requestId: MAX_U64 }),
      enveloped('a deadline long past', { deadlineUnixMs: 1n }),
      enveloped('a deadline at the end of time', { deadlineUnixMs: MAX_U64 }),
      enveloped('trace headers that are none', { traceparent: 'no trace \u0000\n', tracestate: '=,;=' }),
      enveloped('trace headers of 9000 bytes', { traceparent: 't'.repeat(9_000), tracestate: 'é'.repeat(4_500) }),
    ]),
    probedCase(subject, head('echo', 'C3 C8', 'Hellos that there is something to echo of'), echoes(subject)),
  ]
}

/** A service name that says it is longer than it is. */
const TEXT_CUT_SHORT = Uint8Array.of(0x1a, 0x05, 0x7a)

const ENVELOPE_FAULTS: ReadonlyArray<readonly [what: string, envelope: Partial<Frame>]> = [
  ['version', { envelopeVersion: 2 }],
  ['kind', { kind: 3 }],
  ['protocol', { payloadProtocol: 0x7a63 }],
  ['encoding', { payloadEncoding: 1 }],
  ['payload', { payload: TEXT_CUT_SHORT }],
]

function envelopeFaults({ base }: Subject): ReadonlyArray<Probe> {
  const payload = encodeHello(helloFor(base))
  return combinations(ENVELOPE_FAULTS).map(({ what, fields }) => ({
    what, script: saying(requestOf(fields.payload ?? payload, fields)),
  }))
}

/** What comes back of them is judged with all other replies. */
function echoes({ base }: Subject): ReadonlyArray<Probe> {
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=value' }
  const envelopes: ReadonlyArray<readonly [string, Partial<Frame>]> = [
    ['a request id and both trace headers', { requestId: 0x0102_0304_0506_0708n, ...trace }],
    ['request_id 0', { requestId: 0n }],
    ['request_id 2^63', { requestId: 1n << 63n }],
    ['traceparent alone', { traceparent: trace.traceparent }],
    ['tracestate alone', { tracestate: trace.tracestate }],
    ['trace headers beyond ASCII', { traceparent: 'é€😀', tracestate: '\ufeffbehind a byte order mark' }],
  ]
  return [
    ...envelopes.map(([what, envelope]): Probe => ({ what: `${what}, granted`, script: saying(request(base, {}, envelope)) })),
    ...envelopes.map(([what, envelope]): Probe => ({
      what: `${what}, refused`, script: saying(request({ ...base, serviceName: 'no name' }, {}, envelope)),
    })),
  ]
}
