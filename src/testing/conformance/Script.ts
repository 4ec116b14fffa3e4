/**
 * What one side says on one connection, and until when it listens: data, so that a conversation can be printed,
 * generated and played again.
 *
 * **Not here** saying it: `Dialogue`.
 */
import { copyBytes } from '../../data/Bytes.js'

/**
 * One thing to do on a connection: close this side of it, do nothing for a while, or write.
 *
 * @category model
 * @since 0.1.0
 */
export type Move =
  | { readonly _tag: 'End' }
  | { readonly _tag: 'Pause'; readonly ms: number }
  | { readonly _tag: 'Send'; readonly bytes: Uint8Array }

/**
 * Moves, made in order, and what is listened for: the first whole frame, or the end of the connection.
 *
 * @category model
 * @since 0.1.0
 */
export interface Script {
  readonly moves: ReadonlyArray<Move>
  readonly until: 'End' | 'Reply'
  /** How long to listen once everything is said, in milliseconds; as long as usual if not given. */
  readonly patienceMs?: number
  /** Whether everything is said though the other side has ended; if not given, its end is the end of it. */
  readonly saysAll?: boolean
}

/**
 * @internal Closes this side.
 */
export const END: Move = Object.freeze({ _tag: 'End' })

/** @internal Writes these bytes at once. */
export function send(bytes: Uint8Array): Move {
  return { _tag: 'Send', bytes }
}

/** @internal Does nothing for a while. */
export function pause(ms: number): Move {
  return { _tag: 'Pause', ms }
}

/** @internal Says these bytes and listens for a reply. */
export function saying(...chunks: ReadonlyArray<Uint8Array>): Script {
  return { moves: chunks.map(send), until: 'Reply' }
}

/** @internal Says these bytes, closes its side and listens for a reply. */
export function sayingLast(...chunks: ReadonlyArray<Uint8Array>): Script {
  return { moves: [...chunks.map(send), END], until: 'Reply' }
}

/** @internal The same script, listening to the end. */
export function toTheEnd(script: Script): Script {
  return { ...script, until: 'End' }
}

/** @internal Every byte that a script says. */
export function saidBy({ moves }: Script): Uint8Array {
  return concat(moves.flatMap((move) => (move._tag === 'Send' ? [move.bytes] : [])))
}

/** @internal Whether a script closes its side. */
export function endsItself({ moves }: Script): boolean {
  return moves.some(({ _tag }) => _tag === 'End')
}

/** @internal */
export function concat(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  if (parts.length === 1) return copyBytes(parts[0] as Uint8Array)
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
