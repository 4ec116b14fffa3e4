/**
 * Every host of the library, ready to be put through what every host does.
 */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { MessageChannel as NodeChannel } from 'node:worker_threads'
import { type Broker, UNVERIFIED_PEER } from 'hello-negotiation'
import { type BrokerHost, brokerHost, memoryTransports, type Transport } from 'hello-negotiation/host'
import { listen, socketTransport, stdioTransport } from 'hello-negotiation/host/node'
import { messagePortTransport, webSocketTransport, webStreamTransport } from 'hello-negotiation/host/web'
import type { HostUnderTest } from 'hello-negotiation/testing'
import { WebSocket, WebSocketServer } from 'ws'

const LINGER_MS = 200

/** A host that is dialled by making both ends of a connection. */
export function pairedHost(pair: () => readonly [Transport, Transport], serveWith: (broker: Broker) => BrokerHost = hosting): HostUnderTest {
  return {
    serve: (broker) => {
      const host = serveWith(broker)
      const dial = (): Promise<Transport> => {
        const [ours, theirs] = pair()
        host.accept(ours, UNVERIFIED_PEER)
        return Promise.resolve(theirs)
      }
      return Promise.resolve({ dial, close: () => host.close() })
    },
  }
}

function hosting(broker: Broker): BrokerHost {
  return brokerHost({ broker, lingerMs: LINGER_MS })
}

function streams(): readonly [Transport, Transport] {
  const [up, down] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
  return [webStreamTransport({ readable: up.readable, writable: down.writable }), webStreamTransport({ readable: down.readable, writable: up.writable })]
}

function ports(): readonly [Transport, Transport] {
  const { port1, port2 } = new NodeChannel()
  return [messagePortTransport(port1), messagePortTransport(port2)]
}

function standardStreams(): readonly [Transport, Transport] {
  const [up, down] = [new PassThrough(), new PassThrough()]
  return [stdioTransport(up, down), stdioTransport(down, up)]
}

const sockets: HostUnderTest = {
  serve: async (broker) => {
    const listener = await listen({ broker, at: { _tag: 'Tcp', port: 0 }, lingerMs: LINGER_MS })
    if (listener._tag === 'Left') throw new Error('a free port was asked for')
    const { at, close } = listener.right
    const dial = async (): Promise<Transport> => {
      const socket = connect({ port: at._tag === 'Tcp' ? at.port : 0, host: '127.0.0.1', allowHalfOpen: true })
      await once(socket, 'connect')
      return socketTransport(socket)
    }
    return { dial, close: () => close() }
  },
}

const webSockets: HostUnderTest = {
  halfCloses: false,
  serve: async (broker) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const host = hosting(broker)
    server.on('connection', (socket) => host.accept(webSocketTransport(socket), UNVERIFIED_PEER))
    const dial = async (): Promise<Transport> => {
      const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
      await once(socket, 'open')
      return webSocketTransport(socket)
    }
    const close = async (): Promise<void> => {
      await host.close()
      server.clients.forEach((client) => client.terminate())
      await new Promise((settle) => server.close(settle))
    }
    return { dial, close }
  },
}

export const HOSTS: Readonly<Record<string, HostUnderTest>> = {
  memory: pairedHost(memoryTransports),
  'web streams': pairedHost(streams),
  'message ports': pairedHost(ports),
  'standard streams': pairedHost(standardStreams),
  sockets,
  WebSockets: webSockets,
}
