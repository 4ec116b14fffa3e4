/**
 * A server on a Unix socket: the package's listener, everything on, or the barest thing that could stand in
 * its place, which waits for as many bytes and answers with as many.
 */
import { createServer } from 'node:net'
import { createBroker } from 'hello-negotiation'
import { listen } from 'hello-negotiation/host/node'
import { policyOf, POLICY_INPUT } from '../lib/brokers.mjs'
import { answerParent } from '../lib/children.mjs'

const LISTEN = { ours: listenAsBroker, echo: listenAsEcho }

answerParent(async ({ start, path, requestBytes, replyBytes }) => {
  if (start !== undefined) await LISTEN[start](path, requestBytes, replyBytes)
  const { user, system } = process.cpuUsage()
  return { cpuNs: (user + system) * 1e3 }
})

async function listenAsBroker(path) {
  const broker = createBroker({ policy: policyOf(POLICY_INPUT) })
  const listener = await listen({ broker, at: { _tag: 'Socket', path } })
  if (listener._tag === 'Left') throw new Error(`cannot listen on ${path}: ${listener.left._tag}`)
}

async function listenAsEcho(path, requestBytes, replyBytes) {
  const reply = Buffer.alloc(replyBytes, 0x2e)
  const server = createServer((socket) => {
    let pendingBytes = requestBytes
    socket.on('data', (chunk) => {
      pendingBytes -= chunk.length
      if (pendingBytes <= 0) socket.end(reply)
    })
    socket.on('error', () => socket.destroy())
  })
  await new Promise((resolve) => server.listen(path, resolve))
}
