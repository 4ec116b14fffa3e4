/**
 * The test of a broker over real sockets: of the package's own, and of one that shares nothing with it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createBroker, UNVERIFIED_PEER } from 'hello-negotiation'
import { conformance } from 'hello-negotiation/host/node'
import { rowsOf, verdictOnRow } from 'hello-negotiation/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { start } from '../host/node/support.js'
import { named, policyOf, resultsOf, SERVICES, SESSIONS } from './support.js'

const MINUTES_MS = 600_000
const COMMAND = fileURLToPath(new URL('../../dist/host/command/main.js', import.meta.url))
const FOREIGN = fileURLToPath(new URL('foreignBroker.mjs', import.meta.url))

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'hello-conform-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

function run(args: ReadonlyArray<string>, nodeArgs: ReadonlyArray<string> = []): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeArgs, COMMAND, ...args], { maxBuffer: 0x400_0000 }, (error, out, err) => {
      resolve({ status: Number(error?.code ?? 0), out, err })
    })
  })
}

async function policyFile(name: string, policy: object): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, JSON.stringify(policy))
  return file
}

/** A process that prints something once it listens. */
async function listening(args: ReadonlyArray<string>): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
}

describe('the package’s own broker', () => {
  it('agrees over a socket, whatever of it can be seen on this machine', { timeout: MINUTES_MS }, async () => {
    const policy = { services: SERVICES, rateLimit: { maxPerWindow: 64, windowMs: 500 } }
    const { path } = await start(policy)
    const report = await conformance({ policy: policyOf(policy), open: () => connect({ path }), thoroughness: { timeoutMs: 60_000 } })
    expect(named(report, 'Differs')).toEqual([])
    expect(named(report, 'AsReference')).toEqual([])
    // Without the kernel's word on pids, or on a machine that is slow today, these are not shown.
    const shown = named(report, 'NotShown').filter((id) => id !== 'peer-pid' && id !== 'rate-limit')
    expect(shown).toEqual(['session-token', 'deadline'])
  })

  it('agrees in its deadline and its session tokens too (SPEC C7, K1–K3)', { timeout: MINUTES_MS }, async () => {
    const policy = { sessions: SESSIONS, helloTimeoutMs: 400, services: SERVICES }
    const { path } = await start(policy)
    const report = await conformance({
      policy: policyOf(policy), open: () => connect({ path }), only: ['C7', 'K1'], thoroughness: { isSlow: true, timeoutMs: 60_000 },
    })
    expect(named(report, 'Differs')).toEqual([])
    expect(named(report, 'Agrees')).toEqual(expect.arrayContaining(['deadline', 'session-token']))
  })

  it('can be met over any stream at all', { timeout: MINUTES_MS }, async () => {
    const policy = policyOf()
    const broker = createBroker({ policy })
    const report = await conformance({
      policy,
      open: () => {
        const [ours, theirs] = duplexPair()
        theirs.on('data', (chunk: Uint8Array) => theirs.end(broker.exchange(chunk, UNVERIFIED_PEER).bytes))
        return ours
      },
      only: ['H3', 'E1', 'F4'],
    })
    expect(named(report, 'Differs')).toEqual([])
    expect(resultsOf(report).map(({ id }) => id)).toEqual(expect.arrayContaining(['wanted-version', 'envelope-version', 'no-body']))
  })
})

describe('a broker that is not ours', () => {
  it('agrees but for what its package decodes otherwise (SPEC W1, W2, W6, W8)', { timeout: MINUTES_MS }, async () => {
    const policy = await policyFile('foreign.json', { services: SERVICES })
    const socket = join(folder, 'foreign.sock')
    await listening([FOREIGN, policy, socket])
    const { status, out } = await run(['conformance', '--socket', socket, '--policy', policy, '--cases', '60', '--timeout', '60000', '--json'])
    const report = JSON.parse(out) as { readonly rows: Readonly<Record<string, string>>; readonly results: ReadonlyArray<{ readonly differences: ReadonlyArray<{ readonly what: string }> }> }
    const withVerdict = (verdict: string): ReadonlyArray<string> =>
      Object.entries(report.rows).filter(([, found]) => found === verdict).map(([row]) => row)
    expect(withVerdict('differs')).toEqual(['W1', 'W2', 'W6', 'W8'])
    expect(withVerdict('not shown')).toEqual(['H6', 'R1', 'R4', 'R5', 'K1', 'K2', 'K3', 'C7'])
    expect(status).toBe(1)
    const told = report.results.flatMap(({ differences }) => differences.map(({ what }) => what))
    expect(told).toEqual(expect.arrayContaining(['in the Hello: a key in six bytes', 'in the Frame: 101 groups']))
  })
})

describe('the command', () => {
  it('tells row by row what agrees, and ends with status 0 where nothing differs', { timeout: MINUTES_MS }, async () => {
    const policy = await policyFile('sound.json', { services: SERVICES, rateLimit: { maxPerWindow: 1_000_000 } })
    const socket = join(folder, 'sound.sock')
    await listening([COMMAND, 'serve', '--policy', policy, '--socket', socket])
    const { status, out, err } = await run(['conformance', '--socket', socket, '--policy', policy, '--cases', '20', '--timeout', '60000'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('agrees            H4: client_version has at most 128 bytes, counted in UTF-8 (6)')
    expect(out).toMatch(/\n\d+ agrees, 0 as the reference, 0 DIFFERS, \d+ not shown; \d+ conversations\. Rows:\n/)
  })

  it('shows what differs, with the bytes, and ends with status 1', { timeout: MINUTES_MS }, async () => {
    const told = await policyFile('told.json', { services: SERVICES })
    const meant = await policyFile('meant.json', { services: SERVICES.map((service) => ({ ...service, backendPipe: '/run/elsewhere.sock' })) })
    const socket = join(folder, 'told.sock')
    await listening([COMMAND, 'serve', '--policy', told, '--socket', socket])
    const { status, out } = await run(['conformance', '--socket', socket, '--policy', meant, '--only', 'N2', '--timeout', '60000'])
    expect(status).toBe(1)
    expect(out).toContain('DIFFERS           N2: a yes names the backend that is registered')
    expect(out).toContain('    expected  backend_pipe "/run/elsewhere.sock"')
    expect(out).toContain('    found     backend_pipe "/run/zccache.sock"')
    expect(out).toMatch(/ {4}sent {6}\d+ bytes: 01 /)
  })

  it('ends with status 2 where nobody listens, and where the policy is of no use', { timeout: MINUTES_MS }, async () => {
    const policy = await policyFile('nobody.json', { services: [] })
    const nobody = await run(['conformance', '--socket', join(folder, 'nobody.sock'), '--policy', policy])
    expect(nobody.status).toBe(2)
    expect(nobody.err).toMatch(/^could not talk: /)
    const spoilt = await policyFile('spoilt.json', { services: [{ serviceName: 'UPPER' }] })
    const fault = await run(['conformance', '--socket', '/nobody.sock', '--policy', spoilt])
    expect(fault.status).toBe(2)
    expect(fault.err).toContain('services[0].serviceName')
    const json = await run(['conformance', '--socket', join(folder, 'nobody.sock'), '--policy', policy, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ outcome: 'could-not-talk' })
  })

  it.each([
    [['--policy', 'p.json'], 'give one of --socket PATH and --port PORT'],
    [['--socket', '/s'], '--policy is missing'],
    [['--socket', '/s', '--policy', 'p.json', '--seed', '-1'], '--seed'],
    [['--socket', '/s', '--policy', 'p.json', '--cases', '1000000'], '--cases takes a whole number from 0 to 10000'],
    [['--client', 'true', '--socket', '/s'], '--socket is for a broker, --client for a client'],
    [['--client', ''], '--client is missing'],
  ])('answers %j with one line and status 64', async (args, complaint) => {
    const { status, out, err } = await run(['conformance', ...args])
    expect({ status, out }).toEqual({ status: 64, out: '' })
    expect(err).toContain(complaint)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('has help, and is in that of the program', async () => {
    expect((await run(['conformance', '--help'])).out).toContain('Usage:')
    expect((await run(['--help'])).out).toContain('hello-negotiation conformance --socket PATH --policy FILE')
  })

  it('needs no package that is for tests alone', { timeout: MINUTES_MS }, async () => {
    const hooks = 'export const resolve = (name, context, next) => { if (name.startsWith("fast-check")) throw new Error("loads " + name); return next(name, context) }'
    const register = `import { register } from "node:module"; register("data:text/javascript,${encodeURIComponent(hooks)}")`
    const without = ['--import', `data:text/javascript,${encodeURIComponent(register)}`]
    const policy = await policyFile('alone.json', { services: SERVICES, rateLimit: { maxPerWindow: 1_000_000 } })
    const socket = join(folder, 'alone.sock')
    await listening([COMMAND, 'serve', '--policy', policy, '--socket', socket])
    const { status, out, err } = await run(['conformance', '--socket', socket, '--policy', policy, '--only', 'H2', '--timeout', '60000'], without)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('H2')
    // The hook does what it is for.
    const spoilt = await new Promise<string>((resolve) => {
      execFile(process.execPath, [...without, '--input-type=module', '--eval', 'import "fast-check"'], (_, __, err) => resolve(err))
    })
    expect(spoilt).toContain('loads fast-check')
  })
})

describe('a broker that closes what it has not read', () => {
  it('is heard all the same', { timeout: MINUTES_MS }, async () => {
    const path = join(folder, 'rude.sock')
    const broker = createBroker({ policy: policyOf() })
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (chunk: Uint8Array) => {
        socket.write(broker.exchange(chunk, UNVERIFIED_PEER).bytes, () => void socket.destroy())
      })
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => void server.close())
    const report = await conformance({ policy: policyOf(), open: () => connect({ path }), only: ['bytes-behind', 'H1'], thoroughness: { timeoutMs: 60_000 } })
    expect(rowsOf(resultsOf(report)).filter((row) => verdictOnRow(resultsOf(report), row) === 'Differs')).toEqual([])
  })
})
