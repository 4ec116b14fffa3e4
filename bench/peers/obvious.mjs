/**
 * The broker that a competent person would write at the first go: protobufjs's generated code, a `Map`
 * for each thing to remember, `crypto` for tokens, and every check of SPEC §3 to §7 in its order.
 *
 * Where something can be left out without changing a timed reply, it is, in this peer's favour: it never
 * forgets a peer, sweeps only when told, compares versions as numbers, and tells nobody what happened.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import Long from 'long'
import { generatedMessages } from './generated.mjs'

const { Frame, FrameKind, Hello, HelloReply, ErrorCode, PayloadEncoding } = generatedMessages()

const HEADER_BYTES = 5
const HELLO_MAX_BYTES = 64 * 1024
const TOKEN_BYTES = 16
const CAP_HANDLE_PASSING = 1
const VERSION_BLOCKED_RETRY_MS = 30_000

/**
 * @param {object} options services and limits in the words of `parsePolicy`
 */
export function createObviousBroker({
  services, rateLimit, tokenStore = {}, ackDeadlineMs = 5_000, sessions,
  nowMs = () => performance.now(), random = randomBytes,
}) {
  const { maxPerWindow = 256, windowMs = 1_000 } = rateLimit ?? {}
  const { maxPending = 1_024, ttlMs = 30_000, collisionAttempts = 16 } = tokenStore
  const backends = new Map(services.map((service) => [service.serviceName, backend(service)]))
  const brokerHalf = sessions && Buffer.from(sessions.brokerHalf, 'hex')
  const halves = Object.entries(sessions?.daemonHalves ?? {})
  const daemonHalves = new Map(halves.map(([name, half]) => [name, Buffer.from(half, 'hex')]))
  const windows = new Map()
  const tokens = new Map()
  const acks = new Map()
  let nextConnectionId = 1

  /** Answers a whole framed request; `token` is there where one was issued. */
  function exchange(bytes, pid) {
    if (bytes.length === 0) return failure(ErrorCode.ERROR_PEER_REJECTED, 'incomplete Hello frame')
    if (bytes[0] !== 1) return failure(ErrorCode.ERROR_VERSION_UNSUPPORTED, 'unsupported framing version')
    if (bytes.length < HEADER_BYTES) return failure(ErrorCode.ERROR_PEER_REJECTED, 'incomplete Hello frame')
    const length = bytes.readUInt32LE(1)
    if (length > HELLO_MAX_BYTES) return failure(ErrorCode.ERROR_PEER_REJECTED, 'initial Hello frame exceeds 64 KiB')
    if (bytes.length < HEADER_BYTES + length) return failure(ErrorCode.ERROR_PEER_REJECTED, 'incomplete Hello frame')
    let frame
    try {
      frame = Frame.decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length))
    } catch {
      return failure(ErrorCode.ERROR_PEER_REJECTED, 'malformed broker Frame')
    }
    return negotiate(frame, pid)
  }

  function negotiate(frame, pid) {
    if (frame.envelopeVersion !== 1) {
      return refuse(frame, ErrorCode.ERROR_VERSION_UNSUPPORTED, 'frame envelope_version is not v1')
    }
    if (frame.kind !== FrameKind.FRAME_KIND_REQUEST) {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'Hello frame kind must be REQUEST')
    }
    if (frame.payloadProtocol !== 0) {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'Hello frame payload_protocol must be control-plane')
    }
    if (frame.payloadEncoding !== PayloadEncoding.PAYLOAD_ENCODING_NONE) {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'Hello payload must not be compressed')
    }
    let hello
    try {
      hello = Hello.decode(frame.payload)
    } catch {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'malformed Hello payload')
    }
    if (hello.clientMinProtocol > 1 || hello.clientMaxProtocol < 1) {
      return refuse(frame, ErrorCode.ERROR_VERSION_UNSUPPORTED, 'client protocol range does not include v1')
    }
    if (!/^[a-z0-9-]{1,64}$/.test(hello.serviceName)) return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'invalid service_name')
    if (hello.wantedVersion.length > 64 || !/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/.test(hello.wantedVersion)) {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'invalid wanted_version')
    }
    if (Buffer.byteLength(hello.clientVersion) > 128) {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'client_version exceeds 128 bytes')
    }
    if (Buffer.byteLength(hello.clientLibName) > 64 || Buffer.byteLength(hello.clientLibVersion) > 64) {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'client_lib fields exceed 64 bytes')
    }
    if (hello.peerPid !== 0 && pid !== 0 && hello.peerPid !== pid) {
      return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, 'peer_pid does not match verified peer')
    }
    const now = nowMs()
    const retryAfterMs = limited(pid, now)
    if (retryAfterMs > 0) return refuse(frame, ErrorCode.ERROR_RATE_LIMITED, 'Hello rate limit exceeded', retryAfterMs)
    const backend = backends.get(hello.serviceName)
    if (backend === undefined) return refuse(frame, ErrorCode.ERROR_SERVICE_UNKNOWN, 'service is not registered')
    if (backend.floor !== undefined && isBelow(parts(hello.wantedVersion), backend.floor)) {
      return refuse(frame, ErrorCode.ERROR_VERSION_BLOCKED, 'wanted_version is below min_version', VERSION_BLOCKED_RETRY_MS)
    }
    if (backend.allowList.size > 0 && !backend.allowList.has(hello.wantedVersion)) {
      const reason = 'wanted_version is not in version_allow_list'
      return refuse(frame, ErrorCode.ERROR_VERSION_BLOCKED, reason, VERSION_BLOCKED_RETRY_MS)
    }
    const sessionFault = brokerHalf === undefined ? undefined : sessionFaultOf(hello)
    if (sessionFault !== undefined) return refuse(frame, ErrorCode.ERROR_PEER_REJECTED, sessionFault)
    return accept(frame, hello, backend, now)
  }

  function accept(frame, hello, backend, now) {
    const connectionId = nextConnectionId
    nextConnectionId += 1
    const token = (hello.clientCapabilities.low & CAP_HANDLE_PASSING) !== 0 ? issue(now) : undefined
    const key = token?.toString('hex')
    if (token !== undefined) {
      const { serviceName } = hello
      acks.set(key, { serviceName, pid: 0, connectionId, issuedMs: now, deadlineMs: now + ackDeadlineMs })
    }
    const negotiated = {
      negotiatedProtocol: 1,
      daemonVersion: backend.daemonVersion,
      backendPipe: backend.backendPipe,
      serverCapabilities: token === undefined ? backend.capabilities : backend.capabilities.or(CAP_HANDLE_PASSING),
      keepaliveIntervalSecs: hello.clientKeepaliveSecs.isZero() ? 1_800 : hello.clientKeepaliveSecs,
      connectionId,
    }
    if (token !== undefined) negotiated.handlePassedToken = token
    return { bytes: encodeReply(frame, { negotiated }), token: key }
  }

  /** Milliseconds to wait, 0 for a Hello that is counted and let through. */
  function limited(pid, now) {
    if (pid === 0) return 0
    const window = windows.get(pid)
    if (window === undefined || now - window.openedMs >= windowMs) {
      windows.set(pid, { openedMs: now, count: 1 })
      return 0
    }
    if (window.count >= maxPerWindow) return Math.max(1, Math.floor(windowMs - Math.max(0, now - window.openedMs)))
    window.count += 1
    return 0
  }

  function issue(now) {
    // Tokens live equally long, so the map holds them in the order of their expiry.
    for (const [key, expiresMs] of tokens) {
      if (now < expiresMs) break
      tokens.delete(key)
    }
    if (tokens.size >= maxPending) return undefined
    for (let attempt = 0; attempt < collisionAttempts; attempt += 1) {
      const token = random(TOKEN_BYTES)
      const key = token.toString('hex')
      if (tokens.has(key)) continue
      tokens.set(key, now + ttlMs)
      return token
    }
    return undefined
  }

  /** Takes a backend's ACK; tells how long it took, `undefined` where nobody waited for it or it came too late. */
  function acknowledge(key) {
    const now = nowMs()
    const entry = acks.get(key)
    if (entry === undefined) return undefined
    acks.delete(key)
    tokens.delete(key)
    return now >= entry.deadlineMs ? undefined : now - entry.issuedMs
  }

  function sessionFaultOf({ authToken, serviceName }) {
    if (authToken.length !== 2 * TOKEN_BYTES) return 'session token malformed: wrong byte length'
    if (!timingSafeEqual(authToken.subarray(0, TOKEN_BYTES), brokerHalf)) {
      return 'session invalidated: broker was restarted or rotated since this token was issued'
    }
    const half = daemonHalves.get(serviceName)
    if (half === undefined) return 'session invalidated: daemon is no longer registered'
    return timingSafeEqual(authToken.subarray(TOKEN_BYTES), half)
      ? undefined
      : 'session invalidated: daemon was restarted since this token was issued'
  }

  return { exchange, acknowledge, pendingCount: () => tokens.size }
}

function backend({ minVersion, versionAllowList = [], daemonVersion, backendPipe, serverCapabilities = 0 }) {
  return {
    floor: minVersion ? parts(minVersion) : undefined,
    allowList: new Set(versionAllowList),
    daemonVersion,
    backendPipe,
    capabilities: Long.fromValue(serverCapabilities, true),
  }
}

function parts(version) {
  return version.split('-', 1)[0].split('.').map(Number)
}

function isBelow(a, b) {
  for (let i = 0; i < 3; i += 1) if (a[i] !== b[i]) return a[i] < b[i]
  return false
}

/** A refusal of bytes that were no frame: there is nothing to echo. */
function failure(code, reason) {
  return refuse(undefined, code, reason)
}

function refuse(request, code, reason, retryAfterMs = 0) {
  const refused = { reason, daemonMinProtocol: 1, daemonMaxProtocol: 1, code, retryAfterMs }
  return { bytes: encodeReply(request, { refused }), token: undefined }
}

function encodeReply(request, reply) {
  const frame = { envelopeVersion: 1, kind: FrameKind.FRAME_KIND_RESPONSE, payload: HelloReply.encode(reply).finish() }
  if (request !== undefined) {
    frame.requestId = request.requestId
    frame.traceparent = request.traceparent
    frame.tracestate = request.tracestate
  }
  const body = Frame.encode(frame).finish()
  const framed = Buffer.allocUnsafe(HEADER_BYTES + body.length)
  framed[0] = 1
  framed.writeUInt32LE(body.length, 1)
  framed.set(body, HEADER_BYTES)
  return framed
}
