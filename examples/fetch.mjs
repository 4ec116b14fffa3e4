/**
 * A broker as a fetch handler, as Deno, Bun and workers have them: a request's body is a whole framed Hello, the response's the reply.
 * No transport is needed where the request is already whole.
 */
import { ClientConnection, clientHello, createBroker, UNVERIFIED_PEER } from 'hello-negotiation'
import { policy, request } from './policy.mjs'

const broker = createBroker({ policy })

async function handle(asked) {
  const { bytes } = broker.exchange(new Uint8Array(await asked.arrayBuffer()), UNVERIFIED_PEER)
  return new Response(bytes, { headers: { 'content-type': 'application/octet-stream' } })
}

const hello = clientHello(request)
if (hello._tag === 'Left') throw new Error('a request of our own')
const response = await handle(new Request('http://broker/hello', { method: 'POST', body: hello.right.bytes }))
const connection = ClientConnection.push(ClientConnection.clientConnection(hello.right, 0), new Uint8Array(await response.arrayBuffer()))
console.log('from a fetch handler:', ClientConnection.next(connection).value._tag)
