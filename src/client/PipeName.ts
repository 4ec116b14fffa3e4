/**
 * The name of a Windows pipe, bare, as a dialer and an endpoint want it.
 *
 * **Laws**
 *  1. A pipe's name is not empty and does not begin with the place pipes are in, however that is
 *     written: Windows takes `/` for `\` and any case (SPEC M5).
 *  2. A bare name and the same name behind the one exact prefix are the same pipe (SPEC M5).
 *
 * **Contract** a broker may write a `backend_pipe` either way (SPEC M5). A mix of both slashes is refused
 * here too; the reference looks for the two pure forms alone.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'

declare const pipeName: unique symbol

/**
 * A bare name that has passed `parsePipeName`.
 *
 * @category model
 * @since 0.1.0
 */
export type PipeName = string & { readonly [pipeName]: true }

/**
 * Why a text is no bare name of a pipe.
 *
 * @category model
 * @since 0.1.0
 */
export type PipeNameError =
  | { readonly _tag: 'EmptyPipeName' }
  | { readonly _tag: 'PrefixedPipeName'; readonly actual: string }

/**
 * Where pipes are (SPEC M3, M5).
 *
 * @category constants
 * @since 0.1.0
 */
export const PIPE_PREFIX = '\\\\.\\pipe\\'

/**
 * Parses a bare name (SPEC M5).
 *
 * @category constructors
 * @since 0.1.0
 */
export function parsePipeName(text: string): Either<PipeNameError, PipeName> {
  if (text === '') return E.left({ _tag: 'EmptyPipeName' })
  return /^[\\/]{2}\.[\\/]pipe[\\/]/i.test(text)
    ? E.left({ _tag: 'PrefixedPipeName', actual: text })
    : E.right(text as PipeName)
}

/**
 * The bare name of the pipe that a broker has told, with the exact prefix or without (SPEC M5).
 *
 * @example
 * import assert from 'node:assert'
 * import { pipeNameOf } from 'hello-negotiation'
 *
 * assert.deepEqual(pipeNameOf('\\\\.\\pipe\\zccache'), { _tag: 'Right', right: 'zccache' })
 * assert.deepEqual(pipeNameOf('zccache'), { _tag: 'Right', right: 'zccache' })
 * assert.equal(pipeNameOf('//./pipe/zccache')._tag, 'Left')
 *
 * @category constructors
 * @since 0.1.0
 */
export function pipeNameOf(backendPipe: string): Either<PipeNameError, PipeName> {
  return parsePipeName(backendPipe.startsWith(PIPE_PREFIX) ? backendPipe.slice(PIPE_PREFIX.length) : backendPipe)
}

/**
 * The path to dial.
 *
 * @category encodings
 * @since 0.1.0
 */
export function pipePath(name: PipeName): string {
  return `${PIPE_PREFIX}${name}`
}
