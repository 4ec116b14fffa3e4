/**
 * One meeting of a client program with a broker that plays a part, and what was seen of it.
 */
import type { Frame } from '../../../wire/messages/Frame.js'
import type { CaseHead } from '../ConformanceCase.js'
import type { Finding } from '../Finding.js'
import type { Move } from '../Script.js'

/**
 * What a broker does on one connection: whether it waits for a whole request first, and its moves then. The request
 * is empty where it does not wait, or where there is none to be read.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerPart {
  readonly hears: 'Hello' | 'Nothing'
  readonly moves: (request: Frame, endpoint: string) => ReadonlyArray<Move>
}

/**
 * A meeting: what each connection meets, the last part also all that follow; nobody listens where there is no part.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientTrial {
  readonly what: string
  readonly rows: ReadonlyArray<string>
  readonly parts: ReadonlyArray<BrokerPart>
  /** What the program finds in its environment, beside what is there. */
  readonly env: Readonly<Record<string, string>>
  /** How long the program may take, in milliseconds; as long as any other if not given. */
  readonly boundMs?: number
  readonly judge: (seen: ClientSeen, trial: ClientTrial) => Finding
}

/**
 * A connection that a client made: what it said, what it was told, and who it is, as far as the kernel tells.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientCall {
  readonly hears: BrokerPart['hears']
  readonly bytes: Uint8Array
  readonly told: Uint8Array
  readonly peerPid: number
  readonly cameMs: number
}

/**
 * How a program ended.
 *
 * @category model
 * @since 0.1.0
 */
export type ProgramEnd =
  | { readonly _tag: 'Exited'; readonly status: number }
  | { readonly _tag: 'Signalled'; readonly signal: string }
  | { readonly _tag: 'StillRunning' }

/**
 * What was seen of a client in one meeting; `complaint` is the end of what it wrote to standard error.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientSeen {
  readonly calls: ReadonlyArray<ClientCall>
  /** How often the endpoint was called that the broker named. */
  readonly backendCalls: number
  readonly end: ProgramEnd
  readonly tookMs: number
  readonly complaint: string
}

/**
 * One thing that SPEC says about a client, and the meetings that show whether it is so.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientCase extends CaseHead {
  readonly trials: ReadonlyArray<ClientTrial>
}
