/**
 * `npm run play`: its own few files, on this machine alone.
 */
import { spawnSync } from 'node:child_process'
import { request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVE, served } from './served.js'

describe('npm run play', () => {
  let server: Awaited<ReturnType<typeof served>>
  beforeAll(async () => {
    server = await served()
  }, 30_000)
  afterAll(() => server.end())

  const status = (path: string, method = 'GET'): Promise<number | undefined> => new Promise((settle, fail) =>
    request(server.url, { path, method }, (response) => settle(response.resume().statusCode)).on('error', fail).end())

  it.each([['', 'text/html'], ['style.css', 'text/css'], ['page.js', 'text/javascript']])('serves /%s as what it is', async (path, type) => {
    const response = await fetch(`${server.url}${path}`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`])
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('allows the page nothing but its own script and style', async () => {
    const policy = (await fetch(server.url)).headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /)
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })

  it.each([
    '/serve.mjs', '/meanings.mjs', '/page/main.js', '/../package.json', '/page/../../package.json', '/%2e%2e/package.json', '/..%2fpackage.json',
    '//etc/passwd', '/page.js/', '/constructor',
  ])('has no %s', async (path) => {
    expect(await status(path)).toBe(404)
  })

  it('reads, and takes nothing', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect(await status('/', method)).toBe(404)
    expect(await status('/?anything', 'HEAD')).toBe(200)
  })

  it('is heard on no other address of this machine', async () => {
    const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of others) {
      const answers = await new Promise<boolean>((settle) => {
        const socket = connect(Number(new URL(server.url).port), address, () => (socket.destroy(), settle(true)))
        socket.on('error', () => settle(false))
      })
      expect([address, answers]).toEqual([address, false])
    }
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
  })

  it.each([
    [['--port', 'x'], /--port is "x"; expected a number from 0 to 65535/], [['--port', '65536'], /expected a number/], [['--prot', '1'], /--prot/],
  ])('says what is wrong with %j', (options, text) => {
    const { status, stderr } = spawnSync(process.execPath, [SERVE, ...options], { encoding: 'utf8' })
    expect([status, stderr.trim().split('\n').length]).toEqual([2, 1])
    expect(stderr).toMatch(text)
  })

  it('says that a port is taken', () => {
    const { status, stderr } = spawnSync(process.execPath, [SERVE, '--port', new URL(server.url).port], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^port \d+ is taken; leave --port out for one that is free\n$/)])
  }, 30_000)
})
