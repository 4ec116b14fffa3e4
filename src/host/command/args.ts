/**
 * Command lines as data: parsed options, or one line that says what is wrong with them.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type { Address } from '../node/Address.js'

/** A command line that cannot be used, and why, on one line. */
export interface UsageError {
  readonly _tag: 'UsageError'
  readonly message: string
}

/** The options given, each a text, a flag, or not there. */
export type Options = Readonly<Record<string, string | boolean | undefined>>

type OptionSpecs = NonNullable<ParseArgsConfig['options']>

/** @internal */
export function usageError(message: string): UsageError {
  return { _tag: 'UsageError', message }
}

/** Parses options and at most `positionalsMax` other words. */
export function parseOptions(
  args: ReadonlyArray<string>, specs: OptionSpecs, positionalsMax = 0,
): Either<UsageError, { readonly options: Options; readonly words: ReadonlyArray<string> }> {
  const parsed = E.tryCatch(
    () => parseArgs({ args: [...args], options: specs, allowPositionals: true, strict: true }),
    (error) => usageError((error as Error).message.split('. ')[0] as string),
  )
  if (parsed._tag === 'Left') return parsed
  const { values, positionals } = parsed.right
  return positionals.length > positionalsMax
    ? E.left(usageError(`unexpected argument '${positionals[positionalsMax]}'`))
    : E.right({ options: values as Options, words: positionals })
}

/** The text of an option that must be there. */
export function required(options: Options, name: string): Either<UsageError, string> {
  const value = options[name]
  return typeof value === 'string' && value !== ''
    ? E.right(value)
    : E.left(usageError(`--${name} is missing`))
}

/** A whole number within bounds, or its default where it is not given. */
export function wholeNumber(
  options: Options, name: string, bounds: { readonly min: number; readonly max: number; readonly otherwise: number },
): Either<UsageError, number> {
  const text = options[name]
  if (text === undefined) return E.right(bounds.otherwise)
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return value >= bounds.min && value <= bounds.max
    ? E.right(value)
    : E.left(usageError(`--${name} takes a whole number from ${bounds.min} to ${bounds.max}, not '${String(text)}'`))
}

/** Where the broker is: exactly one of --socket and --port. */
export function addressOf(options: Options): Either<UsageError, Address> {
  const { socket, port } = options
  if ((socket === undefined) === (port === undefined)) return E.left(usageError('give one of --socket PATH and --port PORT'))
  if (typeof socket === 'string') return E.map(socketAddress)(required(options, 'socket'))
  return E.map((port: number): Address => ({ _tag: 'Tcp', port }))(
    wholeNumber(options, 'port', { min: 0, max: 65_535, otherwise: 0 }),
  )
}

function socketAddress(path: string): Address {
  return path.startsWith('\\\\.\\pipe\\') ? { _tag: 'Pipe', path } : { _tag: 'Socket', path }
}
