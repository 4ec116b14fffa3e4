import fc from 'fast-check'
import { arbitraryText, arbitraryU64, varintBytes } from 'hello-negotiation/testing'
import {
  type DecodeFault, decodeFrame, decodeHandoffAck, decodeHandoffOffer, decodeHello, decodeHelloReply, decodeNegotiated, decodeRefused,
  decodeServiceDefinition, EMPTY_FRAME, EMPTY_NEGOTIATED, frame, type Frame, handoffOffer, hello, SCHEMA,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import * as Cursor from '../../src/wire/Cursor.js'
import {
  bytesOf, delimited, errorOf, fieldNumbers, goldenSamples, join, messageNamed, MESSAGES, rightOf, textBytes,
} from './support.js'

function frameOf(hex: string): Frame {
  return rightOf(decodeFrame(bytesOf(hex)))
}

function frameFault(hex: string): DecodeFault {
  return errorOf(decodeFrame(bytesOf(hex))).fault
}

/** A run of keys that open or close a group of field 20, which no message has. */
function groups(depth: number, inner: Uint8Array = new Uint8Array(0)): Uint8Array {
  return join(bytesOf('a3 01'.repeat(depth)), inner, bytesOf('a4 01'.repeat(depth)))
}

/** A length-delimited field of any length. */
function longDelimited(key: number, body: Uint8Array): Uint8Array {
  return join(Uint8Array.of(key), Uint8Array.from(varintBytes(BigInt(body.length), 5)), body)
}

describe('varints (SPEC W1)', () => {
  it('are read exactly, at every length up to ten bytes (SPEC W1)', () => {
    fc.assert(fc.property(arbitraryU64(), fc.integer({ min: 1, max: 10 }), (value, length) => {
      const least = Math.max(1, Math.ceil(value.toString(2).length / 7))
      const bytes = Uint8Array.from([0x28, ...varintBytes(value, Math.max(least, length))])
      expect(rightOf(decodeFrame(bytes)).requestId).toBe(value)
    }), { numRuns: 500 })
  })

  it('may have a tenth byte of 0 or 1, and no other (SPEC W1)', () => {
    expect(frameOf('28 81 80*8 00').requestId).toBe(1n)
    expect(frameOf('28 ff*9 01').requestId).toBe(2n ** 64n - 1n)
    for (const tenth of ['02', '7f', '80', 'ff']) expect(frameFault(`28 ff*9 ${tenth} 00*3`)).toEqual({ _tag: 'VarintTooLong' })
  })

  it('may not be eleven bytes long, wherever they stand (SPEC W1)', () => {
    const eleven = '80*10 00'
    for (const key of ['08', '10', '28', 'a0 01', '']) expect(frameFault(`${key} ${eleven}`)).toEqual({ _tag: 'VarintTooLong' })
    expect(frameFault(`22 ${eleven}`)).toEqual({ _tag: 'VarintTooLong' })
  })

  it('that end with the input are truncated, at any of their bytes (SPEC W1, W9)', () => {
    for (let length = 0; length < 10; length += 1) {
      expect(errorOf(decodeFrame(bytesOf(`08 ${'ff'.repeat(length)}`)))).toEqual({
        _tag: 'DecodeError', message: 'Frame', offset: 1, fault: { _tag: 'Truncated' },
      })
    }
  })
})

describe('field keys (SPEC W2)', () => {
  it('may be as long as any varint, and so may lengths (SPEC W2)', () => {
    expect(frameOf('88 80*8 00 01').envelopeVersion).toBe(1)
    expect(frameOf('22 81 80*8 00 aa').payload).toEqual(bytesOf('aa'))
    const details = rightOf(decodeRefused(bytesOf('aa 80*3 00 8b 80*4 00 8a 80 00 81 00 6b 92 00 81 00 76'))).details
    expect([...details]).toEqual([['k', 'v']])
  })

  it('may not exceed 32 bits, whatever their low bits say (SPEC W2)', () => {
    expect(frameFault('88 80*3 10 01')).toEqual({ _tag: 'KeyTooLarge' })
    expect(frameFault('88 80*8 01 01')).toEqual({ _tag: 'KeyTooLarge' })
    expect(frameOf('f8 ff*3 0f 01')).toEqual(EMPTY_FRAME)
  })

  it('may not have field number 0, with any wire type (SPEC W2)', () => {
    for (const wireType of ['00', '01', '02', '03', '04', '05', '06', '07']) {
      expect(frameFault(`${wireType} 00*9`)).toEqual({ _tag: 'FieldNumberZero' })
    }
  })

  it('may not have wire type 6 or 7 (SPEC W2)', () => {
    expect(frameFault('a6 01 00')).toEqual({ _tag: 'InvalidWireType', actual: 6 })
    expect(frameFault('a7 01 00')).toEqual({ _tag: 'InvalidWireType', actual: 7 })
    expect(frameFault('0e 00')).toEqual({ _tag: 'WrongWireType', of: 'Frame', fieldNumber: 1, actual: 6 })
  })

  const fields = MESSAGES.flatMap(({ name }) => SCHEMA[name].map((field) => ({ name, field })))
  it.each(fields)('of $name.$field.name have its wire type and no other (SPEC W2)', ({ name, field }) => {
    const bodies = ['00', '00*8', '00', (((field.number << 3) | 4)).toString(16).padStart(2, '0'), '', '00*4', '', '']
    bodies.forEach((body, wireType) => {
      const decoded = messageNamed(name).codec.decode(join(Uint8Array.of((field.number << 3) | wireType), bytesOf(body)))
      if (wireType === field.wireType) expect(decoded._tag).toBe('Right')
      else if (field.kind !== 'map' || wireType > 5) {
        const fault = { _tag: 'WrongWireType', of: name, fieldNumber: field.number, actual: wireType }
        expect(errorOf(decoded)).toMatchObject({ offset: 0, fault })
      }
    })
  })

  it.each([0, 1, 2, 3, 4, 5])('of a map may have wire type %d, and the entry is read all the same (SPEC W2)', (wireType) => {
    const entry = bytesOf('06 0a 01 6b 12 01 76')
    expect([...rightOf(decodeRefused(join(Uint8Array.of(0x28 | wireType), entry))).details]).toEqual([['k', 'v']])
    expect([...rightOf(decodeServiceDefinition(join(Uint8Array.of(0x40 | wireType), entry))).labels]).toEqual([['k', 'v']])
  })
})

describe('numbers (SPEC W3, W4)', () => {
  it('of 32 bits are cut off a varint of 64 (SPEC W3)', () => {
    expect(frameOf('08 81 80*3 10').envelopeVersion).toBe(1)
    expect(frameOf('10 80*4 10').kind).toBe(0)
    expect(rightOf(decodeHello(bytesOf('10 80*4 10'))).clientMaxProtocol).toBe(0)
    expect(frameOf('08 ff*9 01').envelopeVersion).toBe(0xffff_ffff)
  })

  it('of 32 bits are the low half of every u64 (SPEC W3)', () => {
    fc.assert(fc.property(arbitraryU64(), (value) => {
      const varint = varintBytes(value, 10)
      const decoded = rightOf(decodeFrame(Uint8Array.from([0x08, ...varint, 0x10, ...varint])))
      expect(decoded.envelopeVersion).toBe(Number(BigInt.asUintN(32, value)))
      expect(decoded.kind).toBe(Number(BigInt.asIntN(32, value)))
    }), { numRuns: 300 })
  })

  it('of an enum are kept where nobody knows them, negative ones too (SPEC W4)', () => {
    expect(frameOf('10 4d').kind).toBe(77)
    expect(frameOf('10 ff*9 01').kind).toBe(-1)
    expect(frameOf('10 80 80 80 80 08').kind).toBe(-(2 ** 31))
    expect(rightOf(decodeRefused(bytesOf('20 0f'))).code).toBe(15)
  })

  it('of a bool are true for any varint but 0, also where only high bits are set (SPEC W4)', () => {
    const accepted = (hex: string): boolean => rightOf(decodeHandoffAck(bytesOf(hex))).accepted
    expect(['10 00', '10 80 80 00', '10 80*9 00'].map(accepted)).toEqual([false, false, false])
    expect(['10 01', '10 02', '10 80*4 10', '10 80*9 01'].map(accepted)).toEqual([true, true, true, true])
  })
})

describe('text (SPEC W5)', () => {
  const INVALID = {
    'a stray continuation': '80',
    'an overlong slash': 'c0 af',
    'an overlong NUL': 'c0 80',
    'an overlong form of three bytes': 'e0 80 80',
    'an overlong form of four bytes': 'f0 80 80 80',
    'a surrogate': 'ed a0 80',
    'a pair of surrogates': 'ed a0 bd ed b8 80',
    'a number above 10FFFF': 'f4 90 80 80',
    'a form of five bytes': 'f8 88 80 80 80',
    'a character cut short': 'e2 82',
    'a byte that never occurs': 'ff',
  }
  // Short texts and long ones are decoded by different means.
  const paddings = [0, 1, 80]

  it.each(Object.entries(INVALID))('refuses %s wherever text stands (SPEC W5)', (_, hex) => {
    for (const padding of paddings) {
      const ascii = new Uint8Array(padding).fill(0x61)
      for (const text of [join(ascii, bytesOf(hex)), join(bytesOf(hex), ascii)]) {
        const decodings = [
          decodeFrame(delimited(0x42, text)),
          decodeNegotiated(delimited(0x22, text)),
          decodeRefused(delimited(0x2a, delimited(0x0a, text))),
          decodeRefused(delimited(0x2a, delimited(0x12, text))),
          decodeHelloReply(delimited(0x12, delimited(0x0a, text))),
        ]
        expect(decodings.map((decoded) => errorOf(decoded).fault)).toEqual(decodings.map(() => ({ _tag: 'InvalidUtf8' })))
      }
    }
  })

  it('keeps a byte order mark, in short texts and long ones (SPEC W5)', () => {
    for (const padding of paddings) {
      const text = `\ufeff${'a'.repeat(padding)}\ufeff`
      expect(rightOf(decodeFrame(delimited(0x42, textBytes(text)))).traceparent).toBe(text)
    }
  })

  it('accepts the last character before each gap (SPEC W5)', () => {
    for (const text of ['\x00', '\x7f', '\u07ff', '\ud7ff', '\ue000', '\uffff', '\u{10ffff}']) {
      expect(rightOf(decodeFrame(delimited(0x42, textBytes(text)))).traceparent).toBe(text)
    }
  })

  it('is valid exactly where encoding what it says gives it back (SPEC W5)', () => {
    const pieces = fc.constantFrom(
      '61', 'c3 a9', 'e2 82 ac', 'f0 9f 98 80', 'ef bb bf', 'c0', 'ed a0', '80', 'f4 8f bf bf', 'f4 90', 'bf',
    )
    const bytes = fc.oneof(
      fc.array(pieces, { maxLength: 8 }).map((hex) => bytesOf(hex.join(' '))),
      fc.array(pieces, { minLength: 20, maxLength: 30 }).map((hex) => bytesOf(hex.join(' '))),
      fc.uint8Array({ maxLength: 8 }),
      arbitraryText().map(textBytes),
    )
    fc.assert(fc.property(bytes, (bytes) => {
      const text = Buffer.from(bytes).toString('utf8')
      const decoded = decodeFrame(longDelimited(0x42, bytes))
      if (Buffer.from(text).equals(bytes)) expect(rightOf(decoded).traceparent).toBe(text)
      else expect(errorOf(decoded).fault).toEqual({ _tag: 'InvalidUtf8' })
    }), { numRuns: 1_000 })
  })
})

describe('lengths (SPEC W6)', () => {
  it('may not exceed what is left, at any size (SPEC W6)', () => {
    expect(frameFault('22 02 aa')).toEqual({ _tag: 'LengthExceedsInput', actual: 2, available: 1 })
    expect(frameFault('22 81 80*3 10 aa')).toEqual({ _tag: 'LengthExceedsInput', actual: 2 ** 32 + 1, available: 1 })
    expect(frameFault('22 ff*9 01 aa')).toEqual({ _tag: 'LengthExceedsInput', actual: 2 ** 64, available: 1 })
    expect(frameFault('a2 01 02 aa')).toEqual({ _tag: 'LengthExceedsInput', actual: 2, available: 1 })
    expect(errorOf(decodeHelloReply(bytesOf('0a 01'))).fault).toEqual({ _tag: 'LengthExceedsInput', actual: 1, available: 0 })
    expect(errorOf(decodeRefused(bytesOf('2a 01'))).fault).toEqual({ _tag: 'LengthExceedsInput', actual: 1, available: 0 })
  })

  it('of a nested message must be where its last field ends (SPEC W6)', () => {
    const overrun = { _tag: 'MessageOverrun', actual: 7, expected: 4 }
    expect(errorOf(decodeHelloReply(bytesOf('0a 02 12 03 61 62 63'))).fault).toEqual(overrun)
    expect(errorOf(decodeHelloReply(bytesOf('12 02 0a 03 61 62 63'))).fault).toEqual(overrun)
    expect(errorOf(decodeRefused(bytesOf('2a 02 0a 03 61 62 63'))).fault).toEqual(overrun)
  })
})

describe('repeated fields (SPEC W7)', () => {
  it('count by their last occurrence, bytes and text and numbers alike (SPEC W7)', () => {
    const last = frame({ envelopeVersion: 2, payload: bytesOf('bb bb') })
    expect(frameOf('08 01 22 01 aa 42 01 61 08 02 22 02 bb bb 42 00')).toEqual(last)
    expect(rightOf(decodeHandoffAck(bytesOf('10 01 10 00'))).accepted).toBe(false)
  })

  it('of one map key count by their last occurrence, in an entry and in the map (SPEC W7)', () => {
    const entries = '2a 06 0a 01 6b 12 01 31 2a 09 0a 01 78 0a 01 6b 12 01 32'
    expect([...rightOf(decodeRefused(bytesOf(entries))).details]).toEqual([['k', '2']])
  })

  it('of one member of a oneof merge, lists and maps by adding to them (SPEC W7)', () => {
    const twice = rightOf(decodeHelloReply(bytesOf('0a 07 08 01 22 01 61 28 05 0a 05 08 02 22 01 62')))
    expect(twice.result).toEqual({
      _tag: 'Negotiated',
      negotiated: { ...EMPTY_NEGOTIATED, negotiatedProtocol: 2, warnings: ['a', 'b'], serverCapabilities: 5n },
    })
    const refusals = '12 08 2a 06 0a 01 6b 12 01 31 12 0a 20 06 2a 06 0a 01 6c 12 01 32'
    expect(rightOf(decodeHelloReply(bytesOf(refusals))).result).toMatchObject({
      _tag: 'Refused', refused: { code: 6, details: new Map([['k', '1'], ['l', '2']]) },
    })
  })

  it('of another member of a oneof replace, and nothing of the first comes back (SPEC W7)', () => {
    const [yes, no] = ['0a 03 22 01 61', '12 02 20 06']
    expect(rightOf(decodeHelloReply(bytesOf(`${yes} ${no}`))).result).toMatchObject({
      _tag: 'Refused', refused: { code: 6, details: new Map() },
    })
    expect(rightOf(decodeHelloReply(bytesOf(`${yes} ${no} ${yes}`))).result).toEqual({
      _tag: 'Negotiated', negotiated: { ...EMPTY_NEGOTIATED, warnings: ['a'] },
    })
    expect(EMPTY_NEGOTIATED.warnings).toEqual([])
  })
})

describe('unknown fields (SPEC W8)', () => {
  it('of every wire type are skipped, and what follows is read (SPEC W8)', () => {
    for (const unknown of ['a0 01 ff*9 01', 'a1 01 00*8', 'a2 01 03 ff*3', 'a3 01 08 01 0a 00 a4 01', 'a5 01 00*4']) {
      expect(frameOf(`${unknown} 08 01`)).toEqual(frame({ envelopeVersion: 1 }))
      expect(frameOf(unknown)).toEqual(EMPTY_FRAME)
    }
  })

  it('may have numbers that differ from known ones by 32 (SPEC W8)', () => {
    for (let number = 33; number < 64; number += 1) {
      const key = Uint8Array.from(varintBytes(BigInt((number << 3) | 5), 2))
      expect(rightOf(decodeFrame(join(key, bytesOf('00*4'))))).toEqual(EMPTY_FRAME)
    }
  })

  it('must be whole (SPEC W8, W9)', () => {
    expect(frameFault('a1 01 00*7')).toEqual({ _tag: 'Truncated' })
    expect(frameFault('a5 01 00*3')).toEqual({ _tag: 'Truncated' })
    expect(frameFault('a3 01')).toEqual({ _tag: 'Truncated' })
    expect(frameFault('a3 01 08')).toEqual({ _tag: 'Truncated' })
  })

  it('of group type must end with their own number (SPEC W8)', () => {
    expect(frameFault('a3 01 ac 01')).toEqual({ _tag: 'UnmatchedEndGroup', actual: 21, expected: 20 })
    expect(frameFault('a4 01')).toEqual({ _tag: 'UnmatchedEndGroup', actual: 20, expected: undefined })
    expect(frameFault('a3 01 a4 01 a4 01')).toEqual({ _tag: 'UnmatchedEndGroup', actual: 20, expected: undefined })
    expect(frameFault('a3 01 04')).toEqual({ _tag: 'UnmatchedEndGroup', actual: 0, expected: 20 })
  })

  it('inside a group are held to the same rules (SPEC W2, W8)', () => {
    expect(frameFault('a3 01 00 00 a4 01')).toEqual({ _tag: 'FieldNumberZero' })
    expect(frameFault('a3 01 0e a4 01')).toEqual({ _tag: 'InvalidWireType', actual: 6 })
    expect(frameFault('a3 01 88 80*3 10 01 a4 01')).toEqual({ _tag: 'KeyTooLarge' })
    // A number the message has means nothing inside a group, so any wire type will do.
    expect(frameOf('a3 01 0a 01 ff a4 01')).toEqual(EMPTY_FRAME)
  })

  const tooDeep = { _tag: 'NestingTooDeep', max: 100 }
  it.each([
    { place: 'at the top', deepest: 100, decode: decodeFrame, wrap: (bytes: Uint8Array) => bytes },
    { place: 'in a nested message', deepest: 99, decode: decodeHelloReply, wrap: (bytes: Uint8Array) => longDelimited(0x0a, bytes) },
    { place: 'in a map entry', deepest: 98, decode: decodeRefused, wrap: (bytes: Uint8Array) => longDelimited(0x2a, bytes) },
    {
      place: 'in a map entry of a nested message',
      deepest: 97,
      decode: decodeHelloReply,
      wrap: (bytes: Uint8Array) => longDelimited(0x12, longDelimited(0x2a, bytes)),
    },
  ])('$place may nest $deepest groups, and not one more (SPEC W8)', ({ deepest, decode, wrap }) => {
    const decoded = (depth: number, inner?: Uint8Array): unknown => decode(wrap(groups(depth, inner)))
    expect(decoded(deepest)).toMatchObject({ _tag: 'Right' })
    expect(decoded(deepest + 1)).toMatchObject({ _tag: 'Left', left: { fault: tooDeep } })
    // A field counts as one level more than the group it stands in.
    expect(decoded(deepest - 1, bytesOf('08 01'))).toMatchObject({ _tag: 'Right' })
    expect(decoded(deepest, bytesOf('08 01'))).toMatchObject({ _tag: 'Left', left: { fault: tooDeep } })
  })

  it('nested a hundred thousand deep are refused, not followed (SPEC W8)', () => {
    expect(errorOf(decodeFrame(groups(100_000))).fault).toEqual(tooDeep)
  })

  it('at reserved numbers are skipped like any other (SPEC W13)', () => {
    const reserved = { Frame: [10, 15], Hello: [16, 20], HandoffOffer: [5, 10], HandoffAck: [5, 10] } as const
    for (const [name, [from, to]] of Object.entries(reserved)) {
      const { codec, empty } = messageNamed(name as keyof typeof reserved)
      for (let number = from; number <= to; number += 1) {
        const key = Uint8Array.from(varintBytes(BigInt(number << 3), 2))
        expect(rightOf(codec.decode(join(key, bytesOf('7f'))))).toEqual(empty)
      }
    }
    for (let code = 10; code <= 20; code += 1) expect(rightOf(decodeRefused(Uint8Array.of(0x20, code))).code).toBe(code)
  })
})

describe('truncated messages (SPEC W9)', () => {
  it.each(goldenSamples())('of $message decode only where a field ends (SPEC W9)', ({ message, bytes: hex }) => {
    const bytes = bytesOf(hex)
    const lengths = Array.from(bytes, (_, length) => length)
    const whole = lengths.filter((length) => messageNamed(message).codec.decode(bytes.subarray(0, length))._tag === 'Right')
    const broken = lengths.filter((length) => !whole.includes(length))
      .map((length) => errorOf(messageNamed(message).codec.decode(bytes.subarray(0, length))).fault._tag)
    expect(whole).toHaveLength(fieldNumbers(bytes).length)
    expect(broken).toContain('LengthExceedsInput')
    expect(broken.every((tag) => tag === 'Truncated' || tag === 'LengthExceedsInput')).toBe(true)
  })
})

describe('explicit defaults (SPEC W11)', () => {
  it('are accepted in an offer, whose production writer starts with one (SPEC W11)', () => {
    expect(rightOf(decodeHandoffOffer(bytesOf('08 00 12 01 aa 1a 00 20 00')))).toEqual(handoffOffer({ token: bytesOf('aa') }))
  })

  const records = MESSAGES.filter(({ name }) => name !== 'HelloReply')
  it.each(records)('are accepted in every field of $name (SPEC W11)', ({ name, empty, codec }) => {
    const singular = SCHEMA[name].filter(({ kind }) => kind !== 'strings' && kind !== 'map')
    const defaults = singular.flatMap(({ number, wireType }) => [(number << 3) | wireType, 0])
    expect(rightOf(codec.decode(Uint8Array.from(defaults)))).toEqual(empty)
  })
})

describe('map keys', () => {
  it('may be names that every object has', () => {
    const entries = ['__proto__', 'constructor', 'toString']
      .map((key) => delimited(0x2a, join(delimited(0x0a, textBytes(key)), bytesOf('12 01 76'))))
    const { details } = rightOf(decodeRefused(join(...entries)))
    expect([...details]).toEqual([['__proto__', 'v'], ['constructor', 'v'], ['toString', 'v']])
    expect(({} as Record<string, unknown>)['v']).toBeUndefined()
  })

  it('and values are empty where the entry has none', () => {
    expect([...rightOf(decodeRefused(bytesOf('2a 00'))).details]).toEqual([['', '']])
    expect([...rightOf(decodeRefused(bytesOf('2a 03 12 01 76'))).details]).toEqual([['', 'v']])
  })

  it('share their entry with unknown fields, which are skipped', () => {
    expect([...rightOf(decodeRefused(bytesOf('2a 08 18 01 0a 01 6b 12 01 76'))).details]).toEqual([['k', 'v']])
    expect(errorOf(decodeRefused(bytesOf('2a 02 08 01'))).fault).toEqual({ _tag: 'WrongWireType', of: 'map entry', fieldNumber: 1, actual: 0 })
  })
})

describe('a cursor', () => {
  it('keeps the first failure, and stays failed at the end of its bytes (laws 1 and 2)', () => {
    const c = Cursor.cursor(bytesOf('08 80*10 00 05'))
    expect(Cursor.readKey(c)).toBe(8)
    expect(Cursor.readUint64(c)).toBe(0n)
    const failure = { offset: 1, fault: { _tag: 'VarintTooLong' } }
    expect([c.failure, c.position]).toEqual([failure, c.bytes.length])
    expect([Cursor.readKey(c), Cursor.readUint32(c), Cursor.readEnum(c), Cursor.readBool(c)]).toEqual([0, 0, 0, false])
    expect([Cursor.readString(c), Cursor.readBytes(c), Cursor.readLength(c)]).toEqual(['', new Uint8Array(0), c.bytes.length])
    expect([c.failure, c.position]).toEqual([failure, c.bytes.length])
    expect(Cursor.finish(c, 'Hello', hello({}))).toEqual({ _tag: 'Left', left: { _tag: 'DecodeError', message: 'Hello', ...failure } })
  })

  it('fails at a text that is none, whether it is made or only looked at (law 1, SPEC W5)', () => {
    const [read, checked] = [Cursor.cursor(bytesOf('01 80')), Cursor.cursor(bytesOf('01 80'))]
    expect(Cursor.readString(read)).toBe('')
    Cursor.checkString(checked)
    for (const c of [read, checked]) expect(c.failure).toEqual({ offset: 1, fault: { _tag: 'InvalidUtf8' } })
  })

  it('tells the offset of the field that is wrong, in nested messages too (law 2)', () => {
    expect(errorOf(decodeFrame(bytesOf('08 01 10 00 0a 00'))).offset).toBe(4)
    expect(errorOf(decodeHelloReply(bytesOf('0a 04 08 01 0a 00'))).offset).toBe(4)
    expect(errorOf(decodeRefused(bytesOf('2a 05 0a 01 6b 17 00'))).offset).toBe(5)
  })

  it('counts offsets from its own start, wherever in the bytes that is (law 2)', () => {
    const c = Cursor.cursor(bytesOf('00*8'), 3)
    c.position = 7
    Cursor.leave(c, 5)
    expect(c.failure).toEqual({ offset: 2, fault: { _tag: 'MessageOverrun', actual: 4, expected: 2 } })
  })
})

describe('u64OfU32', () => {
  it('is the number as a bigint, at the edge of what is kept at hand too', () => {
    for (const value of [0, 1, 0x7f, 0x80, 0x81, 0xffff_ffff]) expect(Cursor.u64OfU32(value)).toBe(BigInt(value))
  })
})
