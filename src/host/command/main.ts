#!/usr/bin/env node
/**
 * The process around the command.
 */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { lossyLog } from './lossyLog.js'
import { run } from './run.js'
import type { Terminal } from './Terminal.js'

const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  log: lossyLog(process.stdout),
  complain: (line) => void process.stderr.write(`${line}\n`),
  readInput: () => text(process.stdin),
  env: process.env,
  pid: process.pid,
  userId: process.getuid?.().toString(),
}

// A reader that goes away (`… | head`) is no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

/** How long a broker that was stopped waits for somebody to read its last lines, in milliseconds. */
const LAST_LINES_MS = 1_000

let isStopped = false

/** Only who asks is spared by a signal: `hello` and `inspect` have nothing to put in order. */
async function untilStopped(): Promise<string> {
  const reason = await new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
  })
  isStopped = true
  return reason
}

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }

process.exitCode = await run(process.argv.slice(2), terminal, version, untilStopped)

// A process whose output nobody reads would not end. What is not a log waits for its reader.
if (isStopped) setTimeout(() => process.exit(), LAST_LINES_MS).unref()
