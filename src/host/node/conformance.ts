/**
 * Whether a broker that is running agrees with SPEC: the test of `hello-negotiation/testing`, over Node's streams.
 *
 * The test itself is loaded when it is first asked for: who serves or dials has no use for it.
 */
import type { ConformanceReport } from '../../testing/conformance/ConformanceReport.js'
import type { ClientConformanceOptions, ConformanceOptions } from './conformance/ConformanceOptions.js'

/**
 * Tests a broker from outside: says some hundreds of things to it, and holds what it answers against what this
 * library would.
 *
 * @example
 * import assert from 'node:assert'
 * import { duplexPair } from 'node:stream'
 * import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { conformance } from 'hello-negotiation/host/node'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const broker = createBroker({ policy: policy.right })
 * const report = await conformance({
 *   policy: policy.right,
 *   only: ['F4'],
 *   open: () => {
 *     const [ours, theirs] = duplexPair()
 *     theirs.on('data', (chunk) => theirs.end(broker.exchange(chunk, UNVERIFIED_PEER).bytes))
 *     return ours
 *   },
 * })
 * assert.equal(report._tag, 'Compared')
 *
 * @category constructors
 * @since 0.1.0
 */
export async function conformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const { testBroker } = await import('./conformance/testBroker.js')
  return testBroker(options)
}

/**
 * Tests a client program from outside: starts it some fifty times, plays a broker to it, and looks at what it says
 * and how it ends. It has taken a yes when it exits with status 0, or calls the backend that the yes names.
 *
 * @category constructors
 * @since 0.1.0
 */
export async function clientConformance(options: ClientConformanceOptions): Promise<ConformanceReport> {
  const { testClient } = await import('./conformance/testClient.js')
  return testClient(options)
}
