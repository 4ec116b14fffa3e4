/**
 * The data floor: immutable values, and the few structures that hold many of them.
 */
export * from './Bytes.js'
export * as ByteQueue from './ByteQueue.js'
export * from './Capabilities.js'
export * as DeadlineMap from './DeadlineMap.js'
export { HANDOFF_TOKEN_BYTES, handoffToken, type HandoffToken, sameToken, tokenBytes } from './HandoffToken.js'
export * from './Instant.js'
export * from './PeerIdentity.js'
export * as PersistentMap from './PersistentMap.js'
export * from './Printable.js'
export * from './ServiceName.js'
export * from './Step.js'
export * from './U64.js'
export * from './Utf8.js'
export * from './Version.js'
