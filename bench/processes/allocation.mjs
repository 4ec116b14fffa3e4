/**
 * Bytes that one operation allocates. The young generation is made so large that nothing is collected
 * while it is counted, so the heap's growth is what was allocated, the same in every run
 * but for a few percent.
 */
import { ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { answerParent } from '../lib/children.mjs'
import { framedHello, PID, WITH_TOKEN } from '../hellos.mjs'

const WARM_UP_COUNT = 100_000
const RECOMPILE_COUNT = 20_000
const COUNTED_COUNT = 5_000

answerParent(({ what }) => {
  const operation = OPERATIONS[what]()
  for (let i = 0; i < WARM_UP_COUNT; i += 1) operation()
  globalThis.gc()
  // A collection throws compiled code away; it is compiled again before anything is counted.
  for (let i = 0; i < RECOMPILE_COUNT; i += 1) operation()
  const before = allocated()
  for (let i = 0; i < COUNTED_COUNT; i += 1) operation()
  return (allocated() - before) / COUNTED_COUNT
})

const OPERATIONS = {
  'a Hello': () => {
    const broker = ourBroker(POLICY_INPUT)
    const [bytes, peer] = [framedHello(), broker.peerOf(PID)]
    return () => broker.exchange(bytes, peer)
  },
  'a Hello with a token, and its ACK': () => {
    const broker = ourBroker(POLICY_INPUT)
    const [bytes, peer] = [framedHello(WITH_TOKEN), broker.peerOf(PID)]
    return () => broker.acknowledge(broker.exchange(bytes, peer).outcome.handoff.token)
  },
  'a refusal': () => {
    const broker = ourBroker(POLICY_INPUT)
    const [bytes, peer] = [framedHello({ serviceName: 'no-such-service' }), broker.peerOf(PID)]
    return () => broker.exchange(bytes, peer)
  },
}

function allocated() {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
