/**
 * Seeded bugs of the messages' codecs.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { OUR_STEPS } from 'hello-negotiation/testing'
import { type Codec, type DecodeError, EMPTY_HELLO } from 'hello-negotiation/wire'
import { varintAt, wireFields } from '../../../../src/testing/law/wireFields.js'
import type { Mutant } from '../Mutant.js'

const { Frame, HandoffAck, Hello, HelloReply, Refused, ServiceDefinition } = OUR_STEPS.Codecs

const MALFORMED: DecodeError = { _tag: 'DecodeError', message: 'Frame', offset: 0, fault: { _tag: 'Truncated' } }

/** The codec with another way to decode. */
function decoding<A>(codec: Codec<A>, decode: Codec<A>['decode']): Codec<A> {
  return { ...codec, decode }
}

/** The codec that makes something else of what it has decoded. */
function altering<A>(codec: Codec<A>, alter: (message: A, bytes: Uint8Array) => A): Codec<A> {
  return decoding(codec, (bytes) => {
    const decoded = codec.decode(bytes)
    return decoded._tag === 'Right' ? E.right(alter(decoded.right, bytes)) : decoded
  })
}

/** The codec that makes something else of its errors. */
function failing<A>(codec: Codec<A>, fail: (error: DecodeError, bytes: Uint8Array) => Either<DecodeError, A>): Codec<A> {
  return decoding(codec, (bytes) => {
    const decoded = codec.decode(bytes)
    return decoded._tag === 'Left' ? fail(decoded.left, bytes) : decoded
  })
}

/** The longest beginning of the bytes that decodes and is as the caller wants it. */
function beginning<A>(
  { decode }: Codec<A>, bytes: Uint8Array, isWanted: (message: A, end: number) => boolean,
): Either<DecodeError, A> {
  for (let end = bytes.length; end > 0; end -= 1) {
    const decoded = decode(bytes.slice(0, end))
    if (decoded._tag === 'Right' && isWanted(decoded.right, end)) return decoded
  }
  return decode(new Uint8Array(0))
}

export const CODEC_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'CODEC-1',
    bug: 'a u64 goes through a double on its way out',
    steps: {
      Codecs: {
        Frame: {
          ...Frame,
          encode: (frame) => Frame.encode({ ...frame, requestId: BigInt.asUintN(64, BigInt(Number(frame.requestId))) }),
        },
      },
    },
  },
  {
    law: 'CODEC-2',
    bug: 'the first key is looked at without a look at whether there is one',
    throws: true,
    steps: {
      Codecs: {
        HandoffAck: decoding(HandoffAck, (bytes) => {
          new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint8(0)
          return HandoffAck.decode(bytes)
        }),
      },
    },
  },
  {
    law: 'CODEC-2',
    bug: 'the offset of an error counts from the end',
    steps: {
      Codecs: { Hello: failing(Hello, (error, bytes) => E.left({ ...error, offset: error.offset - bytes.length - 1 })) },
    },
  },
  {
    law: 'CODEC-3',
    bug: 'only the canonical encoding passes',
    steps: {
      Codecs: {
        ServiceDefinition: decoding(ServiceDefinition, (bytes) => {
          const decoded = ServiceDefinition.decode(bytes)
          const isCanonical = decoded._tag === 'Right' && ServiceDefinition.encode(decoded.right).length === bytes.length
          return isCanonical ? decoded : E.left(MALFORMED)
        }),
      },
    },
  },
  {
    law: 'CODEC-4',
    bug: 'a token is a view of the bytes that it was decoded from',
    steps: {
      Codecs: {
        HandoffAck: altering(HandoffAck, (ack, bytes) => {
          const isFirst = bytes[0] === 0x0a && bytes[1] === ack.token.length
          return isFirst ? { ...ack, token: bytes.subarray(2, 2 + ack.token.length) } : ack
        }),
      },
    },
  },
  {
    law: 'CODEC-5',
    bug: 'a code that is not listed is written as unspecified',
    steps: {
      Codecs: {
        Refused: {
          ...Refused,
          encode: (refused) => Refused.encode({ ...refused, code: refused.code >= 0 && refused.code <= 9 ? refused.code : 0 }),
        },
      },
    },
  },
  {
    law: 'CODEC-6',
    bug: 'what stands behind an unknown field is not read',
    steps: {
      Codecs: { Frame: decoding(Frame, (bytes) => beginning(Frame, bytes, (frame, end) => Frame.encode(frame).length === end)) },
    },
  },
  {
    law: 'CODEC-7',
    bug: 'a uint32 that is too large becomes the greatest there is',
    steps: {
      Codecs: {
        Frame: altering(Frame, (frame, bytes) => {
          const isTooLarge = bytes[0] === 0x08 && varintAt(bytes, 1).value > 0xffff_ffffn
          return isTooLarge ? { ...frame, envelopeVersion: 0xffff_ffff } : frame
        }),
      },
    },
  },
  {
    law: 'CODEC-7',
    bug: 'only 1 is true',
    steps: {
      Codecs: {
        HandoffAck: altering(HandoffAck, (ack, bytes) => ({ ...ack, accepted: ack.accepted && varintAt(bytes, 1).value === 1n })),
      },
    },
  },
  {
    law: 'CODEC-8',
    bug: 'a varint has nine bytes at most',
    steps: {
      Codecs: {
        Frame: decoding(Frame, (bytes) => {
          const isLong = (bytes[0] ?? 0) % 8 === 0 && varintAt(bytes, 1).end > 10
          return isLong ? E.left(MALFORMED) : Frame.decode(bytes)
        }),
      },
    },
  },
  {
    law: 'CODEC-9',
    bug: 'a byte order mark is taken off',
    steps: {
      Codecs: { Hello: altering(Hello, (hello) => ({ ...hello, serviceName: hello.serviceName.replace(/^\ufeff/, '') })) },
    },
  },
  {
    law: 'CODEC-9',
    bug: 'what is no UTF-8 is replaced',
    steps: {
      Codecs: {
        Hello: failing(Hello, (error) =>
          (error.fault._tag === 'InvalidUtf8' ? E.right({ ...EMPTY_HELLO, serviceName: '\ufffd' }) : E.left(error))),
      },
    },
  },
  {
    law: 'CODEC-10',
    bug: 'the same answer again takes the place of the first, and is not laid over it',
    steps: {
      Codecs: {
        HelloReply: decoding(HelloReply, (bytes) => HelloReply.decode(bytes.slice(wireFields(bytes).at(-2)?.end ?? 0))),
      },
    },
  },
  {
    law: 'CODEC-11',
    bug: 'a field that is cut short is left away',
    steps: { Codecs: { Frame: decoding(Frame, (bytes) => beginning(Frame, bytes, () => true)) } },
  },
]
