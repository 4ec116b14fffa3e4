/**
 * A broker that is not ours: what somebody would write in an afternoon from the messages and the prose, with
 * protobufjs and nothing of this library. It reads the schema, checks what the prose says, and trusts its packages
 * for the rest.
 *
 * Usage: node foreignBroker.mjs POLICY SOCKET
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

const [policyFile, path] = process.argv.slice(2)
const { services } = JSON.parse(readFileSync(policyFile, 'utf8'))
const schema = protobuf.loadSync(fileURLToPath(new URL('../../proto/broker_v1.proto', import.meta.url)))
const typeOf = (name) => schema.lookupType(`running_process.broker.v1.${name}`)
const [Frame, Hello, HelloReply] = ['Frame', 'Hello', 'HelloReply'].map(typeOf)

const CAP = 65_536
let connections = 0n

function refusal(code, reason, retryAfterMs = 0) {
  return { refused: { reason, daemonMinProtocol: 1, daemonMaxProtocol: 1, code, retryAfterMs } }
}

function framed(result, request) {
  const frame = { envelopeVersion: 1, kind: 1, payload: HelloReply.encode(HelloReply.fromObject(result)).finish() }
  // Zeros and empty texts are left out by hand, because this encoder would write them.
  for (const field of ['requestId', 'traceparent', 'tracestate']) {
    const value = request?.[field]
    if (value !== undefined && !['', '0'].includes(String(value))) frame[field] = value
  }
  const body = Frame.encode(Frame.fromObject(frame)).finish()
  const header = Buffer.from([1, 0, 0, 0, 0])
  header.writeUInt32LE(body.length, 1)
  return Buffer.concat([header, body])
}

function decoded(type, bytes) {
  try {
    return type.decode(bytes)
  } catch {
    return undefined
  }
}

function below(wanted, floor) {
  const [a, b] = [wanted, floor].map((version) => version.split('-')[0].split('.').map(Number))
  const at = a.findIndex((part, i) => part !== b[i])
  return at >= 0 && a[at] < b[at]
}

function negotiate(frame) {
  if (frame.envelopeVersion !== 1) return refusal(1, 'frame envelope_version is not v1')
  if (frame.kind !== 0) return refusal(6, 'Hello frame kind must be REQUEST')
  if (frame.payloadProtocol !== 0) return refusal(6, 'Hello frame payload_protocol must be control-plane')
  if (frame.payloadEncoding !== 0) return refusal(6, 'Hello payload must not be compressed')
  const hello = decoded(Hello, frame.payload)
  if (hello === undefined) return refusal(6, 'malformed Hello payload')
  const { serviceName, wantedVersion, clientVersion, clientLibName, clientLibVersion } = hello
  if (hello.clientMinProtocol > 1 || hello.clientMaxProtocol < 1) return refusal(1, 'client protocol range does not include v1')
  if (!/^[a-z0-9-]{1,64}$/.test(serviceName)) return refusal(6, 'invalid service_name')
  if (wantedVersion.length > 64 || !/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/.test(wantedVersion)) return refusal(6, 'invalid wanted_version')
  if (Buffer.byteLength(clientVersion) > 128) return refusal(6, 'client_version exceeds 128 bytes')
  if ([clientLibName, clientLibVersion].some((text) => Buffer.byteLength(text) > 64)) return refusal(6, 'client_lib fields exceed 64 bytes')
  const service = services.find((one) => one.serviceName === serviceName)
  if (service === undefined) return refusal(2, 'service is not registered')
  const { minVersion, versionAllowList = [] } = service
  if (minVersion && below(wantedVersion, minVersion)) return refusal(8, 'wanted_version is below min_version', 30_000)
  if (versionAllowList.length > 0 && !versionAllowList.includes(wantedVersion)) {
    return refusal(8, 'wanted_version is not in version_allow_list', 30_000)
  }
  return { negotiated: agreement(service, hello) }
}

function agreement(service, hello) {
  connections += 1n
  const wantsToken = (Number(hello.clientCapabilities.low) & 1) === 1
  const capabilities = BigInt(service.serverCapabilities ?? 0) | (wantsToken ? 1n : 0n)
  return {
    negotiatedProtocol: 1,
    daemonVersion: service.daemonVersion,
    backendPipe: service.backendPipe,
    ...(capabilities === 0n ? {} : { serverCapabilities: String(capabilities) }),
    keepaliveIntervalSecs: hello.clientKeepaliveSecs.isZero() ? 1800 : hello.clientKeepaliveSecs,
    ...(wantsToken ? { handlePassedToken: randomBytes(16) } : {}),
    connectionId: String(connections),
  }
}

/** The answer to what has come so far, if it is time for one. */
function answer(bytes, isEnd) {
  if (bytes.length > 0 && bytes[0] !== 1) return framed(refusal(1, 'unsupported framing version'))
  const length = bytes.length >= 5 ? bytes.readUInt32LE(1) : undefined
  if (length > CAP) return framed(refusal(6, 'initial Hello frame exceeds 64 KiB'))
  if (length === undefined || bytes.length < 5 + length) return isEnd ? framed(refusal(6, 'incomplete Hello frame')) : undefined
  const frame = decoded(Frame, bytes.subarray(5, 5 + length))
  return frame === undefined ? framed(refusal(6, 'malformed broker Frame')) : framed(negotiate(frame), frame)
}

createServer({ allowHalfOpen: true }, (socket) => {
  let bytes = Buffer.alloc(0)
  let isAnswered = false
  const proceed = (isEnd) => {
    const reply = isAnswered ? undefined : answer(bytes, isEnd)
    if (reply === undefined) return
    isAnswered = true
    socket.end(reply)
  }
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    proceed(false)
  })
  socket.on('end', () => proceed(true))
}).listen(path, () => console.log('listening'))
