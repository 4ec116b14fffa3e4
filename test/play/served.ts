/**
 * `play/serve.mjs`, running for as long as a test needs it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const SERVE: string = fileURLToPath(new URL('../../play/serve.mjs', import.meta.url))

/** A server in a process of its own, and where it says that it is. */
export async function served(...options: ReadonlyArray<string>): Promise<{ readonly url: string; readonly end: () => void }> {
  const server = spawn(process.execPath, [SERVE, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(server.stdout, 'data') as [Buffer]
  return { url: /http:\/\/127\.0\.0\.1:\d+\//.exec(String(said))?.[0] ?? '', end: () => void server.kill() }
}
