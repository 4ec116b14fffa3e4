/**
 * Our broker and the obvious one with the same policy, and the check that they answer alike.
 */
import { createBroker, describeFault, parsePolicy, peerIdentity } from 'hello-negotiation'
import { SERVICE, UNREACHED_LIMIT } from '../hellos.mjs'

/** What is measured with, unless a case says otherwise. */
export const POLICY_INPUT = { services: [SERVICE], rateLimit: UNREACHED_LIMIT }

/** Both clocks stand still during a check: a retry hint depends on them. */
const FIXED_MS = 0.5

/** A parsed policy; the input's faults are the benchmark's own. */
export function policyOf(input) {
  const parsed = parsePolicy(input)
  if (parsed._tag === 'Left') throw new Error(parsed.left.map(describeFault).join('\n'))
  return parsed.right
}

/**
 * Our broker, everything on; `options` as for `createBroker`. Whoever is at the other end is known before a
 * Hello comes, so its identity is not made anew for each.
 */
export function ourBroker(input, options = {}) {
  const broker = createBroker({ policy: policyOf(input), ...options })
  const peers = new Map()
  const peerOf = (pid) => peers.get(pid) ?? peers.set(pid, peerIdentity(pid, '1000')).get(pid)
  return { ...broker, peerOf }
}

/**
 * Fails unless the two answer every Hello with the same bytes, from the same clock and the same randomness.
 *
 * @param {object} input the policy, as for `parsePolicy`
 * @param {ReadonlyArray<{ readonly bytes: Buffer, readonly pid: number }>} hellos
 * @param {(options: object) => { exchange: Function, acknowledge: Function }} createPeer
 */
export function checkEqualReplies(input, hellos, createPeer) {
  const ours = ourBroker(input, { clock: () => FIXED_MS, random: countingBytes() })
  const theirs = createPeer({ ...input, nowMs: () => FIXED_MS, random: countingBytes() })
  for (const [i, { bytes, pid }] of hellos.entries()) {
    const [our, their] = [ours.exchange(bytes, ours.peerOf(pid)), theirs.exchange(bytes, pid)]
    if (Buffer.compare(our.bytes, their.bytes) !== 0) throw new Error(differ('replies', i, our.bytes, their.bytes))
    const granted = our.outcome._tag === 'Negotiated' && our.outcome.handoff._tag === 'Granted'
    if (granted !== (their.token !== undefined)) throw new Error(`Hello ${i}: only one of the two issued a token`)
    if (!granted) continue
    const acknowledged = ours.acknowledge(our.outcome.handoff.token)._tag === 'Right'
    const theyAcknowledged = theirs.acknowledge(their.token) !== undefined
    if (!acknowledged || !theyAcknowledged) throw new Error(`Hello ${i}: an ACK was refused`)
  }
}

/** Bytes that never repeat within a check, the same however many are asked for at once. */
function countingBytes() {
  let next = 0
  return (byteCount) => Buffer.from(Array.from({ length: byteCount }, () => {
    next += 1
    return (Math.imul(next, 0x9e3779b1) >>> 24) ^ next
  }))
}

function differ(what, i, ours, theirs) {
  const hex = (bytes) => Buffer.from(bytes).toString('hex')
  return `Hello ${i}: the ${what} differ\n  ours   ${hex(ours)}\n  theirs ${hex(theirs)}`
}
