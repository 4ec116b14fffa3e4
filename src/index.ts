/**
 * hello-negotiation: the opening handshake between a client, a local broker and its backends, as pure
 * functions. This entry is what most programs need; `/wire` and `/step` hold the pieces, `/host/node`
 * the sockets, `/testing` arbitraries, models and the vector runner.
 */
export * from './client/index.js'
export * from './data/index.js'
export * from './negotiate/index.js'
export * from './shell/index.js'
