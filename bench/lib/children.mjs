/**
 * Child processes that are told what to do and tell what came of it, one message each way.
 *
 * Much is measured in a process of its own: what another case has taught the compiler, or left on the
 * heap, must not change a figure.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * A child that answers every message it is sent with one message.
 *
 * @typedef {{ readonly ask: (message: unknown) => Promise<any>, readonly stop: () => Promise<void> }} Child
 */

/**
 * Starts `processes/NAME.mjs`.
 *
 * @param {string} name
 * @param {{ readonly args?: ReadonlyArray<string>, readonly nodeOptions?: ReadonlyArray<string> }} [options]
 * @returns {Child}
 */
export function startChild(name, { args = [], nodeOptions = ['--expose-gc'] } = {}) {
  const path = fileURLToPath(new URL(`../processes/${name}.mjs`, import.meta.url))
  const child = fork(path, args, { execArgv: [...nodeOptions], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const early = exited.then(([code]) => {
    throw new Error(`${name} ended early, with code ${code}`)
  })
  // Nobody may be asking at the moment a child ends; then its end is no error.
  early.catch(() => undefined)

  return {
    async ask(message) {
      const answered = once(child, 'message')
      child.send(message)
      const [{ value, error }] = await Promise.race([answered, early])
      if (error !== undefined) throw new Error(`${name}: ${error}`)
      return value
    },
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** Starts a child, asks it once, and stops it. */
export async function askOnce(name, message, options) {
  const child = startChild(name, options)
  try {
    return await child.ask(message)
  } finally {
    await child.stop()
  }
}

/**
 * The other end: answers each message with what `respond` makes of it, until the parent hangs up.
 *
 * @param {(message: any) => unknown} respond
 */
export function answerParent(respond) {
  process.on('message', async (message) => {
    try {
      process.send?.({ value: await respond(message) })
    } catch (error) {
      process.send?.({ error: error instanceof Error ? error.stack : String(error) })
    }
  })
  process.on('disconnect', () => process.exit(0))
}
