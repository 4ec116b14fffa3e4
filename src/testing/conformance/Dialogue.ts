/**
 * A script on one connection, as an automaton: what comes in goes in, what to do next comes out.
 *
 * **State** the script and the next move of it, the earliest moment for that, what has been heard, and how the
 * connection ended if it has.
 *
 *   moving ──last move made──▶ listening ──a whole frame, the end, or patience──▶ done
 *     └───────────────a whole frame, or the end of the connection────────────────▶ done
 *
 * **Laws**
 *  1. Moves are made in order, each when the one before has been written; none after what is listened for has come.
 *  2. It is done within the script's pauses and one patience a move, whatever the other side does.
 *  3. What was heard is every byte that came until then, and how many of them had come before each move.
 *  4. It keeps at most one frame of the largest size, and a little, of a side that never stops talking.
 *
 * **Not here** the connection and the clock: a driver writes, reads and calls `next` when it is time.
 */
import { absurd } from '../../data/absurd.js'
import * as ByteQueue from '../../data/ByteQueue.js'
import { type Step, step } from '../../data/Step.js'
import * as Framing from '../../wire/Framing.js'
import { FRAME_BODY_MAX_BYTES, HELLO_BODY_MAX_BYTES } from '../../wire/Limits.js'
import type { Script } from './Script.js'

/**
 * How a connection was left: the other side closed it, it broke, nobody was there, or it is open still.
 *
 * @category model
 * @since 0.1.0
 */
export type Ending = 'Closed' | 'Lost' | 'Open' | 'Unreachable'

/**
 * What came of a script.
 *
 * @category model
 * @since 0.1.0
 */
export interface Heard {
  readonly bytes: Uint8Array
  readonly ending: Ending
  /** How many bytes had come by the time of each move that was made. */
  readonly before: ReadonlyArray<number>
  /** When it began and when it was done, in milliseconds by the driver's clock. */
  readonly beganMs: number
  readonly doneMs: number
  /** The system's word on a connection that broke, or was none. */
  readonly trouble: string
}

/**
 * A script and how far it has come.
 *
 * @category model
 * @since 0.1.0
 */
export interface Dialogue {
  readonly script: Script
  readonly patienceMs: number
  readonly beganMs: number
  /** The moment before which no move is made; once all are made, the moment when listening stops. */
  readonly dueMs: number
  readonly made: number
  readonly isWriting: boolean
  readonly before: ReadonlyArray<number>
  readonly framing: Framing.Framing
  readonly ending: Ending
  readonly trouble: string
}

/**
 * What a driver is to do next; after `Write` it says when that is `written`, and `Await` ends at `untilMs` at the latest.
 *
 * @category model
 * @since 0.1.0
 */
export type Act =
  | { readonly _tag: 'Await'; readonly untilMs: number }
  | { readonly _tag: 'Done'; readonly heard: Heard }
  | { readonly _tag: 'End' }
  | { readonly _tag: 'Write'; readonly bytes: Uint8Array }

/** More than any frame, and not without end. */
const HEARD_MAX_BYTES = FRAME_BODY_MAX_BYTES + HELLO_BODY_MAX_BYTES

/**
 * A script that begins now; `patienceMs` is how long its silences may last where it does not say so itself.
 *
 * @example
 * import assert from 'node:assert'
 * import { Dialogue } from 'hello-negotiation/testing'
 *
 * const script = { moves: [{ _tag: 'Send', bytes: Uint8Array.of(1) }], until: 'End' } as const
 * const { state, value } = Dialogue.next(Dialogue.dialogue(script, 100, 0), 0)
 * assert.deepEqual(value, { _tag: 'Write', bytes: Uint8Array.of(1) })
 * const done = Dialogue.next(Dialogue.closed(Dialogue.written(state, 1), 'Closed'), 2).value
 * assert.equal(done._tag === 'Done' && done.heard.ending, 'Closed')
 *
 * @category constructors
 * @since 0.1.0
 */
export function dialogue(script: Script, patienceMs: number, nowMs: number): Dialogue {
  const patience = script.patienceMs ?? patienceMs
  return {
    script,
    patienceMs: patience,
    beganMs: nowMs,
    dueMs: script.moves.length === 0 ? nowMs + patience : nowMs,
    made: 0,
    isWriting: false,
    before: [],
    framing: Framing.framing(),
    ending: 'Open',
    trouble: '',
  }
}

/**
 * Stores a copy of a chunk that came.
 *
 * @category steps
 * @since 0.1.0
 */
export function push(dialogue: Dialogue, chunk: Uint8Array): Dialogue {
  return heardBytes(dialogue) > HEARD_MAX_BYTES ? dialogue : { ...dialogue, framing: Framing.push(dialogue.framing, chunk) }
}

/**
 * Notes that what was to be written last has been, at `nowMs`.
 *
 * @category steps
 * @since 0.1.0
 */
export function written(dialogue: Dialogue, nowMs: number): Dialogue {
  if (!dialogue.isWriting) return dialogue
  return moved({ ...dialogue, isWriting: false }, nowMs)
}

/**
 * Notes how the connection ended: that the other side has closed it, or that nothing more can be said on it either.
 *
 * @category steps
 * @since 0.1.0
 */
export function closed(dialogue: Dialogue, ending: Exclude<Ending, 'Open'>, trouble = ''): Dialogue {
  return dialogue.ending === 'Open' || ending === 'Lost' ? { ...dialogue, ending, trouble } : dialogue
}

/**
 * What to do at this moment; to be asked again after everything but `Done`.
 *
 * @category steps
 * @since 0.1.0
 */
export function next(dialogue: Dialogue, nowMs: number): Step<Dialogue, Act> {
  const { script, dueMs, made, isWriting } = dialogue
  if (isOver(dialogue)) return step(dialogue, done(dialogue, nowMs))
  if (nowMs < dueMs) return step(dialogue, { _tag: 'Await', untilMs: dueMs })
  const move = script.moves[made]
  if (move === undefined || isWriting) return step(dialogue, done(dialogue, nowMs))
  const begun = { ...dialogue, made: made + 1, before: [...dialogue.before, heardBytes(dialogue)] }
  switch (move._tag) {
    case 'End':
      return step(moved(begun, nowMs), { _tag: 'End' })
    case 'Pause':
      return next(moved({ ...begun, dueMs: nowMs + move.ms }, nowMs + move.ms), nowMs)
    case 'Send':
      // The other side may not read; that is waited for no longer than for its answer.
      return step({ ...begun, isWriting: true, dueMs: nowMs + dialogue.patienceMs }, { _tag: 'Write', bytes: move.bytes })
    default:
      return absurd(move)
  }
}

/** A move has been made: the next one may follow at `fromMs`, or listening begins then. */
function moved(dialogue: Dialogue, fromMs: number): Dialogue {
  const isLast = dialogue.made === dialogue.script.moves.length
  return { ...dialogue, dueMs: isLast ? fromMs + dialogue.patienceMs : fromMs }
}

function isOver(dialogue: Dialogue): boolean {
  const { script, framing, ending, made, isWriting } = dialogue
  const hasMore = script.saysAll === true && ending === 'Closed' && (isWriting || made < script.moves.length)
  if ((ending !== 'Open' && !hasMore) || heardBytes(dialogue) > HEARD_MAX_BYTES) return true
  return script.until === 'Reply' && heardBytes(dialogue) > 0 && Framing.next(framing).value._tag !== 'NeedData'
}

function heardBytes({ framing }: Dialogue): number {
  return ByteQueue.size(framing.pending)
}

function done(dialogue: Dialogue, nowMs: number): Act {
  const { framing, ending, before, beganMs, trouble } = dialogue
  return { _tag: 'Done', heard: { bytes: Framing.remainder(framing), ending, before, beganMs, doneMs: nowMs, trouble } }
}
