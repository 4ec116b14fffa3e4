/**
 * A client that ends up at its backends: says Hello for one service after the other, takes the stream that comes
 * of it, and asks who is there. Prints a line of JSON each time: by which route it came, what it heard, and how many
 * milliseconds that took, from before the Hello until the answer was whole.
 *
 *   node examples/client.mjs BROKER ROUNDS SERVICE...
 */
import { text } from 'node:stream/consumers'
import { connect, describeConnectError } from 'hello-negotiation/host/node'

const [path, rounds, ...services] = process.argv.slice(2)
const at = { _tag: path.startsWith('\\\\.\\pipe\\') ? 'Pipe' : 'Socket', path }

for (let round = 0; round < Number(rounds); round += 1) {
  for (const serviceName of services) console.log(JSON.stringify({ pid: process.pid, ...(await visit(serviceName)) }))
}

async function visit(serviceName) {
  const startMs = performance.now()
  const result = await connect({ at, hello: { serviceName, wantedVersion: '1.11.20' }, adopt: true })
  if (result._tag !== 'Connected') throw new Error(describeConnectError(result))
  result.stream.write('Who is there?')
  const heard = await text(result.stream)
  return { serviceName, route: result.route, heard, ms: Math.round((performance.now() - startMs) * 100) / 100 }
}
