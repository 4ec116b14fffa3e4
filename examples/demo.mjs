/**
 * The library at its main job, on a real socket: npm run demo
 *
 * This process is the broker; every client is a process of its own. It ends by itself.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createBroker, describeAckError, describeEvent, describeFault, fromHex, handoffToken, parsePolicy } from 'hello-negotiation'
import { describeListenError, listen } from 'hello-negotiation/host/node'

const command = fileURLToPath(new URL('../dist/host/command/main.js', import.meta.url))
const refusedClients = fileURLToPath(new URL('./refused-clients.mjs', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'hello-demo-'))
const run = promisify(execFile)

const SERVICE = { serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: join(folder, 'zccache.sock'), serverCapabilities: '1' }
const RATE_LIMIT = { maxPerWindow: 5, windowMs: 1_000 }
const ACK_DEADLINE_MS = 400

try {
  const main = await startBroker('broker.sock', {
    services: [{ ...SERVICE, minVersion: '1.10.0', versionAllowList: ['1.11.20'] }],
    rateLimit: RATE_LIMIT,
    ackDeadlineMs: ACK_DEADLINE_MS,
  })
  const withSessions = await startBroker('sessions.sock', {
    services: [SERVICE, { ...SERVICE, serviceName: 'orphan' }],
    sessions: { brokerHalf: '01'.repeat(16), daemonHalves: { zccache: '02'.repeat(16) } },
  })

  title('1. A negotiation')
  show(await hello(main))

  title('2. A handoff token, issued and acknowledged')
  const [granted] = await helloJson(main, '--handoff')
  line(`the client got connection ${granted.connectionId} and a token of ${granted.handlePassedToken.length / 2} bytes`)
  acknowledge(main, granted)
  line('a second ACK for the same token:')
  acknowledge(main, granted)

  title(`3. A handoff token that nobody acknowledges within ${ACK_DEADLINE_MS} ms`)
  const [forgotten] = await helloJson(main, '--handoff')
  line(`the client got connection ${forgotten.connectionId}`)
  await main.seen('HandoffExpired')
  line('an ACK after that:')
  acknowledge(main, forgotten)

  title('4. Every kind of refusal')
  const { stdout } = await run(process.execPath, [refusedClients, main.path, withSessions.path])
  table(stdout.trim().split('\n').map((text) => JSON.parse(text)))

  title(`5. A peer that runs into its limit of ${RATE_LIMIT.maxPerWindow} Hellos in ${RATE_LIMIT.windowMs} ms`)
  const answers = await helloJson(main, '--repeat', `${RATE_LIMIT.maxPerWindow + 2}`)
  answers.forEach(({ outcome, reason, retryAfterMs }, i) =>
    line(`Hello ${i + 1}: ${outcome}${reason === undefined ? '' : `: ${reason}; try again in ${retryAfterMs} ms`}`))
  if (answers.every(({ outcome }) => outcome === 'negotiated')) {
    line('(this platform does not tell the broker who its peers are, so nobody is limited)')
  }

  await Promise.all([main.close(), withSessions.close()])
  title('Done: both brokers are closed, their sockets are gone.')
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** A broker on a socket of its own; tells its events, and lets one wait for the next of a kind. */
async function startBroker(name, policyInput) {
  const policy = parsePolicy(policyInput)
  if (policy._tag === 'Left') throw new Error(policy.left.map(describeFault).join('\n'))
  const waiting = new Map()
  const broker = createBroker({
    policy: policy.right,
    onEvent: (event) => {
      if (event._tag !== 'Refused') line(`broker: ${describeEvent(event)}`)
      waiting.get(event._tag)?.()
    },
  })
  const path = join(folder, name)
  const listener = await listen({ broker, at: { _tag: 'Socket', path } })
  if (listener._tag === 'Left') throw new Error(describeListenError(listener.left))
  return { broker, path, seen: (tag) => new Promise((resolve) => waiting.set(tag, resolve)), close: () => listener.right.close() }
}

/** Runs the command as a client; a refusal is an answer too, so the exit status is not looked at. */
async function hello({ path }, ...options) {
  const args = ['hello', '--socket', path, '--service', 'zccache', '--version', '1.11.20', ...options]
  return run(process.execPath, [command, ...args]).then(({ stdout }) => stdout, ({ stdout, stderr }) => stdout || stderr)
}

async function helloJson(broker, ...options) {
  const text = await hello(broker, '--json', ...options)
  return text.trim().split('\n').map((answer) => JSON.parse(answer))
}

/** What the backend would do on receiving the connection: name the token it was offered. */
function acknowledge({ broker }, { handlePassedToken }) {
  const result = broker.acknowledge(handoffToken(fromHex(handlePassedToken)))
  line(result._tag === 'Right' ? `backend: acknowledged after ${result.right.waitedMs.toFixed(1)} ms` : `backend: ${describeAckError(result.left)}`)
}

function table(rows) {
  const header = { what: 'THE CLIENT SENDS', code: 'CODE', reason: 'REASON ON THE WIRE', retryAfterMs: 'RETRY ms' }
  for (const { what, code, reason, retryAfterMs } of [header, ...rows]) {
    line(`${what.padEnd(36)} ${String(code).padEnd(5)} ${retryAfterMs.padEnd(9)} ${reason}`)
  }
}

function title(text) {
  console.log(`\n${text}`)
}

function line(text) {
  console.log(`   ${text}`)
}

function show(text) {
  for (const part of text.trimEnd().split('\n')) line(part)
}
