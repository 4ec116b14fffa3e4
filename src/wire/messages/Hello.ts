// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { type Cursor, cursor, finish, readBytes, readKey, readString, readUint32, readUint64, skipUnknown } from '../Cursor.js'
import type { DecodeError } from '../DecodeError.js'
import { putBytes, putString, putUint32, putUint64, sizeOfBytes, sizeOfString, sizeOfUint32, sizeOfUint64 } from '../Encoding.js'

/**
 * A client's opening request: who it is, which service it wants, and what it can do.
 *
 * @category model
 * @since 0.1.0
 */
export interface Hello {
  /** The lowest protocol version the client speaks. */
  readonly clientMinProtocol: number
  /** The highest protocol version the client speaks. */
  readonly clientMaxProtocol: number
  /** The service it wants: 1 to 64 of a-z, 0-9 and '-'. */
  readonly serviceName: string
  /** The version of the service it wants: three numbers and perhaps a tail, at most 64 bytes. */
  readonly wantedVersion: string
  /** The client program's own version, for logs; at most 128 bytes. */
  readonly clientVersion: string
  /** What the client can do, one bit a capability; bit 0 is handle passing. */
  readonly clientCapabilities: bigint
  /** A session token, where the broker asks for one: 32 bytes. */
  readonly authToken: Uint8Array
  /** The client's own name for this request, for logs. */
  readonly requestId: string
  /** Ignored by the broker, which numbers connections itself. */
  readonly connectionId: bigint
  /** The process id the client claims; checked against the kernel's word where there is one. */
  readonly peerPid: number
  /** The library the client was built with; at most 64 bytes. */
  readonly clientLibName: string
  /** That library's version; at most 64 bytes. */
  readonly clientLibVersion: string
  /** Reserved for attestation; ignored. */
  readonly peerAttestationNonce: Uint8Array
  /** Reserved for capability grants; ignored. */
  readonly capabilityToken: Uint8Array
  /** How often the client would like to send keepalives, in seconds; 0 leaves it to the broker. */
  readonly clientKeepaliveSecs: bigint
}

/**
 * A Hello with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_HELLO: Hello = Object.freeze({
  clientMinProtocol: 0,
  clientMaxProtocol: 0,
  serviceName: '',
  wantedVersion: '',
  clientVersion: '',
  clientCapabilities: 0n,
  authToken: NO_BYTES,
  requestId: '',
  connectionId: 0n,
  peerPid: 0,
  clientLibName: '',
  clientLibVersion: '',
  peerAttestationNonce: NO_BYTES,
  capabilityToken: NO_BYTES,
  clientKeepaliveSecs: 0n,
})

/**
 * A Hello with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function hello(fields: Partial<Hello>): Hello {
  return { ...EMPTY_HELLO, ...fields }
}

/**
 * Decodes a Hello; nothing in it shares memory with `bytes` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decodeHello(bytes: Uint8Array): Either<DecodeError, Hello> {
  const c = cursor(bytes)
  return finish(c, 'Hello', readHello(c, c.end, 0, EMPTY_HELLO))
}

/**
 * Encodes a Hello canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeHello(message: Hello): Uint8Array {
  const out = new Uint8Array(sizeOfHello(message))
  putHello(out, 0, message)
  return out
}

/** @internal Reads fields up to `end` over `base`. */
export function readHello(c: Cursor, end: number, depth: number, base: Hello): Hello {
  let clientMinProtocol = base.clientMinProtocol
  let clientMaxProtocol = base.clientMaxProtocol
  let serviceName = base.serviceName
  let wantedVersion = base.wantedVersion
  let clientVersion = base.clientVersion
  let clientCapabilities = base.clientCapabilities
  let authToken = base.authToken
  let requestId = base.requestId
  let connectionId = base.connectionId
  let peerPid = base.peerPid
  let clientLibName = base.clientLibName
  let clientLibVersion = base.clientLibVersion
  let peerAttestationNonce = base.peerAttestationNonce
  let capabilityToken = base.capabilityToken
  let clientKeepaliveSecs = base.clientKeepaliveSecs
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
      case 0x08: clientMinProtocol = readUint32(c); break
      case 0x10: clientMaxProtocol = readUint32(c); break
      case 0x1a: serviceName = readString(c); break
      case 0x22: wantedVersion = readString(c); break
      case 0x2a: clientVersion = readString(c); break
      case 0x30: clientCapabilities = readUint64(c); break
      case 0x3a: authToken = readBytes(c); break
      case 0x42: requestId = readString(c); break
      case 0x48: connectionId = readUint64(c); break
      case 0x50: peerPid = readUint32(c); break
      case 0x5a: clientLibName = readString(c); break
      case 0x62: clientLibVersion = readString(c); break
      case 0x6a: peerAttestationNonce = readBytes(c); break
      case 0x72: capabilityToken = readBytes(c); break
      case 0x78: clientKeepaliveSecs = readUint64(c); break
      default: skipUnknown(c, start, key, 'Hello', 0xfffe, depth)
    }
  }
  return {
    clientMinProtocol,
    clientMaxProtocol,
    serviceName,
    wantedVersion,
    clientVersion,
    clientCapabilities,
    authToken,
    requestId,
    connectionId,
    peerPid,
    clientLibName,
    clientLibVersion,
    peerAttestationNonce,
    capabilityToken,
    clientKeepaliveSecs,
  }
}

/** @internal */
export function sizeOfHello(message: Hello): number {
  return sizeOfUint32(message.clientMinProtocol)
    + sizeOfUint32(message.clientMaxProtocol)
    + sizeOfString(message.serviceName)
    + sizeOfString(message.wantedVersion)
    + sizeOfString(message.clientVersion)
    + sizeOfUint64(message.clientCapabilities)
    + sizeOfBytes(message.authToken)
    + sizeOfString(message.requestId)
    + sizeOfUint64(message.connectionId)
    + sizeOfUint32(message.peerPid)
    + sizeOfString(message.clientLibName)
    + sizeOfString(message.clientLibVersion)
    + sizeOfBytes(message.peerAttestationNonce)
    + sizeOfBytes(message.capabilityToken)
    + sizeOfUint64(message.clientKeepaliveSecs)
}

/** @internal */
export function putHello(out: Uint8Array, at: number, message: Hello): number {
  let end = at
  end = putUint32(out, end, 0x08, message.clientMinProtocol)
  end = putUint32(out, end, 0x10, message.clientMaxProtocol)
  end = putString(out, end, 0x1a, message.serviceName)
  end = putString(out, end, 0x22, message.wantedVersion)
  end = putString(out, end, 0x2a, message.clientVersion)
  end = putUint64(out, end, 0x30, message.clientCapabilities)
  end = putBytes(out, end, 0x3a, message.authToken)
  end = putString(out, end, 0x42, message.requestId)
  end = putUint64(out, end, 0x48, message.connectionId)
  end = putUint32(out, end, 0x50, message.peerPid)
  end = putString(out, end, 0x5a, message.clientLibName)
  end = putString(out, end, 0x62, message.clientLibVersion)
  end = putBytes(out, end, 0x6a, message.peerAttestationNonce)
  end = putBytes(out, end, 0x72, message.capabilityToken)
  end = putUint64(out, end, 0x78, message.clientKeepaliveSecs)
  return end
}
