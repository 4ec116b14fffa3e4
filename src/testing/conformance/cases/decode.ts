/**
 * How strictly a broker decodes, shown through the Hello and its frame: what is read ends in the reply of a sound
 * Hello, what is not in `malformed Hello payload` or `malformed broker Frame` (SPEC W1–W9, W11, W13).
 *
 * Each case adds fields to a sound message, of which the rest says what it always says. Which of the two answers is
 * right is the library's own decoder's to say; the words beside the bytes are for whoever reads a report.
 */
import { encodeHello } from '../../../wire/messages/Hello.js'
import { HEADER_BYTES, NESTING_MAX } from '../../../wire/Limits.js'
import { type ConformanceCase, head, type Probe, probedCase } from '../ConformanceCase.js'
import { delimited, groups, key, number, type Raw, text, varint, WireType } from '../RawField.js'
import { saying } from '../Script.js'
import { framedBody, helloFor, request, requestOf, type Subject } from '../Subject.js'

/** @internal */
export function decodeCases(subject: Subject): ReadonlyArray<ConformanceCase> {
  const m = soundMessages(subject)
  return [
    probedCase(subject, head('varints', 'W1', 'a varint has at most ten bytes, the tenth at most 1; longer than need be will do'),
      varintProbes(m)),
    probedCase(subject, head('keys', 'W2', 'a key fits in 32 bits, names a field and has its wire type'), keyProbes(m)),
    probedCase(subject, head('cut-numbers', 'W3', 'a number of 32 bits is read as one of 64 and cut'), cutNumberProbes(m)),
    probedCase(subject, head('texts', 'W5', 'a text is UTF-8 to the letter, its byte order mark kept'), textProbes(m, subject)),
    probedCase(subject, head('lengths', 'W6', 'a length is at most what is left'), lengthProbes(m)),
    probedCase(subject, head('twice', 'W7', 'of a field that comes twice, the last counts'), twiceProbes(m)),
    probedCase(subject, head('unknown-fields', 'W8', `an unknown field is passed over, groups and all, to a depth of ${NESTING_MAX}`),
      unknownFields().flatMap(([what, bytes]) => inBoth(m, what, bytes))),
    probedCase(subject, head('cut-messages', 'W9', 'a message that ends within a field is none'), cutMessageProbes(m)),
    probedCase(subject, head('defaults', 'W11', 'a default that is said, and fields in any order, are read as well'),
      defaultProbes(m)),
    probedCase(subject, head('reserved-fields', 'W13', 'reserved numbers are unknown ones'), [
      ...[10, 11, 15].flatMap(reserved).map(([what, bytes]) => inFrame(m, what, bytes)),
      ...[16, 17, 20].flatMap(reserved).map(([what, bytes]) => inHello(m, what, bytes)),
    ]),
  ]
}

/** A Hello and a Frame that the broker takes, as raw fields; the Hello's two protocols come first, four bytes. */
interface Messages {
  readonly hello: Raw
  readonly frame: Raw
}

function soundMessages({ base }: Subject): Messages {
  return { hello: [...encodeHello(helloFor(base))], frame: [...request(base).subarray(HEADER_BYTES)] }
}

function inHello({ hello }: Messages, what: string, extra: Raw): Probe {
  return { what: `in the Hello: ${what}`, script: saying(requestOf(Uint8Array.of(...hello, ...extra))) }
}

function inFrame({ frame }: Messages, what: string, extra: Raw): Probe {
  return { what: `in the Frame: ${what}`, script: saying(framedBody(Uint8Array.of(...frame, ...extra))) }
}

function inBoth(m: Messages, what: string, extra: Raw): ReadonlyArray<Probe> {
  return [inHello(m, what, extra), inFrame(m, what, extra)]
}

function varintProbes(m: Messages): ReadonlyArray<Probe> {
  return [
    ...varints().flatMap(([what, bytes]) => [
      inHello(m, `keepalive ${what}`, [...key(15, WireType.VARINT), ...bytes]),
      inFrame(m, `deadline ${what}`, [...key(7, WireType.VARINT), ...bytes]),
      ...inBoth(m, `an unknown number ${what}`, [...key(60, WireType.VARINT), ...bytes]),
    ]),
    inHello(m, 'peer_pid 0 in ten bytes, the tenth 2', [...key(10, WireType.VARINT), ...overlong(10, 0x02)]),
  ]
}

function keyProbes(m: Messages): ReadonlyArray<Probe> {
  return [
    ...keys().flatMap(([what, bytes]) => inBoth(m, what, bytes)),
    ...HELLO_WIRE_TYPES.flatMap(wrongTypes).map(([what, bytes]) => inHello(m, what, bytes)),
    ...FRAME_WIRE_TYPES.flatMap(wrongTypes).map(([what, bytes]) => inFrame(m, what, bytes)),
  ]
}

function cutNumberProbes(m: Messages): ReadonlyArray<Probe> {
  return [
    inFrame(m, 'envelope_version 2^32+1', number(1, (1n << 32n) + 1n)),
    inFrame(m, 'kind 2^32', number(2, 1n << 32n)),
    inFrame(m, 'kind 2^63', number(2, 1n << 63n)),
    inFrame(m, 'payload_protocol 2^32', number(3, 1n << 32n)),
    inFrame(m, 'payload_encoding 2^33', number(6, 1n << 33n)),
    inHello(m, 'client_max_protocol 2^32', number(2, 1n << 32n)),
    inHello(m, 'client_max_protocol 2^32+1', number(2, (1n << 32n) + 1n)),
    inHello(m, 'client_min_protocol 2^32', number(1, 1n << 32n)),
    inHello(m, 'peer_pid 2^32', number(10, 1n << 32n)),
  ]
}

function textProbes(m: Messages, { base }: Subject): ReadonlyArray<Probe> {
  return [
    ...texts().flatMap(([what, bytes]) => [
      inHello(m, `request_id ${what}`, delimited(8, bytes)),
      inFrame(m, `traceparent ${what}`, delimited(8, bytes)),
    ]),
    inHello(m, 'a byte order mark before service_name', text(3, `\ufeff${base.serviceName}`)),
    inHello(m, 'a byte order mark before wanted_version', text(4, `\ufeff${base.wantedVersion}`)),
    inHello(m, 'bytes that are no text, in a field of bytes', delimited(13, [0xff, 0xc0, 0x80])),
  ]
}

const FALSE_LENGTHS = [1n, 2n, 200n, 1n << 31n, 1n << 32n, (1n << 32n) + 1n, 1n << 53n, (1n << 64n) - 1n]

function lengthProbes(m: Messages): ReadonlyArray<Probe> {
  return [
    ...FALSE_LENGTHS.flatMap((length) => [
      ...inBoth(m, `length ${length} where no byte is left`, delimited(8, [], length)),
      ...inBoth(m, `length ${length} of an unknown field where no byte is left`, delimited(61, [], length)),
    ]),
    ...inBoth(m, 'a length in ten bytes', [...key(8, WireType.LEN), ...varint(1, 10), 0x61]),
    ...inBoth(m, 'a length in eleven bytes', [...key(8, WireType.LEN), ...varint(1, 11), 0x61]),
  ]
}

function twiceProbes(m: Messages): ReadonlyArray<Probe> {
  return [
    inHello(m, 'service_name again, which is none', text(3, 'no name')),
    inHello(m, 'wanted_version again, which is none', text(4, 'latest')),
    inHello(m, 'client_version twice, the first too long', [...text(5, 'v'.repeat(200)), ...text(5, '1')]),
    inHello(m, 'client_max_protocol again, 0', number(2, 0)),
    inFrame(m, 'kind twice, the last REQUEST', [...number(2, 3), ...number(2, 0)]),
    inFrame(m, 'request_id again', number(5, 9)),
    inFrame(m, 'the payload again, which is no Hello', delimited(4, [0xff])),
    inFrame(m, 'the payload three times, the last a Hello', [...delimited(4, [0xff]), ...delimited(4, m.hello)]),
  ]
}

function cutMessageProbes({ hello, frame }: Messages): ReadonlyArray<Probe> {
  return [
    ...Array.from(hello, (_, end): Probe => ({
      what: `${end} of ${hello.length} bytes of the Hello`, script: saying(requestOf(Uint8Array.from(hello.slice(0, end)))),
    })),
    ...Array.from(frame, (_, end): Probe => ({
      what: `${end} of ${frame.length} bytes of the Frame`, script: saying(framedBody(Uint8Array.from(frame.slice(0, end)))),
    })),
  ]
}

function defaultProbes(m: Messages): ReadonlyArray<Probe> {
  const { hello } = m
  return [
    inFrame(m, 'every default said', [...[2, 3, 6, 7].flatMap((field) => number(field, 0)), ...text(8, ''), ...text(9, '')]),
    inHello(m, 'every default said', [
      ...[6, 9, 10, 15].flatMap((field) => number(field, 0)), ...[5, 8, 11, 12, 13, 14].flatMap((field) => delimited(field, [])),
    ]),
    {
      what: 'the payload before the envelope version',
      script: saying(framedBody(Uint8Array.of(...delimited(4, hello), ...number(1, 1)))),
    },
    {
      what: 'the protocols behind the rest of the Hello',
      script: saying(requestOf(Uint8Array.of(...hello.slice(4), ...hello.slice(0, 4)))),
    },
  ]
}

type Named = readonly [what: string, bytes: Raw]

/** `length` bytes that go on, the last of them `last`. */
function overlong(length: number, last: number): Raw {
  return [...Array.from({ length: length - 1 }, () => 0x80), last]
}

function varints(): ReadonlyArray<Named> {
  return [
    ['1 in five bytes', varint(1, 5)],
    ['1 in ten bytes', varint(1, 10)],
    ['2^64-1', varint((1n << 64n) - 1n)],
    ['in ten bytes, the tenth 2', overlong(10, 0x02)],
    ['in ten bytes, the tenth 127', overlong(10, 0x7f)],
    ['in eleven bytes', varint(1, 11)],
    ['in thirty bytes', varint(1, 30)],
    ['of ten bytes that all go on', Array.from({ length: 10 }, () => 0xff)],
    ['that breaks off', [0x80]],
  ]
}

function keys(): ReadonlyArray<Named> {
  return [
    ['a key in five bytes', [...key(60, WireType.VARINT, 5), 0]],
    ['a key in six bytes', [...key(60, WireType.VARINT, 6), 0]],
    ['a key in ten bytes', [...key(60, WireType.VARINT, 10), 0]],
    ['a key in eleven bytes', [...key(60, WireType.VARINT, 11), 0]],
    ['the greatest field number', [...key((1n << 29n) - 1n, WireType.VARINT), 0]],
    ['a key of 2^32', [...varint(1n << 32n), 0]],
    ['a key of 2^35 that looks like field 60 once cut', [...varint((1n << 35n) | (60n << 3n)), 0]],
    ['field number 0', [0x00, 0x00]],
    ['wire type 6', [...key(60, WireType.SIX), 0]],
    ['wire type 7', [...key(60, WireType.SEVEN), 0]],
  ]
}

const HELLO_WIRE_TYPES: ReadonlyArray<readonly [field: number, wireType: number]> = [
  [1, WireType.VARINT], [3, WireType.LEN], [7, WireType.LEN], [10, WireType.VARINT], [15, WireType.VARINT],
]

const FRAME_WIRE_TYPES: ReadonlyArray<readonly [field: number, wireType: number]> = [
  [1, WireType.VARINT], [2, WireType.VARINT], [4, WireType.LEN], [5, WireType.VARINT], [9, WireType.LEN],
]

/** A field that the message has, whole and sound but for its wire type. */
function wrongTypes([field, wireType]: readonly [field: number, wireType: number]): ReadonlyArray<Named> {
  return unknownBodies(field).filter((_, other) => other !== wireType).map(([what, bytes]) => [`field ${field} as ${what}`, bytes])
}

/** A field of each wire type, in the order of their numbers. */
function unknownBodies(field: number): ReadonlyArray<Named> {
  return [
    ['a varint', number(field, 1)],
    ['64 bits', [...key(field, WireType.I64), 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a length', delimited(field, [0x61])],
    ['a group', groups(field, 1)],
    ['the end of a group', key(field, WireType.END_GROUP)],
    ['32 bits', [...key(field, WireType.I32), 0, 0, 0, 0]],
  ]
}

function texts(): ReadonlyArray<Named> {
  return [
    ['in two, three and four bytes a character', [...new TextEncoder().encode('é€😀')]],
    ['behind a byte order mark', [0xef, 0xbb, 0xbf, 0x61]],
    ['with U+0000', [0x00]],
    ['with a byte that begins nothing', [0xff, 0x41]],
    ['with a byte that only goes on', [0x80]],
    ['with a character cut short', [0x61, 0xe2, 0x82]],
    ['with NUL in two bytes', [0xc0, 0x80]],
    ['with / in three bytes', [0xe0, 0x80, 0xaf]],
    ['with a surrogate', [0xed, 0xa0, 0x80]],
    ['with a pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['with a character above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['with a character of five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ]
}

function unknownFields(): ReadonlyArray<Named> {
  return [
    ...unknownBodies(62).map(([what, bytes]): Named => [`an unknown field, ${what}`, bytes]),
    ['64 bits cut short', [...key(62, WireType.I64), 0, 0, 0]],
    ['32 bits cut short', [...key(62, WireType.I32), 0, 0, 0]],
    ['a group with every wire type in it', [
      ...key(62, WireType.GROUP), ...wholeBodies(63).flatMap(([, bytes]) => bytes), ...key(62, WireType.END_GROUP),
    ]],
    ['a group that ends as another', [...key(62, WireType.GROUP), ...key(63, WireType.END_GROUP)]],
    ['a group that does not end', key(62, WireType.GROUP)],
    ['a group with field number 0 in it', [...key(62, WireType.GROUP), 0, 0, ...key(62, WireType.END_GROUP)]],
    [`${NESTING_MAX} groups`, groups(62, NESTING_MAX)],
    [`${NESTING_MAX + 1} groups`, groups(62, NESTING_MAX + 1)],
    ['400 groups', groups(62, 400)],
  ]
}

function reserved(field: number): ReadonlyArray<Named> {
  return wholeBodies(field).map(([what, bytes]) => [`field ${field} as ${what}`, bytes])
}

/** A field of each wire type that stands on its own. */
function wholeBodies(field: number): ReadonlyArray<Named> {
  return unknownBodies(field).filter((_, wireType) => wireType !== WireType.END_GROUP)
}
