/**
 * Naive models of the state records, to compare the real ones with, operation by operation.
 */
export * as AckRegistryModel from './AckRegistryModel.js'
export * as RateLimiterModel from './RateLimiterModel.js'
export * as TokenStoreModel from './TokenStoreModel.js'
