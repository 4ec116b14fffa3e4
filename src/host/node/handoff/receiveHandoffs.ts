/**
 * The backend's end: streams that a broker hands over, given to their user once they are the backend's alone.
 *
 * **State** what the backend remembers of tokens, and the streams accepted and not yet released, each with a
 * deadline.
 *
 *   offered ──accepted──▶ waiting ──released──▶ the user's
 *      └──declined──┐        └──withdrawn, channel dead, time, close
 *                   ▼                      ▼
 *                     this copy is closed
 *
 * **Laws**
 *  1. Of a stream that waits nothing is read, and nothing is written to it: the client still hears the broker.
 *  2. Nobody gets a stream that the broker has not released, nor one of which a byte is missing: what the
 *     broker had read comes first.
 *  3. A copy that comes with one of our messages is the user's in the end, or it is closed: whatever the
 *     message says, and whenever the channel dies.
 *  4. A token is accepted once (`HandoffAcceptance`), and so at most `maxTokens` streams wait.
 *
 * **Not here** the backend's own endpoint, to which every other client comes: serve it as ever. Closing the
 * channel, which keeps this process alive as any server does: that is the caller's (`process.disconnect()`).
 */
import { Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../../../data/absurd.js'
import { printable } from '../../../data/Printable.js'
import { tokenBytes } from '../../../data/HandoffToken.js'
import * as HandoffReceiver from '../../../negotiate/HandoffReceiver.js'
import type { Clock } from '../../../shell/Clock.js'
import { systemClock } from '../../../shell/Defaults.js'
import * as HandoffAcceptance from '../../../step/HandoffAcceptance.js'
import { encodeFramed } from '../../../wire/Framing.js'
import { ackFrame } from '../../../wire/HandoffFrame.js'
import { encodeFrame } from '../../../wire/messages/Frame.js'
import { handoffAck } from '../../../wire/messages/HandoffAck.js'
import { type DeadlineTimer, deadlineTimer } from '../../transport/DeadlineTimer.js'
import { type Channel, isOpen, sendOver } from './Channel.js'
import { type BackendMessage, type BrokerMessage, encodeMessage, readBrokerMessage } from './ChannelMessage.js'
import { closeCopy, holdReceived, letGo } from './holdStream.js'
import type { DropReason, ReceiverNotice } from './ReceiverNotice.js'

/**
 * How a backend receives.
 *
 * @category model
 * @since 0.1.0
 */
export interface ReceiveOptions {
  /** Gets each stream that is the backend's own now, with every byte of it still to be read. */
  readonly onConnection: (socket: Socket, handoff: HandoffReceiver.AcceptedOffer) => void
  /** The services served here; whatever the broker offers, if not given. */
  readonly serviceNames?: ReadonlyArray<string>
  /** The channel to the broker; the one to the process that started this one, if not given. */
  readonly channel?: Channel
  /** How many tokens are remembered, and how long; 1 024 and 30 s if not given. */
  readonly limits?: HandoffAcceptance.AcceptanceLimits
  /** How long the broker has to release what was accepted, in milliseconds; 10 000 if not given. */
  readonly releaseTimeoutMs?: number
  readonly clock?: Clock
  readonly onNotice?: (notice: ReceiverNotice) => void
}

/**
 * A backend that receives.
 *
 * @category model
 * @since 0.1.0
 */
export interface Reception {
  /** How many streams were accepted and are not yet released. */
  readonly waiting: () => number
  /** Declines whatever is offered from now on; what was accepted before is still received. */
  readonly close: () => void
}

/**
 * Why a process cannot receive: nobody is at the other end, or it does so already.
 *
 * @category model
 * @since 0.1.0
 */
export type ReceiveError = { readonly _tag: 'AlreadyReceiving' } | { readonly _tag: 'NoChannel' }

/** A stream that was accepted. */
interface Waiting {
  readonly socket: Socket
  readonly offer: HandoffReceiver.AcceptedOffer
  readonly remainder: Uint8Array
  readonly timer: DeadlineTimer
  readonly offeredMs: number
}

type Offer = Extract<BrokerMessage, { readonly _tag: 'Offer' }>

/** Longer than a broker takes to say ready to a slow client, so that it is never the backend who gives up first. */
const DEFAULT_RELEASE_TIMEOUT_MS = 10_000

/** Two receivers on one channel would each answer for the other. */
const receiving = new WeakSet<Channel>()

/**
 * Receives the streams that the broker at the other end of a channel hands over.
 *
 * @example
 * import assert from 'node:assert'
 * import { spawn } from 'node:child_process'
 * import { once } from 'node:events'
 *
 * // A backend in a process of its own; with nobody to hand it anything, it says so and ends.
 * const backend = spawn(process.execPath, ['--input-type=module', '--eval', `
 *   import { receiveHandoffs } from 'hello-negotiation/host/node'
 *   const reception = receiveHandoffs({
 *     serviceNames: ['zccache'],
 *     onConnection: (socket, { correlationId }) => socket.end('connection ' + correlationId + ' is mine\\n'),
 *   })
 *   process.send(reception._tag, () => process.disconnect())
 * `], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
 * const [said] = await once(backend, 'message')
 * assert.equal(said, 'Right')
 *
 * @category constructors
 * @since 0.1.0
 */
export function receiveHandoffs(options: ReceiveOptions): Either<ReceiveError, Reception> {
  const channel: Channel = options.channel ?? process
  if (!isOpen(channel)) return E.left({ _tag: 'NoChannel' })
  if (receiving.has(channel)) return E.left({ _tag: 'AlreadyReceiving' })
  receiving.add(channel)
  return E.right(reception(channel, options))
}

function reception(channel: Channel, options: ReceiveOptions): Reception {
  const { clock: nowMs = systemClock, releaseTimeoutMs = DEFAULT_RELEASE_TIMEOUT_MS } = options
  const waiting = new Map<number, Waiting>()
  const judge = offerJudge(options, nowMs)
  let isClosed = false

  function hear(value: unknown, handle: unknown): void {
    const message = readBrokerMessage(value)
    if (message === undefined) return
    if (message._tag === 'Offer') return offered(message, handle)
    closeCopy(handle)
    if (message._tag === 'Released') released(message.handoff)
    else if (message._tag === 'Withdrawn') drop(message.handoff, 'Withdrawn')
    else decline(message.handoff, undefined, 'the broker\'s message cannot be read')
  }

  function offered(message: Offer, socket: unknown): void {
    const { handoff, remainder } = message
    // A socket that its sender closed meanwhile does not come with its message.
    if (!(socket instanceof Socket)) return decline(handoff, undefined, 'no stream came with the offer')
    socket.on('error', ignore)
    const isFree = !isClosed && !waiting.has(handoff) && holdReceived(socket)
    const verdict = isFree ? judge(message) : { _tag: 'Declined' as const, ack: undefined, detail: 'nothing is received now' }
    if (verdict._tag === 'Declined') {
      // Closed before the broker hears of it: from then on the stream is the broker's alone (SPEC X8).
      closeCopy(socket)
      return decline(handoff, verdict.ack, verdict.detail)
    }
    const timer = deadlineTimer('background')
    timer.set(releaseTimeoutMs, () => drop(handoff, 'NotReleasedInTime'))
    waiting.set(handoff, { socket, offer: verdict.offer, remainder, timer, offeredMs: nowMs() })
    answer({ _tag: 'Answer', handoff, bytes: verdict.ack })
  }

  function decline(handoff: number | undefined, ack: Uint8Array | undefined, detail: string): void {
    if (handoff !== undefined && !waiting.has(handoff)) {
      answer(ack === undefined ? { _tag: 'AnswerEnd', handoff } : { _tag: 'Answer', handoff, bytes: ack })
    }
    tell(options, { _tag: 'HandoffDeclined', detail })
  }

  /** An answer that cannot be sent has nobody to hear it: the channel's end closes what waits. */
  function answer(message: BackendMessage): void {
    sendOver(channel, encodeMessage(message), undefined, ignore)
  }

  function released(handoff: number): void {
    const done = waiting.get(handoff)
    if (done === undefined) return
    if (done.socket.destroyed) return drop(handoff, 'StreamClosed')
    waiting.delete(handoff)
    done.timer.clear()
    tell(options, { _tag: 'HandoffReceived', ...about(done) })
    deliver(done, options.onConnection)
  }

  function drop(handoff: number, why: DropReason): void {
    const done = waiting.get(handoff)
    if (done === undefined) return
    waiting.delete(handoff)
    done.timer.clear()
    done.socket.destroy()
    tell(options, { _tag: 'HandoffDropped', why, ...about(done) })
  }

  function about({ offer: { serviceName, correlationId }, offeredMs }: Waiting): Omit<Tale, '_tag' | 'why'> {
    return { serviceName, correlationId, elapsedMs: nowMs() - offeredMs }
  }

  function stop(): void {
    channel.off('message', hear)
    channel.off('disconnect', stop)
    for (const handoff of [...waiting.keys()]) drop(handoff, 'ChannelClosed')
  }

  channel.on('message', hear)
  channel.on('disconnect', stop)
  return {
    waiting: () => waiting.size,
    close: () => {
      isClosed = true
    },
  }
}

type Tale = Extract<ReceiverNotice, { readonly _tag: 'HandoffDropped' }>

type Verdict =
  | { readonly _tag: 'Accepted'; readonly ack: Uint8Array; readonly offer: HandoffReceiver.AcceptedOffer }
  | { readonly _tag: 'Declined'; readonly ack: Uint8Array | undefined; readonly detail: string }

/** Runs the receiver on each offer; the memory of tokens is theirs together. */
function offerJudge({ limits, serviceNames }: ReceiveOptions, nowMs: Clock): (offer: Offer) => Verdict {
  let acceptance = HandoffAcceptance.handoffAcceptance(limits)
  return ({ offer, token }) => {
    const begun = HandoffReceiver.begin(acceptance, token, nowMs())
    // The whole offer is in one message: what is missing now will never come.
    const whole = HandoffReceiver.pushEnd(HandoffReceiver.push(begun.value, offer))
    const { state, value: event } = HandoffReceiver.next(whole, begun.state, nowMs())
    acceptance = state.acceptance
    switch (event._tag) {
      case 'Accepted':
        return serviceNames === undefined || serviceNames.includes(event.offer.serviceName)
          ? event
          : { _tag: 'Declined', ...notServed(event.offer, token) }
      case 'Declined':
        return { _tag: 'Declined', ack: event.ack, detail: HandoffReceiver.describeDeclineError(event.error) }
      case 'NeedData':
        return { _tag: 'Declined', ack: undefined, detail: 'the offer is not whole' }
      default:
        return absurd(event)
    }
  }
}

/** A token is checked before its service is looked at; the ACK says so to a broker that mixes its backends up. */
function notServed(
  { serviceName, correlationId }: HandoffReceiver.AcceptedOffer, token: Offer['token'],
): { readonly ack: Uint8Array | undefined; readonly detail: string } {
  const detail = `service ${printable(serviceName)} is not served here`
  const ack = handoffAck({ token: tokenBytes(token), accepted: false, errorDetail: detail, correlationId })
  const framed = encodeFramed(encodeFrame(ackFrame(ack)))
  return { ack: framed._tag === 'Right' ? framed.right : undefined, detail }
}

/** The stream as a server would have given it, but for what the broker had read of it, which comes first. */
function deliver({ socket, offer, remainder }: Waiting, onConnection: ReceiveOptions['onConnection']): void {
  socket.off('error', ignore)
  if (remainder.length > 0) socket.unshift(remainder)
  letGo(socket)
  onConnection(socket, offer)
}

function ignore(): void {}

/** A listener's failure is its own. */
function tell({ onNotice }: ReceiveOptions, notice: ReceiverNotice): void {
  try {
    onNotice?.(notice)
  } catch {
    // Told nowhere: there is nobody else to tell.
  }
}
