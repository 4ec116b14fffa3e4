/**
 * What becomes of a message's bytes on their way: changed, cut into chunks, and spread over time.
 *
 * **Laws**
 *  1. Without a fault, what is delivered is what was written, and its last byte is there after the latency,
 *     however it was cut.
 *  2. Nothing is delivered in an order other than that in which it was written.
 */
import { absurd } from '../../data/absurd.js'
import { type Step, step } from '../../data/Step.js'
import * as Framing from '../../wire/Framing.js'
import { decodeFrame } from '../../wire/messages/Frame.js'
import { decodeHandoffAck } from '../../wire/messages/HandoffAck.js'
import * as Prng from './Prng.js'

/**
 * What happens to a message: cut short, and the stream with it; one bit changed; said twice; late by so many
 * milliseconds; gone; a byte at a time. Where no place is named, the dice say.
 *
 * @category model
 * @since 0.1.0
 */
export type Tampering =
  | { readonly _tag: 'Duplicated' }
  | { readonly _tag: 'Garbled'; readonly at?: number; readonly bit?: number }
  | { readonly _tag: 'Late'; readonly byMs: number }
  | { readonly _tag: 'Lost' }
  | { readonly _tag: 'Trickled'; readonly everyMs: number }
  | { readonly _tag: 'Truncated'; readonly at?: number }

/**
 * How messages are cut: at random, a byte at a time, not at all; and whether all chunks come at the end of the
 * latency, or one after the other until then.
 *
 * @category model
 * @since 0.1.0
 */
export interface Cutting {
  readonly sizes: 'Bytewise' | 'Seeded' | 'Whole'
  readonly pace: 'Burst' | 'Spread'
}

/**
 * A chunk, and how long after the writing it is there.
 *
 * @category model
 * @since 0.1.0
 */
export interface Parcel {
  readonly afterMs: number
  readonly bytes: Uint8Array
}

/**
 * What is delivered of a message, by how much later than usual, and whether the stream ends with it.
 *
 * @category model
 * @since 0.1.0
 */
export interface Tampered {
  readonly bytes: Uint8Array
  readonly lateMs: number
  readonly everyMs: number
  readonly isEnd: boolean
}

/**
 * A message as it was written.
 *
 * @category constructors
 * @since 0.1.0
 */
export function untampered(bytes: Uint8Array): Tampered {
  return { bytes, lateMs: 0, everyMs: 0, isEnd: false }
}

/**
 * A message that is tampered with.
 *
 * @category steps
 * @since 0.1.0
 */
export function tamper(how: Tampering, bytes: Uint8Array, dice: Prng.Prng): Step<Prng.Prng, Tampered> {
  const plain = untampered(bytes)
  const { state, value: drawnAt } = Prng.below(dice, bytes.length)
  switch (how._tag) {
    case 'Duplicated':
      return step(state, { ...plain, bytes: Uint8Array.of(...bytes, ...bytes) })
    case 'Garbled': {
      const { state: rest, value: drawnBit } = Prng.below(state, 8)
      return step(rest, { ...plain, bytes: garbled(bytes, how.at ?? drawnAt, how.bit ?? drawnBit) })
    }
    case 'Late':
      return step(state, { ...plain, lateMs: how.byMs })
    case 'Lost':
      return step(state, untampered(bytes.subarray(0, 0)))
    case 'Trickled':
      return step(state, { ...plain, everyMs: how.everyMs })
    case 'Truncated': {
      const at = how.at ?? drawnAt
      return step(state, { ...plain, bytes: bytes.subarray(0, at), isEnd: at < bytes.length })
    }
    default:
      return step(state, absurd(how))
  }
}

/**
 * A message's chunks, the last of which is there after `latencyMs`, later where the message is.
 *
 * @category steps
 * @since 0.1.0
 */
export function parcels(
  { bytes, everyMs, lateMs }: Tampered, latencyMs: number, cutting: Cutting, dice: Prng.Prng,
): Step<Prng.Prng, ReadonlyArray<Parcel>> {
  const { state, value: chunks } = cutUp(bytes, everyMs > 0 ? 'Bytewise' : cutting.sizes, dice)
  return step(state, chunks.map((chunk, i) => {
    const share = cutting.pace === 'Burst' ? 1 : (i + 1) / chunks.length
    return { afterMs: lateMs + (everyMs > 0 ? latencyMs + i * everyMs : latencyMs * share), bytes: chunk }
  }))
}

/** @internal How it is tampered with, in a word or two. */
export function tamperingName(how: Tampering): string {
  switch (how._tag) {
    case 'Duplicated':
    case 'Garbled':
    case 'Lost':
    case 'Truncated':
      return how._tag
    case 'Late':
      return `Late ${how.byMs}`
    case 'Trickled':
      return `Trickled ${how.everyMs}`
    default:
      return absurd(how)
  }
}

/** One bit changed; the first byte's where the change would make a valid no of a yes, which nobody could tell. */
function garbled(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const changed = flipped(bytes, at, bit)
  return isAccepting(bytes) === true && isAccepting(changed) === false ? flipped(bytes, 0, bit) : changed
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte))
}

/** What these bytes say of a handoff, if they are about one. */
function isAccepting(bytes: Uint8Array): boolean | undefined {
  const { value: event } = Framing.next(Framing.push(Framing.framing(), bytes))
  const frame = event._tag === 'FrameBody' ? decodeFrame(event.body) : undefined
  const ack = frame?._tag === 'Right' ? decodeHandoffAck(frame.right.payload) : undefined
  return ack?._tag === 'Right' ? ack.right.accepted : undefined
}

/** The dice are thrown once a message, however it is cut: other throws do not depend on the cutting. */
function cutUp(
  bytes: Uint8Array, sizes: Cutting['sizes'], dice: Prng.Prng,
): Step<Prng.Prng, ReadonlyArray<Uint8Array>> {
  const { state, value: seed } = Prng.u32(dice)
  if (bytes.length === 0) return step(state, [])
  switch (sizes) {
    case 'Bytewise':
      return step(state, [...bytes].map((byte) => Uint8Array.of(byte)))
    case 'Seeded':
      return step(state, cutAtRandom(bytes, Prng.prng(seed)))
    case 'Whole':
      return step(state, [bytes])
    default:
      return step(state, absurd(sizes))
  }
}

function cutAtRandom(bytes: Uint8Array, dice: Prng.Prng): ReadonlyArray<Uint8Array> {
  const { state, value: size } = Prng.below(dice, Math.min(bytes.length, 40))
  const [chunk, rest] = [bytes.subarray(0, size + 1), bytes.subarray(size + 1)]
  return rest.length === 0 ? [chunk] : [chunk, ...cutAtRandom(rest, state)]
}
