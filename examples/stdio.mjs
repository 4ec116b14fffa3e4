/** A client that has started its broker, and speaks with it over the child's standard input and output. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createBroker, UNVERIFIED_PEER } from 'hello-negotiation'
import { askOver, brokerHost } from 'hello-negotiation/host'
import { stdioTransport } from 'hello-negotiation/host/node'
import { policy, request } from './policy.mjs'

if (process.argv[2] === 'broker') {
  brokerHost({ broker: createBroker({ policy }) }).accept(stdioTransport(process.stdin, process.stdout), UNVERIFIED_PEER)
} else {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'broker'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const asked = await askOver(stdioTransport(child.stdout, child.stdin), request)
  console.log('from a child:', asked._tag === 'Right' ? asked.right.answer._tag : asked.left)
  if (asked._tag === 'Right' && 'stream' in asked.right) asked.right.stream.end()
}
