/**
 * Naive models: of the codec, of the state records and of the whole broker, to compare the real ones with, step
 * by step.
 */
export * as AckRegistryModel from './AckRegistryModel.js'
export * as BrokerModel from './BrokerModel.js'
export * as ConnectionModel from './ConnectionModel.js'
export { eventLine } from './eventLine.js'
export * as HelloModel from './HelloModel.js'
export * as RateLimiterModel from './RateLimiterModel.js'
export { REFUSAL_ROWS, type RefusalName, type RefusalRow } from './RefusalModel.js'
export * as ShellModel from './ShellModel.js'
export * as TokenStoreModel from './TokenStoreModel.js'
export * as WireModel from './WireModel.js'
