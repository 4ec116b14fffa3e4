/**
 * The steps that laws are about: the library's own modules, or anybody's functions with the same signatures.
 *
 * **Laws**
 *  1. A law that is about one module treats its state as opaque.
 *  2. A module that is built on another keeps using the one that it was built on. So who brings a `TokenStore` whose
 *     state is not ours brings `Handoffs` too, or leaves the laws that join the two alone.
 */
import * as Adoption from '../../client/Adoption.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import { clientHello } from '../../client/ClientHello.js'
import * as Plan from '../../client/Plan.js'
import * as HandoffToken from '../../data/HandoffToken.js'
import { answer, exchange } from '../../negotiate/answer.js'
import { initialState, reconfigure } from '../../negotiate/BrokerState.js'
import * as Connection from '../../negotiate/Connection.js'
import * as Deadlines from '../../negotiate/Deadlines.js'
import * as HandoffAttempt from '../../negotiate/HandoffAttempt.js'
import * as HandoffReceiver from '../../negotiate/HandoffReceiver.js'
import * as Handoffs from '../../negotiate/Handoffs.js'
import { negotiate } from '../../negotiate/negotiate.js'
import { decodeSnapshot, encodeSnapshot } from '../../negotiate/Snapshot.js'
import * as AckRegistry from '../../step/AckRegistry.js'
import * as Envelope from '../../step/Envelope.js'
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import * as HandoffOwnership from '../../step/HandoffOwnership.js'
import * as HandoffPolicy from '../../step/HandoffPolicy.js'
import * as HelloShape from '../../step/HelloShape.js'
import * as Latency from '../../step/Latency.js'
import * as PendingHandoffs from '../../step/PendingHandoffs.js'
import * as RateLimiter from '../../step/RateLimiter.js'
import * as ServiceTable from '../../step/ServiceTable.js'
import * as TokenStore from '../../step/TokenStore.js'
import * as VersionPolicy from '../../step/VersionPolicy.js'
import * as Framing from '../../wire/Framing.js'
import { CODECS } from '../../wire/messages/codecs.js'

/**
 * The steps under judgement, a module each.
 *
 * @category model
 * @since 0.1.0
 */
export interface Steps {
  readonly AckRegistry: typeof AckRegistry
  readonly Adoption: typeof Adoption
  readonly ClientConnection: typeof ClientConnection
  /** Both halves of each message's codec, by the message's name. */
  readonly Codecs: typeof CODECS
  readonly Connection: typeof Connection
  readonly Deadlines: typeof Deadlines
  readonly Envelope: typeof Envelope
  readonly Exchange: ExchangeSteps
  readonly Framing: typeof Framing
  readonly HandoffAcceptance: typeof HandoffAcceptance
  readonly HandoffAttempt: typeof HandoffAttempt
  readonly HandoffOwnership: typeof HandoffOwnership
  readonly HandoffPolicy: typeof HandoffPolicy
  readonly HandoffReceiver: typeof HandoffReceiver
  readonly Handoffs: typeof Handoffs
  readonly HandoffToken: Pick<typeof HandoffToken, 'handoffToken' | 'sameToken' | 'tokenBytes'>
  readonly HelloShape: typeof HelloShape
  readonly Latency: typeof Latency
  readonly PendingHandoffs: typeof PendingHandoffs
  readonly Plan: typeof Plan
  readonly RateLimiter: typeof RateLimiter
  readonly Requests: { readonly clientHello: typeof clientHello }
  readonly ServiceTable: typeof ServiceTable
  readonly Snapshot: SnapshotSteps
  readonly TokenStore: typeof TokenStore
  readonly VersionPolicy: typeof VersionPolicy
}

/**
 * The steps of the whole broker.
 *
 * @category model
 * @since 0.1.0
 */
export interface ExchangeSteps {
  readonly answer: typeof answer
  readonly exchange: typeof exchange
  readonly initialState: typeof initialState
  readonly negotiate: typeof negotiate
  readonly reconfigure: typeof reconfigure
}

/**
 * The steps that write a broker out, and take it back.
 *
 * @category model
 * @since 0.1.0
 */
export interface SnapshotSteps {
  readonly decodeSnapshot: typeof decodeSnapshot
  readonly encodeSnapshot: typeof encodeSnapshot
}

/**
 * This library's own steps.
 *
 * @category constants
 * @since 0.1.0
 */
export const OUR_STEPS: Steps = Object.freeze({
  AckRegistry,
  Adoption,
  ClientConnection,
  Codecs: CODECS,
  Connection,
  Deadlines,
  Envelope,
  Exchange: { answer, exchange, initialState, negotiate, reconfigure },
  Framing,
  HandoffAcceptance,
  HandoffAttempt,
  HandoffOwnership,
  HandoffPolicy,
  HandoffReceiver,
  Handoffs,
  HandoffToken,
  HelloShape,
  Latency,
  PendingHandoffs,
  Plan,
  RateLimiter,
  Requests: { clientHello },
  ServiceTable,
  Snapshot: { decodeSnapshot, encodeSnapshot },
  TokenStore,
  VersionPolicy,
})

/**
 * Some functions of some modules in place of ours: all else is.
 *
 * @category model
 * @since 0.1.0
 */
export type OwnSteps = { readonly [M in keyof Steps]?: Partial<Steps[M]> }

/**
 * Our steps with somebody's own in place of some.
 *
 * @example
 * import assert from 'node:assert'
 * import { OUR_STEPS, stepsWith } from 'hello-negotiation/testing'
 *
 * const steps = stepsWith({ TokenStore: { pendingCount: () => 0 } })
 * assert.equal(steps.TokenStore.pendingCount(steps.TokenStore.tokenStore()), 0)
 * assert.equal(steps.TokenStore.issue, OUR_STEPS.TokenStore.issue)
 *
 * @category constructors
 * @since 0.1.0
 */
export function stepsWith(own: OwnSteps): Steps {
  const modules = Object.keys(OUR_STEPS) as ReadonlyArray<keyof Steps>
  return Object.fromEntries(modules.map((name) => [name, { ...OUR_STEPS[name], ...own[name] }])) as unknown as Steps
}
