/**
 * What holds of every reply that a broker makes, whatever to: judged over all that were heard, once the cases have
 * been played (SPEC C3, C8, E7, N1–N7, W10).
 *
 * **Laws**
 *  1. A law judges only replies that say the yes or no they ought to: what else is wrong is the case's to tell.
 */
import { toHex } from '../../data/Bytes.js'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import { HANDOFF_TOKEN_BYTES } from '../../data/HandoffToken.js'
import { printable } from '../../data/Printable.js'
import type { Backend } from '../../step/ServiceTable.js'
import { PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION } from '../../wire/Limits.js'
import { FrameKind, PayloadEncoding } from '../../wire/messages/enums.js'
import { encodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { encodeHelloReply } from '../../wire/messages/HelloReply.js'
import type { Negotiated } from '../../wire/messages/Negotiated.js'
import type { Refused } from '../../wire/messages/Refused.js'
import { type CaseHead, head } from './ConformanceCase.js'
import type { Heard } from './Dialogue.js'
import type { ExpectedReply } from './Expectation.js'
import { AGREED, type Finding, notShown } from './Finding.js'
import { differed, says, type Trial } from './findReply.js'
import { type ReadReply, readHeard, tokenIn } from './Reading.js'
import type { Script } from './Script.js'
import type { Subject } from './Subject.js'

/**
 * A script that was played, what ought to have come, and what came.
 *
 * @category model
 * @since 0.1.0
 */
export interface Exchange {
  readonly script: Script
  readonly expected: ExpectedReply
  readonly heard: Heard
  /** The case in which it was played. */
  readonly caseId: string
}

/** @internal A law, and what it finds of all replies. */
export interface ReplyLaw extends CaseHead {
  readonly find: (replies: ReadonlyArray<JudgedReply>) => ReadonlyArray<Finding>
}

/** @internal A reply that says what it ought to, and the one that would. */
export interface JudgedReply {
  readonly trial: Trial
  readonly heard: Heard
  readonly reading: ReadReply
  readonly expected: ExpectedReply
  /** The backend that was granted, where one was. */
  readonly backend: Backend | undefined
}

/** @internal The replies of which laws hold. */
export function judgedReplies({ policy }: Subject, exchanges: ReadonlyArray<Exchange>): ReadonlyArray<JudgedReply> {
  return exchanges.flatMap(({ script, expected, heard, caseId }) => {
    const reading = readHeard(heard)
    const { outcome } = expected
    if (reading._tag !== 'Reply' || !says(heard, outcome)) return []
    const backend = outcome._tag === 'Negotiated' ? policy.services.get(outcome.serviceName) : undefined
    return [{ trial: { what: `a reply in ${caseId}`, rows: [], script }, heard, reading, expected, backend }]
  })
}

const REPLY_ENVELOPE = 'a reply is one frame: a RESPONSE on the control plane, not compressed, without a deadline'

/** @internal */
export const REPLY_LAWS: ReadonlyArray<ReplyLaw> = [
  eachOf(head('reply-envelope', 'C3', REPLY_ENVELOPE), ({ reading }) => [
    field('envelope_version', reading.frame.envelopeVersion, PROTOCOL_VERSION),
    field('kind', reading.frame.kind, FrameKind.FRAME_KIND_RESPONSE),
    field('payload_protocol', reading.frame.payloadProtocol, PAYLOAD_PROTOCOL_CONTROL),
    field('payload_encoding', reading.frame.payloadEncoding, PayloadEncoding.PAYLOAD_ENCODING_NONE),
    field('deadline_unix_ms', reading.frame.deadlineUnixMs, 0n),
    field('bytes behind it', reading.behind.length, 0),
  ]),
  echoes(head('reply-request-id', 'C3', 'a reply echoes the request id'), (frame, echoed) => [
    field('request_id', frame.requestId, echoed.requestId),
  ]),
  echoes(head('reply-trace', 'C8', 'a reply echoes the trace headers, letter for letter'), (frame, echoed) => [
    field('traceparent', frame.traceparent, echoed.traceparent),
    field('tracestate', frame.tracestate, echoed.tracestate),
  ]),
  eachOf(head('reply-encoding', 'W10', 'a reply is encoded in ascending order of fields, without defaults'), canonicalFields),
  refusals(head('refused-range', 'E7', 'a refusal carries the range 1 to 1 and no details'), (refused) => [
    field('daemon_min_protocol', refused.daemonMinProtocol, PROTOCOL_VERSION),
    field('daemon_max_protocol', refused.daemonMaxProtocol, PROTOCOL_VERSION),
    field('details', refused.details.size, 0),
  ]),
  grants(head('granted-protocol', 'N1', 'a yes names protocol 1'), (yes) => [
    field('negotiated_protocol', yes.negotiatedProtocol, PROTOCOL_VERSION),
  ]),
  grants(head('granted-warnings', 'N3', 'a yes has no warnings'), (yes) => [field('warnings', yes.warnings.length, 0)]),
  grants(head('granted-backend', 'N2', 'a yes names the backend that is registered'), (yes, expected) => [
    field('daemon_version', yes.daemonVersion, expected.daemonVersion),
    field('backend_pipe', yes.backendPipe, expected.backendPipe),
  ]),
  grants(head('granted-keepalive', 'N4', 'a yes has the client’s keepalive, or 1800'), (yes, expected) => [
    field('keepalive_interval_secs', yes.keepaliveIntervalSecs, expected.keepaliveIntervalSecs),
  ]),
  // A token that could not be issued is not told (SPEC N6): a yes with one and a yes without are both right.
  grants(head('granted-capabilities', 'N7 N9', 'a yes has the backend’s capabilities, and bit 0 with a token'), (yes, _, backend) => [
    field('server_capabilities', hex(yes.serverCapabilities), hex(capabilitiesOf(yes, backend))),
  ]),
  grants(head('granted-token', 'N6', 'a token has 16 bytes, and is there only where it was asked for'), (yes, expected) => {
    const { length } = yes.handlePassedToken
    return [field('bytes of handle_passed_token', length, length === 0 ? 0 : expected.handlePassedToken.length)]
  }),
  { ...head('tokens', 'N6', 'no two tokens are equal'), find: tokenFindings },
  { ...head('ids-ascend', 'N5', 'connection ids ascend'), find: idFindings },
]

interface FieldFound {
  readonly name: string
  readonly actual: string
  readonly expected: string
}

function field(name: string, actual: bigint | number | string, expected: bigint | number | string): FieldFound {
  return { name, actual: shown(actual), expected: shown(expected) }
}

const SHOWN_MAX_CHARACTERS = 80

function shown(value: bigint | number | string): string {
  if (typeof value !== 'string') return String(value)
  const isLong = value.length > SHOWN_MAX_CHARACTERS
  const quoted = JSON.stringify(value.slice(0, SHOWN_MAX_CHARACTERS))
  return printable(isLong ? `${quoted}… of ${value.length} characters` : quoted)
}

function eachOf(about: CaseHead, fieldsOf: (reply: JudgedReply) => ReadonlyArray<FieldFound>): ReplyLaw {
  return { ...about, find: (replies) => replies.flatMap((reply) => fieldFindings(reply, about.rows, fieldsOf(reply))) }
}

/** What is too long is refused unread by one path of the reference, and by another once it is read (SPEC C5). */
function echoes(about: CaseHead, fieldsOf: (frame: Frame, echoed: Frame) => ReadonlyArray<FieldFound>): ReplyLaw {
  return eachOf(about, ({ reading: { frame }, expected: { outcome, echoed } }) =>
    (outcome._tag === 'Refused' && outcome.error._tag === 'BodyTooLarge' ? [] : fieldsOf(frame, echoed)))
}

function refusals(about: CaseHead, fieldsOf: (refused: Refused) => ReadonlyArray<FieldFound>): ReplyLaw {
  return eachOf(about, ({ reading: { result } }) => (result._tag === 'Refused' ? fieldsOf(result.refused) : []))
}

function grants(
  about: CaseHead, fieldsOf: (yes: Negotiated, expected: Negotiated, backend: Backend) => ReadonlyArray<FieldFound>,
): ReplyLaw {
  return eachOf(about, ({ reading: { result }, expected: { outcome }, backend }) => {
    const isYes = result._tag === 'Negotiated' && outcome._tag === 'Negotiated' && backend !== undefined
    return isYes ? fieldsOf(result.negotiated, outcome.reply, backend) : []
  })
}

/** One finding a reply that has such fields at all. */
function fieldFindings(reply: JudgedReply, rows: ReadonlyArray<string>, fields: ReadonlyArray<FieldFound>): ReadonlyArray<Finding> {
  const wrong = fields.find(({ actual, expected }) => actual !== expected)
  if (wrong === undefined) return fields.length === 0 ? [] : [AGREED]
  const { name, actual, expected } = wrong
  return [differed({ ...reply.trial, rows }, `${name} ${expected}`, reply.heard, `${name} ${actual}`)]
}

function capabilitiesOf({ handlePassedToken }: Negotiated, { capabilities }: Backend): bigint {
  return handlePassedToken.length > 0 ? capabilities | CAP_HANDLE_PASSING : capabilities
}

function hex(bitmap: bigint): string {
  return `0x${bitmap.toString(16)}`
}

function canonicalFields({ reading: { frame, body, result } }: JudgedReply): ReadonlyArray<FieldFound> {
  // Of two entries, either may come first.
  if (result._tag === 'Refused' && result.refused.details.size > 1) return []
  const canonical = encodeFrame({ ...frame, payload: encodeHelloReply({ result }) })
  const at = canonical.findIndex((byte, i) => byte !== body[i])
  const isSame = at < 0 && canonical.length === body.length
  const actual = isSame ? CANONICAL : otherEncoding(at < 0 ? canonical.length : at, body, canonical)
  return [{ name: 'the body', expected: CANONICAL, actual }]
}

const CANONICAL = 'in its canonical encoding'

function otherEncoding(at: number, { length }: Uint8Array, canonical: Uint8Array): string {
  return `in another one, of ${length} bytes for ${canonical.length}, from byte ${at} on`
}

function tokenFindings(replies: ReadonlyArray<JudgedReply>): ReadonlyArray<Finding> {
  const asked = replies.filter(({ expected: { outcome } }) =>
    outcome._tag === 'Negotiated' && outcome.reply.handlePassedToken.length > 0)
  const issued = asked.flatMap((reply) => {
    const token = tokenIn(reply.heard.bytes)
    return token.length === HANDOFF_TOKEN_BYTES ? [{ reply, token: toHex(token) }] : []
  })
  if (issued.length < 2) return [notShown(`${issued.length} tokens were issued, ${asked.length} asked for`)]
  return issued.map(({ reply, token }, i) =>
    issued.findIndex((other) => other.token === token) === i
      ? AGREED
      : differed({ ...reply.trial, rows: ['N6'] }, 'a token not issued before', reply.heard, 'the same token again'))
}

function idFindings(replies: ReadonlyArray<JudgedReply>): ReadonlyArray<Finding> {
  const ids = replies.flatMap((reply) =>
    (reply.reading.result._tag === 'Negotiated' ? [{ reply, id: reply.reading.result.negotiated.connectionId }] : []))
  if (ids.length < 2) return [notShown(`${ids.length} Hellos were granted`)]
  return ids.slice(1).map(({ reply, id }, i) => {
    const former = (ids[i] as { readonly id: bigint }).id
    // An id may have wrapped; half the way around is no step forward.
    return BigInt.asIntN(64, id - former) > 0n
      ? AGREED
      : differed({ ...reply.trial, rows: ['N5'] }, `a connection id above ${former}`, reply.heard, `connection id ${id}`)
  })
}
