/**
 * The Node host: sockets, pipes and loopback ports for a broker, and a client. Exported as
 * `hello-negotiation/host/node`.
 */
export { type Address, addressFault, type AddressFault, describeAddress, describeAddressFault } from './Address.js'
export { describeListenError, type ListenError, type ListenFailed } from './bind.js'
export { type CachedEndpoint, connect, type ConnectOptions } from './connect.js'
export type { AskOptions } from './connectAsk.js'
export {
  type Aborted, type BackendUnreachable, type BrokerUnreachable, type Connected, type ConnectError, type ConnectMove,
  type ConnectPhase, type ConnectResult, describeConnectError, describeIncident, describeMove, type DirectPath, type GaveUp,
  type Incident, type TimedOut, type WaitTooLong,
} from './ConnectResult.js'
export { clientConformance, conformance } from './conformance.js'
export type { ClientConformanceOptions, ConformanceOptions } from './conformance/ConformanceOptions.js'
export { backendLink, type BackendLink, type LinkOptions } from './handoff/BackendLink.js'
export { type Channel } from './handoff/Channel.js'
export { type HandoffHost } from './handoff/HandoffHost.js'
export { describeHandoffNotice, type HandoffEnd, type HandoffNotice } from './handoff/HandoffNotice.js'
export {
  type ReceiveError, receiveHandoffs, type ReceiveOptions, type Reception,
} from './handoff/receiveHandoffs.js'
export { describeReceiverNotice, type DropReason, type ReceiverNotice } from './handoff/ReceiverNotice.js'
export { listen, type Listener, type ListenOptions } from './listen.js'
export { describeNotice, type Notice } from './Notice.js'
export { loadPeerReader, type PeerReader } from './PeerCredentials.js'
export { describeDialError, type DialError, type DialOptions, type HelloAnswer, sayHello } from './sayHello.js'
export { type SocketFileError } from './SocketFile.js'
export { type Closed, describeHostNotice, type HostNotice } from '../transport/HostNotice.js'
export { type SystemError } from '../transport/SystemError.js'
export { socketTransport } from './socketTransport.js'
export { stdioTransport } from './stdioTransport.js'
