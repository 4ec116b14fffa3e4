/**
 * A policy from a JSON file.
 */
import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { printable } from '../../data/Printable.js'
import { describeFault, type Fault } from '../../negotiate/Fault.js'
import { parsePolicy, type Policy } from '../../negotiate/Policy.js'

/** Reads a policy, or tells every fault of it, one line each; what it leaves out is as `defaults` say. */
export function readPolicy(file: string, defaults: object = {}): Either<ReadonlyArray<string>, Policy> {
  const input = E.tryCatch(
    // Some editors begin a file with a byte order mark, which JSON has no place for.
    () => JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) as unknown,
    (error) => [`policy ${printable(file)}: ${printable((error as Error).message)}`],
  )
  if (input._tag === 'Left') return input
  return E.mapLeft((faults: ReadonlyArray<Fault>) =>
    faults.map((fault) => `policy ${printable(file)}: ${printable(describeFault(fault))}`),
  )(parsePolicy(isRecord(input.right) ? { ...defaults, ...input.right } : input.right))
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
