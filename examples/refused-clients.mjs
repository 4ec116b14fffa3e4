/**
 * A client that gets everything wrong, one thing at a time: sends each spoilt Hello on a connection of
 * its own and prints, a line of JSON each, what it did and what the broker answered.
 *
 *   node examples/refused-clients.mjs SOCKET SOCKET_WITH_SESSIONS
 */
import net from 'node:net'
import { readReply } from 'hello-negotiation'
import { encodeFrame, encodeFramed, encodeHello, frame, FrameKind, Framing, hello, PayloadEncoding } from 'hello-negotiation/wire'

const [socket, sessionSocket] = process.argv.slice(2)

const GOOD_HELLO = { clientMinProtocol: 1, clientMaxProtocol: 1, serviceName: 'zccache', wantedVersion: '1.11.20' }
const framed = (body) => encodeFramed(body).right
const sends = (helloFields, frameFields = {}) =>
  framed(encodeFrame(frame({ envelopeVersion: 1, payload: encodeHello(hello({ ...GOOD_HELLO, ...helloFields })), ...frameFields })))
const session = (bytes) => sends({ authToken: Uint8Array.from(bytes) })
const half = (byte) => new Array(16).fill(byte)

const ATTEMPTS = [
  ['a TLS client, by mistake', Uint8Array.of(0x16, 0x03, 0x01)],
  ['a header that announces 1 MiB', Uint8Array.of(0x01, 0x00, 0x00, 0x10, 0x00)],
  ['half a frame, then goodbye', sends({}).slice(0, 20)],
  ['a frame that is no protobuf', framed(Uint8Array.of(0xff, 0xff))],
  ['envelope version 2', sends({}, { envelopeVersion: 2 })],
  ['a response instead of a request', sends({}, { kind: FrameKind.FRAME_KIND_RESPONSE })],
  ['a Hello on the admin protocol', sends({}, { payloadProtocol: 0xad01 })],
  ['a compressed payload', sends({}, { payloadEncoding: PayloadEncoding.PAYLOAD_ENCODING_ZSTD })],
  ['a payload that is no Hello', sends({}, { payload: Uint8Array.of(0x0a) })],
  ['a client that speaks 2 to 3', sends({ clientMinProtocol: 2, clientMaxProtocol: 3 })],
  ['service ZCCache, in capitals', sends({ serviceName: 'ZCCache' })],
  ['version "latest"', sends({ wantedVersion: 'latest' })],
  ['a client version of 130 bytes', sends({ clientVersion: 'é'.repeat(65) })],
  ['a library name of 65 bytes', sends({ clientLibName: 'x'.repeat(65) })],
  ['somebody else\'s pid', sends({ peerPid: process.pid + 1 })],
  ['a service nobody registered', sends({ serviceName: 'no-such-service' })],
  ['a version below the floor', sends({ wantedVersion: '1.9.99999999999999999999' })],
  ['a version not on the list', sends({ wantedVersion: '1.11.21' })],
  ['no session token', sends({}), sessionSocket],
  ['a session from before the restart', session([...half(9), ...half(2)]), sessionSocket],
  ['a session for a daemon that is gone', sends({ serviceName: 'orphan', authToken: Uint8Array.from([...half(1), ...half(2)]) }), sessionSocket],
  ['a session with a restarted daemon', session([...half(1), ...half(9)]), sessionSocket],
]

for (const [what, bytes, at = socket] of ATTEMPTS) {
  const result = await send(at, bytes)
  const { code, reason, retryAfterMs } = result.refused
  console.log(JSON.stringify({ what, code, reason, retryAfterMs: String(retryAfterMs) }))
}

/** One connection: sends the bytes, closes its side, and reads the one frame that comes back. */
function send(path, bytes) {
  return new Promise((resolve, reject) => {
    let framing = Framing.framing()
    const connection = net.connect(path, () => connection.end(bytes))
    connection.on('error', reject)
    connection.on('data', (chunk) => {
      framing = Framing.push(framing, chunk)
    })
    connection.on('end', () => {
      const event = Framing.next(framing).value
      const reply = event._tag === 'FrameBody' ? readReply(event.body) : { _tag: 'Left', left: event }
      if (reply._tag === 'Right') resolve(reply.right)
      else reject(new Error(`no reply that can be read: ${JSON.stringify(reply.left)}`))
    })
  })
}
