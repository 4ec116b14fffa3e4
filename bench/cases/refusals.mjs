/**
 * Every refusal that bytes alone can earn, each against the obvious peer's. The row shows the one where
 * ours gains least; the others stand in the details.
 */
import { checkEqualReplies, ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { interleaved, medianRatio } from '../lib/measure.mjs'
import { atLeast, duration } from '../lib/rows.mjs'
import { median } from '../lib/statistics.mjs'
import { framedHello, framedPayload, PID } from '../hellos.mjs'
import { createObviousBroker } from '../peers/obvious.mjs'

const HALF = '0f'.repeat(16)
const OTHER_HALF = 'f0'.repeat(16)
const SESSIONS = { brokerHalf: HALF, daemonHalves: { zccache: HALF } }
const whole = framedHello()

/** Each refusal by its tag: the bytes that earn it, and the policy where it is not the usual one. */
const REFUSALS = {
  UnsupportedFraming: { bytes: Buffer.concat([Buffer.of(0x16), whole.subarray(1)]) },
  BodyTooLarge: { bytes: Buffer.of(1, 1, 0, 1, 0) },
  UnexpectedEnd: { bytes: whole.subarray(0, -1) },
  // The last field's length goes beyond the end.
  MalformedFrame: { bytes: framed(Buffer.concat([whole.subarray(5, -13), Buffer.of(0x7f)])) },
  UnsupportedEnvelopeVersion: { bytes: framedHello({}, { envelopeVersion: 2 }) },
  UnexpectedFrameKind: { bytes: framedHello({}, { kind: 1 }) },
  UnexpectedPayloadProtocol: { bytes: framedHello({}, { payloadProtocol: 0xad01 }) },
  CompressedPayload: { bytes: framedHello({}, { payloadEncoding: 1 }) },
  MalformedHello: { bytes: framedPayload(Uint8Array.of(0x08, 0x01, 0x10, 0x01, 0x1a, 0x7f)) },
  ProtocolRangeExcludesV1: { bytes: framedHello({ clientMinProtocol: 2, clientMaxProtocol: 2 }) },
  InvalidServiceName: { bytes: framedHello({ serviceName: 'ZCCache' }) },
  InvalidWantedVersion: { bytes: framedHello({ wantedVersion: 'latest' }) },
  ClientVersionTooLong: { bytes: framedHello({ clientVersion: 'é'.repeat(65) }) },
  ClientLibTooLong: { bytes: framedHello({ clientLibName: 'x'.repeat(65) }) },
  PeerPidMismatch: { bytes: framedHello({ peerPid: PID + 1 }) },
  RateLimited: { bytes: whole, policy: { rateLimit: { maxPerWindow: 1, windowMs: 1e9 } } },
  UnknownService: { bytes: framedHello({ serviceName: 'no-such-service' }) },
  BelowMinVersion: { bytes: framedHello({ wantedVersion: '1.9.99' }) },
  OutsideAllowList: { bytes: framedHello({ wantedVersion: '1.11.21' }) },
  MalformedSessionToken: { bytes: whole, policy: { sessions: SESSIONS } },
  BrokerRestarted: { bytes: withSession(OTHER_HALF + HALF), policy: { sessions: SESSIONS } },
  DaemonNotRegistered: { bytes: withSession(HALF + HALF), policy: { sessions: { ...SESSIONS, daemonHalves: {} } } },
  DaemonRestarted: { bytes: withSession(HALF + OTHER_HALF), policy: { sessions: SESSIONS } },
}

export async function run(effort) {
  const details = []
  for (const [tag, { bytes, policy }] of Object.entries(REFUSALS)) {
    const input = { ...POLICY_INPUT, ...policy }
    // Twice: a limit of one Hello refuses the second.
    checkEqualReplies(input, [{ bytes, pid: PID }, { bytes, pid: PID }], createObviousBroker)
    details.push(await detail(tag, bytes, input, { ...effort, sideMs: effort.sideMs / 4, warmUpMs: effort.warmUpMs / 8 }))
  }
  const worst = details.reduce((least, detail) => (detail.reached < least.reached ? detail : least))
  return {
    rows: [{
      id: 'refusals',
      what: `each of ${details.length} refusals, against its own peer; the least gain is that of \`${worst.what}\``,
      target: atLeast(4),
      reached: worst.reached,
      note: worst.note,
    }],
    details,
  }
}

async function detail(tag, bytes, input, effort) {
  const ours = ourBroker(input)
  const theirs = createObviousBroker(input)
  const peer = ours.peerOf(PID)
  if (tag === 'RateLimited') {
    ours.exchange(bytes, peer)
    theirs.exchange(bytes, PID)
  }
  const { error } = ours.exchange(bytes, peer).outcome
  if (error?._tag !== tag) throw new Error(`${tag} was to be measured, but the answer is ${error?._tag}`)
  const times = await interleaved({
    ours: () => ours.exchange(bytes, peer),
    obvious: () => theirs.exchange(bytes, PID),
  }, effort)
  return {
    what: tag,
    reached: medianRatio(times.obvious, times.ours),
    note: `${duration(median(times.ours))} against ${duration(median(times.obvious))}`,
  }
}

function withSession(hex) {
  return framedHello({ authToken: Buffer.from(hex, 'hex') })
}

function framed(body) {
  const header = Buffer.alloc(5, 1)
  header.writeUInt32LE(body.length, 1)
  return Buffer.concat([header, body])
}
