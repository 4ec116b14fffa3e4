/**
 * `hello`: a client that says Hello and prints the answer.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { printable } from '../../data/Printable.js'
import type { HelloRequestFields } from '../../client/HelloRequest.js'
import type { ReplyResult } from '../../client/readReply.js'
import { toHex } from '../../data/Bytes.js'
import { CAP_HANDLE_PASSING } from '../../data/Capabilities.js'
import { ErrorCode } from '../../wire/messages/enums.js'
import type { Negotiated } from '../../wire/messages/Negotiated.js'
import type { Refused } from '../../wire/messages/Refused.js'
import type { Address } from '../node/Address.js'
import { describeDialError, type DialError, sayHello } from '../node/dial.js'
import { addressOf, parseOptions, required, type UsageError, wholeNumber } from './args.js'
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
  repeat: { type: 'string' },
  json: { type: 'boolean' },
} as const

const EXIT = { Negotiated: 0, Refused: 1, CouldNotTalk: 2 } as const
const REPEAT_MAX = 100_000
const DEFAULT_TIMEOUT_MS = 30_000
const TIMEOUT_MAX_MS = 0x7fff_ffff

interface HelloCommand {
  readonly at: Address
  readonly fields: HelloRequestFields
  readonly timeoutMs: number
  readonly repeat: number
  readonly json: boolean
}

/** Runs the subcommand; gives the exit status. */
export async function hello(args: ReadonlyArray<string>, terminal: Terminal): Promise<Either<UsageError, number>> {
  const parsed = parseHello(args, terminal)
  if (parsed._tag === 'Left') return parsed
  const { at, fields, timeoutMs, repeat, json } = parsed.right
  let status = 0
  for (let i = 0; i < repeat; i += 1) {
    const answer = await sayHello({ at, hello: fields, timeoutMs })
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
  const timeoutMs = wholeNumber(options, 'timeout', { min: 1, max: TIMEOUT_MAX_MS, otherwise: DEFAULT_TIMEOUT_MS })
  if (timeoutMs._tag === 'Left') return timeoutMs
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
  return E.right({ at: at.right, fields, timeoutMs: timeoutMs.right, repeat: repeat.right, json: options['json'] === true })
}

function exitStatus(answer: Either<DialError, ReplyResult>): number {
  return answer._tag === 'Left' ? EXIT.CouldNotTalk : EXIT[answer.right._tag]
}

function describeAnswer(answer: ReplyResult): string {
  return answer._tag === 'Negotiated' ? describeNegotiated(answer.negotiated) : describeRefused(answer.refused)
}

function describeNegotiated(reply: Negotiated): string {
  const token = reply.handlePassedToken.length
  return [
    `negotiated: protocol ${reply.negotiatedProtocol}, backend version ${printable(reply.daemonVersion)}`,
    `  connect to     ${printable(reply.backendPipe)}`,
    `  connection id  ${reply.connectionId}`,
    `  keepalive      every ${reply.keepaliveIntervalSecs} s`,
    `  handoff token  ${token === 0 ? 'none' : `${token} bytes (--json shows them)`}`,
    ...reply.warnings.map((warning) => `  warning        ${printable(warning)}`),
  ].join('\n')
}

function describeRefused(reply: Refused): string {
  const retry = reply.retryAfterMs === 0n ? [] : [`  try again in   ${reply.retryAfterMs} ms`]
  const details = [...reply.details].map(([key, value]) => `  ${printable(key)}: ${printable(value)}`)
  return [
    `refused: ${printable(reply.reason)}`,
    `  code           ${reply.code} (${codeName(reply.code)})`,
    `  protocols      ${reply.daemonMinProtocol} to ${reply.daemonMaxProtocol}`,
    ...retry,
    ...details,
  ].join('\n')
}

function codeName(code: number): string {
  return Object.entries(ErrorCode).find(([, number]) => number === code)?.[0] ?? 'a code this client does not know'
}

/** u64 as text, because JSON numbers cannot hold one; bytes in hex. */
function toJson(answer: Either<DialError, ReplyResult>): unknown {
  if (answer._tag === 'Left') return { outcome: 'could-not-talk', error: describeDialError(answer.left) }
  if (answer.right._tag === 'Refused') {
    const { refused } = answer.right
    return {
      outcome: 'refused',
      ...refused,
      codeName: codeName(refused.code),
      details: Object.fromEntries(refused.details),
      retryAfterMs: String(refused.retryAfterMs),
    }
  }
  const { negotiated } = answer.right
  return {
    outcome: 'negotiated',
    ...negotiated,
    serverCapabilities: String(negotiated.serverCapabilities),
    keepaliveIntervalSecs: String(negotiated.keepaliveIntervalSecs),
    handlePassedToken: toHex(negotiated.handlePassedToken),
    connectionId: String(negotiated.connectionId),
  }
}
