/**
 * What a broker looks at in a Hello, read from its bytes without making what it does not: of most texts
 * only the length counts, so they are checked to be UTF-8 and never made into strings.
 *
 * **Laws**
 *  1. `readHelloFacts(bytes)` equals `decodeHello(bytes)` followed by `factsOf`: the same bytes are a
 *     Hello, the same fault at the same offset where they are not. The tests hold that plain version beside it.
 *  2. What encoders write is read in place; what is not as they write it, be it wrong or only rare, is left to the plain version.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { copyBytes, NO_BYTES } from '../data/Bytes.js'
import { isUtf8, utf8ByteLength } from '../data/Utf8.js'
import { DELIMITED, textAt, u64OfU32 } from './Cursor.js'
import type { DecodeError } from './DecodeError.js'
import { decodeHello, type Hello } from './messages/Hello.js'
import { NOT_SHORT, shortVarint, sizeOf, valueOf } from './ShortVarint.js'

/** @internal The parts of a Hello that decide whether it is negotiated, and how. Lengths are UTF-8 bytes. */
export interface HelloFacts {
  readonly clientMinProtocol: number
  readonly clientMaxProtocol: number
  readonly serviceName: string
  readonly wantedVersion: string
  readonly clientVersionBytes: number
  readonly clientCapabilities: bigint
  readonly authToken: Uint8Array
  readonly peerPid: number
  readonly clientLibNameBytes: number
  readonly clientLibVersionBytes: number
  readonly clientKeepaliveSecs: bigint
}

/** @internal The facts of a Hello already decoded. */
export function factsOf(hello: Hello): HelloFacts {
  return {
    clientMinProtocol: hello.clientMinProtocol,
    clientMaxProtocol: hello.clientMaxProtocol,
    serviceName: hello.serviceName,
    wantedVersion: hello.wantedVersion,
    clientVersionBytes: utf8ByteLength(hello.clientVersion),
    clientCapabilities: hello.clientCapabilities,
    authToken: hello.authToken,
    peerPid: hello.peerPid,
    clientLibNameBytes: utf8ByteLength(hello.clientLibName),
    clientLibVersionBytes: utf8ByteLength(hello.clientLibVersion),
    clientKeepaliveSecs: hello.clientKeepaliveSecs,
  }
}

/** @internal The facts of an encoded Hello; `authToken` is a copy. */
export function readHelloFacts(bytes: Uint8Array, from: number, to: number): Either<DecodeError, HelloFacts> {
  const facts = usualFacts(bytes, from, to)
  return facts === undefined ? E.map(factsOf)(decodeHello(bytes.subarray(from, to))) : E.right(facts)
}

/** @internal The facts of a Hello as encoders write it, or `undefined` where anything is unusual, be it wrong or only rare. */
export function usualFacts(bytes: Uint8Array, from: number, to: number): HelloFacts | undefined {
  let clientMinProtocol = 0
  let clientMaxProtocol = 0
  let serviceName = ''
  let wantedVersion = ''
  let clientVersionBytes = 0
  let clientCapabilities = 0n
  let authToken = NO_BYTES
  let peerPid = 0
  let clientLibNameBytes = 0
  let clientLibVersionBytes = 0
  let clientKeepaliveSecs = 0n
  let areTexts = true
  let at = from
  while (at < to) {
    const key = bytes[at] as number
    const varint = shortVarint(bytes, at + 1, to)
    const value = valueOf(varint)
    at += 1 + sizeOf(varint)
    if ((key & 7) === DELIMITED) at += value
    if (varint === NOT_SHORT || at > to) return undefined
    switch (key) {
      case 0x08: clientMinProtocol = value; break
      case 0x10: clientMaxProtocol = value; break
      case 0x1a: case 0x22: {
        const text = textAt(bytes, at - value, at)
        if (text === undefined) return undefined
        if (key === 0x1a) serviceName = text
        else wantedVersion = text
        break
      }
      case 0x2a: clientVersionBytes = value; areTexts &&= isUtf8(bytes, at - value, at); break
      case 0x30: clientCapabilities = u64OfU32(value); break
      case 0x3a: authToken = copyBytes(bytes, at - value, at); break
      case 0x42: areTexts &&= isUtf8(bytes, at - value, at); break
      case 0x48: break
      case 0x50: peerPid = value; break
      case 0x5a: clientLibNameBytes = value; areTexts &&= isUtf8(bytes, at - value, at); break
      case 0x62: clientLibVersionBytes = value; areTexts &&= isUtf8(bytes, at - value, at); break
      case 0x6a: case 0x72: break
      case 0x78: clientKeepaliveSecs = u64OfU32(value); break
      default: return undefined
    }
  }
  return areTexts ? {
    clientMinProtocol, clientMaxProtocol, serviceName, wantedVersion, clientVersionBytes, clientCapabilities, authToken,
    peerPid, clientLibNameBytes, clientLibVersionBytes, clientKeepaliveSecs,
  } : undefined
}
