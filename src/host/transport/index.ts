/**
 * Hosts for any transport: what a host provides, a broker's connections over it, and a client's. Exported as
 * `hello-negotiation/host`; it names nothing of any runtime but its timers.
 *
 * @module
 */
export { type AbortSignalLike, type Asked, type AskError, askOver, type AskOverOptions, describeAskError } from './askOver.js'
export { type BrokerHost, brokerHost, type BrokerHostOptions } from './brokerHost.js'
export { type Closed, describeHostNotice, type HostNotice } from './HostNotice.js'
export { memoryTransports } from './memory.js'
export type { SystemError } from './SystemError.js'
export type { Sink, Transport } from './Transport.js'
