/**
 * What connection laws take: the bytes of an opening, sound and not, and when they come.
 */
import fc from 'fast-check'
import { encodeFrame, type Frame } from '../../../wire/messages/Frame.js'
import { arbitraryChunkSizes, arbitraryMutation } from '../../arbitrary/bytes.js'
import { arbitraryDuration, arbitraryNow } from '../../arbitrary/draws.js'
import { arbitraryFrame } from '../../arbitrary/messages.js'
import { framed, headerOf } from '../framed.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of connection laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface ConnectionInputs {
  readonly Opening: Opening
  readonly SoundOpening: SoundOpening
  readonly WaitingPeer: WaitingPeer
}

/**
 * Any bytes, the sizes of the chunks that they come in (as `cut` takes them), and whether they end.
 *
 * @category model
 * @since 0.1.0
 */
export interface Opening {
  readonly bytes: Uint8Array
  readonly sizes: ReadonlyArray<number>
  readonly isEnded: boolean
}

/**
 * A frame, what comes behind it, and the sizes of the chunks that both come in.
 *
 * @category model
 * @since 0.1.0
 */
export interface SoundOpening {
  readonly frame: Frame
  readonly behind: Uint8Array
  readonly sizes: ReadonlyArray<number>
}

/**
 * A peer of whose frame only so many bytes have come, when it connected, how long it has, and what time it is now.
 *
 * @category model
 * @since 0.1.0
 */
export interface WaitingPeer {
  readonly frame: Frame
  readonly bytesCome: number
  readonly openedMs: number
  readonly timeoutMs: number
  readonly nowMs: number
}

/** @internal */
export const CONNECTION_INPUTS: LawArbitraries<ConnectionInputs> = {
  Opening: () => fc.record({ bytes: arbitraryOpening(), sizes: arbitraryChunkSizes(), isEnded: fc.boolean() }),
  SoundOpening: () => fc.record({ frame: arbitraryFrame(), behind: arbitraryBehind(), sizes: arbitraryChunkSizes() }),
  WaitingPeer: () => fc.record({
    frame: arbitraryFrame(), bytesCome: fc.oneof(fc.nat({ max: 6 }), fc.nat({ max: 400 })),
    openedMs: arbitraryNow(), timeoutMs: arbitraryDuration(), nowMs: arbitraryNow(),
    beyondMs: fc.constantFrom(undefined, 0, 0.5, -0.5),
  }).map(({ beyondMs, nowMs, ...peer }) => {
    const aroundMs = Math.max(0, peer.openedMs || 0) + peer.timeoutMs + (beyondMs ?? 0)
    return { ...peer, nowMs: beyondMs === undefined ? nowMs : aroundMs }
  // Whether a deadline is past for ever is no question that a law answers.
  }).filter(({ nowMs }) => nowMs !== Infinity),
}

/** A frame, one with a change, one cut short, and what is no frame at all or one too large. */
function arbitraryOpening(): fc.Arbitrary<Uint8Array> {
  const whole = fc.tuple(arbitraryFrame(), arbitraryBehind())
    .map(([frame, behind]) => Uint8Array.of(...framed(encodeFrame(frame)), ...behind))
  const cutShort = fc.tuple(whole, fc.nat()).map(([bytes, where]) => bytes.slice(0, where % bytes.length))
  const noise = fc.uint8Array({ maxLength: 12 })
  const wrong = fc.oneof(noise, noise.map(framed), fc.constant(headerOf(65_537)))
  return fc.oneof(whole, arbitraryMutation(whole), cutShort, wrong)
}

function arbitraryBehind(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 12 }).map(framed))
}
