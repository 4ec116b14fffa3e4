/**
 * Everything that a client is put through: every answer a broker may give it, and many that no broker should
 * (SPEC G5–G10, G15, DIV-G1, DIV-G2).
 */
import { DEFAULT_CLIENT_TIMEOUT_MS } from '../../../client/ClientConnection.js'
import { CLIENT_TIMEOUT_VARIABLE } from '../../../client/clientTimeout.js'
import { FRAME_BODY_MAX_BYTES, HEADER_BYTES } from '../../../wire/Limits.js'
import { FrameKind, PayloadEncoding } from '../../../wire/messages/enums.js'
import type { Frame } from '../../../wire/messages/Frame.js'
import { EMPTY_HELLO_REPLY, encodeHelloReply } from '../../../wire/messages/HelloReply.js'
import type { Negotiated } from '../../../wire/messages/Negotiated.js'
import { type CaseHead, head } from '../ConformanceCase.js'
import { delimited, groups, number, type Raw, text } from '../RawField.js'
import { concat, END, type Move, pause, send } from '../Script.js'
import { framedBody, headerOf } from '../Subject.js'
import type { BrokerPart, ClientCase, ClientTrial } from './ClientTrial.js'
import { judgeBounded, judgeNo, judgeNoLaxly, judgeRefusal, judgeTokenYes, judgeYes } from './judgeClient.js'
import { noOf, replyTo, tokenFor, yesOf } from './replies.js'

/**
 * The cases for a client; the slow ones wait as long as its own deadline may be.
 *
 * @category constructors
 * @since 0.1.0
 */
export function clientCases(isSlow = false): ReadonlyArray<ClientCase> {
  return [
    clientCase(head('yes', 'G5 G6', 'a yes is taken, whole or in pieces, late or long'), yesTrials()),
    clientCase(head('yes-token', 'G10 N6', 'a yes with a token is taken though the backend is never ready'), [
      trial('a token, and the end of the connection', answering(judgeTokenYes, (request, endpoint) => [
        send(replyTo(request, yesOf(endpoint, tokenFor(request)))), END,
      ])),
    ]),
    clientCase(head('yes-fields', 'W7 W8 W11', 'a yes is read as protobuf is read'), fieldTrials()),
    clientCase(head('no', 'G7 G8 DIV-G2', 'a no is a no, whatever its code'), REFUSAL_CODES.map((code) => refusalTrial(code, 0))),
    clientCase(head('no-for-now', 'G9 G15', 'who is told to come back later does not come sooner'),
      PASSING_CODES.map((code) => refusalTrial(code, LATER_MS))),
    clientCase(head('framing', 'F2 F3 G5', 'what is no frame is no yes'), framingTrials()),
    clientCase(head('envelope', 'E1 E2 E3 E4 G5', 'a reply has the envelope of one'), envelopeTrials()),
    clientCase(head('no-reply', 'G5 W2 W5 W9', 'a payload that is no reply is no yes'), payloadTrials()),
    clientCase(head('not-asked', 'G6 DIV-G1', 'a yes to something else is no yes'), strangeTrials()),
    clientCase(head('no-endpoint', 'G6', 'a yes without an endpoint leads nowhere'), [
      trial('an empty backend_pipe', answering(judgeNo, (request) => [send(replyTo(request, yesOf(''))), END])),
    ]),
    clientCase(head('gone', 'F5 G7', 'a broker that goes away has not said yes'), goneTrials()),
    clientCase(head('nobody', 'G7', 'where nobody listens there is no yes'), [
      trial('no broker at all', { parts: [], judge: judgeNo }),
    ]),
    clientCase(head('silence', 'G9', 'a client that gets no answer ends in time'), silenceTrials(isSlow)),
  ]
}

/** What the broker says of when to come back, in milliseconds. */
const LATER_MS = 300
/** How long a client is told to wait for an answer, in milliseconds. */
const CLIENT_TIMEOUT_MS = 1_000
/** How much longer than its own deadline a client may take to end, in milliseconds. */
const GRACE_MS = 5_000
/** Every code there is, and one that there is not (DIV-G2). */
const REFUSAL_CODES = [0, 1, 2, 3, 6, 7, 8, 9, 77]
/** RateLimited and ShuttingDown: that time may mend. */
const PASSING_CODES = [4, 5]

type Moves = BrokerPart['moves']

/** A trial whose case says what rows it is about. */
type Trial = Omit<ClientTrial, 'rows'>

function clientCase(about: CaseHead, trials: ReadonlyArray<Trial>): ClientCase {
  return { ...about, trials: trials.map((one) => ({ rows: about.rows, ...one })) }
}

function trial(what: string, how: Pick<ClientTrial, 'judge' | 'parts'>): Trial {
  return { what, env: {}, ...how }
}

/** A broker that waits for the Hello, and what to make of a client that meets it. */
function answering(judge: ClientTrial['judge'], moves: Moves): Pick<ClientTrial, 'judge' | 'parts'> {
  return { judge, parts: [{ hears: 'Hello', moves }] }
}

/** Says a sound yes in a way of its own. */
function sayingYes(what: string, movesOf: (whole: Uint8Array) => ReadonlyArray<Move>): Trial {
  return trial(what, answering(judgeYes, (request, endpoint) => movesOf(replyTo(request, yesOf(endpoint)))))
}

/** Says the same whatever it is asked. */
function sayingBytes(what: string, ...moves: ReadonlyArray<Move>): Trial {
  return trial(what, answering(judgeNo, () => moves))
}

function refusalTrial(code: number, retryAfterMs: number): Trial {
  const refused = noOf({ code, reason: 'said to a client under test', retryAfterMs: BigInt(retryAfterMs) })
  const hint = retryAfterMs === 0 ? '' : `, retry_after_ms ${retryAfterMs}`
  return trial(`code ${code}${hint}`, answering(judgeRefusal(code, retryAfterMs), (request) => [
    send(replyTo(request, refused)), END,
  ]))
}

function yesTrials(): ReadonlyArray<Trial> {
  return [
    sayingYes('a yes, and the end of the connection', (whole) => [send(whole), END]),
    sayingYes('a yes on a connection that stays open', (whole) => [send(whole)]),
    sayingYes('a yes byte by byte', (whole) => [...Array.from(whole, (byte) => send(Uint8Array.of(byte))), END]),
    sayingYes('a yes in two pieces, with a wait between them', (whole) => [
      send(whole.subarray(0, HEADER_BYTES + 1)), pause(100), send(whole.subarray(HEADER_BYTES + 1)), END,
    ]),
    sayingYes('a yes after a while', (whole) => [pause(300), send(whole), END]),
    trial('a yes of a mebibyte', answering(judgeYes, (request, endpoint) => [
      send(replyTo(request, yesOf(endpoint, { warnings: ['w'.repeat(0x10_0000)] }))), END,
    ])),
  ]
}

/** Says a reply of raw fields: those of a sound yes, and others, in the payload and behind the rest of the frame. */
function sayingFields(what: string, judge: ClientTrial['judge'], payloadOf: (yes: Raw) => Raw, frameExtra: Raw = []): Trial {
  return trial(what, answering(judge, (request, endpoint) => {
    const whole = replyTo(request, Uint8Array.from(payloadOf([...yesOf(endpoint)])))
    return [send(framedBody(concat([whole.subarray(HEADER_BYTES), Uint8Array.from(frameExtra)]))), END]
  }))
}

function fieldTrials(): ReadonlyArray<Trial> {
  const unknown = [...number(60, 1), ...delimited(61, [1, 2, 3]), ...groups(62, 3)]
  const no = [...noOf({ code: 6, reason: 'the other member' })]
  return [
    sayingFields('unknown fields beside all others', judgeYes, (yes) => [...unknown, ...yes, ...unknown], unknown),
    sayingFields('explicit defaults', judgeYes, (yes) => yes, [...number(3, 0), ...number(6, 0), ...number(7, 0)]),
    sayingFields('a no, and then a yes in its place', judgeYes, (yes) => [...no, ...yes]),
    sayingFields('a yes, and then a no in its place', judgeNo, (yes) => [...yes, ...no]),
  ]
}

function framingTrials(): ReadonlyArray<Trial> {
  return [
    sayingBytes('bytes of another protocol', send(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')), END),
    sayingBytes('a wrong first byte on a connection that stays open', send(Uint8Array.of(0x02))),
    sayingBytes('a length over the cap on a connection that stays open', send(headerOf(FRAME_BODY_MAX_BYTES + 1))),
    sayingBytes('a body that is no Frame', send(framedBody(Uint8Array.of(0xff, 0xfe))), END),
    sayingBytes('a body of no bytes', send(headerOf(0)), END),
  ]
}

function envelopeTrials(): ReadonlyArray<Trial> {
  const envelopes: ReadonlyArray<readonly [what: string, envelope: Partial<Frame>]> = [
    ['envelope_version 2', { envelopeVersion: 2 }],
    ['kind REQUEST', { kind: FrameKind.FRAME_KIND_REQUEST }],
    ['kind EVENT', { kind: FrameKind.FRAME_KIND_EVENT }],
    ['payload_protocol 0x7a63', { payloadProtocol: 0x7a63 }],
    ['payload_encoding ZSTD', { payloadEncoding: PayloadEncoding.PAYLOAD_ENCODING_ZSTD }],
  ]
  return envelopes.map(([what, envelope]) =>
    trial(`a yes in a frame of ${what}`, answering(judgeNo, (request, endpoint) => [
      send(replyTo(request, yesOf(endpoint), envelope)), END,
    ])))
}

function payloadTrials(): ReadonlyArray<Trial> {
  return [
    sayingFields('a reply that says neither yes nor no', judgeNo, () => [...encodeHelloReply(EMPTY_HELLO_REPLY)]),
    sayingFields('a payload of bytes at random', judgeNo, () => [0xff, 0xfe]),
    sayingFields('a yes cut short', judgeNo, (yes) => yes.slice(0, -1)),
    sayingFields('a yes with daemon_version that is no text', judgeNo, (yes) => [
      ...yes, ...delimited(1, delimited(2, [0xff, 0x41])),
    ]),
    sayingFields('a yes with a text for negotiated_protocol', judgeNo, (yes) => [...yes, ...delimited(1, text(1, 'one'))]),
  ]
}

/** The reference's client does not look at these; ours, and its second one in part, do (DIV-G1). */
function strangeTrials(): ReadonlyArray<Trial> {
  const strange = (what: string, fields: Partial<Negotiated>, idFor: (id: bigint) => bigint = (id) => id): Trial =>
    trial(what, answering(judgeNoLaxly, (request, endpoint) => [
      send(replyTo(request, yesOf(endpoint, fields), { requestId: idFor(request.requestId) })), END,
    ]))
  return [
    strange('another request_id', {}, (id) => id ^ 0xffn),
    strange('negotiated_protocol 2', { negotiatedProtocol: 2 }),
    strange('a token of 15 bytes', { serverCapabilities: 1n, handlePassedToken: new Uint8Array(15).fill(1) }),
  ]
}

function goneTrials(): ReadonlyArray<Trial> {
  const cutAt = (what: string, count: (whole: Uint8Array) => number): Trial => trial(what, answering(judgeNo, (request, endpoint) => {
    const whole = replyTo(request, yesOf(endpoint))
    return [send(whole.subarray(0, count(whole))), END]
  }))
  return [
    trial('the end before a Hello could be said', { judge: judgeNo, parts: [{ hears: 'Nothing', moves: () => [END] }] }),
    sayingBytes('the end after the Hello', END),
    cutAt('the end after 3 bytes of a yes', () => 3),
    cutAt('the end after the header of a yes', () => HEADER_BYTES),
    cutAt('the end before the last byte of a yes', ({ length }) => length - 1),
  ]
}

function silenceTrials(isSlow: boolean): ReadonlyArray<Trial> {
  const env = { [CLIENT_TIMEOUT_VARIABLE]: `${CLIENT_TIMEOUT_MS}` }
  const ownTime = isSlow ? { boundMs: DEFAULT_CLIENT_TIMEOUT_MS + GRACE_MS } : {}
  const bounded = (what: string, ...moves: ReadonlyArray<Move>): Trial =>
    ({ ...trial(what, answering(judgeBounded(isSlow), () => moves)), env, ...ownTime })
  const trickle = Array.from({ length: 200 }, (): ReadonlyArray<Move> => [pause(250), send(Uint8Array.of(0))]).flat()
  return [
    bounded('silence after the Hello'),
    bounded('an answer that goes on and on', send(headerOf(0x1_0000)), ...trickle),
  ]
}
