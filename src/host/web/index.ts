/**
 * Transports over what the web platform has: WebSockets, streams and message ports. Exported as
 * `hello-negotiation/host/web`; the types are structural, so that neither the DOM's nor any package's need be installed.
 *
 * @module
 */
export { type MessagePortLike, messagePortTransport } from './messagePort.js'
export { type WebSocketLike, webSocketTransport } from './webSocket.js'
export { type WebStreams, webStreamTransport } from './webStreams.js'
