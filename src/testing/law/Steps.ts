/**
 * The steps that laws are about: the library's own modules, or anybody's functions with the same signatures.
 */
import * as Adoption from '../../client/Adoption.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import { clientHello } from '../../client/ClientHello.js'
import * as Plan from '../../client/Plan.js'
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
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import * as HandoffOwnership from '../../step/HandoffOwnership.js'
import * as HandoffPolicy from '../../step/HandoffPolicy.js'
import * as Latency from '../../step/Latency.js'
import * as PendingHandoffs from '../../step/PendingHandoffs.js'
import * as TokenStore from '../../step/TokenStore.js'

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
  readonly Connection: typeof Connection
  readonly Deadlines: typeof Deadlines
  readonly Exchange: ExchangeSteps
  readonly HandoffAcceptance: typeof HandoffAcceptance
  readonly HandoffAttempt: typeof HandoffAttempt
  readonly HandoffOwnership: typeof HandoffOwnership
  readonly HandoffPolicy: typeof HandoffPolicy
  readonly HandoffReceiver: typeof HandoffReceiver
  readonly Handoffs: typeof Handoffs
  readonly Latency: typeof Latency
  readonly PendingHandoffs: typeof PendingHandoffs
  readonly Plan: typeof Plan
  readonly Requests: { readonly clientHello: typeof clientHello }
  readonly Snapshot: SnapshotSteps
  readonly TokenStore: typeof TokenStore
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
  Connection,
  Deadlines,
  Exchange: { answer, exchange, initialState, negotiate, reconfigure },
  HandoffAcceptance,
  HandoffAttempt,
  HandoffOwnership,
  HandoffPolicy,
  HandoffReceiver,
  Handoffs,
  Latency,
  PendingHandoffs,
  Plan,
  Requests: { clientHello },
  Snapshot: { decodeSnapshot, encodeSnapshot },
  TokenStore,
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
