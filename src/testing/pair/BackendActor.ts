/**
 * A backend: it receives streams that are handed to it, is dialled, and answers the one question on whatever it serves.
 *
 * **State** what it remembers of tokens, the offers it is reading, and the streams it serves, each by the copy
 * of the socket that it came by.
 *
 * **Not here** deciding: it does as `HandoffReceiver` and `HandoffAcceptance` say.
 */
import { absurd } from '../../data/absurd.js'
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import { earlier } from '../../data/Instant.js'
import { step } from '../../data/Step.js'
import * as HandoffReceiver from '../../negotiate/HandoffReceiver.js'
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import { responseTo } from '../../wire/FrameEnvelope.js'
import * as Framing from '../../wire/Framing.js'
import { decodeFrame, encodeFrame } from '../../wire/messages/Frame.js'
import { mark } from '../virtual/traceText.js'
import type { LinkId } from './PairNames.js'
import { type Acting, after, close, type Command, type Input, still, tell } from './Talk.js'

/**
 * A backend, and what it is doing.
 *
 * @category model
 * @since 0.1.0
 */
export interface BackendActor {
  /** Whether it says something on a stream that it was handed, before it is asked. */
  readonly speaksFirst: boolean
  readonly acceptance: HandoffAcceptance.HandoffAcceptance
  readonly offers: ReadonlyMap<LinkId, BackendOffer>
  readonly serving: ReadonlyMap<LinkId, Served>
}

/**
 * A stream on offer, by the channel that it came by.
 *
 * @category model
 * @since 0.1.0
 */
export interface BackendOffer {
  readonly stream: LinkId
  readonly token: HandoffToken
  readonly receiver: HandoffReceiver.HandoffReceiver
}

/**
 * A stream that is served; `copy` names the descriptor.
 *
 * @category model
 * @since 0.1.0
 */
export interface Served {
  readonly copy: LinkId
  readonly framing: Framing.Framing
}

/** The copy of a stream that came by being dialled. */
const DIALLED = 'Backend'

/** Not the first byte of any frame. */
const GREETING = Uint8Array.of(0x68, 0x69)

/**
 * A backend that has just started.
 *
 * @category constructors
 * @since 0.1.0
 */
export function backendActor(acceptance: HandoffAcceptance.HandoffAcceptance, speaksFirst = false): BackendActor {
  return { speaksFirst, acceptance, offers: new Map(), serving: new Map() }
}

/**
 * Takes an input; what is about a link that it does not know changes nothing.
 *
 * @category steps
 * @since 0.1.0
 */
export function on(backend: BackendActor, input: Input, nowMs: number): Acting<BackendActor> {
  switch (input._tag) {
    case 'Bytes':
    case 'Ended':
      return onLink(backend, input, nowMs)
    case 'Opened':
      return still(withServed(backend, input.link, { copy: DIALLED, framing: Framing.framing() }))
    case 'SocketCame': {
      const { state: acceptance, value: receiver } = HandoffReceiver.begin(backend.acceptance, input.token, nowMs)
      const offers = new Map([...backend.offers, [input.link, { stream: input.stream, token: input.token, receiver }]])
      return still({ ...backend, acceptance, offers })
    }
    case 'Woken':
      return woken(backend, nowMs)
    default:
      return still(backend)
  }
}

/**
 * When this backend must be woken, by its own clock, or `undefined` where it waits for nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function nextDeadlineMs({ acceptance, offers }: BackendActor): number | undefined {
  return [...offers.values()].reduce(
    (soonest, { receiver }) => earlier(soonest, HandoffReceiver.nextDeadlineMs(receiver)),
    HandoffAcceptance.nextDeadlineMs(acceptance),
  )
}

/**
 * What the backend has of a stream: it serves it, it is still reading the offer, or it has nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export function holdOn({ offers, serving }: BackendActor, link: LinkId): 'Deciding' | 'Nothing' | 'Own' {
  if (serving.has(link)) return 'Own'
  return [...offers.values()].some(({ stream }) => stream === link) ? 'Deciding' : 'Nothing'
}

function onLink(
  backend: BackendActor, input: Extract<Input, { readonly _tag: 'Bytes' | 'Ended' }>, nowMs: number,
): Acting<BackendActor> {
  const { link } = input
  const offer = backend.offers.get(link)
  if (offer !== undefined) {
    const { receiver } = offer
    const next = input._tag === 'Bytes' ? HandoffReceiver.push(receiver, input.bytes) : HandoffReceiver.pushEnd(receiver)
    return received(backend, link, { ...offer, receiver: next }, nowMs)
  }
  const served = backend.serving.get(link)
  // A channel whose offer has been answered is kept until the broker closes it.
  if (served === undefined) return input._tag === 'Ended' ? step(backend, [close(link)]) : still(backend)
  return input._tag === 'Bytes'
    ? answered(backend, link, { ...served, framing: Framing.push(served.framing, input.bytes) })
    : step(withoutServed(backend, link), [{ _tag: 'Close', link, copy: served.copy }])
}

function received(backend: BackendActor, channel: LinkId, offer: BackendOffer, nowMs: number): Acting<BackendActor> {
  const { stream, token } = offer
  const { state, value: event } = HandoffReceiver.next(offer.receiver, backend.acceptance, nowMs)
  const { acceptance, receiver } = state
  if (event._tag === 'NeedData') {
    return still({ ...backend, acceptance, offers: new Map([...backend.offers, [channel, { ...offer, receiver }]]) })
  }
  const offers = new Map([...backend.offers].filter(([other]) => other !== channel))
  const next = { ...backend, acceptance, offers }
  const ack: ReadonlyArray<Command> = event.ack === undefined
    ? [close(channel)]
    : [{ _tag: 'Write', link: channel, message: 'Ack', bytes: event.ack }]
  switch (event._tag) {
    case 'Accepted':
      return after(
        [tell({ _tag: 'Accepted', link: stream, channel, token: mark(tokenBytes(token)) }), { _tag: 'Serve', link: stream, copy: channel }],
        step(withServed(next, stream, { copy: channel, framing: Framing.framing() }), [...ack, ...greeting(backend, stream)]),
      )
    case 'Declined':
      return step(next, [
        tell({ _tag: 'Declined', link: stream, channel, error: event.error._tag }), ...ack, { _tag: 'Close', link: stream, copy: channel },
      ])
    default:
      return absurd(event)
  }
}

function greeting({ speaksFirst }: BackendActor, link: LinkId): ReadonlyArray<Command> {
  return speaksFirst ? [{ _tag: 'Write', link, message: 'Greeting', bytes: GREETING }] : []
}

/** Whatever is asked is echoed. */
function answered(backend: BackendActor, link: LinkId, served: Served): Acting<BackendActor> {
  const { state: framing, value: event } = Framing.next(served.framing)
  const next = withServed(backend, link, { ...served, framing })
  const frame = event._tag === 'FrameBody' ? decodeFrame(event.body) : undefined
  if (frame?._tag !== 'Right') return still(next)
  const bytes = Framing.encodeFramed(encodeFrame(responseTo(frame.right, frame.right.payload)))
  return step(next, bytes._tag === 'Right' ? [{ _tag: 'Write', link, message: 'Answer', bytes: bytes.right }] : [])
}

function woken(backend: BackendActor, nowMs: number): Acting<BackendActor> {
  const { state: acceptance } = HandoffAcceptance.expire(backend.acceptance, nowMs)
  return [...backend.offers].reduce(
    (acted, [channel, offer]) => after(acted.value, received(
      acted.state, channel, { ...offer, receiver: HandoffReceiver.expire(offer.receiver, nowMs) }, nowMs,
    )),
    still<BackendActor>({ ...backend, acceptance }),
  )
}

function withServed(backend: BackendActor, link: LinkId, served: Served): BackendActor {
  return { ...backend, serving: new Map([...backend.serving, [link, served]]) }
}

function withoutServed(backend: BackendActor, link: LinkId): BackendActor {
  return { ...backend, serving: new Map([...backend.serving].filter(([other]) => other !== link)) }
}
