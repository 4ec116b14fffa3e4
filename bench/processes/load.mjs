/**
 * Clients that do nothing but connect, say Hello, read the reply and connect again, so many at once.
 */
import { connect } from 'node:net'
import { answerParent } from '../lib/children.mjs'
import { quantile } from '../lib/statistics.mjs'

answerParent(async ({ path, hello, replyBytes, clients, ms }) => {
  const request = Buffer.from(hello, 'base64')
  const latenciesMs = []
  const startMs = performance.now()
  const endMs = startMs + ms
  const client = async () => {
    while (performance.now() < endMs) latenciesMs.push(await sayHello(path, request, replyBytes))
  }
  await Promise.all(Array.from({ length: clients }, client))
  const tookMs = performance.now() - startMs
  const count = latenciesMs.length
  return { count, perSecond: (1e3 * count) / tookMs, p99Ms: quantile(latenciesMs, 0.99) }
})

/** Milliseconds from dialling to the last byte of the reply; the connection is closed before the next begins. */
function sayHello(path, request, replyBytes) {
  return new Promise((resolve, reject) => {
    const startMs = performance.now()
    const socket = connect(path)
    let receivedBytes = 0
    let latencyMs
    socket.on('connect', () => socket.write(request))
    socket.on('data', (chunk) => {
      receivedBytes += chunk.length
      if (receivedBytes >= replyBytes) latencyMs ??= performance.now() - startMs
    })
    socket.on('error', reject)
    socket.on('close', () => {
      // The connection id in a reply grows by a byte now and then, so a reply may be longer than the first.
      if (latencyMs === undefined) reject(new Error(`a reply of ${receivedBytes} bytes, where ${replyBytes} were expected`))
      else resolve(latencyMs)
    })
  })
}
