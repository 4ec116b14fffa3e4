/**
 * What a broker looks at in a Hello, read from its bytes without making what it does not: of most texts
 * only the length counts, so they are checked to be UTF-8 and never made into strings.
 *
 * **Laws**
 *  1. `readHelloFacts(bytes)` equals `decodeHello(bytes)` followed by `factsOf`: the same bytes are a
 *     Hello, the same fault at the same offset where they are not. The tests hold that plain version beside it.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { NO_BYTES } from '../data/Bytes.js'
import { utf8ByteLength } from '../data/Utf8.js'
import {
  checkString, cursor, finish, passDelimited, readBytes, readKey, readString, readUint32, readUint64, skipUnknown,
} from './Cursor.js'
import type { DecodeError } from './DecodeError.js'
import type { Hello } from './messages/Hello.js'

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
  const c = cursor(bytes, from, to)
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
  while (c.position < c.end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x08: clientMinProtocol = readUint32(c); break
      case 0x10: clientMaxProtocol = readUint32(c); break
      case 0x1a: serviceName = readString(c); break
      case 0x22: wantedVersion = readString(c); break
      case 0x2a: clientVersionBytes = checkString(c); break
      case 0x30: clientCapabilities = readUint64(c); break
      case 0x3a: authToken = readBytes(c); break
      case 0x42: checkString(c); break
      case 0x48: readUint32(c); break
      case 0x50: peerPid = readUint32(c); break
      case 0x5a: clientLibNameBytes = checkString(c); break
      case 0x62: clientLibVersionBytes = checkString(c); break
      case 0x6a: case 0x72: passDelimited(c); break
      case 0x78: clientKeepaliveSecs = readUint64(c); break
      default: skipUnknown(c, start, key, 'Hello', 0xfffe, 0)
    }
  }
  return finish(c, 'Hello', {
    clientMinProtocol, clientMaxProtocol, serviceName, wantedVersion, clientVersionBytes, clientCapabilities, authToken,
    peerPid, clientLibNameBytes, clientLibVersionBytes, clientKeepaliveSecs,
  })
}
