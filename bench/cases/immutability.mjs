/**
 * Immutable steps against the same algorithm with its state written over in place.
 *
 * What a Hello would cost with mutable state is what it costs, less the immutable steps that keep state, plus
 * their mutable twins, all three measured in the same round: so the rest of a Hello, which keeps no state, is
 * the same code on both sides, however it is written. The details show the steps alone.
 */
import assert from 'node:assert'
import { randomBytes } from 'node:crypto'
import { Handoffs, initialState, negotiate, peerIdentity } from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { decodeFrame } from 'hello-negotiation/wire'
import { policyOf, POLICY_INPUT } from '../lib/brokers.mjs'
import { interleaved, medianRatio } from '../lib/measure.mjs'
import { atMost, duration } from '../lib/rows.mjs'
import { median } from '../lib/statistics.mjs'
import { framedHello, PID, WITH_TOKEN } from '../hellos.mjs'
import { createMutableTwin } from '../peers/mutableTwin.mjs'

const policy = policyOf(POLICY_INPUT)
const peer = peerIdentity(PID, '1000')
const SERVICE_NAME = 'zccache'
const TOKEN_BYTES = 16

/** Draws for more tokens than are pending at once, so that none ever collides. */
const DRAWN = randomBytes(2 ** 20)

export async function run(effort) {
  const hello = await compared(effort, hellos(), admissions())
  const handoff = await compared(effort, handoffs(), admissionsWithGrants())
  return {
    rows: [
      { id: 'immutable', what: 'immutable steps of a Hello, against the same algorithm with mutable state', ...hello.whole },
      { id: 'immutable-token', what: 'the same with a token, acknowledged afterwards', ...handoff.whole },
    ].map((row) => ({ ...row, target: atMost(1.25) })),
    details: [
      { what: 'the step of the limiter alone, against its mutable twin', ...hello.steps },
      { what: 'the steps of limiter, token and ACK alone, against their mutable twins', ...handoff.steps },
    ],
  }
}

async function compared(effort, whole, { immutable, mutable }) {
  for (let i = 0; i < 1_000; i += 1) assert.deepEqual(immutable(), mutable())
  const times = await interleaved({ whole, immutable, mutable }, effort)
  const twin = times.whole.map((ns, round) => ns - times.immutable[round] + times.mutable[round])
  return { whole: against(times.whole, twin), steps: against(times.immutable, times.mutable) }
}

function against(ours, theirs) {
  return { reached: medianRatio(ours, theirs), note: `${duration(median(ours))} against ${duration(median(theirs))}` }
}

/** A whole Hello, from its frame to the outcome. */
function hellos() {
  const request = { frame: frameOf(framedHello()), peer }
  const nextAmbient = ambients()
  let state = initialState(policy)
  return () => {
    const { state: next, value } = negotiate(policy, state, request, nextAmbient())
    state = next
    return value
  }
}

/** A whole Hello that gets a token, and the ACK. */
function handoffs() {
  const request = { frame: frameOf(framedHello(WITH_TOKEN)), peer }
  const nextAmbient = ambients()
  let state = initialState(policy)
  return () => {
    const ambient = nextAmbient()
    const negotiated = negotiate(policy, state, request, ambient)
    const acknowledged = Handoffs.acknowledge(negotiated.state, negotiated.value.handoff.token, ambient.nowMs)
    state = acknowledged.state
    return acknowledged.value
  }
}

function admissions() {
  const twin = createMutableTwin(policy)
  const [ourNext, theirNext] = [ambients(), ambients()]
  const admit = immutableAdmission()
  return { immutable: () => admit(ourNext().nowMs), mutable: () => twin.admit(PID, theirNext().nowMs) }
}

function admissionsWithGrants() {
  const twin = createMutableTwin(policy)
  const [ourNext, theirNext] = [ambients(), ambients()]
  const admit = immutableAdmission()
  let tokens = TokenStore.tokenStore(policy.tokenStore)
  let acks = AckRegistry.ackRegistry(policy.ackDeadlineMs)
  return {
    immutable: () => {
      const { nowMs, draws } = ourNext()
      admit(nowMs)
      const issued = TokenStore.issue(tokens, nowMs, draws)
      const { token } = issued.value.right
      const handoff = { serviceName: SERVICE_NAME, backendPid: 0, connectionId: 1n }
      const registered = AckRegistry.register(acks, token, handoff, nowMs)
      const acknowledged = AckRegistry.acknowledge(registered, token, nowMs)
      acks = acknowledged.state
      tokens = TokenStore.revoke(issued.state, token).state
      return acknowledged.value
    },
    mutable: () => {
      const ambient = theirNext()
      twin.admit(PID, ambient.nowMs)
      return twin.acknowledge(twin.grant(SERVICE_NAME, 1n, ambient).token, ambient.nowMs)
    },
  }
}

function immutableAdmission() {
  let limiter = RateLimiter.rateLimiter(policy.rateLimit)
  return (nowMs) => {
    const { state, value } = RateLimiter.admit(limiter, peer, nowMs)
    limiter = state
    return value._tag === 'Left' ? value.left : undefined
  }
}

/** Readings two microseconds apart, so that windows open and close as they do in a busy broker; fresh draws each. */
function ambients() {
  let nowMs = 0
  let offset = 0
  return () => {
    nowMs += 2 ** -9
    offset = (offset + TOKEN_BYTES) % DRAWN.length
    return { nowMs, draws: TokenStore.draws(DRAWN, offset) }
  }
}

function frameOf(framed) {
  const decoded = decodeFrame(framed.subarray(5))
  if (decoded._tag === 'Left') throw new Error('the frame is sound')
  return decoded.right
}
