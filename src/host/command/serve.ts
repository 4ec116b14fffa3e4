/**
 * `serve`: a real broker from a JSON policy, one line an event, until a signal ends it.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { Policy } from '../../negotiate/Policy.js'
import { createBroker } from '../../shell/Broker.js'
import type { Address } from '../node/Address.js'
import { describeListenError } from '../node/bind.js'
import { listen, type Listener } from '../node/listen.js'
import { loadPeerReader } from '../node/PeerCredentials.js'
import { countHello, type Metrics, NO_METRICS } from '../telemetry/Metrics.js'
import { prometheusText } from '../telemetry/prometheusText.js'
import { watchHellos } from '../telemetry/watchHellos.js'
import { addressOf, parseOptions, required, type UsageError, usageError, wholeNumber } from './args.js'
import { helloTimeoutOverride } from './helloTimeout.js'
import { type MetricsServer, serveMetrics } from './metricsServer.js'
import { readPolicy } from './policyFile.js'
import { type ServeLog, serveLog } from './serveLog.js'
import type { LogFormat, Terminal } from './Terminal.js'

const OPTIONS = {
  policy: { type: 'string' },
  socket: { type: 'string' },
  port: { type: 'string' },
  'max-connections': { type: 'string' },
  metrics: { type: 'string' },
  log: { type: 'string' },
} as const

const EXIT_CANNOT_START = 1
const DEFAULT_MAX_CONNECTIONS = 1_024
const MAX_CONNECTIONS = 1_000_000
const NO_PORT = -1
const HELLO_TIMEOUT_VARIABLE = 'RUNNING_PROCESS_BROKER_HELLO_TIMEOUT_MS'
/** How long a clean shutdown waits for what is in flight, in milliseconds. */
const GRACE_MS = 2_000

interface ServeCommand {
  readonly policyFile: string
  readonly at: Address
  readonly maxConnections: number
  /** The port of the metrics, where they are served. */
  readonly metricsPort: number | undefined
  readonly format: LogFormat
}

/** Runs the subcommand until it is told to stop; gives the exit status. */
export async function serve(
  args: ReadonlyArray<string>, terminal: Terminal, untilStopped: () => Promise<string>,
): Promise<Either<UsageError, number>> {
  const parsed = parseServe(args)
  if (parsed._tag === 'Left') return parsed
  const isIdentified = await canIdentify(parsed.right.at)
  const policy = readPolicy(parsed.right.policyFile, isIdentified ? ownerOnly(terminal) : {})
  if (policy._tag === 'Left') {
    for (const line of policy.left) terminal.complain(line)
    return E.right(EXIT_CANNOT_START)
  }
  const log = serveLog(terminal, parsed.right.format)
  const stopped = untilStopped()
  const served = await start(parsed.right, withOverride(policy.right, terminal, log), log)
  if (served._tag === 'Left') {
    terminal.complain(served.left)
    return E.right(EXIT_CANNOT_START)
  }
  if (!isIdentified) log.say(UNIDENTIFIED[policy.right.peerPolicy._tag])
  const reason = await stopped
  log.say(`stopping: ${reason}`)
  served.right.metrics?.close()
  await served.right.listener.close(GRACE_MS)
  log.say('stopped')
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
  const metricsPort = wholeNumber(options, 'metrics', { min: 0, max: 65_535, otherwise: NO_PORT })
  if (metricsPort._tag === 'Left') return metricsPort
  const { log: format = 'text' } = options
  if (format !== 'json' && format !== 'text') return E.left(usageError(`--log takes text or json, not '${String(format)}'`))
  return E.right({
    policyFile: policyFile.right, at: at.right, maxConnections: maxConnections.right, format,
    metricsPort: metricsPort.right === NO_PORT ? undefined : metricsPort.right,
  })
}

function withOverride(policy: Policy, terminal: Terminal, log: ServeLog): Policy {
  const text = terminal.env[HELLO_TIMEOUT_VARIABLE]
  const helloTimeoutMs = helloTimeoutOverride(text)
  if (text !== undefined && helloTimeoutMs === undefined) {
    log.say(`${HELLO_TIMEOUT_VARIABLE}=${text} is no whole number of milliseconds above 0: passed over`)
  }
  return helloTimeoutMs === undefined ? policy : { ...policy, helloTimeoutMs }
}

interface Served {
  readonly listener: Listener
  readonly metrics: MetricsServer | undefined
}

async function start({ at, maxConnections, metricsPort }: ServeCommand, policy: Policy, log: ServeLog): Promise<Either<string, Served>> {
  let counted: Metrics = NO_METRICS
  const broker = watchHellos((watch) => createBroker({
    policy,
    onEvent: (event) => {
      watch(event)
      log.event(event)
    },
  }), (hello) => void (counted = countHello(counted, hello)))
  const listened = await listen({ broker, at, maxConnections, onNotice: log.notice })
  if (listened._tag === 'Left') return E.left(`cannot listen: ${describeListenError(listened.left)}`)
  const listener = listened.right
  log.say(`listening on ${listener.address}; ${policy.services.size} service(s) registered; ${admitted(policy)}`)
  if (metricsPort === undefined) return E.right({ listener, metrics: undefined })
  const metrics = await serveMetrics(metricsPort, () =>
    prometheusText(counted, { connectionsOpen: listener.connections(), uptimeSeconds: Math.floor(process.uptime()) }))
  if (metrics._tag === 'Left') {
    await listener.close(0)
    return E.left(`cannot serve metrics: ${metrics.left.message}`)
  }
  log.say(`metrics at http://127.0.0.1:${metrics.right.port}/metrics`)
  return E.right({ listener, metrics: metrics.right })
}

/** What is so of peers where the policy does not say (SPEC C1): a broker is its owner's. */
function ownerOnly({ userId }: Terminal): object {
  return userId === undefined ? {} : { peerPolicy: { ownerOnly: userId } }
}

/** Whether the kernel's word on peers can be had here, so that an operator need not find out from what does not happen. */
async function canIdentify({ _tag }: Address): Promise<boolean> {
  return _tag === 'Socket' && (await loadPeerReader()).isAvailable
}

function admitted({ peerPolicy }: Policy): string {
  return peerPolicy._tag === 'AllowAny' ? 'any user may connect' : `only user ${peerPolicy.userId} may connect`
}

const UNIDENTIFIED = {
  AllowAny: 'peers cannot be identified here: none is rate limited',
  OwnerOnly: 'peers cannot be identified here, and only the owner may connect: everybody is turned away',
} as const
