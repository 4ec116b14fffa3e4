/**
 * The library in a real browser: bundled as it is, under a policy that allows no evaluation, at work over a port and a WebSocket.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
import { brokerHost } from 'hello-negotiation/host'
import { webSocketTransport } from 'hello-negotiation/host/web'
import { type OutputChunk, rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { inChromium, LACKS_CHROMIUM } from '../support/chromium.js'
import { rightOf } from '../support/negotiate.js'

const POLICY = rightOf(parsePolicy({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }] }))

/** What the page runs: it says Hello over a port to a broker of its own, and over a WebSocket to the one that it is told of. */
const PAGE_SCRIPT = `
  import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
  import { askOver, brokerHost } from 'hello-negotiation/host'
  import { messagePortTransport, webSocketTransport } from 'hello-negotiation/host/web'

  const request = { serviceName: 'zccache', wantedVersion: '1.11.20' }
  const told = (asked) => asked._tag === 'Right' ? asked.right.answer._tag + ' ' + asked.right.answer.backendPipe : JSON.stringify(asked.left)

  window.overPort = async () => {
    const policy = parsePolicy({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/in/the/page' }] })
    const { port1, port2 } = new MessageChannel()
    brokerHost({ broker: createBroker({ policy: policy.right }) }).accept(messagePortTransport(port1), UNVERIFIED_PEER)
    return told(await askOver(messagePortTransport(port2), request))
  }
  window.overWebSocket = async (url) => told(await askOver(webSocketTransport(new WebSocket(url)), request))
`

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url))
const ENTRIES: Readonly<Record<string, string>> = {
  'hello-negotiation': `${DIST}index.js`, 'hello-negotiation/host': `${DIST}host/transport/index.js`, 'hello-negotiation/host/web': `${DIST}host/web/index.js`,
}

/** The page's script with all that it imports, as a bundler for browsers makes it, with nothing said to it about Node. */
async function bundled(script: string): Promise<Pick<OutputChunk, 'code' | 'dynamicImports' | 'imports' | 'moduleIds'>> {
  const bundle = await rolldown({
    input: 'page', platform: 'browser', resolve: { alias: ENTRIES },
    plugins: [{ name: 'page', resolveId: (id) => (id === 'page' ? id : undefined), load: (id) => (id === 'page' ? script : undefined) }],
  })
  const { output: [chunk] } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  return chunk
}

describe('a bundle for browsers', () => {
  it('asks for nothing of Node\'s, brings no stand-in for it, and evaluates no text', async () => {
    const { code, dynamicImports, imports, moduleIds } = await bundled(PAGE_SCRIPT)
    expect([...imports, ...dynamicImports]).toEqual([])
    const packages = moduleIds.map((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]).filter((name) => name !== undefined)
    expect([...new Set(packages)].sort().filter((name) => !/^(?:fp-ts|io-ts|long|protobufjs|@protobufjs\/\w+)$/.test(name))).toEqual([])
    expect(code.replace(/\/\*[^]*?\*\//g, '')).not.toMatch(/\beval\(|new Function\(|\bFunction\(/)
  })
})

describe.skipIf(LACKS_CHROMIUM)('a page in a browser', () => {
  let server: Server
  let sockets: WebSocketServer
  let url = ''

  beforeAll(async () => {
    const { code: script } = await bundled(PAGE_SCRIPT)
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      response.writeHead(200, {
        'content-type': isScript ? 'text/javascript' : 'text/html',
        'content-security-policy': 'default-src \'none\'; script-src \'self\'; connect-src \'self\' ws:',
      })
      response.end(isScript ? script : '<!doctype html><title>Hello</title><script type="module" src="/page.js"></script>')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `127.0.0.1:${(server.address() as AddressInfo).port}`
    sockets = new WebSocketServer({ server })
    const host = brokerHost({ broker: createBroker({ policy: POLICY }), lingerMs: 100 })
    sockets.on('connection', (socket) => host.accept(webSocketTransport(socket), UNVERIFIED_PEER))
  }, 60_000)

  afterAll(() => {
    sockets.close()
    server.close()
    server.closeAllConnections()
  })

  it('negotiates over a MessagePort with a broker of its own, and over a WebSocket with a real one (SPEC C3, N1)', async () => {
    await inChromium(async (browser) => {
      const page = await browser.newPage()
      const complaints: Array<string> = []
      page.on('pageerror', ({ message }) => complaints.push(message))
      page.on('console', (message) => (message.type() === 'error' && !message.text().includes('favicon') ? complaints.push(message.text()) : undefined))
      await page.goto(`http://${url}/`)
      await page.waitForFunction('window.overWebSocket !== undefined')
      expect(await page.evaluate('window.overPort()')).toBe('Negotiated /in/the/page')
      expect(await page.evaluate(`window.overWebSocket('ws://${url}/')`)).toBe('Negotiated /run/zccache.sock')
      expect(complaints).toEqual([])
    })
  }, 60_000)
})
