/** A broker behind a WebSocket, and a client of it: `npm install ws`, and in a browser `new WebSocket(url)`. */
import { once } from 'node:events'
import { createBroker, UNVERIFIED_PEER } from 'hello-negotiation'
import { askOver, brokerHost, describeAskError } from 'hello-negotiation/host'
import { webSocketTransport } from 'hello-negotiation/host/web'
import { WebSocket, WebSocketServer } from 'ws'
import { policy, request } from './policy.mjs'

const host = brokerHost({ broker: createBroker({ policy }) })
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 65_541 }) // a Hello's greatest frame
server.on('connection', (socket) => host.accept(webSocketTransport(socket), UNVERIFIED_PEER))
await once(server, 'listening')

const asked = await askOver(webSocketTransport(new WebSocket(`ws://127.0.0.1:${server.address().port}`)), request)
if (asked._tag === 'Left') throw new Error(describeAskError(asked.left))
console.log('over a WebSocket:', asked.right.answer._tag, asked.right.answer.backendPipe)

if ('stream' in asked.right) asked.right.stream.destroy()
await host.close()
server.close()
