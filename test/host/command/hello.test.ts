/**
 * `hello` without a process of its own: its arguments, what it prints where, and its exit status.
 */
import { describe, expect, it } from 'vitest'
import { hello } from '../../../src/host/command/hello.js'
import type { Terminal } from '../../../src/host/command/Terminal.js'
import { adoptable, says, type Scripted, scripted, SILENT } from '../node/clientSupport.js'
import { no, yes } from '../../client/support.js'

interface Ran {
  readonly status: number | string
  readonly printed: ReadonlyArray<string>
  readonly complaints: ReadonlyArray<string>
}

/** Runs `hello` against a broker; the status is a text where the command line is wrong. */
async function run(broker: Pick<Scripted, 'path'>, args: ReadonlyArray<string> = [], env: Terminal['env'] = {}): Promise<Ran> {
  const [printed, complaints]: [Array<string>, Array<string>] = [[], []]
  const terminal: Terminal = {
    print: (line) => void printed.push(line),
    log: (line) => void printed.push(line),
    complain: (line) => void complaints.push(line),
    readInput: () => Promise.resolve(''),
    env,
    pid: 42,
    userId: '1000',
  }
  const ran = await hello(['--socket', broker.path, '--service', 'zccache', '--version', '1.11.20', ...args], terminal)
  return { status: ran._tag === 'Right' ? ran.right : ran.left.message, printed, complaints }
}

const BUSY = no({ code: 4, reason: 'Hello rate limit exceeded', retryAfterMs: 20n })

describe('a yes', () => {
  it('is printed, and the status is 0', async () => {
    const broker = await scripted(says(adoptable({ warnings: ['old\u001b'] })))
    expect(await run(broker, ['--handoff'])).toEqual({
      status: 0,
      printed: [[
        'negotiated: protocol 1, backend version 1.11.20',
        '  connect to     /run/zccache.sock',
        '  connection id  7',
        '  keepalive      every 1800 s',
        '  handoff token  16 bytes (--json shows them)',
        '  warning        old\\u001b',
      ].join('\n')],
      complaints: [],
    })
    expect(broker.hellos).toMatchObject([{ clientCapabilities: 1n, peerPid: 42 }])
  })

  it('is one line of JSON, with the names of the message\'s fields', async () => {
    const { printed } = await run(await scripted(says(adoptable())), ['--json'])
    expect(JSON.parse(printed.join())).toEqual({
      outcome: 'negotiated', negotiatedProtocol: 1, daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', warnings: [],
      serverCapabilities: '1', keepaliveIntervalSecs: '1800', handlePassedToken: '07'.repeat(16), connectionId: '7',
    })
    expect(JSON.parse((await run(await scripted(says(yes())), ['--json'])).printed.join())).toMatchObject({ handlePassedToken: '' })
  })

  it('that answers somebody else is none: status 2 (DIV-G1)', async () => {
    expect(await run(await scripted(says(yes({}, { requestId: 9n }))))).toEqual({
      status: 2, printed: [],
      complaints: ['could not talk to the broker: the answer cannot be read: request_id does not match the Hello request: found 9, sent 1'],
    })
  })
})

describe('a no', () => {
  it('is printed with everything it says, and the status is 1 (DIV-G2)', async () => {
    const broker = await scripted(says(no({ code: 77, reason: 'why not', retryAfterMs: 5n, details: new Map([['who', 'me']]) })))
    expect(await run(broker)).toEqual({
      status: 1,
      printed: ['refused: why not\n  code           77 (a code this client does not know)\n  protocols      1 to 1\n  try again in   5 ms\n  who: me'],
      complaints: [],
    })
    expect(JSON.parse((await run(broker, ['--json'])).printed.join())).toEqual({
      outcome: 'refused', reason: 'why not', daemonMinProtocol: 1, daemonMaxProtocol: 1, code: 77, details: { who: 'me' },
      retryAfterMs: '5', codeName: 'a code this client does not know',
    })
  })

  it('is final without --retry, whatever it says (SPEC G9)', async () => {
    const broker = await scripted(says(BUSY))
    expect(await run(broker)).toMatchObject({ status: 1, complaints: [] })
    expect(broker.hellos).toHaveLength(1)
  })
})

describe('--retry', () => {
  it('waits as the broker says, and tells each wait on standard error with its reason (SPEC G15)', async () => {
    const broker = await scripted(says(BUSY), says(yes()))
    const { status, printed, complaints } = await run(broker, ['--retry'])
    expect({ status, printed }).toMatchObject({ status: 0, printed: [expect.stringContaining('negotiated')] })
    expect(complaints).toEqual([expect.stringMatching(/^refused with code 4: "Hello rate limit exceeded"; trying again in \d+ ms$/)])
  })

  it('gives up after as many attempts as --attempts says, with the last answer', async () => {
    const broker = await scripted(says(BUSY))
    const { status, printed, complaints } = await run(broker, ['--attempts', '2', '--json'])
    expect(status).toBe(1)
    expect(printed.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ outcome: 'refused', code: 4 }])
    expect(complaints).toHaveLength(1)
    expect(broker.hellos).toHaveLength(2)
  })

  it('does not wait for longer than --timeout', async () => {
    const broker = await scripted(says(no({ code: 4, retryAfterMs: 60_000n })))
    expect(await run(broker, ['--retry', '--timeout', '60000'])).toMatchObject({ status: 1, complaints: [] })
  })

  it('does not ask again where it would not help', async () => {
    const broker = await scripted(says(no({ code: 2 })))
    expect(await run(broker, ['--retry'])).toMatchObject({ status: 1, complaints: [] })
    expect(broker.hellos).toHaveLength(1)
  })

  it('is a plan for each of --repeat', async () => {
    const broker = await scripted(says(BUSY), says(yes()), says(yes()))
    const { status, printed } = await run(broker, ['--retry', '--repeat', '2', '--json'])
    expect([status, printed.length, broker.hellos.length]).toEqual([0, 2, 3])
  })
})

describe('the time', () => {
  it.each<readonly [args: ReadonlyArray<string>, env: Terminal['env']]>([
    [['--timeout', '50'], {}],
    [[], { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: ' 50 ' }],
    [['--timeout', '50'], { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: '20000' }],
  ])('is what %j and %j say (SPEC G9)', async (args, env) => {
    const { status, complaints } = await run(await scripted(SILENT), args, env)
    expect(status).toBe(2)
    expect(complaints).toEqual([expect.stringMatching(/^could not talk to the broker: timed out after 50 ms, (?:connecting|waiting for the reply)$/)])
  })
})

describe('a wrong command line', () => {
  it.each([
    [['--attempts', '0'], "--attempts takes a whole number from 1 to 1000, not '0'"],
    [['--attempts', 'many'], "--attempts takes a whole number from 1 to 1000, not 'many'"],
    [['--timeout', '0'], "--timeout takes a whole number from 1 to 2147483647, not '0'"],
  ])('is told in one line: %j', async (args, message) => {
    expect((await run({ path: '/nobody' }, args)).status).toBe(message)
  })
})
