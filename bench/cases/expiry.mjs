/**
 * Expiring k of n tokens and their ACK entries: at n = 100 000 for several k, and at k = 100 for several n.
 */
import assert from 'node:assert'
import { Deadlines, initialState } from 'hello-negotiation'
import { AckRegistry, TokenStore } from 'hello-negotiation/step'
import { policyOf, POLICY_INPUT } from '../lib/brokers.mjs'
import { interleaved, medianRatio } from '../lib/measure.mjs'
import { atMost, duration } from '../lib/rows.mjs'
import { prng } from '../lib/prng.mjs'
import { exponent, median } from '../lib/statistics.mjs'

const LIFE_MS = 1e9
const MOST = 100_000
const FEW = 100
const SIZES = [100, 1_000, 10_000, MOST]
const TOKEN_BYTES = 16
/** Expiring everything takes long: fewer rounds are enough for what is itself a hundred thousand operations. */
const ROUNDS = { quick: 3, full: 9 }

export async function run(given) {
  const effort = { ...given, rounds: given.isQuick ? ROUNDS.quick : ROUNDS.full }
  const states = new Map(SIZES.map((size) => [size, pending(size)]))
  const byCount = await measured(effort, SIZES, (count) => expiring(states.get(MOST), count))
  const bySize = await measured(effort, SIZES, (size) => expiring(states.get(size), FEW))
  const [, all] = byCount.points[byCount.points.length - 1]
  return {
    rows: [
      {
        id: 'expiry',
        what: 'expiring k of 100 000 tokens: exponent of time by k, from 100 to all',
        target: atMost(1.1, ''),
        reached: exponent(byCount.points),
        note: `${duration(all / MOST)} a token when all expire`,
      },
      {
        id: 'expiry-of-many',
        what: 'expiring 100 of 100 000 tokens against 100 of 100: cost follows k, not n',
        target: atMost(2),
        reached: medianRatio(bySize.times[MOST], bySize.times[FEW]),
        note: `${duration(median(bySize.times[MOST]))} against ${duration(median(bySize.times[FEW]))}`,
      },
    ],
    series: [
      {
        id: 'expiry-k',
        title: 'a token expired',
        across: 'k, of 100 000 pending',
        points: byCount.points.map(([k, ns]) => [k, ns / k]),
      },
      { id: 'expiry-n', title: '100 tokens expired', across: 'n pending', points: bySize.points },
    ],
  }
}

async function measured(effort, sizes, operationOf) {
  const sides = Object.fromEntries(sizes.map((size) => [size, operationOf(size)]))
  const times = await interleaved(sides, { ...effort, warmUpMs: effort.warmUpMs / 2 }, 1)
  return { times, points: sizes.map((size) => [size, median(times[size])]) }
}

/** A state with `size` tokens, one issued each millisecond, each with its ACK entry. */
function pending(size) {
  const policy = policyOf({ ...POLICY_INPUT, tokenStore: { maxPending: size, ttlMs: LIFE_MS }, ackDeadlineMs: LIFE_MS })
  const random = prng(0x546f6b65)
  const bytes = Uint8Array.from({ length: TOKEN_BYTES * size }, () => Math.floor(random() * 256))
  let { tokens, acks, ...others } = initialState(policy)
  for (let i = 0; i < size; i += 1) {
    const issued = TokenStore.issue(tokens, i, TokenStore.draws(bytes, TOKEN_BYTES * i))
    if (issued.value._tag === 'Left') throw new Error('there is room for every token')
    tokens = issued.state
    const handoff = { serviceName: 'zccache', backendPid: 0, connectionId: BigInt(i) }
    acks = AckRegistry.register(acks, issued.value.right.token, handoff, i)
  }
  return { tokens, acks, ...others }
}

/** The state is immutable, so the same tokens can expire again and again. */
function expiring(state, count) {
  const nowMs = count - 1 + LIFE_MS
  assert.equal(Deadlines.expire(state, nowMs).value.overdueAcks.length, count)
  return () => Deadlines.expire(state, nowMs)
}
