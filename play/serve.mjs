/**
 * Serves the page on this machine alone: `npm run play`. Bundled once, at the start; no build server, no network.
 *
 *     npm run play                 on a port of its own choosing
 *     npm run play -- --port 8080
 */
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'
import { meaningsOf } from './meanings.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** The port that is asked for, 0 for any; whoever asks for another thing is told so. */
function portAsked() {
  try {
    const { values: { port } } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
    if (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) return Number(port)
    return failed(`--port is ${JSON.stringify(port)}; expected a number from 0 to 65535`)
  } catch (error) {
    return failed(error.message)
  }
}

function failed(text) {
  console.error(text)
  process.exit(2)
}

/** What the fields mean is told by the .proto file, and by no copy of it. */
const meanings = {
  name: 'meanings',
  resolveId: (id) => (id === 'hello-negotiation:meanings' ? id : undefined),
  load: (id) => (id === 'hello-negotiation:meanings'
    ? `export const MEANINGS = ${JSON.stringify(meaningsOf(readFileSync(here('../proto/broker_v1.proto'), 'utf8')))}`
    : undefined),
}

/** The page's script with the library in it, as it was built. */
async function bundled() {
  const alias = {
    'hello-negotiation/step': here('../dist/step/index.js'), 'hello-negotiation/wire': here('../dist/wire/index.js'),
    'hello-negotiation': here('../dist/index.js'),
  }
  const bundle = await rolldown({ input: here('page/main.js'), platform: 'browser', resolve: { alias }, plugins: [meanings] })
  const { output: [{ code }] } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  return code
}

const port = portAsked()
const FILES = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: readFileSync(here('page/index.html')) }],
  ['/style.css', { type: 'text/css; charset=utf-8', body: readFileSync(here('page/style.css')) }],
  ['/page.js', { type: 'text/javascript; charset=utf-8', body: await bundled() }],
])

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const server = createServer(({ method, url }, response) => {
  const file = method === 'GET' || method === 'HEAD' ? FILES.get(url?.split('?')[0]) : undefined
  response.writeHead(file === undefined ? 404 : 200, {
    'content-type': file?.type ?? 'text/plain', 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store',
  })
  response.end(method === 'HEAD' ? '' : file?.body ?? 'there is nothing here\n')
})
server.on('error', ({ code, message }) => failed(code === 'EADDRINUSE' ? `port ${port} is taken; leave --port out for one that is free` : message))
server.listen(port, '127.0.0.1', () => console.log(`open http://127.0.0.1:${server.address().port}/ (ends with Ctrl-C)`))
