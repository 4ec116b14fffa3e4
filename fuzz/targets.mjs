/**
 * What is fuzzed: each target takes any bytes, and throws where something that must hold does not.
 */
import { ClientConnection, Connection, createBroker, exchange, initialState, parsePolicy, peerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
import { TokenStore } from 'hello-negotiation/step'
import { CODECS, Framing } from 'hello-negotiation/wire'

const parsed = parsePolicy({
  services: [
    { serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', minVersion: '1.10.0', versionAllowList: ['1.11.20'] },
    { serviceName: 'clud', daemonVersion: '2.0.0', backendPipe: '/run/clud.sock', serverCapabilities: '1' },
  ],
})
if (parsed._tag === 'Left') throw new Error('the policy is sound')
const policy = parsed.right
const PEER = peerIdentity(4242, '1000')
const EXPECTED = { frameRequestId: 7n, minProtocol: 1, maxProtocol: 1, offersHandlePassing: true }
const MESSAGES = Object.keys(CODECS).sort()

/**
 * The first byte picks a message, the rest is decoded: it is a value or an error, and a value that is written is
 * read as it was, and written the same.
 */
function codec(bytes) {
  const { decode, encode } = CODECS[MESSAGES[(bytes[0] ?? 0) % MESSAGES.length]]
  const decoded = decode(bytes.subarray(1))
  if (decoded._tag === 'Left') return must(typeof decoded.left.offset === 'number' && decoded.left.offset <= bytes.length, 'an error has its place')
  const written = encode(decoded.right)
  const again = decode(written)
  must(again._tag === 'Right' && same(encode(again.right), written), 'what is written is read, and written the same')
}

/** The first byte says where the rest is cut: an event of the whole is the event of its two parts, and what is left is left. */
function framing(bytes) {
  const stream = bytes.subarray(1)
  const at = Math.min(bytes[0] ?? 0, stream.length)
  const whole = Framing.next(Framing.pushEnd(Framing.push(Framing.framing(0x1_0000), stream)))
  const parts = Framing.next(Framing.pushEnd([stream.subarray(0, at), stream.subarray(at)].reduce(Framing.push, Framing.framing(0x1_0000))))
  must(text(whole.value) === text(parts.value), 'an event does not depend on how bytes are cut')
  must(same(Framing.remainder(whole.state), Framing.remainder(parts.state)), 'nor does what is left')
}

/** A connection's bytes get a reply that a client can judge, by either way in, and cost the state no more than one entry. */
function whole(bytes) {
  const ambient = { nowMs: 1, draws: TokenStore.draws(new Uint8Array(16).fill(7)) }
  const before = initialState(policy)
  const { state, value } = exchange(policy, before, bytes, PEER, ambient)
  must(TokenStore.pendingCount(state.tokens) <= 1 && state.nextConnectionId - before.nextConnectionId <= 1n, 'one Hello, one entry')
  const session = createBroker({ policy, clock: () => 1, random: (count) => new Uint8Array(count).fill(7) }).accept(PEER)
  const answer = session._tag === 'Right' ? session.right.push(bytes) ?? session.right.pushEnd() : undefined
  must(answer !== undefined && same(answer.bytes, value.bytes), 'both ways in give the same answer')
  const { value: judged } = ClientConnection.next(ClientConnection.push(ClientConnection.clientConnection(EXPECTED, 0), value.bytes))
  must(judged._tag !== 'NeedData', 'a reply is whole')
  const read = Connection.next(Connection.pushEnd(Connection.push(Connection.connection(0), bytes))).value
  must(read._tag === 'Failed' || read._tag === 'HelloFrame', 'a connection that has ended has an event')
  must(exchange(policy, before, bytes, UNVERIFIED_PEER, ambient).value.bytes.length > 0, 'there is no silence for a peer that is admitted')
}

/** A client comes to one outcome of any stream, and says the same again. */
function client(bytes) {
  const opened = ClientConnection.connected(ClientConnection.clientConnection(EXPECTED, 0), 0)
  const { state, value } = ClientConnection.next(ClientConnection.pushEnd(ClientConnection.push(opened, bytes)))
  must(value._tag !== 'NeedData', 'a stream that has ended has an outcome')
  must(text(ClientConnection.next(state).value) === text(value), 'an outcome is told again')
  if (value._tag === 'Broken') must(value.offset >= 0 && value.offset <= bytes.length, 'what is broken has its place')
}

/** The targets by name. */
export const TARGETS = { client, codec, exchange: whole, framing }

function must(holds, what) {
  if (!holds) throw new Error(`does not hold: ${what}`)
}

function same(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function text(value) {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner instanceof Uint8Array ? [...inner] : inner))
}
