/**
 * What the world does when an actor asks for something: the kernel's part, and where the faults strike.
 *
 * **Laws**
 *  1. Nothing that an actor asks for takes effect on another at the same instant: everything has a latency.
 *     Only the actor itself is told at once what became of it.
 *  2. On one link nothing overtakes anything that goes the same way.
 *  3. Where the last copy of a server's end is closed, the initiator is told the end.
 */
import { absurd } from '../../data/absurd.js'
import { handoffToken, type HandoffToken } from '../../data/HandoffToken.js'
import * as AckRegistry from '../../step/AckRegistry.js'
import * as Agenda from '../virtual/Agenda.js'
import * as Prng from '../virtual/Prng.js'
import { timerMs } from '../virtual/SkewedClock.js'
import { parcels, type Tampered, tamper, untampered } from '../virtual/Tampering.js'
import { forge, forgedMessage } from './Forging.js'
import type { PairFault } from './PairFault.js'
import type { ActorName, LinkId, MessageName } from './PairNames.js'
import { BACKEND_ENDPOINT, faultNow, type Link, type PairWorld, type Posted, struck, told, withLink } from './PairWorld.js'
import { BROKER_ENDPOINT, type Command, type Input } from './Talk.js'

type CommandOf<T extends Command['_tag']> = Extract<Command, { readonly _tag: T }>

/** The copy of a server's end that comes with the link. */
const OWN_COPY: Readonly<Record<Link['kind'], 'Backend' | 'Broker'>> = { Channel: 'Backend', Dial: 'Backend', Stream: 'Broker' }

/**
 * Does as an actor asks.
 *
 * @category steps
 * @since 0.1.0
 */
export function execute(world: PairWorld, who: ActorName, command: Command): PairWorld {
  switch (command._tag) {
    case 'Close':
      return closed(world, who, command)
    case 'Deliver':
      return delivered(world, command)
    case 'Open':
      return opened(world, who, command)
    case 'Serve':
      return world.links.get(command.link)?.hasServerSeenEnd === true
        ? posted(world, world.nowMs, { to: who, input: { _tag: 'Ended', link: command.link } })
        : world
    case 'Tell':
      return told(world, who, command.fact)
    case 'Write':
      return written(world, who, command)
    default:
      return absurd(command)
  }
}

/**
 * The backend is dead: what it had open is closed, what it knew is gone.
 *
 * @category steps
 * @since 0.1.0
 */
export function crashed(world: PairWorld): PairWorld {
  const dead: PairWorld = {
    ...world, isBackendAlive: false, backend: { ...world.backend, offers: new Map(), serving: new Map() },
  }
  return [...world.links].reduce(
    (next, [id, link]) => link.copies.filter((copy) => copy !== 'Broker').reduce((next, copy) => copyClosed(next, id, copy), next), dead,
  )
}

/**
 * A copy of a link's server end is closed; the last one takes the end with it.
 *
 * @category steps
 * @since 0.1.0
 */
export function copyClosed(world: PairWorld, id: LinkId, copy: string): PairWorld {
  const link = world.links.get(id)
  if (link === undefined || !link.copies.includes(copy)) return world
  const copies = link.copies.filter((other) => other !== copy)
  const next = withLink(world, id, { copies })
  return copies.length > 0 || link.isMuted ? next : sent(next, id, 'Initiator', { _tag: 'Ended', link: id })
}

function opened(world: PairWorld, who: ActorName, { endpoint, link: id }: CommandOf<'Open'>): PairWorld {
  const isToBroker = endpoint === BROKER_ENDPOINT
  const linked = withNewLink(world, id, isToBroker ? 'Stream' : 'Dial', who)
  const silent = isToBroker ? faultNow(world, 'BrokerSilent', ({ phase }) => phase === 'Connecting') : undefined
  if (silent !== undefined) return struck(linked, silent)
  const dead = isToBroker ? faultNow(world, 'BrokerDead') : world.scenario.faults.find(({ _tag }) => _tag === 'BackendDead')
  const isNobodyThere = isToBroker ? dead !== undefined : !world.isBackendAlive || endpoint !== BACKEND_ENDPOINT
  const noted = dead === undefined ? linked : struck(linked, dead)
  if (isNobodyThere) return sent(noted, id, 'Initiator', { _tag: 'OpenFailed', link: id })
  const mute = isToBroker ? faultNow(world, 'BrokerSilent', ({ phase }) => phase === 'AwaitingReply') : undefined
  const reached = sent(noted, id, 'Server', { _tag: 'Opened', link: id })
  // The initiator learns of it when the server does, or it would speak before it could be heard.
  const atMs = reached.links.get(id)?.toServerMs ?? 0
  const both = posted(withLink(reached, id, { toInitiatorMs: atMs }), atMs, { to: who, input: { _tag: 'Opened', link: id } })
  return mute === undefined ? both : struck(withLink(both, id, { isMuted: true }), mute)
}

function closed(world: PairWorld, who: ActorName, { copy, link: id }: CommandOf<'Close'>): PairWorld {
  const link = world.links.get(id)
  if (link === undefined) return world
  if (link.initiator !== who) return copyClosed(world, id, copy ?? who)
  return link.isInitiatorOpen
    ? sent(withLink(world, id, { isInitiatorOpen: false }), id, 'Server', { _tag: 'Ended', link: id })
    : world
}

function delivered(world: PairWorld, command: CommandOf<'Deliver'>): PairWorld {
  const { link: id, channel, token } = command
  const silent = faultNow(world, 'BrokerSilent', ({ phase }) => phase === 'AfterReply')
  if (silent !== undefined) return struck(withLink(world, id, { isMuted: true }), silent)
  const fails = faultNow(world, 'DeliveryFails') ?? faultNow(world, 'BackendDead')
  const toBroker = (next: PairWorld, input: Input): PairWorld => posted(next, world.nowMs, { to: 'Broker', input })
  if (fails !== undefined || !world.isBackendAlive) {
    const noted = fails === undefined ? world : struck(world, fails)
    return toBroker(noted, { _tag: 'DeliveryFailed', link: id, mayHaveArrived: false })
  }
  const unclear = faultNow(world, 'DeliveryUnclear')
  const linked = withNewLink(world, channel, 'Channel', 'Broker')
  if (unclear !== undefined) {
    const arrived = unclear.arrives ? socketSent(linked, command, token) : linked
    return toBroker(struck(arrived, unclear), { _tag: 'DeliveryFailed', link: id, mayHaveArrived: true })
  }
  const mismatch = faultNow(world, 'SidebandMismatch')
  const other = handoffToken(new Uint8Array(16).fill(0x33))
  const noted = mismatch === undefined ? linked : struck(linked, mismatch)
  return toBroker(
    socketSent(noted, command, mismatch === undefined || other === undefined ? token : other), { _tag: 'Delivered', link: id },
  )
}

/** The socket goes first, with the token beside it, then the offer; on its way the copy is open. */
function socketSent(
  world: PairWorld, { channel, link: stream, offer }: CommandOf<'Deliver'>, token: HandoffToken,
): PairWorld {
  const copies = [...(world.links.get(stream)?.copies ?? []), channel]
  const sending = sent(withLink(world, stream, { copies }), channel, 'Server', { _tag: 'SocketCame', link: channel, stream, token })
  const silent = faultNow(world, 'BackendSilent')
  return silent === undefined ? messageSent(sending, channel, 'Server', 'Offer', offer) : struck(sending, silent)
}

function written(world: PairWorld, who: ActorName, { bytes, link: id, message }: CommandOf<'Write'>): PairWorld {
  const link = world.links.get(id)
  if (link === undefined) return world
  const unwritable = message === 'Reply' ? faultNow(world, 'ReplyUnwritable') : undefined
  const isToServer = link.initiator === who
  const isPeerGone = isToServer ? link.copies.length === 0 : !link.isInitiatorOpen
  const tellWriter = (next: PairWorld, tag: 'Unwritten' | 'Written'): PairWorld =>
    posted(next, world.nowMs, { to: who, input: { _tag: tag, link: id, message } })
  if (unwritable !== undefined) return tellWriter(struck(world, unwritable), 'Unwritten')
  if (isPeerGone) return tellWriter(world, 'Unwritten')
  return afterWriting(
    tellWriter(messageSent(world, id, isToServer ? 'Server' : 'Initiator', message, bytes), 'Written'), id, message,
  )
}

/** What happens because a message has been written. */
function afterWriting(world: PairWorld, id: LinkId, message: MessageName): PairWorld {
  const touched = message === 'Reply' ? faultNow(world, 'TokenTouched') : undefined
  if (touched !== undefined) {
    const input = { _tag: 'Asked', operation: touched.operation } as const
    return posted(struck(world, touched), world.nowMs + touched.afterMs, { to: 'Broker', input })
  }
  const greeted = message === 'Greeting' ? faultNow(world, 'BackendSpeaksFirst') : undefined
  if (greeted !== undefined) return struck(world, greeted)
  const replayed = message === 'Ack' && !id.endsWith('-again') ? faultNow(world, 'OfferReplayed') : undefined
  return replayed === undefined ? world : offeredAgain(world, id, replayed)
}

/** The attempt that made the offer is found by its channel; the answer to the replay is nobody's. */
function offeredAgain(world: PairWorld, channel: LinkId, fault: PairFault): PairWorld {
  const offered = [...world.broker.streams].find(([, stream]) => stream._tag === 'Offering' && stream.channel === channel)
  if (offered === undefined || offered[1]._tag !== 'Offering') return world
  const [link, { attempt: { offer, offered: { token } } }] = offered
  const again = `${channel}-again`
  const linked = withNewLink(world, again, 'Channel', 'Broker')
  const sending = socketSent(linked, { _tag: 'Deliver', link, channel: again, token, offer }, token)
  return struck(closed(sending, 'Broker', { _tag: 'Close', link: again }), fault)
}

/** A message on its way, as the faults let it. */
function messageSent(
  world: PairWorld, id: LinkId, to: 'Initiator' | 'Server', message: MessageName, bytes: Uint8Array,
): PairWorld {
  const { bytes: said, world: noted } = asForged(world, message, bytes)
  const silent = message === 'Reply' ? faultNow(world, 'BrokerSilent', ({ phase }) => phase === 'MidReply') : undefined
  if (silent !== undefined) {
    const half = bytesSent(noted, id, to, message, untampered(said.subarray(0, said.length >> 1)))
    return struck(withLink(half, id, { isMuted: true }), silent)
  }
  const vanishing = message === 'Hello' ? faultNow(world, 'ClientVanishes', ({ at }) => at === 'MidHello') : undefined
  if (vanishing !== undefined) return bytesSent(noted, id, to, message, untampered(said.subarray(0, said.length >> 1)))
  const tampered = faultNow(world, 'Tampered', (fault) => fault.message === message)
  if (tampered === undefined) return bytesSent(noted, id, to, message, untampered(said))
  const { state: harm, value } = tamper(tampered.how, said, noted.dice.harm)
  return bytesSent(struck({ ...noted, dice: { ...noted.dice, harm } }, tampered), id, to, message, value)
}

function asForged(
  world: PairWorld, message: MessageName, bytes: Uint8Array,
): { readonly bytes: Uint8Array; readonly world: PairWorld } {
  const forged = faultNow(world, 'Forged', ({ field }) => forgedMessage(field) === message)
  if (forged === undefined) return { bytes, world }
  const said = forge(forged.field, bytes)
  // A reply that is no yes has no yes to be forged.
  return said === bytes ? { bytes, world } : { bytes: said, world: struck(world, forged) }
}

function bytesSent(
  world: PairWorld, id: LinkId, to: 'Initiator' | 'Server', message: MessageName, tampered: Tampered,
): PairWorld {
  const { state: latency, value: latencyMs } = latencyOf(world)
  const { state: cuts, value: cut } = parcels(tampered, latencyMs, world.scenario.cutting, world.dice.cuts)
  const onTime = message === 'Ack' ? ackTime(world) : undefined
  const base = onTime === undefined ? world : struck(world, onTime.fault)
  const begun: PairWorld = { ...base, dice: { ...base.dice, latency, cuts } }
  const lastMs = cut.at(-1)?.afterMs ?? 0
  const next = cut.reduce((next, { afterMs, bytes }) => sentAt(
    next, id, to, onTime === undefined ? world.nowMs + afterMs : onTime.atMs + afterMs - lastMs, { _tag: 'Bytes', link: id, bytes },
  ), begun)
  if (!tampered.isEnd) return next
  const over = sentAt(next, id, to, world.nowMs + latencyMs, { _tag: 'Ended', link: id })
  return withLink(over, id, to === 'Initiator' ? { isMuted: true } : { isDeaf: true })
}

/** When an ACK has to arrive to be as early or late as a fault says, by the registry's own deadline. */
function ackTime(world: PairWorld): { readonly atMs: number; readonly fault: PairFault } | undefined {
  const fault = faultNow(world, 'AckAtDeadline')
  const deadlineMs = AckRegistry.nextDeadlineMs(world.broker.state.acks)
  if (fault === undefined || deadlineMs === undefined) return undefined
  const atMs = timerMs(world.clocks.Broker, world.nowMs, deadlineMs) + fault.offsetMs
  return atMs > world.nowMs ? { atMs, fault } : undefined
}

/** Whatever goes over a link, after a latency of its own. */
function sent(world: PairWorld, id: LinkId, to: 'Initiator' | 'Server', input: Input): PairWorld {
  const { state: latency, value: latencyMs } = latencyOf(world)
  return sentAt({ ...world, dice: { ...world.dice, latency } }, id, to, world.nowMs + latencyMs, input)
}

function sentAt(world: PairWorld, id: LinkId, to: 'Initiator' | 'Server', wantedMs: number, input: Input): PairWorld {
  const link = world.links.get(id)
  if (link === undefined || (to === 'Initiator' ? link.isMuted : link.isDeaf)) return world
  const atMs = Math.max(world.nowMs, wantedMs, to === 'Initiator' ? link.toInitiatorMs : link.toServerMs)
  const noted = withLink(world, id, to === 'Initiator' ? { toInitiatorMs: atMs } : { toServerMs: atMs })
  return posted(noted, atMs, { to: to === 'Initiator' ? link.initiator : 'Server', input })
}

/** Half a millisecond to four: never nothing (law 1). */
function latencyOf({ dice }: PairWorld): { readonly state: Prng.Prng; readonly value: number } {
  const { state, value } = Prng.below(dice.latency, 8)
  return { state, value: (value + 1) / 2 }
}

function posted(world: PairWorld, atMs: number, what: Posted): PairWorld {
  return { ...world, agenda: Agenda.put(world.agenda, atMs, what) }
}

function withNewLink(world: PairWorld, id: LinkId, kind: Link['kind'], initiator: ActorName): PairWorld {
  const link: Link = {
    kind, initiator, isInitiatorOpen: true, copies: kind === 'Channel' ? [OWN_COPY.Channel] : [], isMuted: false, isDeaf: false,
    hasServerSeenEnd: false, toInitiatorMs: world.nowMs, toServerMs: world.nowMs,
  }
  return { ...world, links: new Map([...world.links, [id, link]]) }
}

/** @internal The copy that a link's server holds from the beginning. */
export function ownCopy({ kind }: Link): 'Backend' | 'Broker' {
  return OWN_COPY[kind]
}
