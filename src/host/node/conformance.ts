/**
 * Whether a broker that is running agrees with SPEC: the test of `hello-negotiation/testing`, over Node's streams.
 *
 * The test itself is loaded when it is first asked for: who serves or dials has no use for it.
 */
import type { Duplex } from 'node:stream'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { Thoroughness } from '../../testing/conformance/brokerCases.js'
import type { CaseResult, ConformanceReport } from '../../testing/conformance/ConformanceReport.js'

/**
 * Which broker, and what it ought to do.
 *
 * @category model
 * @since 0.1.0
 */
export interface ConformanceOptions {
  /** What the broker has been told to do. */
  readonly policy: Policy
  /** A new connection to it: a socket, connected or about to be, or any other stream that is open. */
  readonly open: () => Duplex | Promise<Duplex>
  /** Who the broker ought to find at this end; this process if not given. */
  readonly self?: PeerIdentity
  readonly thoroughness?: Partial<Thoroughness>
  /** The only rows and cases to ask about; all if not given. */
  readonly only?: ReadonlyArray<string>
  /** Told each result of a case as soon as it is there; what holds of all replies is told with the report. */
  readonly onResult?: (result: CaseResult) => void
}

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
 * Which client program, and how patiently it is tested.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientConformanceOptions {
  /**
   * A command line for the shell. `{socket}` in it stands for the path of the broker's socket, which is in the
   * environment too, as `HELLO_NEGOTIATION_SOCKET`.
   */
  readonly command: string
  /** How long the program may take in one trial, in milliseconds; 10 000 if not given. */
  readonly boundMs?: number
  /** Whether to wait for deadlines of the program's own. */
  readonly isSlow?: boolean
  /** The only rows and cases to play; all if not given. */
  readonly only?: ReadonlyArray<string>
  /** Told each result of a case as soon as it is there; what holds of all requests is told with the report. */
  readonly onResult?: (result: CaseResult) => void
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
