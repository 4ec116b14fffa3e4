/**
 * Whole conversations with a broker, for fast-check: who connects, what they mean to send, how it arrives, cut
 * up and spread over time, and whether they close.
 */
import fc from 'fast-check'
import type { PeerIdentity } from '../../data/PeerIdentity.js'
import type { Draws } from '../../step/TokenStore.js'
import type { Policy } from '../../negotiate/Policy.js'
import { HELLO_BODY_MAX_BYTES } from '../../wire/Limits.js'
import { encodeFrame } from '../../wire/messages/Frame.js'
import { arbitraryChunkSizes, arbitraryHostileBytes, cut } from './bytes.js'
import { arbitraryNearlyFramed, framed, framedFrame } from './envelopes.js'
import { arbitraryHostileMessage } from './malformed.js'
import { arbitraryMatch, type Match } from './match.js'
import { arbitraryFrame } from './messages.js'

/**
 * One peer's connection from its opening to its end, under a policy.
 *
 * @category model
 * @since 0.1.0
 */
export interface Conversation {
  readonly policy: Policy
  readonly peer: PeerIdentity
  readonly draws: Draws
  /** The clock's reading, in milliseconds, when the peer connected. */
  readonly openedMs: number
  /** What the peer sends, frame by frame; the last may be none, or cut short. */
  readonly frames: ReadonlyArray<Uint8Array>
  /** The same bytes as they arrive. */
  readonly arrivals: ReadonlyArray<Arrival>
  /** The peer closes its side at that time, or has said nothing more until then. */
  readonly end: { readonly _tag: 'Closed' | 'Open'; readonly atMs: number }
}

/**
 * A chunk, and the clock's reading when it came.
 *
 * @category model
 * @since 0.1.0
 */
export interface Arrival {
  readonly atMs: number
  readonly bytes: Uint8Array
}

/**
 * A conversation: mostly one Hello that fits the policy and a few bytes more, else any number of frames, sound or
 * not, or noise; in one chunk or many, at once or until after the deadline.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryConversation(): fc.Arbitrary<Conversation> {
  const [sizes, openedMs, isClosed] = [arbitraryChunkSizes(), fc.nat({ max: 100 }), fc.boolean()]
  return arbitraryMatch().chain((match) => {
    const [frames, gaps, endGap] = [arbitraryFrames(match), arbitraryGaps(match), arbitraryGap(match)]
    return fc.record({ frames, sizes, gaps, endGap, openedMs, isClosed }).map(({ frames, sizes, gaps, endGap, openedMs, isClosed }) => {
      const { policy, peer, ambient: { draws } } = match
      const bytes = Uint8Array.from(frames.flatMap((frame) => [...frame]))
      const arrivals = arrivalsOf(cut(bytes, sizes), openedMs, gaps)
      const atMs = (arrivals[arrivals.length - 1]?.atMs ?? openedMs) + endGap
      return { policy, peer, draws, openedMs, frames, arrivals, end: { _tag: isClosed ? 'Closed' : 'Open', atMs } }
    })
  })
}

function arbitraryFrames({ bytes, frame: sound }: Match): fc.Arbitrary<ReadonlyArray<Uint8Array>> {
  const hello = fc.constant(bytes)
  const frame = fc.oneof(hello, arbitraryFrame().map(framedFrame), arbitraryHostileMessage('Frame').map(framed))
  const tail = fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.uint8Array({ maxLength: 12 }),
    fc.nat({ max: bytes.length }).map((end) => bytes.subarray(0, end)),
    arbitraryHostileBytes(hello),
    arbitraryNearlyFramed(encodeFrame(sound), HELLO_BODY_MAX_BYTES).map(({ value }) => value),
  )
  const first = fc.oneof({ arbitrary: hello, weight: 4 }, { arbitrary: frame, weight: 2 }, { arbitrary: tail, weight: 2 })
  const others = fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, { arbitrary: fc.array(frame, { maxLength: 2 }), weight: 1 })
  return fc.tuple(first, others, tail).map(([first, others, tail]) => [first, ...others, tail])
}

/** How long after one chunk the next one comes: mostly at once, else within the deadline, or just not. */
function arbitraryGap({ policy: { helloTimeoutMs } }: Match): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.constant(0), weight: 12 },
    { arbitrary: fc.constantFrom(helloTimeoutMs / 4, helloTimeoutMs / 2), weight: 2 },
    { arbitrary: fc.constantFrom(helloTimeoutMs - 0.25, helloTimeoutMs, helloTimeoutMs + 0.5), weight: 1 },
  )
}

/** The gaps before the first chunks; the others come at once. */
function arbitraryGaps(match: Match): fc.Arbitrary<ReadonlyArray<number>> {
  return fc.array(arbitraryGap(match), { maxLength: 4 })
}

function arrivalsOf(chunks: ReadonlyArray<Uint8Array>, openedMs: number, gaps: ReadonlyArray<number>): ReadonlyArray<Arrival> {
  let atMs = openedMs
  return chunks.map((bytes, i) => {
    atMs += gaps[i] ?? 0
    return { atMs, bytes }
  })
}
