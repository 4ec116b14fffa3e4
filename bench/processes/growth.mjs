/**
 * A broker with so many active pids, or pending tokens, and a Hello to it, timed.
 */
import { peerIdentity } from 'hello-negotiation'
import { framedHello, WITH_TOKEN } from '../hellos.mjs'
import { ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { answerParent } from '../lib/children.mjs'
import { nanoseconds, warmUp } from '../lib/measure.mjs'
import { scatteredPid } from '../lib/pids.mjs'
import { prng } from '../lib/prng.mjs'

/** Longer than any benchmark, so that whoever is active or pending stays so. */
const FOREVER_MS = 1e9
const CHOICES = 2 ** 16

const OPERATIONS = { pids: activePids, tokens: pendingTokens }
const [kind, size] = [process.argv[2], Number(process.argv[3])]
const operation = OPERATIONS[kind](size)
let isWarm = false

answerParent(async ({ ms }) => {
  if (!isWarm) warmUp(operation, ms)
  isWarm = true
  return nanoseconds(operation, ms)
})

/** A Hello of a pid chosen among all that are active. */
function activePids(size) {
  const broker = ourBroker({ ...POLICY_INPUT, rateLimit: { ...POLICY_INPUT.rateLimit, windowMs: FOREVER_MS } })
  const bytes = framedHello()
  for (let i = 0; i < size; i += 1) broker.exchange(bytes, peerIdentity(scatteredPid(i)))
  const next = choices(size)
  return () => broker.exchange(bytes, peerIdentity(scatteredPid(next())))
}

/** A Hello that gets a token, and an ACK for one chosen among all that are pending, whose place it takes. */
function pendingTokens(size) {
  const tokenStore = { maxPending: size + 1, ttlMs: FOREVER_MS }
  const broker = ourBroker({ ...POLICY_INPUT, tokenStore, ackDeadlineMs: FOREVER_MS })
  const bytes = framedHello(WITH_TOKEN)
  const peer = peerIdentity(0)
  const grant = () => broker.exchange(bytes, peer).outcome.handoff.token
  const pending = Array.from({ length: size }, grant)
  const next = choices(size)
  return () => {
    const i = next()
    const token = grant()
    const acknowledged = broker.acknowledge(pending[i])
    pending[i] = token
    return acknowledged
  }
}

/** Numbers below `size`, made beforehand so that choosing costs next to nothing. */
function choices(size) {
  const random = prng(0x47726f77)
  const chosen = Uint32Array.from({ length: CHOICES }, () => Math.floor(random() * size))
  let i = 0
  return () => chosen[(i = (i + 1) & (CHOICES - 1))]
}
