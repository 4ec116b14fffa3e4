/**
 * The command as a user meets it: the built program, in processes of its own, over real sockets.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toHex } from 'hello-negotiation'
import { encodeFrame, encodeFramed, encodeHello, frame, hello } from 'hello-negotiation/wire'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { no } from '../../client/support.js'
import { says, scripted } from '../node/clientSupport.js'

const COMMAND = fileURLToPath(new URL('../../../dist/host/command/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hello-command-'))
const children: Array<ChildProcess> = []

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ran {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

function start(args: ReadonlyArray<string>, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, ...env } })
  children.push(child)
  return child
}

function run(args: ReadonlyArray<string>, input = ''): Promise<Ran> {
  const child = start(args)
  const ran = ended(child)
  child.stdin?.end(input)
  return ran
}

function ended(child: ChildProcess): Promise<Ran> {
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })))
}

/** Resolves with everything printed so far, once it contains `text`. */
function printed(child: ChildProcess, text: string): Promise<string> {
  let out = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      out += chunk
      if (out.includes(text)) resolve(out)
    })
    child.on('close', () => reject(new Error(`ended without printing ${text}: ${out}`)))
  })
}

/** The status of GET /metrics on a port of this machine, asked for by another name. */
function statusFor(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
    let text = ''
    socket.on('data', (chunk) => (text += chunk)).on('error', reject).on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])))
  })
}

const POLICY = join(folder, 'policy.json')
const SOCKET = join(folder, 'broker.sock')
const zccache = ['--service', 'zccache', '--version', '1.11.20']

beforeAll(() => {
  writeFileSync(POLICY, JSON.stringify({
    services: [{
      serviceName: 'zccache', minVersion: '1.10.0', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', serverCapabilities: '1',
    }],
    rateLimit: { maxPerWindow: 3, windowMs: 60_000 },
  }))
})

describe('serve and hello', () => {
  let broker: ChildProcess
  let ran: Promise<Ran>

  beforeAll(async () => {
    broker = start(['serve', '--policy', POLICY, '--socket', SOCKET])
    ran = ended(broker)
    await printed(broker, 'listening on')
  })

  afterAll(async () => {
    broker.kill('SIGTERM')
    expect((await ran).status).toBe(0)
  })

  it('negotiates: status 0, the backend on standard output', async () => {
    const { status, out, err } = await run(['hello', '--socket', SOCKET, ...zccache])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('connect to     /run/zccache.sock')
    expect(out).toContain('keepalive      every 1800 s')
    expect(out).toContain('handoff token  none')
  })

  it('gives a handoff token of 16 bytes with --handoff, and prints it with --json alone', async () => {
    const { out } = await run(['hello', '--socket', SOCKET, ...zccache, '--handoff', '--json'])
    const reply = JSON.parse(out) as Record<string, unknown>
    expect(reply).toMatchObject({ outcome: 'negotiated', backendPipe: '/run/zccache.sock', keepaliveIntervalSecs: '1800' })
    expect(reply['handlePassedToken']).toMatch(/^[0-9a-f]{32}$/)
    expect((await run(['hello', '--socket', SOCKET, ...zccache, '--handoff'])).out).toContain('16 bytes (--json shows them)')
  })

  it('is refused: status 1, the reason and the hint on standard output', async () => {
    const { status, out } = await run(['hello', '--socket', SOCKET, '--service', 'zccache', '--version', '1.9.9'])
    expect(status).toBe(1)
    expect(out).toContain('refused: wanted_version is below min_version')
    expect(out).toContain('8 (ERROR_VERSION_BLOCKED)')
    expect(out).toContain('try again in   30000 ms')
  })

  it.runIf(process.platform === 'linux')('limits a process by the pid that the kernel vouches for (SPEC R2, R5)', async () => {
    const { status, out } = await run(['hello', '--socket', SOCKET, ...zccache, '--repeat', '5', '--json'])
    const outcomes = out.trim().split('\n').map((line) => (JSON.parse(line) as { readonly outcome: string }).outcome)
    expect(status).toBe(1)
    expect(outcomes).toEqual(['negotiated', 'negotiated', 'negotiated', 'refused', 'refused'])
  })

  it('cannot talk where nobody listens: status 2, one line on standard error', async () => {
    const { status, out, err } = await run(['hello', '--socket', join(folder, 'nobody.sock'), ...zccache])
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toMatch(/^could not talk to the broker: .+\n$/)
  })

  it('refuses to serve where a broker answers already: status 1, one line', async () => {
    const { status, err } = await run(['serve', '--policy', POLICY, '--socket', SOCKET])
    expect(status).toBe(1)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toContain('cannot listen')
  })
})

describe('serve', () => {
  it('logs one line an event, and ends cleanly on SIGTERM with its socket gone', async () => {
    const socket = join(folder, 'log.sock')
    const broker = start(['serve', '--policy', POLICY, '--socket', socket])
    const ran = ended(broker)
    await printed(broker, 'listening on')
    await run(['hello', '--socket', socket, ...zccache, '--handoff'])
    broker.kill('SIGTERM')
    const { status, out } = await ran
    expect(status).toBe(0)
    const lines = out.trim().split('\n').map((line) => line.replace(/^\S+ /, ''))
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      expect.stringContaining('listening on'), 'negotiated', 'handoff issued', 'stopping', 'stopped',
    ])
    expect((await run(['hello', '--socket', socket, ...zccache])).status).toBe(2)
  })

  it('lets in its own user alone where the policy does not say, and tells of each that is turned away (SPEC C1)', async () => {
    const [mine, theirs] = [join(folder, 'mine.sock'), join(folder, 'theirs.sock')]
    const broker = start(['serve', '--policy', POLICY, '--socket', mine])
    expect(await printed(broker, 'listening on')).toMatch(/only user \d+ may connect$/m)
    expect((await run(['hello', '--socket', mine, ...zccache])).status).toBe(0)
    const file = join(folder, 'theirs.json')
    writeFileSync(file, JSON.stringify({ services: [], peerPolicy: { ownerOnly: '4294967294' } }))
    const other = start(['serve', '--policy', file, '--socket', theirs])
    await printed(other, 'only user 4294967294 may connect')
    const told = printed(other, 'would admit it')
    expect((await run(['hello', '--socket', theirs, ...zccache])).status).toBe(2)
    expect(await told).toMatch(/peer rejected: pid \d+ \(user \d+\) is not the owner, user 4294967294; closed without an answer; "peerPolicy": "allow-any"/)
    for (const one of [broker, other]) one.kill('SIGTERM')
  })

  it('serves metrics to its own machine, and a log of JSON (SPEC M7)', async () => {
    const socket = join(folder, 'metrics.sock')
    const broker = start(['serve', '--policy', POLICY, '--socket', socket, '--metrics', '0', '--log', 'json'])
    const ran = ended(broker)
    const port = /127\.0\.0\.1:(\d+)\/metrics/.exec(await printed(broker, 'metrics at'))?.[1] ?? ''
    await run(['hello', '--socket', socket, ...zccache])
    await run(['hello', '--socket', socket, '--service', 'nobody', '--version', '1.0.0'])
    const asked = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init)
    const response = await asked('/metrics')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    const text = await response.text()
    expect(text).toContain('hello_total{service="zccache",version="1.11.20",outcome="negotiated"} 1')
    expect(text).toContain('hello_total{service="",version="",outcome="service_unknown"} 1')
    expect([(await asked('/')).status, (await asked('/metrics', { method: 'POST' })).status]).toEqual([404, 405])
    // A page in a browser that has a name of its own resolve to this machine asks under that name.
    expect(await statusFor(Number(port), 'evil.example')).toBe(403)
    broker.kill('SIGTERM')
    const tags = (await ran).out.trim().split('\n').map((line) => (JSON.parse(line) as { readonly tag: string }).tag)
    expect(tags).toEqual(['Said', 'Said', 'Negotiated', 'Refused', 'Said', 'Said'])
  })

  it('does not start where its metrics cannot be served: status 1, one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = String((taken.address() as AddressInfo).port)
    const { status, err } = await run(['serve', '--policy', POLICY, '--socket', join(folder, 'untold.sock'), '--metrics', port])
    taken.close()
    expect([status, err.trim()]).toEqual([1, expect.stringMatching(/^cannot serve metrics: .*EADDRINUSE/)])
  })

  it('prints every fault of a policy, one line each, and does not start', async () => {
    const file = join(folder, 'faulty.json')
    writeFileSync(file, JSON.stringify({ services: [{ serviceName: 'Bad', daemonVersion: 1, backendPipe: 'p' }], ackDeadline: 5 }))
    const { status, out, err } = await run(['serve', '--policy', file, '--socket', join(folder, 'never.sock')])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err.trim().split('\n').map((line) => line.replace(/^policy .*?faulty.json: /, ''))).toEqual([
      'services[0].serviceName: found "Bad"; expected 1 to 64 of a-z, 0-9 and -',
      'services[0].daemonVersion: found 1; expected a text of at most 4096 bytes',
      expect.stringMatching(/^ackDeadline: found an unexpected field; expected one of the fields services, /),
    ])
  })

  it('takes a policy that begins with a byte order mark', async () => {
    const file = join(folder, 'bom.json')
    writeFileSync(file, `\ufeff${readFileSync(POLICY, 'utf8')}`)
    const broker = start(['serve', '--policy', file, '--socket', join(folder, 'bom.sock')])
    const ran = ended(broker)
    expect(await printed(broker, 'listening on')).toContain('1 service(s) registered')
    broker.kill('SIGTERM')
    expect((await ran).status).toBe(0)
  })

  it('names the folder that is not there, in one line', async () => {
    const none = join(folder, 'none')
    const { status, err } = await run(['serve', '--policy', POLICY, '--socket', join(none, 'broker.sock')])
    expect({ status, err }).toEqual({ status: 1, err: `cannot listen: the folder ${none} does not exist\n` })
  })

  describe('whose log nobody reads', () => {
    /** Serves, reads the first line of the log and no more, and has 5 000 refusals to log. */
    async function stalled(name: string): Promise<ChildProcess> {
      const socket = join(folder, name)
      const broker = start(['serve', '--policy', POLICY, '--socket', socket])
      // Where it does not end as it should, nothing else would end it.
      onTestFinished(() => void broker.kill('SIGKILL'))
      await printed(broker, 'listening on')
      broker.stdout?.pause()
      for (let i = 0; i < 100; i += 1) await Promise.all(Array.from({ length: 50 }, () => refusal(socket)))
      return broker
    }

    /** One connection that is no Hello; resolves with how many bytes the answer has. */
    function refusal(path: string): Promise<number> {
      return new Promise((resolve, reject) => {
        const socket = connect({ path }, () => socket.write(Uint8Array.of(0x16)))
        let bytes = 0
        socket.on('data', (chunk) => (bytes += chunk.length))
        socket.on('error', reject)
        socket.on('close', () => resolve(bytes))
      })
    }

    it('answers on, and ends on SIGTERM all the same', async () => {
      const broker = await stalled('unread.sock')
      // Not `close`: that would wait for what nobody reads.
      const exited = new Promise((resolve) => broker.on('exit', (status) => resolve(status)))
      broker.kill('SIGTERM')
      expect(await exited).toBe(0)
    })

    it('says how many lines were lost once somebody reads again', async () => {
      const broker = await stalled('unread-for-a-while.sock')
      const ran = ended(broker)
      const told = printed(broker, 'line(s)\n')
      broker.stdout?.resume()
      const lines = (await told).trim().split('\n')
      const lost = Number(/lost here, because nobody was reading: (\d+) line/.exec(lines.at(-1) ?? '')?.[1])
      expect(lost).toBeGreaterThan(0)
      expect(lines.length - 1 + lost).toBe(5_000)
      broker.kill('SIGTERM')
      expect((await ran).status).toBe(0)
    })
  })

  it.each([
    ['a missing file', 'no-such-policy.json', ''],
    ['no JSON', 'not.json', 'services: none'],
  ])('says in one line that the policy is %s', async (_, name, text) => {
    const file = join(folder, name)
    if (text !== '') writeFileSync(file, text)
    const { status, err } = await run(['serve', '--policy', file, '--socket', join(folder, 'never.sock')])
    expect(status).toBe(1)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('takes the time a peer has from the environment (SPEC C7)', async () => {
    const socket = join(folder, 'hasty.sock')
    const broker = start(['serve', '--policy', POLICY, '--socket', socket], { RUNNING_PROCESS_BROKER_HELLO_TIMEOUT_MS: ' 50 ' })
    const ran = ended(broker)
    await printed(broker, 'listening on')
    const seen = printed(broker, 'timed out waiting for broker peer')
    const silent = connect(socket)
    silent.on('error', () => {})
    expect(await seen).toContain('it had 50 ms')
    silent.destroy()
    broker.kill('SIGTERM')
    expect((await ran).status).toBe(0)
  })

  it('serves a loopback port too', async () => {
    const broker = start(['serve', '--policy', POLICY, '--port', '0'])
    const ran = ended(broker)
    const port = /:(\d+)/.exec((await printed(broker, 'listening on')).replace(/^\S+ /, ''))?.[1]
    const { status } = await run(['hello', '--port', String(port), ...zccache])
    expect(status).toBe(0)
    broker.kill('SIGINT')
    expect((await ran).status).toBe(0)
  })
})

describe('inspect', () => {
  const good = encodeFramed(encodeFrame(frame({
    envelopeVersion: 1,
    payload: encodeHello(hello({ clientMinProtocol: 1, clientMaxProtocol: 1, serviceName: 'zccache', wantedVersion: '1.11.20' })),
  })))
  const hex = good._tag === 'Right' ? toHex(good.right) : ''

  it('explains a sound frame, from an argument or from standard input: status 0', async () => {
    const [argument, input] = await Promise.all([run(['inspect', hex]), run(['inspect', '-'], `${hex}\n`)])
    expect(argument.status).toBe(0)
    expect(argument.out).toContain('zccache')
    expect(input.out).toBe(argument.out)
  })

  it('says what a broker would object to: status 1', async () => {
    const { status, out } = await run(['inspect', '16', '03', '01'])
    expect(status).toBe(1)
    expect(out).toContain('unsupported framing version')
  })
})

describe('a signal', () => {
  it('ends at once a subcommand that has nothing to put in order', async () => {
    const mute = createServer()
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const child = start(['hello', '--port', `${(mute.address() as AddressInfo).port}`, ...zccache])
    const exited = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
    const [called] = (await once(mute, 'connection')) as [Socket]
    child.kill('SIGTERM')
    expect(await exited).toBe('SIGTERM')
    called.destroy()
    mute.close()
  })

  it('ends at once a client that waits to try again', async () => {
    const broker = await scripted(says(no({ code: 4, reason: 'busy', retryAfterMs: 20_000n })))
    const child = start(['hello', '--socket', broker.path, ...zccache, '--retry'])
    const exited = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
    let told = ''
    await new Promise<void>((resolve) => child.stderr?.on('data', (chunk) => {
      told += chunk
      if (told.includes('\n')) resolve()
    }))
    expect(told).toMatch(/^refused with code 4: "busy"; trying again in \d+ ms\n$/)
    child.kill('SIGINT')
    expect(await exited).toBe('SIGINT')
  })
})

describe('the command line', () => {
  it.each([
    ['--help'], ['serve', '--help'], ['hello', '--help'], ['inspect', '-h'],
  ])('has help for %s %s: status 0', async (...args) => {
    const { status, out, err } = await run(args)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('Usage:')
  })

  it('tells its version', async () => {
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    [[], 'no subcommand'],
    [['dance'], "no subcommand 'dance'"],
    [['hello', '--socket', '/x', '--service', 'zccache'], '--version is missing'],
    [['hello', ...zccache], 'give one of --socket PATH and --port PORT'],
    [['hello', '--port', '99999', ...zccache], '--port takes a whole number from 0 to 65535'],
    [['hello', '--socket', '/x', ...zccache, '--bogus'], "Unknown option '--bogus'"],
    [['hello', '--socket', '/x', ...zccache, 'extra'], "unexpected argument 'extra'"],
    [['serve', '--socket', '/x'], '--policy is missing'],
    [['inspect', '0x1g'], 'hex'],
  ])('answers %j with one clear line and status 64', async (args, complaint) => {
    const { status, out, err } = await run(args)
    expect({ status, out }).toEqual({ status: 64, out: '' })
    expect(err).toContain(complaint)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

afterEach(() => {
  // Only what this test started and nobody else waits for.
  for (const child of children.splice(0).filter(({ exitCode, spawnargs }) => exitCode === null && !spawnargs.includes('serve'))) child.kill()
})
