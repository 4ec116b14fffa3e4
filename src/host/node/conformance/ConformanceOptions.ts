/**
 * Whom a conformance test is about, and how thorough and patient it is.
 */
import type { Duplex } from 'node:stream'
import type { PeerIdentity } from '../../../data/PeerIdentity.js'
import type { Policy } from '../../../negotiate/Policy.js'
import type { Thoroughness } from '../../../testing/conformance/brokerCases.js'
import type { CaseResult } from '../../../testing/conformance/ConformanceReport.js'

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
