/**
 * `conformance`: tests a broker that is running, or a client program, against SPEC, and tells row by row.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { printable } from '../../data/Printable.js'
import type { Policy } from '../../negotiate/Policy.js'
import { DEFAULT_THOROUGHNESS, type Thoroughness } from '../../testing/conformance/brokerCases.js'
import { type ConformanceReport, countVerdicts } from '../../testing/conformance/ConformanceReport.js'
import { type Address, describeAddress } from '../node/Address.js'
import { clientConformance, conformance as brokerConformance } from '../node/conformance.js'
import { emptyHand } from '../node/dial.js'
import { addressOf, type Options, parseOptions, required, type UsageError, usageError, wholeNumber } from './args.js'
import { reportJson, reportLines, resultLines } from './conformance/renderReport.js'
import { readPolicy } from './policyFile.js'
import type { Terminal } from './Terminal.js'

const OPTIONS = {
  socket: { type: 'string' },
  port: { type: 'string' },
  policy: { type: 'string' },
  client: { type: 'string' },
  only: { type: 'string' },
  seed: { type: 'string' },
  cases: { type: 'string' },
  timeout: { type: 'string' },
  patience: { type: 'string' },
  slow: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

const EXIT = { Agrees: 0, Differs: 1, CouldNotTalk: 2 } as const
const CASES_MAX = 10_000
const SEED_MAX = 0xffff_ffff
const DURATION_MAX_MS = 0x7fff_ffff

/** Whom to test, and how. */
type ConformanceCommand =
  | { readonly _tag: 'Broker'; readonly at: Address; readonly policyFile: string; readonly thoroughness: Thoroughness }
  | { readonly _tag: 'Client'; readonly command: string; readonly boundMs: number | undefined; readonly isSlow: boolean }

/** Runs the subcommand; gives the exit status. */
export async function conformance(args: ReadonlyArray<string>, terminal: Terminal): Promise<Either<UsageError, number>> {
  const parsed = parseOptions(args, OPTIONS)
  if (parsed._tag === 'Left') return parsed
  const { options } = parsed.right
  const command = parseConformance(options)
  if (command._tag === 'Left') return command
  const policy = command.right._tag === 'Broker' ? readPolicy(command.right.policyFile) : E.right(undefined)
  if (policy._tag === 'Left') {
    policy.left.forEach(terminal.complain)
    return E.right(EXIT.CouldNotTalk)
  }
  return E.right(await test(command.right, policy.right, options, terminal))
}

async function test(
  command: ConformanceCommand, policy: Policy | undefined, options: Options, terminal: Terminal,
): Promise<number> {
  const isJson = options['json'] === true
  const only = String(options['only'] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '')
  if (!isJson) terminal.print(headline(command))
  const print = (lines: ReadonlyArray<string>): void => lines.forEach(terminal.print)
  const told = new Set<string>()
  const report = await reportOn(command, policy, only, (result) => {
    told.add(result.id)
    if (!isJson) print(resultLines(result, policy))
  })
  if (isJson) terminal.print(JSON.stringify(reportJson(report, policy)))
  else if (report._tag === 'Unreachable') terminal.complain(`could not talk: ${printable(report.trouble)}`)
  else print(reportLines(report, told, policy))
  return statusOf(report)
}

type OnResult = NonNullable<Parameters<typeof brokerConformance>[0]['onResult']>

function reportOn(
  command: ConformanceCommand, policy: Policy | undefined, only: ReadonlyArray<string>, onResult: OnResult,
): Promise<ConformanceReport> {
  if (command._tag === 'Client') {
    const { command: line, boundMs, isSlow } = command
    return clientConformance({ command: line, isSlow, only, onResult, ...(boundMs === undefined ? {} : { boundMs }) })
  }
  const { at, thoroughness } = command
  const hand = emptyHand()
  return brokerConformance({ policy: policy as Policy, open: () => hand.dial(at), thoroughness, only, onResult })
}

function headline(command: ConformanceCommand): string {
  return command._tag === 'Client'
    ? `the client  ${printable(command.command)}`
    : printable(`the broker at ${describeAddress(command.at)}, policy ${command.policyFile}, seed ${command.thoroughness.seed}`)
}

function statusOf(report: ConformanceReport): number {
  if (report._tag === 'Unreachable') return EXIT.CouldNotTalk
  return countVerdicts(report.results).Differs === 0 ? EXIT.Agrees : EXIT.Differs
}

function parseConformance(options: Options): Either<UsageError, ConformanceCommand> {
  const timeout = wholeNumber(options, 'timeout', { min: 1, max: DURATION_MAX_MS, otherwise: 0 })
  if (timeout._tag === 'Left') return timeout
  const timeoutMs = timeout.right === 0 ? undefined : timeout.right
  const isSlow = options['slow'] === true
  if (options['client'] !== undefined) return parseClient(options, timeoutMs, isSlow)
  const at = addressOf(options)
  if (at._tag === 'Left') return at
  const policyFile = required(options, 'policy')
  if (policyFile._tag === 'Left') return policyFile
  const thoroughness = parseThoroughness(options, timeoutMs, isSlow)
  if (thoroughness._tag === 'Left') return thoroughness
  return E.right({ _tag: 'Broker', at: at.right, policyFile: policyFile.right, thoroughness: thoroughness.right })
}

/** A client meets a broker of our own: what says where another one is cannot be meant. */
function parseClient(options: Options, timeoutMs: number | undefined, isSlow: boolean): Either<UsageError, ConformanceCommand> {
  const stray = ['socket', 'port', 'policy', 'seed', 'cases', 'patience'].find((name) => options[name] !== undefined)
  if (stray !== undefined) return E.left(usageError(`--${stray} is for a broker, --client for a client`))
  const command = required(options, 'client')
  return command._tag === 'Left' ? command : E.right({ _tag: 'Client', command: command.right, boundMs: timeoutMs, isSlow })
}

function parseThoroughness(options: Options, timeoutMs: number | undefined, isSlow: boolean): Either<UsageError, Thoroughness> {
  const { seed, generated, patienceMs, timeoutMs: otherwiseMs } = DEFAULT_THOROUGHNESS
  const seedGiven = wholeNumber(options, 'seed', { min: 0, max: SEED_MAX, otherwise: seed })
  if (seedGiven._tag === 'Left') return seedGiven
  const cases = wholeNumber(options, 'cases', { min: 0, max: CASES_MAX, otherwise: generated })
  if (cases._tag === 'Left') return cases
  const patience = wholeNumber(options, 'patience', { min: 0, max: DURATION_MAX_MS, otherwise: patienceMs })
  if (patience._tag === 'Left') return patience
  return E.right({
    seed: seedGiven.right, generated: cases.right, patienceMs: patience.right, timeoutMs: timeoutMs ?? otherwiseMs, isSlow,
  })
}
