/**
 * The shell floor: the one mutable cell, and what is threaded through it. Exported as
 * `hello-negotiation/shell`.
 */
export * from './Broker.js'
export * from './BrokerEvent.js'
export { describeAckError } from '../step/AckRegistry.js'
export { describeConsumeError, describeIssueError } from '../step/TokenStore.js'
export * from './Clock.js'
export * from './Defaults.js'
export { type RandomSource } from './RandomSource.js'
export { type Session } from './Session.js'
