/**
 * The demo does what README.md says of it: on a real socket, with clients in other processes, and it ends.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const DEMO = fileURLToPath(new URL('../../examples/demo.mjs', import.meta.url))

describe('npm run demo', () => {
  it('shows a negotiation, tokens, every kind of refusal and a rate limit, and ends by itself', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO], { timeout: 60_000 })
    expect(stderr).toBe('')
    for (const text of [
      'negotiated: protocol 1', 'backend: acknowledged after', 'handoff expired: zccache connection 3', 'Done: both brokers are closed',
    ]) expect(stdout).toContain(text)
    // A line a refusal: its code, its hint, its reason.
    const refusals = stdout.split('\n').filter((line) => /^ {3}.{36} \d +\d+ +\S/.test(line))
    expect(refusals).toHaveLength(22)
    if (process.platform === 'linux') expect(stdout).toMatch(/Hello 7: refused: Hello rate limit exceeded; try again in \d+ ms/)
  }, 70_000)
})
