/**
 * A client that comes to its backend: asks a broker, does as the plan says, and hands over the stream.
 *
 * **State** what was met last, and at most one socket in hand.
 *
 *   remembered endpoint ──▶ Hello ──▶ plan ──▶ adoption, or the backend's endpoint ──▶ Connected
 *                             ▲        │ └──▶ GaveUp | DirectPath
 *                             └─ wait ─┘
 *
 * **Laws**
 *  1. Every call ends in exactly one result, within its time, and leaves no socket, timer or listener behind,
 *     but for the stream of `Connected`. It never rejects, unless a function of the caller's throws.
 *  2. Nothing of that stream is lost, whatever was sent together with what.
 *  3. A remembered endpoint where nobody answers, and a connection that was not taken over, are passed over in
 *     silence: the next way is tried (SPEC G4, G10).
 *  4. Nobody is asked and nothing is dialled for a request that is not sound, or where the broker is
 *     switched off (SPEC G3).
 *
 * **Not here** deciding: `Plan`. The direct path, and remembering endpoints: the caller.
 */
import type { Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as Adoption from '../../client/Adoption.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import { type ClientHello, clientHello } from '../../client/ClientHello.js'
import { CLIENT_REQUEST_DEFAULTS, type ClientRequestFields } from '../../client/ClientRequest.js'
import { CLIENT_TIMEOUT_VARIABLE, clientTimeoutOverride } from '../../client/clientTimeout.js'
import { DISABLE_VARIABLE, escapeHatch } from '../../client/EscapeHatch.js'
import { helloSkip } from '../../client/HelloSkip.js'
import type { ConnectBackend } from '../../client/Plan.js'
import { DEFAULT_PLAN, type PlanPolicy } from '../../client/PlanPolicy.js'
import type { RequestFault } from '../../client/RequestFault.js'
import { absurd } from '../../data/absurd.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import { ask, type Asking, type AskOptions, beginAsking, follow, type Met, type Planned } from './connectAsk.js'
import { drive } from './connectDrive.js'
import type { BackendUnreachable, Connected, ConnectError, ConnectResult } from './ConnectResult.js'
import { during, type Stopped } from './ConnectTrip.js'
import { endpointAddress } from './dial.js'
import { type SystemError, systemError } from '../transport/SystemError.js'

/**
 * Whom to ask for what. Of the environment nothing is read but what `env` has.
 *
 * @category model
 * @since 0.1.0
 */
export interface ConnectOptions extends AskOptions {
  /** The request; the pid is this process's if not given (SPEC G1). */
  readonly hello: ClientRequestFields
  /** What to do about each failure; `DEFAULT_PLAN` if not given. */
  readonly plan?: PlanPolicy
  /** Whether to take over the broker's connection, where it is offered; as the plan says if not given (SPEC G10). */
  readonly adopt?: boolean
  /** An endpoint to try before asking, if its version is the wanted one, letter for letter (SPEC G4). */
  readonly cachedEndpoint?: CachedEndpoint | undefined
  /** The environment, for RUNNING_PROCESS_DISABLE and RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS (SPEC G3, G9). */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * A backend's endpoint of an earlier time, and the version of who remembers it.
 *
 * @category model
 * @since 0.1.0
 */
export interface CachedEndpoint {
  readonly endpoint: string
  readonly selfVersion: string
}

/**
 * Connects to a service's backend by way of its broker (SPEC G1–G10, G15).
 *
 * The time is for the whole: every Hello, every wait, and the way to the backend. All that can go
 * wrong is in the result.
 *
 * @example
 * import assert from 'node:assert'
 * import { connect, describeConnectError } from 'hello-negotiation/host/node'
 *
 * const result = await connect({
 *   at: { _tag: 'Socket', path: '/nobody/listens.sock' },
 *   hello: { serviceName: 'zccache', wantedVersion: '1.11.20' },
 *   timeoutMs: 5_000,
 * })
 * if (result._tag === 'Connected') {
 *   result.stream.on('error', console.error).resume().end()
 * } else {
 *   assert.equal(result._tag, 'DirectPath')
 *   assert.match(describeConnectError(result), /^to be done without the broker: the broker is unreachable: /)
 * }
 *
 * @category constructors
 * @since 0.1.0
 */
export async function connect(options: ConnectOptions): Promise<ConnectResult> {
  const checked = checkedHellos(options)
  if (checked._tag === 'Left') return checked.left
  const { hello, helloFor, plan } = checked.right
  const timeoutMs = options.timeoutMs ?? clientTimeoutOverride(options.env?.[CLIENT_TIMEOUT_VARIABLE])
  const asking = beginAsking(options, plan, timeoutMs, helloFor)
  try {
    return (await skipHello(asking, options)) ?? (await negotiate(asking, hello))
  } finally {
    asking.hand.drop()
  }
}

interface Checked {
  readonly hello: ClientHello
  readonly helloFor: (version: string) => ClientHello
  readonly plan: PlanPolicy
}

/** What can be said without asking anybody (SPEC G3, G1). */
function checkedHellos({ env = {}, plan = DEFAULT_PLAN, adopt = plan.adopts, hello }: ConnectOptions): Either<ConnectError, Checked> {
  const use = escapeHatch(env[DISABLE_VARIABLE])
  if (use._tag === 'Left') return use
  if (use.right === 'BrokerDisabled') return E.left({ _tag: 'DirectPath', because: { _tag: 'BrokerDisabled' }, attempts: 0 })
  const { capabilities = CLIENT_REQUEST_DEFAULTS.capabilities } = hello
  const fields = { peerPid: process.pid, ...hello, capabilities: adopt ? capabilities | CAP_HANDLE_PASSING : capabilities }
  const built = builtHellos(fields, plan.alternatives)
  return built._tag === 'Left'
    ? E.left({ _tag: 'InvalidRequest', faults: built.left })
    : E.right({ ...built.right, plan: { ...plan, adopts: adopt } })
}

/** The Hello for the wanted version and for each alternative, or every fault of any of them. */
function builtHellos(
  fields: ClientRequestFields, alternatives: ReadonlyArray<string>,
): Either<ReadonlyArray<RequestFault>, Omit<Checked, 'plan'>> {
  const first = clientHello(fields)
  const others = alternatives.map((wantedVersion) => [wantedVersion, clientHello({ ...fields, wantedVersion })] as const)
  // What is wrong with the rest of the request has been told already.
  const isNews = ({ field }: RequestFault): boolean => first._tag === 'Right' || field === 'wantedVersion'
  const ofOthers = others.flatMap(([, other]) => (other._tag === 'Left' ? other.left.filter(isNews) : []))
  if (first._tag === 'Left') return E.left([...first.left, ...ofOthers])
  if (ofOthers.length > 0) return E.left(ofOthers)
  const byVersion = new Map(others.map(([version, other]) => [version, E.getOrElse(() => first.right)(other)]))
  return E.right({ hello: first.right, helloFor: (version) => byVersion.get(version) ?? first.right })
}

/** The way without a Hello, where there is one; `undefined` where it leads nowhere (SPEC G4). */
async function skipHello(asking: Asking, { cachedEndpoint, hello }: ConnectOptions): Promise<ConnectResult | undefined> {
  const move = helloSkip(cachedEndpoint?.endpoint, hello.wantedVersion, cachedEndpoint?.selfVersion ?? '')
  if (move._tag === 'SayHello') return undefined
  const reached = await reachBackend(asking, move, undefined)
  return reached._tag === 'BackendUnreachable' ? undefined : reached
}

async function negotiate(asking: Asking, hello: ClientHello): Promise<ConnectResult> {
  let planned: Either<Stopped, Planned> = await ask(asking, hello)
  while (planned._tag === 'Right') {
    const made = await make(asking, planned.right)
    if (made._tag === 'Left') return made.left
    planned = await follow(asking, made.right)
  }
  return planned.left
}

/** Makes a move that is no further Hello: the result, or what was met instead. */
async function make(asking: Asking, { met, move }: Planned): Promise<Either<ConnectResult, Met>> {
  const { incident, said: attempts } = met
  switch (move._tag) {
    case 'Adopt':
      return adopt(asking, met)
    case 'ConnectBackend': {
      const reached = await reachBackend(asking, move, met)
      return reached._tag === 'BackendUnreachable' ? E.right({ ...met, incident: reached }) : E.left(reached)
    }
    case 'DirectPath':
      return E.left({ _tag: 'DirectPath', because: incident, attempts })
    case 'GiveUp':
      return E.left({ _tag: 'GaveUp', why: move.why, last: incident, attempts })
    default:
      return absurd(move)
  }
}

/** Waits on the broker's connection for the backend to say that it is its own now (SPEC G10). */
async function adopt({ trip, hand }: Asking, met: Met): Promise<Either<ConnectResult, Met>> {
  const { connection, socket } = met
  const told = await during<Adoption.Adopted | Adoption.Reconnect>(trip, 'Adopting', (settle) =>
    drive(Adoption, Adoption.adoption(connection, true, trip.nowMs()), socket, { onEvent: ({ value }) => settle(value) }))
  if (told._tag === 'Left') return told
  if (told.right._tag === 'Reconnect') return E.right({ ...met, incident: told.right })
  const { endpoint, route, remainder } = told.right
  return E.left(connected(hand.give(socket, remainder), { endpoint, route }, met))
}

async function reachBackend(
  { trip, hand }: Asking, { endpoint, route }: ConnectBackend, met: Met | undefined,
): Promise<BackendUnreachable | Connected | Stopped> {
  const at = endpointAddress(endpoint, process.platform)
  if (at._tag === 'Left') return { _tag: 'BackendUnreachable', endpoint, ...at.left }
  const reached = await during<Either<SystemError, Socket>>(trip, 'ConnectingBackend', (settle) => {
    const stream = hand.dial(at.right)
    const onConnect = (): void => settle(E.right(stream))
    const onError = (error: Error): void => settle(E.left(systemError(error)))
    stream.on('connect', onConnect).on('error', onError)
    return { release: () => void stream.off('connect', onConnect).off('error', onError) }
  })
  if (reached._tag === 'Left') return reached.left
  return reached.right._tag === 'Right'
    ? connected(hand.give(reached.right.right, NO_BYTES), { endpoint, route }, met)
    : { _tag: 'BackendUnreachable', endpoint, ...reached.right.left }
}

function connected(
  stream: Socket, { endpoint, route }: Pick<Connected, 'endpoint' | 'route'>, met: Met | undefined,
): Connected {
  const yes = met === undefined ? undefined : ClientConnection.next(met.connection).value
  const negotiated = yes?._tag === 'Negotiated' ? yes : undefined
  return { _tag: 'Connected', stream, route, endpoint, negotiated, attempts: met?.said ?? 0 }
}
