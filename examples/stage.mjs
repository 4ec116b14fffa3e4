/**
 * What the demo is played with: brokers in this process, backends and clients in processes of their own, a folder for
 * their sockets, and how everything is printed.
 */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createBroker, describeEvent, describeFault, parsePolicy } from 'hello-negotiation'
import { describeListenError, describeNotice, listen } from 'hello-negotiation/host/node'

const folder = await mkdtemp(join(tmpdir(), 'hello-demo-'))
const LINE_MAX = 116
const isWindows = process.platform === 'win32'
const brokers = []
const backends = []

/** Where somebody listens: a socket in the demo's folder, on Windows a pipe. */
export function endpoint(name) {
  return isWindows ? `\\\\.\\pipe\\${basename(folder)}-${name}` : join(folder, `${name}.sock`)
}

/**
 * A broker at an endpoint of its own. It prints what it has to tell, as far as `isTold` says so, and lets one wait for
 * the next event of a kind.
 */
export async function startBroker(name, policyInput, { handoff, isTold = ({ _tag }) => _tag !== 'Refused' } = {}) {
  const policy = parsePolicy(policyInput)
  if (policy._tag === 'Left') throw new Error(policy.left.map(describeFault).join('\n'))
  const waiting = new Map()
  const tell = (what, text) => {
    if (isTold(what)) line(`broker: ${text}`)
    waiting.get(what._tag)?.()
  }
  const broker = createBroker({ policy: policy.right, onEvent: (event) => tell(event, describeEvent(event)) })
  const path = endpoint(name)
  const at = { _tag: isWindows ? 'Pipe' : 'Socket', path }
  const listener = await listen({ broker, at, handoff, onNotice: (notice) => tell(notice, describeNotice(notice)) })
  if (listener._tag === 'Left') throw new Error(describeListenError(listener.left))
  brokers.push(listener.right)
  return { broker, path, seen: (tag) => new Promise((resolve) => waiting.set(tag, resolve)) }
}

/** A backend, at the endpoint that has the name of its manner; a child of this process, so that it can be sent sockets. */
export async function startBackend(manner) {
  const backend = fork(program('./backend.mjs'), [endpoint(manner), manner])
  backends.push(backend)
  const [said] = await Promise.race([once(backend, 'message'), once(backend, 'exit')])
  if (said !== 'listening') throw new Error(`the ${manner} backend has ended before it listened`)
  return backend
}

/** Closes every broker, and waits until every backend has ended, as it does when its broker goes. */
export async function endAll() {
  await Promise.all(brokers.map((listener) => listener.close()))
  const left = backends.filter(({ connected }) => connected)
  for (const backend of left) backend.disconnect()
  await Promise.all(left.map((backend) => once(backend, 'exit')))
}

/** Leaves nothing behind, however far the demo has come. */
export async function cleanUp() {
  for (const backend of backends) backend.kill()
  await rm(folder, { recursive: true, force: true })
}

/** Runs the package's command as a client; a refusal is an answer too, so the exit status is not looked at. */
export async function hello({ path }, ...options) {
  const args = ['hello', '--socket', path, '--service', 'zccache', '--version', '1.11.20', ...options]
  return run('../dist/host/command/main.js', ...args).then(({ stdout }) => stdout, ({ stdout, stderr }) => stdout || stderr)
}

export async function helloJson(broker, ...options) {
  return jsonLines(await hello(broker, '--json', ...options))
}

/** Runs one of the programs beside this one, which prints JSON, a line each. */
export async function runJson(path, ...args) {
  return jsonLines((await run(path, ...args)).stdout)
}

function run(path, ...args) {
  return promisify(execFile)(process.execPath, [program(path), ...args], { timeout: 60_000 })
}

function program(path) {
  return fileURLToPath(new URL(path, import.meta.url))
}

function jsonLines(text) {
  return text.trim().split('\n').map((line) => JSON.parse(line))
}

export function title(text) {
  console.log(`\n${text}`)
}

/** Prints a line, or several where it is too long for a terminal. */
export function line(text) {
  const broken = text.length > LINE_MAX ? text.lastIndexOf(' ', LINE_MAX) : -1
  console.log(`   ${broken > 0 ? text.slice(0, broken) : text}`)
  if (broken > 0) line(`  ${text.slice(broken)}`)
}

export function lines(text) {
  for (const one of text.trimEnd().split('\n')) line(one)
}
