/**
 * The testing wing, exported as `hello-negotiation/testing`.
 */
export { describeVectorFailure, VECTOR_RUNNERS, type VectorFailure, type VectorReport } from './vectors.js'
