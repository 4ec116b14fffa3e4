/**
 * The command: picks the subcommand, and turns what goes wrong into one line and a status.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import * as E from 'fp-ts/lib/Either.js'
import { printable } from '../../data/Printable.js'
import { type UsageError, usageError } from './args.js'
import { hello } from './hello.js'
import { inspect } from './inspect.js'
import { serve } from './serve.js'
import type { Terminal } from './Terminal.js'
import { EXIT_USAGE, type Topic, USAGE } from './usage.js'

/**
 * Runs a command line; gives the exit status. `untilStopped` resolves when the process is asked to end; until
 * it is called, a signal ends it.
 */
export async function run(
  args: ReadonlyArray<string>, terminal: Terminal, version: string, untilStopped: () => Promise<string>,
): Promise<number> {
  const [subcommand, ...rest] = args
  if (subcommand === '--version') {
    terminal.print(version)
    return 0
  }
  const topic = topicOf(subcommand)
  const asksForHelp = [topic === 'top' ? subcommand : undefined, ...rest].some((word) => word === '--help' || word === '-h')
  if (asksForHelp || (topic === 'top' && subcommand === 'help')) {
    terminal.print(USAGE[topic].trimEnd())
    return 0
  }
  const result = await runSubcommand(subcommand, rest, terminal, untilStopped)
  if (result._tag === 'Right') return result.right
  const help = topic === 'top' ? 'hello-negotiation --help' : `hello-negotiation ${topic} --help`
  terminal.complain(printable(`hello-negotiation: ${result.left.message} (see ${help})`))
  return EXIT_USAGE
}

function topicOf(subcommand: string | undefined): Topic {
  return SUBCOMMANDS.find((name) => name === subcommand) ?? 'top'
}

const SUBCOMMANDS = ['conformance', 'hello', 'inspect', 'serve'] as const

async function runSubcommand(
  subcommand: string | undefined, args: ReadonlyArray<string>, terminal: Terminal, untilStopped: () => Promise<string>,
): Promise<Either<UsageError, number>> {
  switch (subcommand) {
    case 'conformance':
      // Loaded when it is asked for: it is most of the program, and the others start without it.
      return (await import('./conformance.js')).conformance(args, terminal)
    case 'hello':
      return hello(args, terminal)
    case 'inspect':
      return inspect(args, terminal)
    case 'serve':
      return serve(args, terminal, untilStopped)
    case undefined:
      return E.left(usageError('no subcommand: one of serve, hello, inspect and conformance'))
    default:
      return E.left(usageError(`no subcommand '${subcommand}': one of serve, hello, inspect and conformance`))
  }
}
