/**
 * Metrics over HTTP, for the broker's own machine and nobody else.
 *
 * **Laws**
 *  1. It listens on 127.0.0.1 alone, and answers nobody who asks for it by another name: a page in a browser that has had a
 *     name of its own resolve to this machine is turned away.
 *  2. Whoever dawdles is given up, and a connection that cannot be accepted ends nothing: the broker is more than its metrics.
 *  3. It answers `GET /metrics`; what else it is asked costs it a line of headers at most.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { PROMETHEUS_CONTENT_TYPE } from '../telemetry/prometheusText.js'
import { type SystemError, systemError } from '../transport/SystemError.js'

/** A server that runs. */
export interface MetricsServer {
  readonly port: number
  readonly close: () => void
}

const LOOPBACK = '127.0.0.1'
/**
 * How long a request may take to come, in milliseconds, how long its headers may be, in bytes, and how many may come at once.
 * Node looks for those who are late every 30 seconds if it is not told how often, whatever they were given.
 */
export const BOUNDS = {
  requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 8_192, maxConnections: 32,
}

/** Serves the text that `textOf` gives at the time; port 0 is any that is free. */
export async function serveMetrics(port: number, textOf: () => string, bounds: typeof BOUNDS = BOUNDS): Promise<Either<SystemError, MetricsServer>> {
  const server = createServer(bounds, (request, response) => answer(request, response, textOf))
  server.maxConnections = bounds.maxConnections
  server.listen(port, LOOPBACK)
  try {
    await once(server, 'listening')
  } catch (error) {
    return E.left(systemError(error))
  }
  server.on('error', () => undefined)
  const address = server.address()
  return E.right({
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
}

function answer({ headers, method, url }: IncomingMessage, response: ServerResponse, textOf: () => string): void {
  const isOurs = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(headers.host ?? '')
  if (!isOurs) return end(response, 403, 'asked for by a name that is not this machine\'s\n')
  if (url !== '/metrics') return end(response, 404, 'there is /metrics, and nothing else\n')
  if (method !== 'GET') return end(response, 405, 'only GET\n', { allow: 'GET' })
  end(response, 200, textOf(), { 'content-type': PROMETHEUS_CONTENT_TYPE })
}

function end(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers })
  response.end(text)
}
