/**
 * The Node host: sockets, pipes and loopback ports for a broker, and a small client. Exported as
 * `hello-negotiation/host/node`.
 */
export * from './Address.js'
export * from './dial.js'
export * from './listen.js'
export { loadPeerReader, type PeerReader } from './PeerCredentials.js'
export { type SystemError } from './SystemError.js'
