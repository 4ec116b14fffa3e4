/**
 * How a broker reads a stream: the first byte, the length, the caps, the end, and what comes behind the Hello
 * (SPEC F1–F5, F8, C3–C5).
 */
import { toHex } from '../../../data/Bytes.js'
import { FRAME_BODY_MAX_BYTES, HEADER_BYTES, HELLO_BODY_MAX_BYTES } from '../../../wire/Limits.js'
import { decodeFrame } from '../../../wire/messages/Frame.js'
import { type ConformanceCase, head, type Judge, judgeBy, playedCase, type Probe, probedCase, probing } from '../ConformanceCase.js'
import type { Heard } from '../Dialogue.js'
import { expectation } from '../Expectation.js'
import { AGREED, type Differed, type Finding, notShown } from '../Finding.js'
import { differed, says, type Trial } from '../findReply.js'
import { chain, map, type Play, talk, told } from '../Play.js'
import { readHeard } from '../Reading.js'
import { concat, type Move, pause, saidBy, saying, sayingLast, type Script, send, toTheEnd } from '../Script.js'
import { framedBody, headerOf, request, requestOf, type Subject } from '../Subject.js'

/** @internal */
export function framingCases(subject: Subject): ReadonlyArray<ConformanceCase> {
  const whole = request(subject.base)
  // A deadline may be shorter than that.
  const breathMs = Math.min(BREATH_MS, subject.policy.helloTimeoutMs / 4)
  return [
    probedCase(subject, head('first-byte', 'F2 C4', 'a wrong first byte is answered at once, before there is a length'),
      wrongFirstBytes()),
    playedCase(head('length-alone', 'F2 F3 C4 C5', 'a length over the cap is answered on the header alone'), lengthsAlone(subject)),
    probedCase(subject, head('length-at-cap', 'F3', 'a body of exactly 65536 bytes is read'), [
      { what: 'a body of 65536 bytes', script: saying(paddedRequest(subject, HELLO_BODY_MAX_BYTES)) },
    ]),
    probedCase(subject, head('no-body', 'F4', 'a body of no bytes is a frame of defaults'), [
      { what: 'length 0', script: saying(headerOf(0)) },
    ]),
    probedCase(subject, head('early-end', 'F5 C4', 'an end inside the frame is answered, wherever it comes'), earlyEnds(whole)),
    probedCase(subject, head('no-frame', 'C4', 'a body that is no Frame is answered'), noFrames()),
    probedCase(subject, head('in-pieces', 'F1 F2 F8', 'a frame may come in pieces, and is answered when it is whole'),
      inPieces(whole, breathMs), judgePatience(subject)),
    probedCase(subject, head('bytes-behind', 'C3', 'one reply to one Hello, whatever comes behind it'),
      bytesBehind(whole, breathMs), judgeOneReply(subject)),
    probedCase(subject, head('closes', 'C3', 'the broker closes the connection after its one reply'), [
      { what: 'after a Hello', script: toTheEnd(saying(whole)) },
      { what: 'after a refusal', script: toTheEnd(saying(requestOf(Uint8Array.of(0xff)))) },
      { what: 'after bytes that are no frame', script: toTheEnd(saying(Uint8Array.of(0x16))) },
    ], judgeEnd),
  ]
}

function wrongFirstBytes(): ReadonlyArray<Probe> {
  return [0x00, 0x02, 0x16, 0x47, 0x7b, 0xff].map((byte) => ({
    what: `0x${toHex(Uint8Array.of(byte))} and no more`,
    script: saying(Uint8Array.of(byte)),
  }))
}

/** Lengths that the cap of any frame forbids, and with them every broker. */
const OVER_EVERY_CAP = [FRAME_BODY_MAX_BYTES + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

/**
 * One path of the reference reads up to 16 MiB before it refuses more than 64 KiB, and echoes what it has read
 * (SPEC C5 b). A broker that waits is therefore given one such body whole.
 */
function lengthsAlone(subject: Subject): Play<ReadonlyArray<Finding>> {
  const rows = ['F2', 'F3', 'C4']
  const judge = judgeBy(subject)
  const alone = (length: number): Probe => ({
    what: `a header that announces ${length} bytes`, script: saying(headerOf(length)),
  })
  const first: Trial = { ...alone(HELLO_BODY_MAX_BYTES + 1), rows }
  return chain(talk(first.script), (heard) => {
    const finding = judge(first, heard)
    const weighed = finding._tag === 'Differed' ? wholeBody(subject, finding) : told(finding)
    const others = finding._tag === 'Differed' ? OVER_EVERY_CAP : [FRAME_BODY_MAX_BYTES, ...OVER_EVERY_CAP]
    return chain(weighed, (found) => map(probing(rows, others.map(alone), judge), (rest) => [found, ...rest]))
  })
}

/** What to make of a broker that did not answer the header alone: whether it answers the body, and how. */
function wholeBody(subject: Subject, finding: Differed): Play<Finding> {
  const script = saying(paddedRequest(subject, HELLO_BODY_MAX_BYTES + 1))
  const expected = expectation(subject, script)
  const trial = { what: 'a body of 65537 bytes', rows: ['F2', 'F3', 'C5'], script }
  return map(talk(script), (heard) => {
    if (expected._tag !== 'Reply' || !says(heard, expected.outcome)) return finding
    const late = differed({ ...trial, what: finding.what }, finding.expected, heard, 'the same, but only to the whole body')
    return echoes(heard, script) ? { ...late, asReference: 'C5' } : late
  })
}

function echoes(heard: Heard, script: Script): boolean {
  const reading = readHeard(heard)
  const sent = decodeFrame(saidBy(script).subarray(HEADER_BYTES))
  return reading._tag === 'Reply' && sent._tag === 'Right' && reading.frame.requestId === sent.right.requestId
}

/** A sound request whose body has exactly so many bytes, most of them in a field without a cap (SPEC H8). */
function paddedRequest({ base }: Subject, bodyBytes: number): Uint8Array {
  const padded = (characters: number): Uint8Array => request(base, { requestId: 'r'.repeat(characters) })
  // Around this length, one more character is one more byte: no length on the way grows a digit.
  const near = bodyBytes >>> 1
  return padded(near + bodyBytes - (padded(near).length - HEADER_BYTES))
}

function earlyEnds(whole: Uint8Array): ReadonlyArray<Probe> {
  return Array.from(whole, (_, offset) => ({
    what: `the end after ${offset} of ${whole.length} bytes`,
    script: sayingLast(...(offset === 0 ? [] : [whole.subarray(0, offset)])),
  }))
}

function noFrames(): ReadonlyArray<Probe> {
  const bodies: ReadonlyArray<readonly [what: string, body: Uint8Array]> = [
    ['a lone key', Uint8Array.of(0x08)],
    ['bytes at random', Uint8Array.of(0xff, 0xfe, 0xfd)],
    ['a payload cut short', Uint8Array.of(0x08, 0x01, 0x22, 0x09, 0x08)],
  ]
  return bodies.map(([what, body]) => ({ what, script: saying(framedBody(body)) }))
}

/** Long enough for a broker that answers too early to be heard. */
const BREATH_MS = 25

function inPieces(whole: Uint8Array, breathMs: number): ReadonlyArray<Probe> {
  const last = whole.length - 1
  const cutAt = (at: number): Probe => ({
    what: `cut in two after ${at} bytes`, script: inTwo([send(whole.subarray(0, at))], breathMs, whole.subarray(at)),
  })
  const bytes = Array.from(whole.subarray(0, last), (byte) => send(Uint8Array.of(byte)))
  return [
    ...[1, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 1, last].map(cutAt),
    { what: 'byte by byte', script: inTwo(bytes, breathMs, whole.subarray(last)) },
  ]
}

function inTwo(first: ReadonlyArray<Move>, breathMs: number, last: Uint8Array): Script {
  return { until: 'Reply', moves: [...first, pause(breathMs), send(last)] }
}

/** The last piece must have been waited for. */
function judgePatience(subject: Subject): Judge {
  return (trial, heard) => {
    const early = heard.before.length === trial.script.moves.length ? (heard.before.at(-1) ?? 0) : 0
    return early > 0
      ? differed(trial, 'no byte before the last piece', heard, `${early} bytes before the last piece`)
      : judgeBy(subject)(trial, heard)
  }
}

function bytesBehind(whole: Uint8Array, breathMs: number): ReadonlyArray<Probe> {
  const behind: ReadonlyArray<readonly [string, Uint8Array]> = [
    ['one byte', Uint8Array.of(0x00)], ['the same Hello again', whole], ['4096 bytes', new Uint8Array(4_096).fill(0x61)],
  ]
  return [
    ...behind.map(([what, bytes]): Probe => ({
      what: `${what} behind the Hello`, script: toTheEnd(saying(concat([whole, bytes]))),
    })),
    { what: 'a second Hello a little later', script: { until: 'End', moves: [send(whole), pause(breathMs), send(whole)] } },
  ]
}

function judgeOneReply(subject: Subject): Judge {
  return (trial, heard) => {
    const reading = readHeard(heard)
    const behind = reading._tag === 'Reply' ? reading.behind.length : 0
    return behind > 0
      ? differed(trial, 'one frame and no more', heard, `${behind} bytes behind the first frame`)
      : judgeBy(subject)(trial, heard)
  }
}

function judgeEnd(trial: Trial, heard: Heard): Finding {
  if (heard.bytes.length === 0) return notShown('there was no reply')
  if (heard.ending !== 'Open') return AGREED
  const tookMs = Math.round(heard.doneMs - heard.beganMs)
  return differed(trial, 'the end of the connection', heard, `a connection still open after ${tookMs} ms`)
}
