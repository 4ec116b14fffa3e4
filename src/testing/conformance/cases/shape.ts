/**
 * The checks of a Hello's shape, each alone and in their order (SPEC H1–H8).
 */
import { MAX_U32, MAX_U64 } from '../../../data/U64.js'
import { utf8ByteLength } from '../../../data/Utf8.js'
import { CLIENT_LIB_MAX_BYTES, CLIENT_VERSION_MAX_BYTES, WANTED_VERSION_MAX_BYTES } from '../../../step/HelloShape.js'
import type { Hello } from '../../../wire/messages/Hello.js'
import { type ConformanceCase, head, playedCase, type Probe, probedCase } from '../ConformanceCase.js'
import { saying } from '../Script.js'
import { request, type Subject } from '../Subject.js'
import { combinations } from './combinations.js'
import { pidPlay } from './pid.js'

/** @internal */
export function shapeCases(subject: Subject): ReadonlyArray<ConformanceCase> {
  const says = (what: string, fields: Partial<Hello>): Probe => ({ what, script: saying(request(subject.base, fields)) })
  const isTokenFree = subject.policy.sessions === undefined
  const saysText = (field: TextField) => (text: string): Probe => says(`${WIRE_NAMES[field]} ${shown(text)}`, { [field]: text })
  return [
    probedCase(subject, head('protocol-range', 'H1', 'the protocol range must include 1'),
      RANGES.map(([clientMinProtocol, clientMaxProtocol]) =>
        says(`protocols ${clientMinProtocol} to ${clientMaxProtocol}`, { clientMinProtocol, clientMaxProtocol }))),
    probedCase(subject, head('service-name', 'H2', 'a service name is 1 to 64 of a-z, 0-9 and -; nothing is made of others'),
      NAMES.map(saysText('serviceName'))),
    probedCase(subject, head('wanted-version', 'H3 H7', 'a version has three numbers, perhaps a tail, and at most 64 bytes'),
      // Of a service that is not there, so that none of them is a matter of policy.
      VERSIONS.map((wantedVersion) => says(`wanted_version ${shown(wantedVersion)}`, { serviceName: subject.nobody, wantedVersion }))),
    probedCase(subject, head('client-version', 'H4', 'client_version has at most 128 bytes, counted in UTF-8'),
      textsAround(CLIENT_VERSION_MAX_BYTES).map(saysText('clientVersion'))),
    probedCase(subject, head('client-lib', 'H5', 'client_lib_name and client_lib_version have at most 64 bytes each'), [
      ...textsAround(CLIENT_LIB_MAX_BYTES).map(saysText('clientLibName')),
      ...textsAround(CLIENT_LIB_MAX_BYTES).map(saysText('clientLibVersion')),
    ]),
    playedCase(head('peer-pid', 'H6', 'a claimed pid must be the one that the kernel tells'), pidPlay(subject)),
    probedCase(subject, head('shape-order', 'H1 H2 H3 H4 H5', 'the first failing check of the shape decides'),
      combinations(SHAPE_FAULTS).map(({ what, fields }) => says(what, fields))),
    probedCase(subject, head('ignored', 'H8', 'what a Hello need not have said is not looked at'), [
      says('a request_id of 500 characters', { requestId: 'é'.repeat(500) }),
      says('a connection_id', { connectionId: MAX_U64 }),
      says('a nonce of 300 bytes', { peerAttestationNonce: new Uint8Array(300).fill(0xff) }),
      says('a capability token of 300 bytes', { capabilityToken: new Uint8Array(300) }),
      ...(isTokenFree ? [says('an auth_token that nobody asks for', { authToken: new Uint8Array(33).fill(7) })] : []),
    ]),
  ]
}

type TextField = 'clientLibName' | 'clientLibVersion' | 'clientVersion' | 'serviceName'

const WIRE_NAMES: Readonly<Record<TextField, string>> = {
  clientLibName: 'client_lib_name',
  clientLibVersion: 'client_lib_version',
  clientVersion: 'client_version',
  serviceName: 'service_name',
}

const RANGES: ReadonlyArray<readonly [min: number, max: number]> = [
  [0, 0], [0, 1], [1, 0], [1, 1], [0, MAX_U32], [1, MAX_U32], [2, 2], [2, 1], [MAX_U32, MAX_U32], [MAX_U32, 0],
]

const NAMES: ReadonlyArray<string> = [
  '', 'ZCCACHE', 'Zccache', ' zccache', 'zccache ', 'zc_cache', 'zc.cache', 'zc/cache', 'zccache\n', 'zccache\u0000', 'zccaché',
  '\ufeffzccache', 'ｚccache', '__proto__', '..', '-', '---', '0', 'a'.repeat(64), 'a'.repeat(65), '-'.repeat(64),
]

const VERSIONS: ReadonlyArray<string> = [
  '', '1', '1.2', '1.2.', '1.2.3.4', '.1.2', '1..3', 'v1.2.3', '1.2.3 ', ' 1.2.3', '1.2.x', '-1.2.3', '+1.2.3', '1.2.3\n', '１.2.3',
  '٣.2.1', '1.2.3-', '1.2.3-rc', '1.2.3-rc.1', '1.2.3-RC', '1.2.3-a-b', '1.2.3+build', '1.2.3-rc+build', '1.2.3-...', '1.2.3-é',
  '01.002.0003', '0.0.0', versionOf(WANTED_VERSION_MAX_BYTES), versionOf(WANTED_VERSION_MAX_BYTES + 1),
]

/** Its length is in its tail: a number so long would be a matter of DIV-V2 too. */
function versionOf(bytes: number): string {
  return '1.2.3-'.padEnd(bytes, 'a')
}

/** Texts next to a cap in bytes, those among them that have fewer characters than bytes. */
function textsAround(maxBytes: number): ReadonlyArray<string> {
  const [half, quarter] = [maxBytes / 2, maxBytes / 4]
  return [
    'a'.repeat(maxBytes), 'a'.repeat(maxBytes + 1), 'é'.repeat(half), 'é'.repeat(half + 1),
    '😀'.repeat(quarter), `${'😀'.repeat(quarter)}a`,
  ]
}

const SHAPE_FAULTS: ReadonlyArray<readonly [what: string, fields: Partial<Hello>]> = [
  ['range', { clientMinProtocol: 2, clientMaxProtocol: 2 }],
  ['service_name', { serviceName: 'no name' }],
  ['wanted_version', { wantedVersion: 'latest' }],
  ['client_version', { clientVersion: 'v'.repeat(CLIENT_VERSION_MAX_BYTES + 1) }],
  ['client_lib', { clientLibVersion: 'l'.repeat(CLIENT_LIB_MAX_BYTES + 1) }],
]

const SHOWN_MAX_CHARACTERS = 24

function shown(text: string): string {
  if (text.length <= SHOWN_MAX_CHARACTERS) return JSON.stringify(text)
  return `${JSON.stringify([...text].slice(0, 6).join(''))}… of ${utf8ByteLength(text)} bytes`
}
