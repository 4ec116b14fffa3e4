/**
 * The step floor: one state record and its total transitions a module. Exported as
 * `hello-negotiation/step`, each module as a namespace.
 */
export * as AckRegistry from './AckRegistry.js'
export * as Agreement from './Agreement.js'
export * as Envelope from './Envelope.js'
export * as HelloShape from './HelloShape.js'
export * as PeerPolicy from './PeerPolicy.js'
export * as RateLimiter from './RateLimiter.js'
export * as ServiceTable from './ServiceTable.js'
export * as SessionAuthority from './SessionAuthority.js'
export * as TokenStore from './TokenStore.js'
export * as TraceContext from './TraceContext.js'
export * as VersionPolicy from './VersionPolicy.js'
