/**
 * `inspect`: explains the bytes of a captured frame.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { parseOptions, type UsageError, usageError } from './args.js'
import { describeHexError, inspectBytes, isAcceptable, parseHex, renderInspection } from './inspect/index.js'
import type { Terminal } from './Terminal.js'

const EXIT_OBJECTION = 1

/** Runs the subcommand; gives the exit status. */
export async function inspect(args: ReadonlyArray<string>, terminal: Terminal): Promise<Either<UsageError, number>> {
  // Hex is often pasted in several words.
  const parsed = parseOptions(args, {}, Infinity)
  if (parsed._tag === 'Left') return parsed
  const text = parsed.right.words.join(' ')
  const bytes = parseHex(text === '' || text === '-' ? await terminal.readInput() : text)
  if (bytes._tag === 'Left') return E.left(usageError(describeHexError(bytes.left)))
  const inspection = inspectBytes(bytes.right)
  terminal.print(renderInspection(inspection))
  return E.right(isAcceptable(inspection) ? 0 : EXIT_OBJECTION)
}
