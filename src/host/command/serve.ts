/**
 * `serve`: a real broker from a JSON policy, one line an event, until a signal ends it.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { Policy } from '../../negotiate/Policy.js'
import { createBroker } from '../../shell/Broker.js'
import { describeEvent } from '../../shell/BrokerEvent.js'
import type { Address } from '../node/Address.js'
import { describeListenError } from '../node/bind.js'
import { listen, type Listener } from '../node/listen.js'
import { describeNotice } from '../node/Notice.js'
import { loadPeerReader } from '../node/PeerCredentials.js'
import { addressOf, parseOptions, required, type UsageError, wholeNumber } from './args.js'
import { helloTimeoutOverride } from './helloTimeout.js'
import { readPolicy } from './policyFile.js'
import type { Terminal } from './Terminal.js'

const OPTIONS = {
  policy: { type: 'string' },
  socket: { type: 'string' },
  port: { type: 'string' },
  'max-connections': { type: 'string' },
} as const

const EXIT_CANNOT_START = 1
const DEFAULT_MAX_CONNECTIONS = 1_024
const MAX_CONNECTIONS = 1_000_000
const HELLO_TIMEOUT_VARIABLE = 'RUNNING_PROCESS_BROKER_HELLO_TIMEOUT_MS'
/** How long a clean shutdown waits for what is in flight, in milliseconds. */
const GRACE_MS = 2_000

interface ServeCommand {
  readonly policyFile: string
  readonly at: Address
  readonly maxConnections: number
}

/** Runs the subcommand until it is told to stop; gives the exit status. */
export async function serve(
  args: ReadonlyArray<string>, terminal: Terminal, untilStopped: () => Promise<string>,
): Promise<Either<UsageError, number>> {
  const parsed = parseServe(args)
  if (parsed._tag === 'Left') return parsed
  const policy = readPolicy(parsed.right.policyFile)
  if (policy._tag === 'Left') {
    for (const line of policy.left) terminal.complain(line)
    return E.right(EXIT_CANNOT_START)
  }
  const stopped = untilStopped()
  const listener = await start(parsed.right, withOverride(policy.right, terminal), terminal)
  if (listener._tag === 'Left') {
    terminal.complain(listener.left)
    return E.right(EXIT_CANNOT_START)
  }
  const reason = await stopped
  terminal.log(`stopping: ${reason}`)
  await listener.right.close(GRACE_MS)
  terminal.log('stopped')
  return E.right(0)
}

function parseServe(args: ReadonlyArray<string>): Either<UsageError, ServeCommand> {
  const parsed = parseOptions(args, OPTIONS)
  if (parsed._tag === 'Left') return parsed
  const { options } = parsed.right
  const policyFile = required(options, 'policy')
  if (policyFile._tag === 'Left') return policyFile
  const at = addressOf(options)
  if (at._tag === 'Left') return at
  const bounds = { min: 1, max: MAX_CONNECTIONS, otherwise: DEFAULT_MAX_CONNECTIONS }
  const maxConnections = wholeNumber(options, 'max-connections', bounds)
  if (maxConnections._tag === 'Left') return maxConnections
  return E.right({ policyFile: policyFile.right, at: at.right, maxConnections: maxConnections.right })
}

function withOverride(policy: Policy, terminal: Terminal): Policy {
  const text = terminal.env[HELLO_TIMEOUT_VARIABLE]
  const helloTimeoutMs = helloTimeoutOverride(text)
  if (text !== undefined && helloTimeoutMs === undefined) {
    terminal.log(`${HELLO_TIMEOUT_VARIABLE}=${text} is no whole number of milliseconds above 0: passed over`)
  }
  return helloTimeoutMs === undefined ? policy : { ...policy, helloTimeoutMs }
}

async function start(
  { at, maxConnections }: ServeCommand, policy: Policy, terminal: Terminal,
): Promise<Either<string, Listener>> {
  const broker = createBroker({ policy, onEvent: (event) => terminal.log(describeEvent(event)) })
  const onNotice = (notice: Parameters<typeof describeNotice>[0]): void => terminal.log(describeNotice(notice))
  const listener = await listen({ broker, at, maxConnections, onNotice })
  if (listener._tag === 'Left') return E.left(`cannot listen: ${describeListenError(listener.left)}`)
  terminal.log(`listening on ${listener.right.address}; ${policy.services.size} service(s) registered`)
  if (!(await canIdentify(at))) terminal.log(UNIDENTIFIED[policy.peerPolicy._tag])
  return listener
}

/** Whether the kernel's word on peers can be had here, so that an operator need not find out from what does not happen. */
async function canIdentify({ _tag }: Address): Promise<boolean> {
  return _tag === 'Socket' && (await loadPeerReader()).isAvailable
}

const UNIDENTIFIED = {
  AllowAny: 'peers cannot be identified here: none is rate limited',
  OwnerOnly: 'peers cannot be identified here, and only the owner may connect: everybody is turned away',
} as const
