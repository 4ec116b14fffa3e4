/** A broker in the main thread, and a client in a worker, over a MessagePort. In a browser it is the same, with `new Worker(url)`. */
import { isMainThread, MessageChannel, Worker, workerData } from 'node:worker_threads'
import { createBroker, UNVERIFIED_PEER } from 'hello-negotiation'
import { askOver, brokerHost } from 'hello-negotiation/host'
import { messagePortTransport } from 'hello-negotiation/host/web'
import { policy, request } from './policy.mjs'

if (isMainThread) {
  const { port1, port2 } = new MessageChannel()
  const host = brokerHost({ broker: createBroker({ policy }) })
  host.accept(messagePortTransport(port1), UNVERIFIED_PEER)
  const worker = new Worker(new URL(import.meta.url), { workerData: port2, transferList: [port2] })
  worker.on('exit', () => host.close())
} else {
  const asked = await askOver(messagePortTransport(workerData), request)
  console.log('from a worker:', asked._tag === 'Right' ? asked.right.answer._tag : asked.left)
  if (asked._tag === 'Right' && 'stream' in asked.right) asked.right.stream.destroy()
}
