/**
 * The laws of a Hello's shape (SPEC §4).
 */
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Hello } from '../../wire/messages/Hello.js'
import { isName, isVersionText, utf8Bytes } from './grammar.js'
import { type AnyLaw, firstBreach, forbid, law } from './Law.js'
import { same, shown } from './shown.js'

/** @internal */
export const SHAPE_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'SHAPE-1',
    group: 'shape',
    sentence: 'Of the checks from the protocol range to the pid the first that fails is told, in the frozen order, and none where none does.',
    rows: ['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7'],
    input: 'DoubtfulHello',
    breach: ({ HelloShape }, { hello, peer }) => {
      const checked = HelloShape.checkShape(hello, peer)
      const actual = checked._tag === 'Left' ? checked.left._tag : undefined
      const [first] = faultsOf(hello, peer)
      return forbid(actual !== first, () => `${actual} was told, and not ${first}, of ${shown(hello)} from pid ${peer.pid}`)
    },
  }),
  law({
    id: 'SHAPE-2',
    group: 'shape',
    sentence: 'Lengths are counted in UTF-8 bytes: a text of exactly the cap passes, and one of a byte more does not.',
    rows: ['H4', 'H5'],
    input: 'HelloWithText',
    breach: ({ HelloShape }, { hello, text }) => firstBreach(CAPS, ([field, maxBytes]) => {
      const { _tag } = HelloShape.checkShape({ ...hello, [field]: text }, { pid: 0, userId: '' })
      return forbid((_tag === 'Right') !== (utf8Bytes(text) <= maxBytes), () =>
        `${field} of ${utf8Bytes(text)} bytes gave a ${_tag}`)
    }),
  }),
  law({
    id: 'SHAPE-3',
    group: 'shape',
    sentence: 'Request id, connection id, nonce and capability token make no difference, nor does the length of the auth token.',
    rows: ['H8'],
    input: 'DoubtfulHello',
    breach: ({ HelloShape }, { hello, peer, other }) => {
      const { requestId, connectionId, peerAttestationNonce, capabilityToken, authToken } = other
      const plain = HelloShape.checkShape(hello, peer)
      const disguised = HelloShape.checkShape({ ...hello, requestId, connectionId, peerAttestationNonce, capabilityToken }, peer)
      const retokened = HelloShape.checkShape({ ...hello, authToken }, peer)
      return forbid(!same(disguised, plain) || retokened._tag !== plain._tag, () =>
        `${shown(plain)} became ${shown(disguised)}, or with another token a ${retokened._tag}`)
    },
  }),
  law({
    id: 'SHAPE-4',
    group: 'shape',
    sentence: 'A Hello that passes comes out as it was said, nothing folded, cut or filled in.',
    rows: ['H2', 'H3', 'N4'],
    input: 'HelloWithText',
    breach: ({ HelloShape }, { hello }) => {
      const checked = HelloShape.checkShape(hello, { pid: 0, userId: '' })
      const { serviceName, wantedVersion, clientCapabilities, clientKeepaliveSecs, authToken } = hello
      const said = { serviceName, wantedVersion, capabilities: clientCapabilities, keepaliveSecs: clientKeepaliveSecs, authToken }
      return forbid(checked._tag === 'Left' || !same(checked.right, said), () => `${shown(said)} became ${shown(checked)}`)
    },
  }),
]

const CAPS = [['clientVersion', 128], ['clientLibName', 64], ['clientLibVersion', 64]] as const

/** What is wrong with a Hello, in the order of SPEC §4. */
function faultsOf(hello: Hello, { pid }: PeerIdentity): ReadonlyArray<string> {
  const checks = [
    ['ProtocolRangeExcludesV1', hello.clientMinProtocol > 1 || hello.clientMaxProtocol < 1],
    ['InvalidServiceName', !isName(hello.serviceName)],
    ['InvalidWantedVersion', utf8Bytes(hello.wantedVersion) > 64 || !isVersionText(hello.wantedVersion)],
    ['ClientVersionTooLong', utf8Bytes(hello.clientVersion) > 128],
    ['ClientLibTooLong', utf8Bytes(hello.clientLibName) > 64 || utf8Bytes(hello.clientLibVersion) > 64],
    ['PeerPidMismatch', hello.peerPid !== 0 && pid !== 0 && hello.peerPid !== pid],
  ] as const
  return checks.filter(([, isWrong]) => isWrong).map(([tag]) => tag)
}
