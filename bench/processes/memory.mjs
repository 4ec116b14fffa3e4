/**
 * Bytes of heap that each of many things keeps alive, in ours or in the obvious peer.
 */
import { peerIdentity } from 'hello-negotiation'
import { framedHello, WITH_TOKEN } from '../hellos.mjs'
import { ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { answerParent } from '../lib/children.mjs'
import { scatteredPid } from '../lib/pids.mjs'
import { createObviousBroker } from '../peers/obvious.mjs'

const WARM_UP_COUNT = 2_000
const WINDOW_MS = POLICY_INPUT.rateLimit.windowMs

answerParent(({ what, side, count }) => MEASUREMENTS[what](side, count))

const MEASUREMENTS = {
  'active pid': (side, count) => perThing(side, count, (broker, i) => broker.hello(scatteredPid(i))),
  'active pid in a row': (side, count) => perThing(side, count, (broker, i) => broker.hello(i + 1)),
  // Pid 0 is never limited, so that what is kept is the token's alone.
  'pending token': (side, count) => perThing(side, count, (broker) => broker.hello(0)),
  'idle pid': (side, count) => perThing(side, count, (broker, i) => broker.hello(scatteredPid(i)), (broker) => {
    for (let i = 0; i < 3; i += 1) {
      broker.pass(WINDOW_MS)
      broker.hello(1)
    }
  }),
}

function perThing(side, count, make, afterwards = () => undefined) {
  const broker = SIDES[side](count)
  for (let i = 0; i < WARM_UP_COUNT; i += 1) broker.hello(0)
  // What the warm-up has issued is out of the way before the first reading.
  broker.pass(10 * WINDOW_MS * WINDOW_MS)
  broker.hello(0)
  broker.sweep()
  const before = keptBytes()
  for (let i = 0; i < count; i += 1) make(broker, i)
  afterwards(broker)
  return (keptBytes() - before) / count
}

const SIDES = {
  ours: (count) => {
    let now = 0
    const broker = ourBroker(policyInput(count), { clock: () => now })
    return {
      hello: (pid) => void broker.exchange(bytesFor(pid), peerIdentity(pid)),
      pass: (ms) => (now += ms),
      sweep: broker.sweep,
    }
  },
  obvious: (count) => {
    let now = 0
    const broker = createObviousBroker({ ...policyInput(count), nowMs: () => now })
    return {
      hello: (pid) => void broker.exchange(bytesFor(pid), pid),
      pass: (ms) => (now += ms),
      sweep: () => undefined,
    }
  },
}

const bytesWithToken = framedHello(WITH_TOKEN)
const bytesWithout = framedHello()

function bytesFor(pid) {
  return pid === 0 ? bytesWithToken : bytesWithout
}

function policyInput(count) {
  return { ...POLICY_INPUT, tokenStore: { maxPending: count + WARM_UP_COUNT } }
}

function keptBytes() {
  // One collection may leave what only the next finds.
  for (let i = 0; i < 4; i += 1) globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
