/**
 * The demo does what README.md says of it: on real sockets, with clients and backends in other processes, and it ends.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** What the demo prints; it says nothing else, and leaves nothing in the folder for temporary files. */
async function runDemo(...nodeOptions: ReadonlyArray<string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'd-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder }
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath, [...nodeOptions, program('../../examples/demo.mjs')], { timeout: 60_000, env },
  )
  expect(stderr).toBe('')
  expect(await readdir(folder)).toEqual([])
  expect(stdout).toContain('Done: the brokers are closed, and the backends have ended.')
  return stdout
}

describe('npm run demo', () => {
  it('shows a negotiation, tokens, refusals, a rate limit, handoffs and fallbacks, and ends by itself', async () => {
    const stdout = await runDemo()
    for (const text of [
      'negotiated: protocol 1', 'backend: acknowledged after', 'handoff expired: zccache connection 1',
      'backend refused the handoff: service refusing is not', 'backend ACK deadline (1000 ms) exceeded',
      'Tokens still pending at the broker: 0',
    ]) expect(stdout.replace(/\s+/g, ' ')).toContain(text)
    // A line a refusal: its code, its hint, its reason.
    const refusals = stdout.split('\n').filter((line) => /^ {3}.{36} \d +\d+ +\S/.test(line))
    expect(refusals).toHaveLength(22)
    if (process.platform === 'linux') expect(stdout).toMatch(/Hello 7: refused: Hello rate limit exceeded; try again in \d+ ms/)

    const [, broker, backend] = /the broker is process (\d+), and has started the backend, process (\d+)/.exec(stdout) ?? []
    const handedOver = /client: process (\d+), route HandlePassed, hears after \S+ ms: process (\d+), on a connection handed over/.exec(stdout)
    expect(handedOver?.[2]).toBe(backend)
    expect(new Set([broker, backend, handedOver?.[1]]).size).toBe(3)
    expect(stdout.match(/handoff abandoned: \w+ connection \d; its token is revoked\n/g)).toHaveLength(3)
    expect(stdout.match(/client: process \d+, route BrokerNegotiated, hears after \S+ ms: process \d+, at its own endpoint\n/g)).toHaveLength(3)
    for (const way of ['handed over', 'offered in vain', 'not offered']) expect(stdout).toMatch(new RegExp(`^ {3}${way}.* \\d+\\.\\d\\d +\\d+\\.\\d\\d$`, 'm'))
    expect(stdout.match(/^ {3}handed over against [a-z ]+: handoff is (not )?faster/gm)).toHaveLength(2)
  }, 70_000)

  it('says so where sockets cannot be sent to another process, and every client is served all the same (SPEC B3)', async () => {
    const stdout = await runDemo('--import', new URL('./noSocketPassing.mjs', import.meta.url).href)
    expect(stdout).toContain('(not handed over: not every platform can pass such a socket to another process')
    expect(stdout).not.toContain('HandlePassed')
    expect(stdout.match(/route BrokerNegotiated, hears after \S+ ms: process \d+, at its own endpoint\n/g)).toHaveLength(4)
    expect(stdout.match(/there are no handoff samples to compare/g)).toHaveLength(2)
  }, 70_000)
})
