/**
 * The Node host: sockets, pipes and loopback ports for a broker, and a small client. Exported as
 * `hello-negotiation/host/node`.
 */
export { type Address, addressFault, type AddressFault, describeAddress, describeAddressFault } from './Address.js'
export { describeListenError, type ListenError, type ListenFailed } from './bind.js'
export { describeDialError, type DialError, type DialOptions, type DialPhase, sayHello } from './dial.js'
export { listen, type Listener, type ListenOptions } from './listen.js'
export { type Closed, describeNotice, type Notice } from './Notice.js'
export { loadPeerReader, type PeerReader } from './PeerCredentials.js'
export { type SocketFileError } from './SocketFile.js'
export { type SystemError } from './SystemError.js'
