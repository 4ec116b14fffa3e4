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

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const { values: { port } } = parseArgs({ options: { port: { type: 'string', default: '0' } } })

/** The page's script with the library in it, as it was built. */
export async function bundled(input = here('page/main.js')) {
  const alias = { 'hello-negotiation/step': here('../dist/step/index.js'), 'hello-negotiation/wire': here('../dist/wire/index.js'), 'hello-negotiation': here('../dist/index.js') }
  const bundle = await rolldown({ input, platform: 'browser', resolve: { alias } })
  const { output: [{ code }] } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  return code
}

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
server.listen(Number(port), '127.0.0.1', () => console.log(`open http://127.0.0.1:${server.address().port}/ (ends with Ctrl-C)`))
