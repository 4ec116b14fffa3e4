/**
 * The small examples run, say what they promise, and end by themselves.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it.each([
  ['websocket', 'over a WebSocket: Negotiated /run/zccache.sock\n'],
  ['worker', 'from a worker: Negotiated\n'],
  ['stdio', 'from a child: Negotiated\n'],
  ['fetch', 'from a fetch handler: Negotiated\n'],
])('examples/%s.mjs', async (name, says) => {
  const file = fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 })
  expect([stdout, stderr]).toEqual([says, ''])
})
