/**
 * The broker's end of the channel to one backend: many handoffs at once, each with its own answers.
 *
 * **State** the handoffs under way, by number, and how many messages Node has not yet sent.
 * Invariant: the channel is listened to exactly while a handoff is under way, so that a link by itself
 * keeps no process alive.
 *
 * **Laws**
 *  1. A handoff hears what its own backend says about its own number, until it is released or withdrawn,
 *     and nothing more after that. What else comes over the channel is dropped, garbled or not.
 *  2. Where the channel dies or the link is closed, each handoff under way hears of its end, once.
 *  3. At most `maxInFlight` handoffs are under way, and at most as many messages wait in Node, for a
 *     backend that does not take them: beyond that the link has no room.
 *  4. Numbers are never used again in this process, so an answer that comes late meets nobody.
 */
import type { Socket } from 'node:net'
import { clampLimit } from '../../../data/Instant.js'
import type { HandoffToken } from '../../../data/HandoffToken.js'
import { DEFAULT_PENDING_LIMITS } from '../../../step/PendingHandoffs.js'
import type { SystemError } from '../../transport/SystemError.js'
import { type Channel, isOpen, sendOver } from './Channel.js'
import { type BrokerMessage, encodeMessage, readBackendMessage } from './ChannelMessage.js'
import { closeCopy, forgetServer } from './holdStream.js'

/**
 * What a link may do at most; 64 handoffs at once if not given.
 *
 * @category model
 * @since 0.1.0
 */
export interface LinkOptions {
  readonly maxInFlight?: number
}

/**
 * The broker's end of the channel to one backend.
 *
 * @category model
 * @since 0.1.0
 */
export interface BackendLink {
  /** Whether the backend can be offered anything. */
  readonly isAlive: () => boolean
  /** How many handoffs are under way. */
  readonly inFlight: () => number
  /** Ends the handoffs under way, whose clients reconnect, and lets no other begin; the channel stays open. */
  readonly close: () => void
  /** @internal Whether one more handoff may be made. */
  readonly hasRoom: () => boolean
  /** @internal Sends an offer, with a copy of the stream. */
  readonly offer: (parcel: Parcel, stream: Socket, listeners: OfferListeners) => Offering
}

/** @internal What goes to the backend beside the stream. */
export interface Parcel {
  readonly offer: Uint8Array
  readonly token: HandoffToken
  readonly remainder: Uint8Array
}

/** @internal Who hears what becomes of an offer; none of these is called before `offer` has returned. */
export interface OfferListeners {
  readonly onSent: () => void
  readonly onUnsent: (error: SystemError) => void
  readonly onBytes: (bytes: Uint8Array) => void
  /** The backend will say nothing more. */
  readonly onEnd: () => void
}

/** @internal An offer under way; either word ends it, and the other one then says nothing. */
export interface Offering {
  /** Tells the backend that the stream is its own. */
  readonly release: () => void
  /** Tells the backend that the stream is not. */
  readonly withdraw: () => void
}

const CLOSED: SystemError = { code: 'ERR_LINK_CLOSED', message: 'the link to the backend is closed' }

/** The number of the last handoff, of whatever link. */
let lastHandoff = 0

/**
 * The broker's end of the channel to a backend: a child forked by this process, or `process` where the
 * backend has forked the broker.
 *
 * @example
 * import assert from 'node:assert'
 * import { spawn } from 'node:child_process'
 * import { backendLink } from 'hello-negotiation/host/node'
 *
 * const script = `process.on('message', () => undefined)`
 * const backend = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
 * const link = backendLink(backend)
 * assert.equal(link.isAlive(), true)
 * backend.disconnect()
 * assert.equal(link.isAlive(), false)
 *
 * @category constructors
 * @since 0.1.0
 */
export function backendLink(channel: Channel, options: LinkOptions = {}): BackendLink {
  const maxInFlight = clampLimit(options.maxInFlight ?? DEFAULT_PENDING_LIMITS.maxPending, 1)
  const underway = new Map<number, OfferListeners>()
  let unsent = 0
  let isClosed = false

  function hear(value: unknown, handle: unknown): void {
    const message = readBackendMessage(value)
    if (message !== undefined) closeCopy(handle)
    const listeners = message?.handoff === undefined ? undefined : underway.get(message.handoff)
    if (message?._tag === 'Answer') listeners?.onBytes(message.bytes)
    else listeners?.onEnd()
  }

  function endAll(): void {
    for (const { onEnd } of [...underway.values()]) onEnd()
  }

  function send(message: BrokerMessage, stream: Socket | undefined, done: (error: SystemError | undefined) => void): void {
    unsent += 1
    sendOver(channel, encodeMessage(message), stream, (error) => {
      unsent -= 1
      done(error)
    })
  }

  function begin(handoff: number, listeners: OfferListeners): void {
    if (underway.size === 0) channel.on('message', hear)
    if (underway.size === 0) channel.on('disconnect', endAll)
    underway.set(handoff, listeners)
  }

  /** The last word on a handoff; where it cannot be sent, the backend has gone, and its copy with it. */
  function end(message: BrokerMessage): void {
    if (!underway.delete(message.handoff)) return
    if (underway.size === 0) channel.off('message', hear)
    if (underway.size === 0) channel.off('disconnect', endAll)
    if (isOpen(channel)) send(message, undefined, () => undefined)
  }

  const offer = (parcel: Parcel, stream: Socket, listeners: OfferListeners): Offering => {
    const handoff = (lastHandoff += 1)
    begin(handoff, listeners)
    forgetServer(stream)
    if (isClosed) process.nextTick(listeners.onUnsent, CLOSED)
    else send({ _tag: 'Offer', handoff, ...parcel }, stream, (error) => {
      if (!underway.has(handoff)) return
      if (error === undefined) listeners.onSent()
      else listeners.onUnsent(error)
    })
    return {
      release: () => end({ _tag: 'Released', handoff }),
      withdraw: () => end({ _tag: 'Withdrawn', handoff }),
    }
  }

  return {
    isAlive: () => !isClosed && isOpen(channel),
    inFlight: () => underway.size,
    close: () => {
      isClosed = true
      endAll()
    },
    hasRoom: () => Math.max(underway.size, unsent) < maxInFlight,
    offer,
  }
}
