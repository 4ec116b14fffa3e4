/**
 * What a visitor says first: a client's own request, unless the visit's faults make it say something else.
 *
 * **Laws**
 *  1. A visit without faults says a Hello that every policy of a simulation would agree to.
 */
import { absurd } from '../../data/absurd.js'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import { type ClientHello, clientHello } from '../../client/ClientHello.js'
import { encodeFramed } from '../../wire/Framing.js'
import { decodeFrame, encodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { decodeHello, encodeHello, type Hello } from '../../wire/messages/Hello.js'
import * as Prng from '../virtual/Prng.js'
import type { Malformation, VisitFault, WrongWant } from './SimulationFault.js'
import { SERVICES, sessionToken } from './SimulationPolicy.js'
import type { Visit } from './SimulationScenario.js'

/** @internal What the client expects an answer to, and the bytes that it sends. */
export interface VisitHello {
  readonly hello: ClientHello
  readonly bytes: Uint8Array
}

const BEHIND = Uint8Array.of(0x01, 0x02, 0x00, 0x00, 0x00, 0x08, 0x01, 0xff)

/** @internal The first word of a visit. */
export function visitHello(visit: Visit, dice: Prng.Prng): VisitHello {
  const { claimsPid, faults, keepaliveSecs, offersHandoff, pid, requestId, traceparent } = visit
  const hello = clientHello({
    serviceName: SERVICES[visit.service] ?? SERVICES[0],
    wantedVersion: visit.version,
    peerPid: claimsPid ? pid : 0,
    capabilities: offersHandoff ? CAP_HANDLE_PASSING : 0n,
    authToken: sessionToken(),
    frameRequestId: requestId,
    keepaliveSecs,
    traceparent,
  })
  if (hello._tag === 'Left') throw new Error('a visit asks for what a client may ask for')
  return { hello: hello.right, bytes: faults.reduce((bytes, fault) => spoilt(bytes, fault, pid, dice), hello.right.bytes) }
}

/** What is left of a Hello's bytes under a fault; of one that is spoilt already, as they are. */
function spoilt(bytes: Uint8Array, fault: VisitFault, pid: number, dice: Prng.Prng): Uint8Array {
  switch (fault._tag) {
    case 'LiesAboutPid':
      return withHello(bytes, { peerPid: pid + 1 })
    case 'Malformed':
      return malformed(bytes, fault.how)
    case 'Mute':
      return bytes.subarray(0, 0)
    case 'Noise':
      return Prng.bytes(dice, 1 + Prng.below(dice, 40).value).value
    case 'SaysMore':
      return Uint8Array.of(...bytes, ...BEHIND)
    case 'WantsWrongly':
      return withHello(bytes, wrongly(fault.what))
    default:
      return bytes
  }
}

function malformed(bytes: Uint8Array, how: Malformation): Uint8Array {
  switch (how) {
    case 'ClientLibTooLong':
      return withHello(bytes, { clientLibName: 'é'.repeat(33) })
    case 'ClientVersionTooLong':
      return withHello(bytes, { clientVersion: 'é'.repeat(65) })
    case 'CompressedPayload':
      return withFrame(bytes, { payloadEncoding: 1 })
    case 'EnvelopeVersion':
      return withFrame(bytes, { envelopeVersion: 2 })
    case 'FrameKind':
      return withFrame(bytes, { kind: -1 })
    case 'FramingByte':
      return Uint8Array.of(0x16, ...bytes.subarray(1))
    case 'NoFrame':
      return Uint8Array.of(0x01, 0x02, 0x00, 0x00, 0x00, 0x08, 0xff)
    case 'NoHello':
      return withFrame(bytes, { payload: Uint8Array.of(0x1a, 0x7f) })
    case 'PayloadProtocol':
      return withFrame(bytes, { payloadProtocol: 0xad01 })
    case 'ProtocolRange':
      return withHello(bytes, { clientMinProtocol: 2, clientMaxProtocol: 2 })
    case 'ServiceName':
      return withHello(bytes, { serviceName: 'ZCCACHE' })
    case 'TooLarge':
      return Uint8Array.of(0x01, 0x01, 0x00, 0x01, 0x00, ...bytes.subarray(5))
    case 'WantedVersion':
      return withHello(bytes, { wantedVersion: 'latest' })
    default:
      return absurd(how)
  }
}

function wrongly(what: WrongWant): Partial<Hello> {
  switch (what) {
    case 'AnotherBrokersToken':
      return { authToken: sessionToken('broker') }
    case 'AnotherDaemonsToken':
      return { authToken: sessionToken('daemon') }
    case 'NoDaemonsToken':
      return { serviceName: SERVICES[2] }
    case 'NoToken':
      return { authToken: new Uint8Array(0) }
    case 'UnknownService':
      return { serviceName: 'constructor' }
    case 'VersionBelowFloor':
      return { serviceName: SERVICES[1], wantedVersion: '1.9.99999999999999999999' }
    case 'VersionOffList':
      return { serviceName: SERVICES[1], wantedVersion: '1.11.21' }
    default:
      return absurd(what)
  }
}

function withHello(bytes: Uint8Array, fields: Partial<Hello>): Uint8Array {
  const frame = decodeFrame(bytes.subarray(5))
  const hello = frame._tag === 'Right' ? decodeHello(frame.right.payload) : frame
  return hello._tag === 'Left' ? bytes : withFrame(bytes, { payload: encodeHello({ ...hello.right, ...fields }) })
}

function withFrame(bytes: Uint8Array, fields: Partial<Frame>): Uint8Array {
  const frame = decodeFrame(bytes.subarray(5))
  const framed = frame._tag === 'Right' ? encodeFramed(encodeFrame({ ...frame.right, ...fields })) : frame
  return framed._tag === 'Left' ? bytes : framed.right
}
