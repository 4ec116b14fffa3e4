/**
 * What is asked of every host, as values that need no test runner.
 */
import type { Broker } from '../../shell/Broker.js'
import type { Transport } from '../../host/transport/Transport.js'

/**
 * A host that serves a broker, and a way to reach it.
 *
 * @category model
 * @since 0.1.0
 */
export interface ServedHost {
  /** A new connection to the host, from a client's side, of which nothing has been read. */
  readonly dial: () => Promise<Transport>
  /** Ends the host; what is in flight has a moment to be answered. */
  readonly close: () => Promise<void>
}

/**
 * A host under test.
 *
 * @category model
 * @since 0.1.0
 */
export interface HostUnderTest {
  readonly serve: (broker: Broker) => Promise<ServedHost>
  /** Whether one side can end what it has to say and still listen; a WebSocket cannot. So if not given. */
  readonly halfCloses?: boolean
  /** How long it may take over anything that it does of itself, in milliseconds; 5 000 if not given. */
  readonly patienceMs?: number
}

/**
 * One thing that every host does.
 *
 * @category model
 * @since 0.1.0
 */
export interface HostCase {
  readonly id: string
  readonly sentence: string
  /** The rows of SPEC that it is about. */
  readonly rows: ReadonlyArray<string>
  /** What was seen instead, or `undefined` where the host does it. */
  readonly check: (host: HostUnderTest) => Promise<string | undefined>
}
