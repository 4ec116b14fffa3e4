/**
 * `hello`: a client that says Hello and prints the answer.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { printable } from '../../data/Printable.js'
import type { NegotiatedReply, RefusedReply } from '../../client/ClientOutcome.js'
import { CLIENT_TIMEOUT_VARIABLE, clientTimeoutOverride } from '../../client/clientTimeout.js'
import type { HelloRequestFields } from '../../client/HelloRequest.js'
import { DEFAULT_PLAN, NO_RETRY_PLAN, type PlanPolicy } from '../../client/PlanPolicy.js'
import { toHex } from '../../data/Bytes.js'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import { tokenBytes } from '../../data/HandoffToken.js'
import { ErrorCode } from '../../wire/messages/enums.js'
import type { Address } from '../node/Address.js'
import { type ConnectMove, describeIncident, describeMove, type Incident } from '../node/ConnectResult.js'
import { describeDialError, type DialError, type HelloAnswer, sayHello } from '../node/sayHello.js'
import { addressOf, type Options, parseOptions, required, type UsageError, wholeNumber } from './args.js'
import type { Terminal } from './Terminal.js'

const OPTIONS = {
  socket: { type: 'string' },
  port: { type: 'string' },
  service: { type: 'string' },
  version: { type: 'string' },
  handoff: { type: 'boolean' },
  'client-version': { type: 'string' },
  keepalive: { type: 'string' },
  timeout: { type: 'string' },
  retry: { type: 'boolean' },
  attempts: { type: 'string' },
  repeat: { type: 'string' },
  json: { type: 'boolean' },
} as const

const EXIT = { Negotiated: 0, Refused: 1, CouldNotTalk: 2 } as const
const REPEAT_MAX = 100_000
const ATTEMPTS_MAX = 1_000
const DEFAULT_TIMEOUT_MS = 30_000
const TIMEOUT_MAX_MS = 0x7fff_ffff

interface HelloCommand {
  readonly at: Address
  readonly fields: HelloRequestFields
  readonly timeoutMs: number
  readonly plan: PlanPolicy
  readonly repeat: number
  readonly json: boolean
}

/** Runs the subcommand; gives the exit status. */
export async function hello(args: ReadonlyArray<string>, terminal: Terminal): Promise<Either<UsageError, number>> {
  const parsed = parseHello(args, terminal)
  if (parsed._tag === 'Left') return parsed
  const { at, fields, timeoutMs, plan, repeat, json } = parsed.right
  const onMove = (move: ConnectMove, because: Incident): void => {
    // What else a plan says is the answer's to tell.
    if (move._tag === 'RetryAfter') terminal.complain(`${describeIncident(because)}; ${describeMove(move)}`)
  }
  let status = 0
  for (let i = 0; i < repeat; i += 1) {
    const answer = await sayHello({ at, hello: fields, timeoutMs, plan, onMove })
    status = Math.max(status, exitStatus(answer))
    if (json) terminal.print(JSON.stringify(toJson(answer)))
    else if (answer._tag === 'Left') terminal.complain(`could not talk to the broker: ${describeDialError(answer.left)}`)
    else terminal.print(describeAnswer(answer.right))
  }
  return E.right(status)
}

function parseHello(args: ReadonlyArray<string>, terminal: Terminal): Either<UsageError, HelloCommand> {
  const parsed = parseOptions(args, OPTIONS)
  if (parsed._tag === 'Left') return parsed
  const { options } = parsed.right
  const at = addressOf(options)
  if (at._tag === 'Left') return at
  const serviceName = required(options, 'service')
  if (serviceName._tag === 'Left') return serviceName
  const wantedVersion = required(options, 'version')
  if (wantedVersion._tag === 'Left') return wantedVersion
  const keepalive = wholeNumber(options, 'keepalive', { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 })
  if (keepalive._tag === 'Left') return keepalive
  const otherwiseMs = clientTimeoutOverride(terminal.env[CLIENT_TIMEOUT_VARIABLE]) ?? DEFAULT_TIMEOUT_MS
  const timeoutMs = wholeNumber(options, 'timeout', { min: 1, max: TIMEOUT_MAX_MS, otherwise: otherwiseMs })
  if (timeoutMs._tag === 'Left') return timeoutMs
  const plan = planOf(options)
  if (plan._tag === 'Left') return plan
  const repeat = wholeNumber(options, 'repeat', { min: 1, max: REPEAT_MAX, otherwise: 1 })
  if (repeat._tag === 'Left') return repeat
  const fields: HelloRequestFields = {
    serviceName: serviceName.right,
    wantedVersion: wantedVersion.right,
    clientVersion: String(options['client-version'] ?? ''),
    clientCapabilities: options['handoff'] === true ? CAP_HANDLE_PASSING : 0n,
    clientKeepaliveSecs: BigInt(keepalive.right),
    peerPid: terminal.pid,
  }
  return E.right({
    at: at.right,
    fields,
    timeoutMs: timeoutMs.right,
    plan: plan.right,
    repeat: repeat.right,
    json: options['json'] === true,
  })
}

/** The default plan where somebody asks to try again, with as many attempts as they say; otherwise none but the first. */
function planOf(options: Options): Either<UsageError, PlanPolicy> {
  if (options['retry'] !== true && options['attempts'] === undefined) return E.right(NO_RETRY_PLAN)
  const bounds = { min: 1, max: ATTEMPTS_MAX, otherwise: DEFAULT_PLAN.attemptsMax }
  return E.map((attemptsMax: number): PlanPolicy => ({ ...DEFAULT_PLAN, attemptsMax }))(wholeNumber(options, 'attempts', bounds))
}

function exitStatus(answer: Either<DialError, HelloAnswer>): number {
  return answer._tag === 'Left' ? EXIT.CouldNotTalk : EXIT[answer.right._tag]
}

function describeAnswer(answer: HelloAnswer): string {
  return answer._tag === 'Negotiated' ? describeNegotiated(answer) : describeRefused(answer)
}

function describeNegotiated(reply: NegotiatedReply): string {
  return [
    `negotiated: protocol ${reply.negotiatedProtocol}, backend version ${printable(reply.daemonVersion)}`,
    `  connect to     ${printable(reply.backendPipe)}`,
    `  connection id  ${reply.connectionId}`,
    `  keepalive      every ${reply.keepaliveIntervalSecs} s`,
    `  handoff token  ${reply.token === undefined ? 'none' : `${tokenBytes(reply.token).length} bytes (--json shows them)`}`,
    ...reply.warnings.map((warning) => `  warning        ${printable(warning)}`),
  ].join('\n')
}

function describeRefused(reply: RefusedReply): string {
  const retry = reply.retryAfterMs === 0n ? [] : [`  try again in   ${reply.retryAfterMs} ms`]
  const details = [...reply.details].map(([key, value]) => `  ${printable(key)}: ${printable(value)}`)
  return [
    `refused: ${printable(reply.reason)}`,
    `  code           ${reply.code} (${codeName(reply.code)})`,
    `  protocols      ${reply.versionRange.min} to ${reply.versionRange.max}`,
    ...retry,
    ...details,
  ].join('\n')
}

function codeName(code: number): string {
  return Object.entries(ErrorCode).find(([, number]) => number === code)?.[0] ?? 'a code this client does not know'
}

function toJson(answer: Either<DialError, HelloAnswer>): unknown {
  if (answer._tag === 'Left') return { outcome: 'could-not-talk', error: describeDialError(answer.left) }
  return answer.right._tag === 'Refused' ? refusedJson(answer.right) : negotiatedJson(answer.right)
}

/** The fields have the names of the message's; u64 are texts, because JSON numbers cannot hold one. */
function refusedJson({ reason, versionRange, code, details, retryAfterMs }: RefusedReply): unknown {
  return {
    outcome: 'refused',
    reason,
    daemonMinProtocol: versionRange.min,
    daemonMaxProtocol: versionRange.max,
    code,
    details: Object.fromEntries(details),
    retryAfterMs: String(retryAfterMs),
    codeName: codeName(code),
  }
}

function negotiatedJson(reply: NegotiatedReply): unknown {
  const { negotiatedProtocol, daemonVersion, backendPipe, warnings, token } = reply
  return {
    outcome: 'negotiated',
    negotiatedProtocol,
    daemonVersion,
    backendPipe,
    warnings,
    serverCapabilities: String(reply.serverCapabilities),
    keepaliveIntervalSecs: String(reply.keepaliveIntervalSecs),
    handlePassedToken: token === undefined ? '' : toHex(tokenBytes(token)),
    connectionId: String(reply.connectionId),
  }
}
