#!/usr/bin/env node
/**
 * The process around the command.
 */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { run } from './run.js'
import type { Terminal } from './Terminal.js'

const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  readInput: () => text(process.stdin),
  env: process.env,
  pid: process.pid,
}

// A reader that goes away (`… | head`) is no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const stopped = new Promise<string>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
})

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }

process.exitCode = await run(process.argv.slice(2), terminal, version, stopped)
