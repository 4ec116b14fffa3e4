/**
 * The testing wing, exported as `hello-negotiation/testing`.
 */
export * from './arbitrary/bytes.js'
export * from './arbitrary/client.js'
export * from './arbitrary/draws.js'
export * from './arbitrary/handoff.js'
export * from './arbitrary/messages.js'
export * from './arbitrary/peer.js'
export * from './arbitrary/policy.js'
export { deepFreeze } from './deepFreeze.js'
export * from './law/index.js'
export * from './model/index.js'
export * from './pair/index.js'
export { describeVectorFailure, VECTOR_RUNNERS, type VectorFailure, type VectorReport } from './vectors.js'
