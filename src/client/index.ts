/**
 * The client floor: what the side that says Hello needs.
 */
export * from './HelloRequest.js'
export * from './readReply.js'
